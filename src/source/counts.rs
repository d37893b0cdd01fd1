//! What became of frames that were pushed.

use std::ops::AddAssign;

/// How many frames met which fate, since the user's source began.
///
/// A frame that was pushed is counted once as `taken`, `late`, `dropped_ahead` or, where it could not even wait for a join,
/// `not_in_channel`. Frames that were taken may be counted again, as `muted` or `not_in_channel`, when their time comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Kept to be shown, restarts included.
    pub taken: u64,
    /// Dropped: up to 1 s behind the newest taken.
    pub late: u64,
    /// How often the sender's clock seemed to begin anew.
    pub restarts: u64,
    /// Dropped: farther ahead than the frames a source has room for.
    pub dropped_ahead: u64,
    /// Dropped: stamped while the user's video was muted.
    pub muted: u64,
    /// Dropped: the user was not in the channel when the frame's time came, or left before it.
    pub not_in_channel: u64,
}

impl AddAssign for SourceCounts {
    fn add_assign(&mut self, other: Self) {
        self.taken += other.taken;
        self.late += other.late;
        self.restarts += other.restarts;
        self.dropped_ahead += other.dropped_ahead;
        self.muted += other.muted;
        self.not_in_channel += other.not_in_channel;
    }
}
