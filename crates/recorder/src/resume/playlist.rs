//! What there is of a playlist.

use std::ops::Range;

use polyptych::FrameRate;

use super::{Begun, Found, Kind, ResumeError, check_format, check_length, count, last_cut};
use crate::concat::{ConcatError, Part};
use crate::encode::{TrackConfig, VideoFormat};
use crate::media;
use crate::render::first_sample_of;
use crate::write::{LeftPlaylist, Tracks};

/// Stated durations are rounded.
const TOLERANCE_NANOS: u64 = 1_000_000;

/// Looks for what an earlier rendering of `ticks` has left.
pub(super) fn find(
    left: &LeftPlaylist,
    ticks: Range<u64>,
    format: VideoFormat,
) -> Result<Found, ResumeError> {
    let path = &left.path;
    let lock = left.lock()?;
    if !path.exists() {
        return Ok(Found::Nothing);
    }
    let listed = media::listed(path).map_err(ConcatError::from)?;
    let mut part = Part::look_playlist(path, format)?;
    check_format(&part, format)?;
    check_length(&part, &ticks)?;
    let is_each_there = part.cuts.last() == Some(&part.ticks);
    if part.ticks == count(&ticks) && is_each_there && listed.has_end {
        return Ok(Found::Whole);
    }
    part.ticks = last_cut(&part, &ticks, format.fps)?;
    if part.ticks == 0 {
        return Ok(Found::Nothing);
    }
    let cut = format.fps.tick(part.ticks).as_nanos().unsigned_abs().saturating_add(TOLERANCE_NANOS);
    let segments = listed.ends.partition_point(|end| *end <= cut);
    let kind = Kind::Playlist { segments: u32::try_from(segments).unwrap_or(u32::MAX) };
    Ok(Found::Begun(Begun { part: Box::new(part), ticks, kind, lock }))
}

/// The tracks of the whole, by those of what follows `done` ticks: only the sound's beginning differs, which segments state less
/// exactly than by the sample.
pub(super) fn whole_tracks(rest: &Tracks, fps: FrameRate, start: u64, done: u64) -> Tracks {
    let sound = rest.sound.clone().map(|sound| match (sound.packet_grid(), sound) {
        (Some(grid), TrackConfig::Aac { config, priming }) => {
            let first = |tick| first_sample_of(fps, tick);
            let into_packet = |tick| first(tick) - grid.first_packet(first(tick)) * grid.samples;
            let priming = i64::from(priming) - into_packet(start + done) + into_packet(start);
            TrackConfig::Aac { config, priming: u32::try_from(priming).unwrap_or_default() }
        }
        (_, sound) => sound,
    });
    Tracks { sound, ..rest.clone() }
}
