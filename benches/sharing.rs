//! How little work two threads still do sooner than one: one picture of a still canvas changes with each frame.
//!
//! `cargo bench --bench sharing`.

mod support;

use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Canvas, Compositor, FrameRate, LayoutSpec, PixelFormat, RenderMode, Sharing, UnitRect,
};
use support::measure::{Tick, is_full_run, medians};
use support::meeting::{Ring, cameras, frame, user};
use support::size;
use support::workload::Rings;

/// Widths of the picture on the canvas, which is 1920×1080.
const WIDTHS: [u32; 8] = [64, 128, 256, 512, 768, 1024, 1472, 1920];

struct Picture {
    compositor: Compositor,
    canvas: Canvas,
    ring: Ring,
    ticks: u64,
}

impl Picture {
    fn new(width: u32, thread_count: usize) -> Self {
        let canvas = size(1920, 1080);
        let builder = Compositor::builder(canvas).threads(thread_count).sharing(Sharing::Always);
        let compositor = builder.build().expect("the system has threads");
        let region = RegionSpec {
            uid: Some(user(0)),
            rect: UnitRect::from_ratios((0, width, 1920), (0, width, 1920)),
            alpha: Alpha::OPAQUE,
            render_mode: RenderMode::Crop,
        };
        let arrangement = Arrangement::Custom(vec![region]);
        let start = polyptych::Timestamp::ZERO;
        compositor.update_layout(start, LayoutSpec { arrangement, ..LayoutSpec::default() });
        compositor.join(start, &user(0));
        let source = size(width * 5 / 6 * 2, width * 15 / 32 * 2);
        let [ring] =
            cameras(&mut Rings::new(), &[source], PixelFormat::I420, 2).try_into().expect("one user");
        Self { compositor, canvas: Canvas::new(PixelFormat::I420, canvas), ring, ticks: 0 }
    }
}

impl Tick for Picture {
    fn tick(&mut self) {
        let t = FrameRate::new(30, 1).expect("a rate").tick(self.ticks);
        let picture = &self.ring[self.ticks as usize % 2];
        self.compositor.push_frame(&user(0), t, frame(picture));
        self.compositor.compose_onto(t, &mut self.canvas).expect("time goes on");
        self.ticks += 1;
    }
}

fn main() {
    let (rounds, time) =
        if is_full_run() { (15, Duration::from_millis(30)) } else { (1, Duration::from_millis(1)) };
    println!("| pixels | one thread, µs | two, µs | µs of CPU |\n|---:|---:|---:|---:|");
    for width in WIDTHS {
        let costs = medians(&mut [1, 2].map(|thread_count| Picture::new(width, thread_count)), rounds, time);
        let [one, two] = [costs[0].wall_ms * 1000.0, costs[1].wall_ms * 1000.0];
        println!("| {} | {one:.0} | {two:.0} | {:.0} |", width * width * 9 / 16, costs[1].cpu_ms * 1000.0);
    }
}
