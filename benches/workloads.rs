//! The workloads of `workloads.txt`, as custom layouts, for comparisons with other programs (see `peers/`).
//!
//! `cargo bench --bench workloads -- [--only W1,W5] [--threads 2] [--warm] [--csv]` prints a Markdown table, or CSV
//! with the columns that peers print too. Cold means 40 sets of frames and canvases used in turn.

mod support;

use std::time::Duration;

use polyptych::{Compositor, Level, PixelFormat, Unchanged};
use support::COLD;
use support::measure::{Cost, is_full_run, medians};
use support::meeting::Meeting;
use support::workload::{Rings, Workload};

/// A meeting that shows a workload.
fn meeting(workload: &Workload, rings: &mut Rings, thread_count: usize, set_count: usize) -> Meeting {
    let cameras = workload.cameras(rings, PixelFormat::I420, set_count);
    let builder = Compositor::builder(workload.canvas).threads(thread_count);
    // The same frame each tick shall be painted each tick.
    let builder = builder.unchanged(Unchanged::Repainted);
    Meeting::new(builder, workload.layout(), &cameras, set_count)
}

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
    let mut workloads = Workload::all();
    if let Some(names) = &options.only {
        workloads.retain(|workload| names.iter().any(|name| name == workload.name));
    }
    let (rounds, time) =
        if is_full_run() { (7, Duration::from_millis(60)) } else { (1, Duration::from_millis(1)) };
    let mut warm: Vec<Meeting> = Vec::new();
    for workload in &workloads {
        warm.push(meeting(workload, &mut Rings::new(), options.threads, 1));
    }
    let warm = medians(&mut warm, rounds, time);
    let cold: Vec<Cost> = if options.warm_only || !is_full_run() {
        Vec::new()
    } else {
        let mut rings = Rings::new();
        let mut cold: Vec<Meeting> = Vec::new();
        for workload in &workloads {
            cold.push(meeting(workload, &mut rings, options.threads, COLD));
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
