//! `polyptych doctor`: what is on this machine, and what is missing for a recording.

use std::fmt::Write;

use polyptych_recorder::decode::Choice;
use polyptych_recorder::ffmpeg::Ffmpeg;
use polyptych_recorder::media::TrackKind;

use super::recording::{self, Body, Use};
use crate::args::DoctorArgs;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::placement::printable;

/// Encoders of ffmpeg that are of use, and what they are for.
const ENCODERS: [(&str, &str); 5] = [
    ("libx264", "H.264"),
    ("libvpx-vp9", "VP9 in WebM"),
    ("libsvtav1", "AV1 in WebM"),
    ("libopus", "the sound of WebM"),
    ("aac", "AAC"),
];

/// Tells what is there, and where a recording is named, who will decode what.
pub fn doctor(args: &DoctorArgs) -> Outcome {
    let (decoders, ffmpeg) = recording::decoders(&args.source, Use::Encoding)?;
    output::print_styled(&machine(ffmpeg.as_ref()))?;
    if args.source.description.is_none() && args.source.from_folder.is_none() {
        return Ok(());
    }
    let recording = Body::read(&args.source)?.accept()?;
    let prepared = recording::prepared(&recording, &decoders, false)?;
    let history = &prepared.history;
    let mut text = format!(
        "recording  {} users, {:.3} s, {} frames of {}x{}\n",
        history.users().count(),
        history.end().as_nanos() as f64 / 1e9,
        history.tick_count(),
        history.canvas().size.width(),
        history.canvas().size.height(),
    );
    for file in prepared.files.iter() {
        let name = file.path().display().to_string();
        let [video, sound] = [TrackKind::Video, TrackKind::Sound].map(|track| who(file.choice(track).ok()));
        let _ = writeln!(text, "decoded    {}: video {video}, sound {sound}", printable(&name));
    }
    output::print_styled(&text)?;
    match prepared.unusable.first() {
        Some(unusable) => Err(Failure::unreadable(unusable.file.display(), &unusable.error)),
        None => Ok(()),
    }
}

fn who(decoder: Option<Choice>) -> &'static str {
    match decoder {
        None => "none",
        Some(Choice::Embedded) => "embedded",
        Some(Choice::Ffmpeg) => "ffmpeg",
    }
}

fn machine(ffmpeg: Option<&Ffmpeg>) -> String {
    let mut text = "embedded   decodes H.264, VP8, VP9, AAC, Opus, PCM; encodes H.264 and AAC\n".to_owned();
    let Some(ffmpeg) = ffmpeg else {
        text.push_str(
            "ffmpeg     not found: no AV1, HEVC, interlaced or 10-bit video, no x264, no WebM to write\n",
        );
        return text;
    };
    let _ = writeln!(text, "ffmpeg     {} at {}", printable(ffmpeg.version()), ffmpeg.program().display());
    for (name, purpose) in ENCODERS {
        let has = if ffmpeg.has_encoder(name) { "has" } else { "lacks" };
        let _ = writeln!(text, "           {has} the encoder {name}, for {purpose}");
    }
    text
}
