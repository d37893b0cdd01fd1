//! The channel as it is at the composed time: who is in it, in which order, and what each shows.
//!
//! Membership, subscriptions, stops and mutes are events that wait for their time; frames go straight to their user's
//! source. [`Channel::advance`] lets both take effect. Each event has the frames of its user before it settled first, so one
//! long step gives what many short ones would.
//!
//! Whether a user is in the channel is decided when a frame's time comes: the later of its stamp and the last composed time.
//! So a frame may be pushed before the call that lets its sender join.

mod event;

pub use event::{ChannelNotice, UserEvent};

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::frame::Frame;
use crate::id::UserId;
use crate::roster::{Roster, Subscription};
use crate::source::{Cadence, Liveness, Source, SourceCounts};
use crate::time::Timestamp;
use crate::timeline::Timeline;

/// Users for whom frames are kept though they are neither in the channel nor known to join.
pub const MAX_STRANGERS: usize = 64;

/// One user's frames and when they are known to join.
#[derive(Clone, Debug, Default)]
struct Lane {
    source: Source,
    /// The times of joins that wait in the timeline, earliest first.
    joins: BinaryHeap<Reverse<Timestamp>>,
}

/// Users, their frames and their events.
///
/// # Guarantees
/// Whatever is pushed, it holds a bounded number of frames for each user in the channel or known to join,
/// and for at most [`MAX_STRANGERS`] others. Results depend on nothing but the calls and their order.
///
/// # Performance
/// Pushing a frame and advancing without an event allocate nothing once the user's first frame has come,
/// but where `released` must grow.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    events: Timeline<(UserId, UserEvent)>,
    roster: Roster,
    /// The roster's users with a place, as of the last advance.
    users: Vec<UserId>,
    /// Everyone in the channel, everyone who has a join waiting, and strangers who have frames waiting.
    lanes: BTreeMap<UserId, Lane>,
    stranger_count: usize,
    composed: Option<Timestamp>,
    notices: Vec<ChannelNotice>,
    /// What became of the frames of those who have no lane.
    departed: SourceCounts,
}

impl Channel {
    /// An empty channel in which no time has been composed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time of the last advance.
    #[must_use]
    pub const fn composed(&self) -> Option<Timestamp> {
        self.composed
    }

    /// Lets `event` happen to a user at `at`. Where that time has been composed, it takes effect at the next advance, before the
    /// frames that have been pushed since, and after late events of earlier times.
    pub fn push_event(&mut self, at: Timestamp, uid: &UserId, event: UserEvent) {
        if event == UserEvent::Join {
            self.expect_join(at, uid);
        }
        self.events.push(at, event.rank(), (uid.clone(), event));
    }

    fn expect_join(&mut self, at: Timestamp, uid: &UserId) {
        let is_present = self.roster.contains(uid);
        let lane = self.lanes.entry(uid.clone()).or_insert_with(|| {
            self.stranger_count += 1;
            Lane::default()
        });
        if lane.joins.is_empty() && !is_present {
            // What a stranger sent may wait for the join, but is no measure for what comes now.
            lane.source.expect_first_frame();
            self.stranger_count -= 1;
        }
        lane.joins.push(Reverse(at));
    }

    /// Hands over a user's frame, to be shown from its stamp on. What need not be held any more is moved to `released`.
    pub fn push_frame(&mut self, uid: &UserId, stamp: Timestamp, frame: Frame, released: &mut Vec<Frame>) {
        let lane = match self.lanes.get_mut(uid) {
            Some(lane) => lane,
            None if self.stranger_count < MAX_STRANGERS => {
                self.stranger_count += 1;
                self.lanes.entry(uid.clone()).or_default()
            }
            None => {
                self.departed.not_in_channel += 1;
                released.push(frame);
                return;
            }
        };
        lane.source.push(stamp, frame, self.composed, released);
    }

    /// Lets all events and frames up to `t` take effect; a time below the last one counts as the last one.
    /// What need not be held any more is moved to `released`.
    ///
    /// Says whether [`users`](Self::users) has changed.
    pub fn advance(&mut self, t: Timestamp, released: &mut Vec<Frame>) -> Advance {
        let t = self.composed.map_or(t, |last| last.max(t));
        let mut has_event = false;
        while let Some((at, (uid, event))) = self.events.pop_until(t) {
            self.apply(at, uid, event, released);
            has_event = true;
        }
        self.advance_lanes(t, released);
        self.composed = Some(t);
        let users_changed = has_event && !self.roster.users_with_a_place().eq(&self.users);
        if users_changed {
            self.users.clear();
            self.users.extend(self.roster.users_with_a_place().cloned());
        }
        Advance { users_changed }
    }

    fn advance_lanes(&mut self, t: Timestamp, released: &mut Vec<Frame>) {
        let Self { roster, lanes, departed, stranger_count, .. } = self;
        *stranger_count = 0;
        lanes.retain(|uid, lane| {
            if roster.contains(uid) {
                lane.source.show_until(t, released);
                return true;
            }
            lane.source.pass_absent(t, released);
            if !lane.joins.is_empty() {
                return true;
            }
            if lane.source.has_frames_ahead() {
                *stranger_count += 1;
                return true;
            }
            *departed += lane.source.counts();
            false
        });
    }

    fn apply(&mut self, at: Timestamp, uid: UserId, event: UserEvent, released: &mut Vec<Frame>) {
        // Whoever has joined or is about to has a lane; a stranger's may be missing.
        let Some(lane) = self.lanes.get_mut(&uid) else {
            self.notices.push(ChannelNotice::NotPresent { at, uid, event });
            return;
        };
        let at_or_at_once = |at| first_frame_after(at, self.composed);
        let settled = at_or_at_once(at);
        if event == UserEvent::Join {
            lane.joins.pop();
        }
        match (self.roster.contains(&uid), event) {
            (true, UserEvent::Join) => {
                self.notices.push(ChannelNotice::AlreadyPresent { at, uid });
                return;
            }
            (false, UserEvent::Join) => {
                self.roster.join(&uid);
                lane.source.join(settled, released);
                return;
            }
            (false, _) => {
                self.notices.push(ChannelNotice::NotPresent { at, uid, event });
                return;
            }
            (true, _) => lane.source.show_before(settled, released),
        }
        match event {
            UserEvent::Join => {}
            UserEvent::Leave => {
                self.roster.leave(&uid);
                let rejoin = lane.joins.peek().map(|&Reverse(at)| at_or_at_once(at));
                lane.source.leave(rejoin, released);
            }
            UserEvent::Subscribe => _ = self.roster.set_subscription(&uid, Subscription::Subscribed),
            UserEvent::Unsubscribe => _ = self.roster.set_subscription(&uid, Subscription::Unsubscribed),
            UserEvent::DeclareContinuous => lane.source.set_cadence(Cadence::Continuous),
            UserEvent::DeclareSparse => lane.source.set_cadence(Cadence::Sparse),
            UserEvent::StopVideo => lane.source.stop(at),
            UserEvent::Mute => lane.source.mute(at),
            UserEvent::Unmute => lane.source.unmute(at),
        }
    }

    /// Who takes a place, in join order: in the channel and their video subscribed.
    #[must_use]
    pub fn users(&self) -> &[UserId] {
        &self.users
    }

    /// Whether a user is in the channel, subscribed or not.
    #[must_use]
    pub fn contains(&self, uid: &UserId) -> bool {
        self.roster.contains(uid)
    }

    /// What a user shows at the time of the last advance; nothing where they take no place.
    #[must_use]
    pub fn shown(&self, uid: &UserId) -> Option<Liveness<'_>> {
        let t = self.composed?;
        if !self.roster.has_place(uid) {
            return None;
        }
        self.lanes.get(uid).map(|lane| lane.source.shown(t))
    }

    /// What became of a user's frames, while they are in the channel, known to join, or have frames waiting.
    #[must_use]
    pub fn counts(&self, uid: &UserId) -> Option<SourceCounts> {
        self.lanes.get(uid).map(|lane| lane.source.counts())
    }

    /// What became of all frames, also of those who have left.
    #[must_use]
    pub fn total_counts(&self) -> SourceCounts {
        let mut total = self.departed;
        for lane in self.lanes.values() {
            total += lane.source.counts();
        }
        total
    }

    /// Takes what there is to tell since the last call.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = ChannelNotice> {
        self.notices.drain(..)
    }
}

/// What an advance has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Advance {
    /// The users with a place, or their order.
    pub users_changed: bool,
}

/// The least stamp of a frame that comes after an event at `at`. Frames that wait are due after the last composed time, so an event
/// that is not precedes them all.
fn first_frame_after(at: Timestamp, composed: Option<Timestamp>) -> Timestamp {
    if Some(at) > composed { at } else { Timestamp::MIN }
}
