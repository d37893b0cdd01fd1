//! Frames whose shape changes from one to the next, and what becomes of their buffers (sections 3 and 6).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, ColorSpace, Compositor, Frame, FrameBuffer, LayoutSpec, Matrix, Notice, PixelFormat, PlaneBuffer,
    Range, RenderMode, Rotation, UnitRect,
};

use super::{Meeting, Shot, color, id, layout, ms, plain, size};

/// The whole canvas for `a`, fitted.
fn fitted() -> LayoutSpec {
    let region = RegionSpec {
        uid: Some("a".into()),
        rect: UnitRect::WHOLE,
        alpha: Alpha::OPAQUE,
        render_mode: RenderMode::Fit,
    };
    layout(Arrangement::Custom(vec![region]))
}

fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting.join(0, 'a');
    meeting.layout(0, fitted());
    meeting
}

/// Letters in columns, each one pixel wide and as high as the picture.
fn columns(letters: &str, height: u32) -> FrameBuffer {
    let row: Vec<u8> = letters.chars().flat_map(|letter| plain(letter, size(1, 1)).into_bytes()).collect();
    let width = letters.len() as u32;
    FrameBuffer::from_packed(PixelFormat::Rgba, size(width, height), row.repeat(height as usize))
        .expect("rows")
}

// Rotation is clockwise and applies before fit.
#[test]
fn frames_may_turn_from_one_to_the_next() {
    let meeting = meeting();
    let picture = || Frame::from(columns("aaaaabbbbb", 5));
    let turns = [
        (Rotation::None, "##/ab/ab/##"),
        (Rotation::Clockwise90, "#aa#/#aa#/#bb#/#bb#"),
        (Rotation::Clockwise180, "##/ba/ba/##"),
        (Rotation::Clockwise270, "#bb#/#bb#/#aa#/#aa#"),
        (Rotation::None, "##/ab/ab/##"),
    ];
    for (t, (rotation, expected)) in (0..).zip(turns) {
        meeting.push_frame('a', t, picture().with_rotation(rotation));
        let columns = expected.split('/').next().expect("a row").len();
        assert_eq!(meeting.at(t).grid(columns, 4), expected, "{rotation:?}");
    }
}

// The pixel aspect belongs to the unrotated frame; both apply before fit.
#[test]
fn frames_may_change_their_pixel_aspect() {
    let meeting = meeting();
    let square = "aaaa/aaaa/aaaa/aaaa";
    let (wide, high) = ("####/aaaa/aaaa/####", "#aa#/#aa#/#aa#/#aa#");
    let table = [
        ((1, 1), Rotation::None, square),
        ((2, 1), Rotation::None, wide),
        ((1, 2), Rotation::None, high),
        ((2, 1), Rotation::Clockwise90, high),
        ((1, 2), Rotation::Clockwise270, wide),
        ((1, 2), Rotation::Clockwise180, high),
        ((64, 32), Rotation::None, wide),
        ((i32::MAX, i32::MAX), Rotation::None, square),
    ];
    for (t, ((num, den), rotation, expected)) in (0..).zip(table) {
        let frame = Frame::from(plain('a', size(10, 10)));
        meeting.push_frame('a', t, frame.with_pixel_aspect(num, den).with_rotation(rotation));
        assert_eq!(meeting.at(t).grid(4, 4), expected, "{num}:{den}, {rotation:?}");
    }
}

// 0, negative or beyond 1:16..16:1 counts as 1:1, with a notice.
#[test]
fn frames_of_impossible_pixel_aspect_count_as_square() {
    let refused = [(0, 1), (1, 0), (-1, -1), (17, 1), (1, 17), (i32::MIN, i32::MAX), (161, 10)];
    for (num, den) in refused {
        let meeting = meeting();
        for stamp in 0..3 {
            let frame = Frame::from(plain('a', size(10, 10))).with_pixel_aspect(num, den);
            meeting.push_frame('a', stamp, frame);
        }
        assert_eq!(meeting.at(3).grid(4, 4), "aaaa/aaaa/aaaa/aaaa");
        // Said once, not with every frame.
        assert_eq!(meeting.notices(), [Notice::PixelAspect { uid: id('a'), num, den }]);
    }
    // Nor does each of several users, though they send in turn.
    let meeting = Meeting::of("ab");
    for stamp in 1..2000 {
        for uid in ['a', 'b'] {
            meeting.push_frame(uid, stamp, Frame::from(plain(uid, size(1, 1))).with_pixel_aspect(0, 0));
        }
    }
    assert_eq!((meeting.notices().len(), meeting.0.statistics().notices_dropped), (2, 0));
    let meeting = self::meeting();
    for (stamp, (num, den)) in (0..).zip([(16, 1), (1, 16), (160, 10)]) {
        meeting.push_frame('a', stamp, Frame::from(plain('a', size(16, 16))).with_pixel_aspect(num, den));
        meeting.at(stamp);
    }
    assert_eq!(meeting.notices(), []);
}

// Section 6: several canvases may be composed from one set of users; clones of a frame share its buffer.
#[test]
fn frames_may_be_composed_upon_several_canvases() {
    let canvases = [(40, 40), (64, 18)]
        .map(|(width, height)| Compositor::builder(size(width, height)).build().expect("no threads"));
    let frame: Frame = plain('a', size(4, 4)).into();
    for canvas in &canvases {
        canvas.join(ms(0), &id('a'));
        canvas.push_frame(&id('a'), ms(0), frame.clone());
        let composed = canvas.compose(ms(0)).expect("forward");
        let luma = composed.view().plane(0);
        assert_eq!(composed.size(), canvas.canvas().size);
        assert!(luma.row(0).iter().all(|&sample| sample == luma.row(7)[9] && sample > 16));
    }
}

// Fit leaves black, not the background; crop leaves nothing.
#[test]
fn frames_may_change_their_size() {
    let meeting = meeting();
    let table = [
        (size(20, 10), "####/aaaa/aaaa/####"),
        (size(10, 20), "#aa#/#aa#/#aa#/#aa#"),
        (size(1, 1), "aaaa/aaaa/aaaa/aaaa"),
        (size(97, 97), "aaaa/aaaa/aaaa/aaaa"),
        (size(200, 2), "####/####/####/####"),
    ];
    for (t, (size, expected)) in (0..).zip(table) {
        meeting.push_frame('a', t, plain('a', size).into());
        assert_eq!(meeting.at(t).grid(4, 4), expected, "{size}");
    }
    // The thinnest picture keeps 2 px.
    let shot = meeting.at(9);
    let rows = (0..40).filter(|&y| shot.pixel(20, y) == color('a'));
    assert_eq!(rows.count(), 2);
}

/// White, in any format.
fn white(format: PixelFormat, side: u32, range: Range) -> Frame {
    let mut buffer = FrameBuffer::new(format, size(side, side));
    let luma = if range == Range::Limited { 235 } else { 255 };
    let values = if format.is_yuv() { [luma, 128, 128] } else { [255; 3] };
    for (plane, value) in buffer.view_mut().into_planes().iter_mut().zip(values) {
        for y in 0..plane.shape().rows {
            plane.row_mut(y).fill(value);
        }
    }
    Frame::from(buffer).with_range(range)
}

#[test]
fn frames_may_change_format_matrix_and_range() {
    for canvas_format in [PixelFormat::Rgba, PixelFormat::I420, PixelFormat::Nv12] {
        let meeting = Meeting::with(|builder| builder.format(canvas_format));
        meeting.join(0, 'a');
        meeting.layout(0, fitted());
        let mut t = 0;
        for side in [8, 5, 40, 41, 8] {
            for format in [PixelFormat::I420, PixelFormat::Rgba, PixelFormat::Nv12] {
                for range in [Range::Limited, Range::Full] {
                    for matrix in [Matrix::Bt601, Matrix::Bt709] {
                        t += 1;
                        meeting.push_frame('a', t, white(format, side, range).with_matrix(matrix));
                        let canvas = meeting.0.compose(ms(t)).expect("forward");
                        let expected = if canvas_format.is_yuv() { 235 } else { 255 };
                        let plane = canvas.view().plane(0);
                        assert!(
                            (0..40).all(|y| plane.row(y).iter().all(|&v| v == expected)),
                            "{side} {format} {range:?} {matrix:?}"
                        );
                    }
                }
            }
        }
        assert_eq!(meeting.0.canvas().color, ColorSpace::BT709_LIMITED);
    }
}

// Alpha: a picture's own lets through what is below; pictures with alpha may become smaller and larger and turn.
#[test]
fn frames_with_alpha_may_change_their_size() {
    for canvas_format in [PixelFormat::Rgba, PixelFormat::I420] {
        let meeting = Meeting::with(|builder| builder.format(canvas_format));
        meeting.join(0, 'a');
        meeting.layout(0, fitted());
        let empty = meeting.0.compose(ms(0)).expect("forward").clone();
        let turns = [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180];
        for (t, side) in (1..).zip([32, 3, 17, 1, 64, 2]) {
            let clear = FrameBuffer::new(PixelFormat::Rgba, size(side, side));
            let frame = Frame::from(clear).with_rotation(turns[t as usize % 3]);
            meeting.push_frame('a', t, frame);
            let canvas = meeting.0.compose(ms(t)).expect("forward");
            assert!(*canvas == empty, "a clear picture of side {side} shows on {canvas_format}");
        }
    }
}

/// A plain picture that counts how many of its kind are held.
struct Counted(FrameBuffer, Arc<AtomicUsize>);

impl PlaneBuffer for Counted {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.plane(index)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

// A frame is released as soon as a newer one is shown; leaving drops the frames held.
#[test]
fn frames_are_released_when_a_newer_one_is_shown() {
    for rotation in [Rotation::None, Rotation::Clockwise90] {
        let held = Arc::new(AtomicUsize::new(0));
        let meeting = meeting();
        for stamp in 0..5 {
            held.fetch_add(1, Ordering::Relaxed);
            let buffer = Counted(plain('a', size(8, 8)), Arc::clone(&held));
            let frame =
                Frame::new(Arc::new(buffer), PixelFormat::Rgba, size(8, 8), [32, 0, 0]).expect("a frame");
            meeting.push_frame('a', stamp, frame.with_rotation(rotation));
        }
        let held_at = |t| {
            meeting.at(t);
            held.load(Ordering::Relaxed)
        };
        let table = [(0, 5), (1, 4), (1, 4), (3, 2), (4, 1), (5, 1)];
        for (t, expected) in table {
            assert_eq!(held_at(t), expected, "at {t}, {rotation:?}");
        }
        meeting.leave(6, 'a');
        assert_eq!(held_at(6), 0);
    }
}

// The engine holds the caller's buffer: nothing is copied when a frame is pushed, and one frame may be pushed twice.
#[test]
fn frames_may_be_pushed_by_several_users() {
    let meeting = Meeting::of("ab");
    let frame = Frame::from(columns("xy", 2));
    meeting.push_frame('a', 1, frame.clone());
    meeting.push_frame('b', 1, frame.clone().with_rotation(Rotation::Clockwise180));
    assert_eq!(meeting.at(1).grid(4, 1).len(), 4);
    let Shot(first) = meeting.at(1);
    meeting.push_frame('a', 2, frame.clone());
    meeting.push_frame('b', 2, frame.with_rotation(Rotation::Clockwise180));
    assert!(meeting.at(2).0 == first);
}

// Neither colours nor what lies between the rows count.
#[test]
fn frames_of_rgba_have_alpha_where_one_pixel_is_not_opaque() {
    let row_bytes = 4 * 37;
    let opaque: Vec<u8> = [0, 0, 0, 255].repeat(37).into_iter().chain([0; 9]).collect::<Vec<_>>().repeat(3);
    let has_alpha = |bytes: Vec<u8>| {
        let planes = Packed(bytes);
        let frame = Frame::new(Arc::new(planes), PixelFormat::Rgba, size(37, 3), [row_bytes + 9, 0, 0]);
        frame.expect("three rows").shape().has_alpha
    };
    assert!(!has_alpha(opaque.clone()));
    for (x, y) in (0..37).flat_map(|x| (0..3).map(move |y| (x, y))) {
        let mut bytes = opaque.clone();
        bytes[y * (row_bytes + 9) + 4 * x + 3] = 254;
        assert!(has_alpha(bytes), "{x} {y}");
    }
}

struct Packed(Vec<u8>);

impl PlaneBuffer for Packed {
    fn plane(&self, _: usize) -> &[u8] {
        &self.0
    }
}
