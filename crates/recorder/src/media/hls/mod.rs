//! HLS playlists (RFC 8216) on disk: individual recordings of cloud services, and what packagers write.
//!
//! ```text
//!  playlist ──lines──▶ segments ──run──▶ runs, each read as one file by `ts` or `mp4` ──shifted──▶ packets
//! ```
//!
//! A run's times are its stamps'. Where clocks begin anew (`EXT-X-DISCONTINUITY`) times go on by the stated durations of all segments
//! before, missing ones too. `EXT-X-PROGRAM-DATE-TIME` is told and places nothing: clocks of day jump, and services round them to a second.

mod folder;
mod joined;
mod playlist;
mod reader;
mod rewritten;
mod run;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyptych::Timestamp;

use super::input::open_file;
use super::{Container, Contents, MediaError, PacketReader, Reach, Rewritten, Started, TrackKind};
use folder::Folder;
use playlist::{Playlist, Rendition, Segment, Variant};
use reader::HlsReader;
use run::{Run, runs};

/// The longest playlist that is read, in bytes: days of segments of a second.
const MAX_PLAYLIST_BYTES: u64 = 32 << 20;
/// How far the end that stamps state may lie from the one that durations state; beyond it, durations are believed.
const MAX_DISAGREEMENT_NANOS: u64 = 60_000_000_000;

/// Of what is missing or cannot be read, how much is told one by one.
const TOLD: usize = 3;

/// How far sound that has a playlist of its own may begin from the video by stamps; beyond it, both are taken to begin at once.
const MAX_APART_NANOS: i64 = 60_000_000_000;

/// Finds out what a playlist's segments hold.
pub(super) fn probe(path: &Path, reach: Reach) -> Result<Contents, MediaError> {
    let Recording { main, sound, mut remarks } = open(path, reach)?;
    let mut contents = main.contents(&mut remarks)?;
    if let Some(sound) = sound {
        contents.sound = sound.contents(&mut remarks)?.sound;
    }
    Ok(Contents { remarks, ..contents })
}

/// A reader of one of the tracks.
pub(super) fn packets(
    path: &Path,
    reach: Reach,
    track: TrackKind,
) -> Result<Box<dyn PacketReader>, MediaError> {
    let Recording { main, sound, .. } = open(path, reach)?;
    let Stream { path, runs, .. } = sound.filter(|_| track == TrackKind::Sound).unwrap_or(main);
    Ok(Box::new(HlsReader::new(path, runs, track)?))
}

/// When a playlist began, or the first one that a master playlist names.
pub(super) fn began(path: &Path) -> Result<Option<Started>, MediaError> {
    let found = match read(path)? {
        Playlist::Master { variants, .. } => {
            let first = variants.first();
            let named =
                first.map(|variant| Folder::of(path, Reach::Folder)?.file(&variant.uri, variant.line));
            let Some(path) = named.transpose()?.flatten() else { return Ok(None) };
            read(&path)?
        }
        media => media,
    };
    let Playlist::Media { segments, .. } = found else { return Ok(None) };
    Ok(segments.first().and_then(Segment::began))
}

/// What a playlist of segments lists.
pub(crate) struct Listed {
    /// Where each segment ends by the durations up to it, in nanoseconds.
    pub(crate) ends: Vec<u64>,
    /// Whether it says that nothing will be added.
    pub(crate) has_end: bool,
}

/// What a playlist lists. Its segments are not looked at.
pub(super) fn listed(path: &Path) -> Result<Listed, MediaError> {
    let Playlist::Media { segments, has_end } = read(path)? else {
        return Err(malformed(path, "it names other playlists, and no segments".to_owned()));
    };
    let ends = segments.iter().scan(0_u64, |end, segment| {
        *end = end.saturating_add(segment.nanos);
        Some(*end)
    });
    Ok(Listed { ends: ends.collect(), has_end })
}

/// A playlist of one track for another program, in a temporary file.
pub(super) fn rewritten(path: &Path, reach: Reach, track: TrackKind) -> Result<Rewritten, MediaError> {
    let Recording { main, sound, .. } = open(path, reach)?;
    let is_apart = sound.is_some();
    let Stream { path, runs, .. } = sound.filter(|_| track == TrackKind::Sound).unwrap_or(main);
    Ok(Rewritten { file: Arc::new(rewritten::write(&path, &runs)?), is_apart })
}

/// What is read of a playlist.
struct Recording {
    main: Stream,
    /// The sound, where it has a playlist of its own.
    sound: Option<Stream>,
    remarks: Vec<String>,
}

/// A media playlist and its runs.
struct Stream {
    path: PathBuf,
    runs: Vec<Run>,
    began: Option<Started>,
}

/// Reads a playlist, or the first one that a master playlist names and the sound that belongs to it.
fn open(path: &Path, reach: Reach) -> Result<Recording, MediaError> {
    let mut remarks = Vec::new();
    let (variants, renditions) = match read(path)? {
        Playlist::Master { variants, renditions } => (variants, renditions),
        media => {
            let main = Stream::of(path, media, reach, &mut remarks)?;
            return Ok(Recording { main, sound: None, remarks });
        }
    };
    let folder = Folder::of(path, reach)?;
    let Some(first) = variants.first() else { return Err(malformed(path, "it names none".to_owned())) };
    if variants.len() > 1 {
        remarks.push(format!("{} variants; the first is taken, {:?}", variants.len(), first.uri));
    }
    let missing = |uri: &str| malformed(path, format!("the playlist {uri:?}, which it names, is missing"));
    let stream = |uri: &str, line, remarks: &mut Vec<String>| {
        let path = folder.file(uri, line)?.ok_or_else(|| missing(uri))?;
        Stream::of(&path, read(&path)?, reach, remarks)
    };
    let mut main = stream(&first.uri, first.line, &mut remarks)?;
    let mut sound = None;
    if let Some((uri, line)) = sound_of(first, &renditions) {
        let found =
            stream(uri, line, &mut remarks).and_then(|found| match found.contents(&mut Vec::new())?.sound {
                Some(_) => Ok(found),
                None => Err(super::no_track(&found.path, TrackKind::Sound)),
            });
        match found {
            Ok(mut found) => {
                align(&mut main, &mut found, &mut remarks);
                sound = Some(found);
            }
            Err(error) => remarks.push(format!("its sound is left out: {error}")),
        }
    }
    Ok(Recording { main, sound, remarks })
}

/// The playlist of a variant's sound, where it has one of its own, and the line that names it.
fn sound_of<'a>(variant: &Variant, renditions: &'a [Rendition]) -> Option<(&'a str, usize)> {
    let group = variant.sound.as_ref()?;
    let mut group = renditions.iter().filter(|rendition| rendition.is_sound && rendition.group == *group);
    let first = group.clone().next();
    let chosen = group.find(|rendition| rendition.is_default).or(first)?;
    Some((chosen.uri.as_deref()?, chosen.line))
}

/// Puts both on one clock: their stamps say how far apart they begin. The earlier one stays at the zero.
fn align(main: &mut Stream, sound: &mut Stream, remarks: &mut Vec<String>) {
    // By the stamps that stand at a run's beginning, which is no segment's where the first ones are missing.
    let later = |(run, other): (&Run, &Run)| {
        let apart = since_on_clock(other.origin().ok()?, run.origin().ok()?);
        Some(apart.saturating_sub(other.start.as_nanos().saturating_sub(run.start.as_nanos())))
    };
    let later = main.runs.iter().zip(&sound.runs).find_map(later);
    let Some(later) = later.filter(|later| later.abs() <= MAX_APART_NANOS) else {
        let why = if later.is_some() { "are far apart" } else { "cannot be compared" };
        remarks.push(format!("the stamps of video and sound {why}; both are taken to begin at once"));
        return;
    };
    let (delayed, by) = if later > 0 { (sound, later) } else { (main, -later) };
    for run in &mut delayed.runs {
        run.delay(by);
    }
}

/// Nanoseconds from one stamp to another, the short way round where the clock of transport streams has wrapped.
fn since_on_clock(at: Timestamp, from: Timestamp) -> i64 {
    const TURN: i64 = ((1_i128 << 33) * 1_000_000_000 / 90_000) as i64;
    let ahead = at.as_nanos().wrapping_sub(from.as_nanos()).rem_euclid(TURN);
    if ahead > TURN / 2 { ahead - TURN } else { ahead }
}

impl Stream {
    fn of(
        path: &Path,
        playlist: Playlist,
        reach: Reach,
        remarks: &mut Vec<String>,
    ) -> Result<Self, MediaError> {
        let Playlist::Media { segments, has_end } = playlist else {
            return Err(malformed(path, "it is named by a master playlist, and is one itself".to_owned()));
        };
        if !has_end {
            remarks.push("the playlist was not ended: segments may be missing at the end".to_owned());
        }
        let is_dated = segments.iter().any(|segment| segment.date.is_some());
        if is_dated && segments.iter().any(|segment| segment.is_discontinuous) {
            remarks.push("EXT-X-PROGRAM-DATE-TIME is not used; times go on by durations".to_owned());
        }
        let runs = runs(path, reach, &segments, remarks)?;
        let began = segments.first().and_then(Segment::began);
        Ok(Self { path: path.to_owned(), runs, began })
    }

    /// What its runs hold: of each track the first.
    fn contents(&self, remarks: &mut Vec<String>) -> Result<Contents, MediaError> {
        let (mut video, mut sound, mut failure) = (None, None, None);
        let mut unreadable = 0_usize;
        for run in &self.runs {
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
                    unreadable += 1;
                    if unreadable <= TOLD {
                        remarks.push(format!("from {} on nothing can be read: {error}", run.start));
                    }
                    failure = failure.or(Some(error));
                }
            }
            if video.is_some() && sound.is_some() {
                break;
            }
        }
        if unreadable > TOLD {
            remarks.push(format!("{unreadable} such stretches in all"));
        }
        if let (None, None, Some(failure)) = (&video, &sound, failure) {
            return Err(failure);
        }
        let (video_end, sound_end) = ends(&self.runs);
        if let Some((_, to)) = video.as_mut().and_then(|track| track.span.as_mut()) {
            *to = (*to).max(video_end);
        }
        if let Some((_, to)) = sound.as_mut().and_then(|track| track.span.as_mut()) {
            *to = (*to).max(sound_end);
        }
        Ok(Contents { container: Container::Hls, video, sound, began: self.began, remarks: Vec::new() })
    }
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
    open_file(path).map_err(io)?.take(MAX_PLAYLIST_BYTES).read_to_end(&mut bytes).map_err(io)?;
    Playlist::parse(&String::from_utf8_lossy(&bytes)).map_err(|problem| malformed(path, problem))
}

fn malformed(path: &Path, problem: String) -> MediaError {
    MediaError::Malformed { path: path.to_owned(), problem }
}
