//! The channel against a plain model: at each composed time all that is due, events and frames of all users, is put in one list,
//! sorted and walked. The model keeps every stop and mute of a stay for ever and never settles anything early.

use polyptych::UserId;
use polyptych::channel::UserEvent;
use polyptych::source::SourceCounts;
use proptest::prelude::*;

use super::{Scene, Shows};

const UIDS: [&str; 3] = ["b", "a", "c"];
const EVENTS: [UserEvent; 9] = [
    UserEvent::Leave,
    UserEvent::Join,
    UserEvent::Subscribe,
    UserEvent::Unsubscribe,
    UserEvent::DeclareContinuous,
    UserEvent::DeclareSparse,
    UserEvent::StopVideo,
    UserEvent::Mute,
    UserEvent::Unmute,
];

/// What a test does, in milliseconds.
#[derive(Clone, Debug)]
enum Call {
    Event {
        at: i64,
        user: usize,
        event: UserEvent,
    },
    /// So many frames, a millisecond apart.
    Push {
        stamp: i64,
        user: usize,
        count: i64,
    },
    Compose {
        t: i64,
    },
}

#[derive(Clone, Copy)]
struct Waiting {
    stamp: i64,
    number: u32,
}

/// A video that does not run from `from` on; frames before `until` do not resume it.
#[derive(Clone, Copy)]
struct Pause {
    from: i64,
    until: i64,
}

#[derive(Clone, Default)]
struct User {
    waiting: Vec<Waiting>,
    newest: Option<i64>,
    shown: Option<Waiting>,
    pauses: Vec<Pause>,
    is_sparse: bool,
    is_subscribed: bool,
}

#[derive(Clone, Default)]
struct Model {
    users: [User; 3],
    /// Who is in the channel, in join order.
    present: Vec<usize>,
    events: Vec<(i64, usize, UserEvent)>,
    composed: Option<i64>,
    counts: SourceCounts,
    notice_count: usize,
}

enum Happening {
    Event(usize, UserEvent, i64),
    Frame(usize, Waiting),
}

impl Model {
    /// When something that says `at` can come at the soonest.
    fn due(&self, at: i64) -> i64 {
        self.composed.map_or(at, |last| last.max(at))
    }

    fn event(&mut self, at: i64, user: usize, event: UserEvent) {
        let is_expected = self.events.iter().any(|&(_, other, e)| other == user && e == UserEvent::Join);
        if event == UserEvent::Join && !is_expected && !self.present.contains(&user) {
            self.users[user].newest = None;
        }
        self.events.push((at, user, event));
    }

    fn push(&mut self, user: usize, mut stamp: i64, number: u32) {
        let composed = self.composed;
        let user = &mut self.users[user];
        if let Some(newest) = user.newest {
            if (newest - 1000..newest).contains(&stamp) {
                self.counts.late += 1;
                return;
            }
            let is_ahead = stamp > newest + 10_000 && composed.is_some_and(|last| stamp > last + 10_000);
            if stamp < newest || is_ahead {
                self.counts.restarts += 1;
                user.waiting.clear();
                stamp = composed.unwrap_or(stamp);
            }
        }
        user.waiting.retain(|other| other.stamp != stamp);
        user.waiting.push(Waiting { stamp, number });
        if user.waiting.len() > 32 {
            self.counts.dropped_ahead += 1;
            let farthest = user.waiting.iter().map(|one| one.stamp).max().expect("33 of them");
            user.waiting.retain(|one| one.stamp != farthest);
            if farthest == stamp {
                return;
            }
        } else {
            self.counts.taken += 1;
        }
        user.newest = Some(stamp);
    }

    fn compose(&mut self, t: i64) {
        let mut due = Vec::new();
        for (order, &(at, user, event)) in self.events.iter().enumerate().filter(|(_, event)| event.0 <= t) {
            let key = (self.due(at), 0, at, event.rank() as usize, order);
            due.push((key, Happening::Event(user, event, at)));
        }
        self.events.retain(|event| event.0 > t);
        for (user, one) in self.users.iter().enumerate() {
            for waiting in one.waiting.iter().filter(|waiting| waiting.stamp <= t) {
                let key = (self.due(waiting.stamp), 1, waiting.stamp, 0, 0);
                due.push((key, Happening::Frame(user, *waiting)));
            }
        }
        due.sort_by_key(|(key, _)| *key);
        for index in 0..due.len() {
            match due[index].1 {
                Happening::Frame(user, waiting) => self.frame_comes(user, waiting),
                Happening::Event(user, event, at) => {
                    let later_in_this_step = due[index + 1..].iter().filter_map(|(_, other)| match other {
                        &Happening::Event(other, UserEvent::Join, at) if other == user => Some(at),
                        _ => None,
                    });
                    let later = self.events.iter().filter(|e| e.1 == user && e.2 == UserEvent::Join);
                    let rejoin = later_in_this_step.chain(later.map(|e| e.0)).min();
                    self.happen(user, event, at, rejoin);
                }
            }
        }
        self.composed = Some(t);
    }

    fn frame_comes(&mut self, index: usize, frame: Waiting) {
        let user = &mut self.users[index];
        let count = user.waiting.len();
        user.waiting.retain(|other| other.number != frame.number);
        if user.waiting.len() == count {
            return; // Dropped by a leave in this step.
        }
        if !self.present.contains(&index) {
            self.counts.not_in_channel += 1;
            user.newest = user.newest.filter(|&newest| newest > frame.stamp);
        } else if user.pauses.iter().any(|p| p.from <= frame.stamp && frame.stamp < p.until) {
            self.counts.muted += 1;
        } else {
            user.shown = Some(frame);
        }
    }

    fn happen(&mut self, index: usize, event: UserEvent, at: i64, rejoin: Option<i64>) {
        if self.present.contains(&index) == (event == UserEvent::Join) {
            self.notice_count += 1;
            return;
        }
        let due = |stamp| self.composed.map_or(stamp, |last| last.max(stamp));
        let user = &mut self.users[index];
        match event {
            UserEvent::Join => {
                self.present.push(index);
                user.is_subscribed = true;
            }
            UserEvent::Leave => {
                self.present.retain(|&other| other != index);
                let survives = |stamp| rejoin.is_some_and(|rejoin| due(stamp) >= due(rejoin));
                let count = user.waiting.len();
                let mut waiting = std::mem::take(&mut user.waiting);
                waiting.retain(|one| survives(one.stamp));
                self.counts.not_in_channel += (count - waiting.len()) as u64;
                let newest = user.newest.filter(|&newest| survives(newest));
                *user = User { waiting, newest, ..User::default() };
            }
            UserEvent::Subscribe => user.is_subscribed = true,
            UserEvent::Unsubscribe => user.is_subscribed = false,
            UserEvent::DeclareContinuous => user.is_sparse = false,
            UserEvent::DeclareSparse => user.is_sparse = true,
            UserEvent::StopVideo => user.pauses.push(Pause { from: at, until: at }),
            UserEvent::Mute => {
                if user.pauses.iter().all(|pause| pause.until != i64::MAX) {
                    user.pauses.push(Pause { from: at, until: i64::MAX });
                }
            }
            UserEvent::Unmute => {
                for pause in user.pauses.iter_mut().filter(|pause| pause.until == i64::MAX) {
                    pause.until = at.max(pause.from);
                }
            }
        }
    }

    fn shows(&self, index: usize) -> Shows {
        let user = &self.users[index];
        if !self.present.contains(&index) || !user.is_subscribed {
            return Shows::Nothing;
        }
        let Some(shown) = user.shown else { return Shows::NeverSent };
        let pauses = user.pauses.iter().filter(|pause| pause.until > shown.stamp);
        let own = (!user.is_sparse).then_some(shown.stamp);
        let stopped = pauses.map(|pause| pause.from).chain(own).min();
        let t = self.composed.expect("shown when composed");
        if stopped.is_some_and(|stopped| t - stopped > 3500) {
            Shows::Stalled(shown.number)
        } else {
            Shows::Live(shown.number)
        }
    }

    fn users(&self) -> Vec<&'static str> {
        let placed = self.present.iter().filter(|&&index| self.users[index].is_subscribed);
        placed.map(|&index| UIDS[index]).collect()
    }
}

/// Calls around a time that moves on; most near it, some far away.
fn calls() -> impl Strategy<Value = Vec<Call>> {
    let near = (-4_i64..12).prop_map(|step| step * 500);
    let far = (-50_i64..50).prop_map(|step| step * 500);
    let stamp = prop_oneof![8 => near.clone(), 1 => far];
    let count = prop_oneof![9 => 1_i64..3, 1 => 20_i64..40];
    let event = prop_oneof![1 => Just(UserEvent::Join), 2 => prop::sample::select(&EVENTS[..])];
    let call = prop_oneof![
        4 => (near, 0..3_usize, event).prop_map(|(at, user, event)| Call::Event { at, user, event }),
        6 => (stamp, 0..3_usize, count).prop_map(|(stamp, user, count)| Call::Push { stamp, user, count }),
        3 => (0_i64..6).prop_map(|step| Call::Compose { t: step * 500 }),
    ];
    prop::collection::vec(call, 1..80).prop_map(|mut calls| {
        let mut now = 0;
        for call in &mut calls {
            match call {
                Call::Event { at, .. } => *at += now,
                Call::Push { stamp, .. } => *stamp += now,
                Call::Compose { t } => {
                    now += *t;
                    *t = now;
                }
            }
        }
        calls
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn model_and_channel_agree(calls in calls()) {
        let (mut model, mut scene) = (Model::default(), Scene::default());
        let (mut number, mut notice_count, mut users) = (0, 0, Vec::new());
        for call in &calls {
            match *call {
                Call::Event { at, user, event } => {
                    model.event(at, user, event);
                    scene.event(at, UIDS[user], event);
                }
                Call::Push { stamp, user, count } => for stamp in stamp..stamp + count {
                    number += 1;
                    model.push(user, stamp, number);
                    scene.push(UIDS[user], stamp, number);
                },
                Call::Compose { t } => {
                    model.compose(t);
                    let users_changed = scene.compose(t);
                    prop_assert_eq!(users_changed, users != model.users());
                    users = model.users();
                    prop_assert_eq!(scene.users(), model.users());
                    for (index, uid) in UIDS.into_iter().enumerate() {
                        prop_assert_eq!(scene.shows(uid), model.shows(index), "{} at {}", uid, t);
                    }
                    notice_count += scene.notices().len();
                    prop_assert_eq!(notice_count, model.notice_count);
                }
            }
            prop_assert_eq!(scene.counts(), model.counts);
        }
        // What is neither shown nor waiting has been handed back, once.
        let held = model.users.iter().map(|user| user.waiting.len() + usize::from(user.shown.is_some())).sum::<usize>();
        let mut released = scene.released();
        prop_assert_eq!(released.len() + held, number as usize);
        released.dedup();
        prop_assert_eq!(released.len() + held, number as usize);
    }

    /// How often is composed on the way changes nothing of what is shown in the end.
    #[test]
    fn model_long_step_equals_short_ones(
        calls in calls().prop_filter("an event or a frame", |calls| calls.len() > 1),
        end in 0_i64..40,
    ) {
        let (mut long, mut short) = (Scene::with_a(), Scene::with_a());
        let mut number = 0;
        for call in &calls {
            match *call {
                Call::Event { at, user, event } if at > 0 => {
                    long.event(at, UIDS[user], event);
                    short.event(at, UIDS[user], event);
                }
                Call::Push { stamp, user, count } => for stamp in stamp..stamp + count {
                    number += 1;
                    long.push(UIDS[user], stamp, number);
                    short.push(UIDS[user], stamp, number);
                },
                Call::Event { .. } | Call::Compose { .. } => {}
            }
        }
        for step in 0..end {
            short.compose(step * 500);
        }
        long.compose(end * 500);
        short.compose(end * 500);
        prop_assert_eq!(long.users(), short.users());
        prop_assert_eq!(long.counts(), short.counts());
        prop_assert_eq!(long.notices(), short.notices());
        prop_assert_eq!(long.released(), short.released());
        for uid in UIDS {
            prop_assert_eq!(long.shows(uid), short.shows(uid));
        }
    }
}

#[test]
fn model_names_of_users_are_not_in_join_order() {
    // Else results that depend on the order of names would go unseen.
    let mut sorted = UIDS.map(UserId::from);
    sorted.sort();
    assert_ne!(sorted, UIDS.map(UserId::from));
}
