//! Wide samples laid over the canvas, 16 a register: a sample and what lies below it are neighbours, as are their weights,
//! so that one multiply-add mixes them.

use std::arch::x86_64::*;

use crate::blend::{
    SHIFT, blend_body, blend_four_body, blend_multiplied_body, blend_picture_body, blend_rgba_body,
    store_body,
};
use crate::x86::half_open;
use crate::{FRACTION_BITS, ONE};

with_avx2! {
    fn store(row: &[i16], canvas: &mut [u8]) = store_avx2;
    fn blend(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_avx2;
    fn blend_four(samples: [i16; 4], alpha: i16, canvas: &mut [u8]) = blend_four_avx2;
    fn blend_multiplied(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_multiplied_avx2;
    fn blend_picture<const CHANNELS: usize>(row: &[i16], alphas: &[i16], alpha: i16, canvas: &mut [u8]) =
        blend_picture_avx2::<CHANNELS>;
    fn blend_rgba(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_rgba_avx2;
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

/// Samples times the weights in the even places, and what lies below times those in the odd ones.
#[inline]
#[target_feature(enable = "avx2")]
fn mix(samples: __m256i, below: __m128i, [low, high]: [__m256i; 2]) -> __m128i {
    let half = _mm256_set1_epi32(1 << (SHIFT - 1));
    let below = _mm256_slli_epi16::<{ FRACTION_BITS as i32 }>(_mm256_cvtepu8_epi16(below));
    let sum = |pairs: __m256i, weights: __m256i| {
        _mm256_srai_epi32::<{ SHIFT as i32 }>(_mm256_add_epi32(_mm256_madd_epi16(pairs, weights), half))
    };
    let low = sum(_mm256_unpacklo_epi16(samples, below), low);
    let high = sum(_mm256_unpackhi_epi16(samples, below), high);
    let mixed = _mm256_packs_epi32(low, high);
    _mm_packus_epi16(_mm256_castsi256_si128(mixed), _mm256_extracti128_si256::<1>(mixed))
}

#[target_feature(enable = "avx2")]
fn blend_avx2(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    let done = mix_row(row, [alpha, ONE - alpha], canvas);
    blend_body(&row[done..], alpha, &mut canvas[done..]);
}

#[target_feature(enable = "avx2")]
fn blend_multiplied_avx2(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    let done = mix_row(row, [ONE, ONE - alpha], canvas);
    blend_multiplied_body(&row[done..], alpha, &mut canvas[done..]);
}

/// Mixes whole registers, and returns how many samples they held.
#[inline]
#[target_feature(enable = "avx2")]
fn mix_row(row: &[i16], [above, below]: [i16; 2], canvas: &mut [u8]) -> usize {
    let weights = _mm256_set1_epi32(i32::from(above) | i32::from(below) << 16);
    let len = row.len().min(canvas.len()) / 16 * 16;
    for at in (0..len).step_by(16) {
        // SAFETY: these 16 samples lie within both slices.
        unsafe {
            let samples = _mm256_loadu_si256(row.as_ptr().add(at).cast());
            let onto = canvas.as_mut_ptr().add(at).cast();
            _mm_storeu_si128(onto, mix(samples, _mm_loadu_si128(onto), [weights; 2]));
        }
    }
    len
}

#[target_feature(enable = "avx2")]
fn blend_four_avx2(samples: [i16; 4], alpha: i16, canvas: &mut [u8]) {
    let row: [i16; 16] = std::array::from_fn(|index| samples[index % 4]);
    let mut registers = canvas.chunks_exact_mut(16);
    for canvas in registers.by_ref() {
        mix_row(&row, [alpha, ONE - alpha], canvas);
    }
    blend_four_body(samples, alpha, registers.into_remainder());
}

/// Samples times an alpha for all.
#[inline]
#[target_feature(enable = "avx2")]
fn times(samples: __m256i, alpha: i16) -> __m256i {
    if alpha == ONE { samples } else { _mm256_mulhrs_epi16(samples, _mm256_set1_epi16(half_open(alpha))) }
}

/// Samples, each with an alpha of its own besides the one for all.
#[inline]
#[target_feature(enable = "avx2")]
fn mix_own(samples: __m256i, own: __m256i, alpha: i16, below: __m128i) -> __m128i {
    let one = _mm256_set1_epi16(ONE);
    // 255 becomes exactly `ONE`.
    let more = _mm256_srai_epi16::<8>(_mm256_adds_epi16(own, _mm256_set1_epi16(128)));
    let rest = _mm256_subs_epi16(one, times(_mm256_adds_epi16(own, more), alpha));
    let weights = [_mm256_unpacklo_epi16(one, rest), _mm256_unpackhi_epi16(one, rest)];
    mix(times(samples, alpha), below, weights)
}

#[target_feature(enable = "avx2")]
fn blend_picture_avx2<const CHANNELS: usize>(row: &[i16], alphas: &[i16], alpha: i16, canvas: &mut [u8]) {
    const { assert!(CHANNELS == 1 || CHANNELS == 2) };
    let pixels = (row.len() / CHANNELS).min(canvas.len() / CHANNELS).min(alphas.len());
    let len = pixels * CHANNELS / 16 * 16;
    for at in (0..len).step_by(16) {
        // SAFETY: these 16 samples lie within both rows, and their pixels within the alphas.
        unsafe {
            let samples = _mm256_loadu_si256(row.as_ptr().add(at).cast());
            let alphas = alphas.as_ptr().add(at / CHANNELS);
            let own = if CHANNELS == 1 {
                _mm256_loadu_si256(alphas.cast())
            } else {
                let own = _mm256_cvtepu16_epi32(_mm_loadu_si128(alphas.cast()));
                _mm256_or_si256(own, _mm256_slli_epi32::<16>(own))
            };
            let onto = canvas.as_mut_ptr().add(at).cast();
            _mm_storeu_si128(onto, mix_own(samples, own, alpha, _mm_loadu_si128(onto)));
        }
    }
    blend_picture_body::<CHANNELS>(&row[len..], &alphas[len / CHANNELS..], alpha, &mut canvas[len..]);
}

#[target_feature(enable = "avx2")]
fn blend_rgba_avx2(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    let len = row.len().min(canvas.len()) / 16 * 16;
    let opaque = _mm_set1_epi32(0xff << 24);
    for at in (0..len).step_by(16) {
        // SAFETY: these 16 samples lie within both slices.
        unsafe {
            let samples = _mm256_loadu_si256(row.as_ptr().add(at).cast());
            // Alpha for all four of a pixel.
            let own = _mm256_shufflehi_epi16::<0xff>(_mm256_shufflelo_epi16::<0xff>(samples));
            let onto = canvas.as_mut_ptr().add(at).cast();
            let mixed = mix_own(samples, own, alpha, _mm_loadu_si128(onto));
            _mm_storeu_si128(onto, _mm_or_si128(mixed, opaque));
        }
    }
    blend_rgba_body(&row[len..], alpha, &mut canvas[len..]);
}
