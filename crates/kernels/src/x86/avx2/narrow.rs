//! Scaling in bytes.

use std::arch::x86_64::*;

use crate::narrow::Job;
use crate::shuffle::Shuffles;
use crate::x86::{
    CANVAS_ROWS_AHEAD, HALF, MEAN, ROWS_AHEAD, half_open, row_weights, rows_to_fetch, whole_tap,
};
use crate::{NARROW_WEIGHT_BITS, ONE};

scale_for!("avx2", _);

/// Makes bytes `start..end` of `out` from those of `TAPS` rows, of two for [`MEAN`]. Up to 31 more are written.
///
/// # Safety
/// Bytes `start..end` of every row can be read; bytes up to `end + 31` of `out` can be written.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn vertical<const TAPS: usize>(
    row: *const u8,
    stride: usize,
    weights: &[u8],
    start: usize,
    end: usize,
    out: *mut u8,
) {
    let weights = row_weights(weights).map(|weights| _mm256_set1_epi16(weights));
    let whole = end - (end - start) % 64;
    // Nothing is read of rows ahead: the address may lie anywhere.
    let ahead = row.wrapping_add((TAPS.max(1) - 1 + ROWS_AHEAD).wrapping_mul(stride));
    let mut at = start;
    while at < whole {
        for row in 0..rows_to_fetch(TAPS) {
            _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(row.wrapping_mul(stride)).wrapping_add(at).cast());
        }
        for at in [at, at + 32] {
            // SAFETY: these 32 bytes lie before `end`.
            unsafe {
                let load = |tap: usize| _mm256_loadu_si256(row.add(tap * stride + at).cast());
                _mm256_storeu_si256(out.add(at).cast(), weigh::<TAPS>(load, weights));
            }
        }
        at += 64;
    }
    while at < end {
        // SAFETY: as many bytes as are left before `end` are read; at most 31 bytes beyond it are written.
        unsafe {
            let load = |tap: usize| load_some(row.add(tap * stride + at), end - at);
            _mm256_storeu_si256(out.add(at).cast(), weigh::<TAPS>(load, weights));
        }
        at += 32;
    }
}

/// Thirty-two bytes of up to four rows, weighted; halves are rounded down, so one is subtracted first.
#[inline]
#[target_feature(enable = "avx2")]
fn weigh<const TAPS: usize>(load: impl Fn(usize) -> __m256i, [first, second]: [__m256i; 2]) -> __m256i {
    if TAPS == 1 {
        return load(0);
    }
    let (a, b) = (load(0), load(1));
    if TAPS == MEAN {
        // The instruction rounds halves up.
        let half = _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_set1_epi8(1));
        return _mm256_sub_epi8(_mm256_avg_epu8(a, b), half);
    }
    let mut low = _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), first);
    let mut high = _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), first);
    if TAPS > 2 {
        let c = load(2);
        // With three rows, the place of the fourth takes the one that is to be subtracted.
        let d = if TAPS > 3 { load(3) } else { _mm256_set1_epi8(1) };
        low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(c, d), second));
        high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(c, d), second));
    }
    if TAPS != 3 {
        let one = _mm256_set1_epi16(1);
        (low, high) = (_mm256_sub_epi16(low, one), _mm256_sub_epi16(high, one));
    }
    _mm256_packus_epi16(round(low), round(high))
}

/// Sums of products, rounded to code values, halves up.
#[inline]
#[target_feature(enable = "avx2")]
fn round(sums: __m256i) -> __m256i {
    _mm256_mulhrs_epi16(sums, _mm256_set1_epi16(1 << (15 - NARROW_WEIGHT_BITS)))
}

/// The first `count` bytes, 32 at most, and zeros.
///
/// # Safety
/// `count` bytes can be read.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn load_some(bytes: *const u8, count: usize) -> __m256i {
    let mut block = [0_u8; 32];
    // SAFETY: as many bytes can be read, and the block holds 32.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes, block.as_mut_ptr(), count.min(32));
        _mm256_loadu_si256(block.as_ptr().cast())
    }
}

/// How samples are laid over the canvas.
#[derive(Clone, Copy)]
pub(super) struct Lay {
    /// In 15 bits, where not opaque.
    alpha: __m256i,
}

impl Lay {
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn new(alpha: i16) -> Self {
        Self { alpha: _mm256_set1_epi16(half_open(alpha)) }
    }
}

/// Makes samples `first..end` of a table onto `canvas`, which holds sample `first`; what lies `ahead` bytes later is fetched.
///
/// # Safety
/// Every window of the shuffles lies within `row`; the shuffles have the outputs; `canvas` holds them.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn horizontal<const IS_OPAQUE: bool, const STEPS: usize>(
    row: *const u8,
    shuffles: &Shuffles,
    first: usize,
    end: usize,
    lay: Lay,
    canvas: *mut u8,
    ahead: usize,
) {
    let at = |register: usize| canvas.wrapping_add(16 * register).wrapping_sub(first);
    // SAFETY: the shuffles have every register up to `end`, and all windows lie within `row`; whole blocks, and the parts
    // of others, are samples between `first` and `end`, which `canvas` holds.
    unsafe {
        // A block is two registers; the last one may be missing, and is not laid then.
        let make = |register: usize| make::<STEPS>(row, shuffles, register.min(shuffles.registers - 1));
        let some = |register: usize| {
            let (start, stop) = (16 * register, 16 * register + 32);
            let (start, stop) = (first.max(start) - start, stop.min(end) - start);
            lay_some::<IS_OPAQUE>([make(register), make(register + 1)], lay, start, stop, at(register));
        };
        let mut register = first / 16;
        if !first.is_multiple_of(16) {
            some(register);
            register += 2;
        }
        while 16 * register + 32 <= end {
            // Nothing is read: the address may lie anywhere.
            _mm_prefetch::<_MM_HINT_ET0>(at(register).wrapping_add(ahead).cast());
            lay_samples::<IS_OPAQUE>([make(register), make(register + 1)], lay, at(register));
            register += 2;
        }
        if 16 * register < end {
            some(register);
        }
    }
}

/// Makes the 16 samples of a register, in 16 bits each.
///
/// # Safety
/// The shuffles have the register, and every window lies within `row`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn make<const STEPS: usize>(row: *const u8, shuffles: &Shuffles, register: usize) -> __m256i {
    let steps = if STEPS == 0 { shuffles.steps } else { STEPS };
    let (offsets, table) = (shuffles.offsets.as_ptr(), shuffles.table());
    let mut sum = _mm256_setzero_si256();
    // SAFETY: the shuffles have the register, and its windows lie within `row`.
    unsafe {
        let load = |window: usize| _mm_loadu_si128(row.add(*offsets.add(window) as usize).cast());
        for step in register * steps..(register + 1) * steps {
            let windows = _mm256_set_m128i(load(2 * step + 1), load(2 * step));
            let picks = _mm256_load_si256(table.add(64 * step).cast());
            let weights = _mm256_load_si256(table.add(64 * step + 32).cast());
            sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(_mm256_shuffle_epi8(windows, picks), weights));
        }
    }
    round(sum)
}

/// Lays 32 samples in 16 bits over the canvas.
///
/// # Safety
/// `canvas` holds 32 samples.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn lay_samples<const IS_OPAQUE: bool>(
    [mut low, mut high]: [__m256i; 2],
    lay: Lay,
    canvas: *mut u8,
) {
    // SAFETY: `canvas` holds 32 samples.
    unsafe {
        if !IS_OPAQUE {
            let below = |at: usize| _mm256_cvtepu8_epi16(_mm_loadu_si128(canvas.add(at).cast()));
            let mix = |above: __m256i, below: __m256i| {
                _mm256_add_epi16(below, _mm256_mulhrs_epi16(_mm256_sub_epi16(above, below), lay.alpha))
            };
            (low, high) = (mix(low, below(0)), mix(high, below(16)));
        }
        let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(low, high));
        _mm256_storeu_si256(canvas.cast(), bytes);
    }
}

/// Lays samples `start..end` of 32 over the canvas, whose sample 0 may lie before its first byte.
///
/// # Safety
/// `canvas` holds samples `start..end`.
#[inline(never)]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn lay_some<const IS_OPAQUE: bool>(
    samples: [__m256i; 2],
    lay: Lay,
    start: usize,
    end: usize,
    canvas: *mut u8,
) {
    let mut block = [0_u8; 32];
    let (part, count) = (canvas.wrapping_add(start), end - start);
    // SAFETY: samples `start..end` lie within both the block and the canvas.
    unsafe {
        if !IS_OPAQUE {
            std::ptr::copy_nonoverlapping(part, block.as_mut_ptr().add(start), count);
        }
        lay_samples::<IS_OPAQUE>(samples, lay, block.as_mut_ptr());
        std::ptr::copy_nonoverlapping(block.as_ptr().add(start), part, count);
    }
}

/// Lays `count` bytes over the canvas.
///
/// # Safety
/// `row` and `canvas` hold `count` bytes, and `row` 31 more that can be read.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn lay_row<const IS_OPAQUE: bool>(row: *const u8, count: usize, lay: Lay, canvas: *mut u8) {
    if IS_OPAQUE {
        // SAFETY: both hold `count` bytes; a row between the passes is not part of a canvas.
        return unsafe { std::ptr::copy_nonoverlapping(row, canvas, count) };
    }
    for at in (0..count).step_by(32) {
        // SAFETY: at most 31 bytes beyond `count` are read of `row`, and none of the canvas.
        unsafe {
            let load = |at: usize| _mm256_cvtepu8_epi16(_mm_loadu_si128(row.add(at).cast()));
            let samples = [load(at), load(at + 16)];
            if at + 32 <= count {
                lay_samples::<false>(samples, lay, canvas.add(at));
            } else {
                lay_some::<false>(samples, lay, 0, count - at, canvas.add(at));
            }
        }
    }
}
