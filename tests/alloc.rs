#![forbid(unsafe_code)]
//! A steady meeting allocates nothing: once everything has been painted a few times, frames come in and go out in the memory
//! that is there. A process of its own with one test, because everything in it is counted, whatever thread it is on.

use std::alloc::System;
use std::io::Cursor;
use std::sync::Arc;

use polyptych::layout::{Arrangement, LayoutSpec, RegionSpec, UserBackground};
use polyptych::{
    Alpha, Canvas, CanvasShape, Compositor, CompositorBuilder, Filter, Frame, FrameBuffer, FrameRate,
    ImageUrl, Matrix, PixelFormat, PlaneBuffer, Range, RenderMode, Rgb, Rotation, Sharing, Size, Timestamp,
    UnitRect, UserId,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Ticks before counting begins: every ring has gone round, every buffer has reached its size.
const WARM_UP: u32 = 12;
/// Ticks that are counted. In each, frames are composed by every way to hand in buffers that gives no new list.
const COUNTED: u32 = 25;

/// What rayon may allocate meanwhile. Its queue keeps jobs in blocks of 63, and a frame hands it two (pictures to make ready,
/// bands to paint): 100 in 50 frames begin at most two new blocks. One or two were measured.
const POOL_BLOCKS: usize = 2;

/// Pictures of a user that follow each other.
const RING: usize = 3;

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

/// Pictures that differ, each in a buffer of its own, as a decoder's ring holds them.
fn ring(format: PixelFormat, size: Size, alpha: u8) -> [Frame; RING] {
    [0, 1, 2].map(|shade: u8| {
        let bytes = (0..format.packed_bytes(size)).map(|index| match format {
            PixelFormat::Rgba if index % 4 == 3 => alpha,
            _ => (index as u8).wrapping_mul(7).wrapping_add(50 * shade),
        });
        let buffer =
            FrameBuffer::from_packed(format, size, bytes.collect()).expect("as many bytes as it has");
        let strides = buffer.strides();
        let buffer: Arc<dyn PlaneBuffer> = Arc::new(buffer);
        Frame::new(buffer, format, size, strides).expect("the planes of a buffer")
    })
}

/// Nine cameras: every format, alpha, turns, pixels that are not square, other colours.
fn cameras() -> Vec<[Frame; RING]> {
    use PixelFormat::{I420, Nv12, Rgba};
    let turned = |frames: [Frame; RING], rotation| frames.map(|frame| frame.with_rotation(rotation));
    vec![
        ring(I420, size(160, 90), 255),
        ring(Nv12, size(160, 120), 255),
        ring(Rgba, size(120, 80), 255),
        ring(Rgba, size(81, 81), 100),
        turned(ring(I420, size(160, 90), 255), Rotation::Clockwise90),
        turned(ring(Nv12, size(91, 161), 255), Rotation::Clockwise270),
        turned(ring(Rgba, size(75, 50), 7), Rotation::Clockwise180),
        ring(I420, size(64, 48), 255).map(|frame| frame.with_pixel_aspect(4, 3)),
        ring(I420, size(96, 54), 255).map(|frame| frame.with_matrix(Matrix::Bt601).with_range(Range::Full)),
    ]
}

fn user(index: usize) -> UserId {
    UserId::from(format!("user {index}"))
}

fn overlapping() -> Arrangement {
    let region = |index: u32| RegionSpec {
        uid: index.is_multiple_of(2).then(|| user(index as usize)),
        rect: UnitRect::from_ratios((index, 6, 16), (index, 6, 16)),
        alpha: Alpha::new(1.0 - f64::from(index % 3) * 0.3).expect("an alpha"),
        render_mode: if index.is_multiple_of(2) { RenderMode::Fit } else { RenderMode::Crop },
    };
    Arrangement::Custom((0..10).map(region).collect())
}

fn url(name: &str) -> ImageUrl {
    ImageUrl::parse(&format!("https://images.test/{name}")).expect("a URL")
}

fn bmp() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 200]));
    image.write_to(&mut bytes, image::ImageFormat::Bmp).expect("memory holds it");
    bytes.into_inner()
}

/// A channel of nine who send and one whose image shows, upon an image.
fn meeting(builder: CompositorBuilder, arrangement: Arrangement) -> Compositor {
    let compositor = builder.build().expect("threads");
    let silent = UserId::from("silent");
    let own = UserBackground { uid: silent.clone(), image: url("own"), render_mode: RenderMode::Fit };
    compositor.update_layout(
        Timestamp::ZERO,
        LayoutSpec {
            arrangement,
            background_color: Rgb { r: 9, g: 8, b: 7 },
            background_image: Some(url("canvas")),
            default_user_background_image: None,
            user_backgrounds: vec![own],
        },
    );
    for name in ["canvas", "own"] {
        compositor.image_ready(Timestamp::ZERO, &url(name), &bmp());
    }
    compositor.join(Timestamp::ZERO, &user(0));
    compositor.join(Timestamp::ZERO, &silent);
    (1..9).for_each(|index| compositor.join(Timestamp::ZERO, &user(index)));
    compositor
}

/// Settings of one canvas.
fn one_output(format: PixelFormat) -> CompositorBuilder {
    Compositor::builder(size(322, 181)).format(format).sharing(Sharing::Always)
}

/// Allocations of a compositor with one output, which composes each tick twice.
fn count_one<const WINDOWS: usize>(compositor: &Compositor) -> [usize; WINDOWS] {
    let CanvasShape { format, size, .. } = compositor.canvas();
    let mut buffer = FrameBuffer::new(format, size);
    let mut canvases = [0, 1].map(|_| Canvas::new(format, size));
    let mut held = None;
    count(compositor, |t| {
        canvases.swap(0, 1);
        compositor.compose_onto(t, &mut canvases[0]).expect("time goes on");
        held = Some(compositor.compose(t).expect("the same time once more"));
        // From the third on, nothing has changed often enough that a canvas of the pool goes between.
        (0..3).for_each(|_| compositor.compose_into(t, buffer.view_mut()).expect("and again"));
    })
}

/// Allocations of [`COUNTED`] ticks, after [`WARM_UP`] ones, in each of `windows`; growing what is there counts as well.
fn count<const WINDOWS: usize>(
    compositor: &Compositor,
    mut compose: impl FnMut(Timestamp),
) -> [usize; WINDOWS] {
    let rate = FrameRate::new(30, 1).expect("a rate");
    let cameras: Vec<_> = cameras().into_iter().zip(0..).map(|(ring, index)| (user(index), ring)).collect();
    let mut ticks = 0..;
    let mut tick = || {
        let index: u64 = ticks.next().expect("no end");
        for ((uid, ring), ahead) in cameras.iter().zip((0..4).cycle()) {
            // Some come at their time, some up to three ticks ahead of it.
            compositor.push_frame(uid, rate.tick(index + ahead), ring[index as usize % RING].clone());
        }
        compose(rate.tick(index));
    };
    (0..WARM_UP).for_each(|_| tick());
    let plan_builds = compositor.statistics().plan_builds;
    let counts = [(); WINDOWS].map(|()| {
        let region = Region::new(ALLOCATOR);
        (0..COUNTED).for_each(|_| tick());
        let change = region.change();
        change.allocations + change.reallocations
    });
    let statistics = compositor.statistics();
    assert_eq!(statistics.users_shown, 10 * compositor.canvases().len(), "{statistics:?}");
    assert_eq!(statistics.plan_builds, plan_builds, "the meeting is steady");
    assert_eq!(statistics.frames.late, 0, "{statistics:?}");
    assert_eq!(compositor.take_notices(), []);
    counts
}

/// The least of three counts: threads that the system starts late, those of the tests' runner too, set themselves up once.
fn least(counts: [usize; 3]) -> usize {
    counts.into_iter().min().unwrap_or_default()
}

#[test]
fn steady_meetings_allocate_nothing() {
    let presets =
        [Arrangement::Floating, Arrangement::BestFit, Arrangement::Vertical { large: Some(user(3)) }];
    for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba] {
        let mut cases: Vec<_> = presets.iter().map(|preset| (preset.clone(), Filter::Area)).collect();
        cases.extend([(overlapping(), Filter::Area), (overlapping(), Filter::Lanczos3)]);
        for (arrangement, filter) in cases {
            let what = format!("{format}, {filter:?}, {arrangement:?}");
            let compositor = meeting(one_output(format).filter(filter), arrangement);
            assert_eq!(least(count_one(&compositor)), 0, "{what}");
        }
        let counts = count_one(&meeting(one_output(format).threads(3), overlapping()));
        assert!(least(counts) <= POOL_BLOCKS, "{format} on three threads: {counts:?}");
    }
    let builder = one_output(PixelFormat::Nv12)
        .output(CanvasShape::new(size(160, 240)))
        .output(CanvasShape { format: PixelFormat::Rgba, ..CanvasShape::new(size(80, 45)) });
    let compositor = meeting(builder, overlapping());
    let mut canvases = [0, 1, 2].map(|index| {
        let CanvasShape { size, format, .. } = compositor.canvases()[index];
        FrameBuffer::new(format, size)
    });
    let counts = count(&compositor, |t| {
        let mut views = canvases.each_mut().map(FrameBuffer::view_mut);
        compositor.compose_all_into(t, &mut views).expect("time goes on");
    });
    assert_eq!(least(counts), 0, "three outputs");
}
