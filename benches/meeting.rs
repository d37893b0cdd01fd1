//! Meetings in which most of a frame was there already: what composing costs by each way to hand in buffers, against painting
//! everything.
//!
//! `cargo bench --bench meeting`. 1920×1080 I420 on one thread, 30 frames a second; an encoder holds the last frame.

mod support;

use std::time::Duration;

use polyptych::layout::Arrangement;
use polyptych::{
    Canvas, Compositor, FrameBuffer, FrameRate, LayoutSpec, PixelFormat, PooledFrame, Timestamp, Unchanged,
};
use support::measure::{Cost, Tick, is_full_run, medians};
use support::meeting::{Ring, cameras, frame, user};
use support::size;
use support::workload::{Rings, Workload};

/// Frames of a camera; all cameras' together are more than caches hold.
const RING: usize = 12;

/// Who sends what, and when.
struct Scenario {
    name: &'static str,
    layout: LayoutSpec,
    users: Vec<Sender>,
    /// After so many ticks it begins anew.
    ticks: u64,
}

#[derive(Clone)]
struct Sender {
    ring: Ring,
    /// Ticks from one frame to the next; 0 sends one frame alone.
    period: u64,
    /// The first tick with a frame, and the user's join and leave.
    phase: u64,
    stay: std::ops::Range<u64>,
}

impl Sender {
    fn frame_number(&self, tick: u64) -> Option<usize> {
        let since = tick.checked_sub(self.stay.start + self.phase).filter(|_| self.stay.contains(&tick))?;
        match self.period {
            0 => (since == 0).then_some(0),
            period => since.is_multiple_of(period).then_some((since / period) as usize),
        }
    }
}

/// How a program hands in buffers.
#[derive(Clone, Copy)]
enum Way {
    /// Two canvases in turn, everything painted: what the others are compared with.
    Everything,
    /// Two canvases in turn.
    Canvases,
    /// The compositor's own, the last one held.
    Pool,
    /// Two buffers in turn, of which the compositor knows nothing.
    Buffers,
}

impl Way {
    const ALL: [Self; 4] = [Self::Everything, Self::Canvases, Self::Pool, Self::Buffers];
}

/// A scenario on its way.
struct Recording<'a> {
    scenario: &'a Scenario,
    way: Way,
    compositor: Compositor,
    canvases: [Canvas; 2],
    held: Option<PooledFrame>,
    buffers: [FrameBuffer; 2],
    tick: u64,
}

impl<'a> Recording<'a> {
    fn new(scenario: &'a Scenario, way: Way) -> Self {
        let (format, canvas) = (PixelFormat::I420, size(1920, 1080));
        let mut recording = Self {
            scenario,
            way,
            compositor: start(scenario, way),
            canvases: [0, 1].map(|_| Canvas::new(format, canvas)),
            held: None,
            buffers: [0, 1].map(|_| FrameBuffer::new(format, canvas)),
            tick: 0,
        };
        // The system hands out memory when it is first written: that shall not be measured.
        (0..2 * RING).for_each(|_| recording.tick());
        recording
    }
}

fn start(scenario: &Scenario, way: Way) -> Compositor {
    let builder = Compositor::builder(size(1920, 1080));
    let unchanged = if matches!(way, Way::Everything) { Unchanged::Repainted } else { Unchanged::Kept };
    let compositor = builder.unchanged(unchanged).build().expect("no threads are started");
    compositor.update_layout(Timestamp::ZERO, scenario.layout.clone());
    for (index, sender) in scenario.users.iter().enumerate() {
        compositor.join(at(sender.stay.start), &user(index));
        compositor.leave(at(sender.stay.end), &user(index));
    }
    compositor
}

fn at(tick: u64) -> Timestamp {
    FrameRate::new(30, 1).expect("a rate").tick(tick)
}

impl Tick for Recording<'_> {
    fn tick(&mut self) {
        if self.tick == self.scenario.ticks {
            self.compositor = start(self.scenario, self.way);
            self.tick = 0;
        }
        let (t, turn) = (at(self.tick), self.tick as usize % 2);
        for (index, sender) in self.scenario.users.iter().enumerate() {
            if let Some(number) = sender.frame_number(self.tick) {
                let picture = &sender.ring[number % sender.ring.len()];
                self.compositor.push_frame(&user(index), t, frame(picture));
            }
        }
        let composed = match self.way {
            Way::Everything | Way::Canvases => self.compositor.compose_onto(t, &mut self.canvases[turn]),
            Way::Buffers => self.compositor.compose_into(t, self.buffers[turn].view_mut()),
            Way::Pool => self.compositor.compose(t).map(|frame| self.held = Some(frame)),
        };
        composed.expect("time goes on");
        self.tick += 1;
    }
}

/// A still share of a screen, shown large, and up to nine cameras beside it, who come and go for twenty seconds.
fn conference() -> Scenario {
    const TICKS: u64 = 600;
    let sizes: Vec<_> =
        [size(1920, 1080)].into_iter().chain(std::iter::repeat_n(size(640, 360), 9)).collect();
    let senders = cameras(&mut Rings::new(), &sizes, PixelFormat::I420, RING).into_iter().enumerate();
    let users = senders.map(|(index, ring)| {
        let camera = index as u64;
        match index {
            0 => Sender { ring, period: 0, phase: 0, stay: 0..TICKS },
            1..=5 => Sender { ring, period: 2, phase: camera % 2, stay: 0..TICKS },
            _ => Sender {
                ring,
                period: 2,
                phase: camera % 2,
                stay: 60 * (camera - 5)..TICKS - 40 * (camera - 5),
            },
        }
    });
    let arrangement = Arrangement::Vertical { large: Some(user(0)) };
    let layout = LayoutSpec { arrangement, ..LayoutSpec::default() };
    Scenario { name: "a conference of ten", layout, users: users.collect(), ticks: TICKS }
}

fn scenarios() -> Vec<Scenario> {
    let workloads = Workload::all();
    let grid = workloads.iter().find(|workload| workload.name == "W3").expect("a workload of the file");
    let (layout, rings) = (grid.layout(), grid.cameras(&mut Rings::new(), PixelFormat::I420, RING));
    let sending = |name, period, phase: fn(u64) -> u64| {
        let sender = |(index, ring): (u64, &Ring)| Sender {
            ring: ring.clone(),
            period,
            phase: phase(index),
            stay: 0..u64::MAX / 2,
        };
        let users = (0..).zip(&rings).map(sender).collect();
        Scenario { name, layout: layout.clone(), users, ticks: u64::MAX }
    };
    vec![
        sending("17 still pictures", 0, |_| 0),
        sending("17 at 15 a second, all at once", 2, |_| 0),
        sending("17 at 15 a second, in turn", 2, |index| index % 2),
        sending("17 at 30 a second", 1, |_| 0),
        conference(),
    ]
}

fn main() {
    let scenarios = scenarios();
    let (rounds, time) =
        if is_full_run() { (7, Duration::from_millis(250)) } else { (1, Duration::from_millis(1)) };
    println!("ms of CPU a frame, and the share of painting everything\n");
    println!("| meeting | everything | canvases in turn | | pool | | buffers | |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for scenario in &scenarios {
        let mut recordings = Way::ALL.map(|way| Recording::new(scenario, way));
        let costs = medians(&mut recordings, rounds, time);
        println!("{}", row(scenario, &costs));
    }
}

fn row(scenario: &Scenario, costs: &[Cost]) -> String {
    let everything = costs[0].cpu_ms;
    let cells = costs[1..].iter().map(|cost| {
        let percent = 100.0 * cost.cpu_ms / everything;
        format!(" {:.3} | {percent:.0} % |", cost.cpu_ms)
    });
    format!("| {} | {everything:.3} |{}", scenario.name, cells.collect::<String>())
}
