//! One user's frames: which is shown at a time, and whether the video has stopped.
//!
//! A [`Source`] is a state machine without a clock. Frames are judged when they are pushed, against the newest taken and the last
//! composed time. Time then moves on in steps: to each event, so that what lies before it is settled under the old state,
//! and at last to the composed time.
//!
//! Frames that are let go are moved to a vector of the caller, who may drop them where no lock is held: a drop can run
//! a decoder's own code.

mod counts;
mod interruption;
mod liveness;
mod queue;

pub use counts::SourceCounts;
pub use liveness::{Cadence, Liveness, STALL_AFTER};
pub use queue::{AHEAD_WITHIN, LATE_WITHIN, MAX_AHEAD};

use interruption::Interruptions;
use queue::{Arrival, FrameQueue, Held};

use crate::frame::Frame;
use crate::time::Timestamp;

/// The frame that is shown, at most [`MAX_AHEAD`] later ones, and what interrupts the video.
///
/// # Performance
/// Allocates room for the frames with the first of them, and no more after that.
#[derive(Clone, Debug, Default)]
pub struct Source {
    shown: Option<Held>,
    ahead: FrameQueue,
    interruptions: Interruptions,
    cadence: Cadence,
    counts: SourceCounts,
}

impl Source {
    /// A source that has sent nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes or drops a frame. `composed` is the last composed time, if there is one.
    ///
    /// A frame whose stamp shows that the sender's clock began anew is stamped with `composed`, and what waited is dropped.
    pub fn push(
        &mut self,
        stamp: Timestamp,
        frame: Frame,
        composed: Option<Timestamp>,
        released: &mut Vec<Frame>,
    ) {
        let stamp = match self.ahead.judge(stamp, composed) {
            Arrival::InTime => stamp,
            Arrival::Late => {
                self.counts.late += 1;
                released.push(frame);
                return;
            }
            Arrival::Restart => {
                self.counts.restarts += 1;
                while let Some(held) = self.ahead.pop_if(|_| true) {
                    released.push(held.frame);
                }
                composed.unwrap_or(stamp)
            }
        };
        match self.ahead.insert(Held { stamp, frame }) {
            Ok(replaced) => {
                self.counts.taken += 1;
                released.extend(replaced);
            }
            Err(farthest) => {
                self.counts.dropped_ahead += 1;
                released.push(farthest);
            }
        }
    }

    /// Shows the frames stamped before `at`, the newest last; those that a mute covers are dropped.
    pub fn show_before(&mut self, at: Timestamp, released: &mut Vec<Frame>) {
        self.show(|stamp| stamp < at, released);
    }

    /// Shows the frames stamped at or before `t`, the newest last; those that a mute covers are dropped.
    pub fn show_until(&mut self, t: Timestamp, released: &mut Vec<Frame>) {
        self.show(|stamp| stamp <= t, released);
    }

    fn show(&mut self, is_due: impl Fn(Timestamp) -> bool, released: &mut Vec<Frame>) {
        while let Some(held) = self.ahead.pop_if(&is_due) {
            if self.interruptions.ignores(held.stamp) {
                self.counts.muted += 1;
                released.push(held.frame);
                continue;
            }
            self.interruptions.resume(held.stamp);
            released.extend(self.shown.replace(held).map(|old| old.frame));
        }
    }

    /// Begins a stay in the channel: frames stamped before `at` came too early.
    pub fn join(&mut self, at: Timestamp, released: &mut Vec<Frame>) {
        self.drop_absent(|stamp| stamp < at, released);
    }

    /// Ends a stay: drops the frame that is shown and all that wait but those stamped at or after `rejoin`, if that is known,
    /// and forgets stops, mutes and the cadence.
    pub fn leave(&mut self, rejoin: Option<Timestamp>, released: &mut Vec<Frame>) {
        self.drop_absent(|stamp| rejoin.is_none_or(|at| stamp < at), released);
        released.extend(self.shown.take().map(|held| held.frame));
        self.interruptions.clear();
        self.cadence = Cadence::default();
    }

    /// Lets time pass for one who is not in the channel: frames stamped at or before `t` are dropped.
    pub fn pass_absent(&mut self, t: Timestamp, released: &mut Vec<Frame>) {
        self.drop_absent(|stamp| stamp <= t, released);
    }

    fn drop_absent(&mut self, is_due: impl Fn(Timestamp) -> bool, released: &mut Vec<Frame>) {
        while let Some(held) = self.ahead.pop_if(&is_due) {
            self.counts.not_in_channel += 1;
            released.push(held.frame);
        }
        self.ahead.forget_newest_if(is_due);
    }

    /// Takes the next frame as it is stamped, whatever came before it.
    pub fn expect_first_frame(&mut self) {
        self.ahead.forget_newest_if(|_| true);
    }

    /// Stops the video, until a frame stamped at or after `at`.
    pub fn stop(&mut self, at: Timestamp) {
        self.interruptions.stop(at);
        self.resume();
    }

    /// Stops the video, and ignores frames stamped at or after `at` until the unmute.
    ///
    /// A frame that is shown already when the mute becomes known stays, and counts as stopped at `at`.
    pub fn mute(&mut self, at: Timestamp) {
        self.interruptions.mute(at);
    }

    /// Lets frames stamped at or after `at` resume the video.
    pub fn unmute(&mut self, at: Timestamp) {
        self.interruptions.unmute(at);
        self.resume();
    }

    /// Forgets what the shown frame has resumed from.
    fn resume(&mut self) {
        if let Some(shown) = &self.shown {
            self.interruptions.resume(shown.stamp);
        }
    }

    /// Declares what the source's silence means.
    pub fn set_cadence(&mut self, cadence: Cadence) {
        self.cadence = cadence;
    }

    /// What the user shows at `t`, which is the time that frames were last shown until.
    #[must_use]
    pub fn shown(&self, t: Timestamp) -> Liveness<'_> {
        let Some(shown) = &self.shown else { return Liveness::NeverSent };
        let interrupted = self.interruptions.since();
        let stopped = match self.cadence {
            Cadence::Continuous => Some(interrupted.map_or(shown.stamp, |at| at.min(shown.stamp))),
            Cadence::Sparse => interrupted,
        };
        Liveness::judge(&shown.frame, stopped, t)
    }

    /// Whether a frame waits for its time.
    #[must_use]
    pub fn has_frames_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// What became of the frames so far.
    #[must_use]
    pub const fn counts(&self) -> SourceCounts {
        self.counts
    }
}
