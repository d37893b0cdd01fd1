//! What tables of filters have in common: rows of samples, the rounding of weights, the numbers that make no table.

use std::ops::Range;

use crate::Level;

/// Samples in rows, a fixed number of bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// From the first sample of the first row on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride_bytes: usize,
}

impl Rows<'_> {
    /// Asserts that there are so many rows of so many bytes.
    pub(crate) fn assert_holds(&self, width_bytes: usize, height: usize) {
        let Self { data, stride_bytes } = *self;
        assert!(holds(data.len(), stride_bytes, width_bytes, height), "rows hold too few samples");
    }
}

/// Samples in rows to be written, a fixed number of bytes apart.
#[derive(Debug)]
pub struct RowsMut<'a> {
    /// From the first sample of the first row on.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride_bytes: usize,
}

impl RowsMut<'_> {
    /// The same samples, to be read.
    #[must_use]
    pub const fn as_rows(&self) -> Rows<'_> {
        Rows { data: self.data, stride_bytes: self.stride_bytes }
    }

    /// The same samples, to be written and then had again.
    #[must_use]
    pub const fn reborrow(&mut self) -> RowsMut<'_> {
        RowsMut { data: self.data, stride_bytes: self.stride_bytes }
    }

    /// Asserts that there are so many rows of so many bytes.
    pub(crate) fn assert_holds(&self, width_bytes: usize, height: usize) {
        let is_large = holds(self.data.len(), self.stride_bytes, width_bytes, height);
        assert!(is_large, "the canvas holds too few samples");
        assert!(height <= 1 || self.stride_bytes >= width_bytes, "the canvas's rows overlap");
    }
}

/// Whether `data_len` bytes hold `height` rows of `width_bytes`, a stride apart.
///
/// Checked: a stride that makes the end wrap around must not pass for a short picture.
fn holds(data_len: usize, stride_bytes: usize, width_bytes: usize, height: usize) -> bool {
    let last = height.saturating_sub(1).checked_mul(stride_bytes);
    height == 0 || last.and_then(|last| last.checked_add(width_bytes)).is_some_and(|end| end <= data_len)
}

/// Why numbers do not make a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// There are no taps, or not as many weights as starts and taps ask for.
    WeightCount,
    /// A start lies before the one of the output before it, or beyond 2²⁸.
    Starts,
    /// There are neither 1 nor 2 nor 4 channels.
    Channels,
    /// There are too many taps for bytes, a weight is negative, or those of an output do not sum to 1.
    NotNarrow,
    /// There are too many taps for weights of a byte, their sums might not fit 16 bits, or those of an output do not sum to 1.
    NotSigned,
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WeightCount => "not as many weights as outputs and taps ask for",
            Self::Starts => "starts must not decrease nor pass 2^28",
            Self::Channels => "a row has 1, 2 or 4 channels",
            Self::NotNarrow => "a filter in bytes takes at most 4 taps, none negative, that sum to 1",
            Self::NotSigned => {
                "a filter with weights of a byte takes at most 8 taps, not too large, that sum to 1"
            }
        })
    }
}

impl std::error::Error for TableError {}

/// Which samples of a row each output reads, for one level and number of channels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reads {
    pub(crate) level: Level,
    pub(crate) channels: usize,
    pub(crate) starts: Vec<u32>,
    pub(crate) taps: usize,
}

impl Reads {
    /// Whether all fits together, `taps` weights for each output included.
    pub(crate) fn new(
        level: Level,
        channels: usize,
        starts: Vec<u32>,
        taps: usize,
        weights: &[f64],
    ) -> Result<Self, TableError> {
        check(&starts, taps, weights)?;
        if !matches!(channels, 1 | 2 | 4) {
            return Err(TableError::Channels);
        }
        Ok(Self { level, channels, starts, taps })
    }

    /// The samples, of all channels each, that outputs read.
    pub(crate) fn reach(&self, outputs: Range<usize>) -> Range<usize> {
        self.starts[outputs.start] as usize..self.starts[outputs.end - 1] as usize + self.taps
    }

    /// Samples of a row, of every channel, up to the last that is read.
    pub(crate) fn row_len(&self) -> usize {
        self.starts.last().map_or(0, |&start| start as usize + self.taps) * self.channels
    }

    /// Asserts that samples before `end`, of every channel, can be made on a level.
    pub(crate) fn check(&self, level: Level, end: usize) {
        assert!(self.level == level, "columns were made for {}", self.level.name());
        assert!(end <= self.starts.len() * self.channels, "the table has fewer outputs");
    }
}

/// Whether starts, taps and weights fit together.
pub(crate) fn check(starts: &[u32], taps: usize, weights: &[f64]) -> Result<(), TableError> {
    if taps == 0 || starts.len().checked_mul(taps) != Some(weights.len()) {
        return Err(TableError::WeightCount);
    }
    if !starts.is_sorted() || starts.last().is_some_and(|&start| start > 1 << 28) {
        return Err(TableError::Starts);
    }
    Ok(())
}

/// Elements before the first that begins a cache line; where that cannot be known, none, and nothing but speed depends on it.
pub(crate) fn to_line<T>(row: &[T]) -> usize {
    let offset = row.as_ptr().align_offset(64);
    if offset <= row.len() { offset } else { 0 }
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
