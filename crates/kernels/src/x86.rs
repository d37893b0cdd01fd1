//! AVX2. Loops without shuffles are the plain bodies, compiled once more with wider registers; the second pass of a
//! filter gathers pairs of neighbouring samples and multiplies and adds them at once.

use std::arch::x86_64::*;

use crate::WEIGHT_BITS;
use crate::blend::{blend_body, blend_multiplied_body, store_body};
use crate::convert::{WideWeights, combine_body};
use crate::horizontal::{self as columns, Taps};
use crate::vertical::{self as rows, Rows};

/// Runs a body compiled for AVX2.
macro_rules! with_avx2 {
    ($(fn $name:ident $(<const $generic:ident: usize>)? ($($argument:ident: $type:ty),*) = $body:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name $(<const $generic: usize>)? ($($argument: $type),*) {
            #[target_feature(enable = "avx2")]
            fn avx2 $(<const $generic: usize>)? ($($argument: $type),*) {
                $body($($argument),*);
            }
            // SAFETY: the functions of this module are reached through a `Level` of AVX2 only, and one is only made
            // after the processor was asked.
            unsafe { avx2 $(::<$generic>)? ($($argument),*) }
        }
    )*};
}

with_avx2! {
    fn vertical(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) = rows::short;
    fn store(row: &[i16], canvas: &mut [u8]) = store_body;
    fn blend(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_body;
    fn blend_multiplied(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_multiplied_body;
    fn combine<const STRIDE: usize>(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) =
        combine_body::<STRIDE>;
    fn horizontal<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) =
        horizontal_avx2::<CHANNELS>;
}

#[target_feature(enable = "avx2")]
fn horizontal_avx2<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) {
    let count = taps.starts.len();
    assert!(out.len() >= count * CHANNELS && taps.weights.len() >= (taps.pairs - 1) * taps.pitch + count);
    let last = (taps.starts[count - 1] - taps.starts[0]) as usize;
    assert!((last + 2 * taps.pairs) * CHANNELS <= row.len());
    let done = match CHANNELS {
        1 => one_channel(row, taps, out),
        2 => two_channels(row, taps, out),
        4 => four_channels(row, taps, out),
        _ => 0,
    };
    if done < count {
        let rest = Taps { starts: &taps.starts[done..], weights: &taps.weights[done..], ..taps };
        let skipped = (taps.starts[done] - taps.starts[0]) as usize;
        columns::short::<CHANNELS>(&row[skipped * CHANNELS..], rest, &mut out[done * CHANNELS..]);
    }
}

/// Eight outputs at a time: one gather fetches taps `2p` and `2p + 1` of each.
#[target_feature(enable = "avx2")]
fn one_channel(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) -> usize {
    let origin = _mm256_set1_epi32(taps.starts[0]);
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    let blocks = taps.starts.len() / 8;
    for block in 0..blocks {
        let index = block * 8;
        // SAFETY: `index + 8` is at most the count of starts.
        let starts = unsafe { _mm256_loadu_si256(taps.starts.as_ptr().add(index).cast()) };
        let offsets = _mm256_sub_epi32(starts, origin);
        let mut sum = rounding;
        for pair in 0..taps.pairs {
            // SAFETY: starts never decrease, so each offset is at least 0 and at most that of the last output, whose
            // `2 * pairs` samples the caller has found to lie within `row`; 4 bytes are samples `2p` and `2p + 1`.
            let samples = unsafe { _mm256_i32gather_epi32::<2>(row.as_ptr().add(2 * pair).cast(), offsets) };
            // SAFETY: the caller has found `(pairs - 1) * pitch + count` weights.
            let weights =
                unsafe { _mm256_loadu_si256(taps.weights.as_ptr().add(pair * taps.pitch + index).cast()) };
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, weights));
        }
        let sum = _mm256_srai_epi32::<{ WEIGHT_BITS as i32 }>(sum);
        let packed = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        // SAFETY: the caller has found room for every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(index).cast(), packed) };
    }
    blocks * 8
}

/// Four outputs at a time: one gather fetches two taps of both channels of each.
#[target_feature(enable = "avx2")]
fn two_channels(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) -> usize {
    let origin = _mm_set1_epi32(taps.starts[0]);
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    // U0 V0 U1 V1 → U0 U1 V0 V1, in every 8 bytes.
    let by_channel =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
    let blocks = taps.starts.len() / 4;
    for block in 0..blocks {
        let index = block * 4;
        // SAFETY: `index + 4` is at most the count of starts.
        let starts = unsafe { _mm_loadu_si128(taps.starts.as_ptr().add(index).cast()) };
        let offsets = _mm_sub_epi32(starts, origin);
        let mut sum = rounding;
        for pair in 0..taps.pairs {
            // SAFETY: as in `one_channel`, with samples of two channels; 8 bytes are samples `2p` and `2p + 1`.
            let samples = unsafe { _mm256_i32gather_epi64::<4>(row.as_ptr().add(4 * pair).cast(), offsets) };
            // SAFETY: the caller has found `(pairs - 1) * pitch + count` weights.
            let weights =
                unsafe { _mm_loadu_si128(taps.weights.as_ptr().add(pair * taps.pitch + index).cast()) };
            // Each pair of weights twice: for U and for V.
            let weights = _mm256_cvtepu32_epi64(weights);
            let weights = _mm256_or_si256(weights, _mm256_slli_epi64::<32>(weights));
            let samples = _mm256_shuffle_epi8(samples, by_channel);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, weights));
        }
        let sum = _mm256_srai_epi32::<{ WEIGHT_BITS as i32 }>(sum);
        let packed = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        // SAFETY: the caller has found room for two samples of every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(2 * index).cast(), packed) };
    }
    blocks * 4
}

/// Two outputs at a time: two taps of four channels are 16 bytes.
#[target_feature(enable = "avx2")]
fn four_channels(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) -> usize {
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    // R0 G0 B0 A0 R1 G1 B1 A1 → R0 R1 G0 G1 B0 B1 A0 A1.
    let by_channel =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    let blocks = taps.starts.len() / 2;
    for block in 0..blocks {
        let index = block * 2;
        let offset = |output: usize| (taps.starts[index + output] - taps.starts[0]) as usize * 4;
        let (first, second) = (offset(0), offset(1));
        let mut sum = rounding;
        for pair in 0..taps.pairs {
            // SAFETY: as in `one_channel`, with samples of four channels; 16 bytes are samples `2p` and `2p + 1`.
            let samples = unsafe {
                let load = |at: usize| _mm_loadu_si128(row.as_ptr().add(at + 8 * pair).cast());
                _mm256_set_m128i(load(second), load(first))
            };
            let weight = |output: usize| {
                let [a, b] = taps.weights[pair * taps.pitch + index + output];
                _mm_set1_epi32(i32::from(a) & 0xffff | i32::from(b) << 16)
            };
            let weights = _mm256_set_m128i(weight(1), weight(0));
            let samples = _mm256_shuffle_epi8(samples, by_channel);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, weights));
        }
        let sum = _mm256_srai_epi32::<{ WEIGHT_BITS as i32 }>(sum);
        let packed = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        // SAFETY: the caller has found room for four samples of every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(4 * index).cast(), packed) };
    }
    blocks * 2
}
