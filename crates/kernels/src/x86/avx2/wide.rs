//! Both passes of wide samples: rounding, narrowing and fetching neighbours take one instruction each, where plain code takes
//! several.

use std::arch::x86_64::*;

use crate::WEIGHT_BITS;
use crate::shuffle::Shuffles;
use crate::table::Rows;
use crate::vertical::{self as rows, ROW_SHIFT};
use crate::x86::{ROWS_AHEAD, rows_to_fetch};

with_avx2! {
    fn vertical(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) = vertical_avx2;
    fn horizontal(row: &[i16], shuffles: &Shuffles, first: usize, out: &mut [i16]) = horizontal_avx2;
}

/// Thirty-two samples at a time; what is left at the end is plain code.
#[target_feature(enable = "avx2")]
fn vertical_avx2(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    let blocks = out.len() / 32;
    let half = _mm256_set1_epi32(1 << (ROW_SHIFT - 1));
    for at in (0..blocks).map(|block| 32 * block) {
        for ahead in 0..rows_to_fetch(weights.len()) {
            // Nothing is read: the address may lie anywhere, and that of a picture of one row, whatever its stride, does.
            let row = (weights.len() - 1 + ROWS_AHEAD + ahead).wrapping_mul(rows.stride_bytes);
            _mm_prefetch::<_MM_HINT_T0>(rows.data.as_ptr().wrapping_add(row).wrapping_add(at).cast());
        }
        let mut sums = [half; 4];
        for (pair, weights) in weights.chunks(2).enumerate() {
            let (a, b) = (weights[0], weights.get(1).copied().unwrap_or(0));
            let row = 2 * pair * rows.stride_bytes + at;
            let next = if weights.len() == 2 { row + rows.stride_bytes } else { row };
            let weights = _mm256_set1_epi32(i32::from(a) & 0xffff | i32::from(b) << 16);
            for part in 0..2 {
                // SAFETY: the caller has found every row of a tap to hold the samples of `out`, and these 16 are among them.
                let [a, b] = [row, next]
                    .map(|row| unsafe { _mm_loadu_si128(rows.data.as_ptr().add(row + 16 * part).cast()) });
                let low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
                let high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
                sums[2 * part] = _mm256_add_epi32(sums[2 * part], _mm256_madd_epi16(low, weights));
                sums[2 * part + 1] = _mm256_add_epi32(sums[2 * part + 1], _mm256_madd_epi16(high, weights));
            }
        }
        for part in 0..2 {
            // SAFETY: these 16 samples lie within `out`.
            unsafe {
                let wide = narrow::<{ ROW_SHIFT as i32 }>(sums[2 * part], sums[2 * part + 1]);
                _mm256_storeu_si256(out.as_mut_ptr().add(at + 16 * part).cast(), wide);
            }
        }
    }
    let done = 32 * blocks;
    if done < out.len() {
        rows::short(Rows { data: &rows.data[done..], ..rows }, weights, &mut out[done..]);
    }
}

/// Sixteen sums of products as sixteen wide samples.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow<const SHIFT: i32>(low: __m256i, high: __m256i) -> __m256i {
    let samples = _mm256_packs_epi32(_mm256_srai_epi32::<SHIFT>(low), _mm256_srai_epi32::<SHIFT>(high));
    _mm256_permute4x64_epi64::<0b11_01_10_00>(samples)
}

/// Sixteen samples at a time, two registers of eight sums.
#[target_feature(enable = "avx2")]
fn horizontal_avx2(row: &[i16], shuffles: &Shuffles, first: usize, out: &mut [i16]) {
    let (steps, end) = (shuffles.steps, first + out.len());
    let registers = shuffles.registers;
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    assert!(row.len() >= shuffles.row_len && end <= 8 * registers);
    let make = |register: usize| {
        let mut sum = rounding;
        for step in register * steps..(register + 1) * steps {
            // SAFETY: the shuffles have this register, and its windows lie within `row`.
            unsafe {
                let window =
                    |window: usize| row.as_ptr().add(*shuffles.offsets.as_ptr().add(window) as usize);
                let windows = _mm256_set_m128i(
                    _mm_loadu_si128(window(2 * step + 1).cast()),
                    _mm_loadu_si128(window(2 * step).cast()),
                );
                let picks = _mm256_load_si256(shuffles.table().add(64 * step).cast());
                let weights = _mm256_load_si256(shuffles.table().add(64 * step + 32).cast());
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_shuffle_epi8(windows, picks), weights));
            }
        }
        sum
    };
    let mut register = first / 8;
    while 8 * register < end {
        let (start, stop) = (8 * register, 8 * register + 16);
        let low = make(register);
        let high = if register + 1 < registers { make(register + 1) } else { low };
        let samples = narrow::<{ WEIGHT_BITS as i32 }>(low, high);
        if first <= start && stop <= end {
            // SAFETY: these 16 samples lie within `out`.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(start - first).cast(), samples) };
        } else {
            let mut block = [0_i16; 16];
            // SAFETY: the block holds 16 samples.
            unsafe { _mm256_storeu_si256(block.as_mut_ptr().cast(), samples) };
            let (from, to) = (first.max(start), stop.min(end));
            out[from - first..to - first].copy_from_slice(&block[from - start..to - start]);
        }
        register += 2;
    }
}
