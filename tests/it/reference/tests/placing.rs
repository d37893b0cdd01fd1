//! Rectangles.

use polyptych::{Rect, Size, UnitRect};

use super::super::place::{Placement, Sites, Stretch, Upright, axis, crop, fit};
use super::super::ratio::Ratio;
use super::super::snap;

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

fn square_pixels(width: u32, height: u32) -> Upright {
    Upright { size: size(width, height), sample_aspect: Ratio::ONE }
}

fn stretch(start: (i128, i128), end: (i128, i128)) -> Stretch {
    Stretch { start: Ratio::new(start.0, start.1), end: Ratio::new(end.0, end.1) }
}

// Section 5: the nearest even number, ties upward; the canvas's edge where that is nearest.
#[test]
fn snap_rounds_edges_to_even() {
    let edges = |x: f64, width: f64, canvas: u32| {
        let rect = snap(UnitRect::from_fractions(x, 0.0, width, 1.0), size(canvas, 2));
        (rect.x0, rect.x1)
    };
    // 4.32 and 88.92 px; then the ties 1 and 3 px; then an odd canvas, whose edge is its own.
    assert_eq!(edges(0.012, 0.235, 360), (4, 88));
    assert_eq!(edges(0.25, 0.5, 4), (2, 4));
    assert_eq!(edges(0.1, 0.2, 10), (2, 4));
    assert_eq!(edges(0.0, 360.4 / 361.0, 361), (0, 360));
    assert_eq!(edges(0.0, 360.5 / 361.0, 361), (0, 361));
    assert_eq!(edges(0.0, 1.0, 1), (0, 1));
}

// Section 3: filled, the overhang cut equally on both sides.
#[test]
fn crop_cuts_the_overhang_equally() {
    let region = Rect::new(0, 0, 320, 180);
    let tall = crop(square_pixels(640, 480), region);
    let whole = |side| stretch((0, 1), (side, 1));
    assert_eq!(tall, Placement { dst: region, across: whole(640), down: stretch((60, 1), (420, 1)) });
    // 451 × 300 in 16:9 keeps 253 11/16 rows.
    let odd = crop(square_pixels(451, 300), region);
    assert_eq!(odd.down, stretch((741, 32), (8859, 32)));
    let wide = crop(square_pixels(1000, 100), Rect::new(0, 0, 2, 2));
    assert_eq!(wide.across, stretch((450, 1), (550, 1)));
}

// Section 3: the pixel aspect applies before crop or fit.
#[test]
fn pixel_aspect_shapes_the_crop() {
    let picture = Upright { size: size(720, 576), sample_aspect: Ratio::new(16, 15) };
    let exactly_4_by_3 = crop(picture, Rect::new(0, 0, 400, 300));
    assert_eq!(exactly_4_by_3.across, stretch((0, 1), (720, 1)));
    assert_eq!(exactly_4_by_3.down, stretch((0, 1), (576, 1)));
}

// Section 3: the whole picture, centred.
#[test]
fn fit_centres_the_whole_picture() {
    let canvas = size(640, 360);
    let pillars = fit(square_pixels(640, 480), Rect::new(320, 180, 640, 360), canvas);
    assert_eq!(pillars.dst, Rect::new(360, 180, 600, 360));
    assert_eq!((pillars.across, pillars.down), (stretch((0, 1), (640, 1)), stretch((0, 1), (480, 1))));
    // 320 × 451/300: 212.86 rows from 73.57 to 286.43.
    let odd = fit(square_pixels(451, 300), Rect::new(0, 0, 320, 360), canvas);
    assert_eq!(odd.dst, Rect::new(0, 74, 320, 286));
    assert_eq!(fit(square_pixels(16, 9), Rect::new(0, 0, 640, 360), canvas).dst, Rect::new(0, 0, 640, 360));
}

// Section 5: at least 2 px (1 where the region has only 1) in each direction.
#[test]
fn fit_keeps_two_pixels() {
    let canvas = size(640, 361);
    let thread = square_pixels(8000, 1);
    // The middle lies at 90, both edges round to 90.
    assert_eq!(fit(thread, Rect::new(0, 0, 640, 180), canvas).dst, Rect::new(0, 90, 640, 92));
    // The middle lies at 359.5: the even edge before the last two rows.
    assert_eq!(fit(thread, Rect::new(0, 358, 640, 361), canvas).dst, Rect::new(0, 358, 640, 361));
    assert_eq!(fit(thread, Rect::new(0, 360, 640, 361), canvas).dst, Rect::new(0, 360, 640, 361));
    let post = square_pixels(1, 8000);
    assert_eq!(fit(post, Rect::new(4, 0, 6, 361), canvas).dst, Rect::new(4, 0, 6, 361));
}

// Section 5: centre-aligned; chroma coordinates are luma coordinates / 2.
#[test]
fn chroma_is_placed_at_half_of_luma() {
    let crop = stretch((30, 1), (61, 1));
    let luma = axis(crop, (4, 14), Sites::Pixels, Ratio::ZERO);
    assert_eq!((luma.start, luma.step, luma.count), (Ratio::new(30, 1), Ratio::new(31, 10), 10));
    assert_eq!((luma.first, luma.last), (30, 60));
    let pairs = axis(crop, (4, 14), Sites::ChromaPairs, Ratio::ZERO);
    assert_eq!((pairs.start, pairs.step, pairs.count), (Ratio::new(15, 1), Ratio::new(31, 10), 5));
    assert_eq!((pairs.first, pairs.last), (15, 30));
    let fine = axis(crop, (4, 14), Sites::ChromaAtPixels, Ratio::ZERO);
    assert_eq!((fine.start, fine.step, fine.count), (Ratio::new(15, 1), Ratio::new(31, 20), 10));
    // An odd far edge, as only an odd canvas has, takes a chroma sample more.
    assert_eq!(axis(crop, (4, 15), Sites::ChromaPairs, Ratio::ZERO).count, 6);
}
