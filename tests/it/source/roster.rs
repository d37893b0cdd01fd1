//! Section 2: join order.

use polyptych::UserId;
use polyptych::roster::{Roster, Subscription};

fn placed(roster: &Roster) -> Vec<&str> {
    roster.users_with_a_place().map(UserId::as_str).collect()
}

fn roster_of(uids: &[&str]) -> Roster {
    let mut roster = Roster::new();
    for &uid in uids {
        assert!(roster.join(&uid.into()));
    }
    roster
}

#[test]
fn roster_keeps_join_order_not_the_order_of_names() {
    assert_eq!(placed(&roster_of(&["9", "10", "b", "a"])), ["9", "10", "b", "a"]);
}

#[test]
fn roster_compares_uids_byte_for_byte() {
    let mut roster = roster_of(&["a", "A", "1", "01", " 1", "é", "e\u{301}"]);
    assert_eq!(placed(&roster).len(), 7);
    assert!(!roster.join(&"01".into()));
}

#[test]
fn roster_second_join_changes_nothing() {
    let mut roster = roster_of(&["a", "b"]);
    assert!(!roster.join(&"a".into()));
    assert_eq!(placed(&roster), ["a", "b"]);
}

#[test]
fn roster_moves_those_behind_up_and_a_returner_to_the_end() {
    let mut roster = roster_of(&["a", "b", "c"]);
    assert!(roster.leave(&"a".into()));
    assert_eq!(placed(&roster), ["b", "c"]);
    assert!(roster.join(&"a".into()));
    assert_eq!(placed(&roster), ["b", "c", "a"]);
    assert!(!roster.leave(&"nobody".into()));
}

#[test]
fn roster_gives_the_old_place_back_to_one_subscribed_again() {
    let mut roster = roster_of(&["a", "b", "c"]);
    let a = UserId::from("a");
    assert!(roster.set_subscription(&a, Subscription::Unsubscribed));
    assert!(!roster.set_subscription(&a, Subscription::Unsubscribed));
    assert!(roster.contains(&a) && !roster.has_place(&a));
    assert_eq!(placed(&roster), ["b", "c"]);
    assert!(roster.join(&"d".into()));
    assert!(roster.set_subscription(&a, Subscription::Subscribed));
    assert!(!roster.set_subscription(&a, Subscription::Subscribed));
    assert_eq!(placed(&roster), ["a", "b", "c", "d"]);
}

#[test]
fn roster_forgets_the_subscription_of_one_who_left() {
    let mut roster = roster_of(&["a", "b"]);
    let a = UserId::from("a");
    roster.set_subscription(&a, Subscription::Unsubscribed);
    assert!(roster.leave(&a));
    assert!(!roster.set_subscription(&a, Subscription::Subscribed));
    assert!(!roster.has_place(&a));
    assert!(roster.join(&a));
    assert_eq!(placed(&roster), ["b", "a"]);
}
