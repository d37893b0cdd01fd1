//! Scaling by filters with negative weights: both passes straight onto the canvas, 16 bits between them.
//!
//! Such filters overshoot, so what lies between the passes is neither clamped nor rounded: sums of products with weights
//! of [`NARROW_WEIGHT_BITS`], less those of mid grey, which fit 16 bits where bytes are weighed in pairs. The second pass has
//! the weights of a [`ColumnTable`], rounds once and clamps.

use std::ops::Range;

use crate::blend::assert_alpha;
use crate::level::Instructions;
use crate::narrow::lay_sample;
use crate::shuffle::Shuffles;
use crate::table::{Rows, RowsMut, TableError, check, quantise, to_line};
use crate::{ColumnTable, Level, NARROW_WEIGHT_BITS, WEIGHT_BITS};

/// Taps of an output at most: with more, the rounding of the weights could be seen.
pub const MAX_SIGNED_TAPS: usize = 8;

/// Mid grey, which is taken away from what lies between the passes.
const GREY: i32 = 128;

/// From sums of the second pass to code values.
pub(crate) const SHIFT: u32 = NARROW_WEIGHT_BITS + WEIGHT_BITS;

/// What sums of the second pass begin with: a half, for rounding, and the grey that was taken away.
pub(crate) const BIAS: i32 = (1 << (SHIFT - 1)) + (GREY << SHIFT);

/// What sums of the first pass begin with.
pub(crate) const ROW_BIAS: i16 = -((GREY << NARROW_WEIGHT_BITS) as i16);

/// Two rows that are weighed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowPair {
    /// Which rows, from the output's first on.
    pub(crate) rows: [u8; 2],
    pub(crate) weights: [i8; 2],
}

/// Which rows make each row of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedRows {
    starts: Vec<u32>,
    taps: usize,
    /// `pairs_each` for each output.
    pairs: Vec<RowPair>,
    pairs_each: usize,
}

impl SignedRows {
    /// Makes a table of one start and `taps` weights for each output; weights of an output sum to 1.
    ///
    /// # Errors
    /// [`TableError`] where the numbers do not fit together, there are more than [`MAX_SIGNED_TAPS`], or sums of products
    /// might not fit 16 bits.
    pub fn new(starts: Vec<u32>, taps: usize, weights: &[f64]) -> Result<Self, TableError> {
        check(&starts, taps, weights)?;
        if taps > MAX_SIGNED_TAPS {
            return Err(TableError::NotSigned);
        }
        let rounded = quantise(weights, taps, NARROW_WEIGHT_BITS);
        let outputs: Option<Vec<Vec<RowPair>>> = rounded.chunks_exact(taps).map(pair_up).collect();
        let mut outputs = outputs.ok_or(TableError::NotSigned)?;
        let pairs_each = outputs.iter().map(Vec::len).max().unwrap_or(1);
        if pairs_each > MAX_SIGNED_TAPS / 2 {
            return Err(TableError::NotSigned);
        }
        let idle = RowPair { rows: [0, 0], weights: [0, 0] };
        outputs.iter_mut().for_each(|pairs| pairs.resize(pairs_each, idle));
        Ok(Self { starts, taps, pairs: outputs.concat(), pairs_each })
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

/// Pairs the largest weight with the smallest, and so on, so that no pair's sum passes 16 bits.
fn pair_up(weights: &[i32]) -> Option<Vec<RowPair>> {
    // What weighs more than a signed byte holds is weighed in two halves.
    let halves = |(row, &weight): (usize, &i32)| {
        let (half, rest) = (weight / 2, weight - weight / 2);
        let is_whole = i8::try_from(weight).is_ok();
        if is_whole {
            [Some((row as u8, weight)), None]
        } else {
            [Some((row as u8, half)), Some((row as u8, rest))]
        }
    };
    let mut taps: Vec<(u8, i32)> = weights.iter().enumerate().flat_map(halves).flatten().collect();
    taps.retain(|&(_, weight)| weight != 0);
    // Within 16 bits: the sum of all, whatever the samples, and that of each pair.
    let sum: i64 = taps.iter().map(|tap| i64::from(tap.1)).sum();
    let sum_of_sizes: i64 = taps.iter().map(|tap| i64::from(tap.1).abs()).sum();
    if sum != 1 << NARROW_WEIGHT_BITS || sum_of_sizes * i64::from(GREY) > i64::from(i16::MAX) {
        return None;
    }
    taps.sort_by_key(|&(row, weight)| (-weight, row));
    if !taps.len().is_multiple_of(2) {
        taps.push((taps[0].0, 0));
        taps.sort_by_key(|&(row, weight)| (-weight, row));
    }
    let (large, small) = taps.split_at(taps.len() / 2);
    let pair = |(&(a, large), &(b, small)): (&(u8, i32), &(u8, i32))| {
        let positive = large.max(0) + small.max(0);
        let negative = large.min(0) + small.min(0);
        let fits = positive * 255 <= i32::from(i16::MAX) && negative * 255 >= i32::from(i16::MIN);
        let weights = [i8::try_from(large).ok()?, i8::try_from(small).ok()?];
        fits.then_some(RowPair { rows: [a, b], weights })
    };
    large.iter().zip(small.iter().rev()).map(pair).collect()
}

/// Scales a rectangle of a plane onto a canvas, as [`crate::scale`] does.
///
/// `between` is room to work in: two rows of [`ColumnTable::row_len`], or of `columns.end`, each with 128 samples more.
///
/// # Panics
/// Where `from`, `onto`, `between` or a table is too short, columns have more than 32 taps or were made for another level, or
/// `alpha` is not `0..=ONE`.
pub fn scale_signed(
    level: Level,
    from: Rows<'_>,
    (row_table, rows): (&SignedRows, Range<usize>),
    (column_table, columns): (Option<&ColumnTable>, Range<usize>),
    alpha: i16,
    onto: RowsMut<'_>,
    between: &mut [i16],
) {
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    let (channels, reach) = match column_table {
        Some(table) => (table.channels(), table.reach(columns.clone())),
        None => (1, columns.clone()),
    };
    let pairs = rows.start * row_table.pairs_each..rows.end * row_table.pairs_each;
    let job = SignedJob {
        from,
        starts: &row_table.starts[rows],
        pairs: &row_table.pairs[pairs],
        pairs_each: row_table.pairs_each,
        reach: reach.start * channels..reach.end * channels,
        columns: column_table,
        outputs: columns.start * channels..columns.end * channels,
        alpha,
        onto,
        between: Between::new(between),
    };
    job.check(level, row_table.taps);
    match level.0 {
        Instructions::Scalar => scalar(job),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::scale_signed(job),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::scale_signed(job),
    }
}

/// Two rows between the passes, aligned to 64 bytes.
pub(crate) struct Between<'a> {
    samples: &'a mut [i16],
    /// Samples of each row.
    row_len: usize,
}

impl<'a> Between<'a> {
    fn new(samples: &'a mut [i16]) -> Self {
        let unaligned = to_line(samples);
        let samples = &mut samples[unaligned..];
        let row_len = samples.len() / 64 * 32;
        Self { samples, row_len }
    }

    /// Both rows, from one borrow.
    pub(crate) fn rows(&mut self) -> [*mut i16; 2] {
        let (first, second) = self.samples.split_at_mut(self.row_len);
        [first.as_mut_ptr(), second.as_mut_ptr()]
    }
}

/// A rectangle to scale.
///
/// # Guarantees
/// After [`SignedJob::check`]: every start is followed by the rows of its pairs, each with the bytes of `reach`; `between`
/// holds what windows touch and 64 samples more than `reach`; every row of `onto` holds the outputs.
pub(crate) struct SignedJob<'a> {
    pub(crate) from: Rows<'a>,
    pub(crate) starts: &'a [u32],
    pub(crate) pairs: &'a [RowPair],
    pub(crate) pairs_each: usize,
    /// Bytes of a row that are read.
    pub(crate) reach: Range<usize>,
    pub(crate) columns: Option<&'a ColumnTable>,
    /// Samples of the table that are made.
    pub(crate) outputs: Range<usize>,
    /// `0..=ONE`.
    pub(crate) alpha: i16,
    pub(crate) onto: RowsMut<'a>,
    pub(crate) between: Between<'a>,
}

impl<'a> SignedJob<'a> {
    fn check(&self, level: Level, taps: usize) {
        assert_alpha(self.alpha);
        let last_start = self.starts.last().map_or(0, |&start| start as usize);
        self.from.assert_holds(self.reach.end, last_start + taps);
        self.onto.assert_holds(self.outputs.len(), self.starts.len());
        let row_len = self.columns.map_or(self.reach.end, ColumnTable::row_len);
        assert!(self.between.row_len >= row_len + 64, "the rows between the passes are too short");
        if let Some(columns) = self.columns {
            columns.check(level, self.outputs.end);
            assert!(columns.is_short(), "columns have too many taps");
        }
    }

    /// The shuffles of the columns, where there are columns to scale.
    pub(crate) fn shuffles(&self) -> Option<&'a Shuffles> {
        self.columns.and_then(ColumnTable::shuffles)
    }
}

fn scalar(job: SignedJob<'_>) {
    let SignedJob { from, starts, pairs, pairs_each, reach, columns, outputs, alpha, onto, between } = job;
    let between = between.samples;
    let rows = starts.iter().zip(pairs.chunks_exact(pairs_each));
    for (index, (&start, pairs)) in rows.enumerate() {
        let made = &mut between[reach.clone()];
        made.fill(ROW_BIAS);
        for &RowPair { rows, weights } in pairs {
            let row = |row: u8| {
                &from.data[(start as usize + usize::from(row)) * from.stride_bytes..][reach.clone()]
            };
            let [wa, wb] = weights.map(i16::from);
            for ((sum, &a), &b) in made.iter_mut().zip(row(rows[0])).zip(row(rows[1])) {
                let pair = (i16::from(a)).wrapping_mul(wa).wrapping_add(i16::from(b).wrapping_mul(wb));
                *sum = sum.wrapping_add(pair);
            }
        }
        let canvas = &mut onto.data[index * onto.stride_bytes..][..outputs.len()];
        let lay = |below: &mut u8, sum: i32| *below = lay_sample(sum >> SHIFT, alpha, *below);
        match columns {
            Some(columns) => columns.each_sum(between, BIAS, outputs.start, canvas, lay),
            None => {
                for (below, &sample) in canvas.iter_mut().zip(&between[reach.clone()]) {
                    lay(below, (i32::from(sample) << WEIGHT_BITS) + BIAS);
                }
            }
        }
    }
}
