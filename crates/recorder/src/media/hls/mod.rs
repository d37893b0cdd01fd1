//! HLS playlists (RFC 8216) on disk: individual recordings of cloud services, and what packagers write.
//!
//! ```text
//!  playlist ──lines──▶ segments ──run──▶ runs, each read as one file by `ts` or `mp4` ──shifted──▶ packets
//! ```
//!
//! A run's times are its stamps'. Where clocks begin anew (`EXT-X-DISCONTINUITY`) times go on by the stated durations of all segments
//! before, missing ones too. `EXT-X-PROGRAM-DATE-TIME` is not used: clocks of day jump, and services round them to a second.

mod joined;
mod playlist;
mod reader;
mod run;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use polyptych::Timestamp;

use super::{Container, Contents, MediaError, PacketReader, TrackKind};
use playlist::Playlist;
use reader::HlsReader;
use run::{Folder, Run, runs};

/// The longest playlist that is read, in bytes: days of segments of a second.
const MAX_PLAYLIST_BYTES: u64 = 32 << 20;
/// How far the end that stamps state may lie from the one that durations state; beyond it, durations are believed.
const MAX_DISAGREEMENT_NANOS: u64 = 60_000_000_000;

/// Finds out what a playlist's segments hold.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let Recording { runs, mut remarks, .. } = open(path)?;
    let (mut video, mut sound, mut failure) = (None, None, None);
    for run in &runs {
        match run.contents() {
            Ok(contents) => {
                let shifted = |span: Option<(Timestamp, Timestamp)>| {
                    span.map(|(from, to)| (reader::shift(from, run), reader::shift(to, run)))
                };
                let is_first = video.is_none() && sound.is_none();
                video = video.or(contents.video.map(|mut track| {
                    track.span = shifted(track.span);
                    track
                }));
                sound = sound.or(contents.sound.map(|mut track| {
                    track.span = shifted(track.span);
                    track
                }));
                if is_first {
                    remarks.extend(contents.remarks);
                }
            }
            Err(error) => {
                remarks.push(format!("from {} on nothing can be read: {error}", run.start));
                failure = failure.or(Some(error));
            }
        }
        if video.is_some() && sound.is_some() {
            break;
        }
    }
    if let (None, None, Some(failure)) = (&video, &sound, failure) {
        return Err(failure);
    }
    let (video_end, sound_end) = ends(&runs);
    if let Some((_, to)) = video.as_mut().and_then(|track| track.span.as_mut()) {
        *to = (*to).max(video_end);
    }
    if let Some((_, to)) = sound.as_mut().and_then(|track| track.span.as_mut()) {
        *to = (*to).max(sound_end);
    }
    Ok(Contents { container: Container::Hls, video, sound, remarks })
}

/// When video and sound end: by the last run's stamps, unless they are far from what the durations say.
fn ends(runs: &[Run]) -> (Timestamp, Timestamp) {
    let Some(run) = runs.last() else { return (Timestamp::ZERO, Timestamp::ZERO) };
    let Ok(contents) = run.contents() else { return (run.end, run.end) };
    let end = |span: Option<(Timestamp, Timestamp)>| {
        let end = span.map_or(Timestamp::ZERO, |(_, to)| reader::shift(to, run));
        let is_near = end.as_nanos().abs_diff(run.end.as_nanos()) <= MAX_DISAGREEMENT_NANOS;
        if is_near || span.is_none() { end } else { run.end }
    };
    (end(contents.video.and_then(|track| track.span)), end(contents.sound.and_then(|track| track.span)))
}

/// A reader of one of the tracks.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let Recording { path, runs, .. } = open(path)?;
    Ok(Box::new(HlsReader::new(path, runs, track)?))
}

/// A media playlist and its runs.
struct Recording {
    path: PathBuf,
    runs: Vec<Run>,
    remarks: Vec<String>,
}

/// Reads a playlist, or the first one that a master playlist names.
fn open(path: &Path) -> Result<Recording, MediaError> {
    let mut remarks = Vec::new();
    let (path, playlist) = match read(path)? {
        Playlist::Master { first, count, has_other_sound } => {
            if count > 1 {
                remarks.push(format!("{count} variants; the first is taken, {first:?}"));
            }
            if has_other_sound {
                remarks.push("sound that has playlists of its own is left out".to_owned());
            }
            let variant = Folder::of(path)?.file(&first, 1)?;
            let missing = || malformed(path, format!("its first variant, {first:?}, is missing"));
            let variant = variant.ok_or_else(missing)?;
            let playlist = read(&variant)?;
            (variant, playlist)
        }
        playlist => (path.to_owned(), playlist),
    };
    let Playlist::Media { segments, has_end, has_dates } = playlist else {
        return Err(malformed(&path, "it is named by a master playlist, and is one itself".to_owned()));
    };
    if !has_end {
        remarks.push("the playlist was not ended: segments may be missing at the end".to_owned());
    }
    if has_dates && segments.iter().any(|segment| segment.is_discontinuous) {
        remarks.push("EXT-X-PROGRAM-DATE-TIME is not used; times go on by durations".to_owned());
    }
    let runs = runs(&path, &segments, &mut remarks)?;
    Ok(Recording { path, runs, remarks })
}

fn read(path: &Path) -> Result<Playlist, MediaError> {
    let io = |source| MediaError::Io { path: path.to_owned(), source };
    let len = fs::metadata(path).map_err(io)?.len();
    if len > MAX_PLAYLIST_BYTES {
        return Err(malformed(
            path,
            format!("a playlist of {len} bytes; at most {MAX_PLAYLIST_BYTES} are read"),
        ));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(MAX_PLAYLIST_BYTES).read_to_end(&mut bytes).map_err(io)?;
    Playlist::parse(&String::from_utf8_lossy(&bytes)).map_err(|problem| malformed(path, problem))
}

fn malformed(path: &Path, problem: String) -> MediaError {
    MediaError::Malformed { path: path.to_owned(), problem }
}
