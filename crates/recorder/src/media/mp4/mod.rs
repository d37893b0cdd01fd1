//! MP4, fragmented MP4 and QuickTime movies (ISO/IEC 14496-12).
//!
//! Only headers, `moov` and one `moof` at a time are in memory; samples are read one by one from where they lie.

mod boxes;
mod description;
mod edits;
mod fragment;
mod movie;
mod probe;
mod reader;
mod sound;
mod table;
mod times;
mod top;

use polyptych::Timestamp;

use boxes::Children;
use movie::{Movie, TrackError};
use reader::Mp4Reader;
use top::{TopBox, TopBoxes};

use super::input::Input;
use super::{Contents, MediaError, PacketReader, TrackKind};

/// Finds out what a file holds. What is given as one may be an initialisation segment and the media segments behind
/// it.
pub(super) fn probe(mut input: Input) -> Result<Contents, MediaError> {
    let (movie, moov) = open(&mut input)?;
    probe::contents(&mut input, &movie, &moov)
}

/// A reader of a file's track.
pub(super) fn packets(mut input: Input, kind: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let (movie, moov) = open(&mut input)?;
    let zero = probe::zero(&mut input, &movie, &moov)?;
    let is_fragmented = movie.is_fragmented;
    let track = match kind {
        TrackKind::Video => movie.video,
        TrackKind::Sound => movie.sound,
    };
    let Some(track) = track else { return Err(super::no_track(input.path(), kind)) };
    Ok(Box::new(Mp4Reader::new(input, track, &moov, is_fragmented, zero)))
}

/// The zero of what [`probe`] and [`packets`] count, as the movie counts.
pub(super) fn origin(mut input: Input) -> Result<Timestamp, MediaError> {
    let (movie, moov) = open(&mut input)?;
    probe::zero(&mut input, &movie, &moov)
}

/// Finds `moov` and reads it.
fn open(input: &mut Input) -> Result<(Movie, TopBox), MediaError> {
    let mut boxes = TopBoxes::default();
    while let Some(top) = boxes.next(input)? {
        if top.name != *b"moov" {
            continue;
        }
        let bytes = top.read(input)?;
        let parsed = Children::of(&bytes).next().map(|moov| Movie::parse(moov, input.len()));
        return match parsed {
            Some(Ok(movie)) => Ok((movie, top)),
            Some(Err(TrackError::Unsupported(what))) => Err(input.unsupported(what)),
            Some(Err(TrackError::Malformed(problem))) => Err(input.malformed(problem)),
            None => Err(input.malformed("moov is no box")),
        };
    }
    let end = boxes.position();
    Err(input
        .malformed(format!("no moov up to byte {end}; a recorder that was stopped early leaves such a file")))
}
