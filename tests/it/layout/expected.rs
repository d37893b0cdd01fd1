//! The tables of section 2 in whole numbers, and the rounding of section 5 without floating point.

use polyptych::{ColumnOrder, Rect, Size};

/// An edge as a fraction of a side: numerator and denominator.
pub type Fraction = (u64, u64);

/// Left, top, right and bottom edges of a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub left: Fraction,
    pub top: Fraction,
    pub right: Fraction,
    pub bottom: Fraction,
}

impl Cell {
    pub const WHOLE: Self = Self { left: (0, 1), top: (0, 1), right: (1, 1), bottom: (1, 1) };

    /// Edges counted in parts of the width and of the height.
    pub const fn new(parts: (u64, u64), left: u64, top: u64, right: u64, bottom: u64) -> Self {
        let (across, down) = parts;
        Self { left: (left, across), top: (top, down), right: (right, across), bottom: (bottom, down) }
    }

    pub fn pixels(self, canvas: Size) -> Rect {
        let (width, height) = (canvas.width(), canvas.height());
        Rect {
            x0: edge(self.left, width),
            y0: edge(self.top, height),
            x1: edge(self.right, width),
            y1: edge(self.bottom, height),
        }
    }
}

/// The nearest even pixel, ties upward; the side itself from half a pixel before it on.
///
/// With p = num · side / den: ⌊p + 1/2⌋ = ⌊(2 · num · side + den) / (2 · den)⌋, and 2 · ⌊(p + 1) / 2⌋ likewise.
/// No fraction of a preset comes nearer than 1/1000 px to a tie without being one, so the slack of a millionth does nothing here.
pub fn edge((num, den): Fraction, side: u32) -> u32 {
    let side = u64::from(side);
    let nearest = (2 * num * side + den) / (2 * den);
    let edge = if nearest >= side { side } else { (2 * ((num * side + den) / (2 * den))).min(side) };
    u32::try_from(edge).expect("at most the side")
}

/// Floating: the first user everywhere, the others in thousandths from the bottom left.
pub fn floating(count: usize) -> Vec<Cell> {
    let small = |index: u64| {
        let (left, top) = (12 + 247 * (index % 4), 1000 - 247 * (index / 4 + 1));
        Cell::new((1000, 1000), left, top, left + 235, top + 235)
    };
    let smalls = (count.clamp(1, 17) - 1) as u64;
    let all = std::iter::once(Cell::WHOLE).chain((0..smalls).map(small));
    all.take(count).collect()
}

/// Best fit: columns and rows by the number of users, 17 in tenths and fifths.
pub fn best_fit(count: usize) -> Vec<Cell> {
    let (columns, rows) = match count {
        0 => return Vec::new(),
        1 => (1, 1),
        2 => (2, 1),
        3 | 4 => (2, 2),
        5..=9 => (3, 3),
        10..=16 => (4, 4),
        _ => {
            let (lefts, tops) = ([1, 3, 5, 7], [0, 1, 2, 3]);
            let rows = tops.into_iter().flat_map(|top| lefts.map(|left| (left, top)));
            let all = rows.chain([(4, 4)]);
            return all.map(|(left, top)| Cell::new((10, 5), left, top, left + 2, top + 1)).collect();
        }
    };
    let cells = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    cells.take(count).map(|(x, y)| Cell::new((columns, rows), x, y, x + 1, y + 1)).collect()
}

/// Vertical: the large area, then the small ones that find a place.
pub fn vertical(smalls: usize, order: ColumnOrder) -> Vec<Cell> {
    let column = |rows: u64, columns: u64, x: u64| {
        (0..rows).map(move |y| Cell::new((columns, rows), x, y, x + 1, y + 1))
    };
    let (large, places): (Cell, Vec<Cell>) = match smalls {
        0..=4 => (Cell::new((5, 1), 0, 0, 4, 1), column(4, 5, 4).collect()),
        5..=6 => (Cell::new((7, 1), 0, 0, 6, 1), column(6, 7, 6).collect()),
        7..=8 => (Cell::new((9, 1), 0, 0, 8, 1), column(8, 9, 8).collect()),
        _ => {
            let (outer, inner) = (column(8, 10, 9), column(8, 10, 8));
            let places = match order {
                ColumnOrder::OuterFirst => outer.chain(inner),
                ColumnOrder::InnerFirst => inner.chain(outer),
            };
            (Cell::new((5, 1), 0, 0, 4, 1), places.collect())
        }
    };
    std::iter::once(large).chain(places.into_iter().take(smalls)).collect()
}
