//! What holds of every canvas and every number of users.

use polyptych::layout::{Arrangement, resolve};
use polyptych::{ColumnOrder, Rect, Size, UnitRect};
use proptest::prelude::*;

use super::{place, rects, size, user, users, vertical};

fn canvas() -> impl Strategy<Value = Size> {
    prop_oneof![(1..=8192_u32, 1..=8192_u32), (1..=64_u32, 1..=64_u32)]
        .prop_map(|(width, height)| size(width, height))
}

fn preset() -> impl Strategy<Value = Arrangement> {
    prop_oneof![
        Just(Arrangement::Floating),
        Just(Arrangement::BestFit),
        (0..19_usize).prop_map(|large| vertical(Some(user(large)))),
        Just(vertical(None)),
    ]
}

pub fn area(rects: &[Rect]) -> u64 {
    rects.iter().map(|rect| rect.area()).sum()
}

pub fn overlap(rects: &[Rect]) -> Option<(Rect, Rect)> {
    let pairs = rects.iter().enumerate().flat_map(|(index, a)| rects[..index].iter().map(move |b| (*a, *b)));
    pairs.into_iter().find(|(a, b)| !a.intersect(*b).is_empty())
}

fn is_snapped(edge: u32, side: u32) -> bool {
    edge == side || (edge < side && edge.is_multiple_of(2))
}

pub fn lies_well(rect: Rect, canvas: Size) -> bool {
    let (width, height) = (canvas.width(), canvas.height());
    rect.x0 <= rect.x1
        && rect.y0 <= rect.y1
        && [rect.x0, rect.x1].iter().all(|&edge| is_snapped(edge, width))
        && [rect.y0, rect.y1].iter().all(|&edge| is_snapped(edge, height))
}

/// A number in ten thousandths, as a request writes it.
fn decimal(ten_thousandths: u32) -> f64 {
    f64::from(ten_thousandths) / 10_000.0
}

proptest! {
    #[test]
    fn preset_edges_are_even_or_the_canvases(canvas in canvas(), preset in preset(), count in 0..=18_usize) {
        for rect in rects(&place(&preset, count), canvas) {
            prop_assert!(lies_well(rect, canvas), "{rect:?}");
        }
    }

    #[test]
    fn best_fit_leaves_no_gap_and_no_overlap(canvas in canvas(), count in 1..=17_usize) {
        let full = match count { 1 => 1, 2 => 2, 3..=4 => 4, 5..=9 => 9, 10..=16 => 16, _ => 17 };
        let grid = rects(&place(&Arrangement::BestFit, full), canvas);
        prop_assert_eq!(overlap(&grid), None);
        let covered = if full == 17 {
            // Four rows between 0.1 and 0.9 of the width and above 0.8 of the height; the last cell below them.
            let rows = UnitRect::from_ratios((1, 8, 10), (0, 4, 5)).snap(canvas);
            let last = UnitRect::from_ratios((2, 1, 5), (4, 1, 5)).snap(canvas);
            rows.area() + last.area()
        } else {
            canvas.area()
        };
        prop_assert_eq!(area(&grid), covered);
        // Fewer users fill the same grid from its beginning.
        prop_assert_eq!(&rects(&place(&Arrangement::BestFit, count), canvas), &grid[..count]);
    }

    #[test]
    fn vertical_leaves_no_gap_and_no_overlap(
        canvas in canvas(),
        count in 1..=17_usize,
        has_large: bool,
        is_outer_first: bool,
    ) {
        let order = if is_outer_first { ColumnOrder::OuterFirst } else { ColumnOrder::InnerFirst };
        let large = has_large.then(|| user(0));
        let pixels = |count| rects(&resolve(&vertical(large.clone()), &users(count), order), canvas);
        let smalls = (count - usize::from(has_large)).min(16);
        let full = match smalls { 0..=4 => 4, 5..=6 => 6, 7..=8 => 8, _ => 16 };
        let grid = pixels(full + usize::from(has_large));
        prop_assert_eq!(overlap(&grid), None);
        prop_assert_eq!(area(&grid), canvas.area());
        prop_assert_eq!(&pixels(count), &grid[..=smalls]);
    }

    #[test]
    fn custom_neighbours_share_their_edge(
        canvas in canvas(),
        splits in prop::collection::vec(0..=10_000_u32, 1..16),
    ) {
        let mut splits = splits;
        splits.extend([0, 10_000]);
        splits.sort_unstable();
        let regions: Vec<_> = splits
            .windows(2)
            .map(|pair| {
                let (start, extent) = (decimal(pair[0]), decimal(pair[1] - pair[0]));
                UnitRect::from_fractions(start, start, extent, extent).snap(canvas)
            })
            .collect();
        for pair in regions.windows(2) {
            prop_assert_eq!((pair[0].x1, pair[0].y1), (pair[1].x0, pair[1].y0));
        }
        prop_assert!(regions.iter().all(|&rect| lies_well(rect, canvas)));
        prop_assert_eq!((regions[0].x0, regions[0].y0), (0, 0));
        let last = regions[regions.len() - 1];
        prop_assert_eq!((last.x1, last.y1), (canvas.width(), canvas.height()));
    }

    #[test]
    fn custom_regions_stay_on_the_canvas(
        canvas in canvas(),
        x in 0.0..=1.0_f64,
        y in 0.0..=1.0_f64,
        width in 0.0..=1.0_f64,
        height in 0.0..=1.0_f64,
    ) {
        let rect = UnitRect::from_fractions(x, y, width.min(1.0 - x), height.min(1.0 - y)).snap(canvas);
        prop_assert!(lies_well(rect, canvas), "{rect:?}");
    }
}
