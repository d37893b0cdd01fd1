//! Section 3: mutes.

use polyptych::channel::UserEvent;

use super::{Scene, Shows};

#[test]
fn mute_ignores_frames_from_it_on_and_before_the_unmute() {
    let mut scene = Scene::with_a();
    scene.push_all([900, 999, 1000, 1500, 1999, 2000]);
    // Called when the frames are held already.
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(2000, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(1000), Shows::Live(999));
    assert_eq!(scene.a_at(1999), Shows::Live(999));
    assert_eq!(scene.a_at(2000), Shows::Live(2000));
    assert_eq!(scene.counts().muted, 3);
}

#[test]
fn mute_gives_the_same_in_one_step_as_in_many() {
    let mut scene = Scene::with_a();
    scene.push_all([999, 1000, 1999]);
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(2000, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(2500), Shows::Live(999));
    assert_eq!(scene.counts().muted, 2);
}

#[test]
fn mute_ignores_an_old_stamp_that_arrives_after_the_unmute() {
    let mut scene = Scene::with_a();
    scene.push_all([900]);
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(2000, "a", UserEvent::Unmute);
    scene.compose(2500);
    scene.push_all([1500]);
    assert_eq!(scene.a_at(2500), Shows::Live(900));
    scene.push_all([2000]);
    assert_eq!(scene.a_at(2501), Shows::Live(2000));
}

#[test]
fn mute_intervals_may_be_called_ahead() {
    let mut scene = Scene::with_a();
    for start in [1000, 3000, 5000] {
        scene.event(start, "a", UserEvent::Mute);
        scene.event(start + 1000, "a", UserEvent::Unmute);
    }
    scene.push_all((0..7000).step_by(500));
    let shown: Vec<_> = (0..7000).step_by(500).map(|t| scene.a_at(t)).collect();
    let expected = [0, 500, 500, 500, 2000, 2500, 2500, 2500, 4000, 4500, 4500, 4500, 6000, 6500];
    assert_eq!(shown, expected.map(Shows::Live));
}

#[test]
fn mute_is_a_stop_also_for_a_sparse_source_and_only_a_frame_resumes() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([0]);
    scene.event(10_000, "a", UserEvent::Mute);
    scene.event(11_000, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(13_500), Shows::Live(0));
    assert_eq!(scene.a_at(13_501), Shows::Stalled(0));
    scene.push_all([14_000]);
    assert_eq!(scene.a_at(100_000), Shows::Live(14_000));
}

#[test]
fn mute_known_too_late_stops_the_frame_that_is_shown() {
    let mut scene = Scene::with_a();
    scene.push_all([900, 1900]);
    scene.compose(2000);
    scene.event(1000, "a", UserEvent::Mute);
    // The frame of 900 is gone; that of 1900 stays, stopped at 1000.
    assert_eq!(scene.a_at(4500), Shows::Live(1900));
    assert_eq!(scene.a_at(4501), Shows::Stalled(1900));
    scene.push_all([4600]);
    assert_eq!(scene.a_at(4700), Shows::Stalled(1900));
    scene.event(4700, "a", UserEvent::Unmute);
    scene.push_all([4700]);
    assert_eq!(scene.a_at(4800), Shows::Live(4700));
}

#[test]
fn mute_and_unmute_at_one_time_follow_the_calls() {
    let mut scene = Scene::with_a();
    scene.push_all([999, 1000]);
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(1000, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(1000), Shows::Live(1000));
    scene.push_all([2000]);
    scene.event(2000, "a", UserEvent::Unmute);
    scene.event(2000, "a", UserEvent::Mute);
    assert_eq!(scene.a_at(2000), Shows::Live(1000));
}

#[test]
fn mute_twice_ends_with_one_unmute_and_leaving_ends_it_too() {
    let mut scene = Scene::with_a();
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(1500, "a", UserEvent::Mute);
    scene.event(2000, "a", UserEvent::Unmute);
    scene.push_all([2000]);
    assert_eq!(scene.a_at(2000), Shows::Live(2000));
    scene.event(3000, "a", UserEvent::Mute);
    scene.event(4000, "a", UserEvent::Leave);
    scene.event(5000, "a", UserEvent::Join);
    scene.push_all([5000]);
    assert_eq!(scene.a_at(5000), Shows::Live(5000));
}

#[test]
fn mute_thousands_of_times_without_a_frame_keeps_the_muted_ignored() {
    let mut scene = Scene::with_a();
    for start in (0..20_000).step_by(2) {
        scene.event(start, "a", UserEvent::Mute);
        scene.event(start + 1, "a", UserEvent::Unmute);
    }
    scene.compose(20_000);
    scene.push_all([10_000]);
    assert_eq!(scene.a_at(20_000), Shows::NeverSent);
    // The last ones are still told apart.
    scene.push_all([19_990, 19_993]);
    assert_eq!(scene.a_at(20_000), Shows::Live(19_993));
    assert_eq!(scene.counts().muted, 2);
}

#[test]
fn mute_and_unmute_known_too_late_do_not_stop_a_later_frame() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([1900]);
    scene.compose(2000);
    scene.event(1000, "a", UserEvent::Mute);
    scene.event(1900, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(100_000), Shows::Live(1900), "stamped at the unmute");
}

#[test]
fn mute_stays_a_stop_where_its_unmute_names_an_earlier_time() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([700]);
    scene.event(1000, "a", UserEvent::Mute);
    scene.compose(1000);
    scene.event(500, "a", UserEvent::Unmute);
    assert_eq!(scene.a_at(4500), Shows::Live(700));
    assert_eq!(scene.a_at(4501), Shows::Stalled(700));
    scene.push_all([4501]);
    assert_eq!(scene.a_at(4501), Shows::Live(4501));
}
