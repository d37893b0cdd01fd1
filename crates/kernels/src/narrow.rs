//! Scaling in bytes: both passes of filters with few weights, none negative, straight onto the canvas.
//!
//! Such filters neither overshoot nor need fine weights: weights of [`NARROW_WEIGHT_BITS`] keep a sum of products within
//! 16 bits, so that one instruction makes two taps of as many samples as a register has 16-bit lanes. Rows come first:
//! a weighted sum of rows needs no shuffling, and the row that it makes stays in the nearest cache for the second pass.
//!
//! Both passes round to whole code values: the first halves down, the second halves up, so that a picture gets neither
//! darker nor brighter. Halves are frequent where the scale is a simple ratio.

use std::ops::Range;

use crate::blend::assert_alpha;
use crate::horizontal::interleaved;
use crate::level::Instructions;
use crate::shuffle::{Reach, Shuffles, Tap};
use crate::table::{Reads, Rows, RowsMut, TableError, check, quantise, to_line};
use crate::{Level, ONE, WEIGHT_BITS};

/// Bits of a weight of filters that are computed in bytes: 1.0 is `1 << NARROW_WEIGHT_BITS`.
pub const NARROW_WEIGHT_BITS: u32 = 7;

/// Taps of an output at most: with more, the rounding of the weights could be seen.
pub const MAX_NARROW_TAPS: usize = 4;

/// Whether a filter with these weights, `taps` an output, can be computed in bytes.
#[must_use]
pub fn is_narrow(taps: usize, weights: &[f64]) -> bool {
    taps <= MAX_NARROW_TAPS && weights.iter().all(|&weight| weight >= 0.0)
}

/// Which rows make each row of the result, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct NarrowRows {
    starts: Vec<u32>,
    taps: usize,
    /// `taps` an output.
    weights: Vec<u8>,
}

impl NarrowRows {
    /// Makes a table of one start and `taps` weights for each output; weights of an output sum to 1.
    ///
    /// # Errors
    /// [`TableError`] where the numbers do not fit together or [`is_narrow`] says no.
    pub fn new(starts: Vec<u32>, taps: usize, weights: &[f64]) -> Result<Self, TableError> {
        check(&starts, taps, weights)?;
        Ok(Self { starts, taps, weights: narrow_weights(taps, weights)? })
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

fn narrow_weights(taps: usize, weights: &[f64]) -> Result<Vec<u8>, TableError> {
    if !is_narrow(taps, weights) {
        return Err(TableError::NotNarrow);
    }
    let rounded = quantise(weights, taps, NARROW_WEIGHT_BITS);
    let sum = |output: &[i32]| output.iter().map(|&weight| i64::from(weight)).sum::<i64>();
    if rounded.chunks_exact(taps).any(|output| sum(output) != 1 << NARROW_WEIGHT_BITS) {
        return Err(TableError::NotNarrow);
    }
    rounded.iter().map(|&weight| u8::try_from(weight).map_err(|_| TableError::NotNarrow)).collect()
}

/// Which samples of a row make each sample of the result, in bytes, for one level and number of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct NarrowColumns {
    reads: Reads,
    /// As many an output as taps.
    weights: Vec<u8>,
    shuffles: Option<Shuffles>,
}

impl NarrowColumns {
    /// Makes a table of one start and `taps` weights for each output, for rows of `channels` interleaved channels.
    ///
    /// # Errors
    /// [`TableError`] where the numbers do not fit together or [`is_narrow`] says no.
    pub fn new(
        level: Level,
        channels: usize,
        starts: Vec<u32>,
        taps: usize,
        weights: &[f64],
    ) -> Result<Self, TableError> {
        let reads = Reads::new(level, channels, starts, taps, weights)?;
        let weights = narrow_weights(taps, weights)?;
        let shuffles = Reach::of(level.0, 1).map(|reach| {
            let weights: Vec<i16> = weights.iter().copied().map(i16::from).collect();
            let outputs = interleaved(&reads, &weights);
            Shuffles::new(reach, 1, &outputs.iter().map(|taps| in_signed_bytes(taps)).collect::<Vec<_>>())
        });
        Ok(Self { reads, weights, shuffles })
    }

    /// Outputs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reads.starts.len()
    }

    /// The samples, of `channels` each, that outputs read.
    ///
    /// # Panics
    /// Where the table has no such outputs or there are none.
    #[must_use]
    pub fn reach(&self, outputs: Range<usize>) -> Range<usize> {
        self.reads.reach(outputs)
    }

    /// Bytes that a row between the passes must have room for.
    #[must_use]
    pub fn row_bytes(&self) -> usize {
        let read = self.shuffles.as_ref().map_or(0, |shuffles| shuffles.row_len);
        read.max(self.reads.row_len()) + SPARE
    }
}

/// A weight of 1 does not fit a signed byte: it is given as two halves.
fn in_signed_bytes(taps: &[Tap]) -> Vec<Tap> {
    const ONE: i16 = 1 << NARROW_WEIGHT_BITS;
    let halves = |&(sample, weight): &Tap| match weight {
        ONE => [Some((sample, ONE / 2)), Some((sample, ONE / 2))],
        weight => [Some((sample, weight)), None],
    };
    taps.iter().flat_map(halves).flatten().collect()
}

/// What a row between the passes needs beyond its samples: it is aligned to 64 bytes, and written in whole registers.
const SPARE: usize = 128;

/// Scales a rectangle of a plane onto a canvas.
///
/// `from` begins at the sample that both tables count from; outputs `rows` of the one and `columns` of the other become
/// the rows and columns of `onto`, all of them. Without a table of columns, columns are taken as they are, bytes
/// `columns` of each row. `between` is a row to work in, of [`NarrowColumns::row_bytes`] at least, or of the bytes of
/// `columns.end` and 128 more. `alpha` is `0..=ONE`.
///
/// # Panics
/// Where `from`, `onto`, `between` or a table is too short, the columns were made for another level, or `alpha` is not `0..=ONE`.
pub fn scale(
    level: Level,
    from: Rows<'_>,
    (row_table, rows): (&NarrowRows, Range<usize>),
    (column_table, columns): (Option<&NarrowColumns>, Range<usize>),
    alpha: i16,
    onto: RowsMut<'_>,
    between: &mut [u8],
) {
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    let (channels, reach) = match column_table {
        Some(table) => (table.reads.channels, table.reach(columns.clone())),
        None => (1, columns.clone()),
    };
    let job = Job {
        from,
        starts: &row_table.starts[rows.clone()],
        weights: &row_table.weights[rows.start * row_table.taps..rows.end * row_table.taps],
        taps: row_table.taps,
        reach: reach.start * channels..reach.end * channels,
        columns: column_table,
        outputs: columns.start * channels..columns.end * channels,
        alpha,
        onto,
        between,
    };
    job.check(level);
    let unaligned = to_line(job.between);
    let job = Job { between: &mut job.between[unaligned..], ..job };
    match level.0 {
        Instructions::Scalar => scalar(job),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::scale(job),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::scale(job),
    }
}

/// A rectangle to scale.
///
/// # Guarantees
/// After [`Job::check`]: every start is followed by `taps` rows of `from`, each with the bytes of `reach`; `between` holds
/// what windows and whole registers of `reach` touch; every row of `onto` holds the outputs.
pub(crate) struct Job<'a> {
    pub(crate) from: Rows<'a>,
    pub(crate) starts: &'a [u32],
    pub(crate) weights: &'a [u8],
    pub(crate) taps: usize,
    /// Bytes of a row that are read.
    pub(crate) reach: Range<usize>,
    pub(crate) columns: Option<&'a NarrowColumns>,
    /// Samples of the table that are made.
    pub(crate) outputs: Range<usize>,
    /// `0..=ONE`.
    pub(crate) alpha: i16,
    pub(crate) onto: RowsMut<'a>,
    pub(crate) between: &'a mut [u8],
}

impl<'a> Job<'a> {
    fn check(&self, level: Level) {
        assert_alpha(self.alpha);
        let last_start = self.starts.last().map_or(0, |&start| start as usize);
        self.from.assert_holds(self.reach.end, last_start + self.taps);
        self.onto.assert_holds(self.outputs.len(), self.starts.len());
        let row_bytes = self.columns.map_or(self.reach.end + SPARE, NarrowColumns::row_bytes);
        assert!(self.between.len() >= row_bytes, "the row between the passes is too short");
        if let Some(columns) = self.columns {
            columns.reads.check(level, self.outputs.end);
        }
    }

    /// The shuffles of the columns, where there are columns to scale.
    pub(crate) fn shuffles(&self) -> Option<&'a Shuffles> {
        self.columns.and_then(|columns| columns.shuffles.as_ref())
    }
}

/// Half a code value in sums of products.
const HALF: u32 = 1 << (NARROW_WEIGHT_BITS - 1);

/// A sum of the first pass as a code value, halves down.
#[inline(always)]
const fn round_down(sum: u16) -> u8 {
    ((sum + HALF as u16 - 1) >> NARROW_WEIGHT_BITS) as u8
}

/// A sum of the second pass as a code value, halves up.
#[inline(always)]
const fn round_up(sum: u32) -> u8 {
    ((sum + HALF) >> NARROW_WEIGHT_BITS) as u8
}

fn scalar(job: Job<'_>) {
    let Job { from, starts, weights, taps, reach, columns, outputs, alpha, onto, between } = job;
    let rows = starts.iter().zip(weights.chunks_exact(taps));
    for (index, (&start, weights)) in rows.enumerate() {
        let row = |tap: usize| &from.data[(start as usize + tap) * from.stride_bytes..][reach.clone()];
        vertical(row, weights, &mut between[reach.clone()]);
        let canvas = &mut onto.data[index * onto.stride_bytes..][..outputs.len()];
        match columns {
            Some(columns) => horizontal(between, columns, outputs.start, alpha, canvas),
            None => lay_row(&between[reach.clone()], alpha, canvas),
        }
    }
}

#[inline(always)]
fn vertical<'a>(row: impl Fn(usize) -> &'a [u8], weights: &[u8], out: &mut [u8]) {
    match *weights {
        [_] => out.copy_from_slice(row(0)),
        [wa, wb] => {
            let [wa, wb] = [wa, wb].map(u16::from);
            for ((out, &a), &b) in out.iter_mut().zip(row(0)).zip(row(1)) {
                *out = round_down(u16::from(a) * wa + u16::from(b) * wb);
            }
        }
        _ => {
            for (piece_index, piece) in out.chunks_mut(64).enumerate() {
                let mut sums = [0_u16; 64];
                for (tap, &weight) in weights.iter().enumerate() {
                    let row = &row(tap)[piece_index * 64..][..piece.len()];
                    for (sum, &sample) in sums.iter_mut().zip(row) {
                        *sum += u16::from(sample) * u16::from(weight);
                    }
                }
                piece.iter_mut().zip(sums).for_each(|(out, sum)| *out = round_down(sum));
            }
        }
    }
}

fn horizontal(row: &[u8], columns: &NarrowColumns, first: usize, alpha: i16, canvas: &mut [u8]) {
    match columns.reads.channels {
        1 => by_taps::<1>(row, columns, first, alpha, canvas),
        2 => by_taps::<2>(row, columns, first, alpha, canvas),
        _ => by_taps::<4>(row, columns, first, alpha, canvas),
    }
}

fn by_taps<const CHANNELS: usize>(
    row: &[u8],
    columns: &NarrowColumns,
    first: usize,
    alpha: i16,
    canvas: &mut [u8],
) {
    match columns.reads.taps {
        1 => outputs::<CHANNELS, 1>(row, columns, first, alpha, canvas),
        2 => outputs::<CHANNELS, 2>(row, columns, first, alpha, canvas),
        3 => outputs::<CHANNELS, 3>(row, columns, first, alpha, canvas),
        _ => outputs::<CHANNELS, MAX_NARROW_TAPS>(row, columns, first, alpha, canvas),
    }
}

/// Numbers that the compiler knows make straight code of an output, a sixth of the instructions.
fn outputs<const CHANNELS: usize, const TAPS: usize>(
    row: &[u8],
    columns: &NarrowColumns,
    first: usize,
    alpha: i16,
    canvas: &mut [u8],
) {
    let first = first / CHANNELS;
    let (weights, _) = columns.weights.as_chunks::<TAPS>();
    let (canvas, _) = canvas.as_chunks_mut::<CHANNELS>();
    for ((&start, weights), below) in columns.reads.starts[first..].iter().zip(&weights[first..]).zip(canvas)
    {
        let samples = &row[start as usize * CHANNELS..][..TAPS * CHANNELS];
        for channel in 0..CHANNELS {
            let product = |tap: usize| u32::from(samples[tap * CHANNELS + channel]) * u32::from(weights[tap]);
            let sample = round_up((0..TAPS).map(product).sum());
            below[channel] = lay_sample(sample.into(), alpha, below[channel]);
        }
    }
}

/// Lays bytes over the canvas.
#[inline(always)]
fn lay_row(row: &[u8], alpha: i16, canvas: &mut [u8]) {
    if alpha == ONE {
        return canvas.copy_from_slice(row);
    }
    for (below, &sample) in canvas.iter_mut().zip(row) {
        *below = lay_sample(sample.into(), alpha, *below);
    }
}

/// What lies below moves towards the sample by its alpha; rounded, halves up, then clamped. The bits are those of `pmulhrsw`.
#[inline(always)]
pub(crate) fn lay_sample(sample: i32, alpha: i16, below: u8) -> u8 {
    let difference = sample - i32::from(below);
    let moved = (difference * i32::from(alpha) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS;
    (i32::from(below) + moved).clamp(0, 255) as u8
}
