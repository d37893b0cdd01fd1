//! A rendering: encoders, writer and progress, and what is told at its end.

use std::ops::Range;

use polyptych_recorder::description::print_seconds;
use polyptych_recorder::encode::{EncodeError, Encoders, VideoSettings};
use polyptych_recorder::ffmpeg::Ffmpeg;
use polyptych_recorder::history::History;
use polyptych_recorder::render::{self, Control, Options, RenderError, Report};
use polyptych_recorder::resume::{Begun, forget};
use polyptych_recorder::write::{self, Tracks, WriteOptions};

use super::place::Place;
use super::progress::Teller;
use super::{failure_of, keyframe_interval, resume, seconds, video_format};
use crate::args::RenderArgs;
use crate::failure::{self, Failure, Outcome};
use crate::output::{self, Output, Overwrite};
use crate::placement::printable;

/// A rendering.
pub struct Job<'a> {
    pub args: &'a RenderArgs,
    pub history: &'a History,
    pub options: &'a Options,
    /// The ticks that the output has in the end; some may be there already.
    pub all: Range<u64>,
    pub place: Place,
    pub write_options: WriteOptions,
    /// Threads of the encoder.
    pub threads: usize,
    /// What was odd about files.
    pub remarks: Vec<String>,
    pub control: Control,
}

impl Job<'_> {
    /// Renders until the end, or until the user has had enough.
    pub fn run(&self, output: render::Output) -> Outcome {
        let Self { args, history, options, .. } = *self;
        let stop = self.control.clone();
        ctrlc::set_handler(move || stop.stop())
            .map_err(|error| Failure::Running(format!("cannot listen for Ctrl-C: {error}")))?;
        let mut teller = Teller::start(args.progress, options.ticks.end - options.ticks.start);
        let rendered =
            render::render(history, output, options, &self.control, |progress| teller.tell(progress));
        teller.finish();
        let report = match rendered {
            // Who reads standard output wanted no more.
            Err(RenderError::Write(error)) if error.is_reader_gone() => return Ok(()),
            rendered => Report { remarks: self.remarks.clone(), ..rendered.map_err(failure_of)? },
        };
        for notice in &report.notices {
            failure::tell(&format!("warning: {}\n", printable(notice)));
        }
        tell_of_users(&report);
        if let Some(path) = &args.report {
            Output::File(path.clone()).write(&output::json(&report)?, Overwrite::Force)?;
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
        Err(Failure::Running(self.stopped_at(options.ticks.start + report.ticks)))
    }

    /// The encoders and the writer that the command line asks for.
    pub fn output(&self, ffmpeg: Option<&Ffmpeg>, begun: Option<Begun>) -> Outcome<render::Output> {
        let Self { args, history, ref place, threads, .. } = *self;
        let usage = |error: EncodeError| Failure::Usage(error.to_string());
        let (canvas, encoding) = (history.canvas(), &args.encoding);
        let format = video_format(history);
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
        let (write_options, control) = (self.write_options.clone(), self.control.clone());
        let path = place.path.clone();
        let begins_again = args.force;
        let open_writer = Box::new(move |tracks: &Tracks| match begun {
            Some(begun) => begun.go_on(&path, tracks, &write_options, control),
            None => {
                if begins_again {
                    forget(&path)?;
                }
                write::create(&path, tracks, &write_options)
            }
        });
        Ok(render::Output { video: video.map(|encoder| (encoder, format)), sound, open_writer })
    }

    /// Says how far what is there goes, and how to go on.
    fn stopped_at(&self, tick: u64) -> String {
        let fps = self.history.canvas().fps;
        let how = if resume::is_possible(self.args, self.place.format) {
            "--resume".to_owned()
        } else {
            format!("--from {}", print_seconds(fps.tick(tick)))
        };
        format!(
            "stopped after {:.3} s of {:.3} s; what is there plays, and goes on with {how}",
            seconds(fps, &(self.all.start..tick)),
            seconds(fps, &self.all),
        )
    }
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
