//! Section 6: which frames a source takes and holds.

use polyptych::Timestamp;
use polyptych::channel::UserEvent;

use super::{Scene, Shows, ms, numbered};

#[test]
fn frames_newest_at_or_before_t_is_shown() {
    // Section 3: the newest frame with timestamp ≤ t.
    let mut scene = Scene::with_a();
    scene.push_all([10, 20, 30]);
    assert_eq!(scene.a_at(9), Shows::NeverSent);
    assert_eq!(scene.a_at(10), Shows::Live(10));
    assert_eq!(scene.a_at(29), Shows::Live(20));
    assert_eq!(scene.a_at(30), Shows::Live(30));
}

#[test]
fn frames_are_released_as_soon_as_a_newer_one_is_shown() {
    let mut scene = Scene::with_a();
    scene.push_all([10, 20, 30, 40]);
    scene.compose(10);
    assert_eq!(scene.released(), [0_u32; 0]);
    scene.compose(35);
    assert_eq!(scene.released(), [10, 20]);
    scene.compose(35);
    assert_eq!(scene.released(), [0_u32; 0]);
}

#[test]
fn frames_later_push_wins_on_equal_stamps() {
    let mut scene = Scene::with_a();
    scene.push("a", 10, 1);
    scene.push("a", 10, 2);
    assert_eq!(scene.released(), [1]);
    assert_eq!(scene.a_at(10), Shows::Live(2));
    // The frame that is shown too: replaced at the next composed time, even an equal one.
    scene.push("a", 10, 3);
    scene.push("a", 10, 4);
    assert_eq!(scene.released(), [3]);
    assert_eq!(scene.shows("a"), Shows::Live(2));
    assert_eq!(scene.a_at(10), Shows::Live(4));
    assert_eq!(scene.counts().taken, 4);
}

#[test]
fn frames_32_later_ones_are_held_and_the_farthest_dropped() {
    let mut scene = Scene::with_a();
    scene.push_all(0..=0);
    scene.compose(0);
    scene.push_all(1..=33);
    assert_eq!((scene.counts().taken, scene.counts().dropped_ahead), (33, 1));
    assert_eq!(scene.released(), [33]);
    scene.compose(1);
    // There is room again, and the dropped one was not taken: nothing is late.
    scene.push_all([33]);
    assert_eq!(scene.counts().dropped_ahead, 1);
    assert_eq!(scene.a_at(32), Shows::Live(32));
    assert_eq!(scene.a_at(33), Shows::Live(33));
}

#[test]
fn frames_equal_stamp_replaces_also_where_there_is_no_room() {
    let mut scene = Scene::with_a();
    scene.push_all(1..=32);
    scene.push("a", 32, 99);
    assert_eq!(scene.counts().dropped_ahead, 0);
    assert_eq!(scene.a_at(40), Shows::Live(99));
}

#[test]
fn frames_up_to_1_s_behind_the_newest_taken_are_late() {
    for (stamp, late, restarts) in [(4999, 1, 0), (4000, 1, 0), (3999, 0, 1)] {
        let mut scene = Scene::with_a();
        scene.push_all([5000]);
        scene.compose(4500);
        scene.push_all([stamp]);
        assert_eq!((scene.counts().late, scene.counts().restarts), (late, restarts), "{stamp}");
    }
}

#[test]
fn frames_late_is_measured_from_the_newest_taken_not_from_the_composed_time() {
    let mut scene = Scene::with_a();
    scene.push_all([100]);
    scene.compose(5000);
    // Far behind the composed time, but newer than anything taken.
    scene.push_all([200]);
    assert_eq!(scene.counts().late, 0);
    assert_eq!(scene.a_at(5000), Shows::Stalled(200));
}

#[test]
fn frames_farther_behind_restart_at_the_composed_time() {
    let mut scene = Scene::with_a();
    scene.push_all([5000, 5100, 5200]);
    scene.compose(5000);
    scene.released();
    scene.push("a", 0, 7);
    assert_eq!(scene.released(), [5100, 5200], "what was held ahead is discarded");
    // Its stamp is 5000 now: equal to that of the frame shown, and pushed later.
    assert_eq!(scene.a_at(5000), Shows::Live(7));
    assert_eq!(scene.a_at(8500), Shows::Live(7));
    assert_eq!(scene.a_at(8501), Shows::Stalled(7));
    // 5000 is the newest taken now.
    scene.push("a", 4500, 8);
    assert_eq!((scene.counts().late, scene.counts().restarts), (1, 1));
}

#[test]
fn frames_restart_before_anything_is_composed_keeps_its_stamp() {
    let mut scene = Scene::default();
    scene.event(0, "a", UserEvent::Join);
    scene.push_all([5000, 3999]);
    assert_eq!(scene.counts().restarts, 1);
    assert_eq!(scene.a_at(3998), Shows::NeverSent);
    assert_eq!(scene.a_at(6000), Shows::Live(3999));
}

#[test]
fn frames_restart_only_when_10_s_ahead_of_both() {
    // (newest taken, composed, stamp) → restarts
    for (newest, composed, stamp, restarts) in [
        (1000, 1000, 11_000, 0),
        (1000, 1000, 11_001, 1),
        (1000, 2000, 12_000, 0),
        (1000, 2000, 12_001, 1),
        (3000, 2000, 13_000, 0),
        (3000, 2000, 13_001, 1),
    ] {
        let mut scene = Scene::with_a();
        scene.push_all([newest]);
        scene.compose(composed);
        scene.push_all([stamp]);
        assert_eq!(scene.counts().restarts, restarts, "{newest} {composed} {stamp}");
        let shown = if restarts == 1 { Shows::Live(stamp as u32) } else { Shows::Live(newest as u32) };
        assert_eq!(scene.a_at(newest.max(composed)), shown, "{newest} {composed} {stamp}");
    }
}

#[test]
fn frames_first_after_a_join_is_taken_as_it_is_stamped() {
    let mut scene = Scene::with_a();
    scene.compose(1000);
    scene.push_all([60_000]);
    assert_eq!(scene.counts().restarts, 0);
    assert_eq!(scene.a_at(59_999), Shows::NeverSent);
    assert_eq!(scene.a_at(60_000), Shows::Live(60_000));
    // Leaving unsets the newest taken.
    scene.event(61_000, "a", UserEvent::Leave);
    scene.event(61_000, "a", UserEvent::Join);
    scene.compose(61_000);
    scene.push_all([500]);
    assert_eq!(scene.counts().restarts, 0);
    assert_eq!(scene.a_at(61_000), Shows::Stalled(500));
}

#[test]
fn frames_first_after_a_join_ignores_what_a_stranger_sent() {
    let mut scene = Scene::default();
    scene.compose(0);
    scene.push_all([100_000]);
    scene.event(1000, "a", UserEvent::Join);
    scene.compose(500);
    scene.push_all([1000]);
    assert_eq!(scene.counts().restarts, 0);
    assert_eq!(scene.a_at(1000), Shows::Live(1000));
}

#[test]
fn frames_of_extreme_stamps_do_no_harm() {
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for composed in extremes {
        let mut scene = Scene::default();
        scene.channel.push_event(Timestamp::MIN, &"a".into(), UserEvent::Join);
        for stamp in extremes.into_iter().chain(extremes.into_iter().rev()) {
            let stamp = Timestamp::from_nanos(stamp);
            scene.channel.push_frame(&"a".into(), stamp, numbered(1), &mut scene.released);
            let _ = scene.channel.advance(Timestamp::from_nanos(composed), &mut scene.released);
        }
        let _ = scene.channel.advance(Timestamp::MAX, &mut scene.released);
        assert!(matches!(scene.shows("a"), Shows::Live(1) | Shows::Stalled(1)));
    }
}

#[test]
fn frames_advance_below_the_last_time_counts_as_the_last_time() {
    let mut scene = Scene::with_a();
    scene.push_all([10]);
    scene.compose(10);
    scene.compose(5);
    assert_eq!(scene.channel.composed(), Some(ms(10)));
    assert_eq!(scene.shows("a"), Shows::Live(10));
}

#[test]
fn frames_are_never_too_far_ahead_while_nothing_is_composed() {
    let mut scene = Scene::default();
    scene.event(0, "a", UserEvent::Join);
    scene.push_all([0, 60_000]);
    assert_eq!(scene.counts().restarts, 0);
    assert_eq!(scene.a_at(0), Shows::Live(0));
    assert_eq!(scene.a_at(60_000), Shows::Live(60_000));
}

#[test]
fn frames_of_a_clock_that_began_anew_are_shown_as_they_come() {
    let mut scene = Scene::with_a();
    scene.push_all([60_000]);
    scene.compose(60_000);
    for step in 0..100_u32 {
        let t = 60_000 + i64::from(step) * 40;
        scene.compose(t);
        scene.push("a", i64::from(step) * 40, step);
        assert_eq!(scene.a_at(t), Shows::Live(step));
    }
    assert_eq!(scene.counts().restarts, 100);
}
