//! What several outputs cost in one call against a compositor for each, on one thread.
//!
//! `cargo bench --bench outputs`. The outputs are two canvases of the workload's size and one of 320×180, all I420. Memory is
//! cold: 40 sets of frames and canvases are used in turn.

mod support;

use std::time::Duration;

use polyptych::{CanvasShape, Compositor, PixelFormat};
use support::measure::{Cost, is_full_run, medians};
use support::meeting::Meeting;
use support::workload::{Rings, Workload};
use support::{COLD, size};

/// Seventeen users shrunk, and sixteen small ones upon a large one.
const WORKLOADS: [&str; 2] = ["W3", "W4"];

fn main() {
    let (rounds, time, set_count) =
        if is_full_run() { (7, Duration::from_millis(120), COLD) } else { (1, Duration::from_millis(1), 1) };
    println!("| workload | in one call, ms | apart, ms | ratio |\n|---|---:|---:|---:|");
    for workload in Workload::all().iter().filter(|workload| WORKLOADS.contains(&workload.name)) {
        let cameras = workload.cameras(&mut Rings::new(), PixelFormat::I420, set_count);
        let meeting = |builder| Meeting::new(builder, workload.layout(), &cameras, set_count);
        let sizes = [workload.canvas, workload.canvas, size(320, 180)];
        let [first, others @ ..] = sizes;
        let together = others
            .into_iter()
            .fold(Compositor::builder(first), |builder, size| builder.output(CanvasShape::new(size)));
        let apart = sizes.map(|size| meeting(Compositor::builder(size)));
        let mut cases = [vec![meeting(together)], Vec::from(apart)];
        let costs: Vec<Cost> = medians(&mut cases, rounds, time);
        let (together, apart) = (costs[0].cpu_ms, costs[1].cpu_ms);
        println!("| {} | {together:.2} | {apart:.2} | {:.2} |", workload.name, together / apart);
    }
}
