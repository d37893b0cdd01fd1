//! x86: one folder a level.

#[macro_use]
mod drive;

pub(crate) mod avx2;
pub(crate) mod avx512;
mod rgba;

use crate::{NARROW_WEIGHT_BITS, ONE};

/// An alpha as `pmulhrsw` takes it: 15 bits after the point. That of an opaque sample does not fit, and is not used.
const fn half_open(alpha: i16) -> i16 {
    if alpha >= ONE { i16::MAX } else { 2 * alpha }
}

/// The tap that has all the weight, if one has: its row is taken as it is. `pmaddubsw` has no such weight.
fn whole_tap(weights: &[u8]) -> Option<usize> {
    weights.iter().position(|&weight| weight == 1 << NARROW_WEIGHT_BITS)
}

/// The weights of four rows, two to a 16-bit lane, as `pmaddubsw` takes them. A third row is beside -1.
fn row_weights(weights: &[u8]) -> [i16; 2] {
    match *weights {
        [a, b] => [i16::from_le_bytes([a, b]), 0],
        [a, b, c] => [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, 0xff])],
        [a, b, c, d] => [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d])],
        _ => [0, 0],
    }
}

/// A job's rows are fetched into the cache so many rows before they are read.
const ROWS_AHEAD: usize = 10;

/// Rows of the canvas are fetched so many rows before they are written.
const CANVAS_ROWS_AHEAD: usize = 4;

/// A weight of one half.
const HALF: u8 = 1 << (NARROW_WEIGHT_BITS - 1);

/// Stands for two rows that weigh the same, in the place of a number of taps.
const MEAN: usize = 0;

/// How many rows are fetched for each row that is made: as many as are new to most of them.
const fn rows_to_fetch(taps: usize) -> usize {
    match taps {
        MEAN => 2,
        1 | 2 => 1,
        _ => taps - 1,
    }
}
