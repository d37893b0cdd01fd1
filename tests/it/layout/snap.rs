//! From fractions to pixels: section 5.

use polyptych::{Rect, UnitRect, snap_to_even};
use proptest::prelude::*;

use super::size;

#[test]
fn snap_positions_go_to_the_nearest_even_pixel_ties_upward() {
    let table = [
        // (position, side, edge)
        (0.0, 640, 0),
        (0.999, 640, 0),
        (1.0, 640, 2),
        (1.001, 640, 2),
        (2.999, 640, 2),
        (3.0, 640, 4),
        (319.0, 640, 320),
        (320.999, 640, 320),
        (637.0, 640, 638),
        // From half a pixel before the side on it is the side; below that the even pixel, which may be the side.
        (638.999, 640, 638),
        (639.0, 640, 640),
        (639.499, 640, 640),
        (640.0, 640, 640),
        (638.999, 641, 638),
        (639.0, 641, 640),
        (640.0, 641, 640),
        (640.499, 641, 640),
        (640.5, 641, 641),
        (641.0, 641, 641),
    ];
    for (position, side, edge) in table {
        assert_eq!(snap_to_even(position, side), edge, "{position} of {side}");
    }
}

#[test]
fn snap_tiny_canvases() {
    let table = [
        (0.0, 1, 0),
        (0.499, 1, 0),
        (0.5, 1, 1),
        (1.0, 1, 1),
        (0.999, 2, 0),
        (1.0, 2, 2),
        (0.999, 3, 0),
        (1.0, 3, 2),
        (2.499, 3, 2),
        (2.5, 3, 3),
    ];
    for (position, side, edge) in table {
        assert_eq!(snap_to_even(position, side), edge, "{position} of {side}");
    }
}

#[test]
fn snap_forgives_a_millionth_of_a_pixel_at_a_tie() {
    assert_eq!(snap_to_even(1.0 - 9e-7, 640), 2);
    assert_eq!(snap_to_even(1.0 - 2e-6, 640), 0);
    assert_eq!(snap_to_even(640.5 - 9e-7, 641), 641);
    assert_eq!(snap_to_even(640.5 - 2e-6, 641), 640);
}

#[test]
fn snap_beyond_the_canvas_stays_on_it() {
    // A request may exceed 1 by a millionth; rounding errors may go below 0.
    assert_eq!(snap_to_even(640.0007, 640), 640);
    assert_eq!(snap_to_even(8193.0, 8192), 8192);
    assert_eq!(snap_to_even(-1e-9, 640), 0);
    let rect = UnitRect::from_fractions(0.5, 0.5, 0.500_000_9, 0.500_000_9);
    assert_eq!(rect.snap(size(641, 361)), Rect::new(320, 180, 641, 361));
}

#[test]
fn snap_far_edges_are_the_canvases_own_even_where_odd() {
    for (width, height) in [(641, 361), (640, 360), (1, 1), (2, 3), (8191, 8192)] {
        assert_eq!(UnitRect::WHOLE.snap(size(width, height)), Rect::new(0, 0, width, height));
    }
    // Fractions that do not sum to 1 in binary: 0.7 + 0.3, 0.9 + 0.1.
    for (x, width) in [(0.7, 0.3), (0.9, 0.1), (0.34, 0.66)] {
        assert_eq!(UnitRect::from_fractions(x, 0.0, width, 1.0).snap(size(641, 361)).x1, 641);
    }
}

#[test]
fn snap_rounds_edges_not_sizes() {
    // Thirds of 100 px are 33.3 wide: 34, 32 and 34, without a seam.
    let third = |x: f64| UnitRect::from_fractions(x / 3.0, 0.0, 1.0 / 3.0, 1.0).snap(size(100, 10));
    let edges = [0.0, 1.0, 2.0].map(|x| (third(x).x0, third(x).x1));
    assert_eq!(edges, [(0, 34), (34, 66), (66, 100)]);
}

#[test]
fn snap_a_sliver_may_have_no_pixel() {
    let rect = UnitRect::from_fractions(0.5, 0.0, 0.001, 1.0).snap(size(640, 360));
    assert_eq!((rect.x0, rect.x1), (320, 320));
    assert!(rect.is_empty());
}

/// The rule from its words: among the even pixels of the canvas the nearest, the higher of two; the side from half before it on.
fn naive(position: f64, side: u32) -> u32 {
    if position + 0.5 >= f64::from(side) {
        return side;
    }
    let distance = |edge: u32| (f64::from(edge) - position).abs();
    let evens = (0..=side).step_by(2);
    evens.min_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(b.cmp(&a))).expect("0 is even")
}

proptest! {
    #[test]
    fn snap_agrees_with_its_words(side in 1..=500_u32, thousandths in 0..=500_000_u32) {
        let position = f64::from(thousandths.min(side * 1000)) / 1000.0;
        prop_assert_eq!(snap_to_even(position, side), naive(position, side));
    }

    #[test]
    fn snap_never_falls(side in 1..=8192_u32, a in 0.0..8192.0_f64, b in 0.0..8192.0_f64) {
        prop_assert!(snap_to_even(a.min(b), side) <= snap_to_even(a.max(b), side));
    }

    #[test]
    fn snap_takes_any_number(position in any::<f64>(), side in 1..=8192_u32) {
        prop_assert!(snap_to_even(position, side) <= side);
    }
}
