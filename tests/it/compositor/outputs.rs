//! Several canvases of one meeting: each is what a compositor of its own would give.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polyptych::layout::Arrangement;
use polyptych::{
    Canvas, CanvasShape, ColorSpace, ComposeError, Compositor, Frame, FrameBuffer, Matrix, OutputId,
    PixelCounts, PixelFormat, PlaneBuffer, Range, Rotation, Sharing, Size, Unchanged, UnknownOutput,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::random::{Call, call, tell};
use super::{Meeting, Shot, id, layout, ms, plain, row_of, size, with_images};

/// An RGBA canvas.
fn rgba(size: Size) -> CanvasShape {
    CanvasShape { format: PixelFormat::Rgba, ..CanvasShape::new(size) }
}

/// A meeting of `a` and `b` on 40×40, 20×40 and 40×20.
fn three_outputs() -> Meeting {
    let meeting = Meeting::with(|builder| builder.output(rgba(size(20, 40))).output(rgba(size(40, 20))));
    for uid in ['a', 'b'] {
        meeting.join(0, uid);
        meeting.push(uid, 0, uid);
    }
    meeting
}

/// The letters side by side on every output.
fn rows(meeting: &Meeting, t: i64, columns: usize) -> Vec<String> {
    let frames = meeting.0.compose_all(ms(t)).expect("forward");
    frames.into_iter().map(|frame| Shot(frame.into_buffer()).grid(columns, 1)).collect()
}

#[test]
fn outputs_have_layouts_of_their_own() {
    let meeting = three_outputs();
    let second = OutputId::new(1);
    let of = |uids: &[Option<&str>], at| meeting.0.update_layout_of(second, ms(at), row_of(uids));
    of(&[Some("b")], 100).expect("an output");
    of(&[Some("b"), Some("a")], 200).expect("an output");
    meeting.layout(300, row_of(&[None, Some("a")]));
    assert_eq!(rows(&meeting, 0, 2), ["ab", "ab", "ab"]);
    assert_eq!(rows(&meeting, 100, 2), ["ab", "bb", "ab"]);
    assert_eq!(rows(&meeting, 299, 2), ["ab", "ba", "ab"]);
    assert_eq!(rows(&meeting, 300, 2), ["ba", "ba", "ba"]);
    // At one time, the later call holds.
    meeting.layout(400, layout(Arrangement::BestFit));
    of(&[Some("b")], 400).expect("an output");
    assert_eq!(rows(&meeting, 400, 2), ["ab", "bb", "ab"]);
}

#[test]
fn outputs_that_are_not_there_are_named() {
    let meeting = three_outputs();
    let error = UnknownOutput { found: OutputId::new(3), output_count: 3 };
    let found = meeting.0.update_layout_of(OutputId::new(3), ms(0), row_of(&[Some("b")]));
    assert_eq!(found, Err(error));
    assert_eq!(meeting.0.output_statistics(OutputId::new(3)), Err(error));
    assert_eq!(error.to_string(), "there is no output 3; the compositor has 3, counted from 0");
    assert_eq!(rows(&meeting, 0, 2), ["ab", "ab", "ab"]);
}

// Whatever is wrong with the canvases is found before time goes on or a sample is written.
#[test]
fn outputs_and_canvases_that_differ_change_nothing() {
    let meeting = three_outputs();
    let sizes = [size(40, 40), size(20, 40), size(40, 20)];
    let mut right = sizes.map(|size| plain('t', size));
    let [a, b, c] = &mut right;
    let count = |found| Err(ComposeError::CanvasCount { found, expected: 3 });
    assert_eq!(meeting.0.compose_into(ms(500), a.view_mut()), count(1));
    assert_eq!(meeting.0.compose(ms(500)).map(drop), count(1));
    assert_eq!(meeting.0.compose_all_into(ms(500), &mut []), count(0));
    assert_eq!(meeting.0.compose_all_into(ms(500), &mut [a.view_mut(), b.view_mut()]), count(2));
    let swapped = meeting.0.compose_all_into(ms(500), &mut [a.view_mut(), c.view_mut(), b.view_mut()]);
    let mismatch = ComposeError::CanvasMismatch {
        output: OutputId::new(1),
        found_format: PixelFormat::Rgba,
        found_size: sizes[2],
        expected_format: PixelFormat::Rgba,
        expected_size: sizes[1],
    };
    assert_eq!(swapped, Err(mismatch));
    assert_eq!(mismatch.to_string(), "the canvas of output 1 is rgba 20x40, found rgba 40x20");
    assert_eq!(right, sizes.map(|size| plain('t', size)), "the buffers are untouched");
    assert_eq!(meeting.0.statistics().frames_composed, 0);
    assert_eq!(rows(&meeting, 100, 2), ["ab", "ab", "ab"]);
    assert!(matches!(meeting.0.compose_all(ms(99)), Err(ComposeError::TimeBelowLast { .. })));
}

#[test]
fn outputs_are_counted_one_by_one_and_together() {
    let meeting = three_outputs();
    meeting.0.update_layout_of(OutputId::new(2), ms(0), row_of(&[Some("b")])).expect("an output");
    rows(&meeting, 0, 1);
    let painted = |pixels: PixelCounts| pixels.painted + pixels.copied;
    let counts = [0, 1, 2].map(|index| {
        let found = meeting.0.output_statistics(OutputId::new(index)).expect("an output");
        (found.users_shown, found.plan_builds, painted(found.pixels))
    });
    assert_eq!(counts, [(2, 1, 1600), (2, 1, 800), (1, 1, 800)]);
    let all = meeting.0.statistics();
    assert_eq!((all.frames_composed, all.users_shown, all.plan_builds), (1, 5, 3));
    assert_eq!((painted(all.pixels), all.frames.taken), (3200, 2));
}

// What an output before has, in the same place or size, is copied from there, whatever it is composed onto.
#[test]
fn outputs_copy_what_another_one_has() {
    let meeting = Meeting::with(|builder| builder.output(rgba(size(40, 40))).output(rgba(size(40, 20))));
    let shapes = [size(40, 40), size(40, 40), size(40, 20)];
    meeting.join(0, 'a');
    meeting.join(0, 'b');
    // Best fit shows both in 20×40 px; on the lower canvas, in 20×20.
    let of_rows = row_of(&[Some("b"), Some("a")]);
    meeting.0.update_layout_of(OutputId::new(1), ms(30), of_rows).expect("an output");
    let pixels = || {
        [0, 1, 2].map(|index| {
            let pixels = meeting.0.output_statistics(OutputId::new(index)).expect("an output").pixels;
            (pixels.painted, pixels.reused)
        })
    };
    let mut canvases = shapes.map(|size| Canvas::new(PixelFormat::Rgba, size));
    let mut buffers = shapes.map(|size| plain('t', size));
    for (t, second) in [(0, "ab"), (10, "ab"), (20, "ab"), (30, "ba"), (40, "ba"), (50, "ba")] {
        meeting.push('a', t, 'a');
        meeting.push('b', t, 'b');
        let before = pixels();
        let second_frame = match t % 30 {
            0 => meeting.0.compose_all(ms(t)).expect("forward")[1].clone(),
            10 => {
                meeting.0.compose_all_onto(ms(t), &mut canvases).expect("forward");
                canvases[1].clone()
            }
            _ => {
                let mut views = buffers.each_mut().map(FrameBuffer::view_mut);
                meeting.0.compose_all_into(ms(t), &mut views).expect("forward");
                buffers[1].clone()
            }
        };
        assert_eq!(Shot(second_frame).grid(2, 1), second);
        let spent: Vec<_> =
            pixels().iter().zip(before).map(|(now, before)| (now.0 - before.0, now.1 - before.1)).collect();
        assert_eq!(spent, [(1600, 0), (0, 1600), (800, 0)], "at {t}");
    }
}

/// Planes that count how often they are asked for.
struct Counting(Arc<AtomicUsize>);

impl PlaneBuffer for Counting {
    fn plane(&self, _: usize) -> &[u8] {
        self.0.fetch_add(1, Ordering::Relaxed);
        &[200; 64]
    }
}

// A turned picture is turned once for two canvases, and once more where the colours of one are others.
#[test]
fn outputs_share_pictures_made_ready() {
    let asked = |canvases: &[CanvasShape]| {
        let (first, others) = canvases.split_first().expect("one at least");
        let mut builder = Compositor::builder(first.size).format(first.format).color(first.color);
        for &other in others {
            builder = builder.output(other);
        }
        let compositor = builder.build().expect("no threads");
        let calls = Arc::new(AtomicUsize::new(0));
        let buffer = Arc::new(Counting(Arc::clone(&calls)));
        let frame = Frame::new(buffer, PixelFormat::Rgba, size(4, 4), [16, 0, 0]).expect("long enough");
        compositor.join(ms(0), &id('a'));
        compositor.push_frame(&id('a'), ms(0), frame.with_rotation(Rotation::Clockwise90));
        compositor.compose_all(ms(0)).expect("forward");
        compositor.compose_all(ms(1)).expect("forward");
        // One call to make the frame, and every output looks once a moment whether it still is a picture.
        calls.load(Ordering::Relaxed) - 1 - 2 * canvases.len()
    };
    let (one, two) = (CanvasShape::new(size(40, 40)), CanvasShape::new(size(20, 10)));
    let full_range = CanvasShape { color: ColorSpace { range: Range::Full, ..two.color }, ..two };
    let nv12 = CanvasShape { format: PixelFormat::Nv12, ..two };
    assert_eq!([asked(&[one]), asked(&[one, two]), asked(&[two, nv12, one])], [1, 1, 1]);
    assert_eq!([asked(&[one, full_range]), asked(&[one, rgba(two.size)])], [2, 2]);
}

// Four canvases, two of which are the same: an image is scaled three times.
#[test]
fn outputs_share_scaled_images() {
    let meeting = Meeting::with(|builder| {
        builder.output(rgba(size(40, 40))).output(rgba(size(20, 20))).output(CanvasShape::new(size(20, 20)))
    });
    meeting.layout(0, with_images(Some("canvas"), None, &[]));
    meeting.image(0, "canvas", 'z');
    for t in 0..3 {
        drop(meeting.0.compose_all(ms(t)).expect("forward"));
        assert_eq!(meeting.0.statistics().images_scaled, 3);
    }
}

fn canvas() -> impl Strategy<Value = CanvasShape> {
    let sizes = select(vec![(34, 27), (34, 27), (20, 48), (9, 7)]);
    let formats = select(vec![PixelFormat::I420, PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba]);
    let full = ColorSpace { matrix: Matrix::Bt601, range: Range::Full };
    let colors = select(vec![ColorSpace::BT709_LIMITED, full]);
    (sizes, formats, colors).prop_map(|((width, height), format, color)| CanvasShape {
        size: size(width, height),
        format,
        color,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn outputs_give_the_bytes_of_compositors_apart(
        calls in prop::collection::vec((-8_i64..40, call(), prop::option::of(0..3_usize)), 1..60),
        canvases in prop::array::uniform3(canvas()),
        thread_count in 1..3_usize,
    ) {
        let alone = |canvas: CanvasShape| {
            let builder = Compositor::builder(canvas.size).format(canvas.format).color(canvas.color);
            builder.threads(thread_count).sharing(Sharing::Always)
        };
        let together = alone(canvases[0]).output(canvases[1]).output(canvases[2]).build().expect("threads");
        let apart = canvases.map(|canvas| {
            alone(canvas).unchanged(Unchanged::Repainted).build().expect("threads")
        });
        let mut kept = [0, 1].map(|_| canvases.map(|canvas| Canvas::new(canvas.format, canvas.size)));
        let mut ways = (0..4).cycle();
        let mut same = |at: i64| {
            let frames = match ways.next().expect("no end") {
                0 => {
                    let frames = together.compose_all(ms(at));
                    frames.map(|frames| frames.iter().map(|frame| (**frame).clone()).collect())
                }
                1 => {
                    let mut buffers = canvases.map(|canvas| FrameBuffer::new(canvas.format, canvas.size));
                    let mut views = buffers.each_mut().map(FrameBuffer::view_mut);
                    let composed = together.compose_all_into(ms(at), &mut views);
                    composed.map(|()| Vec::from(buffers))
                }
                way => {
                    let kept = &mut kept[way - 2];
                    let composed = together.compose_all_onto(ms(at), kept);
                    composed.map(|()| kept.iter().map(|canvas| (**canvas).clone()).collect())
                }
            };
            for (index, compositor) in apart.iter().enumerate() {
                let expected = compositor.compose(ms(at));
                match (&frames, expected) {
                    (Ok(frames), Ok(expected)) => {
                        prop_assert!(frames[index] == *expected, "output {index} at {at} ms");
                    }
                    (frames, expected) => prop_assert_eq!(frames.as_ref().err(), expected.as_ref().err()),
                }
            }
            Ok(())
        };
        for (step, call, output) in &calls {
            let at = 250 * step;
            match (call, output) {
                (Call::Compose, _) => same(at)?,
                (Call::Layout(layout), Some(index)) => {
                    let known = together.update_layout_of(OutputId::new(*index), ms(at), layout.clone());
                    prop_assert_eq!(known, Ok(()));
                    apart[*index].update_layout(ms(at), layout.clone());
                }
                _ => {
                    tell(&together, at, call);
                    apart.iter().for_each(|compositor| tell(compositor, at, call));
                }
            }
        }
        same(20_000)?;
        for (index, compositor) in apart.iter().enumerate() {
            let (expected, all) = (compositor.statistics(), together.statistics());
            let found = together.output_statistics(OutputId::new(index)).expect("an output");
            prop_assert!(found.pixels.painted <= expected.pixels.painted);
            prop_assert_eq!(found.users_shown, expected.users_shown);
            prop_assert_eq!((all.frames, all.frames_composed), (expected.frames, expected.frames_composed));
        }
    }
}
