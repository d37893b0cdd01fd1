//! What of each layer can be seen, against a painter that knows nothing but pixels.

use polyptych::Rect;
use polyptych::plan::{Cover, Slab, visible};
use proptest::prelude::*;

const SIDE: u32 = 24;

/// Paints every layer in its turn, an opaque one over all below; whose pixels are left shows where each layer is seen.
fn naive(layers: &[Cover]) -> Vec<Vec<(u32, u32)>> {
    let mut seen: Vec<Vec<(u32, u32)>> = vec![Vec::new(); layers.len()];
    for y in 0..SIDE {
        for x in 0..SIDE {
            let holds = |rect: Rect| rect.x0 <= x && x < rect.x1 && rect.y0 <= y && y < rect.y1;
            let mut here = Vec::new();
            for (index, layer) in layers.iter().enumerate().filter(|(_, layer)| holds(layer.rect)) {
                if layer.is_opaque {
                    here.clear();
                }
                here.push(index);
            }
            here.into_iter().for_each(|index| seen[index].push((y, x)));
        }
    }
    seen
}

/// Every pixel of the slabs, in the order in which they are painted.
fn pixels(slabs: &[Slab]) -> Vec<(u32, u32)> {
    let rows = slabs.iter().flat_map(|slab| (slab.y0..slab.y1).map(move |y| (slab, y)));
    let spans = rows.flat_map(|(slab, y)| slab.spans.iter().map(move |&span| (y, span)));
    spans.flat_map(|(y, (x0, x1))| (x0..x1).map(move |x| (y, x))).collect()
}

fn assert_well_formed(slabs: &[Slab]) {
    for slab in slabs {
        assert!(slab.y0 < slab.y1 && !slab.spans.is_empty(), "{slab:?}");
        assert!(slab.spans.iter().all(|&(x0, x1)| x0 < x1), "{slab:?}");
        assert!(slab.spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "apart and ascending: {slab:?}");
        let area: u64 = (slab.spans.iter().map(|&(x0, x1)| u64::from(x1 - x0)).sum::<u64>())
            * u64::from(slab.y1 - slab.y0);
        assert_eq!(slab.area(), area);
    }
    for pair in slabs.windows(2) {
        assert!(pair[0].y1 <= pair[1].y0, "rows ascend: {pair:?}");
        assert!(pair[0].y1 < pair[1].y0 || pair[0].spans != pair[1].spans, "one slab would do: {pair:?}");
    }
}

fn cover(x0: u32, y0: u32, x1: u32, y1: u32) -> Cover {
    Cover { rect: Rect::new(x0, y0, x1, y1), is_opaque: true }
}

fn layers() -> impl Strategy<Value = Vec<Cover>> {
    let axis = || (0..=SIDE, 0..=SIDE).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let layer = (axis(), axis(), prop::bool::weighted(0.7))
        .prop_map(|((x0, x1), (y0, y1), is_opaque)| Cover { rect: Rect::new(x0, y0, x1, y1), is_opaque });
    prop::collection::vec(layer, 0..18)
}

proptest! {
    #[test]
    fn visible_spans_are_the_pixels_that_a_painter_leaves(layers in layers()) {
        let found = visible(&layers);
        prop_assert_eq!(found.len(), layers.len());
        for (slabs, expected) in found.iter().zip(naive(&layers)) {
            assert_well_formed(slabs);
            // Equal lists: no pixel is missing, none is painted twice, and rows and columns ascend.
            prop_assert_eq!(pixels(slabs), expected);
        }
    }
}

#[test]
fn visible_a_hidden_layer_has_no_slab() {
    let found = visible(&[cover(2, 2, 6, 6), cover(0, 0, 6, 4), cover(2, 4, 8, 8)]);
    assert_eq!(found[0], []);
    assert_eq!(found[2], [Slab { y0: 4, y1: 8, spans: vec![(2, 8)] }]);
}

#[test]
fn visible_a_window_splits_rows_into_two_spans() {
    let found = visible(&[cover(0, 0, 10, 10), cover(4, 2, 6, 8)]);
    let slab = |y0, y1, spans: &[(u32, u32)]| Slab { y0, y1, spans: spans.to_vec() };
    assert_eq!(found[0], [slab(0, 2, &[(0, 10)]), slab(2, 8, &[(0, 4), (6, 10)]), slab(8, 10, &[(0, 10)])]);
}

#[test]
fn visible_a_transparent_layer_hides_nothing() {
    let glass = Cover { is_opaque: false, ..cover(0, 0, 10, 10) };
    let found = visible(&[cover(0, 0, 10, 10), glass]);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], [Slab { y0: 0, y1: 10, spans: vec![(0, 10)] }]);
}

#[test]
fn visible_the_canvas_under_a_full_grid_is_not_painted() {
    let mut layers = vec![cover(0, 0, 24, 24)];
    layers.extend((0..16).map(|index| {
        let (x, y) = (6 * (index % 4), 6 * (index / 4));
        cover(x, y, x + 6, y + 6)
    }));
    let found = visible(&layers);
    assert_eq!(found[0], []);
    assert!(found[1..].iter().all(|slabs| slabs.iter().map(Slab::area).sum::<u64>() == 36));
}

#[test]
fn visible_an_empty_layer_does_not_split_a_span() {
    let found = visible(&[cover(0, 0, 15, 1), cover(14, 0, 14, 1)]);
    assert_eq!(found, [vec![Slab { y0: 0, y1: 1, spans: vec![(0, 15)] }], vec![]]);
}
