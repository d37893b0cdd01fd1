//! The first pass of a filter: a few rows of samples become one wide row.
//!
//! Rows come first because they lie as they are read: a weighted sum of rows needs no shuffling, and the row that it
//! makes stays in the first-level cache for the second pass.

use crate::level::Instructions;
use crate::{FRACTION_BITS, LONG_WEIGHT_BITS, Level, WEIGHT_BITS};

/// Tables of more taps keep finer weights: their weights are so small that 14 bits would not tell them apart.
pub(crate) const MAX_SHORT_TAPS: usize = 32;

/// Which rows make each row of the result, and with which weights.
#[derive(Clone, Debug, PartialEq)]
pub struct RowTable {
    starts: Vec<u32>,
    taps: usize,
    weights: Weights,
}

#[derive(Clone, Debug, PartialEq)]
enum Weights {
    Short(Vec<i16>),
    Long(Vec<i32>),
}

impl RowTable {
    /// Makes a table of one start and `taps` weights for each output; weights of an output should sum to 1.
    ///
    /// # Panics
    /// Where `taps` is 0 or there are not `taps` weights for each start.
    #[must_use]
    pub fn new(starts: Vec<u32>, taps: usize, weights: &[f64]) -> Self {
        let is_whole = taps > 0 && starts.len().checked_mul(taps) == Some(weights.len());
        assert!(is_whole, "{taps} weights for each output");
        let weights = if taps > MAX_SHORT_TAPS {
            Weights::Long(quantise(weights, taps, LONG_WEIGHT_BITS))
        } else {
            Weights::Short(quantise(weights, taps, WEIGHT_BITS).iter().map(|&weight| weight as i16).collect())
        };
        Self { starts, taps, weights }
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Rows that each output is made of.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// The first row that output `index` is made of.
    #[must_use]
    pub fn start(&self, index: usize) -> usize {
        self.starts[index] as usize
    }
}

/// Rounds weights so that those of each output still sum to exactly 1: what is left over goes to the largest weights.
pub(crate) fn quantise(weights: &[f64], taps: usize, bits: u32) -> Vec<i32> {
    let one = f64::from(1 << bits);
    let mut rounded: Vec<i32> = weights.iter().map(|&weight| (weight * one + 0.5).floor() as i32).collect();
    for (output, exact) in rounded.chunks_exact_mut(taps).zip(weights.chunks_exact(taps)) {
        let mut rest = output.iter().fold(1 << bits, |rest: i32, weight| rest.wrapping_sub(*weight));
        // Rounding leaves at most half a step a tap. Weights that do not sum to 1 stay as they are but for that.
        for _ in 0..taps {
            if rest == 0 {
                break;
            }
            let step = rest.signum();
            // The weight whose rounding was farthest off in that direction; the first of equals.
            let off = |tap: usize| (exact[tap] * one - f64::from(output[tap])) * f64::from(step);
            let worst = (0..taps).fold(0, |best, tap| if off(tap) > off(best) { tap } else { best });
            output[worst] = output[worst].wrapping_add(step);
            rest -= step;
        }
    }
    rounded
}

/// Samples in rows, a fixed number of bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// From the first sample of the first row on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride_bytes: usize,
}

/// Makes output `index` of a table from `rows`, the first of which is the output's first one: wide, `out.len()` samples.
///
/// # Panics
/// Where `rows` holds too few samples or the table has no such output.
pub fn vertical(level: Level, rows: Rows<'_>, table: &RowTable, index: usize, out: &mut [i16]) {
    let range = index * table.taps..(index + 1) * table.taps;
    match &table.weights {
        Weights::Short(weights) => match level.0 {
            Instructions::Scalar => short(rows, &weights[range], out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => crate::x86::vertical(rows, &weights[range], out),
        },
        Weights::Long(weights) => long(rows, &weights[range], out),
    }
}

/// One tap: a product in 7 more bits, rounded to a wide sample. The bits are those of `pmulhrsw`.
#[inline(always)]
fn product(sample: u8, weight: i16) -> i16 {
    let product = (i32::from(sample) << 7) * i32::from(weight);
    ((product + (1 << 14)) >> 15) as i16
}

#[inline(always)]
pub(crate) fn short(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    let row = |tap: usize| &rows.data[tap * rows.stride_bytes..][..out.len()];
    match *weights {
        [_] => {
            let a = row(0);
            for (out, &a) in out.iter_mut().zip(a) {
                *out = i16::from(a) << FRACTION_BITS;
            }
        }
        [wa, wb] => {
            let (a, b) = (row(0), row(1));
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = product(a, wa).wrapping_add(product(b, wb));
            }
        }
        [wa, wb, wc] => {
            let (a, b, c) = (row(0), row(1), row(2));
            for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
                *out = product(a, wa).wrapping_add(product(b, wb)).wrapping_add(product(c, wc));
            }
        }
        _ => {
            // In pieces that stay in registers or the nearest cache while the taps are added up.
            for (piece_index, piece) in out.chunks_mut(64).enumerate() {
                piece.fill(0);
                for (tap, &weight) in weights.iter().enumerate() {
                    let row = &rows.data[tap * rows.stride_bytes + piece_index * 64..][..piece.len()];
                    for (out, &sample) in piece.iter_mut().zip(row) {
                        *out = out.wrapping_add(product(sample, weight));
                    }
                }
            }
        }
    }
}

fn long(rows: Rows<'_>, weights: &[i32], out: &mut [i16]) {
    const SHIFT: u32 = LONG_WEIGHT_BITS - FRACTION_BITS;
    for (piece_index, piece) in out.chunks_mut(64).enumerate() {
        let mut sums = [1_i64 << (SHIFT - 1); 64];
        for (tap, &weight) in weights.iter().enumerate() {
            let row = &rows.data[tap * rows.stride_bytes + piece_index * 64..][..piece.len()];
            for (sum, &sample) in sums.iter_mut().zip(row) {
                *sum += i64::from(sample) * i64::from(weight);
            }
        }
        for (out, sum) in piece.iter_mut().zip(sums) {
            *out = saturate(sum >> SHIFT);
        }
    }
}

/// The nearest wide sample that can be expressed.
pub(crate) fn saturate(value: i64) -> i16 {
    value.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
}
