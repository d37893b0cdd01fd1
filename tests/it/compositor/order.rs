//! What takes effect when (section 6).

use polyptych::layout::Arrangement;
use polyptych::{ComposeError, FrameBuffer, FrameRate, LayoutSpec, Timestamp};

use super::{Meeting, color, id, layout, ms, plain, row_of, size, with_images};

// A request takes effect whole at its time: no frame mixes two layouts.
#[test]
fn requests_take_effect_whole_at_their_time() {
    let meeting = Meeting::of("abc");
    let green = LayoutSpec { background_color: color('g'), ..row_of(&[Some("c"), Some("x"), Some("a")]) };
    meeting.layout(100, green);
    meeting.layout(200, layout(Arrangement::BestFit));
    assert_eq!(meeting.at(99).grid(2, 2), "ab/c.");
    assert_eq!(meeting.at(100).grid(3, 1), "cga");
    assert_eq!(meeting.at(199).grid(3, 1), "cga");
    assert_eq!(meeting.at(200).grid(2, 2), "ab/c.");
}

// Section 1: every request replaces the whole layout; of one time, the later call stands.
#[test]
fn requests_replace_each_other_whole() {
    let meeting = Meeting::of("ab");
    meeting.layout(100, with_images(Some("canvas"), None, &[]));
    meeting.image(0, "canvas", 'z');
    meeting.layout(200, row_of(&[Some("a"), Some("b"), Some("x")]));
    meeting.layout(200, LayoutSpec::default());
    meeting.leave(200, 'a');
    meeting.leave(200, 'b');
    assert_eq!(meeting.at(100).grid(2, 1), "ab");
    assert_eq!(meeting.at(200).grid(2, 2), "##/##");
}

// Events may be told in any order; only their times count.
#[test]
fn events_count_by_time_not_by_call() {
    let meeting = Meeting::new();
    meeting.layout(300, row_of(&[Some("b")]));
    meeting.leave(200, 'a');
    meeting.push('b', 0, 'b');
    meeting.join(0, 'a');
    meeting.layout(100, row_of(&[Some("b"), Some("a")]));
    meeting.join(0, 'b');
    meeting.push('a', 0, 'a');
    assert_eq!(meeting.at(0).grid(2, 1), "ab");
    assert_eq!(meeting.at(100).grid(2, 1), "ba");
    assert_eq!(meeting.at(200).grid(2, 1), "b.");
    assert_eq!(meeting.at(300).grid(2, 1), "bb");
}

// Leaves before joins: at one time, who leaves and joins comes back, in whichever order it is told.
#[test]
fn order_leaves_come_before_joins() {
    for is_leave_told_first in [true, false] {
        let meeting = Meeting::of("ab");
        if is_leave_told_first {
            meeting.leave(100, 'a');
        }
        meeting.join(100, 'a');
        if !is_leave_told_first {
            meeting.leave(100, 'a');
        }
        meeting.push('a', 100, 'x');
        assert_eq!(meeting.at(100).grid(2, 1), "bx");
        assert_eq!(meeting.notices(), []);
    }
}

// Joins before subscriptions, stops and mutes; frames last of all.
#[test]
fn order_joins_come_before_what_else_happens_to_users() {
    let meeting = Meeting::of("a");
    meeting.push('b', 100, 'b');
    meeting.mute(100, 'c');
    meeting.push('c', 100, 'c');
    meeting.subscribed(100, 'd', false);
    for uid in ['b', 'c', 'd'] {
        meeting.join(100, uid);
    }
    assert_eq!(meeting.at(100).grid(2, 2), "ab/..");
    assert_eq!(meeting.notices(), []);
    assert_eq!(meeting.0.statistics().frames.muted, 1);
}

// A stop and an unmute at a frame's own time come before it: the frame resumes.
#[test]
fn order_frames_come_last() {
    let meeting = Meeting::of("a");
    meeting.push('a', 100, 'b');
    meeting.mute(50, 'a');
    meeting.stop(100, 'a');
    meeting.unmute(100, 'a');
    meeting.assert_middle(&[(99, 'a'), (100, 'b')]);
}

// Mutes and unmutes of one time: in the order of the calls.
#[test]
fn order_within_a_kind_is_that_of_the_calls() {
    for (is_mute_last, expected) in [(true, 'a'), (false, 'b')] {
        let meeting = Meeting::of("a");
        if is_mute_last {
            meeting.unmute(100, 'a');
        }
        meeting.mute(100, 'a');
        if !is_mute_last {
            meeting.unmute(100, 'a');
        }
        meeting.push('a', 100, 'b');
        meeting.assert_middle(&[(100, expected)]);
    }
    let meeting = Meeting::of("ab");
    meeting.subscribed(100, 'a', true);
    meeting.subscribed(100, 'a', false);
    meeting.subscribed(200, 'a', false);
    meeting.subscribed(200, 'a', true);
    assert_eq!(meeting.at(100).grid(2, 1), "bb");
    assert_eq!(meeting.at(200).grid(2, 1), "ab");
}

// An event before the last composed time takes effect at the next frame, also where that has the same time.
#[test]
fn events_told_late_take_effect_at_the_next_frame() {
    let meeting = Meeting::of("ab");
    assert_eq!(meeting.at(1000).grid(2, 1), "ab");
    meeting.leave(10, 'a');
    meeting.join(20, 'c');
    meeting.push('c', 1000, 'c');
    assert_eq!(meeting.at(1000).grid(2, 1), "bc");
    meeting.layout(30, row_of(&[Some("c"), Some("b"), Some("x")]));
    assert_eq!(meeting.at(1001).grid(3, 1), "cb.");
}

// Composing a time below the last one is an error that changes nothing; the same time again is none.
#[test]
fn composing_below_the_last_time_changes_nothing() {
    let meeting = Meeting::of("ab");
    meeting.layout(200, row_of(&[Some("b")]));
    meeting.push('a', 150, 'x');
    let before = meeting.at(100);
    let statistics = meeting.0.statistics();
    let mut canvas = plain('t', size(40, 40));
    let error = ComposeError::TimeBelowLast { found: ms(99), last: ms(100) };
    assert_eq!(meeting.0.compose_into(ms(99), canvas.view_mut()), Err(error));
    assert!(meeting.0.compose(Timestamp::MIN).is_err());
    assert!(canvas == plain('t', size(40, 40)), "the buffer is untouched");
    assert_eq!(error.to_string(), "0.099000000 s lies before 0.100000000 s, which has been composed");
    assert_eq!(meeting.0.statistics(), statistics);
    assert!(meeting.at(100).0 == before.0);
    assert_eq!(meeting.at(150).grid(2, 1), "xb");
}

// A buffer of another size or format is refused, and nothing changes.
#[test]
fn composing_into_another_canvas_changes_nothing() {
    let meeting = Meeting::of("a");
    let wrong_size = FrameBuffer::new(polyptych::PixelFormat::Rgba, size(40, 39));
    let wrong_format = FrameBuffer::new(polyptych::PixelFormat::Nv12, size(40, 40));
    for mut buffer in [wrong_size, wrong_format] {
        let error = meeting.0.compose_into(ms(500), buffer.view_mut()).expect_err("another canvas");
        assert!(matches!(error, ComposeError::CanvasMismatch { .. }), "{error}");
        assert!(error.to_string().starts_with("the canvas of output 0 is rgba 40x40, found "), "{error}");
        assert!(buffer.as_bytes().iter().all(|&byte| byte == 0));
    }
    meeting.assert_middle(&[(0, 'a')]);
}

#[test]
fn extreme_times_are_like_any_other() {
    let meeting = Meeting::with(|builder| builder);
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    for (at, uid) in [(first, 'a'), (first, 'b'), (last, 'c')] {
        meeting.0.join(at, &id(uid));
    }
    meeting.0.update_layout(first, layout(Arrangement::BestFit));
    let frame = |letter| plain(letter, size(4, 4)).into();
    meeting.0.push_frame(&id('a'), first, frame('a'));
    meeting.0.push_frame(&id('b'), last, frame('b'));
    meeting.0.mute(last, &id('a'));
    let at = |t| super::Shot(meeting.0.compose(t).expect("forward").clone()).grid(2, 2);
    assert_eq!(at(first), "a./a.");
    assert_eq!(at(Timestamp::ZERO), "a./a.");
    meeting.0.push_frame(&id('a'), last, frame('x'));
    meeting.0.push_frame(&id('c'), last, frame('c'));
    // Of `a`, who has sent before, a frame that far ahead is a restart: stamped 0, it comes before the mute.
    assert_eq!(at(last), "xb/c.");
    assert!(meeting.0.compose(Timestamp::ZERO).is_err());
    assert_eq!(at(last), "xb/c.");
}

// Output ticks are k/fps with exact arithmetic: no drift after 24 h.
#[test]
fn ticks_of_24_hours_do_not_drift() {
    let ntsc = FrameRate::new(30_000, 1001).expect("a rate");
    let day: u64 = 24 * 3600 * 30_000 / 1001;
    for index in (0..=day).step_by(9973).chain([day - 1, day]) {
        let exact = i128::from(index) * 1001 * 1_000_000_000;
        let error = i128::from(ntsc.tick(index).as_nanos()) * 30_000 - exact;
        assert!(error.abs() <= 15_000, "tick {index}");
    }
    assert_eq!(ntsc.tick(30_000 * 86_400), Timestamp::from_secs(1001 * 86_400));
    assert_eq!(ntsc.tick(u64::MAX), Timestamp::MAX);
}

// The ticks of a day, composed: frames stamped by the same ticks show each at its own.
#[test]
fn ticks_show_the_frames_stamped_with_them() {
    let meeting = Meeting::new();
    meeting.join(0, 'a');
    let ntsc = FrameRate::new(30_000, 1001).expect("a rate");
    for hour in 0..24_u64 {
        for index in 0..4 {
            let (t, letter) = (ntsc.tick(hour * 107_892 + index), char::from(b'a' + index as u8));
            meeting.0.push_frame(&id('a'), t, plain(letter, size(4, 4)).into());
            let shot = super::Shot(meeting.0.compose(t).expect("forward").clone());
            assert_eq!(shot.grid(1, 1), letter.to_string(), "hour {hour}");
        }
    }
    assert_eq!(meeting.0.statistics().frames.taken, 96);
}
