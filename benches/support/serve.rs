//! Measures what lines of the standard input ask for, so that a script can let programs take turns (see `peers/`).
//!
//! `W3 1 warm` or `W3 2 cold` (workload, threads) is answered with milliseconds a frame, `0.412 0.410` (wall, CPU);
//! `W3 1 dump PATH` writes the canvas and answers `done`. The buffers of the last line are kept for the next one.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use super::COLD;
use super::measure::measure;
use super::meeting::Meeting;
use super::workload::{Rings, Setup, Workload};

/// What fills the caches again after another program's turn, and does not count.
const WARM_UP: Duration = Duration::from_millis(10);
/// What counts.
const TURN: Duration = Duration::from_millis(60);

/// Answers until the input ends; threads and sets are the lines' own.
pub fn serve(workloads: &[Workload], setup: Setup) -> Result<(), Box<dyn Error>> {
    let mut held: Option<(String, Setup, Meeting)> = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, threads, what, ref rest @ ..] = words[..] else { return Err(line.into()) };
        let workload = workloads.iter().find(|workload| workload.name == name).ok_or("no such workload")?;
        let set_count = if what == "cold" { COLD } else { 1 };
        let setup = Setup { thread_count: threads.parse()?, set_count, ..setup };
        if held.as_ref().is_none_or(|(held, with, _)| held != name || *with != setup) {
            // Two meetings at once would hold twice the memory.
            drop(held.take());
            held = Some((name.to_owned(), setup, workload.meeting(&mut Rings::new(), setup)));
        }
        let (_, _, meeting) = held.as_mut().expect("just made");
        let answer = match (what, rest) {
            ("warm" | "cold", []) => {
                measure(meeting, WARM_UP);
                let cost = measure(meeting, TURN);
                format!("{:.4} {:.4}", cost.wall_ms, cost.cpu_ms)
            }
            ("dump", [path]) => {
                fs::write(path, meeting.canvas().as_bytes())?;
                "done".to_owned()
            }
            _ => return Err(line.into()),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}
