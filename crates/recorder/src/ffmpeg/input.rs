//! How a file is given to the program, and where its time begins.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyptych::Timestamp;

use super::child::{self, lock};
use super::clock::{Moment, TimeBase, Zero};
use super::given::Given;
use super::lines::{PictureLines, SoundLines, Told};
use super::program::Ffmpeg;
use crate::media::{self, Container, Contents, MediaError, TrackKind, VideoCodec};

/// How much of a file is looked at to find where its time begins, in seconds: what begins later is not the earliest. Where it is
/// known when the video begins, so much more.
const LOOKED_AT: i64 = 2;
/// A video that begins later is not waited for.
const MAX_LOOKED_AT: i64 = 600;
/// More than the packets of that time take, a line each.
const MAX_OUTPUT: usize = 4 << 20;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputOptions {
    /// Threads of the program's decoder, from 1 on.
    pub threads: usize,
    /// How long to wait for the program's next sign of life before it counts as stuck.
    pub patience: Duration,
}

impl Default for InputOptions {
    fn default() -> Self {
        Self { threads: 1, patience: Duration::from_secs(60) }
    }
}

/// Where a file begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beginning {
    /// The earliest presentation time of its video and its sound.
    pub(super) zero: Zero,
    /// Whether its first picture consists of two fields.
    pub(super) is_interlaced: bool,
}

/// What stands before the file's name: times stay the container's own, a file is read by itself alone, and nothing is
/// asked at a terminal. Rotation is told, not done.
pub(super) fn arguments(given: &Given, options: &InputOptions) -> Vec<OsString> {
    let threads = options.threads.max(1).to_string();
    let words = [
        "-hide_banner",
        "-nostdin",
        "-nostats",
        "-loglevel",
        "repeat+level+info",
        "-filter_threads",
        "1",
        "-threads",
        &threads,
        "-copyts",
        "-noautorotate",
    ];
    self::words(words).chain(given.limits()).collect()
}

pub(super) fn words<const N: usize>(words: [&str; N]) -> impl Iterator<Item = OsString> {
    words.into_iter().map(OsString::from)
}

pub(super) fn malformed(path: &Path, problem: &str) -> MediaError {
    MediaError::Malformed { path: path.to_owned(), problem: format!("ffmpeg: {problem}") }
}

/// Finds where a file begins: its first packets' times as the container gives them, since pictures before the first keyframe
/// count though nobody can decode them; and its first sound's as the decoder gives it, since encoders' priming does not count.
///
/// Where our own reader found `contents`, its zero holds: by when it says that the video begins. The program does not see the
/// priming in some files that say nothing of it at their head, fragmented ones, and would count it.
pub(super) fn beginning(
    ffmpeg: &Ffmpeg,
    given: &Given,
    track: TrackKind,
    contents: Option<&Contents>,
    options: &InputOptions,
) -> Result<Beginning, MediaError> {
    let known = contents.and_then(|contents| contents.video.as_ref());
    let begins = known.and_then(|video| video.span).map(|(begins, _)| begins);
    // Sound that is given apart from its video may begin later.
    let alone =
        contents.filter(|contents| contents.video.is_none()).and_then(|contents| contents.sound.as_ref());
    let sound_begins = alone.and_then(|sound| sound.span).map(|(begins, _)| begins);
    // These have no fields, so nothing is to be learnt of a picture, and nothing of the sound where the video's beginning is known.
    let has_no_fields =
        known.is_some_and(|video| matches!(video.codec, VideoCodec::Vp8 | VideoCodec::Vp9 | VideoCodec::Av1));
    let decodes = !(has_no_fields && begins.is_some() && track == TrackKind::Video);
    if !decodes && contents.is_some_and(|contents| contents.container == Container::Matroska) {
        // The program takes Matroska's stamps as they are, so there is nothing to ask.
        let zero = media::matroska_origin(given.path())?;
        let moment = Moment { ticks: zero.as_nanos(), base: TimeBase::NANOSECOND };
        return Ok(Beginning { zero: Zero::at(moment), is_interlaced: false });
    }
    let looked_at = LOOKED_AT + begins.map_or(0, whole_seconds).clamp(0, MAX_LOOKED_AT);
    let (wanted, other) = match track {
        TrackKind::Video => ("0:V:0", "0:a:0?"),
        TrackKind::Sound => ("0:a:0", "0:V:0?"),
    };
    let mut arguments = arguments(given, options);
    arguments.extend(words(["-t", &looked_at.to_string(), "-i"]));
    arguments.push(given.name());
    arguments.extend(words([
        "-map",
        wanted,
        "-map",
        other,
        "-c",
        "copy",
        "-copyinkf",
        "-f",
        "framecrc",
        "pipe:1",
    ]));
    if decodes {
        arguments.extend(words(["-map", wanted, "-map", other, "-frames:v", "1", "-frames:a", "1"]));
        arguments.extend(words(["-filter:v", "format=yuv420p,showinfo=checksum=0"]));
        arguments.extend(words(["-filter:a", "aformat=sample_fmts=flt,ashowinfo", "-f", "null", "-"]));
    }

    let decoded = Arc::new(Mutex::new(FirstFrames::default()));
    let (mut pictures, mut sounds) = (PictureLines::default(), SoundLines::default());
    let heard = Arc::clone(&decoded);
    let packets = child::output(ffmpeg.program(), &arguments, MAX_OUTPUT, options.patience, move |line| {
        let mut first = lock(&heard);
        match (pictures.take(line), sounds.take(line)) {
            (Told::Whole(picture), _) => {
                first.is_interlaced.get_or_insert(picture.is_interlaced);
            }
            (_, Told::Whole(sound)) => {
                first.sound.get_or_insert(sound.at);
            }
            (Told::Nothing, Told::Nothing) => return line.contains("[info]") || line.contains("[warning]"),
            _ => {}
        }
        true
    })
    .map_err(|problem| malformed(given.path(), &problem))?;

    let first = *lock(&decoded);
    let video = first_video(&String::from_utf8_lossy(&packets));
    let zero = match (video, first.sound, begins) {
        (Some(video), _, Some(begins)) => Zero::before(video, begins),
        (Some(video), Some(sound), None) => Zero::at(video.min(sound)),
        (Some(zero), None, None) => Zero::at(zero),
        (None, Some(sound), _) => sound_begins.map_or(Zero::at(sound), |begins| Zero::before(sound, begins)),
        (None, None, _) => {
            let what = "its packets carry no times, so nothing says when they are presented".to_owned();
            return Err(MediaError::Unsupported { path: given.path().to_owned(), what });
        }
    };
    Ok(Beginning { zero, is_interlaced: first.is_interlaced == Some(true) })
}

fn whole_seconds(at: Timestamp) -> i64 {
    at.as_nanos() / 1_000_000_000
}

#[derive(Clone, Copy, Default)]
struct FirstFrames {
    is_interlaced: Option<bool>,
    sound: Option<Moment>,
}

/// The earliest presentation time among the video packets that `framecrc` lists: `stream, dts, pts, duration, bytes, crc`, with
/// `F=0x…` for flags other than the one of keyframes; those with 4 are decoded only, as an edit list asks for.
fn first_video(listed: &str) -> Option<Moment> {
    let (mut stream, mut bases) = (None, Vec::new());
    let mut first: Option<Moment> = None;
    for line in listed.lines() {
        if let Some((index, base)) = line.strip_prefix("#tb ").and_then(|rest| rest.split_once(": ")) {
            bases.push((index.to_owned(), TimeBase::parse(base)));
        } else if let Some((index, "video")) =
            line.strip_prefix("#media_type ").and_then(|rest| rest.split_once(": "))
        {
            stream = Some(index.to_owned());
        } else {
            let mut cells = line.split(',').map(str::trim);
            let (index, pts) = (cells.next().map(str::to_owned), cells.nth(1));
            let flags = cells.find_map(|cell| u32::from_str_radix(cell.strip_prefix("F=0x")?, 16).ok());
            let is_shown = flags.is_none_or(|flags| flags & 4 == 0);
            let base =
                bases.iter().find(|(known, _)| Some(known) == index.as_ref()).and_then(|(_, base)| *base);
            if let (true, true, Some(base), Some(Ok(ticks))) =
                (index == stream, is_shown, base, pts.map(str::parse))
            {
                let moment = Moment { ticks, base };
                first = Some(first.map_or(moment, |first| first.min(moment)));
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_video_is_the_earliest_that_is_shown() {
        let listed = "#software: Lavf\n#tb 0: 1/48000\n#media_type 0: audio\n#tb 1: 1/1000\n#media_type 1: video\n\
                      0, -312, -312, 960, 300, 0x3a\n1, -40, -40, 33, 9, 0xe3, F=0x5\n1, 7, 80, 33, 9, 0xe3\n\
                      1, 8, 40, 33, 9, 0xe3, F=0x0\n1, 9, NOPTS, 33, 9, 0xe3, F=0x0\n";
        assert_eq!(
            first_video(listed),
            Some(Moment { ticks: 40, base: TimeBase::new(1, 1000).expect("a base") })
        );
        assert_eq!(first_video("garbage\n1, 2\n,,,\n#tb 0: 1/0\n"), None);
    }
}
