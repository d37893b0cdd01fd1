//! What a movie holds, and when.

use std::collections::VecDeque;

use polyptych::Timestamp;

use super::description::Description;
use super::fragment::{self, Room};
use super::movie::{Movie, Track};
use super::table::Sample;
use super::times::Stretch;
use super::top::{TopBox, TopBoxes};
use crate::media::input::Input;
use crate::media::{Container, Contents, MediaError, TrackKind, clock};

/// How many fragments are looked at for a track that has not begun, once the other has: tracks are written side by
/// side, so what comes later begins later.
const LATE_FRAGMENTS: u32 = 8;

/// When a track begins and ends, in the movie's count.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Extent {
    fn add(&mut self, start: Timestamp, end: Timestamp) {
        self.start = Some(self.start.map_or(start, |known| known.min(start)));
        self.end = Some(self.end.map_or(end, |known| known.max(end)));
    }

    fn span(&self, zero: Timestamp) -> Option<(Timestamp, Timestamp)> {
        Some((clock::since(self.start?, zero), clock::since(self.end?, zero)))
    }
}

/// A track, its kind and what is known of its times.
struct Timed<'a> {
    track: &'a Track,
    kind: TrackKind,
    extent: Extent,
    next_time: i64,
    room: Room,
}

impl<'a> Timed<'a> {
    fn new(track: &'a Track, kind: TrackKind, len: u64) -> Self {
        let mut timed = Self { track, kind, extent: Extent::default(), next_time: 0, room: Room::of(len) };
        for stretch in track.table.stretches() {
            timed.add(stretch);
            timed.next_time = stretch.end();
        }
        timed
    }

    /// Of a movie in a file of `len` bytes, the video and the sound.
    fn all(movie: &'a Movie, len: u64) -> Vec<Self> {
        let video = movie.video.iter().map(|track| Self::new(track, TrackKind::Video, len));
        video.chain(movie.sound.iter().map(|track| Self::new(track, TrackKind::Sound, len))).collect()
    }

    /// Takes in what of a stretch is presented.
    fn add(&mut self, stretch: Stretch) {
        let edits = &self.track.edits;
        let end = stretch.end().min(edits.end().unwrap_or(i64::MAX));
        let first = match self.kind {
            TrackKind::Video => first_from(stretch, edits.start()),
            // Of a packet of sound, a part may be presented.
            TrackKind::Sound => Some(stretch.first_cts.max(edits.start())),
        };
        if let Some(first) = first
            && first < end
        {
            self.extent.add(edits.presentation(first), edits.presentation(end));
        }
    }

    /// Takes in what of a fragment is presented.
    fn add_fragment(&mut self, moof: &[u8], start: u64, len: u64) -> Result<(), String> {
        let mut samples: VecDeque<Sample> = VecDeque::new();
        let count = (&mut self.next_time, &mut self.room);
        fragment::parse(moof, start, self.track, count, &mut samples)?;
        for sample in samples.iter().take_while(|sample| sample.end() <= len) {
            self.add(Stretch { first_cts: sample.cts, count: 1, duration: sample.duration.max(1) });
        }
        Ok(())
    }
}

/// The first composition time of a stretch that is not before `start`.
fn first_from(stretch: Stretch, start: i64) -> Option<i64> {
    let missing = u64::try_from(start.saturating_sub(stretch.first_cts)).unwrap_or(0);
    if missing == 0 {
        return Some(stretch.first_cts);
    }
    let index = missing.div_ceil(u64::from(stretch.duration.max(1)));
    (index < stretch.count).then(|| stretch.cts(index))
}

/// The file's zero, in the movie's count.
pub(super) fn zero(input: &mut Input, movie: &Movie, moov: &TopBox) -> Result<Timestamp, MediaError> {
    let mut tracks = Timed::all(movie, input.len());
    if movie.is_fragmented {
        read_fragments(input, &mut tracks, moov, Some(LATE_FRAGMENTS))?;
    }
    Ok(earliest(&tracks))
}

fn earliest(tracks: &[Timed<'_>]) -> Timestamp {
    tracks.iter().filter_map(|timed| timed.extent.start).min().unwrap_or(Timestamp::ZERO)
}

/// Takes in the fragments: all of them, or up to where the first times of the tracks are known. Returns whether the
/// last one is whole.
fn read_fragments(
    input: &mut Input,
    tracks: &mut [Timed<'_>],
    moov: &TopBox,
    late: Option<u32>,
) -> Result<bool, MediaError> {
    let mut boxes = TopBoxes::behind(moov);
    let mut late_left = late;
    let mut is_whole = true;
    loop {
        let begun = tracks.iter().filter(|timed| timed.extent.start.is_some()).count();
        match &mut late_left {
            Some(_) if begun == tracks.len() => return Ok(true),
            Some(0) => return Ok(true),
            Some(left) if begun > 0 => *left -= 1,
            _ => {}
        }
        let Some(top) = boxes.next(input)? else { break };
        is_whole = top.is_whole;
        if top.name != *b"moof" || !top.is_whole {
            continue;
        }
        let bytes = top.read(input)?;
        for timed in tracks.iter_mut() {
            // The zero is that of the file before it was cut off. A damaged fragment is told when it is read.
            let len = if late.is_some() { u64::MAX } else { input.len() };
            let _ = timed.add_fragment(&bytes, top.start, len);
        }
    }
    Ok(is_whole && boxes.position() == input.len())
}

/// All that is known of a movie without reading its samples.
pub(super) fn contents(input: &mut Input, movie: &Movie, moov: &TopBox) -> Result<Contents, MediaError> {
    let mut remarks = movie.remarks.clone();
    let mut tracks = Timed::all(movie, input.len());
    let mut first = Timed::all(movie, input.len());
    if movie.is_fragmented {
        read_fragments(input, &mut first, moov, Some(LATE_FRAGMENTS))?;
        if !read_fragments(input, &mut tracks, moov, None)? {
            remarks.push("the file was cut off within a fragment; what is whole is used".to_owned());
        }
    }
    let zero = earliest(&first);
    let span =
        |kind| tracks.iter().find(|timed| timed.kind == kind).and_then(|timed| timed.extent.span(zero));
    let (mut video, mut sound) = (None, None);
    for track in movie.video.iter().chain(&movie.sound) {
        match track.descriptions.first() {
            Some(Description::Video(track)) => {
                video = Some(crate::media::VideoTrack { span: span(TrackKind::Video), ..track.clone() });
            }
            Some(Description::Sound(sound_description)) => {
                let track = sound_description.track.clone();
                sound = Some(crate::media::SoundTrack { span: span(TrackKind::Sound), ..track });
            }
            None => remarks.push("a track without a description is not used".to_owned()),
        }
    }
    if video.is_none() && sound.is_none() {
        return Err(input.unsupported("it holds neither video nor sound"));
    }
    Ok(Contents { container: Container::Mp4, video, sound, began: None, remarks })
}
