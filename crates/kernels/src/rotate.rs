//! Pictures turned by quarter turns, in blocks of whole cache lines on both sides.

use std::ops::Range;

use crate::Level;
use crate::level::Instructions;
use crate::table::{Rows, RowsMut};

/// A quarter, half or three-quarter turn, clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The left column becomes the top row.
    Quarter,
    /// The last row becomes the first, reversed.
    Half,
    /// The right column becomes the top row.
    ThreeQuarters,
}

/// Turns a plane of `width` by `height` samples of `BYTES` each: 1, 2 or 4.
///
/// # Panics
/// Where a plane is too small.
pub fn rotate<const BYTES: usize>(
    level: Level,
    turn: Turn,
    from: Rows<'_>,
    (width, height): (usize, usize),
    mut onto: RowsMut<'_>,
) {
    const { assert!(matches!(BYTES, 1 | 2 | 4)) };
    if width == 0 || height == 0 {
        return;
    }
    let (out_width, out_height) = if turn == Turn::Half { (width, height) } else { (height, width) };
    from.assert_holds(width.saturating_mul(BYTES), height);
    onto.assert_holds(out_width.saturating_mul(BYTES), out_height);
    let mut plane = Plane { turn, from, size: (width, height), onto: &mut onto };
    // What whole registers have turned; plain code does the edges that are left.
    let (columns, rows) = match level.0 {
        Instructions::Scalar => (0, 0),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 | Instructions::Avx512 => crate::x86::avx2::rotate::<BYTES>(&mut plane),
    };
    plane.turn_plainly::<BYTES>(columns..out_width, 0..rows);
    plane.turn_plainly::<BYTES>(0..out_width, rows..out_height);
}

/// A plane to turn.
///
/// # Guarantees
/// `from` holds `size` samples, and `onto` those of a plane of that size that has been turned.
pub(crate) struct Plane<'a, 'b> {
    pub(crate) turn: Turn,
    pub(crate) from: Rows<'a>,
    /// Width and height.
    pub(crate) size: (usize, usize),
    pub(crate) onto: &'a mut RowsMut<'b>,
}

impl Plane<'_, '_> {
    /// Makes samples `columns` of rows `rows` of the result.
    fn turn_plainly<const BYTES: usize>(&mut self, columns: Range<usize>, rows: Range<usize>) {
        const TILE: usize = 32;
        let Self { turn, from, size: (width, height), .. } = *self;
        for tile_y in rows.clone().step_by(TILE) {
            for tile_x in columns.clone().step_by(TILE) {
                for y in tile_y..rows.end.min(tile_y + TILE) {
                    let columns = tile_x..columns.end.min(tile_x + TILE);
                    let out = &mut self.onto.data[y * self.onto.stride_bytes..];
                    let out = out[columns.start * BYTES..columns.end * BYTES].chunks_exact_mut(BYTES);
                    for (x, sample) in columns.zip(out) {
                        let (from_x, from_y) = match turn {
                            Turn::Quarter => (y, height - 1 - x),
                            Turn::Half => (width - 1 - x, height - 1 - y),
                            Turn::ThreeQuarters => (width - 1 - y, x),
                        };
                        sample.copy_from_slice(
                            &from.data[from_y * from.stride_bytes + from_x * BYTES..][..BYTES],
                        );
                    }
                }
            }
        }
    }
}
