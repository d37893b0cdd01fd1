//! Scaling in bytes.

use std::arch::x86_64::*;

use crate::narrow::Job;
use crate::shuffle::Shuffles;
use crate::x86::{
    CANVAS_ROWS_AHEAD, HALF, MEAN, ROWS_AHEAD, half_open, row_weights, rows_to_fetch, whole_tap,
};
use crate::{NARROW_WEIGHT_BITS, ONE};

scale_for!("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni", true);

/// The first `count` of 64 lanes.
#[inline(always)]
pub(super) const fn first_lanes(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// Makes bytes `start..end` of `out` from those of `TAPS` rows, of two for [`MEAN`]. Up to 63 more are written.
///
/// # Safety
/// Bytes `start..end` of every row can be read; bytes up to `end + 63` of `out` can be written.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn vertical<const TAPS: usize>(
    row: *const u8,
    stride: usize,
    weights: &[u8],
    start: usize,
    end: usize,
    out: *mut u8,
) {
    let weights = row_weights(weights).map(|weights| _mm512_set1_epi16(weights));
    let whole = end - (end - start) % 64;
    // Nothing is read of rows ahead: the address may lie anywhere.
    let ahead = row.wrapping_add((TAPS.max(1) - 1 + ROWS_AHEAD).wrapping_mul(stride));
    let mut at = start;
    while at < whole {
        for row in 0..rows_to_fetch(TAPS) {
            _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(row.wrapping_mul(stride)).wrapping_add(at).cast());
        }
        // SAFETY: these 64 bytes lie before `end`.
        unsafe {
            let load = |tap: usize| _mm512_loadu_si512(row.add(tap * stride + at).cast());
            _mm512_storeu_si512(out.add(at).cast(), weigh::<TAPS>(load, weights));
        }
        at += 64;
    }
    if at < end {
        let lanes = first_lanes(end - at);
        // SAFETY: the lanes are bytes before `end`; at most 63 bytes beyond it are written.
        unsafe {
            let load = |tap: usize| _mm512_maskz_loadu_epi8(lanes, row.add(tap * stride + at).cast());
            _mm512_storeu_si512(out.add(at).cast(), weigh::<TAPS>(load, weights));
        }
    }
}

/// Sixty-four bytes of up to four rows, weighted; halves are rounded down, so one is subtracted first.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn weigh<const TAPS: usize>(load: impl Fn(usize) -> __m512i, [first, second]: [__m512i; 2]) -> __m512i {
    if TAPS == 1 {
        return load(0);
    }
    let (a, b) = (load(0), load(1));
    if TAPS == MEAN {
        // The instruction rounds halves up.
        let half = _mm512_and_si512(_mm512_xor_si512(a, b), _mm512_set1_epi8(1));
        return _mm512_sub_epi8(_mm512_avg_epu8(a, b), half);
    }
    let mut low = _mm512_maddubs_epi16(_mm512_unpacklo_epi8(a, b), first);
    let mut high = _mm512_maddubs_epi16(_mm512_unpackhi_epi8(a, b), first);
    if TAPS > 2 {
        let c = load(2);
        // With three rows, the place of the fourth takes the one that is to be subtracted.
        let d = if TAPS > 3 { load(3) } else { _mm512_set1_epi8(1) };
        low = _mm512_add_epi16(low, _mm512_maddubs_epi16(_mm512_unpacklo_epi8(c, d), second));
        high = _mm512_add_epi16(high, _mm512_maddubs_epi16(_mm512_unpackhi_epi8(c, d), second));
    }
    if TAPS != 3 {
        let one = _mm512_set1_epi16(1);
        (low, high) = (_mm512_sub_epi16(low, one), _mm512_sub_epi16(high, one));
    }
    _mm512_packus_epi16(round(low), round(high))
}

/// Sums of products, rounded to code values, halves up.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn round(sums: __m512i) -> __m512i {
    _mm512_mulhrs_epi16(sums, _mm512_set1_epi16(1 << (15 - NARROW_WEIGHT_BITS)))
}

/// How samples are laid over the canvas.
#[derive(Clone, Copy)]
pub(super) struct Lay {
    /// In 15 bits, where not opaque.
    alpha: __m512i,
}

impl Lay {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    pub(super) fn new(alpha: i16) -> Self {
        Self { alpha: _mm512_set1_epi16(half_open(alpha)) }
    }
}

/// Makes samples `first..end` of a table onto `canvas`, which holds sample `first`; what lies `ahead` bytes later is fetched.
///
/// # Safety
/// Every window of the shuffles lies within `row`; the shuffles have the outputs; `canvas` holds them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn horizontal<const IS_OPAQUE: bool, const STEPS: usize>(
    row: *const u8,
    shuffles: &Shuffles,
    first: usize,
    end: usize,
    lay: Lay,
    canvas: *mut u8,
    ahead: usize,
) {
    let at = |register: usize| canvas.wrapping_add(32 * register).wrapping_sub(first);
    // Lanes of the first and the last register that lie outside are neither read nor written.
    let lanes = |register: usize| {
        let (start, stop) = (32 * register, 32 * register + 32);
        (first_lanes(stop.min(end) - start) & !first_lanes(first.max(start) - start)) as u32
    };
    let mut register = first / 32;
    // SAFETY: the shuffles have every register up to `end`, and all windows lie within `row`; whole registers and masked
    // lanes are samples between `first` and `end`, which `canvas` holds.
    unsafe {
        if !first.is_multiple_of(32) {
            let samples = make::<STEPS>(row, shuffles, register);
            lay_lanes::<IS_OPAQUE>(samples, lanes(register), lay, at(register));
            register += 1;
        }
        while 32 * register + 64 <= end {
            // Nothing is read: the address may lie anywhere.
            _mm_prefetch::<_MM_HINT_ET0>(at(register).wrapping_add(ahead).cast());
            let samples =
                [make::<STEPS>(row, shuffles, register), make::<STEPS>(row, shuffles, register + 1)];
            lay_samples::<IS_OPAQUE>(samples, lay, at(register));
            register += 2;
        }
        while 32 * register < end {
            let samples = make::<STEPS>(row, shuffles, register);
            lay_lanes::<IS_OPAQUE>(samples, lanes(register), lay, at(register));
            register += 1;
        }
    }
}

/// Makes the 32 samples of a register, in 16 bits each.
///
/// # Safety
/// The shuffles have the register, and every window lies within `row`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn make<const STEPS: usize>(row: *const u8, shuffles: &Shuffles, register: usize) -> __m512i {
    let steps = if STEPS == 0 { shuffles.steps } else { STEPS };
    let mut sum = _mm512_setzero_si512();
    // SAFETY: the shuffles have the register, and its windows lie within `row`.
    unsafe {
        let offsets = shuffles.offsets.as_ptr().add(register * steps);
        let table = shuffles.table().add(128 * register * steps);
        let load = |step: usize| _mm512_loadu_si512(row.add(*offsets.add(step) as usize).cast());
        let mut window = load(0);
        for step in 0..steps {
            if STEPS == 0 {
                window = load(step);
            }
            let picks = _mm512_load_si512(table.add(128 * step).cast());
            let weights = _mm512_load_si512(table.add(128 * step + 64).cast());
            sum =
                _mm512_add_epi16(sum, _mm512_maddubs_epi16(_mm512_permutexvar_epi8(picks, window), weights));
        }
    }
    round(sum)
}

/// Lays 64 samples in 16 bits over the canvas.
///
/// # Safety
/// `canvas` holds 64 samples.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn lay_samples<const IS_OPAQUE: bool>(samples: [__m512i; 2], lay: Lay, canvas: *mut u8) {
    // SAFETY: `canvas` holds 64 samples.
    unsafe {
        let [low, high] = if IS_OPAQUE {
            samples
        } else {
            let below = |half: usize| _mm512_cvtepu8_epi16(_mm256_loadu_si256(canvas.add(32 * half).cast()));
            [mix(samples[0], below(0), lay), mix(samples[1], below(1), lay)]
        };
        let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
        let bytes = _mm512_permutexvar_epi64(order, _mm512_packus_epi16(low, high));
        _mm512_storeu_si512(canvas.cast(), bytes);
    }
}

/// What lies below, moved towards what lies above by its alpha.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn mix(above: __m512i, below: __m512i, lay: Lay) -> __m512i {
    _mm512_add_epi16(below, _mm512_mulhrs_epi16(_mm512_sub_epi16(above, below), lay.alpha))
}

/// Lays 32 samples in 16 bits over the canvas, those whose lanes are set.
///
/// # Safety
/// `canvas` holds the samples whose lanes are set.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn lay_lanes<const IS_OPAQUE: bool>(samples: __m512i, lanes: u32, lay: Lay, canvas: *mut u8) {
    // SAFETY: only lanes that are set are read and written.
    unsafe {
        let samples = if IS_OPAQUE {
            samples
        } else {
            mix(samples, _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(lanes, canvas.cast())), lay)
        };
        _mm256_mask_storeu_epi8(canvas.cast(), lanes, _mm512_cvtepi16_epi8(samples));
    }
}

/// Lays `count` bytes over the canvas.
///
/// # Safety
/// `row` and `canvas` hold `count` bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
unsafe fn lay_row<const IS_OPAQUE: bool>(row: *const u8, count: usize, lay: Lay, canvas: *mut u8) {
    if IS_OPAQUE {
        // SAFETY: both hold `count` bytes; a row between the passes is not part of a canvas.
        return unsafe { std::ptr::copy_nonoverlapping(row, canvas, count) };
    }
    for at in (0..count).step_by(32) {
        let lanes = first_lanes(count - at) as u32;
        // SAFETY: masked to the bytes before `count`.
        unsafe {
            let samples = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(lanes, row.add(at).cast()));
            lay_lanes::<false>(samples, lanes, lay, canvas.add(at));
        }
    }
}
