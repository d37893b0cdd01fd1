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

use std::path::Path;

use boxes::Children;
use movie::{Movie, TrackError};
use reader::Mp4Reader;
use top::{TopBox, TopBoxes};

use super::input::{Input, Source};
use super::{Contents, MediaError, PacketReader, TrackKind};

/// Finds out what a file holds.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let mut input = Input::open(path)?;
    let (movie, moov) = open(&mut input)?;
    probe::contents(&mut input, movie, &moov)
}

/// A reader of a file's track.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    packets_from(Input::open(path)?, track)
}

/// Finds out what a source holds that reads as one file: an initialisation segment and the media segments behind it, one after the
/// other. `path` is what errors name.
pub(super) fn probe_source(path: &Path, source: Box<dyn Source>) -> Result<Contents, MediaError> {
    let mut input = Input::new(path, source)?;
    let (movie, moov) = open(&mut input)?;
    probe::contents(&mut input, movie, &moov)
}

/// A reader of a track of such a source.
pub(super) fn packets_from_source(
    path: &Path,
    source: Box<dyn Source>,
    track: TrackKind,
) -> Result<Box<dyn PacketReader>, MediaError> {
    packets_from(Input::new(path, source)?, track)
}

fn packets_from(mut input: Input, kind: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let (movie, moov) = open(&mut input)?;
    let zero = probe::zero(&mut input, &movie, &moov)?;
    let Some(track) = movie.track(kind).cloned() else { return Err(super::no_track(input.path(), kind)) };
    Ok(Box::new(Mp4Reader::new(input, track, &moov, movie.is_fragmented, zero)))
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
