//! Who should be seen at a tick: there, subscribed and not muted.

use std::collections::HashMap;

use polyptych::{Timestamp, UserId};

use crate::history::{Happening, History, What};

/// Follows what happens to users, tick by tick.
pub(super) struct Attendance<'h> {
    to_come: std::slice::Iter<'h, Happening>,
    states: HashMap<&'h UserId, State>,
}

/// One who is there.
#[derive(Clone, Copy)]
struct State {
    is_subscribed: bool,
    is_muted: bool,
}

impl<'h> Attendance<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        Self { to_come: history.happenings().iter(), states: HashMap::new() }
    }

    /// Lets everything up to `t` happen.
    pub(super) fn advance(&mut self, t: Timestamp) {
        while let Some(happening) = self.to_come.as_slice().first().filter(|happening| happening.at <= t) {
            self.to_come.next();
            match &happening.what {
                What::Join(uid) => {
                    self.states.insert(uid, State { is_subscribed: true, is_muted: false });
                }
                What::Leave(uid) => _ = self.states.remove(uid),
                What::SubscribeVideo(uid, is) => self.change(uid, |state| state.is_subscribed = *is),
                What::Mute(uid) => self.change(uid, |state| state.is_muted = true),
                What::Unmute(uid) => self.change(uid, |state| state.is_muted = false),
                What::Layout(_) | What::DeclareSparse(..) | What::StopVideo(_) => {}
            }
        }
    }

    fn change(&mut self, uid: &UserId, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.states.get_mut(uid) {
            change(state);
        }
    }

    /// Whether a user's pictures are wanted now, wherever the layout has them.
    pub(super) fn is_wanted(&self, uid: &UserId) -> bool {
        self.states.get(uid).is_some_and(|state| state.is_subscribed && !state.is_muted)
    }
}
