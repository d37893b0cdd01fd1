//! The second pass of a filter: a wide row becomes a wide row of another length.

use std::ops::Range;

use crate::level::Instructions;
use crate::shuffle::{Reach, Shuffles, Tap};
use crate::table::{Reads, TableError, quantise};
use crate::vertical::{MAX_SHORT_TAPS, saturate};
use crate::{LONG_WEIGHT_BITS, Level, WEIGHT_BITS};

/// Which samples of a row make each sample of the result, for one level and number of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnTable {
    reads: Reads,
    weights: Weights,
}

#[derive(Clone, Debug, PartialEq)]
enum Weights {
    /// With the shuffles of the level, if it has any.
    Short(Vec<i16>, Option<Shuffles>),
    Long(Vec<i32>),
}

impl ColumnTable {
    /// Makes a table of one start and `taps` weights for each output, for rows of `channels` interleaved channels;
    /// weights of an output should sum to 1.
    ///
    /// # Errors
    /// [`TableError`] where the numbers do not fit together.
    pub fn new(
        level: Level,
        channels: usize,
        starts: Vec<u32>,
        taps: usize,
        weights: &[f64],
    ) -> Result<Self, TableError> {
        let reads = Reads::new(level, channels, starts, taps, weights)?;
        let weights = if taps > MAX_SHORT_TAPS {
            Weights::Long(quantise(weights, taps, LONG_WEIGHT_BITS))
        } else {
            let weights: Vec<i16> =
                quantise(weights, taps, WEIGHT_BITS).iter().map(|&weight| saturate(weight.into())).collect();
            let shuffles =
                Reach::of(level.0, 2).map(|reach| Shuffles::new(reach, 2, &interleaved(&reads, &weights)));
            Weights::Short(weights, shuffles)
        };
        Ok(Self { reads, weights })
    }

    /// Outputs, of all channels each.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reads.starts.len()
    }

    /// The samples, of all channels each, that outputs read.
    ///
    /// # Panics
    /// Where the table has no such outputs or there are none.
    #[must_use]
    pub fn reach(&self, outputs: Range<usize>) -> Range<usize> {
        self.reads.reach(outputs)
    }

    /// Samples that a row must have room for, of every channel.
    #[must_use]
    pub fn row_len(&self) -> usize {
        let end = self.reads.row_len();
        match &self.weights {
            Weights::Short(_, Some(shuffles)) => shuffles.row_len.max(end),
            _ => end,
        }
    }
}

impl ColumnTable {
    pub(crate) const fn channels(&self) -> usize {
        self.reads.channels
    }

    pub(crate) fn check(&self, level: Level, end: usize) {
        self.reads.check(level, end);
    }

    /// Whether weights are those of few taps.
    pub(crate) const fn is_short(&self) -> bool {
        matches!(self.weights, Weights::Short(..))
    }

    /// Those of the level, where there are any and taps are few.
    pub(crate) const fn shuffles(&self) -> Option<&Shuffles> {
        match &self.weights {
            Weights::Short(_, shuffles) => shuffles.as_ref(),
            Weights::Long(_) => None,
        }
    }
}

/// The taps of every sample of every channel, those without weight left out.
pub(crate) fn interleaved(reads: &Reads, weights: &[i16]) -> Vec<Vec<Tap>> {
    let Reads { channels, taps, ref starts, .. } = *reads;
    let outputs = starts.iter().zip(weights.chunks_exact(taps));
    let samples = outputs.flat_map(|output| (0..channels).map(move |channel| (output, channel)));
    let taps_of = |((&start, weights), channel): ((&u32, &[i16]), usize)| {
        let tap =
            |(tap, &weight): (usize, &i16)| (((start as usize + tap) * channels + channel) as u32, weight);
        weights.iter().enumerate().filter(|(_, weight)| **weight != 0).map(tap).collect()
    };
    samples.map(taps_of).collect()
}

/// Makes outputs `first..` of a table, as many as `out` holds, from a wide row.
///
/// `row` begins at the sample that the table counts from and has room for [`ColumnTable::row_len`] samples; of these only
/// the [`ColumnTable::reach`] of the outputs counts.
///
/// # Panics
/// Where `row` is too short, `out` ends within an output, or the table has no such outputs or was made for another level.
pub fn horizontal(level: Level, row: &[i16], table: &ColumnTable, first: usize, out: &mut [i16]) {
    let channels = table.channels();
    assert!(out.len().is_multiple_of(channels), "outputs have {channels} channels each");
    assert!(first <= table.count(), "the table has fewer outputs");
    let (first, end) = (first * channels, first * channels + out.len());
    table.check(level, end);
    assert!(row.len() >= table.row_len(), "the row is too short");
    match (&table.weights, level.0) {
        #[cfg(target_arch = "x86_64")]
        (Weights::Short(_, Some(shuffles)), Instructions::Avx2) => {
            crate::x86::avx2::horizontal(row, shuffles, first, out);
        }
        #[cfg(target_arch = "x86_64")]
        (Weights::Short(_, Some(shuffles)), Instructions::Avx512) => {
            crate::x86::avx512::horizontal(row, shuffles, first, out);
        }
        (Weights::Short(weights, _), _) => short(row, table, weights, first, out),
        (Weights::Long(weights), _) => long(row, table, weights, first, out),
    }
}

fn short(row: &[i16], table: &ColumnTable, weights: &[i16], first: usize, out: &mut [i16]) {
    let product = |sample: i16, weight: i16| i32::from(sample) * i32::from(weight);
    table.each(row, weights, first, out, |out, products: Products<'_, i16>| {
        let sum = products.sum(1 << (WEIGHT_BITS - 1), product, i32::wrapping_add);
        *out = saturate(i64::from(sum >> WEIGHT_BITS));
    });
}

fn long(row: &[i16], table: &ColumnTable, weights: &[i32], first: usize, out: &mut [i16]) {
    let product = |sample: i16, weight: i32| i64::from(sample) * i64::from(weight);
    table.each(row, weights, first, out, |out, products: Products<'_, i32>| {
        let sum = products.sum(1 << (LONG_WEIGHT_BITS - 1), product, i64::wrapping_add);
        *out = saturate(sum >> LONG_WEIGHT_BITS);
    });
}

/// The samples of an output, of every channel, and its weights.
struct Products<'a, W> {
    samples: &'a [i16],
    weights: &'a [W],
    channel: usize,
    channels: usize,
}

impl<W: Copy> Products<'_, W> {
    #[inline(always)]
    fn sum<S>(self, bias: S, product: impl Fn(i16, W) -> S, add: impl Fn(S, S) -> S) -> S {
        let taps = self.samples.chunks_exact(self.channels).zip(self.weights);
        taps.fold(bias, |sum, (samples, &weight)| add(sum, product(samples[self.channel], weight)))
    }
}

impl ColumnTable {
    /// Hands over every output from sample `first` on with its products.
    #[inline(always)]
    fn each<W: Copy, O>(
        &self,
        row: &[i16],
        weights: &[W],
        first: usize,
        out: &mut [O],
        make: impl FnMut(&mut O, Products<'_, W>),
    ) {
        match self.channels() {
            1 => self.each_of::<1, W, O>(row, weights, first, out, make),
            2 => self.each_of::<2, W, O>(row, weights, first, out, make),
            _ => self.each_of::<4, W, O>(row, weights, first, out, make),
        }
    }

    #[inline(always)]
    fn each_of<const CHANNELS: usize, W: Copy, O>(
        &self,
        row: &[i16],
        weights: &[W],
        first: usize,
        out: &mut [O],
        mut make: impl FnMut(&mut O, Products<'_, W>),
    ) {
        let Reads { taps, ref starts, .. } = self.reads;
        let outputs = starts.iter().zip(weights.chunks_exact(taps)).skip(first / CHANNELS);
        for ((&start, weights), out) in outputs.zip(out.chunks_exact_mut(CHANNELS)) {
            let samples = &row[start as usize * CHANNELS..][..taps * CHANNELS];
            for (channel, out) in out.iter_mut().enumerate() {
                make(out, Products { samples, weights, channel, channels: CHANNELS });
            }
        }
    }

    /// Hands over every output of a table of few taps with its sum of products, which begins with `bias`.
    pub(crate) fn each_sum<O>(
        &self,
        row: &[i16],
        bias: i32,
        first: usize,
        out: &mut [O],
        mut lay: impl FnMut(&mut O, i32),
    ) {
        let Weights::Short(weights, _) = &self.weights else { return };
        let product = |sample: i16, weight: i16| i32::from(sample) * i32::from(weight);
        self.each(row, weights, first, out, |out, products: Products<'_, i16>| {
            lay(out, products.sum(bias, product, i32::wrapping_add));
        });
    }
}
