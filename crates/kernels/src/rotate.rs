//! Pictures turned by quarter turns, in tiles that fit the nearest cache.

use crate::table::Rows;

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

const TILE: usize = 32;

/// Turns a plane of `width` by `height` samples of `BYTES` each. Rows of `out` are `out_stride_bytes` apart.
///
/// # Panics
/// Where a plane is too small.
pub fn rotate<const BYTES: usize>(
    turn: Turn,
    rows: Rows<'_>,
    (width, height): (usize, usize),
    out: &mut [u8],
    out_stride_bytes: usize,
) {
    let (out_width, out_height) = if turn == Turn::Half { (width, height) } else { (height, width) };
    for tile_y in (0..out_height).step_by(TILE) {
        for tile_x in (0..out_width).step_by(TILE) {
            for y in tile_y..out_height.min(tile_y + TILE) {
                let columns = tile_x..out_width.min(tile_x + TILE);
                let out = &mut out[y * out_stride_bytes..][columns.start * BYTES..columns.end * BYTES];
                for (x, sample) in columns.zip(out.chunks_exact_mut(BYTES)) {
                    let (from_x, from_y) = match turn {
                        Turn::Quarter => (y, height - 1 - x),
                        Turn::Half => (width - 1 - x, height - 1 - y),
                        Turn::ThreeQuarters => (width - 1 - y, x),
                    };
                    sample
                        .copy_from_slice(&rows.data[from_y * rows.stride_bytes + from_x * BYTES..][..BYTES]);
                }
            }
        }
    }
}
