//! Section 3: since when a video has stopped.

use polyptych::channel::UserEvent;

use super::{Scene, Shows};

#[test]
fn liveness_lasts_exactly_3500_ms() {
    let mut scene = Scene::with_a();
    scene.push_all([1000]);
    assert_eq!(scene.a_at(4500), Shows::Live(1000));
    let _ = scene.channel.advance(super::ms(4500) + std::time::Duration::from_nanos(1), &mut scene.released);
    assert_eq!(scene.shows("a"), Shows::Stalled(1000));
}

#[test]
fn liveness_never_sent_stays_so() {
    let mut scene = Scene::with_a();
    assert_eq!(scene.a_at(0), Shows::NeverSent);
    assert_eq!(scene.a_at(100_000), Shows::NeverSent);
}

#[test]
fn liveness_does_not_count_frames_held_ahead() {
    let mut scene = Scene::with_a();
    scene.push_all([1000, 6000]);
    assert_eq!(scene.a_at(4501), Shows::Stalled(1000));
    assert_eq!(scene.a_at(6000), Shows::Live(6000));
}

#[test]
fn liveness_stop_after_the_newest_frame_does_not_prolong() {
    // Section 3: the event counts only if it is earlier.
    let mut scene = Scene::with_a();
    scene.push_all([1000]);
    scene.event(3000, "a", UserEvent::StopVideo);
    assert_eq!(scene.a_at(4500), Shows::Live(1000));
    assert_eq!(scene.a_at(4501), Shows::Stalled(1000));
}

#[test]
fn liveness_frame_at_or_after_a_stop_resumes() {
    for (stamp, resumes) in [(1999, false), (2000, true), (2001, true)] {
        let mut scene = Scene::with_a();
        scene.event(0, "a", UserEvent::DeclareSparse);
        scene.push_all([1000]);
        scene.event(2000, "a", UserEvent::StopVideo);
        scene.push_all([stamp]);
        let number = stamp as u32;
        let expected = if resumes { Shows::Live(number) } else { Shows::Stalled(number) };
        assert_eq!(scene.a_at(100_000), expected, "{stamp}");
    }
}

#[test]
fn liveness_of_a_sparse_source_ends_with_a_stop_only() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([0]);
    assert_eq!(scene.a_at(1_000_000), Shows::Live(0));
    scene.event(1_000_000, "a", UserEvent::StopVideo);
    scene.event(1_001_000, "a", UserEvent::StopVideo);
    assert_eq!(scene.a_at(1_003_500), Shows::Live(0));
    assert_eq!(scene.a_at(1_003_501), Shows::Stalled(0));
    scene.event(1_003_501, "a", UserEvent::DeclareContinuous);
    assert_eq!(scene.a_at(1_003_501), Shows::Stalled(0));
}

#[test]
fn liveness_late_frame_between_two_stops_resumes_from_the_first_only() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([0]);
    scene.event(1000, "a", UserEvent::StopVideo);
    scene.event(3000, "a", UserEvent::StopVideo);
    scene.compose(4000);
    scene.push_all([2000]);
    assert_eq!(scene.a_at(6500), Shows::Live(2000));
    assert_eq!(scene.a_at(6501), Shows::Stalled(2000));
}

#[test]
fn liveness_stop_of_a_time_already_composed_takes_effect_at_the_next_frame() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([0, 2000]);
    scene.compose(5000);
    // The frame of 2000 has resumed from a stop at 1500, but not from one at 2500.
    scene.event(1500, "a", UserEvent::StopVideo);
    assert_eq!(scene.a_at(5001), Shows::Live(2000));
    scene.event(2500, "a", UserEvent::StopVideo);
    assert_eq!(scene.shows("a"), Shows::Live(2000));
    assert_eq!(scene.a_at(6001), Shows::Stalled(2000));
}

#[test]
fn liveness_counts_from_the_earlier_of_two_stops_whichever_is_known_first() {
    let mut scene = Scene::with_a();
    scene.event(0, "a", UserEvent::DeclareSparse);
    scene.push_all([0]);
    scene.event(3000, "a", UserEvent::StopVideo);
    scene.compose(3000);
    scene.event(2000, "a", UserEvent::StopVideo);
    assert_eq!(scene.a_at(5500), Shows::Live(0));
    assert_eq!(scene.a_at(5501), Shows::Stalled(0));
}
