//! What a frame costs on one thread: the table of the README, by layout, users and canvas, and how the cost grows with what is
//! painted.
//!
//! `cargo bench --bench cost [-- --svg docs/cost.svg]`. Memory is cold: 40 sets of frames and canvases are used in turn. The curves
//! can be drawn into a file.

mod chart;
mod curve;
mod line;
#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use curve::Curve;
use polyptych::{Compositor, PixelFormat};
use support::measure::{Cost, is_full_run, medians};
use support::meeting::{Layout, Meeting, cameras, gallery};
use support::{COLD, size};

const USERS: [usize; 4] = [1, 4, 9, 17];

/// How long and how coldly to measure.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    time: Duration,
    set_count: usize,
}

fn main() {
    let effort = if is_full_run() {
        Effort { rounds: 7, time: Duration::from_millis(60), set_count: COLD }
    } else {
        Effort { rounds: 1, time: Duration::from_millis(1), set_count: 1 }
    };
    print_table(effort);
    let curves: Vec<_> = Curve::all().iter().map(|curve| curve.measure(effort)).collect();
    curves.iter().for_each(|curve| print!("\n{curve}"));
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--svg") {
        let path = arguments.get(at + 1).expect("--svg takes a file");
        fs::write(path, chart::svg(&curves)).expect("the file can be written");
    }
}

fn print_table(effort: Effort) {
    let canvases = [size(1280, 720), size(1920, 1080)];
    println!("| layout | users | 1280×720, ms | 1920×1080, ms | 1080p30 recordings a core |");
    println!("|---|---:|---:|---:|---:|");
    let mut rings = HashMap::new();
    for layout in Layout::ALL {
        let mut meetings = Vec::new();
        for users in USERS {
            let rings = cameras(&mut rings, &gallery(layout, users), PixelFormat::I420, effort.set_count);
            for canvas in canvases {
                let builder = Compositor::builder(canvas);
                meetings.push(Meeting::new(builder, layout.spec(users), &rings, effort.set_count));
            }
        }
        let costs = medians(&mut meetings, effort.rounds, effort.time);
        for (users, costs) in USERS.iter().zip(costs.chunks_exact(canvases.len())) {
            println!("{}", row(layout, *users, costs));
        }
    }
}

fn row(layout: Layout, users: usize, costs: &[Cost]) -> String {
    let (hd, full_hd) = (costs[0].cpu_ms, costs[1].cpu_ms);
    let recordings = (1000.0 / 30.0 / full_hd).floor();
    format!("| {layout} | {users} | {hd:.2} | {full_hd:.2} | {recordings:.0} |")
}
