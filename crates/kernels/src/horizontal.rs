//! The second pass of a filter: a wide row becomes a wide row of another length.

use crate::level::Instructions;
use crate::vertical::{MAX_SHORT_TAPS, quantise, saturate};
use crate::{LONG_WEIGHT_BITS, Level, WEIGHT_BITS};

/// Which samples of a row make each sample of the result, and with which weights.
///
/// Weights lie by pairs of taps: first those of taps 0 and 1 for all outputs, then those of taps 2 and 3, and so on,
/// as multiply-add instructions read them. An odd last tap is paired with a weight of 0.
///
/// # Guarantees
/// Starts never decrease, so the first and the last output of a span bound the samples that it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnTable {
    starts: Vec<i32>,
    pairs: usize,
    /// The most samples from a start to the third one after it: how far apart four neighbours read.
    spread: usize,
    weights: Weights,
}

#[derive(Clone, Debug, PartialEq)]
enum Weights {
    Short(Vec<[i16; 2]>),
    Long(Vec<[i32; 2]>),
}

/// Why numbers do not make a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// There are no taps, or not as many weights as starts and taps ask for.
    WeightCount,
    /// A start lies before the one of the output to its left, or beyond 2³⁰.
    Starts,
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WeightCount => "not as many weights as outputs and taps ask for",
            Self::Starts => "starts must not decrease nor pass 2^30",
        })
    }
}

impl std::error::Error for TableError {}

impl ColumnTable {
    /// Makes a table of one start and `taps` weights for each output; weights of an output should sum to 1.
    ///
    /// # Errors
    /// [`TableError`] where the numbers do not fit together.
    pub fn new(starts: &[u32], taps: usize, weights: &[f64]) -> Result<Self, TableError> {
        if taps == 0 || starts.len().checked_mul(taps) != Some(weights.len()) {
            return Err(TableError::WeightCount);
        }
        if !starts.is_sorted() || starts.last().is_some_and(|&start| start > 1 << 30) {
            return Err(TableError::Starts);
        }
        let weights = if taps > MAX_SHORT_TAPS {
            Weights::Long(by_pairs(&quantise(weights, taps, LONG_WEIGHT_BITS), taps))
        } else {
            let pairs = by_pairs(&quantise(weights, taps, WEIGHT_BITS), taps);
            Weights::Short(pairs.iter().map(|pair| pair.map(|weight| weight as i16)).collect())
        };
        let spread = starts.windows(4).map(|four| four[3] - four[0]).max().unwrap_or(0) as usize;
        let starts = starts.iter().map(|&start| start as i32).collect();
        Ok(Self { starts, pairs: taps.div_ceil(2), spread, weights })
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The samples that outputs `first..first + count` read. Where taps are odd this is one more than has weight.
    ///
    /// # Panics
    /// Where the table has no such outputs or `count` is 0.
    #[must_use]
    pub fn reach(&self, first: usize, count: usize) -> std::ops::Range<usize> {
        let end = self.starts[first + count - 1] as usize + 2 * self.pairs;
        self.starts[first] as usize..end
    }

    /// The part that makes outputs `first..first + count`; `weights` are the table's own.
    fn taps<'a, W>(&'a self, weights: &'a [[W; 2]], first: usize, count: usize) -> Taps<'a, W> {
        let (starts, weights) = (&self.starts[first..first + count], &weights[first..]);
        Taps { starts, weights, pairs: self.pairs, pitch: self.count(), spread: self.spread }
    }
}

fn by_pairs(weights: &[i32], taps: usize) -> Vec<[i32; 2]> {
    let pair = |output: &[i32], tap: usize| [output[tap], output.get(tap + 1).copied().unwrap_or(0)];
    (0..taps)
        .step_by(2)
        .flat_map(|tap| weights.chunks_exact(taps).map(move |output| pair(output, tap)))
        .collect()
}

/// Makes outputs `first..` of a table, as many as `out` holds, from a wide row of `CHANNELS` interleaved channels.
///
/// `row` starts at the sample where [`ColumnTable::reach`] of these outputs starts, and holds them all.
/// Channels are 1, 2 or 4.
///
/// # Panics
/// Where `row` is too short, the table has no such outputs, or channels are another number.
pub fn horizontal<const CHANNELS: usize>(
    level: Level,
    row: &[i16],
    table: &ColumnTable,
    first: usize,
    out: &mut [i16],
) {
    // Named functions, so that they are compiled here and not, as generic ones are, in the caller's crate.
    match CHANNELS {
        1 => one_channel(level, row, table, first, out),
        2 => two_channels(level, row, table, first, out),
        4 => four_channels(level, row, table, first, out),
        _ => unreachable!("1, 2 or 4 channels"),
    }
}

fn one_channel(level: Level, row: &[i16], table: &ColumnTable, first: usize, out: &mut [i16]) {
    span::<1>(level, row, table, first, out);
}

fn two_channels(level: Level, row: &[i16], table: &ColumnTable, first: usize, out: &mut [i16]) {
    span::<2>(level, row, table, first, out);
}

fn four_channels(level: Level, row: &[i16], table: &ColumnTable, first: usize, out: &mut [i16]) {
    span::<4>(level, row, table, first, out);
}

fn span<const CHANNELS: usize>(
    level: Level,
    row: &[i16],
    table: &ColumnTable,
    first: usize,
    out: &mut [i16],
) {
    let count = out.len() / CHANNELS;
    if count == 0 {
        return;
    }
    let reach = table.reach(first, count);
    let row = &row[..reach.len() * CHANNELS];
    match &table.weights {
        Weights::Short(weights) => {
            let taps = table.taps(weights, first, count);
            match level.0 {
                Instructions::Scalar => short::<CHANNELS>(row, taps, out),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx2 => crate::x86::horizontal::<CHANNELS>(row, taps, out),
            }
        }
        Weights::Long(weights) => long::<CHANNELS>(row, table.taps(weights, first, count), out),
    }
}

/// The part of a table that makes one span.
///
/// # Guarantees
/// Starts never decrease; every start less the first, plus two times `pairs`, is at most the samples of the span's row.
#[derive(Clone, Copy)]
pub(crate) struct Taps<'a, W> {
    /// One a output.
    pub starts: &'a [i32],
    /// From the first output's first pair on; pair `p` of output `i` is at `p * pitch + i`.
    pub weights: &'a [[W; 2]],
    pub pairs: usize,
    pub pitch: usize,
    /// No start lies further from the third one before it.
    pub spread: usize,
}

#[inline(always)]
pub(crate) fn short<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) {
    let origin = taps.starts[0];
    for (index, (out, &start)) in out.chunks_exact_mut(CHANNELS).zip(taps.starts).enumerate() {
        let start = (start - origin) as usize * CHANNELS;
        for (channel, out) in out.iter_mut().enumerate() {
            let mut sum = 1 << (WEIGHT_BITS - 1);
            for pair in 0..taps.pairs {
                let [wa, wb] = taps.weights[pair * taps.pitch + index];
                let at = start + 2 * pair * CHANNELS + channel;
                sum += i32::from(row[at]) * i32::from(wa) + i32::from(row[at + CHANNELS]) * i32::from(wb);
            }
            *out = saturate(i64::from(sum >> WEIGHT_BITS));
        }
    }
}

fn long<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i32>, out: &mut [i16]) {
    let origin = taps.starts[0];
    for (index, (out, &start)) in out.chunks_exact_mut(CHANNELS).zip(taps.starts).enumerate() {
        let start = (start - origin) as usize * CHANNELS;
        for (channel, out) in out.iter_mut().enumerate() {
            let mut sum = 1_i64 << (LONG_WEIGHT_BITS - 1);
            for pair in 0..taps.pairs {
                let [wa, wb] = taps.weights[pair * taps.pitch + index];
                let at = start + 2 * pair * CHANNELS + channel;
                sum += i64::from(row[at]) * i64::from(wa) + i64::from(row[at + CHANNELS]) * i64::from(wb);
            }
            *out = saturate(sum >> LONG_WEIGHT_BITS);
        }
    }
}
