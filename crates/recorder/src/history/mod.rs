//! What happens at which time: who is there, what they send, and which layout is asked for. (Skeleton: what the render stage asks of it.)

use std::path::PathBuf;

use polyptych::{Timestamp, UserId};

/// A stretch of a user's file that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaUse {
    /// The file.
    pub path: PathBuf,
    /// Where the file's zero lies in recording time.
    pub zero: Timestamp,
    /// The first moment that counts, in recording time.
    pub from: Timestamp,
    /// The end of what counts, in recording time: the first moment that does not.
    pub to: Timestamp,
}

impl MediaUse {
    /// A moment of the recording as one of the file; saturates.
    #[must_use]
    pub fn in_file(&self, t: Timestamp) -> Timestamp {
        Timestamp::from_nanos(t.as_nanos().saturating_sub(self.zero.as_nanos()))
    }

    /// A moment of the file as one of the recording; saturates.
    #[must_use]
    pub fn in_recording(&self, at: Timestamp) -> Timestamp {
        Timestamp::from_nanos(at.as_nanos().saturating_add(self.zero.as_nanos()))
    }
}

/// A meeting's history, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct History {}

impl History {
    /// Everyone who is ever there, in the order of the description.
    pub fn users(&self) -> impl DoubleEndedIterator<Item = &UserId> {
        std::iter::empty()
    }

    /// All stretches of video that count, user by user, each user's in the order of time and without overlap.
    pub fn media(&self) -> impl Iterator<Item = (&UserId, &MediaUse)> {
        std::iter::empty()
    }

    /// A user's stretches of video that count, in the order of time and without overlap.
    pub fn media_of(&self, _uid: &UserId) -> &[MediaUse] {
        &[]
    }

    /// The times at which something happens to a user (joins, leaves, stops, mutes, unmutes), rising.
    pub fn turns(&self, _uid: &UserId) -> &[Timestamp] {
        &[]
    }

    /// The intervals before `t` in which frames of a user count, rising: those of the presence that lasts at `t`, without what is
    /// muted. Empty where the user is not there at `t`.
    pub fn stretches_seen(&self, _uid: &UserId, _t: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        Vec::new()
    }
}
