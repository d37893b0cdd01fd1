//! When a user's video was stopped or muted.
//!
//! A mute is a stop that lasts: it interrupts the video at its time, and frames stamped before the unmute do not resume it.
//! A stop is such an interval of no length. So one sorted list answers both questions: since when the video is
//! interrupted, and whether a frame, perhaps an old one that arrives only now, is to be ignored.

use crate::time::Timestamp;

/// Interruptions kept for one user. Beyond, the oldest two count as one: only frames far behind could tell the difference.
const MAX_KEPT: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Interruption {
    from: Timestamp,
    /// The first moment whose frame resumes the video; none while it is muted.
    until: Option<Timestamp>,
}

impl Interruption {
    fn is_over_at(self, stamp: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= stamp)
    }
}

/// What interrupts a video and has not been resumed from, by its beginning; at most one has no end.
#[derive(Clone, Debug, Default)]
pub(super) struct Interruptions(Vec<Interruption>);

impl Interruptions {
    /// Notes a stop.
    pub(super) fn stop(&mut self, at: Timestamp) {
        self.insert(Interruption { from: at, until: Some(at) });
    }

    /// Notes a mute; where the video is muted already, nothing changes.
    pub(super) fn mute(&mut self, at: Timestamp) {
        if self.0.iter().all(|one| one.until.is_some()) {
            self.insert(Interruption { from: at, until: None });
        }
    }

    /// Ends the mute if there is one; it is still a stop, which only a frame ends.
    pub(super) fn unmute(&mut self, at: Timestamp) {
        if let Some(mute) = self.0.iter_mut().find(|one| one.until.is_none()) {
            mute.until = Some(at.max(mute.from));
        }
    }

    fn insert(&mut self, interruption: Interruption) {
        let index = self.0.partition_point(|other| other.from <= interruption.from);
        self.0.insert(index, interruption);
        if self.0.len() > MAX_KEPT {
            let second = self.0.remove(1);
            let first = &mut self.0[0];
            if second.until != Some(second.from) {
                first.until = first.until.zip(second.until).map(|(one, other)| one.max(other));
            }
        }
    }

    /// Whether a frame of that stamp was sent while the video was muted.
    pub(super) fn ignores(&self, stamp: Timestamp) -> bool {
        self.0.iter().any(|one| one.from <= stamp && !one.is_over_at(stamp))
    }

    /// Forgets what a shown frame of that stamp has resumed from.
    pub(super) fn resume(&mut self, stamp: Timestamp) {
        self.0.retain(|one| !one.is_over_at(stamp));
    }

    /// Since when the video has been interrupted.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.0.first().map(|one| one.from)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
