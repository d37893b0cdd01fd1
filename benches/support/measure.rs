//! Times of a frame: repetitions of all that is compared take turns, and the median of each counts.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// What a frame costs, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall_ms: f64,
    /// User and system time of all threads.
    pub cpu_ms: f64,
}

/// Whether `cargo bench` runs this. `cargo test` does too, to see that it works: then one short turn is enough.
pub fn is_full_run() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// What is measured.
pub trait Tick {
    /// Every user sends a frame, and the moment is composed.
    fn tick(&mut self);
}

/// Compositors of one meeting, each told by itself.
impl<T: Tick> Tick for Vec<T> {
    fn tick(&mut self) {
        self.iter_mut().for_each(T::tick);
    }
}

/// Composes for at least `time`.
pub fn measure(meeting: &mut impl Tick, time: Duration) -> Cost {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let mut frames = 0.0;
    while wall.elapsed() < time || frames == 0.0 {
        meeting.tick();
        frames += 1.0;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0 / frames;
    Cost { wall_ms: ms(wall.elapsed()), cpu_ms: ms(cpu.elapsed()) }
}

/// Measures every meeting in turn, `rounds` times, after a turn that does not count, and gives the median of each.
pub fn medians(meetings: &mut [impl Tick], rounds: usize, time: Duration) -> Vec<Cost> {
    let mut costs = vec![Vec::new(); meetings.len()];
    for round in 0..=rounds {
        for (meeting, costs) in meetings.iter_mut().zip(&mut costs) {
            let cost = measure(meeting, time);
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    let median = |costs: &[Cost], of: fn(&Cost) -> f64| {
        let mut sorted: Vec<f64> = costs.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    costs
        .iter()
        .map(|costs| Cost { wall_ms: median(costs, |c| c.wall_ms), cpu_ms: median(costs, |c| c.cpu_ms) })
        .collect()
}
