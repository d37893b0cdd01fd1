//! The workloads of `workloads.txt`, as custom layouts, for comparisons with other programs (see `peers/`).
//!
//! `cargo bench --bench workloads -- [--only W1,W5] [--threads 2] [--warm] [--csv]` prints a Markdown table, or CSV
//! with the columns that peers print too. Cold means 40 sets of frames and canvases used in turn.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, LayoutSpec, Level, PixelFormat, Rect, RenderMode, Size, UnitRect, UserId,
};
use support::measure::{Cost, is_full_run, medians};
use support::meeting::{Meeting, Ring, cameras};
use support::{COLD, size};

struct Workload {
    name: &'static str,
    canvas: Size,
    pictures: Vec<Picture>,
}

struct Picture {
    source: Size,
    dst: Rect,
    alpha: f64,
}

impl Workload {
    fn meeting(&self, rings: &mut Rings, thread_count: usize, set_count: usize) -> Meeting {
        let sizes: Vec<Size> = self.pictures.iter().map(|picture| picture.source).collect();
        let rings = cameras(rings, &sizes, PixelFormat::I420, set_count);
        let regions = self.pictures.iter().enumerate().map(|(index, picture)| self.region(index, picture));
        let arrangement = Arrangement::Custom(regions.collect());
        let layout = LayoutSpec { arrangement, ..LayoutSpec::default() };
        Meeting::new(Compositor::builder(self.canvas).threads(thread_count), layout, &rings, set_count)
    }

    /// Crop mode makes the crops of the file; where fit mode would leave bars, the canvas is as black as they are.
    fn region(&self, index: usize, picture: &Picture) -> RegionSpec {
        let Rect { x0, y0, .. } = picture.dst;
        let (width, height) = (picture.dst.width(), picture.dst.height());
        let horizontal = (x0, width, self.canvas.width());
        RegionSpec {
            uid: Some(UserId::new(&format!("user {index}"))),
            rect: UnitRect::from_ratios(horizontal, (y0, height, self.canvas.height())),
            alpha: Alpha::new(picture.alpha).expect("the file's alphas are 0 to 1"),
            render_mode: RenderMode::Crop,
        }
    }
}

/// Reads the workloads.
fn workloads() -> Vec<Workload> {
    let mut workloads: Vec<Workload> = Vec::new();
    for line in include_str!("workloads.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        let number = |index: usize| words[index].parse::<u32>().expect("a number of pixels");
        match words.first() {
            Some(&"W") => workloads.push(Workload {
                name: words[1],
                canvas: size(number(2), number(3)),
                pictures: Vec::new(),
            }),
            Some(&"L") => {
                let (x, y) = (number(7), number(8));
                let workload = workloads.last_mut().expect("a W line comes first");
                workload.pictures.push(Picture {
                    source: size(number(1), number(2)),
                    dst: Rect::new(x, y, x + number(9), y + number(10)),
                    alpha: words[11].parse().expect("an alpha"),
                });
            }
            _ => {}
        }
    }
    workloads
}

type Rings = HashMap<(usize, Size), Ring>;

/// What the command line asks for.
struct Options {
    only: Option<Vec<String>>,
    threads: usize,
    warm_only: bool,
    csv: bool,
}

impl Options {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1)
        };
        Self {
            only: value("--only").map(|names| names.split(',').map(str::to_owned).collect()),
            threads: value("--threads").map_or(1, |count| count.parse().expect("--threads takes a number")),
            warm_only: has("--warm"),
            csv: has("--csv"),
        }
    }
}

fn main() {
    let options = Options::read();
    let mut workloads = workloads();
    if let Some(names) = &options.only {
        workloads.retain(|workload| names.iter().any(|name| name == workload.name));
    }
    let (rounds, time) =
        if is_full_run() { (7, Duration::from_millis(60)) } else { (1, Duration::from_millis(1)) };
    let mut warm: Vec<Meeting> = Vec::new();
    for workload in &workloads {
        warm.push(workload.meeting(&mut Rings::new(), options.threads, 1));
    }
    let warm = medians(&mut warm, rounds, time);
    let cold: Vec<Cost> = if options.warm_only || !is_full_run() {
        Vec::new()
    } else {
        let mut rings = Rings::new();
        let mut cold: Vec<Meeting> = Vec::new();
        for workload in &workloads {
            cold.push(workload.meeting(&mut rings, options.threads, COLD));
        }
        medians(&mut cold, rounds, time)
    };
    if options.csv {
        println!("peer,version,workload,threads,quality,ms_wall,ms_cpu");
        print_csv("polyptych", &workloads, &warm, options.threads);
        print_csv("polyptych-cold", &workloads, &cold, options.threads);
    } else {
        print_markdown(&workloads, &warm, &cold, options.threads);
    }
}

fn print_csv(peer: &str, workloads: &[Workload], costs: &[Cost], threads: usize) {
    let version = env!("CARGO_PKG_VERSION");
    for (Workload { name, .. }, Cost { wall_ms, cpu_ms }) in workloads.iter().zip(costs) {
        println!("{peer},{version},{name},{threads},area,{wall_ms:.3},{cpu_ms:.3}");
    }
}

fn print_markdown(workloads: &[Workload], warm: &[Cost], cold: &[Cost], threads: usize) {
    println!("{} threads, {}, milliseconds a frame\n", threads, Level::detect().name());
    println!("| workload | warm, wall | warm, CPU | cold, wall | cold, CPU |\n|---|---:|---:|---:|---:|");
    for (index, Workload { name, .. }) in workloads.iter().enumerate() {
        let cells = |cost: Option<&Cost>| {
            cost.map_or("| |".to_owned(), |cost| format!("{:.2} | {:.2} |", cost.wall_ms, cost.cpu_ms))
        };
        println!("| {name} | {} {}", cells(warm.get(index)), cells(cold.get(index)));
    }
}
