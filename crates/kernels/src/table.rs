//! What tables of filters have in common: rows of samples, the rounding of weights, the numbers that make no table.

/// Samples in rows, a fixed number of bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// From the first sample of the first row on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride_bytes: usize,
}

/// Samples in rows to be written, a fixed number of bytes apart.
#[derive(Debug)]
pub struct RowsMut<'a> {
    /// From the first sample of the first row on.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride_bytes: usize,
}

impl Rows<'_> {
    /// Whether there are `taps` rows from each start on, each with `bytes` bytes.
    pub(crate) fn hold(&self, starts: &[u32], taps: usize, bytes: usize) -> bool {
        let last_row = starts.iter().max().map_or(0, |&start| start as usize) + taps - 1;
        ends_within(self.data, self.stride_bytes, last_row, bytes)
    }
}

impl RowsMut<'_> {
    /// Whether there are `rows` rows, one at least, each with `bytes` bytes.
    pub(crate) fn hold(&self, rows: usize, bytes: usize) -> bool {
        ends_within(self.data, self.stride_bytes, rows - 1, bytes)
    }
}

fn ends_within(data: &[u8], stride_bytes: usize, last_row: usize, bytes: usize) -> bool {
    // Checked: a stride that makes the end wrap around must not pass for a short picture.
    let end = last_row.checked_mul(stride_bytes).and_then(|last| last.checked_add(bytes));
    end.is_some_and(|end| end <= data.len())
}

/// Why numbers do not make a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// There are no taps, or not as many weights as starts and taps ask for.
    WeightCount,
    /// A start lies before the one of the output before it, or beyond 2²⁸.
    Starts,
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
            Self::NotNarrow => "a filter in bytes takes at most 4 taps, none negative, that sum to 1",
            Self::NotSigned => {
                "a filter with weights of a byte takes at most 8 taps, not too large, that sum to 1"
            }
        })
    }
}

impl std::error::Error for TableError {}

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
