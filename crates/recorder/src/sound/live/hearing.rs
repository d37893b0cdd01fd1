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

/// A change, and the sample of the recording of which it is said.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    of: i64,
    change: Change,
}

impl Said {
    const fn order(self) -> (i64, u8) {
        (self.of, self.change.rank())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    /// The last of each that counted; what is older and told later changes nothing.
    presence: Option<Said>,
    subscription: Option<Said>,
    mute: Option<Said>,
    /// When the user joined; what was said before is forgotten.
    joined: i64,
    /// The sample since which the user is heard.
    since: Option<i64>,
}

impl State {
    /// Lets a change take effect at a sample; gives the interval that it ends.
    fn apply(&mut self, at: i64, said: Said) -> Option<(i64, i64)> {
        let was_present = self.is_present();
        // A join of one who is there and a leave of one who is not change nothing, and outdate nothing that is told later.
        if said.change == Change::Join && was_present || said.change == Change::Leave && !was_present {
            return None;
        }
        let last = match said.change {
            Change::Leave | Change::Join => &mut self.presence,
            Change::Subscribe(_) => &mut self.subscription,
            Change::Mute(_) => &mut self.mute,
        };
        if last.is_some_and(|last| said.order() < last.order()) {
            return None;
        }
        *last = Some(said);
        if said.change == Change::Join {
            self.joined = said.of;
        }
        if self.is_heard() {
            self.since = self.since.or(Some(at));
            return None;
        }
        self.since.take().filter(|since| *since < at).map(|since| (since, at))
    }

    fn is_present(&self) -> bool {
        self.presence.is_some_and(|said| said.change == Change::Join)
    }

    fn is_heard(&self) -> bool {
        let is = |last: Option<Said>, change| {
            last.is_some_and(|said| said.of >= self.joined && said.change == change)
        };
        self.is_present()
            && !is(self.subscription, Change::Subscribe(false))
            && !is(self.mute, Change::Mute(true))
    }
}

/// Presence, subscription and mutes of one user.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// After all changes that have happened.
    state: State,
    /// Those to come, and the samples at which they take effect, in order.
    to_come: Vec<(i64, Said)>,
    is_changed: bool,
}

impl Hearing {
    /// Takes note of a change at a sample of the recording, which takes effect no earlier than at `earliest`.
    pub(super) fn tell(&mut self, of: i64, earliest: i64, change: Change) {
        let (at, said) = (of.max(earliest), Said { of, change });
        let key = (at, said.order());
        let index = self.to_come.partition_point(|(at, said)| (*at, said.order()) <= key);
        self.to_come.insert(index, (at, said));
        self.is_changed = true;
    }

    /// Forgets how it came to what is before a sample.
    pub(super) fn settle(&mut self, until: i64) {
        let count = self.to_come.partition_point(|(at, _)| *at < until);
        for (at, said) in self.to_come.drain(..count) {
            self.state.apply(at, said);
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
            self.to_come.iter().filter_map(|&(at, said)| state.apply(at, said)).collect();
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
        changes.iter().for_each(|&(at, change)| hearing.tell(at, i64::MIN, change));
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
        hearing.tell(20, i64::MIN, Change::Join);
        hearing.tell(20, i64::MIN, Change::Leave);
        // At one time muting comes last.
        assert_eq!(hearing.intervals(), [(20, FOREVER)]);
    }

    #[test]
    fn changes_may_be_told_in_any_order() {
        let told = hearing(&[(50, Change::Leave), (10, Change::Join), (30, Change::Mute(true))]);
        assert_eq!(told.intervals(), [(10, 30), NEVER]);
        let mut told = hearing(&[(50, Change::Leave)]);
        assert!(told.take_changed() && !told.take_changed());
        told.tell(60, i64::MIN, Change::Join);
        assert!(told.take_changed());
    }

    #[test]
    fn changes_that_are_told_too_late_take_effect_in_the_order_of_their_times() {
        let mut hearing = Hearing::default();
        hearing.tell(50, 100, Change::Join);
        hearing.tell(51, 100, Change::Leave);
        assert_eq!(hearing.intervals(), [NEVER]);
        hearing.tell(60, 100, Change::Join);
        hearing.tell(72, 100, Change::Mute(false));
        hearing.tell(70, 100, Change::Mute(true));
        assert_eq!(hearing.intervals(), [(100, FOREVER)]);
    }

    #[test]
    fn change_that_is_older_than_what_has_happened_is_ignored() {
        let mut hearing = Hearing::default();
        hearing.tell(0, 0, Change::Join);
        hearing.tell(52, 100, Change::Mute(false));
        hearing.settle(110);
        hearing.tell(50, 120, Change::Mute(true));
        assert_eq!(hearing.intervals(), [(0, FOREVER)]);
        hearing.tell(60, 120, Change::Leave);
        hearing.settle(130);
        hearing.tell(55, 140, Change::Join);
        assert_eq!(hearing.intervals(), [NEVER]);
        // What changed nothing is nothing later.
        hearing.tell(62, 130, Change::Leave);
        hearing.settle(131);
        hearing.tell(61, 135, Change::Join);
        hearing.settle(136);
        hearing.tell(90, 136, Change::Join);
        hearing.settle(137);
        assert_eq!(hearing.intervals(), [(135, FOREVER)]);
        hearing.tell(65, 140, Change::Leave);
        assert_eq!(hearing.intervals(), [(135, 140), NEVER]);
        hearing.settle(141);
        // Who came back is heard, though muted before.
        hearing.tell(70, 150, Change::Join);
        hearing.settle(160);
        hearing.tell(65, 170, Change::Mute(true));
        assert_eq!(hearing.intervals(), [(150, FOREVER)]);
    }
}
