//! The table of the README: what a frame costs, by layout, users and canvas, on one thread.
//!
//! `cargo bench --bench cost`. Memory is cold: 40 sets of frames and canvases are used in turn.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use polyptych::{Compositor, PixelFormat};
use support::measure::{Cost, is_full_run, medians};
use support::meeting::{Layout, Meeting, cameras, gallery};
use support::{COLD, size};

const USERS: [usize; 4] = [1, 4, 9, 17];

fn main() {
    let (rounds, time, set_count) =
        if is_full_run() { (7, Duration::from_millis(60), COLD) } else { (1, Duration::from_millis(1), 1) };
    let canvases = [size(1280, 720), size(1920, 1080)];
    println!("| layout | users | 1280×720, ms | 1920×1080, ms | 1080p30 recordings a core |");
    println!("|---|---:|---:|---:|---:|");
    let mut rings = HashMap::new();
    for layout in Layout::ALL {
        let mut meetings = Vec::new();
        for users in USERS {
            let rings = cameras(&mut rings, &gallery(layout, users), PixelFormat::I420, set_count);
            for canvas in canvases {
                let builder = Compositor::builder(canvas);
                meetings.push(Meeting::new(builder, layout.spec(users), &rings, set_count));
            }
        }
        let costs = medians(&mut meetings, rounds, time);
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
