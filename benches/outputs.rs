//! What several outputs cost in one call against a compositor for each, on one thread.
//!
//! `cargo bench --bench outputs`. The outputs are two canvases of the workload's size and one of 320×180, all I420; users send
//! I420, which is painted as it is, or RGBA, which is converted first. Memory is warm, one set of frames and canvases, or cold: 40
//! sets are used in turn.

mod support;

use std::time::Duration;

use polyptych::{CanvasShape, Compositor, CompositorBuilder, PixelFormat};
use support::measure::{is_full_run, medians};
use support::meeting::Meeting;
use support::workload::{Rings, Workload};
use support::{COLD, size};

/// Seventeen users shrunk, and sixteen small ones upon a large one.
const WORKLOADS: [&str; 2] = ["W3", "W4"];

fn main() {
    println!("| workload | users send | memory | in one call, ms | apart, ms | ratio |");
    println!("|---|---|---|---:|---:|---:|");
    for workload in Workload::all().iter().filter(|workload| WORKLOADS.contains(&workload.name)) {
        for format in [PixelFormat::I420, PixelFormat::Rgba] {
            for (memory, set_count) in [("warm", 1), ("cold", COLD)] {
                let [together, apart] = measure(workload, format, set_count);
                println!(
                    "| {} | {format} | {memory} | {together:.2} | {apart:.2} | {:.2} |",
                    workload.name,
                    together / apart
                );
            }
        }
    }
}

/// Milliseconds a moment: in one call, and of three compositors.
fn measure(workload: &Workload, format: PixelFormat, set_count: usize) -> [f64; 2] {
    let (rounds, time, set_count) = if is_full_run() {
        (7, Duration::from_millis(120), set_count)
    } else {
        (1, Duration::from_millis(1), 1)
    };
    let cameras = workload.cameras(&mut Rings::new(), format, set_count);
    let meeting = |builder| Meeting::new(builder, workload.layout(), &cameras, set_count);
    let sizes = [workload.canvas, workload.canvas, size(320, 180)];
    let [first, others @ ..] = sizes.map(CanvasShape::new);
    let together = others.into_iter().fold(Compositor::builder(first.size), CompositorBuilder::output);
    let apart = sizes.map(|size| meeting(Compositor::builder(size)));
    let costs = medians(&mut [vec![meeting(together)], Vec::from(apart)], rounds, time);
    [costs[0].cpu_ms, costs[1].cpu_ms]
}
