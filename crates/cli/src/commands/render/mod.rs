//! `polyptych render`: a recording becomes one video with sound.

mod frame;
mod job;
mod place;
mod progress;
mod resume;
mod segment;
mod storyboard;

use std::env;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use polyptych::{ColorSpace, FrameRate, Timestamp};
use polyptych_recorder::description::print_seconds;
use polyptych_recorder::encode::{Encoders, VideoFormat};
use polyptych_recorder::history::History;
use polyptych_recorder::render::{Control, Options, Prepared, RenderError};
use polyptych_recorder::write::ServiceNames;

use super::recording::{self, Body, Use};
use super::request::fetch_policy;
use crate::args::RenderArgs;
use crate::failure::{Failure, Outcome};
use crate::output;
use job::Job;
use place::Place;
use resume::Rest;

/// Renders what the command line names.
pub fn render(args: &RenderArgs) -> Outcome {
    let body = Body::read(&args.source)?;
    if args.print {
        return output::print(body.json());
    }
    // A picture's name is none of a recording's.
    let is_picture = args.frame_at.is_some() || args.storyboard;
    let place = if is_picture { None } else { Some(Place::of(args)?) };
    if let Some(place) = place.as_ref().filter(|_| args.segment.is_some()) {
        segment::check(place)?;
    }
    let recording = body.accept()?;
    let needs_ffmpeg = |place: &Place| Encoders::may_need_ffmpeg(place.format, &args.encoding.encoder);
    let of_use = if place.as_ref().is_some_and(needs_ffmpeg) { Use::Encoding } else { Use::Decoding };
    let (decoders, ffmpeg) = recording::decoders(&args.source, of_use)?;
    let prepared = recording::prepared(&recording, &decoders, args.strict)?;
    let remarks: Vec<String> = recording::remarks(&prepared).map(|(_, remark)| remark).collect();
    let Prepared { history, files, .. } = prepared;
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = args.threads.map_or(cores, usize::from);
    let all = ticks(args, &history)?;
    let names = ServiceNames {
        sid: recording.sid.as_ref().map_or_else(String::new, ToString::to_string),
        cname: recording.cname.to_string(),
        started: recording.started.moment(),
    };
    let target = place.map(|place| {
        let length = Duration::from_secs_f64(seconds(history.canvas().fps, &all));
        let options = place.write_options(args, names, length);
        (place, options)
    });
    let rest = match target.as_ref().filter(|_| args.resume) {
        Some((place, options)) => resume::look(place, all.clone(), video_format(&history), options)?,
        None => Rest::All,
    };
    let begun = match rest {
        Rest::All => None,
        Rest::After(begun) => Some(begun),
        Rest::Nothing => return Ok(()),
    };
    let options = Options {
        ticks: begun.as_ref().map_or_else(|| all.clone(), |begun| begun.left()),
        filter: args.filter.into(),
        // Encoding is the larger part by far, and composing keeps ahead of it with one thread of few.
        threads: threads.div_ceil(4),
        files: Arc::new(files),
        is_strict: args.strict,
        images: fetch_policy(args.allow_private),
    };
    match (args.frame_at, target) {
        (Some(at), _) => frame::write(args, &history, at, &options),
        (None, Some((place, write_options))) => {
            let (history, options, control) = (&history, &options, Control::default());
            let job = Job { args, history, options, all, place, write_options, threads, remarks, control };
            let output = job.output(ffmpeg.as_ref(), begun)?;
            job.run(output)
        }
        (None, None) => storyboard::write(args, &history, &options),
    }
}

fn seconds(fps: FrameRate, ticks: &Range<u64>) -> f64 {
    fps.tick(ticks.end).since(fps.tick(ticks.start)).as_secs_f64()
}

fn failure_of(error: RenderError) -> Failure {
    match error {
        RenderError::Medium { uid, source } => Failure::unreadable(format!("a file of user {uid:?}"), source),
        RenderError::Sound { uid, problem } => {
            Failure::unreadable(format!("the sound of user {uid:?}"), problem)
        }
        error => Failure::Running(error.to_string()),
    }
}

/// What is encoded.
fn video_format(history: &History) -> VideoFormat {
    let canvas = history.canvas();
    VideoFormat { size: canvas.size, fps: canvas.fps, color: ColorSpace::default() }
}

/// Which ticks are asked for.
fn ticks(args: &RenderArgs, history: &History) -> Outcome<Range<u64>> {
    let (fps, count) = (history.canvas().fps, history.tick_count());
    if let Some(part) = args.segment {
        return segment::ticks(part, count, keyframe_interval(args, fps), |name| env::var(name).ok());
    }
    let from = args.from.map_or(0, |from| first_tick(fps, from, count));
    let to = args.to.map_or(count, |to| first_tick(fps, to, count));
    if from >= to {
        let end = print_seconds(history.end());
        let message = format!("nothing lies between --from and --to; the recording ends at {end} s");
        return Err(Failure::Usage(message));
    }
    Ok(from..to)
}

/// The first tick not before a time, `count` at most.
fn first_tick(fps: FrameRate, time: Timestamp, count: u64) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if fps.tick(middle) < time { low = middle + 1 } else { high = middle }
    }
    low
}

/// Frames from one keyframe to the next.
fn keyframe_interval(args: &RenderArgs, fps: FrameRate) -> u32 {
    args.encoding.keyframe_interval.saturating_mul(fps.num().div_ceil(fps.den()))
}
