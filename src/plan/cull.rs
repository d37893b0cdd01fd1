//! What of each layer can be seen: spans of rows that no opaque layer above covers.

use crate::geometry::Rect;

/// A layer to be painted, as far as hiding goes.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    /// Its pixels.
    pub rect: Rect,
    /// Whether nothing below shows through.
    pub is_opaque: bool,
}

/// Rows of a layer that show in the same columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slab {
    /// First row.
    pub y0: u32,
    /// Row after the last.
    pub y1: u32,
    /// Half-open, ascending, apart from each other, not empty.
    pub spans: Vec<(u32, u32)>,
}

impl Slab {
    /// Pixels of the slab.
    #[must_use]
    pub fn area(&self) -> u64 {
        let width: u64 = self.spans.iter().map(|&(x0, x1)| u64::from(x1 - x0)).sum();
        width * u64::from(self.y1 - self.y0)
    }
}

/// Finds the visible slabs of each layer; `layers` are bottom first. A hidden layer has none.
#[must_use]
pub fn visible(layers: &[Cover]) -> Vec<Vec<Slab>> {
    let mut edges: Vec<u32> = layers.iter().flat_map(|layer| [layer.rect.y0, layer.rect.y1]).collect();
    edges.sort_unstable();
    edges.dedup();
    layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            if layer.rect.is_empty() {
                return Vec::new();
            }
            let above = &layers[index + 1..];
            let rows = edges.windows(2).filter(|rows| rows[0] >= layer.rect.y0 && rows[1] <= layer.rect.y1);
            let mut slabs: Vec<Slab> = Vec::new();
            for rows in rows {
                let spans = uncovered(layer.rect, above, rows[0]);
                match slabs.last_mut() {
                    Some(last) if last.y1 == rows[0] && last.spans == spans => last.y1 = rows[1],
                    _ if spans.is_empty() => {}
                    _ => slabs.push(Slab { y0: rows[0], y1: rows[1], spans }),
                }
            }
            slabs
        })
        .collect()
}

/// The columns of `rect` that no opaque layer of `above` covers in row `y`.
fn uncovered(rect: Rect, above: &[Cover], y: u32) -> Vec<(u32, u32)> {
    let hides = |cover: &&Cover| {
        let rect = cover.rect;
        cover.is_opaque && !rect.is_empty() && rect.y0 <= y && y < rect.y1
    };
    let mut covered: Vec<(u32, u32)> =
        above.iter().filter(hides).map(|cover| (cover.rect.x0, cover.rect.x1)).collect();
    covered.sort_unstable();
    let mut spans = Vec::new();
    let mut x = rect.x0;
    for (x0, x1) in covered {
        if x0 > x && x < rect.x1 {
            spans.push((x, x0.min(rect.x1)));
        }
        x = x.max(x1);
    }
    if x < rect.x1 {
        spans.push((x, rect.x1));
    }
    spans
}
