//! Crop and fit: what of a picture goes to which pixels of its region (sections 3 and 5 of the layout contract).

use polyptych::plan::{Crop, Placement, place};
use polyptych::{Frame, FrameBuffer, PixelFormat, Rect, RenderMode, Rotation, Size};
use proptest::prelude::*;

use crate::layout::expected::edge;

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

/// Square pixels, in a region that is the whole canvas.
fn on_canvas(render_mode: RenderMode, picture: Size, canvas: Size) -> Placement {
    place(canvas.to_rect(), render_mode, picture, 1.0, canvas)
}

fn crop(picture: (u32, u32), canvas: (u32, u32)) -> Crop {
    let canvas = size(canvas.0, canvas.1);
    let Placement { dst, src_crop } = on_canvas(RenderMode::Crop, size(picture.0, picture.1), canvas);
    assert_eq!(dst, canvas.to_rect(), "a cropped picture fills its region");
    src_crop
}

fn fit(picture: (u32, u32), canvas: (u32, u32)) -> Rect {
    let picture = size(picture.0, picture.1);
    let Placement { dst, src_crop } = on_canvas(RenderMode::Fit, picture, size(canvas.0, canvas.1));
    assert_eq!(src_crop, Crop::from(picture), "a fitted picture is shown whole");
    dst
}

const fn part(x0: f64, y0: f64, x1: f64, y1: f64) -> Crop {
    Crop { x0, y0, x1, y1 }
}

#[test]
fn crop_cuts_the_overhang_equally_and_keeps_fractions_of_a_sample() {
    let table = [
        // Portrait in landscape: 360 · 720 / 1280 = 202.5 rows of 640.
        ((360, 640), (1280, 720), part(0.0, 218.75, 360.0, 421.25)),
        // Landscape in portrait: 720 · 360 / 640 = 405 columns of 1280.
        ((1280, 720), (360, 640), part(437.5, 0.0, 842.5, 720.0)),
        // 4:3 in 16:9: three quarters of the rows; 16:9 in 4:3: three quarters of the columns.
        ((640, 480), (1280, 720), part(0.0, 60.0, 640.0, 420.0)),
        ((640, 360), (800, 600), part(80.0, 0.0, 560.0, 360.0)),
        // Extremes: a column and a row of samples.
        ((1, 8192), (1280, 720), part(0.0, 4095.71875, 1.0, 4096.28125)),
        ((8192, 1), (1024, 1), part(3584.0, 0.0, 4608.0, 1.0)),
        ((1, 1), (8192, 1), part(0.0, 0.5 - 0.5 / 8192.0, 1.0, 0.5 + 0.5 / 8192.0)),
    ];
    for (picture, canvas, expected) in table {
        assert_eq!(crop(picture, canvas), expected, "{picture:?} on {canvas:?}");
    }
}

#[test]
fn fit_centres_the_whole_picture_and_snaps_its_bars() {
    let table = [
        // 405 wide from 437.5 to 842.5.
        ((360, 640), (1280, 720), Rect::new(438, 0, 842, 720)),
        // 202.5 high from 218.75 to 421.25.
        ((1280, 720), (360, 640), Rect::new(0, 218, 360, 422)),
        ((640, 480), (1280, 720), Rect::new(160, 0, 1120, 720)),
        // 360 high on 361: from 0.5 to 360.5, so both bars vanish: the first rounds to 0, the second to the edge.
        ((16, 9), (640, 361), Rect::new(0, 0, 640, 361)),
        // 481.3 wide from 79.8 to 561.2.
        ((4, 3), (641, 361), Rect::new(80, 0, 562, 361)),
    ];
    for (picture, canvas, expected) in table {
        assert_eq!(fit(picture, canvas), expected, "{picture:?} on {canvas:?}");
    }
}

#[test]
fn fit_keeps_two_pixels_of_the_thinnest_picture() {
    assert_eq!(fit((1, 8192), (1280, 720)), Rect::new(640, 0, 642, 720));
    assert_eq!(fit((8192, 1), (1280, 720)), Rect::new(0, 360, 1280, 362));
    assert_eq!(fit((1, 8192), (2, 2)), Rect::new(0, 0, 2, 2));
    // A region of one pixel has no more to give.
    assert_eq!(fit((1, 8192), (1, 8192)), Rect::new(0, 0, 1, 8192));
    assert_eq!(fit((1, 8192), (1, 16)), Rect::new(0, 0, 1, 16));
}

#[test]
fn fit_keeps_two_pixels_at_the_far_edge_of_an_odd_canvas() {
    let canvas = size(641, 361);
    let thin = |x0| place(Rect::new(x0, 0, 641, 361), RenderMode::Fit, size(1, 8192), 1.0, canvas).dst;
    assert_eq!(thin(640), Rect::new(640, 0, 641, 361));
    // The middle, 639.5, snaps to 640, and one pixel is left there: the start stays even, so it takes three.
    assert_eq!(thin(638), Rect::new(638, 0, 641, 361));
    assert_eq!(thin(636), Rect::new(638, 0, 640, 361));
}

#[test]
fn fit_bars_snap_relative_to_the_canvas_not_to_the_region() {
    // 4:3 in 200x100 from x = 302: 133.3 wide from 335.3 to 468.7.
    let region = Rect::new(302, 50, 502, 150);
    let placed = place(region, RenderMode::Fit, size(4, 3), 1.0, size(640, 360));
    assert_eq!(placed.dst, Rect::new(336, 50, 468, 150));
}

#[test]
fn pixel_aspect_counts_before_crop_and_fit() {
    // 720x576 of 16:15 is 4:3: it fills 768x576 and leaves bars on 1024x576.
    let pal =
        |render_mode, canvas: Size| place(canvas.to_rect(), render_mode, size(720, 576), 16.0 / 15.0, canvas);
    let whole = pal(RenderMode::Crop, size(768, 576)).src_crop;
    for (found, expected) in [(whole.x0, 0.0), (whole.y0, 0.0), (whole.x1, 720.0), (whole.y1, 576.0)] {
        assert!((found - expected).abs() < 1e-9, "{whole:?}");
    }
    assert_eq!(pal(RenderMode::Fit, size(768, 576)).dst, Rect::new(0, 0, 768, 576));
    assert_eq!(pal(RenderMode::Fit, size(1024, 576)).dst, Rect::new(128, 0, 896, 576));
    let cut = pal(RenderMode::Crop, size(1024, 576)).src_crop;
    assert_eq!((cut.x0, cut.x1), (0.0, 720.0));
    assert!((cut.y0 - 72.0).abs() < 1e-9 && (cut.y1 - 504.0).abs() < 1e-9, "{cut:?}");
}

#[test]
fn pixel_aspect_belongs_to_the_unrotated_frame() {
    let frame = |rotation| {
        let buffer = FrameBuffer::new(PixelFormat::I420, size(144, 108));
        Frame::from(buffer).with_pixel_aspect(4, 3).with_rotation(rotation)
    };
    for (rotation, upright, aspect) in [
        (Rotation::None, size(144, 108), 4.0 / 3.0),
        (Rotation::Clockwise90, size(108, 144), 3.0 / 4.0),
        (Rotation::Clockwise180, size(144, 108), 4.0 / 3.0),
        (Rotation::Clockwise270, size(108, 144), 3.0 / 4.0),
    ] {
        let shape = *frame(rotation).shape();
        assert_eq!(shape.upright_size(), upright, "{rotation:?}");
        assert!((shape.upright_pixel_aspect() - aspect).abs() < 1e-15, "{rotation:?}");
    }
}

/// A region with even edges, or the canvas's, and the canvas.
fn region() -> impl Strategy<Value = (Rect, Size)> {
    let axis = || {
        (1..=2048_u32).prop_flat_map(|side| {
            let last = (side - 1) / 2;
            let start = (0..=last).prop_map(|half| 2 * half);
            (Just(side), start, 1..=1024_u32)
                .prop_map(|(side, start, halves)| (side, start, (start + 2 * halves).min(side)))
        })
    };
    (axis(), axis())
        .prop_map(|((width, x0, x1), (height, y0, y1))| (Rect::new(x0, y0, x1, y1), size(width, height)))
}

fn picture() -> impl Strategy<Value = Size> {
    prop_oneof![(1..=2048_u32, 1..=2048_u32), (1..=4_u32, 1..=8192_u32), (1..=8192_u32, 1..=4_u32)]
        .prop_map(|(width, height)| size(width, height))
}

/// The nearest even pixel to `num / den`, ties upward, or the side; in whole numbers.
fn snapped(num: u64, den: u64, side: u32) -> u32 {
    edge((num, den * u64::from(side)), side)
}

/// The edges of a picture `num / den` px long in the middle of a region's axis.
fn letterboxed((start, end): (u32, u32), (num, den): (u64, u64), side: u32) -> (u32, u32) {
    let extent = u64::from(end - start);
    // Twice the first edge is 2 · start + extent − num / den.
    let twice_first = (2 * u64::from(start) + extent) * den - num;
    let near = snapped(twice_first, 2 * den, side).clamp(start, end);
    let far = snapped(twice_first + 2 * num, 2 * den, side).clamp(start, end);
    (near, far)
}

proptest! {
    #[test]
    fn equal_aspect_is_neither_cropped_nor_letterboxed(
        (a, b) in (1..=64_u32, 1..=64_u32),
        (k, m) in (1..=128_u32, 1..=128_u32),
    ) {
        let (picture, canvas) = (size(a * k, b * k), size(a * m, b * m));
        for render_mode in [RenderMode::Crop, RenderMode::Fit] {
            let placed = on_canvas(render_mode, picture, canvas);
            prop_assert_eq!(placed, Placement { dst: canvas.to_rect(), src_crop: Crop::from(picture) });
        }
    }

    #[test]
    fn crop_fills_the_region_from_the_picture_s_middle(
        (region, canvas) in region(),
        picture in picture(),
        (num, den) in (1..=16_u32, 1..=16_u32),
    ) {
        let aspect = f64::from(num) / f64::from(den);
        let Placement { dst, src_crop: crop } = place(region, RenderMode::Crop, picture, aspect, canvas);
        prop_assert_eq!(dst, region);
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        prop_assert!(crop.x0 >= 0.0 && crop.y0 >= 0.0 && crop.x0 < crop.x1 && crop.y0 < crop.y1);
        prop_assert!((crop.x0 + crop.x1 - width).abs() < 1e-9 && (crop.y0 + crop.y1 - height).abs() < 1e-9);
        let (is_wide, is_high) = (crop.x0 == 0.0 && crop.x1 == width, crop.y0 == 0.0 && crop.y1 == height);
        prop_assert!(is_wide || is_high, "one axis is whole: {crop:?}");
        let found = (crop.x1 - crop.x0) * aspect / (crop.y1 - crop.y0);
        let wanted = f64::from(region.width()) / f64::from(region.height());
        // Both edges lie near the middle, whose rounding error is the bound: it grows as the crop gets thin.
        let error = 1e-11 / (crop.x1 - crop.x0).min(crop.y1 - crop.y0);
        prop_assert!((found / wanted - 1.0).abs() < 1e-9 + error, "{found} for {wanted}");
    }

    #[test]
    fn fit_shows_the_whole_picture_in_the_region_s_middle((region, canvas) in region(), picture in picture()) {
        let Placement { dst, src_crop } = place(region, RenderMode::Fit, picture, 1.0, canvas);
        prop_assert_eq!(src_crop, Crop::from(picture));
        let (width, height) = (u64::from(picture.width()), u64::from(picture.height()));
        let (across, down) = (u64::from(region.width()), u64::from(region.height()));
        let (found, expected, extent) = if width * down > across * height {
            prop_assert_eq!((dst.x0, dst.x1), (region.x0, region.x1));
            let bars = letterboxed((region.y0, region.y1), (across * height, width), canvas.height());
            ((dst.y0, dst.y1), bars, region.height())
        } else {
            prop_assert_eq!((dst.y0, dst.y1), (region.y0, region.y1));
            let bars = letterboxed((region.x0, region.x1), (down * width, height), canvas.width());
            ((dst.x0, dst.x1), bars, region.width())
        };
        prop_assert_eq!(dst.intersect(region), dst);
        prop_assert!(found.1 - found.0 >= extent.min(2), "{dst:?}");
        if expected.1 - expected.0 >= 2 {
            prop_assert_eq!(found, expected);
        }
        prop_assert!(found.0 % 2 == 0, "{dst:?}");
    }
}
