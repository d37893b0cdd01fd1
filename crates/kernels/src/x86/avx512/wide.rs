//! Both passes of wide samples.

use std::arch::x86_64::*;

use super::edge;
use crate::WEIGHT_BITS;
use crate::shuffle::Shuffles;
use crate::table::Rows;
use crate::vertical::{MAX_SHORT_TAPS, ROW_SHIFT};
use crate::x86::{ROWS_AHEAD, rows_to_fetch};

with_avx512! {
    fn vertical(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) = vertical_avx512;
    fn horizontal(row: &[i16], shuffles: &Shuffles, first: usize, out: &mut [i16]) = horizontal_avx512;
}

/// Every row of a weight holds the samples of `out`.
///
/// Four rows at once: a weight is 128 times one signed byte plus another, each multiplied and added by `vpdpbusd`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn vertical_avx512(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    let taps = weights.len();
    let quads = taps.div_ceil(4);
    let (mut high, mut low) = ([0_i32; MAX_SHORT_TAPS / 4], [0_i32; MAX_SHORT_TAPS / 4]);
    for (tap, &weight) in weights.iter().enumerate() {
        high[tap / 4] |= ((i32::from(weight) >> 7) & 0xff) << (tap % 4 * 8);
        low[tap / 4] |= (i32::from(weight) & 0x7f) << (tap % 4 * 8);
    }
    let half = _mm512_set1_epi32(1 << (ROW_SHIFT - 1));
    let order = [[0, 1, 8, 9, 2, 3, 10, 11], [4, 5, 12, 13, 6, 7, 14, 15]]
        .map(|[a, b, c, d, e, f, g, h]| _mm512_setr_epi64(a, b, c, d, e, f, g, h));
    let mut at = 0;
    while at < out.len() {
        let left = out.len() - at;
        for ahead in 0..rows_to_fetch(taps) {
            // Nothing is read: the address may lie anywhere.
            let row = (taps - 1 + ROWS_AHEAD + ahead).wrapping_mul(rows.stride_bytes);
            _mm_prefetch::<_MM_HINT_T0>(rows.data.as_ptr().wrapping_add(row).wrapping_add(at).cast());
        }
        let (mut high_sums, mut low_sums) = ([_mm512_setzero_si512(); 4], [half; 4]);
        for quad in 0..quads {
            let load = |tap: usize| {
                // A missing row weighs nothing: the last one is read in its place.
                let row = rows.data.as_ptr().wrapping_add(tap.min(taps - 1) * rows.stride_bytes + at);
                // SAFETY: the caller has found every row of a tap to hold the samples of `out`; `left` ends with them.
                unsafe { edge::load(row, left) }
            };
            let (a, b, c, d) = (load(4 * quad), load(4 * quad + 1), load(4 * quad + 2), load(4 * quad + 3));
            let (ab, cd) = (_mm512_unpacklo_epi8(a, b), _mm512_unpacklo_epi8(c, d));
            let (ef, gh) = (_mm512_unpackhi_epi8(a, b), _mm512_unpackhi_epi8(c, d));
            let quads_of_four = [
                _mm512_unpacklo_epi16(ab, cd),
                _mm512_unpackhi_epi16(ab, cd),
                _mm512_unpacklo_epi16(ef, gh),
                _mm512_unpackhi_epi16(ef, gh),
            ];
            let (high, low) = (_mm512_set1_epi32(high[quad]), _mm512_set1_epi32(low[quad]));
            for (part, samples) in quads_of_four.into_iter().enumerate() {
                high_sums[part] = _mm512_dpbusd_epi32(high_sums[part], samples, high);
                low_sums[part] = _mm512_dpbusd_epi32(low_sums[part], samples, low);
            }
        }
        let sum = |part: usize| {
            _mm512_add_epi32(high_sums[part], _mm512_srai_epi32::<{ ROW_SHIFT }>(low_sums[part]))
        };
        let [first, second] = [_mm512_packs_epi32(sum(0), sum(1)), _mm512_packs_epi32(sum(2), sum(3))];
        for (part, order) in order.into_iter().enumerate() {
            let samples = _mm512_permutex2var_epi64(first, order, second);
            let left = left.saturating_sub(32 * part);
            let lanes = if left >= 32 { u32::MAX } else { (1 << left) - 1 };
            // SAFETY: the mask ends with `out`.
            unsafe {
                let out = out.as_mut_ptr().wrapping_add(at + 32 * part);
                if lanes == u32::MAX {
                    _mm512_storeu_si512(out.cast(), samples);
                } else {
                    _mm512_mask_storeu_epi16(out, lanes, samples);
                }
            }
        }
        at += 64;
    }
}

/// Sixteen samples a register.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn horizontal_avx512(row: &[i16], shuffles: &Shuffles, first: usize, out: &mut [i16]) {
    match (shuffles.steps, shuffles.is_one_window) {
        (1, _) => registers::<1>(row, shuffles, first, out),
        (2, true) => registers::<2>(row, shuffles, first, out),
        (3, true) => registers::<3>(row, shuffles, first, out),
        (4, true) => registers::<4>(row, shuffles, first, out),
        _ => registers::<0>(row, shuffles, first, out),
    }
}

/// `STEPS` of 0 stands for any number of windows, others for one.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn registers<const STEPS: usize>(row: &[i16], shuffles: &Shuffles, first: usize, out: &mut [i16]) {
    let steps = if STEPS == 0 { shuffles.steps } else { STEPS };
    let end = first + out.len();
    assert!(row.len() >= shuffles.row_len && end <= 16 * shuffles.registers);
    let rounding = _mm512_set1_epi32(1 << (WEIGHT_BITS - 1));
    for register in first / 16..end.div_ceil(16) {
        let mut sum = rounding;
        // SAFETY: the shuffles have this register, and its windows lie within `row`.
        unsafe {
            let load = |step: usize| {
                _mm512_loadu_si512(row.as_ptr().add(*shuffles.offsets.as_ptr().add(step) as usize).cast())
            };
            let mut window = load(register * steps);
            for step in register * steps..(register + 1) * steps {
                if STEPS == 0 {
                    window = load(step);
                }
                let picks = _mm512_load_si512(shuffles.table().add(128 * step).cast());
                let weights = _mm512_load_si512(shuffles.table().add(128 * step + 64).cast());
                sum = _mm512_dpwssd_epi32(sum, _mm512_permutexvar_epi16(picks, window), weights);
            }
        }
        let samples = _mm512_cvtsepi32_epi16(_mm512_srai_epi32::<{ WEIGHT_BITS }>(sum));
        let (start, stop) = (16 * register, 16 * register + 16);
        if first <= start && stop <= end {
            // SAFETY: these 16 samples lie within `out`.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(start - first).cast(), samples) };
        } else {
            let (from, to) = (first.max(start), stop.min(end));
            let lanes = ((1_u32 << (to - start)) - (1_u32 << (from - start))) as u16;
            // SAFETY: the lanes are samples `from..to`, which lie within `out`.
            unsafe {
                let at = out.as_mut_ptr().wrapping_add(start).wrapping_sub(first);
                _mm256_mask_storeu_epi16(at, lanes, samples);
            }
        }
    }
}
