//! When a video has stopped, and what stops and resumes it (section 3).

use super::{Meeting, with_images};

/// One user `a` who sends `a` at 0, and an image `i` in their place that is there from the beginning.
fn meeting() -> Meeting {
    let meeting = Meeting::of("a");
    meeting.layout(0, with_images(None, None, &[("a", "own")]));
    meeting.image(0, "own", 'i');
    meeting
}

// Stopped at most 3.5 s ago: the newest frame.
#[test]
fn stall_begins_after_more_than_3500_ms() {
    let meeting = meeting();
    meeting.assert_middle(&[(0, 'a'), (3499, 'a'), (3500, 'a'), (3501, 'i'), (100_000, 'i')]);
}

#[test]
fn stall_begins_one_nanosecond_after_3500_ms() {
    let meeting = meeting();
    let limit = super::ms(3500).as_nanos();
    for (t, expected) in [(limit, "a"), (limit + 1, "i")] {
        let shot =
            super::Shot(meeting.0.compose(polyptych::Timestamp::from_nanos(t)).expect("forward").clone());
        assert_eq!(shot.grid(1, 1), expected);
    }
}

// Frames held ahead do not count; a frame resumes at its stamp.
#[test]
fn stall_ends_with_the_next_frame() {
    let meeting = meeting();
    meeting.push('a', 5000, 'b');
    meeting.assert_middle(&[(3501, 'i'), (4999, 'i'), (5000, 'b'), (8500, 'b'), (8501, 'i')]);
}

// An explicit stop counts if it is earlier than the newest frame's stamp can tell; frames at or after it resume.
#[test]
fn stall_counts_from_a_stop() {
    let meeting = meeting();
    meeting.sparse(0, 'a', true);
    meeting.stop(1000, 'a');
    meeting.assert_middle(&[(4500, 'a'), (4501, 'i')]);
    meeting.push('a', 6000, 'b');
    meeting.assert_middle(&[(6000, 'b'), (60_000, 'b')]);
}

// A frame stamped at a stop's own time resumes.
#[test]
fn stall_does_not_come_of_a_stop_that_a_frame_answers() {
    let meeting = meeting();
    meeting.sparse(0, 'a', true);
    meeting.stop(1000, 'a');
    meeting.push('a', 1000, 'b');
    meeting.assert_middle(&[(1000, 'b'), (99_000, 'b')]);
}

// A stop later than the newest frame does not put the stall off.
#[test]
fn stall_is_not_put_off_by_a_later_stop() {
    let meeting = meeting();
    meeting.stop(2000, 'a');
    meeting.assert_middle(&[(3500, 'a'), (3501, 'i')]);
}

// Sparse: silence is no stop. Declared continuous again, it is.
#[test]
fn stall_of_a_sparse_source_takes_an_event() {
    let meeting = meeting();
    meeting.sparse(0, 'a', true);
    meeting.assert_middle(&[(3501, 'a'), (600_000, 'a')]);
    meeting.sparse(700_000, 'a', false);
    meeting.assert_middle(&[(699_999, 'a'), (700_000, 'i')]);
}

// A mute is a stop: the frame stays 3.5 s; frames stamped from the mute on and before the unmute are ignored, held ones too.
#[test]
fn mute_ignores_frames_until_the_unmute() {
    let meeting = meeting();
    for (stamp, letter) in [(900, 'b'), (1000, 'x'), (1999, 'y'), (2000, 'c')] {
        meeting.push('a', stamp, letter);
    }
    meeting.mute(1000, 'a');
    meeting.unmute(2000, 'a');
    meeting.assert_middle(&[(999, 'b'), (1000, 'b'), (1999, 'b'), (2000, 'c')]);
    assert_eq!(meeting.0.statistics().frames.muted, 2);
}

// The unmute alone resumes nothing; the next frame does.
#[test]
fn mute_stalls_until_a_frame_after_the_unmute() {
    let meeting = meeting();
    meeting.mute(1000, 'a');
    meeting.unmute(5000, 'a');
    meeting.push('a', 4000, 'x');
    meeting.push('a', 6000, 'b');
    meeting.assert_middle(&[(3500, 'a'), (3501, 'i'), (5000, 'i'), (5999, 'i'), (6000, 'b')]);
}

// A new stay forgets mutes and declarations.
#[test]
fn mute_ends_with_the_stay() {
    let meeting = meeting();
    meeting.mute(1000, 'a');
    meeting.leave(2000, 'a');
    meeting.join(2000, 'a');
    meeting.push('a', 2000, 'b');
    meeting.assert_middle(&[(1999, 'a'), (2000, 'b')]);
}

// No frame yet: the image, at once.
#[test]
fn stall_is_not_waited_for_before_the_first_frame() {
    let meeting = meeting();
    meeting.leave(100, 'a');
    meeting.join(100, 'a');
    meeting.push('a', 200, 'b');
    meeting.assert_middle(&[(99, 'a'), (100, 'i'), (199, 'i'), (200, 'b')]);
}
