//! What composing counts, and what there is to tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Clock, Frame, Hidden, LayoutSpec, Notice, PixelCounts, RenderMode, StageTimes, Unchanged, UnitRect,
};

use super::{Meeting, layout, plain, row_of, size, with_images};

/// `a` whole, and `b` upon its left upper quarter.
fn overlapping() -> LayoutSpec {
    let region = |uid: &str, extent| RegionSpec {
        uid: Some(uid.into()),
        rect: UnitRect::from_ratios((0, extent, 2), (0, extent, 2)),
        alpha: Alpha::OPAQUE,
        render_mode: RenderMode::Crop,
    };
    layout(Arrangement::Custom(vec![region("a", 2), region("b", 1)]))
}

// A known scene: `b`, of 20×20, is copied onto its 400 px; `a` is scaled to the other 1,200; the canvas is hidden.
#[test]
fn statistics_count_pixels_painted_copied_and_skipped() {
    for (hidden, expected) in [
        (
            Hidden::Skipped,
            PixelCounts { painted: 1200, copied: 400, skipped: 2000, ..PixelCounts::default() },
        ),
        (Hidden::Painted, PixelCounts { painted: 3200, copied: 400, ..PixelCounts::default() }),
    ] {
        let meeting = Meeting::with(|builder| builder.hidden(hidden).unchanged(Unchanged::Repainted));
        for uid in ['a', 'b'] {
            meeting.join(0, uid);
            meeting.push_frame(uid, 0, plain(uid, size(20, 20)).into());
        }
        meeting.layout(0, overlapping());
        assert_eq!(meeting.at(0).grid(2, 2), "ba/aa");
        let statistics = meeting.0.statistics();
        assert_eq!((statistics.pixels, statistics.frames_composed), (expected, 1));
        meeting.at(1);
        assert_eq!(meeting.0.statistics().pixels.painted, 2 * expected.painted);
    }
}

#[test]
fn shown_frames_are_told_bottom_first_and_images_are_not() {
    let meeting = Meeting::of("ab");
    meeting.join(0, 'c');
    meeting.layout(0, with_images(None, None, &[("c", "own")]));
    meeting.image(0, "own", 'i');
    let frame = Frame::from(plain('b', size(4, 4)));
    meeting.push_frame('b', 10, frame.clone());
    let told = || {
        let mut told = Vec::new();
        meeting.0.tell_shown(|uid, frame| told.push((uid.to_string(), frame.serial())));
        told
    };
    assert_eq!(told(), [], "nothing is composed yet");
    meeting.at(0);
    let before = told();
    assert_eq!(before.iter().map(|(uid, _)| uid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    meeting.at(10);
    assert_eq!(told(), [before[0].clone(), ("b".to_owned(), frame.serial())]);
    meeting.leave(20, 'a');
    meeting.at(20);
    assert_eq!(told(), [("b".to_owned(), frame.serial())]);
}

#[test]
fn statistics_count_frames_and_users_shown() {
    let meeting = Meeting::of("ab");
    meeting.join(0, 'c');
    meeting.layout(0, with_images(Some("canvas"), None, &[("c", "own")]));
    meeting.image(0, "canvas", 'z');
    meeting.image(20, "own", 'i');
    meeting.leave(30, 'a');
    for (index, (t, shown)) in (1..).zip([(0, 2), (10, 2), (20, 3), (30, 2)]) {
        meeting.at(t);
        let statistics = meeting.0.statistics();
        assert_eq!((statistics.frames_composed, statistics.users_shown), (index, shown), "at {t}");
    }
    assert_eq!(meeting.0.statistics().frames.taken, 2);
}

// Planning costs: a steady meeting plans once, however many frames come.
#[test]
fn statistics_plans_rise_only_with_a_change() {
    let meeting = Meeting::of("ab");
    let plans_at = |t| {
        meeting.at(t);
        meeting.0.statistics().plan_builds
    };
    assert_eq!(plans_at(0), 1);
    for t in 1..50 {
        meeting.push('a', t, 'x');
        meeting.push('b', t, 'y');
        assert_eq!(plans_at(t), 1);
    }
    // The same layout again, and users without a change of place: no new plan.
    meeting.layout(50, layout(Arrangement::BestFit));
    meeting.mute(50, 'a');
    assert_eq!(plans_at(50), 1);
    meeting.layout(60, row_of(&[Some("b"), Some("a")]));
    assert_eq!(plans_at(60), 1);
    meeting.layout(61, row_of(&[Some("b"), Some("a"), None]));
    assert_eq!(plans_at(61), 2);
    meeting.join(70, 'c');
    meeting.push('c', 71, 'c');
    assert_eq!((plans_at(70), plans_at(71), plans_at(72)), (2, 3, 3));
    meeting.push_frame('b', 80, plain('b', size(5, 4)).into());
    assert_eq!((plans_at(80), plans_at(81)), (4, 4));
}

// An image is scaled once, not with every frame: it asks for one plan.
#[test]
fn statistics_images_are_scaled_and_planned_for_once() {
    let meeting = Meeting::of("a");
    meeting.layout(0, with_images(Some("canvas"), Some("own"), &[]));
    meeting.image(10, "canvas", 'z');
    meeting.image(20, "own", 'i');
    // The user's own image is scaled only when it shows: after 3.5 s without a frame.
    for (t, plans, scaled) in [(0, 1, 0), (10, 2, 1), (11, 2, 1), (20, 2, 1), (4000, 3, 2), (4001, 3, 2)] {
        meeting.at(t);
        let statistics = meeting.0.statistics();
        assert_eq!((statistics.plan_builds, statistics.images_scaled), (plans, scaled), "at {t}");
    }
}

/// A second passes with every look.
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[test]
fn statistics_time_each_stage_by_the_callers_clock() {
    let clock = Box::new(Ticking(AtomicU64::new(0)));
    let meeting = Meeting::with(|builder| builder.clock(clock));
    let second = Duration::from_secs(1);
    for t in 1..=3 {
        meeting.at(t);
        let each = second * t as u32;
        let expected = StageTimes { settle: each, plan: each, prepare: each, paint: each };
        assert_eq!(meeting.0.statistics().times, expected);
    }
    let without = Meeting::of("a");
    without.at(0);
    assert_eq!(without.0.statistics().times, StageTimes::default());
}

/// Runs backwards, as no clock should.
struct Backwards(Arc<AtomicU64>);

impl Clock for Backwards {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.fetch_sub(1, Ordering::Relaxed))
    }
}

#[test]
fn statistics_survive_a_clock_that_runs_backwards() {
    let clock = Box::new(Backwards(Arc::new(AtomicU64::new(1000))));
    let meeting = Meeting::with(|builder| builder.clock(clock));
    meeting.at(0);
    assert_eq!(meeting.0.statistics().times, StageTimes::default());
}

// The last 1,000 notices are kept, the others counted.
#[test]
fn notices_are_bounded_and_the_oldest_give_way() {
    let meeting = Meeting::of("a");
    for index in 0..1500 {
        meeting.0.leave(super::ms(1), &format!("nobody {index}").as_str().into());
    }
    meeting.at(1);
    assert_eq!(meeting.0.statistics().notices_dropped, 500);
    let notices = meeting.notices();
    assert_eq!(notices.len(), 1000);
    let text = notices[0].to_string();
    assert!(text.contains("\"nobody 500\"") && text.starts_with("leave of"), "{text}");
    assert!(notices.iter().all(|notice| matches!(notice, Notice::Channel(_))));
    assert_eq!(meeting.notices(), []);
    assert_eq!(meeting.0.statistics().notices_dropped, 500);
}
