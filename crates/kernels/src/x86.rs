//! AVX2. Where the compiler finds the right instructions, bodies are the plain ones, compiled once more with wider
//! registers. The others round, narrow or fetch neighbours in one instruction where plain code takes several.

use std::arch::x86_64::*;

use crate::blend::{
    SHIFT, blend_body, blend_multiplied_body, blend_picture_body, blend_rgba_body, store_body,
};
use crate::convert::{WideWeights, combine_body};
use crate::horizontal::{self as columns, Taps};
use crate::vertical::{self as rows, Rows};
use crate::{FRACTION_BITS, ONE, WEIGHT_BITS};

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
    fn vertical(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) = vertical_avx2;
    fn store(row: &[i16], canvas: &mut [u8]) = store_avx2;
    fn blend(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_avx2;
    fn blend_multiplied(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_multiplied_body;
    fn blend_picture<const CHANNELS: usize>(row: &[i16], alphas: &[i16], alpha: i16, canvas: &mut [u8]) =
        blend_picture_body::<CHANNELS>;
    fn blend_rgba(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_rgba_body;
    fn combine<const STRIDE: usize>(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) =
        combine_body::<STRIDE>;
    fn horizontal<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) =
        horizontal_avx2::<CHANNELS>;
}

/// In pieces whose sums stay in registers; the last piece overlaps the one before it.
#[target_feature(enable = "avx2")]
fn vertical_avx2(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    match out.len() {
        0..16 => rows::short(rows, weights, out),
        16..64 => vertical_pieces::<1>(rows, weights, out),
        _ => vertical_pieces::<4>(rows, weights, out),
    }
}

/// How many rows ahead of those that are read the next ones are fetched into the cache.
const ROWS_AHEAD: usize = 6;

#[target_feature(enable = "avx2")]
fn vertical_pieces<const VECTORS: usize>(rows: Rows<'_>, weights: &[i16], out: &mut [i16]) {
    let (piece, len) = (16 * VECTORS, out.len());
    // Checked: a stride that makes the end wrap around must not pass for a short picture.
    let end = (weights.len() - 1).checked_mul(rows.stride_bytes).and_then(|last| last.checked_add(len));
    assert!(len >= piece && end.is_some_and(|end| end <= rows.data.len()), "rows hold too few samples");
    let ahead = weights.len() - 1 + ROWS_AHEAD..(2 * weights.len() - 2).max(weights.len()) + ROWS_AHEAD;
    let mut at = 0;
    while at < len {
        at = at.min(len - piece);
        let mut sums = [_mm256_setzero_si256(); VECTORS];
        for row in ahead.clone() {
            // Nothing is read: the address may lie anywhere, and that of a picture of one row, whatever its stride, does.
            let line = rows.data.as_ptr().wrapping_add(row.wrapping_mul(rows.stride_bytes)).wrapping_add(at);
            _mm_prefetch::<_MM_HINT_T0>(line.cast());
        }
        for (tap, &weight) in weights.iter().enumerate() {
            let weight = _mm256_set1_epi16(weight);
            for (index, sum) in sums.iter_mut().enumerate() {
                let offset = tap * rows.stride_bytes + at + 16 * index;
                // SAFETY: `tap` is below the count of weights and `at + 16 * VECTORS` at most `len`, so the 16 samples
                // lie before the end that was asserted.
                let samples = unsafe { _mm_loadu_si128(rows.data.as_ptr().add(offset).cast()) };
                let samples = _mm256_slli_epi16::<7>(_mm256_cvtepu8_epi16(samples));
                *sum = _mm256_add_epi16(*sum, _mm256_mulhrs_epi16(samples, weight));
            }
        }
        for (index, sum) in sums.into_iter().enumerate() {
            // SAFETY: `at + 16 * VECTORS` is at most `len`, the length of `out`.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(at + 16 * index).cast(), sum) };
        }
        at += piece;
    }
}

/// Rounds 16 wide samples to whole code values. What saturates is far above 255, and is clamped when it is narrowed.
#[inline]
#[target_feature(enable = "avx2")]
fn round(wide: __m256i) -> __m256i {
    let half = _mm256_set1_epi16(1 << (FRACTION_BITS - 1));
    _mm256_srai_epi16::<{ FRACTION_BITS as i32 }>(_mm256_adds_epi16(wide, half))
}

#[target_feature(enable = "avx2")]
fn store_avx2(row: &[i16], canvas: &mut [u8]) {
    let len = row.len().min(canvas.len());
    if len < 32 {
        return store_body(row, canvas);
    }
    let mut at = 0;
    while at < len {
        at = at.min(len - 32);
        // SAFETY: `at + 32` is at most the length of both slices.
        unsafe {
            let load = |offset: usize| _mm256_loadu_si256(row.as_ptr().add(at + offset).cast());
            let bytes = _mm256_packus_epi16(round(load(0)), round(load(16)));
            let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(bytes);
            _mm256_storeu_si256(canvas.as_mut_ptr().add(at).cast(), bytes);
        }
        at += 32;
    }
}

/// A sample and what lies below it are neighbours, as are their weights: one multiply-add for both.
#[target_feature(enable = "avx2")]
fn blend_avx2(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    let weights = _mm256_set1_epi32(i32::from(alpha) | i32::from(ONE - alpha) << 16);
    let half = _mm256_set1_epi32(1 << (SHIFT - 1));
    let blocks = row.len().min(canvas.len()) / 16;
    for at in (0..blocks).map(|block| 16 * block) {
        // SAFETY: `at + 16` is at most the length of both slices.
        let (above, bytes) = unsafe {
            let bytes = _mm_loadu_si128(canvas.as_ptr().add(at).cast());
            (_mm256_loadu_si256(row.as_ptr().add(at).cast()), bytes)
        };
        let below = _mm256_slli_epi16::<{ FRACTION_BITS as i32 }>(_mm256_cvtepu8_epi16(bytes));
        let mix = |pairs: __m256i| {
            _mm256_srai_epi32::<{ SHIFT as i32 }>(_mm256_add_epi32(_mm256_madd_epi16(pairs, weights), half))
        };
        let low = mix(_mm256_unpacklo_epi16(above, below));
        let high = mix(_mm256_unpackhi_epi16(above, below));
        let mixed = _mm256_packs_epi32(low, high);
        let mixed = _mm_packus_epi16(_mm256_castsi256_si128(mixed), _mm256_extracti128_si256::<1>(mixed));
        // SAFETY: `at + 16` is at most the length of `canvas`.
        unsafe { _mm_storeu_si128(canvas.as_mut_ptr().add(at).cast(), mixed) };
    }
    blend_body(&row[16 * blocks..], alpha, &mut canvas[16 * blocks..]);
}

#[target_feature(enable = "avx2")]
fn horizontal_avx2<const CHANNELS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) {
    let count = taps.starts.len();
    assert!(out.len() >= count * CHANNELS && taps.weights.len() >= (taps.pairs - 1) * taps.pitch + count);
    let last = (taps.starts[count - 1] - taps.starts[0]) as usize;
    assert!((last + 2 * taps.pairs) * CHANNELS <= row.len());
    let done = match CHANNELS {
        1 => match taps.pairs {
            1 => one_channel::<1>(row, taps, out),
            2 => one_channel::<2>(row, taps, out),
            _ => one_channel::<0>(row, taps, out),
        },
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

/// Eight sums of products with weights as eight wide samples.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow(sums: __m256i) -> __m128i {
    let sums = _mm256_srai_epi32::<{ WEIGHT_BITS as i32 }>(sums);
    _mm_packs_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums))
}

/// Eight outputs at a time, `PAIRS` pairs of taps each, or as many as the table says where that is 0.
///
/// Where four neighbours read from eight samples, those are loaded at once and shuffled; else, and at the end of the
/// row, where fewer than eight may be left, pairs are gathered. The last block overlaps the one before it.
#[target_feature(enable = "avx2")]
fn one_channel<const PAIRS: usize>(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) -> usize {
    let count = taps.starts.len();
    if count < 8 {
        return 0;
    }
    let (origin, pairs) = (taps.starts[0], if PAIRS == 0 { taps.pairs } else { PAIRS });
    let at = |output: usize| (taps.starts[output] - origin) as usize;
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    // Bytes of the pair that starts at a sample: 2s, 2s + 1, 2s + 2, 2s + 3.
    let spread_low_byte =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12));
    let pair_bytes = _mm256_set1_epi32(0x0302_0100);
    let mut index = 0;
    while index < count {
        index = index.min(count - 8);
        // SAFETY: `index + 8` is at most the count of starts.
        let starts = unsafe { _mm256_loadu_si256(taps.starts.as_ptr().add(index).cast()) };
        let mut sum = rounding;
        let mut add = |pair: usize, samples: __m256i| {
            // SAFETY: the caller has found `(pairs - 1) * pitch + count` weights.
            let weights =
                unsafe { _mm256_loadu_si256(taps.weights.as_ptr().add(pair * taps.pitch + index).cast()) };
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, weights));
        };
        let (first, second) = (at(index), at(index + 4));
        if taps.spread <= 6 && second + 2 * (pairs - 1) + 8 <= row.len() {
            // Starts within each half count from its first; doubled, they are bytes.
            let offsets = _mm256_sub_epi32(starts, _mm256_shuffle_epi32::<0>(starts));
            let offsets = _mm256_shuffle_epi8(_mm256_add_epi32(offsets, offsets), spread_low_byte);
            let shuffle = _mm256_add_epi8(offsets, pair_bytes);
            for pair in 0..pairs {
                // SAFETY: eight samples from `second + 2 * pair` on end within `row`, as was just found for the last
                // pair, and `first` is not above `second`.
                let samples = unsafe {
                    let load = |at: usize| _mm_loadu_si128(row.as_ptr().add(at + 2 * pair).cast());
                    _mm256_set_m128i(load(second), load(first))
                };
                add(pair, _mm256_shuffle_epi8(samples, shuffle));
            }
        } else {
            let offsets = _mm256_sub_epi32(starts, _mm256_set1_epi32(origin));
            for pair in 0..pairs {
                // SAFETY: starts never decrease, so each offset is at least 0 and at most that of the last output,
                // whose `2 * pairs` samples the caller has found to lie within `row`; 4 bytes are samples `2p` and
                // `2p + 1`.
                let samples =
                    unsafe { _mm256_i32gather_epi32::<2>(row.as_ptr().add(2 * pair).cast(), offsets) };
                add(pair, samples);
            }
        }
        // SAFETY: the caller has found room for every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(index).cast(), narrow(sum)) };
        index += 8;
    }
    count
}

/// Four outputs at a time: two taps of both channels are 8 bytes.
#[target_feature(enable = "avx2")]
fn two_channels(row: &[i16], taps: Taps<'_, i16>, out: &mut [i16]) -> usize {
    let rounding = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    // U0 V0 U1 V1 → U0 U1 V0 V1, in every 8 bytes.
    let by_channel =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
    let blocks = taps.starts.len() / 4;
    for block in 0..blocks {
        let index = block * 4;
        let offset = |output: usize| (taps.starts[index + output] - taps.starts[0]) as usize * 2;
        let offsets = [0, 1, 2, 3].map(offset);
        let mut sum = rounding;
        for pair in 0..taps.pairs {
            // SAFETY: as for what `one_channel` gathers, with samples of two channels; 8 bytes are samples `2p` and
            // `2p + 1`.
            let [a, b, c, d] =
                offsets.map(|at| unsafe { row.as_ptr().add(at + 4 * pair).cast::<i64>().read_unaligned() });
            let samples = _mm256_setr_epi64x(a, b, c, d);
            // SAFETY: the caller has found `(pairs - 1) * pitch + count` weights.
            let weights =
                unsafe { _mm_loadu_si128(taps.weights.as_ptr().add(pair * taps.pitch + index).cast()) };
            // Each pair of weights twice: for U and for V.
            let weights = _mm256_cvtepu32_epi64(weights);
            let weights = _mm256_or_si256(weights, _mm256_slli_epi64::<32>(weights));
            let samples = _mm256_shuffle_epi8(samples, by_channel);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, weights));
        }
        // SAFETY: the caller has found room for two samples of every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(2 * index).cast(), narrow(sum)) };
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
            // SAFETY: as for what `one_channel` gathers, with samples of four channels; 16 bytes are samples `2p` and `2p + 1`.
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
        // SAFETY: the caller has found room for four samples of every output.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().add(4 * index).cast(), narrow(sum)) };
    }
    blocks * 2
}
