//! `polyptych render`: a recording becomes one video with sound.

mod frame;
mod place;
mod progress;
mod segment;
mod storyboard;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use polyptych::{ColorSpace, FrameRate, Timestamp};
use polyptych_recorder::encode::{EncodeError, Encoders, VideoFormat, VideoSettings};
use polyptych_recorder::ffmpeg::Ffmpeg;
use polyptych_recorder::history::History;
use polyptych_recorder::render::{self, Control, Options, Output, Prepared, RenderError, Report};
use polyptych_recorder::write::{self, SegmentFormat, ServiceNames, Tracks, WriteOptions};

use super::recording::{self, Body, Use};
use super::request::fetch_policy;
use crate::args::{RenderArgs, SegmentKind};
use crate::failure::{self, Failure, Outcome};
use crate::output;
use crate::placement::printable;
use place::Place;
use progress::Teller;

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
    let options = Options {
        ticks: ticks(args, &history)?,
        filter: args.filter.into(),
        // Encoding is the larger part by far, and composing keeps ahead of it with one thread of few.
        threads: threads.div_ceil(4),
        files: Arc::new(files),
        is_strict: args.strict,
        images: fetch_policy(args.allow_private),
    };
    match (args.frame_at, place) {
        (Some(at), _) => frame::write(args, &history, at, &options),
        (None, Some(place)) => {
            let names = ServiceNames {
                sid: recording.sid.as_ref().map_or_else(String::new, ToString::to_string),
                cname: recording.cname.to_string(),
                started: recording.started.moment(),
            };
            let output = output_of(args, &place, names, &history, &options, threads, ffmpeg.as_ref())?;
            run(args, &history, output, &options, remarks)
        }
        (None, None) => storyboard::write(args, &history, &options),
    }
}

/// Renders until the end, or until the user has had enough.
fn run(
    args: &RenderArgs,
    history: &History,
    output: Output,
    options: &Options,
    remarks: Vec<String>,
) -> Outcome {
    let control = Control::default();
    let stop = control.clone();
    ctrlc::set_handler(move || stop.stop())
        .map_err(|error| Failure::Running(format!("cannot listen for Ctrl-C: {error}")))?;
    let mut teller = Teller::start(args.progress, options.ticks.end - options.ticks.start);
    let rendered = render::render(history, output, options, &control, |progress| teller.tell(progress));
    teller.finish();
    let report = match rendered {
        // Who reads standard output wanted no more.
        Err(RenderError::Write(error)) if error.is_reader_gone() => return Ok(()),
        rendered => Report { remarks, ..rendered.map_err(failure_of)? },
    };
    for notice in &report.notices {
        failure::tell(&format!("warning: {}\n", printable(notice)));
    }
    tell_of_users(&report);
    if let Some(path) = &args.report {
        let json = output::json(&report)?;
        fs::write(path, json)
            .map_err(|error| Failure::Running(format!("cannot write {}: {error}", path.display())))?;
    }
    if report.is_complete {
        failure::tell(&format!(
            "{} frames, {:.3} s, in {:.1} s: {:.1} times as fast as it plays, by {}\n",
            report.ticks,
            report.seconds,
            report.wall_seconds,
            report.seconds / report.wall_seconds.max(1e-3),
            report.encoders.join(" and "),
        ));
        return Ok(());
    }
    let reached = options.ticks.start + report.ticks;
    Err(Failure::Running(format!(
        "stopped after {:.3} s of {:.3} s; what is there plays, and goes on with --from {}",
        report.seconds,
        seconds(history.canvas().fps, &options.ticks),
        polyptych_recorder::description::print_seconds(history.canvas().fps.tick(reached)),
    )))
}

fn seconds(fps: FrameRate, ticks: &Range<u64>) -> f64 {
    fps.tick(ticks.end).since(fps.tick(ticks.start)).as_secs_f64()
}

/// Tells of users of whose files something could not be used.
fn tell_of_users(report: &Report) {
    for (uid, tally) in report.users.iter().filter(|(_, tally)| tally.failure_count > 0) {
        let first = tally.failures.first().map_or("", String::as_str);
        let text = format!("user {uid:?}: {} failures, the first: {first}", tally.failure_count);
        failure::tell(&format!("warning: {}\n", printable(&text)));
    }
    for voice in report.sound.iter().flat_map(|sound| &sound.voices) {
        let failures = &voice.track.failures;
        if failures.count > 0 {
            let first = failures.first.first().map_or("", String::as_str);
            let text =
                format!("sound of user {:?}: {} failures, the first: {first}", voice.name, failures.count);
            failure::tell(&format!("warning: {}\n", printable(&text)));
        }
    }
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

/// Which ticks are asked for.
fn ticks(args: &RenderArgs, history: &History) -> Outcome<Range<u64>> {
    let (fps, count) = (history.canvas().fps, history.tick_count());
    if let Some(part) = args.segment {
        return segment::ticks(part, count, keyframe_interval(args, fps), |name| env::var(name).ok());
    }
    let from = args.from.map_or(0, |from| first_tick(fps, from, count));
    let to = args.to.map_or(count, |to| first_tick(fps, to, count));
    if from >= to {
        let end = polyptych_recorder::description::print_seconds(history.end());
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

/// The encoders and the writer that the command line asks for.
fn output_of(
    args: &RenderArgs,
    place: &Place,
    names: ServiceNames,
    history: &History,
    options: &Options,
    threads: usize,
    ffmpeg: Option<&Ffmpeg>,
) -> Outcome<Output> {
    let usage = |error: EncodeError| Failure::Usage(error.to_string());
    let (canvas, encoding) = (history.canvas(), &args.encoding);
    let format = VideoFormat { size: canvas.size, fps: canvas.fps, color: ColorSpace::default() };
    let settings = VideoSettings {
        bitrate_kbps: encoding.bitrate.unwrap_or(canvas.bitrate_kbps),
        quality: encoding.quality,
        keyframe_interval: keyframe_interval(args, canvas.fps),
        preset: encoding.preset.clone(),
        threads,
    };
    let encoders = Encoders { output: place.format, video_name: &encoding.encoder, ffmpeg };
    let (holds_video, holds_sound) = place.holds();
    let (wants_video, wants_sound) = (holds_video && !args.sound_only, holds_sound && !args.video_only);
    if !wants_video && !wants_sound {
        let message =
            format!("nothing is left of {} with --video-only or --sound-only", place.path.display());
        return Err(Failure::Usage(message));
    }
    let video = wants_video.then(|| encoders.video(format, &settings)).transpose().map_err(usage)?;
    let sound = wants_sound.then(|| encoders.sound(encoding.sound_bitrate)).transpose().map_err(usage)?;
    let write_options = WriteOptions {
        format: Some(place.format),
        force: args.force,
        expected_duration: Some(Duration::from_secs_f64(seconds(canvas.fps, &options.ticks))),
        segment_format: match encoding.hls_segments {
            SegmentKind::Mp4 => SegmentFormat::Fmp4,
            SegmentKind::Ts => SegmentFormat::Ts,
        },
        names: Some(names),
        ..WriteOptions::default()
    };
    let path = place.path.clone();
    let open_writer = Box::new(move |tracks: &Tracks| write::create(&path, tracks, &write_options));
    Ok(Output { video: video.map(|encoder| (encoder, format)), sound, open_writer })
}
