//! Whether a user's picture is still theirs to show.

use std::time::Duration;

use crate::frame::Frame;
use crate::time::Timestamp;

/// How long after a video stopped its last frame stays; a region shows an image instead only after more than this.
///
/// The vendor's documentation of background images gives 3.5 s.
pub const STALL_AFTER: Duration = Duration::from_millis(3500);

/// How a source sends frames, and so what its silence means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// Frame upon frame, such as a camera: silence means that the video has stopped.
    #[default]
    Continuous,
    /// A frame when something changes, such as a still screen share: only a stop or a mute stops it.
    Sparse,
}

/// What a user shows at the composed time.
#[derive(Clone, Copy, Debug)]
pub enum Liveness<'a> {
    /// No frame since they joined.
    NeverSent,
    /// The newest frame; the video runs or stopped at most [`STALL_AFTER`] ago.
    Live(&'a Frame),
    /// The last frame; the video stopped more than [`STALL_AFTER`] ago.
    Stalled(&'a Frame),
}

impl<'a> Liveness<'a> {
    /// The frame that is held, live or stalled.
    #[must_use]
    pub const fn frame(self) -> Option<&'a Frame> {
        match self {
            Self::NeverSent => None,
            Self::Live(frame) | Self::Stalled(frame) => Some(frame),
        }
    }

    /// Judges `frame` at `t`, of a video that stopped at `stopped`.
    pub(super) fn judge(frame: &'a Frame, stopped: Option<Timestamp>, t: Timestamp) -> Self {
        match stopped {
            Some(stopped) if t.since(stopped) > STALL_AFTER => Self::Stalled(frame),
            _ => Self::Live(frame),
        }
    }
}
