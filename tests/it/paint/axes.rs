//! Every length from 1 to 65 scaled to every other, along each axis by itself: pictures and canvases of all formats between guard bytes.
//!
//! Some of them, a coprime number apart, unless `POLYPTYCH_LONG` is set; then each.

use std::sync::Arc;

use polyptych::layout::RenderMode;
use polyptych::{
    Alpha, CompositorBuilder, Filter, Frame, FrameBuffer, FrameViewMut, Level, PixelFormat, PlaneBuffer,
    Timestamp, UnitRect,
};

use super::{FORMATS, size};
use crate::equivalence::scenes::{Content, Region, Scene};
use crate::reference::{Canvas, Pattern, Picture, compare, compose};

const SIDES: u32 = 65;
const FILTERS: [Filter; 5] =
    [Filter::Area, Filter::Triangle, Filter::Nearest, Filter::CatmullRom, Filter::Lanczos3];
const CASES: u32 = 2 * SIDES * SIDES * 9 * 5;
/// A prime that divides none of their numbers: each length, axis, format and filter occurs in the short form.
const SHORT_STRIDE: u32 = 251;
/// Bytes before and after each plane.
const GUARD_BYTES: usize = 67;

/// Planes between guard bytes, rows apart by some more of them.
struct Guarded {
    planes: Vec<Vec<u8>>,
    strides: [usize; 3],
    /// Where a plane begins, beyond [`GUARD_BYTES`]: so that no alignment is spared.
    shift: usize,
    guard: u8,
}

impl Guarded {
    fn new(picture: &FrameBuffer, shift: usize, guard: u8) -> Self {
        let (view, mut strides) = (picture.view(), [0; 3]);
        let planes = (0..picture.format().plane_count()).map(|index| {
            let plane = view.plane(index);
            let shape = plane.shape();
            strides[index] = shape.row_bytes + (shift + index) % 5;
            let mut bytes = vec![guard; strides[index] * shape.rows + shift + 2 * GUARD_BYTES];
            for y in 0..shape.rows {
                let start = GUARD_BYTES + shift + y * strides[index];
                bytes[start..start + shape.row_bytes].copy_from_slice(plane.row(y));
            }
            bytes
        });
        Self { planes: planes.collect(), strides, shift, guard }
    }

    fn view_mut(&mut self, like: &FrameBuffer) -> FrameViewMut<'_> {
        let start = GUARD_BYTES + self.shift;
        let mut planes = self.planes.iter_mut().zip(self.strides).map(|(plane, stride)| {
            let end = plane.len() - GUARD_BYTES;
            (&mut plane[start..end], stride)
        });
        let planes = [0; 3].map(|_| planes.next().unwrap_or((&mut [], 0)));
        FrameViewMut::new(like.format(), like.size(), planes).expect("long enough")
    }
}

impl PlaneBuffer for Guarded {
    fn plane(&self, index: usize) -> &[u8] {
        let plane = &self.planes[index];
        &plane[GUARD_BYTES + self.shift..plane.len() - GUARD_BYTES]
    }
}

/// The scene of a number: of 2 axes, 65 by 65 lengths, 3 by 3 formats and 5 filters.
fn scene_of(number: u32) -> (Scene, String) {
    let mut rest = number;
    let mut next = |count: u32| {
        let digit = rest % count;
        rest /= count;
        digit
    };
    let (to, from) = (1 + next(SIDES), 1 + next(SIDES));
    let is_upright = next(2) == 1;
    let (source, target) = (FORMATS[next(3) as usize], FORMATS[next(3) as usize]);
    let filter = FILTERS[next(5) as usize];
    // The other axis keeps its length, even or odd.
    let other = 3 + number % 2;
    let along = |length: u32| if is_upright { size(other, length) } else { size(length, other) };
    // Pixels as wide as it takes to fill the canvas, as far as a picture may have them.
    let aspect = match (to > 16 * from, from > 16 * to) {
        (true, _) => (16, 1),
        (_, true) => (1, 16),
        _ => (to, from),
    };
    let pixel_aspect = if is_upright { (aspect.1, aspect.0) } else { aspect };
    let pattern = Pattern::Noise(number.into());
    let buffer = if source == PixelFormat::Rgba && number.is_multiple_of(4) {
        pattern.picture_with_alpha(Pattern::Noise(u64::from(number) + 1), along(from))
    } else {
        pattern.picture(source, along(from))
    };
    let region = Region {
        rect: UnitRect::WHOLE,
        alpha: if number.is_multiple_of(3) { Alpha::new(0.6).expect("an alpha") } else { Alpha::OPAQUE },
        mode: if number % 7 < 4 { RenderMode::Crop } else { RenderMode::Fit },
        content: Content::Frame(Picture { pixel_aspect, ..Picture::from(buffer.clone()) }),
    };
    let scene = Scene { regions: vec![region], filter, ..Scene::of_one(target, along(to), buffer) };
    (scene, format!("case {number}: {source} {} on {target} {}, {filter:?}", along(from), along(to)))
}

/// Composes between guard bytes, from a picture between guard bytes, and finds all of them as they were.
fn compose_guarded(scene: &Scene, level: Level, shift: usize, what: &str) -> FrameBuffer {
    let set = |builder: CompositorBuilder| builder.threads(1).level(level);
    let compositor = scene.compositor_as(set, |picture| {
        let guarded = Guarded::new(&picture.buffer, shift, 0x5a);
        let (format, size, strides) = (picture.buffer.format(), picture.buffer.size(), guarded.strides);
        picture.state(Frame::new(Arc::new(guarded), format, size, strides).expect("long enough"))
    });
    let mut canvas = Guarded::new(&FrameBuffer::new(scene.format, scene.size), shift, 0xa5);
    let like = FrameBuffer::new(scene.format, scene.size);
    compositor.compose_into(Timestamp::ZERO, canvas.view_mut(&like)).expect("the first time");
    let mut samples = Vec::new();
    for (index, plane) in canvas.planes.iter().enumerate() {
        let (shape, stride) = (like.view().plane(index).shape(), canvas.strides[index]);
        let start = GUARD_BYTES + shift;
        let is_sample = |byte: usize| {
            byte >= start && (byte - start) / stride < shape.rows && (byte - start) % stride < shape.row_bytes
        };
        for (byte, &value) in plane.iter().enumerate() {
            if is_sample(byte) {
                samples.push(value);
            } else {
                assert_eq!(value, canvas.guard, "byte {byte} of plane {index} at {}, {what}", level.name());
            }
        }
    }
    FrameBuffer::from_packed(scene.format, scene.size, samples).expect("all samples")
}

#[test]
fn lengths_up_to_65_scale_alike_at_all_levels_and_as_the_reference() {
    let is_long = std::env::var_os("POLYPTYCH_LONG").is_some_and(|value| value == "1");
    let stride = if is_long { 1 } else { SHORT_STRIDE };
    if !is_long {
        eprintln!("the short form, one of {stride}: set POLYPTYCH_LONG=1 for {CASES} cases");
    }
    let (mut count, mut worst) = (0_u32, 0.0_f64);
    for number in (0..CASES).step_by(stride as usize) {
        let (scene, what) = scene_of(number);
        let plain = scene.compose(|builder| builder.threads(1).level(Level::SCALAR));
        for (level, shift) in Level::available().zip(number as usize..) {
            let found = compose_guarded(&scene, level, shift % 33, &what);
            assert!(found == plain, "{} differs from the plain kernel, {what}", level.name());
        }
        let reference: Canvas = compose(&scene.as_reference());
        for difference in compare(plain.view(), &reference) {
            assert!(difference.max_abs <= 4.0, "{what}: {difference:?}");
            worst = worst.max(difference.max_abs);
        }
        count += 1;
    }
    eprintln!("{count} cases, none farther than {worst:.2} from the reference");
}
