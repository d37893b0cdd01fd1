//! Work that is not done: whichever canvas is composed onto, the bytes are those of painting everything.

use polyptych::{Canvas, Compositor, FrameBuffer, PixelCounts, PixelFormat, PooledFrame, Unchanged};
use proptest::prelude::*;
use proptest::sample::select;

use super::random::{Call, call, tell};
use super::{Meeting, ms, plain, row_of, size};

/// Where a moment is composed.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// A canvas of the pool, and how many are held at most after that.
    Pool { held_count: usize },
    /// One of four that are kept.
    Kept(usize),
    /// A buffer full of this.
    Buffer(u8),
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        3 => (0..4_usize).prop_map(|held_count| Target::Pool { held_count }),
        4 => (0..4_usize).prop_map(Target::Kept),
        2 => any::<u8>().prop_map(Target::Buffer),
    ]
}

/// What happens before a moment, and where that is composed.
#[derive(Clone, Debug)]
struct Step {
    calls: Vec<Call>,
    target: Target,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Often nothing happens, and seldom much.
    let calls = prop_oneof![2 => Just(0..1_usize), 4 => Just(1..2), 1 => Just(2..6)];
    let calls = calls.prop_flat_map(|count| prop::collection::vec(call(), count));
    prop::collection::vec((calls, target()).prop_map(|(calls, target)| Step { calls, target }), 1..40)
}

/// A compositor and the canvases that it composes onto.
struct Easel {
    compositor: Compositor,
    kept: Vec<Canvas>,
    held: Vec<(PooledFrame, FrameBuffer)>,
}

impl Easel {
    fn new(compositor: Compositor) -> Self {
        let shape = compositor.canvas();
        let kept = (0..4).map(|_| Canvas::new(shape.format, shape.size)).collect();
        Self { compositor, kept, held: Vec::new() }
    }

    fn compose(&mut self, t: i64, target: Target) -> FrameBuffer {
        let (t, shape) = (ms(t), self.compositor.canvas());
        match target {
            Target::Pool { held_count } => {
                let frame = self.compositor.compose(t).expect("forward");
                let bytes = frame.clone();
                self.held.push((frame, bytes.clone()));
                self.held.drain(..self.held.len().saturating_sub(held_count));
                bytes
            }
            Target::Kept(index) => {
                self.compositor.compose_onto(t, &mut self.kept[index]).expect("forward");
                self.kept[index].clone()
            }
            Target::Buffer(dirt) => {
                let bytes = vec![dirt; shape.format.packed_bytes(shape.size)];
                let mut buffer = FrameBuffer::from_packed(shape.format, shape.size, bytes).expect("as long");
                self.compositor.compose_into(t, buffer.view_mut()).expect("forward");
                buffer
            }
        }
    }

    /// Whoever holds a frame sees what was composed, whatever is composed later.
    fn assert_held_are_as_they_were(&self) {
        assert!(self.held.iter().all(|(frame, bytes)| **frame == *bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn unchanged_pixels_are_those_of_painting_everything(
        steps in steps(),
        format in select(vec![PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba]),
        thread_count in select(vec![1, 1, 3]),
        (width, height) in select(vec![(34, 27), (48, 48)]),
    ) {
        let build = |unchanged| {
            let builder = Compositor::builder(size(width, height)).format(format).unchanged(unchanged);
            builder.threads(thread_count).build().expect("threads")
        };
        let plain = build(Unchanged::Repainted);
        let mut easel = Easel::new(build(Unchanged::Kept));
        for (t, Step { calls, target }) in (0..).step_by(250).zip(steps) {
            for call in calls {
                tell(&plain, t, &call);
                tell(&easel.compositor, t, &call);
            }
            let expected = plain.compose(ms(t)).expect("forward");
            prop_assert!(easel.compose(t, target) == *expected, "{:?} at {}", target, t);
            easel.assert_held_are_as_they_were();
        }
        prop_assert_eq!(plain.take_notices(), easel.compositor.take_notices());
        let pixels = plain.statistics().pixels;
        prop_assert_eq!((pixels.kept, pixels.reused), (0, 0));
    }
}

/// What composing did to the pixels since the last call.
fn spent(meeting: &Meeting, before: &mut PixelCounts) -> PixelCounts {
    let now = meeting.0.statistics().pixels;
    let spent = PixelCounts {
        painted: now.painted - before.painted,
        copied: now.copied - before.copied,
        reused: now.reused - before.reused,
        kept: now.kept - before.kept,
        skipped: 0,
    };
    *before = now;
    spent
}

const NOTHING: PixelCounts = PixelCounts { painted: 0, copied: 0, reused: 0, kept: 0, skipped: 0 };

// Four users share a canvas of 1,600 pixels, each shown on 400.
#[test]
fn unchanged_pixels_of_a_still_meeting_are_not_painted() {
    let (meeting, mut before) = (Meeting::of("abcd"), NOTHING);
    let shape = meeting.0.canvas();
    let mut canvases = [0, 1].map(|_| Canvas::new(shape.format, shape.size));
    for (t, expected) in [
        (0, PixelCounts { painted: 1600, ..NOTHING }),
        (1, PixelCounts { reused: 1600, ..NOTHING }),
        (2, PixelCounts { kept: 1600, ..NOTHING }),
        (3, PixelCounts { kept: 1600, ..NOTHING }),
    ] {
        meeting.0.compose_onto(ms(t), &mut canvases[t as usize % 2]).expect("forward");
        assert_eq!(spent(&meeting, &mut before), expected, "onto canvases in turn, at {t}");
    }
    let held: Vec<_> = (4..8).map(|t| meeting.0.compose(ms(t)).expect("forward")).collect();
    assert_eq!(spent(&meeting, &mut before), PixelCounts { reused: 1600, kept: 4800, ..NOTHING });
    drop(held);
    let mut buffer = FrameBuffer::new(shape.format, shape.size);
    for t in 8..12 {
        meeting.0.compose_into(ms(t), buffer.view_mut()).expect("forward");
        assert_eq!(
            spent(&meeting, &mut before),
            PixelCounts { reused: 1600, ..NOTHING },
            "into a buffer, at {t}"
        );
    }
}

// One of four sends another frame: the canvas of this tick lacks two of them, and the last one has one of these.
#[test]
fn unchanged_pixels_are_painted_once_for_canvases_in_turn() {
    let (meeting, mut before) = (Meeting::of("abcd"), NOTHING);
    let shape = meeting.0.canvas();
    let mut canvases = [0, 1].map(|_| Canvas::new(shape.format, shape.size));
    for (t, uid) in (0..).zip("abcdabcd".chars()) {
        meeting.push(uid, t, if t < 4 { 'x' } else { 'y' });
        meeting.0.compose_onto(ms(t), &mut canvases[t as usize % 2]).expect("forward");
        if t >= 2 {
            let expected = PixelCounts { painted: 400, reused: 400, kept: 800, ..NOTHING };
            assert_eq!(spent(&meeting, &mut before), expected, "at {t}");
        }
        spent(&meeting, &mut before);
    }
}

// Into buffers, pictures that change every other tick are painted each time; of a fourth that changes, the rest is copied.
#[test]
fn unchanged_pixels_are_copied_into_buffers_while_little_changes() {
    let (meeting, mut before) = (Meeting::of("abcd"), NOTHING);
    let mut buffer = FrameBuffer::new(PixelFormat::Rgba, size(40, 40));
    let mut into_buffer = |t| {
        meeting.0.compose_into(ms(t), buffer.view_mut()).expect("forward");
        spent(&meeting, &mut before)
    };
    for t in 0..6 {
        if t % 2 == 0 {
            "abcd".chars().for_each(|uid| meeting.push(uid, t, 'x'));
        }
        assert_eq!(into_buffer(t), PixelCounts { painted: 1600, ..NOTHING }, "at {t}");
    }
    assert_eq!(into_buffer(6), PixelCounts { painted: 1600, reused: 1600, ..NOTHING }, "a canvas is begun");
    for t in 7..10 {
        meeting.push('b', t, 'y');
        assert_eq!(into_buffer(t), PixelCounts { painted: 400, reused: 1600, ..NOTHING }, "at {t}");
    }
}

// Who stands elsewhere in the same size is copied from there.
#[test]
fn unchanged_pictures_are_copied_where_they_have_moved() {
    let (meeting, mut before) = (Meeting::of("ab"), NOTHING);
    meeting.layout(0, row_of(&[Some("a"), Some("b"), None, None]));
    meeting.at(0);
    spent(&meeting, &mut before);
    meeting.layout(1, row_of(&[None, Some("a"), Some("b"), Some("a")]));
    let held = meeting.0.compose(ms(0)).expect("again");
    spent(&meeting, &mut before);
    assert_eq!(meeting.at(1).grid(4, 1), ".aba");
    // Three of four columns are pictures, and the first is the canvas's colour.
    assert_eq!(spent(&meeting, &mut before), PixelCounts { painted: 400, reused: 1200, ..NOTHING });
    drop(held);
    // Where something lies upon a picture, that is no source of it.
    meeting.push_frame('b', 2, plain('b', size(5, 4)).into());
    assert_eq!(meeting.at(2).grid(4, 1), ".aba");
}
