//! When a user of a live recording is heard, as far as it is known.

/// What changes whether a user is heard. At one time changes happen in this order, as the compositor has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// The user leaves; what was said of them is forgotten.
    Leave,
    /// The user joins.
    Join,
    /// Their sound is subscribed from now on, or not.
    Subscribe(bool),
    /// Their sound is muted from now on, or not.
    Mute(bool),
}

impl Change {
    const fn rank(self) -> u8 {
        match self {
            Self::Leave => 0,
            Self::Join => 1,
            Self::Subscribe(_) => 2,
            Self::Mute(_) => 3,
        }
    }
}

/// Later than anything.
const FOREVER: i64 = i64::MAX / 4;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    is_present: bool,
    is_unsubscribed: bool,
    is_muted: bool,
    /// The sample since which the user is heard.
    since: Option<i64>,
}

impl State {
    /// Lets a change take effect; gives the interval that it ends.
    fn apply(&mut self, at: i64, change: Change) -> Option<(i64, i64)> {
        match change {
            Change::Leave => *self = Self { since: self.since, ..Self::default() },
            Change::Join if self.is_present => {}
            Change::Join => *self = Self { is_present: true, since: self.since, ..Self::default() },
            // Nothing is said of those who are not there.
            Change::Subscribe(is_subscribed) => self.is_unsubscribed = self.is_present && !is_subscribed,
            Change::Mute(is_muted) => self.is_muted = self.is_present && is_muted,
        }
        if self.is_present && !self.is_unsubscribed && !self.is_muted {
            self.since = self.since.or(Some(at));
            return None;
        }
        self.since.take().filter(|since| *since < at).map(|since| (since, at))
    }
}

/// Presence, subscription and mutes of one user.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// After all changes that have happened.
    state: State,
    /// Those to come, in order.
    to_come: Vec<(i64, Change)>,
    is_changed: bool,
}

impl Hearing {
    /// Takes note of a change at a sample of the recording.
    pub(super) fn tell(&mut self, at: i64, change: Change) {
        let key = (at, change.rank());
        let index = self.to_come.partition_point(|(at, change)| (*at, change.rank()) <= key);
        self.to_come.insert(index, (at, change));
        self.is_changed = true;
    }

    /// Forgets how it came to what is before a sample.
    pub(super) fn settle(&mut self, until: i64) {
        let count = self.to_come.partition_point(|(at, _)| *at < until);
        for (at, change) in self.to_come.drain(..count) {
            self.state.apply(at, change);
        }
    }

    /// Whether something was told since the last time that this was asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// When the user is heard, from the last settled sample on, as far as it is known.
    ///
    /// There is always one interval more to come, even if it never does: a voice without any would be given up.
    pub(super) fn intervals(&self) -> Vec<(i64, i64)> {
        let mut state = self.state;
        let mut intervals: Vec<_> =
            self.to_come.iter().filter_map(|&(at, change)| state.apply(at, change)).collect();
        intervals.push((state.since.unwrap_or(FOREVER - 1), FOREVER));
        intervals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: (i64, i64) = (FOREVER - 1, FOREVER);

    fn hearing(changes: &[(i64, Change)]) -> Hearing {
        let mut hearing = Hearing::default();
        changes.iter().for_each(|&(at, change)| hearing.tell(at, change));
        hearing
    }

    #[test]
    fn who_is_there_subscribed_and_not_muted_is_heard() {
        let mut hearing = hearing(&[
            (100, Change::Join),
            (200, Change::Mute(true)),
            (300, Change::Subscribe(false)),
            (400, Change::Mute(false)),
            (500, Change::Subscribe(true)),
            (600, Change::Leave),
        ]);
        assert_eq!(hearing.intervals(), [(100, 200), (500, 600), NEVER]);
        hearing.settle(550);
        assert_eq!(hearing.intervals(), [(500, 600), NEVER]);
        hearing.settle(601);
        assert_eq!(hearing.intervals(), [NEVER]);
        assert!(hearing.to_come.is_empty());
    }

    #[test]
    fn who_comes_back_is_heard_whatever_was_muted_before() {
        let muted = [(0, Change::Mute(true)), (0, Change::Join), (5, Change::Join), (10, Change::Mute(true))];
        let mut hearing = hearing(&muted);
        hearing.tell(20, Change::Join);
        hearing.tell(20, Change::Leave);
        // At one time muting comes last.
        assert_eq!(hearing.intervals(), [(20, FOREVER)]);
    }

    #[test]
    fn changes_may_be_told_in_any_order() {
        let told = hearing(&[(50, Change::Leave), (10, Change::Join), (30, Change::Mute(true))]);
        assert_eq!(told.intervals(), [(10, 30), NEVER]);
        let mut told = hearing(&[(50, Change::Leave)]);
        assert!(told.take_changed() && !told.take_changed());
        told.tell(60, Change::Join);
        assert!(told.take_changed());
    }
}
