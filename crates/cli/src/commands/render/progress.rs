//! How far a rendering is: a bar for people, lines of JSON for programs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use polyptych_recorder::render::{Progress, Stage};
use serde::Serialize;

use crate::args::ProgressKind;
use crate::failure;
use crate::output;

/// How often lines of JSON come.
const LINE_EVERY: Duration = Duration::from_secs(1);
/// How often a bar is drawn, a second.
const DRAWN_PER_SECOND: u8 = 5;

/// Tells of progress, or does not.
pub struct Teller {
    begun: Instant,
    kind: Kind,
}

enum Kind {
    Silent,
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
}

/// A line for programs.
#[derive(Serialize)]
struct Line {
    /// Frames composed.
    done: u64,
    /// Frames that were handed to the file.
    written: u64,
    /// Frames in all.
    total: u64,
    /// The recording time of the last one.
    at_seconds: f64,
    /// Users with a picture on it.
    users_shown: usize,
    /// Times as fast as the recording plays.
    speed: f64,
    seconds_left: f64,
    /// What each stage has worked, all its threads together.
    stage_seconds: BTreeMap<&'static str, f64>,
}

impl Teller {
    /// Begins to tell, of a recording of so many frames.
    pub fn start(kind: ProgressKind, total: u64) -> Self {
        let kind = match kind {
            ProgressKind::Auto if !stderr().is_terminal() => Kind::Silent,
            ProgressKind::None => Kind::Silent,
            ProgressKind::Json => Kind::Lines { last: None },
            ProgressKind::Auto | ProgressKind::Bar => {
                let target = ProgressDrawTarget::stderr_with_hz(DRAWN_PER_SECOND);
                let bar = ProgressBar::with_draw_target(Some(total), target);
                let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}");
                Kind::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
            }
        };
        Self { begun: Instant::now(), kind }
    }

    /// Tells of a frame.
    pub fn tell(&mut self, progress: &Progress<'_>) {
        let elapsed = self.begun.elapsed().as_secs_f64().max(1e-3);
        let left = elapsed / progress.done as f64 * (progress.total - progress.done) as f64;
        let speed = progress.seconds_done / elapsed;
        match &mut self.kind {
            Kind::Silent => {}
            Kind::Bar(bar) => {
                let busy = busiest(progress, elapsed);
                bar.set_position(progress.done);
                bar.set_message(format!(
                    "{speed:.1}× as fast as it plays, {} left, {} on screen, {busy}",
                    clock(left),
                    progress.users_shown
                ));
            }
            Kind::Lines { last } => {
                if last.is_some_and(|last| last.elapsed() < LINE_EVERY) && progress.done < progress.total {
                    return;
                }
                *last = Some(Instant::now());
                let stage_seconds =
                    Stage::ALL.map(|stage| (stage.name(), progress.times.of(stage).as_secs_f64())).into();
                let line = Line {
                    done: progress.done,
                    written: progress.written,
                    total: progress.total,
                    at_seconds: progress.at.as_nanos() as f64 / 1e9,
                    users_shown: progress.users_shown,
                    speed,
                    seconds_left: left,
                    stage_seconds,
                };
                if let Ok(line) = output::json(&line) {
                    failure::tell(&String::from_utf8_lossy(&line));
                }
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }
}

/// What each stage has worked in hundredths of the time, the busiest first.
fn busiest(progress: &Progress<'_>, elapsed: f64) -> String {
    let mut stages = Stage::ALL.map(|stage| (progress.times.of(stage).as_secs_f64() / elapsed, stage.name()));
    stages.sort_by(|a, b| b.0.total_cmp(&a.0));
    let told = stages.iter().take(3).map(|(share, name)| format!("{name} {:.0} %", share * 100.0));
    told.collect::<Vec<_>>().join(" ")
}

/// `1:02:03`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
