//! How many recordings at 1920×1080 and 30 frames a second the cores of a server can compose.
//!
//! `cargo bench --bench recordings`. A core is one thread that serves recordings in turn, each a compositor of its own with its own
//! frames and canvases, two sets of each, as decoders and encoders hand them out; so memory is cold. Layout best fit; four users send
//! 1280×720, more send 640×360. Each turn measures one such thread alone and then two at the same time, each kept on a core of its
//! own: left to itself, a busy system puts both on one. By the clock, other programs take time from the two; by CPU time they
//! only disturb the caches and the memory, but when they keep one thread waiting the other is alone. On a quiet machine both agree.

mod support;

use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;
use cpu_time::ThreadTime;
use polyptych::{Compositor, PixelFormat};
use support::measure::{Tick, is_full_run};
use support::meeting::{Layout, Meeting, cameras, gallery};
use support::size;

const USERS: [usize; 3] = [4, 9, 17];
/// Of each recording: one is shown while the next is filled.
const SET_COUNT: usize = 2;
/// What one recording may take for a frame, in milliseconds.
const FRAME_MS: f64 = 1000.0 / 30.0;
/// What two threads shall reach, times the throughput of one.
const BAR: f64 = 1.9;

/// How much is measured.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    time: Duration,
    /// Recordings of a thread.
    recording_count: usize,
}

/// What one thread did in one turn.
#[derive(Clone, Copy, Default)]
struct Turn {
    frames: f64,
    wall_ms: f64,
    cpu_ms: f64,
}

impl Turn {
    /// Frames a millisecond of the clock.
    fn throughput(self) -> f64 {
        self.frames / self.wall_ms
    }

    /// Frames a millisecond of the thread's own CPU time: the time that other programs take does not count.
    fn throughput_by_cpu(self) -> f64 {
        self.frames / self.cpu_ms
    }
}

/// One thread alone, and two at the same time.
#[derive(Clone, Copy)]
struct Round {
    alone: Turn,
    together: [Turn; 2],
}

impl Round {
    /// What two threads reach, times the throughput of one.
    fn scaling(self, throughput: fn(Turn) -> f64) -> f64 {
        self.together.map(throughput).iter().sum::<f64>() / throughput(self.alone)
    }
}

fn main() {
    let effort = if is_full_run() {
        Effort { rounds: 9, time: Duration::from_millis(200), recording_count: 20 }
    } else {
        Effort { rounds: 1, time: Duration::from_millis(1), recording_count: 1 }
    };
    println!(
        "| users | ms a frame | recordings a core | ms, both cores at work | recordings on two cores | two threads, times one | by CPU time |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let mut below = Vec::new();
    for users in USERS {
        let rounds = measure(users, &cores, effort);
        println!("{}", row(users, &rounds));
        if median(&rounds, |round| round.scaling(Turn::throughput_by_cpu)) < BAR {
            below.push(users.to_string());
        }
    }
    let verdict = match below.as_slice() {
        [] => "always".to_owned(),
        below => format!("not with {} users", below.join(" and ")),
    };
    println!("\nTwo threads reach {BAR} times the throughput of one, by CPU time: {verdict}.");
}

fn row(users: usize, rounds: &[Round]) -> String {
    let alone = median(rounds, |round| 1.0 / round.alone.throughput_by_cpu());
    let together =
        median(rounds, |round| 2.0 / round.together.map(Turn::throughput_by_cpu).iter().sum::<f64>());
    let (a_core, two_cores) = ((FRAME_MS / alone).floor(), 2.0 * (FRAME_MS / together).floor());
    let by_wall = median(rounds, |round| round.scaling(Turn::throughput));
    let by_cpu = median(rounds, |round| round.scaling(Turn::throughput_by_cpu));
    format!("| {users} | {alone:.3} | {a_core} | {together:.3} | {two_cores} | {by_wall:.2} | {by_cpu:.2} |")
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Two threads, each with recordings of its own; the second waits while the first is measured alone.
fn measure(users: usize, cores: &[CoreId], effort: Effort) -> Vec<Round> {
    let barrier = Barrier::new(2);
    let serve = &|index: usize| {
        if let Some(&core) = cores.get(index) {
            core_affinity::set_for_current(core);
        }
        let mut recordings = recordings(users, effort.recording_count);
        let mut rounds = Vec::new();
        // The first round fills caches and tables, and does not count.
        for _ in 0..=effort.rounds {
            barrier.wait();
            let alone = if index == 0 { turn(&mut recordings, effort.time) } else { Turn::default() };
            barrier.wait();
            rounds.push((alone, turn(&mut recordings, effort.time)));
        }
        rounds.split_off(1)
    };
    let [first, second] = thread::scope(|scope| {
        [0, 1]
            .map(|index| scope.spawn(move || serve(index)))
            .map(|thread| thread.join().expect("recordings do not panic"))
    });
    let round = |((alone, first), (_, second))| Round { alone, together: [first, second] };
    first.into_iter().zip(second).map(round).collect()
}

/// Recordings that share no memory.
fn recordings(users: usize, count: usize) -> Vec<Meeting> {
    let sizes = gallery(Layout::BestFit, users);
    let rings = cameras(&mut HashMap::new(), &sizes, PixelFormat::I420, count * SET_COUNT);
    let recording = |index: usize| {
        let sets = index * SET_COUNT..(index + 1) * SET_COUNT;
        let rings: Vec<_> = rings.iter().map(|ring| ring[sets.clone()].into()).collect();
        let builder = Compositor::builder(size(1920, 1080));
        Meeting::new(builder, Layout::BestFit.spec(users), &rings, SET_COUNT)
    };
    (0..count).map(recording).collect()
}

/// Composes a frame of every recording, again and again for at least `time`.
fn turn(recordings: &mut [Meeting], time: Duration) -> Turn {
    let (wall, cpu) = (Instant::now(), ThreadTime::now());
    let mut frames = 0.0;
    while frames == 0.0 || wall.elapsed() < time {
        recordings.iter_mut().for_each(Meeting::tick);
        frames += recordings.len() as f64;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    Turn { frames, wall_ms: ms(wall.elapsed()), cpu_ms: ms(cpu.elapsed()) }
}
