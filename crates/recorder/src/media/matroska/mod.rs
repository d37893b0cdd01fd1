//! Matroska and WebM (RFC 9559).
//!
//! The crate `matroska-demuxer` was tried first. It does not open a file whose end was cut off, because it reads the index that
//! stood there; it does not tell key frames within block groups, the padding of the last sound or the turn of the picture; and it
//! keeps the index in memory, whatever its size. Reading elements takes less than going round that.

mod blocks;
mod ebml;
mod header;
mod probe;
mod reader;

use std::path::Path;

use header::Header;
use reader::MatroskaReader;

use super::input::Input;
use super::{Contents, MediaError, PacketReader, TrackKind};

/// Finds out what a file holds.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let mut input = Input::open(path)?;
    let header = Header::read(&mut input)?;
    probe::contents(&mut input, &header)
}

/// A reader of a file's track.
pub(super) fn packets(path: &Path, kind: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let mut input = Input::open(path)?;
    let header = Header::read(&mut input)?;
    let zero = probe::zero(&mut input, &header)?;
    let (track, sound) = match kind {
        TrackKind::Video => (header.video.map(|(track, _)| track), None),
        TrackKind::Sound => header.sound.map_or((None, None), |(track, sound)| (Some(track), Some(sound))),
    };
    let Some(track) = track else { return Err(super::no_track(path, kind)) };
    Ok(Box::new(MatroskaReader::new(input, track, sound, header.scale, header.clusters, zero)))
}
