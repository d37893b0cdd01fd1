//! Events that wait for their time.
//!
//! Callers may tell the engine ahead of time what will happen, and in any order. A [`Timeline`] hands events out by time,
//! events of one time by their [`Rank`], and events of one rank in the order in which they were pushed.
//! Frames are no events: they wait in their user's source, and come after all events of their time.

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// The order of events of one and the same time: the variants from first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rank {
    /// A layout request.
    Request,
    /// A user leaves the channel.
    Leave,
    /// A user joins the channel.
    Join,
    /// A user's video is subscribed or not any more, or what it is like is declared.
    Subscription,
    /// A user's video stops.
    Stop,
    /// A user's video is muted or unmuted.
    Mute,
    /// A background image has loaded.
    Image,
}

/// Events ordered by time, rank and call.
///
/// It holds what was pushed and not yet popped, without a limit of its own. Empty, it owns no memory.
#[derive(Clone, Debug)]
pub struct Timeline<E> {
    events: BTreeMap<(Timestamp, Rank, u64), E>,
    /// How many events were ever pushed: tells apart events of one time and rank.
    push_count: u64,
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Self { events: BTreeMap::new(), push_count: 0 }
    }
}

impl<E> Timeline<E> {
    /// A timeline without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event. One whose time has passed already keeps its time: it is popped next, before those of later times.
    pub fn push(&mut self, at: Timestamp, rank: Rank, event: E) {
        self.events.insert((at, rank, self.push_count), event);
        self.push_count += 1;
    }

    /// Takes the first event whose time is at or before `t`, with its time.
    pub fn pop_until(&mut self, t: Timestamp) -> Option<(Timestamp, E)> {
        let first = self.events.first_entry()?;
        let at = first.key().0;
        (at <= t).then(|| (at, first.remove()))
    }

    /// The events that wait, first to last.
    pub fn waiting(&self) -> impl Iterator<Item = &E> {
        self.events.values()
    }

    /// Whether no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
