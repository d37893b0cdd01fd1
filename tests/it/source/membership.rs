//! Sections 2 and 6: who is in the channel when.

use polyptych::channel::{ChannelNotice, MAX_STRANGERS, UserEvent};

use super::{Scene, Shows, ms};

#[test]
fn membership_follows_join_order() {
    let mut scene = Scene::default();
    for uid in ["c", "a", "b"] {
        scene.event(0, uid, UserEvent::Join);
    }
    assert_eq!(scene.users(), [""; 0], "events wait for their time");
    assert!(scene.compose(0));
    assert_eq!(scene.users(), ["c", "a", "b"]);
    assert!(!scene.compose(1));
    scene.event(2, "c", UserEvent::Leave);
    assert!(scene.compose(2));
    assert_eq!(scene.users(), ["a", "b"]);
    scene.event(3, "c", UserEvent::Join);
    assert!(scene.compose(3));
    assert_eq!(scene.users(), ["a", "b", "c"]);
    assert_eq!(scene.notices(), []);
}

#[test]
fn membership_second_join_is_a_notice_and_changes_nothing() {
    let mut scene = Scene::with_a();
    scene.event(0, "b", UserEvent::Join);
    scene.push_all([10]);
    scene.event(20, "a", UserEvent::Join);
    assert!(scene.compose(20));
    assert_eq!(scene.users(), ["a", "b"]);
    assert_eq!(scene.shows("a"), Shows::Live(10));
    assert_eq!(scene.notices(), [ChannelNotice::AlreadyPresent { at: ms(20), uid: "a".into() }]);
    assert_eq!(scene.notices(), []);
}

#[test]
fn membership_events_for_one_absent_are_notices() {
    let mut scene = Scene::default();
    scene.event(7, "b", UserEvent::Join);
    for event in [UserEvent::Leave, UserEvent::Mute, UserEvent::Unsubscribe] {
        scene.event(5, "a", event);
        scene.event(6, "b", event);
    }
    scene.compose(7);
    let notices = scene.notices();
    assert_eq!(notices.len(), 6);
    let leave = ChannelNotice::NotPresent { at: ms(5), uid: "a".into(), event: UserEvent::Leave };
    assert_eq!(notices[0], leave);
    let text = "leave of \"a\" at 0.005000000 s changes nothing: the user is not in the channel";
    assert_eq!(leave.to_string(), text);
    assert_eq!(scene.users(), ["b"]);
}

#[test]
fn membership_leave_precedes_join_at_one_time_whatever_the_calls() {
    let mut scene = Scene::with_a();
    scene.event(0, "b", UserEvent::Join);
    scene.push_all([5, 10]);
    scene.event(10, "a", UserEvent::Join);
    scene.event(10, "a", UserEvent::Leave);
    scene.compose(10);
    assert_eq!(scene.users(), ["b", "a"]);
    assert_eq!(scene.shows("a"), Shows::Live(10), "at one time frames come last");
    assert_eq!(scene.notices(), []);
}

#[test]
fn membership_late_events_take_effect_at_the_next_frame_by_their_own_times() {
    let mut scene = Scene::default();
    scene.compose(100);
    scene.event(10, "a", UserEvent::Join);
    scene.event(20, "a", UserEvent::Leave);
    scene.event(30, "b", UserEvent::Join);
    scene.event(25, "c", UserEvent::Join);
    assert_eq!(scene.users(), [""; 0]);
    assert!(scene.compose(100));
    assert_eq!(scene.users(), ["c", "b"]);
}

#[test]
fn membership_unsubscribed_takes_no_place_but_frames_are_taken() {
    let mut scene = Scene::with_a();
    scene.event(0, "b", UserEvent::Join);
    scene.push_all([10]);
    scene.event(20, "a", UserEvent::Unsubscribe);
    assert!(scene.compose(20));
    assert_eq!(scene.users(), ["b"]);
    assert_eq!(scene.shows("a"), Shows::Nothing);
    assert!(scene.channel.contains(&"a".into()));
    scene.push_all([5000]);
    scene.compose(5000);
    scene.event(6000, "a", UserEvent::Subscribe);
    assert!(scene.compose(6000));
    assert_eq!(scene.users(), ["a", "b"], "the old place");
    assert_eq!(scene.shows("a"), Shows::Live(5000), "the newest at once");
}

#[test]
fn membership_reports_no_change_where_none_remains() {
    let mut scene = Scene::with_a();
    scene.event(1, "a", UserEvent::Unsubscribe);
    scene.event(2, "a", UserEvent::Subscribe);
    assert!(!scene.compose(2));
    scene.event(3, "a", UserEvent::Mute);
    assert!(!scene.compose(3));
}

#[test]
fn membership_rejoined_has_sent_no_frame_yet() {
    let mut scene = Scene::with_a();
    scene.push_all([10, 20, 30]);
    scene.compose(10);
    scene.event(15, "a", UserEvent::Leave);
    assert_eq!(scene.a_at(15), Shows::Nothing);
    assert_eq!(scene.released(), [10, 20, 30], "leaving drops the frames held");
    scene.event(16, "a", UserEvent::Join);
    assert_eq!(scene.a_at(40), Shows::NeverSent);
}

#[test]
fn membership_frames_stamped_after_a_known_rejoin_survive_the_leave() {
    for step in [1, 5000] {
        let mut scene = Scene::with_a();
        scene.event(4000, "a", UserEvent::Leave);
        scene.event(5000, "a", UserEvent::Join);
        scene.push_all([3900, 4000, 4500, 4999, 5000, 5100]);
        for t in (1..=5000).filter(|t| t % step == 0) {
            scene.compose(t);
        }
        assert_eq!(scene.shows("a"), Shows::Live(5000));
        assert_eq!(scene.counts().not_in_channel, 3);
        assert_eq!(scene.a_at(5100), Shows::Live(5100));
    }
}

#[test]
fn membership_frame_may_be_pushed_before_the_call_of_the_join() {
    let mut scene = Scene::default();
    scene.push_all([4, 5]);
    scene.event(5, "a", UserEvent::Join);
    assert_eq!(scene.a_at(5), Shows::Live(5));
    assert_eq!(scene.counts().not_in_channel, 1);
}

#[test]
fn membership_frame_of_an_old_stamp_comes_at_the_last_composed_time() {
    // Pushed after 100 was composed: its time is 100, when its user was not there; a late join precedes it.
    let mut scene = Scene::default();
    scene.compose(100);
    scene.push_all([50]);
    scene.event(100, "a", UserEvent::Join);
    assert_eq!(scene.a_at(101), Shows::Live(50));

    let mut scene = Scene::default();
    scene.compose(100);
    scene.push_all([50]);
    scene.event(101, "a", UserEvent::Join);
    assert_eq!(scene.a_at(101), Shows::NeverSent);
    assert_eq!(scene.counts().not_in_channel, 1);
}

#[test]
fn membership_frames_of_one_absent_are_dropped_and_counted() {
    let mut scene = Scene::default();
    scene.push_all([5, 10]);
    scene.compose(5);
    assert_eq!(scene.released(), [5]);
    scene.compose(20);
    assert_eq!(scene.released(), [10]);
    assert_eq!(scene.channel.counts(&"a".into()), None, "the lane is gone");
    assert_eq!(scene.counts().not_in_channel, 2);
    scene.event(20, "a", UserEvent::Join);
    assert_eq!(scene.a_at(20), Shows::NeverSent);
}

#[test]
fn membership_only_so_many_strangers_may_wait() {
    let mut scene = Scene::default();
    let strangers = u32::try_from(MAX_STRANGERS).expect("few");
    for stranger in 0..=strangers {
        scene.push(&format!("s{stranger}"), 1000, stranger);
    }
    assert_eq!(scene.released(), [strangers]);
    assert_eq!(scene.counts().not_in_channel, 1);
    // One who is known to join makes room, and needs none.
    scene.event(0, "s0", UserEvent::Join);
    scene.event(0, "new", UserEvent::Join);
    scene.push("new", 1000, 1);
    scene.push("other", 1000, 2);
    scene.push("one too many", 1000, 3);
    assert_eq!(scene.released(), [3]);
    scene.compose(1000);
    assert_eq!(scene.shows("s0"), Shows::Live(0));
    assert_eq!(scene.shows("new"), Shows::Live(1));
    for stranger in 0..strangers {
        scene.push(&format!("t{stranger}"), 2000, stranger);
    }
    assert_eq!(scene.counts().not_in_channel, 2 + u64::from(strangers), "their room is free again");
}
