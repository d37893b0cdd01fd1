//! Scaling by filters with negative weights.

use std::arch::x86_64::*;

use super::narrow::{Lay, first_lanes, mix};
use crate::shuffle::Shuffles;
use crate::signed::{BIAS, MAX_SIGNED_TAPS, ROW_BIAS, RowPair, SHIFT, SignedJob};
use crate::x86::ROWS_AHEAD;
use crate::{NARROW_WEIGHT_BITS, ONE};

scale_signed_for!("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni", true, 64);

/// Makes samples `start..end` of `out` from pairs of rows. Up to 63 more are written.
///
/// # Safety
/// Bytes `start..end` of every row can be read; samples up to `end + 63` of `out` can be written.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
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
        pairs.map(|pair| (pair.rows.map(|row| usize::from(row) * stride), _mm512_set1_epi16(weights(pair))));
    let whole = end - (end - start) % 64;
    // Nothing is read of rows ahead: the address may lie anywhere.
    let ahead = row.wrapping_add((PAIRS + ROWS_AHEAD).wrapping_mul(stride));
    let mut at = start;
    while at < whole {
        for row in 0..2_usize {
            _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(row.wrapping_mul(stride)).wrapping_add(at).cast());
        }
        // SAFETY: these 64 bytes lie before `end`.
        unsafe { weigh(|offset| _mm512_loadu_si512(row.add(offset + at).cast()), &pairs, out.add(at)) };
        at += 64;
    }
    if at < end {
        let lanes = first_lanes(end - at);
        // SAFETY: the lanes are bytes before `end`; at most 63 samples beyond it are written.
        unsafe {
            let load = |offset: usize| _mm512_maskz_loadu_epi8(lanes, row.add(offset + at).cast());
            weigh(load, &pairs, out.add(at));
        }
    }
}

/// Sixty-four bytes of every row, weighed two rows at a time.
///
/// # Safety
/// `out` has room for 64 samples.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn weigh<const PAIRS: usize>(
    load: impl Fn(usize) -> __m512i,
    pairs: &[([usize; 2], __m512i); PAIRS],
    out: *mut i16,
) {
    let mut low = _mm512_set1_epi16(ROW_BIAS);
    let mut high = low;
    for &(rows, weights) in pairs {
        let [a, b] = rows.map(&load);
        low = _mm512_add_epi16(low, _mm512_maddubs_epi16(_mm512_unpacklo_epi8(a, b), weights));
        high = _mm512_add_epi16(high, _mm512_maddubs_epi16(_mm512_unpackhi_epi8(a, b), weights));
    }
    let first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    let second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    // SAFETY: there is room for 64 samples.
    unsafe {
        _mm512_storeu_si512(out.cast(), _mm512_permutex2var_epi64(low, first, high));
        _mm512_storeu_si512(out.add(32).cast(), _mm512_permutex2var_epi64(low, second, high));
    }
}

/// Lays samples `first..end` over rows of the canvas, which hold sample `first`, 64 at a time.
///
/// # Safety
/// The rows hold the samples; `make` may be asked for every block of which one lies between `first` and `end`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn blocks<const IS_OPAQUE: bool, const ROWS: usize>(
    make: impl Fn(usize) -> [Words; ROWS],
    first: usize,
    end: usize,
    lay: Lay,
    rows: [*mut u8; ROWS],
) {
    // Lanes of the first and the last block that lie outside are neither read nor written.
    let lanes = |block: usize| {
        let (start, stop) = (64 * block, 64 * block + 64);
        first_lanes(stop.min(end) - start) & !first_lanes(first.max(start) - start)
    };
    let lay = |block: usize, lanes: u64| {
        for (words, row) in make(block).into_iter().zip(rows) {
            let canvas = row.wrapping_add(64 * block).wrapping_sub(first);
            // SAFETY: the lanes are samples between `first` and `end`, which the row holds.
            unsafe { lay_words::<IS_OPAQUE>(words, lanes, lay, canvas) };
        }
    };
    let mut block = first / 64;
    if !first.is_multiple_of(64) {
        lay(block, lanes(block));
        block += 1;
    }
    while 64 * block + 64 <= end {
        lay(block, u64::MAX);
        block += 1;
    }
    if 64 * block < end {
        lay(block, lanes(block));
    }
}

/// Sixty-four samples, neither clamped nor in order: the first has the first 32, but four of the first 16 and four of the
/// second 16 in turn, as packing leaves them; the second has the others likewise.
type Words = [__m512i; 2];

/// Lays 64 samples over the canvas, those whose lanes are set.
///
/// # Safety
/// `canvas` holds the bytes whose lanes are set.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn lay_words<const IS_OPAQUE: bool>(words: Words, lanes: u64, lay: Lay, canvas: *mut u8) {
    let in_turn = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    // SAFETY: only lanes that are set are read and written.
    unsafe {
        let bytes = if IS_OPAQUE {
            let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            _mm512_permutexvar_epi32(order, _mm512_packus_epi16(words[0], words[1]))
        } else {
            let below = _mm512_maskz_loadu_epi8(lanes, canvas.cast());
            let below = [_mm512_castsi512_si256(below), _mm512_extracti64x4_epi64::<1>(below)];
            let mixed = [0, 1].map(|half: usize| {
                let above = _mm512_permutexvar_epi64(in_turn, words[half]);
                mix(above, _mm512_cvtepu8_epi16(below[half]), lay)
            });
            _mm512_permutexvar_epi64(in_turn, _mm512_packus_epi16(mixed[0], mixed[1]))
        };
        if lanes == u64::MAX {
            _mm512_storeu_si512(canvas.cast(), bytes);
        } else {
            _mm512_mask_storeu_epi8(canvas.cast(), lanes, bytes);
        }
    }
}

/// Makes 64 samples of every row, of four registers of sums, where there are four.
///
/// # Safety
/// The shuffles have the first of the registers, and every window lies within the rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn make<const STEPS: usize, const ROWS: usize>(
    rows: [*const i16; ROWS],
    shuffles: &Shuffles,
    block: usize,
) -> [Words; ROWS] {
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
    std::array::from_fn(|row| [_mm512_packs_epi32(a[row], b[row]), _mm512_packs_epi32(c[row], d[row])])
}

/// Sixteen samples of every row, not yet clamped.
///
/// # Safety
/// The shuffles have the register, and every window lies within the rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn sums<const STEPS: usize, const ROWS: usize>(
    rows: [*const i16; ROWS],
    shuffles: &Shuffles,
    register: usize,
) -> [__m512i; ROWS] {
    let steps = if STEPS == 0 { shuffles.steps } else { STEPS };
    let mut sums = [_mm512_set1_epi32(BIAS); ROWS];
    // SAFETY: the shuffles have the register, and its windows lie within the rows.
    unsafe {
        let offsets = shuffles.offsets.as_ptr().add(register * steps);
        let table = shuffles.table().add(128 * register * steps);
        let load = |step: usize| {
            let offset = *offsets.add(step) as usize;
            rows.map(|row| _mm512_loadu_si512(row.add(offset).cast()))
        };
        let mut windows = load(0);
        for step in 0..steps {
            if STEPS == 0 {
                windows = load(step);
            }
            let picks = _mm512_load_si512(table.add(128 * step).cast());
            let weights = _mm512_load_si512(table.add(128 * step + 64).cast());
            for (sum, window) in sums.iter_mut().zip(windows) {
                *sum = _mm512_dpwssd_epi32(*sum, _mm512_permutexvar_epi16(picks, window), weights);
            }
        }
    }
    sums.map(|sum| _mm512_srai_epi32::<SHIFT>(sum))
}

/// Sixty-four samples of the first pass, rounded.
///
/// # Safety
/// `row` holds 64 samples.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn narrow(row: *const i16) -> Words {
    let order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    [0, 1].map(|half: usize| {
        // SAFETY: `row` holds 64 samples.
        let samples = unsafe { _mm512_loadu_si512(row.add(32 * half).cast()) };
        let rounded = _mm512_mulhrs_epi16(samples, _mm512_set1_epi16(1 << (15 - NARROW_WEIGHT_BITS)));
        _mm512_permutexvar_epi64(order, _mm512_add_epi16(rounded, _mm512_set1_epi16(128)))
    })
}
