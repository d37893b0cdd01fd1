//! Buffers that lie, and buffers that go round.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polyptych::{
    Canvas, CanvasShape, Frame, FrameBuffer, PixelFormat, PlaneBuffer, PooledFrame, Rotation, Size, Timestamp,
};

use super::{Meeting, Shot, color, ms, size};

/// Planes of plain bytes that are long enough only as often as they are asked for to make a frame, and some times more.
struct Shrinking {
    bytes: Vec<u8>,
    calls_left: AtomicUsize,
}

impl PlaneBuffer for Shrinking {
    fn plane(&self, _: usize) -> &[u8] {
        let spend = |left: usize| left.checked_sub(1);
        let is_whole = self.calls_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok();
        if is_whole { &self.bytes } else { &self.bytes[..3] }
    }
}

fn shrinking(format: PixelFormat, size: Size, alpha: u8, calls: usize) -> Frame {
    let mut bytes = vec![99; 4 * size.area() as usize];
    bytes[3] = alpha;
    let buffer = Shrinking { bytes, calls_left: AtomicUsize::new(calls) };
    let width = size.width() as usize;
    let strides = match format {
        PixelFormat::Rgba => [4 * width, 0, 0],
        PixelFormat::I420 => [width, width.div_ceil(2), width.div_ceil(2)],
        PixelFormat::Nv12 => [width, 2 * width.div_ceil(2), 0],
    };
    Frame::new(Arc::new(buffer), format, size, strides).expect("long enough at first")
}

// A plane that has become too short is no picture at all: no panic, and every pixel is that of a canvas without it.
#[test]
fn buffers_that_shrink_at_any_moment_are_no_picture() {
    const FORMATS: [PixelFormat; 3] = [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba];
    for (thread_count, canvas_format) in [(1, FORMATS[0]), (3, FORMATS[1]), (1, FORMATS[2]), (2, FORMATS[2])]
    {
        let turns = [(Rotation::None, 255), (Rotation::Clockwise90, 255), (Rotation::None, 7)];
        for (format, (rotation, alpha)) in FORMATS.into_iter().flat_map(|one| turns.map(|turn| (one, turn))) {
            let meeting = Meeting::with(|builder| builder.format(canvas_format).threads(thread_count));
            meeting.join(0, 'a');
            meeting.join(0, 'b');
            meeting.push('b', 0, 'b');
            let without = meeting.0.compose(ms(0)).expect("forward").clone();
            for calls in 0..12 {
                let t = 1 + calls as i64;
                let frame = shrinking(format, size(9, 7), alpha, format.plane_count() + calls);
                meeting.push_frame('a', t, frame.with_rotation(rotation));
                for _ in 0..=calls {
                    drop(meeting.0.compose(ms(t)).expect("again"));
                }
                let canvas = meeting.0.compose(ms(t)).expect("again");
                assert!(*canvas == without, "{format} on {canvas_format}, {rotation:?}, {calls} calls");
                assert_eq!(meeting.0.statistics().users_shown, 1);
            }
        }
    }
}

// At whatever moment it happens, each output shows the whole picture or none, and writes every sample.
#[test]
fn buffers_that_shrink_are_whole_or_no_picture_on_any_output() {
    const STALE: u8 = 77;
    for rotation in [Rotation::None, Rotation::Clockwise90] {
        let meeting = Meeting::with(|builder| {
            let same = CanvasShape { format: PixelFormat::Rgba, ..CanvasShape::new(size(40, 40)) };
            builder.output(CanvasShape::new(size(50, 50))).output(same)
        });
        meeting.join(0, 'a');
        meeting.join(0, 'b');
        meeting.push('b', 0, 'b');
        let compose = |t: i64| {
            let stale = |shape: &CanvasShape| {
                let bytes = vec![STALE; shape.format.packed_bytes(shape.size)];
                FrameBuffer::from_packed(shape.format, shape.size, bytes).expect("as many as it has")
            };
            let mut canvases: Vec<FrameBuffer> = meeting.0.canvases().iter().map(stale).collect();
            let mut views: Vec<_> = canvases.iter_mut().map(FrameBuffer::view_mut).collect();
            meeting.0.compose_all_into(ms(t), &mut views).expect("forward");
            canvases
        };
        let push = |t: i64, calls: usize| {
            let frame = shrinking(PixelFormat::Rgba, size(9, 7), 255, 1 + calls);
            meeting.push_frame('a', t, frame.with_rotation(rotation));
        };
        let without = compose(0);
        push(1, 1000);
        let with = compose(1);
        for calls in 0..20 {
            let t = 2 + calls as i64;
            push(t, calls);
            for _ in 0..=calls {
                for (index, found) in compose(t).into_iter().enumerate() {
                    let is_either = found == with[index] || found == without[index];
                    assert!(is_either, "output {index}, {rotation:?}, {calls} calls");
                }
            }
            assert!(compose(t) == without, "{rotation:?}, {calls} calls");
        }
    }
}

// The stride of a picture of one row leads nowhere, whatever is stated.
#[test]
fn buffers_of_one_row_may_state_any_stride() {
    for rotation in [None, Some(Rotation::Clockwise90), Some(Rotation::Clockwise180)] {
        let meeting = Meeting::new();
        meeting.join(0, 'a');
        let buffer = Arc::new(super::plain('a', size(64, 1)));
        let frame = Frame::new(buffer, PixelFormat::Rgba, size(64, 1), [usize::MAX, 0, 0]).expect("one row");
        // Pixels so high that a row of sixteen fills the canvas.
        let frame = frame.with_pixel_aspect(1, 16).with_rotation(rotation.unwrap_or_default());
        meeting.push_frame('a', 0, frame);
        meeting.assert_middle(&[(0, 'a')]);
    }
}

/// Pushes a frame when it is dropped, as a buffer that goes back to its decoder may.
struct Telling(std::sync::Weak<Meeting>);

impl PlaneBuffer for Telling {
    fn plane(&self, _: usize) -> &[u8] {
        &[255; 64]
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(meeting) = self.0.upgrade() {
            meeting.push('z', 1000, 'z');
        }
    }
}

// Buffers are dropped where no lock is held that pushing needs.
#[test]
fn buffers_may_push_frames_while_they_are_dropped() {
    let meeting = Arc::new(Meeting::of("a"));
    let telling = || {
        let buffer = Arc::new(Telling(Arc::downgrade(&meeting)));
        Frame::new(buffer, PixelFormat::Rgba, size(4, 4), [16, 0, 0]).expect("long enough")
    };
    // Replaced, released by a newer one, muted, and left behind.
    meeting.push_frame('a', 10, telling());
    meeting.push_frame('a', 10, telling());
    meeting.at(10);
    meeting.push('a', 20, 'b');
    meeting.assert_middle(&[(20, 'b')]);
    meeting.push_frame('a', 30, telling());
    meeting.mute(25, 'a');
    meeting.at(30);
    meeting.push_frame('b', 40, telling());
    meeting.leave(50, 'a');
    meeting.at(50);
}

/// A picture whose planes are long enough at every other call.
struct Flickering(AtomicUsize);

impl PlaneBuffer for Flickering {
    fn plane(&self, _: usize) -> &[u8] {
        const BYTES: [u8; 64] = [255; 64];
        if self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { &BYTES } else { &[] }
    }
}

#[test]
fn buffers_that_flicker_never_panic() {
    for thread_count in [1, 2] {
        let meeting = Meeting::with(|builder| builder.threads(thread_count));
        for uid in ['a', 'b', 'c', 'd'] {
            meeting.join(0, uid);
        }
        for t in 0..40 {
            for (uid, rotation) in [('a', Rotation::None), ('b', Rotation::Clockwise180)] {
                let buffer = Arc::new(Flickering(AtomicUsize::new(0)));
                let frame =
                    Frame::new(buffer, PixelFormat::Rgba, size(4, 4), [16, 0, 0]).expect("even calls");
                meeting.push_frame(uid, t, frame.with_rotation(rotation));
            }
            let shot = meeting.at(t);
            for (x, y) in [(10, 10), (30, 10)] {
                let found = shot.pixel(x, y);
                assert!(found == color('.') || found.r == 255, "{found:?}");
            }
        }
    }
}

/// Panics when it is asked for its planes again.
struct Panicking(AtomicUsize);

impl PlaneBuffer for Panicking {
    fn plane(&self, _: usize) -> &[u8] {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) < 2, "as the test wants it");
        &[200; 64]
    }
}

// A caller's panic reaches the caller; the compositor goes on once the frame has gone.
#[test]
fn buffers_that_panic_leave_the_compositor_whole() {
    for rotation in [Rotation::None, Rotation::Clockwise90] {
        let meeting = Meeting::of("a");
        let buffer = Arc::new(Panicking(AtomicUsize::new(0)));
        let frame = Frame::new(buffer, PixelFormat::Rgba, size(4, 4), [16, 0, 0]).expect("at first");
        meeting.push_frame('a', 1, frame.with_rotation(rotation));
        let compose = |t| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| meeting.at(t)));
        assert!(compose(1).is_err() && compose(2).is_err());
        meeting.push('a', 3, 'c');
        meeting.assert_middle(&[(3, 'c')]);
    }
}

/// Where the samples of a composed frame lie.
fn address(frame: &PooledFrame) -> *const u8 {
    frame.as_bytes().as_ptr()
}

// Composed frames come back to the pool.
#[test]
fn buffers_of_the_pool_are_used_again() {
    let meeting = Meeting::of("a");
    let first = meeting.0.compose(ms(0)).expect("forward");
    let first_address = address(&first);
    meeting.push('a', 1, 'b');
    let second = meeting.0.compose(ms(1)).expect("forward");
    assert_ne!(address(&second), first_address);
    drop(first);
    meeting.push('a', 2, 'c');
    let third = meeting.0.compose(ms(2)).expect("forward");
    assert_eq!(address(&third), first_address);
    assert_eq!(Shot(third.into_buffer()).grid(1, 1), "c");
    // One may outlive its compositor.
    drop(meeting);
    assert_eq!(Shot(second.into_buffer()).grid(1, 1), "b");
}

// Of an encoder that holds one frame at a time and one that holds none, neither makes the pool grow.
#[test]
fn buffers_of_the_pool_are_as_many_as_are_held_and_one() {
    for held_count in [0, 1, 2, 3] {
        let meeting = Meeting::of("ab");
        let (mut held, mut addresses) = (VecDeque::new(), HashSet::new());
        for t in 0..50 {
            meeting.push('a', t, if t % 3 == 0 { 'x' } else { 'y' });
            let frame = meeting.0.compose(ms(t)).expect("forward");
            addresses.insert(address(&frame));
            held.push_back(frame);
            while held.len() > held_count {
                held.pop_front();
            }
        }
        assert_eq!(addresses.len(), held_count + 1, "{held_count} held");
    }
}

// A moment that looks like the last one is the same canvas, whoever holds it, and whoever takes it away.
#[test]
fn buffers_of_the_pool_are_shared_while_nothing_changes() {
    let meeting = Meeting::of("a");
    let first = meeting.0.compose(ms(0)).expect("forward");
    let second = meeting.0.compose(ms(1)).expect("forward");
    assert_eq!(address(&first), address(&second));
    let mut taken = second.into_buffer();
    taken.view_mut().into_planes()[0].row_mut(0).fill(0);
    assert_eq!(Shot(first.clone()).grid(1, 1), "a");
    assert_eq!(meeting.at(2).grid(1, 1), "a");
    // What nobody else holds is not copied.
    let address = address(&first);
    assert_eq!(first.into_buffer().as_bytes().as_ptr(), address);
}

// The pool takes frames back on any thread.
#[test]
fn buffers_of_the_pool_come_back_on_any_thread() {
    let meeting = Meeting::of("a");
    let taken: Vec<_> = (0..40)
        .map(|t| {
            meeting.push('a', t, 'a');
            meeting.0.compose(ms(t)).expect("forward")
        })
        .collect();
    let addresses: HashSet<_> = taken.iter().map(address).collect();
    assert_eq!(addresses.len(), 40);
    std::thread::scope(|scope| {
        for frame in taken {
            scope.spawn(move || drop(frame));
        }
    });
    meeting.push('a', 40, 'b');
    assert!(addresses.contains(&address(&meeting.0.compose(ms(40)).expect("forward"))));
}

// Canvases of the caller's are shared with nobody, whichever compositors use them.
#[test]
fn buffers_of_a_canvas_are_the_callers() {
    let meetings = [Meeting::of("a"), Meeting::of("b")];
    let mut canvas = Canvas::new(PixelFormat::Rgba, size(40, 40));
    for t in 0..6 {
        for (meeting, letter) in meetings.iter().zip(["a", "b"]) {
            meeting.0.compose_onto(ms(t), &mut canvas).expect("forward");
            assert_eq!(Shot(canvas.clone()).grid(1, 1), letter);
            assert_eq!(meeting.at(t).grid(1, 1), letter);
        }
    }
    let other = &mut Canvas::new(PixelFormat::I420, size(40, 40));
    assert!(meetings[0].0.compose_onto(ms(9), other).is_err());
    assert_eq!(Shot(canvas.into_buffer()).grid(1, 1), "b");
}

// An error gives the buffer back.
#[test]
fn buffers_come_back_after_an_error() {
    let meeting = Meeting::of("a");
    let first = meeting.0.compose(ms(10)).expect("forward");
    let address = first.as_bytes().as_ptr();
    drop(first);
    assert!(meeting.0.compose(Timestamp::ZERO).is_err());
    assert_eq!(meeting.0.compose(ms(10)).expect("again").as_bytes().as_ptr(), address);
}
