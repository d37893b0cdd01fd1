//! Frames and events from other threads while frames are composed: the end is the same.

use std::sync::Barrier;

use polyptych::Compositor;

use super::{Meeting, id, ms, plain, row_of, size};

#[test]
fn threads_may_push_while_frames_are_composed() {
    let uids = ['a', 'b', 'c', 'd'];
    for thread_count in [1, 2] {
        let meeting = Meeting::with(|builder| builder.threads(thread_count));
        uids.iter().for_each(|&uid| meeting.join(0, uid));
        let barrier = Barrier::new(uids.len() + 2);
        let compositor: &Compositor = &meeting.0;
        std::thread::scope(|scope| {
            for uid in uids {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    // No more than a source holds ahead, so that none is dropped whatever comes first.
                    for stamp in 0..32 {
                        let letter = if stamp < 31 { 'x' } else { uid };
                        compositor.push_frame(&id(uid), ms(stamp), plain(letter, size(4, 4)).into());
                    }
                });
            }
            scope.spawn(|| {
                barrier.wait();
                for t in 0..100 {
                    compositor.update_layout(ms(t), row_of(&[Some("d"), None, Some("b")]));
                    compositor.mute(ms(t), &id('x'));
                    _ = compositor.statistics();
                    _ = compositor.take_notices();
                }
            });
            barrier.wait();
            for t in 0..100 {
                _ = compositor.compose(ms(t)).expect("forward");
            }
        });
        assert_eq!(meeting.at(1000).grid(3, 1), "dab");
        let frames = meeting.0.statistics().frames;
        assert_eq!((frames.taken, frames.late, frames.dropped_ahead), (4 * 32, 0, 0));
    }
}

// Two threads may compose at once; each gets a whole frame or the error of a time that has passed.
#[test]
fn threads_may_compose_at_once() {
    let meeting = Meeting::of("ab");
    let compositor = &meeting.0;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(move || {
                for t in 0..100 {
                    if let Ok(frame) = compositor.compose(ms(t)) {
                        assert_eq!(super::Shot(frame.into_buffer()).grid(2, 1), "ab");
                    }
                }
            });
        }
    });
    assert_eq!(meeting.at(100).grid(2, 1), "ab");
}
