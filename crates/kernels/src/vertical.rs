//! The first pass of a filter: a few rows of samples become one wide row.
//!
//! Rows come first because they lie as they are read: a weighted sum of rows needs no shuffling, and the row that it
//! makes stays in the first-level cache for the second pass.

use crate::level::Instructions;
use crate::table::{Rows, TableError, check, quantise};
use crate::{FRACTION_BITS, LONG_WEIGHT_BITS, Level};

/// Tables of more taps keep finer weights: their weights are so small that fewer bits would not tell them apart.
pub(crate) const MAX_SHORT_TAPS: usize = 32;

/// Bits of a row's weight: 1.0 is `1 << ROW_WEIGHT_BITS`. A weight below 2 is two signed bytes then, of 7 bits the lower.
pub(crate) const ROW_WEIGHT_BITS: u32 = 13;

/// From a sum of products to a wide sample.
pub(crate) const ROW_SHIFT: u32 = ROW_WEIGHT_BITS - FRACTION_BITS;

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
    /// # Errors
    /// [`TableError`] where the numbers do not fit together.
    pub fn new(starts: Vec<u32>, taps: usize, weights: &[f64]) -> Result<Self, TableError> {
        check(&starts, taps, weights)?;
        let weights = if taps > MAX_SHORT_TAPS {
            Weights::Long(quantise(weights, taps, LONG_WEIGHT_BITS))
        } else {
            // Within what two signed bytes hold; no filter weighs more.
            let largest = (1 << (ROW_WEIGHT_BITS + 1)) - 1;
            let weights = quantise(weights, taps, ROW_WEIGHT_BITS);
            Weights::Short(weights.iter().map(|&weight| weight.clamp(-largest, largest) as i16).collect())
        };
        Ok(Self { starts, taps, weights })
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The first row that output `index` is made of.
    #[must_use]
    pub fn start(&self, index: usize) -> usize {
        self.starts[index] as usize
    }
}

/// Makes output `index` of a table from `rows`, the first of which is the output's first one: wide, `out.len()` samples.
///
/// # Panics
/// Where `rows` holds too few samples or the table has no such output.
pub fn vertical(level: Level, rows: Rows<'_>, table: &RowTable, index: usize, out: &mut [i16]) {
    assert!(index < table.count(), "the table has fewer outputs");
    let range = index * table.taps..(index + 1) * table.taps;
    rows.assert_holds(out.len(), table.taps);
    match &table.weights {
        Weights::Short(weights) => match level.0 {
            Instructions::Scalar => short(rows, &weights[range], out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => crate::x86::avx2::vertical(rows, &weights[range], out),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => crate::x86::avx512::vertical(rows, &weights[range], out),
        },
        Weights::Long(weights) => long(rows, &weights[range], out),
    }
}

pub(crate) fn short(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    // In pieces that stay in registers or the nearest cache while the taps are added up.
    for (piece_index, piece) in out.chunks_mut(64).enumerate() {
        let mut sums = [1_i32 << (ROW_SHIFT - 1); 64];
        for (tap, &weight) in weights.iter().enumerate() {
            let row = &rows.data[tap * rows.stride_bytes + piece_index * 64..][..piece.len()];
            for (sum, &sample) in sums.iter_mut().zip(row) {
                *sum += i32::from(sample) * i32::from(weight);
            }
        }
        for (out, sum) in piece.iter_mut().zip(sums) {
            *out = (sum >> ROW_SHIFT).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
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
