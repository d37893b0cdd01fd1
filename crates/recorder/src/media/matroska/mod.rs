//! Matroska and WebM (RFC 9559).
//!
//! The crate `matroska-demuxer` 0.8 was tried first. It does not open a file whose end was cut off, because it reads
//! the index that stood there; it does not tell key frames within block groups, the padding of the last sound or the
//! turn of the picture; it keeps the index in memory, whatever its size. Reading elements takes less than going round
//! that.

mod blocks;
mod ebml;
mod header;
mod probe;
mod reader;
#[cfg(test)]
mod tests;

use header::Header;
use reader::MatroskaReader;

use super::input::Input;
use polyptych::Timestamp;

use super::{Contents, MediaError, PacketReader, TrackKind};

/// Finds out what a file holds.
pub(super) fn probe(mut input: Input) -> Result<Contents, MediaError> {
    let header = Header::read(&mut input)?;
    probe::contents(&mut input, &header)
}

/// The zero of what [`probe`] and [`packets`] count, in the container's count.
pub(super) fn origin(mut input: Input) -> Result<Timestamp, MediaError> {
    let header = Header::read(&mut input)?;
    probe::zero(&mut input, &header)
}

/// A reader of a file's track.
pub(super) fn packets(mut input: Input, kind: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let header = Header::read(&mut input)?;
    let zero = probe::zero(&mut input, &header)?;
    let (track, sound) = match kind {
        TrackKind::Video => (header.video.map(|(track, _)| track), None),
        TrackKind::Sound => header.sound.map_or((None, None), |(track, sound)| (Some(track), Some(sound))),
    };
    let Some(track) = track else { return Err(super::no_track(input.path(), kind)) };
    Ok(Box::new(MatroskaReader::new(input, track, sound, header.scale, header.clusters, zero)))
}
