//! How packets of sound lie on one grid for a whole recording, so that parts of it can be joined.

use super::TrackConfig;
use super::aac::{LEAD_FRAMES, PACKET_SAMPLES};

/// The grid of a codec: packet p begins at sample p times [`PacketGrid::samples`], less the encoder's priming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PacketGrid {
    /// Samples that a packet lasts.
    pub(crate) samples: i64,
    /// Packets that a part begins with before its own, because decoders are not right without them.
    pub(crate) preroll: i64,
    /// Packets before those that an encoder needs to settle; they are left out.
    pub(crate) lead: i64,
    /// Packets behind a part that its encoder hears.
    pub(crate) tail: i64,
}

const AAC: PacketGrid =
    PacketGrid { samples: PACKET_SAMPLES, preroll: 0, lead: LEAD_FRAMES as i64, tail: LEAD_FRAMES as i64 };

/// Packets of 20 ms, as libopus makes them unless told otherwise. Decoders need 80 ms (RFC 7845, 4.6). The encoder tells speech from music
/// by what it heard within the last second.
const OPUS: PacketGrid = PacketGrid { samples: 960, preroll: 4, lead: 50, tail: 4 };

impl TrackConfig {
    /// The grid of its packets; `None` for video, and for samples as they are.
    pub(crate) const fn packet_grid(&self) -> Option<PacketGrid> {
        match self {
            Self::Aac { .. } => Some(AAC),
            Self::Opus { .. } => Some(OPUS),
            _ => None,
        }
    }
}

impl PacketGrid {
    /// The packet that a part begins with whose first sample is `first`, counted from the recording's beginning.
    pub(crate) fn first_packet(&self, first: i64) -> i64 {
        (first.div_euclid(self.samples) - self.preroll).max(0)
    }
}
