//! The workloads of `workloads.txt`, as custom layouts, for comparisons with other programs (see `peers/`).
//!
//! `cargo bench --bench workloads -- [--only W1,W5] [--threads 2] [--filter catmull-rom] [--format nv12:i420] [--warm] [--csv]`
//! prints a Markdown table, or CSV with the columns that peers print too. Cold means 40 sets of frames and canvases used
//! in turn. `--format` names the sources' format and the canvas's; one name stands for both.
//!
//! `--serve` measures what lines of the standard input ask for, and `--sources DIRECTORY` writes the pictures that peers compose.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use polyptych::{Filter, Level, PixelFormat};
use support::COLD;
use support::measure::{Cost, is_full_run, medians};
use support::meeting::Meeting;
use support::photo::Photo;
use support::serve::serve;
use support::workload::{Rings, Setup, Workload};

/// The filters that have a name here; the first is the engine's own choice.
const FILTERS: [(&str, Filter); 4] = [
    ("area", Filter::Area),
    ("triangle", Filter::Triangle),
    ("catmull-rom", Filter::CatmullRom),
    ("lanczos3", Filter::Lanczos3),
];

const FORMATS: [(&str, PixelFormat); 3] =
    [("i420", PixelFormat::I420), ("nv12", PixelFormat::Nv12), ("rgba", PixelFormat::Rgba)];

/// What the command line asks for.
struct Options {
    only: Option<Vec<String>>,
    filter_name: &'static str,
    setup: Setup,
    warm_only: bool,
    csv: bool,
    serve: bool,
    sources: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = std::env::args().collect();
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).map(String::as_str)
        };
        let (filter_name, filter) = named("--filter", &FILTERS, value("--filter").unwrap_or("area"))?;
        let formats = value("--format").unwrap_or("i420");
        let (source, canvas) = formats.split_once(':').unwrap_or((formats, formats));
        let (_, source) = named("--format", &FORMATS, source)?;
        let (_, canvas) = named("--format", &FORMATS, canvas)?;
        let thread_count = value("--threads").map_or(Ok(1), str::parse)?;
        Ok(Self {
            only: value("--only").map(|names| names.split(',').map(str::to_owned).collect()),
            filter_name,
            setup: Setup { filter, source, canvas, thread_count, set_count: 1 },
            warm_only: has("--warm"),
            csv: has("--csv"),
            serve: has("--serve"),
            sources: value("--sources").map(PathBuf::from),
        })
    }
}

/// The entry of that name, or an error that tells all names.
fn named<T: Copy>(
    option: &str,
    table: &[(&'static str, T)],
    name: &str,
) -> Result<(&'static str, T), Box<dyn Error>> {
    table.iter().copied().find(|(known, _)| *known == name).ok_or_else(|| {
        let known: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        format!("{option} takes one of {}, found {name}", known.join(", ")).into()
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let mut workloads = Workload::all();
    if let Some(names) = &options.only {
        workloads.retain(|workload| names.iter().any(|name| name == workload.name));
    }
    if let Some(directory) = &options.sources {
        return write_sources(&workloads, options.setup.source, directory);
    }
    if options.serve {
        return serve(&workloads, options.setup);
    }
    let warm = costs(&workloads, options.setup);
    let is_warm_only = options.warm_only || !is_full_run();
    let cold =
        if is_warm_only { Vec::new() } else { costs(&workloads, Setup { set_count: COLD, ..options.setup }) };
    if options.csv {
        println!("peer,version,workload,threads,quality,ms_wall,ms_cpu");
        print_csv("polyptych", &workloads, &warm, &options);
        print_csv("polyptych-cold", &workloads, &cold, &options);
    } else {
        print_markdown(&workloads, &warm, &cold, &options);
    }
    Ok(())
}

fn costs(workloads: &[Workload], setup: Setup) -> Vec<Cost> {
    let (rounds, time) =
        if is_full_run() { (7, Duration::from_millis(60)) } else { (1, Duration::from_millis(1)) };
    let mut rings = Rings::new();
    let mut meetings: Vec<Meeting> = Vec::new();
    for workload in workloads {
        // What is warm must be each meeting's own; what is cold would not fit in memory if it were.
        if setup.set_count == 1 {
            rings.clear();
        }
        meetings.push(workload.meeting(&mut rings, setup));
    }
    medians(&mut meetings, rounds, time)
}

/// Writes a file for each size of a source, `1280x720.i420`: what every user who has that size sends at first, in the order of users.
fn write_sources(
    workloads: &[Workload],
    format: PixelFormat,
    directory: &Path,
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let mut user_counts = BTreeMap::new();
    for (user, picture) in workloads.iter().flat_map(|workload| workload.pictures.iter().enumerate()) {
        let count = user_counts.entry((picture.source.width(), picture.source.height())).or_insert(0);
        *count = (user + 1).max(*count);
    }
    let (extension, _) = FORMATS.into_iter().find(|(_, known)| *known == format).ok_or("a format")?;
    for ((width, height), user_count) in user_counts {
        let photo = Photo::new(support::size(width, height), format);
        let path = directory.join(format!("{width}x{height}.{extension}"));
        let mut file = BufWriter::new(File::create(path)?);
        for user in 0..user_count {
            file.write_all(photo.picture(user, 0).as_bytes())?;
        }
        file.flush()?;
    }
    Ok(())
}

fn print_csv(peer: &str, workloads: &[Workload], costs: &[Cost], options: &Options) {
    let version = env!("CARGO_PKG_VERSION");
    let (threads, filter) = (options.setup.thread_count, options.filter_name);
    for (Workload { name, .. }, Cost { wall_ms, cpu_ms }) in workloads.iter().zip(costs) {
        println!("{peer},{version},{name},{threads},{filter},{wall_ms:.3},{cpu_ms:.3}");
    }
}

fn print_markdown(workloads: &[Workload], warm: &[Cost], cold: &[Cost], options: &Options) {
    let Setup { thread_count, source, canvas, .. } = options.setup;
    let (level, filter) = (Level::detect().name(), options.filter_name);
    println!("{thread_count} threads, {level}, {filter}, {source} on {canvas}, milliseconds a frame\n");
    println!("| workload | warm, wall | warm, CPU | cold, wall | cold, CPU |\n|---|---:|---:|---:|---:|");
    for (index, Workload { name, .. }) in workloads.iter().enumerate() {
        let cells = |cost: Option<&Cost>| {
            cost.map_or("| |".to_owned(), |cost| format!("{:.2} | {:.2} |", cost.wall_ms, cost.cpu_ms))
        };
        println!("| {name} | {} {}", cells(warm.get(index)), cells(cold.get(index)));
    }
}
