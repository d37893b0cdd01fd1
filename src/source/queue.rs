//! Frames that wait for their time, in the order of their stamps, and the judgement on each that arrives.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Duration;

use crate::frame::Frame;
use crate::time::Timestamp;

/// Frames held besides the one that is shown.
pub const MAX_AHEAD: usize = 32;
/// How far behind the newest taken a frame is merely late; farther behind, the sender's clock has begun anew.
pub const LATE_WITHIN: Duration = Duration::from_secs(1);
/// How far ahead a frame may be; farther ahead, the sender's clock has jumped.
pub const AHEAD_WITHIN: Duration = Duration::from_secs(10);

/// A frame and the moment from which it may be shown.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) stamp: Timestamp,
    pub(super) frame: Frame,
}

/// How a stamp stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    InTime,
    Late,
    Restart,
}

/// At most [`MAX_AHEAD`] frames, earliest first, no stamp twice.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameQueue {
    frames: VecDeque<Held>,
    /// The stamp that the next frame is compared with; none before the first frame of a stay.
    newest: Option<Timestamp>,
}

impl FrameQueue {
    /// Compares a stamp with the newest taken and, where a frame has been composed, with its time.
    ///
    /// While nothing has been composed no frame counts as too far ahead: there is no time to be ahead of.
    pub(super) fn judge(&self, stamp: Timestamp, composed: Option<Timestamp>) -> Arrival {
        let Some(newest) = self.newest else { return Arrival::InTime };
        let is_far_ahead_of = |moment| stamp.since(moment) > AHEAD_WITHIN;
        match stamp.cmp(&newest) {
            Ordering::Less if newest.since(stamp) > LATE_WITHIN => Arrival::Restart,
            Ordering::Less => Arrival::Late,
            Ordering::Greater if is_far_ahead_of(newest) && composed.is_some_and(is_far_ahead_of) => {
                Arrival::Restart
            }
            Ordering::Equal | Ordering::Greater => Arrival::InTime,
        }
    }

    /// Takes a frame to its place among the stamps. Returns the one that had its stamp.
    ///
    /// # Errors
    /// The frame that is farthest ahead where there is no room; that may be the given one, which then was not taken.
    pub(super) fn insert(&mut self, held: Held) -> Result<Option<Frame>, Frame> {
        let stamp = held.stamp;
        let index = self.frames.partition_point(|other| other.stamp < stamp);
        if let Some(equal) = self.frames.get_mut(index).filter(|other| other.stamp == stamp) {
            self.newest = Some(stamp);
            return Ok(Some(std::mem::replace(equal, held).frame));
        }
        if index == MAX_AHEAD {
            return Err(held.frame);
        }
        let farthest = if self.frames.len() == MAX_AHEAD { self.frames.pop_back() } else { None };
        if self.frames.capacity() == 0 {
            // Once for all, but not for users who never send a frame.
            self.frames.reserve_exact(MAX_AHEAD);
        }
        self.frames.insert(index, held);
        self.newest = Some(stamp);
        farthest.map_or(Ok(None), |farthest| Err(farthest.frame))
    }

    /// Takes out the earliest frame if its stamp is due.
    pub(super) fn pop_if(&mut self, is_due: impl Fn(Timestamp) -> bool) -> Option<Held> {
        self.frames.pop_front_if(|first| is_due(first.stamp))
    }

    /// Whether no frame waits.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Takes the next frame as it is stamped if the newest taken is one of those that are due.
    pub(super) fn forget_newest_if(&mut self, is_due: impl Fn(Timestamp) -> bool) {
        self.newest = self.newest.filter(|&newest| !is_due(newest));
    }
}
