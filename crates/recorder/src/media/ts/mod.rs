//! MPEG transport streams (ISO/IEC 13818-1), as cloud recorders and HLS write them.
//!
//! ```text
//!  bytes ──packet──▶ 188 bytes ──demux, tables, pes──▶ PES packets ──timeline──▶ with times ──framing──▶ packets
//! ```
//!
//! Packets and tables are read here and not by the crate `mpeg2ts`: its reader ends at the first packet whose PID no table has
//! named, at a table that crosses packets or begins with a pointer, and at bytes out of step, all of which recordings have.

mod adts;
mod demux;
mod framing;
mod hop;
mod nal;
mod opus;
mod packet;
mod pes;
mod reader;
mod survey;
mod tables;
mod timeline;
mod units;

use std::path::Path;

use polyptych::Timestamp;

use super::input::Input;
use super::{Contents, MediaError, PacketReader, TrackKind};

/// The clock of stamps, in ticks a second.
const CLOCK_HZ: i128 = 90_000;

/// Finds out what a transport stream holds.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    contents(&mut || Input::open(path), &[])
}

/// A reader of the packets of one of its tracks.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    reader(&mut || Input::open(path), &[], track)
}

/// What the stream holds that `open` opens, each time anew. At the places `joints` counters may begin anew.
pub(super) fn contents(
    open: &mut dyn FnMut() -> Result<Input, MediaError>,
    joints: &[u64],
) -> Result<Contents, MediaError> {
    survey::Survey::of(open()?, joints)?.into_contents(open()?, joints)
}

/// The stamp that is the zero of what [`contents`] and [`reader`] count, as a time.
pub(super) fn origin(input: Input, joints: &[u64]) -> Result<Timestamp, MediaError> {
    Ok(survey::Survey::of(input, joints)?.origin())
}

/// A reader of the packets of one track of such a stream.
pub(super) fn reader(
    open: &mut dyn FnMut() -> Result<Input, MediaError>,
    joints: &[u64],
    track: TrackKind,
) -> Result<Box<dyn PacketReader>, MediaError> {
    let survey = survey::Survey::of(open()?, joints)?;
    Ok(Box::new(reader::TsReader::new(open()?, joints, &survey, track)?))
}
