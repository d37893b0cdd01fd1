#![forbid(unsafe_code)]
//! Resizers of others as compositors of planes: `resizers fast_image_resize|pic-scale WORKLOADS SOURCES`.
//!
//! Answers lines of the standard input as `../../support/serve.rs` does: `W3 1 warm` with milliseconds a frame, wall and
//! CPU; `W3 1 dump PATH` with `done`. Both scale by a triangle that widens where a picture shrinks, on I420.

mod compose;
mod resize;
mod workload;

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use cpu_time::ProcessTime;

use compose::{Set, compose};
use resize::{FastImageResize, PicScale, Resize};
use workload::Workload;

/// As in `../../support/serve.rs`: what fills the caches again and does not count, and what counts.
const WARM_UP: Duration = Duration::from_millis(10);
const TURN: Duration = Duration::from_millis(60);
const COLD_SETS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, resizer, workloads, sources] = &arguments[..] else {
        return Err("usage: resizers fast_image_resize|pic-scale WORKLOADS SOURCES".into());
    };
    let workloads = workload::read(&fs::read_to_string(workloads)?)?;
    let sources = Path::new(sources);
    match resizer.as_str() {
        "fast_image_resize" => serve(&workloads, sources, FastImageResize::new),
        "pic-scale" => serve(&workloads, sources, PicScale::new),
        other => Err(format!("no such resizer: {other}").into()),
    }
}

fn serve<R: Resize>(
    workloads: &[Workload],
    sources: &Path,
    make: impl Fn(usize) -> Result<R, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut held: Option<(String, Vec<Set>)> = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, threads, what, ref rest @ ..] = words[..] else { return Err(line.into()) };
        let workload = workloads.iter().find(|workload| workload.name == name).ok_or("no such workload")?;
        let mut resizer = make(threads.parse()?)?;
        let set_count = if what == "cold" { COLD_SETS } else { 1 };
        if held.as_ref().is_none_or(|(held, sets)| held != name || sets.len() != set_count) {
            drop(held.take());
            let sets = (0..set_count).map(|number| Set::load(workload, sources, number));
            held = Some((name.to_owned(), sets.collect::<Result<_, _>>()?));
        }
        let (_, sets) = held.as_mut().ok_or("just loaded")?;
        let mut frame = (0..set_count).cycle();
        let mut tick = || -> Result<(), Box<dyn Error>> {
            let set = frame.next().ok_or("no set")?;
            compose(workload, &mut sets[set], &mut resizer)
        };
        if let ("dump", [path]) = (what, rest) {
            tick()?;
            fs::write(path, sets[0].canvas())?;
            println!("done");
        } else {
            measure(WARM_UP, &mut tick)?;
            let (wall_ms, cpu_ms) = measure(TURN, &mut tick)?;
            println!("{wall_ms:.4} {cpu_ms:.4}");
        }
        io::stdout().flush()?;
    }
    Ok(())
}

fn measure(
    time: Duration,
    tick: &mut impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(f64, f64), Box<dyn Error>> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let mut frames = 0.0;
    while frames == 0.0 || wall.elapsed() < time {
        tick()?;
        frames += 1.0;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0 / frames;
    Ok((ms(wall.elapsed()), ms(cpu.elapsed())))
}
