//! Scaling by filters with negative weights.

use std::arch::x86_64::*;

use super::narrow::{Lay, lay_samples, lay_some, load_some};
use crate::shuffle::Shuffles;
use crate::signed::{BIAS, MAX_SIGNED_TAPS, ROW_BIAS, RowPair, SHIFT, SignedJob};
use crate::x86::ROWS_AHEAD;
use crate::{NARROW_WEIGHT_BITS, ONE};

scale_signed_for!("avx2", _, 32);

/// Makes samples `start..end` of `out` from pairs of rows. Up to 31 more are written.
///
/// # Safety
/// Bytes `start..end` of every row can be read; samples up to `end + 31` of `out` can be written.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn vertical<const PAIRS: usize>(
    row: *const u8,
    stride: usize,
    pairs: [&RowPair; PAIRS],
    start: usize,
    end: usize,
    out: *mut i16,
) {
    let weights = |pair: &RowPair| i16::from_le_bytes(pair.weights.map(|weight| weight as u8));
    let pairs =
        pairs.map(|pair| (pair.rows.map(|row| usize::from(row) * stride), _mm256_set1_epi16(weights(pair))));
    // Nothing is read of rows ahead: the address may lie anywhere.
    let ahead = row.wrapping_add((PAIRS + ROWS_AHEAD).wrapping_mul(stride));
    let mut at = start;
    while at + 32 <= end {
        for row in 0..2_usize {
            _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(row.wrapping_mul(stride)).wrapping_add(at).cast());
        }
        // SAFETY: these 32 bytes lie before `end`.
        unsafe { weigh(|offset| _mm256_loadu_si256(row.add(offset + at).cast()), &pairs, out.add(at)) };
        at += 32;
    }
    if at < end {
        // SAFETY: as many bytes as are left before `end` are read; at most 31 samples beyond it are written.
        unsafe { weigh(|offset| load_some(row.add(offset + at), end - at), &pairs, out.add(at)) };
    }
}

/// Thirty-two bytes of every row, weighed two rows at a time.
///
/// # Safety
/// `out` has room for 32 samples.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn weigh<const PAIRS: usize>(
    load: impl Fn(usize) -> __m256i,
    pairs: &[([usize; 2], __m256i); PAIRS],
    out: *mut i16,
) {
    let mut low = _mm256_set1_epi16(ROW_BIAS);
    let mut high = low;
    for &(rows, weights) in pairs {
        let [a, b] = rows.map(&load);
        low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), weights));
        high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), weights));
    }
    // SAFETY: there is room for 32 samples.
    unsafe {
        _mm256_storeu_si256(out.cast(), _mm256_permute2x128_si256::<0x20>(low, high));
        _mm256_storeu_si256(out.add(16).cast(), _mm256_permute2x128_si256::<0x31>(low, high));
    }
}

/// Lays samples `first..end` over rows of the canvas, which hold sample `first`, 32 at a time.
///
/// # Safety
/// The rows hold the samples; `make` may be asked for every block of which one lies between `first` and `end`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn blocks<const IS_OPAQUE: bool, const ROWS: usize>(
    make: impl Fn(usize) -> [[__m256i; 2]; ROWS],
    first: usize,
    end: usize,
    lay: Lay,
    rows: [*mut u8; ROWS],
) {
    let at = |row: *mut u8, block: usize| row.wrapping_add(32 * block).wrapping_sub(first);
    // A block of which some samples lie outside.
    let some = |block: usize| {
        let (start, stop) = (32 * block, 32 * block + 32);
        let (start, stop) = (first.max(start) - start, stop.min(end) - start);
        for (samples, row) in make(block).into_iter().zip(rows) {
            // SAFETY: samples `start..stop` of the block lie between `first` and `end`, which the row holds.
            unsafe { lay_some::<IS_OPAQUE>(samples, lay, start, stop, at(row, block)) };
        }
    };
    let mut block = first / 32;
    if !first.is_multiple_of(32) {
        some(block);
        block += 1;
    }
    while 32 * block + 32 <= end {
        for (samples, row) in make(block).into_iter().zip(rows) {
            // SAFETY: the block lies between `first` and `end`, which the row holds.
            unsafe { lay_samples::<IS_OPAQUE>(samples, lay, at(row, block)) };
        }
        block += 1;
    }
    if 32 * block < end {
        some(block);
    }
}

/// Makes 32 samples of every row, not yet clamped, of four registers of sums, where there are four.
///
/// # Safety
/// The shuffles have the first of the registers, and every window lies within the rows.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn make<const STEPS: usize, const ROWS: usize>(
    rows: [*const i16; ROWS],
    shuffles: &Shuffles,
    block: usize,
) -> [[__m256i; 2]; ROWS] {
    // What is made for a missing register is not laid.
    let last = shuffles.registers - 1;
    let register = 4 * block;
    let registers = if register + 3 <= last {
        [0, 1, 2, 3].map(|part| register + part)
    } else {
        [0, 1, 2, 3].map(|part| (register + part).min(last))
    };
    // SAFETY: as for the caller.
    let [a, b, c, d] = registers.map(|register| unsafe { sums::<STEPS, ROWS>(rows, shuffles, register) });
    let pack = |low: __m256i, high: __m256i| {
        _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high))
    };
    std::array::from_fn(|row| [pack(a[row], b[row]), pack(c[row], d[row])])
}

/// Eight samples of every row, not yet clamped.
///
/// # Safety
/// The shuffles have the register, and every window lies within the rows.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sums<const STEPS: usize, const ROWS: usize>(
    rows: [*const i16; ROWS],
    shuffles: &Shuffles,
    register: usize,
) -> [__m256i; ROWS] {
    let steps = if STEPS == 0 { shuffles.steps } else { STEPS };
    let mut sums = [_mm256_set1_epi32(BIAS); ROWS];
    // SAFETY: the shuffles have the register, and its windows lie within the rows.
    unsafe {
        let offsets = shuffles.offsets.as_ptr().add(2 * register * steps);
        let table = shuffles.table().add(64 * register * steps);
        for step in 0..steps {
            let [low, high] = [2 * step, 2 * step + 1].map(|window| *offsets.add(window) as usize);
            let picks = _mm256_load_si256(table.add(64 * step).cast());
            let weights = _mm256_load_si256(table.add(64 * step + 32).cast());
            for (sum, row) in sums.iter_mut().zip(rows) {
                let load = |offset: usize| _mm_loadu_si128(row.add(offset).cast());
                let samples = _mm256_shuffle_epi8(_mm256_set_m128i(load(high), load(low)), picks);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(samples, weights));
            }
        }
    }
    sums.map(|sum| _mm256_srai_epi32::<{ SHIFT as i32 }>(sum))
}

/// Thirty-two samples of the first pass, rounded.
///
/// # Safety
/// `row` holds 32 samples.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn narrow(row: *const i16) -> [__m256i; 2] {
    [0, 1].map(|half: usize| {
        // SAFETY: `row` holds 32 samples.
        let samples = unsafe { _mm256_loadu_si256(row.add(16 * half).cast()) };
        let rounded = _mm256_mulhrs_epi16(samples, _mm256_set1_epi16(1 << (15 - NARROW_WEIGHT_BITS)));
        _mm256_add_epi16(rounded, _mm256_set1_epi16(128))
    })
}
