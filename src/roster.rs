//! Who is in the channel, and in which order they joined.
//!
//! Each user gets a number when they join; numbers only grow. Whoever leaves and comes back gets a new one and so stands last,
//! while a user whose video is unsubscribed for a time keeps theirs and with it their old place.

use std::collections::BTreeMap;

use crate::id::UserId;

/// Whether the recorder receives a user's video. Without it the user is in the channel but takes no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// The video is received, whether or not the user sends any.
    #[default]
    Subscribed,
    /// The video is not received.
    Unsubscribed,
}

/// The users in the channel. Everyone who joins is subscribed; leaving forgets an earlier unsubscription.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// The number of everyone in the channel.
    numbers: BTreeMap<UserId, u64>,
    /// Those with a place, by number.
    placed: BTreeMap<u64, UserId>,
    next_number: u64,
}

impl Roster {
    /// A channel without users.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user behind all others. Says whether that changed anything: one present stays where they are.
    pub fn join(&mut self, uid: &UserId) -> bool {
        if self.contains(uid) {
            return false;
        }
        self.numbers.insert(uid.clone(), self.next_number);
        self.placed.insert(self.next_number, uid.clone());
        self.next_number += 1;
        true
    }

    /// Removes a user; everyone behind moves up. Says whether that changed anything.
    pub fn leave(&mut self, uid: &UserId) -> bool {
        let Some(number) = self.numbers.remove(uid) else { return false };
        self.placed.remove(&number);
        true
    }

    /// Takes or gives back a user's place, which is the old one in join order. Says whether that changed anything.
    pub fn set_subscription(&mut self, uid: &UserId, subscription: Subscription) -> bool {
        let Some(&number) = self.numbers.get(uid) else { return false };
        match subscription {
            Subscription::Subscribed => self.placed.insert(number, uid.clone()).is_none(),
            Subscription::Unsubscribed => self.placed.remove(&number).is_some(),
        }
    }

    /// Whether the user is in the channel.
    #[must_use]
    pub fn contains(&self, uid: &UserId) -> bool {
        self.numbers.contains_key(uid)
    }

    /// Whether the user is in the channel and their video subscribed.
    #[must_use]
    pub fn has_place(&self, uid: &UserId) -> bool {
        self.numbers.get(uid).is_some_and(|number| self.placed.contains_key(number))
    }

    /// The users who are in the channel and whose video is subscribed, in join order.
    pub fn users_with_a_place(&self) -> impl Iterator<Item = &UserId> {
        self.placed.values()
    }
}
