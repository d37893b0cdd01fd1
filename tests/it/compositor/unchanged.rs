//! Work that is not done: whichever canvas is composed onto, the bytes are those of painting everything.

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Canvas, ColorSpace, Compositor, CompositorBuilder, Filter, Frame, FrameBuffer, Hidden, LayoutSpec,
    Matrix, PixelCounts, PixelFormat, PooledFrame, Range, RenderMode, Rotation, Sharing, Unchanged, UnitRect,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::random::{Call, call, tell};
use super::{Meeting, Shot, id, layout, ms, size};
use crate::reference::Pattern;

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

/// Steps in which often nothing happens, and seldom much.
fn steps(call: impl Strategy<Value = Call> + Clone) -> impl Strategy<Value = Vec<Step>> {
    let count = prop_oneof![2 => Just(0..1_usize), 4 => Just(1..2), 1 => Just(2..6)];
    let calls = count.prop_flat_map(move |count| prop::collection::vec(call.clone(), count));
    prop::collection::vec((calls, target()).prop_map(|(calls, target)| Step { calls, target }), 1..40)
}

/// Calls after which much looks as it did: few pictures, and regions that differ in one thing at a time.
fn recurring() -> impl Strategy<Value = Call> + Clone {
    let user = || select(vec!['a', 'b', 'c']);
    let (noise, side) = (Pattern::Noise, size(8, 8));
    let frames = vec![
        Frame::from(noise(1).picture(PixelFormat::I420, side)),
        noise(2).picture(PixelFormat::Nv12, side).into(),
        Frame::from(noise(3).picture(PixelFormat::I420, side)).with_rotation(Rotation::Clockwise90),
        noise(4).picture(PixelFormat::I420, size(12, 6)).into(),
        noise(5).picture_with_alpha(noise(6), side).into(),
    ];
    let edges = || select(vec![(0, 4, 8), (2, 4, 8), (4, 4, 8), (0, 2, 8), (6, 2, 8)]);
    let (mode, alpha) = (select(vec![RenderMode::Crop, RenderMode::Fit]), select(vec![0.3, 1.0, 1.0]));
    let region = (user(), edges(), edges(), mode, alpha).prop_map(|(uid, x, y, render_mode, alpha)| {
        let (rect, alpha) = (UnitRect::from_ratios(x, y), Alpha::new(alpha).expect("an alpha"));
        RegionSpec { uid: Some(id(uid)), rect, alpha, render_mode }
    });
    let regions = prop::collection::vec(region, 1..5);
    prop_oneof![
        1 => user().prop_map(Call::Join),
        3 => (user(), select(frames)).prop_map(|(uid, frame)| Call::Again(uid, frame)),
        2 => regions.prop_map(|regions| Call::Layout(layout(Arrangement::Custom(regions)))),
    ]
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

/// Takes the steps, and with each one holds what it composes against painting everything.
fn assert_unchanged(
    steps: Vec<Step>,
    set: impl Fn(CompositorBuilder) -> CompositorBuilder,
) -> Result<(), TestCaseError> {
    let build = |unchanged| {
        let builder = Compositor::builder(size(34, 27)).unchanged(unchanged).sharing(Sharing::Always);
        set(builder).build().expect("threads")
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
    Ok(())
}

fn format() -> impl Strategy<Value = PixelFormat> {
    select(vec![PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn unchanged_pixels_are_those_of_painting_everything(
        steps in steps(call()), format in format(), thread_count in select(vec![1, 1, 3]),
    ) {
        assert_unchanged(steps, |builder| builder.format(format).threads(thread_count))?;
    }

    #[test]
    fn unchanged_pixels_are_those_of_painting_everything_where_much_comes_again(
        steps in steps(recurring()), format in format(),
        hidden in select(vec![Hidden::Skipped, Hidden::Painted]),
    ) {
        assert_unchanged(steps, |builder| builder.format(format).hidden(hidden))?;
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

/// Users in cells of a grid of so many columns and rows, in the order of painting.
fn cells(columns: u32, rows: u32, users: &[(char, u32, u32, f64)]) -> LayoutSpec {
    let regions = users.iter().map(|&(uid, column, row, alpha)| RegionSpec {
        uid: Some(id(uid)),
        rect: UnitRect::from_ratios((column, 1, columns), (row, 1, rows)),
        alpha: Alpha::new(alpha).expect("an alpha"),
        render_mode: RenderMode::Crop,
    });
    layout(Arrangement::Custom(regions.collect()))
}

// Who stands elsewhere in the same size is copied from there, unless something lay upon it.
#[test]
fn unchanged_pictures_are_copied_where_they_have_moved() {
    let (meeting, mut before) = (Meeting::of("ab"), NOTHING);
    meeting.layout(0, cells(4, 1, &[('a', 0, 0, 1.0), ('b', 1, 0, 1.0)]));
    assert_eq!(meeting.at(0).grid(4, 1), "ab..");
    spent(&meeting, &mut before);
    meeting.layout(1, cells(4, 1, &[('a', 1, 0, 1.0), ('b', 2, 0, 1.0), ('a', 3, 0, 1.0)]));
    // A canvas of its own, so that there is one to copy from.
    let mut canvas = Canvas::new(PixelFormat::Rgba, size(40, 40));
    meeting.0.compose_onto(ms(1), &mut canvas).expect("forward");
    assert_eq!(Shot(canvas.clone()).grid(4, 1), ".aba");
    assert_eq!(spent(&meeting, &mut before), PixelCounts { painted: 400, reused: 1200, ..NOTHING });
    // `a` lies upon `b` half transparent; then `b` stands alone and elsewhere: there is nothing to copy it from.
    meeting.layout(2, cells(4, 1, &[('b', 1, 0, 1.0), ('a', 1, 0, 0.5)]));
    meeting.at(2);
    spent(&meeting, &mut before);
    meeting.layout(3, cells(4, 1, &[('b', 0, 0, 1.0)]));
    meeting.0.compose_onto(ms(3), &mut canvas).expect("forward");
    assert_eq!(Shot(canvas.clone()).grid(4, 1), "b...");
    assert_eq!(spent(&meeting, &mut before), PixelCounts { painted: 800, reused: 800, ..NOTHING });
}

// A frame and what is made of it by stating something else are two pictures.
#[test]
fn unchanged_is_no_frame_that_is_turned() {
    let meeting = Meeting::of("a");
    let frame = Frame::from(Pattern::Noise(3).picture(PixelFormat::I420, size(8, 8)));
    let turns = [Rotation::Clockwise90, Rotation::Clockwise270, Rotation::Clockwise180];
    let turned = turns.map(|rotation| frame.clone().with_rotation(rotation));
    let colours = [Range::Full, Range::Limited].map(|range| frame.clone().with_range(range));
    let matrices = [Matrix::Bt601, Matrix::Bt709].map(|matrix| frame.clone().with_matrix(matrix));
    let aspects = [(4, 3), (1, 1)].map(|(num, den)| frame.clone().with_pixel_aspect(num, den));
    let frames = [&turned[..], &colours, &matrices, &aspects].concat();
    for (t, frame) in (1..).zip(frames) {
        let alone = Meeting::of("a");
        for meeting in [&meeting, &alone] {
            meeting.push_frame('a', t, frame.clone());
        }
        assert!(meeting.at(t).0 == alone.at(t).0, "{:?}", frame.shape());
    }
}

// A canvas may go from one compositor to another: what paints otherwise finds nothing of its own on it.
#[test]
fn unchanged_is_nothing_that_was_painted_otherwise() {
    const FULL: ColorSpace = ColorSpace { matrix: Matrix::Bt601, range: Range::Full };
    let frames = [PixelFormat::I420, PixelFormat::Rgba]
        .map(|format| Frame::from(Pattern::Noise(7).picture(format, size(64, 50))));
    let settings: [fn(CompositorBuilder) -> CompositorBuilder; 3] =
        [|builder| builder, |builder| builder.filter(Filter::Nearest), |builder| builder.color(FULL)];
    let meeting = |set: fn(CompositorBuilder) -> CompositorBuilder| {
        let meeting = Meeting::with(|builder| set(builder.format(PixelFormat::I420)));
        for (uid, frame) in ['a', 'b'].into_iter().zip(&frames) {
            meeting.join(0, uid);
            meeting.push_frame(uid, 0, frame.clone());
        }
        meeting
    };
    let meetings = settings.map(meeting);
    let mut canvas = Canvas::new(PixelFormat::I420, size(40, 40));
    for t in 0..3 {
        for (used, set) in meetings.iter().zip(settings) {
            used.0.compose_onto(ms(t), &mut canvas).expect("forward");
            assert!(canvas.clone() == *meeting(set).0.compose(ms(t)).expect("forward"), "at {t}");
        }
    }
}
