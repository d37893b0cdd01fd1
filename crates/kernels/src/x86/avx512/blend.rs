//! Wide samples laid over the canvas, 32 a register: a sample and what lies below it are neighbours, as are their weights,
//! so that one multiply-add mixes them.

use std::arch::x86_64::*;

use super::edge::{load, load_half, store_half};
use crate::blend::SHIFT;
use crate::x86::half_open;
use crate::{FRACTION_BITS, ONE};

with_avx512! {
    fn blend(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_avx512;
    fn blend_four(samples: [i16; 4], alpha: i16, canvas: &mut [u8]) = blend_four_avx512;
    fn blend_multiplied(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_multiplied_avx512;
    fn blend_picture<const CHANNELS: usize>(row: &[i16], alphas: &[i16], alpha: i16, canvas: &mut [u8]) =
        blend_picture_avx512::<CHANNELS>;
    fn blend_rgba(row: &[i16], alpha: i16, canvas: &mut [u8]) = blend_rgba_avx512;
}

/// Samples times the weights in the even places, and what lies below times those in the odd ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn mix(samples: __m512i, below: __m256i, [low, high]: [__m512i; 2]) -> __m256i {
    let half = _mm512_set1_epi32(1 << (SHIFT - 1));
    let below = _mm512_slli_epi16::<FRACTION_BITS>(_mm512_cvtepu8_epi16(below));
    let low = _mm512_dpwssd_epi32(half, _mm512_unpacklo_epi16(samples, below), low);
    let high = _mm512_dpwssd_epi32(half, _mm512_unpackhi_epi16(samples, below), high);
    let mixed = _mm512_packs_epi32(_mm512_srai_epi32::<SHIFT>(low), _mm512_srai_epi32::<SHIFT>(high));
    _mm512_cvtusepi16_epi8(_mm512_max_epi16(mixed, _mm512_setzero_si512()))
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blend_avx512(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    mix_row(row, [alpha, ONE - alpha], canvas);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blend_multiplied_avx512(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    mix_row(row, [ONE, ONE - alpha], canvas);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn mix_row(row: &[i16], [above, below]: [i16; 2], canvas: &mut [u8]) {
    let weights = _mm512_set1_epi32(i32::from(above) | i32::from(below) << 16);
    let len = row.len().min(canvas.len());
    for at in (0..len).step_by(32) {
        // SAFETY: `len` samples lie within both slices.
        unsafe {
            let samples = load(row.as_ptr().add(at).cast(), 2 * (len - at));
            let onto = canvas.as_mut_ptr().add(at);
            let mixed = mix(samples, load_half(onto, len - at), [weights; 2]);
            store_half(onto, len - at, mixed);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blend_four_avx512([a, b, c, d]: [i16; 4], alpha: i16, canvas: &mut [u8]) {
    let pair = |low: i16, high: i16| i32::from(low) | i32::from(high) << 16;
    let (ab, cd) = (pair(a, b), pair(c, d));
    let samples = _mm512_broadcast_i32x4(_mm_setr_epi32(ab, cd, ab, cd));
    let weights = _mm512_set1_epi32(pair(alpha, ONE - alpha));
    for at in (0..canvas.len()).step_by(32) {
        let left = canvas.len() - at;
        // SAFETY: so many samples are left of the slice.
        unsafe {
            let onto = canvas.as_mut_ptr().add(at);
            store_half(onto, left, mix(samples, load_half(onto, left), [weights; 2]));
        }
    }
}

/// Samples times an alpha for all.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn times(samples: __m512i, alpha: i16) -> __m512i {
    if alpha == ONE { samples } else { _mm512_mulhrs_epi16(samples, _mm512_set1_epi16(half_open(alpha))) }
}

/// Samples, each with an alpha of its own besides the one for all.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn mix_own(samples: __m512i, own: __m512i, alpha: i16, below: __m256i) -> __m256i {
    let one = _mm512_set1_epi16(ONE);
    // 255 becomes exactly `ONE`.
    let more = _mm512_srai_epi16::<8>(_mm512_adds_epi16(own, _mm512_set1_epi16(128)));
    let rest = _mm512_subs_epi16(one, times(_mm512_adds_epi16(own, more), alpha));
    let weights = [_mm512_unpacklo_epi16(one, rest), _mm512_unpackhi_epi16(one, rest)];
    mix(times(samples, alpha), below, weights)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blend_picture_avx512<const CHANNELS: usize>(row: &[i16], alphas: &[i16], alpha: i16, canvas: &mut [u8]) {
    const { assert!(CHANNELS == 1 || CHANNELS == 2) };
    let len = (row.len() / CHANNELS).min(canvas.len() / CHANNELS).min(alphas.len()) * CHANNELS;
    for at in (0..len).step_by(32) {
        // SAFETY: `len` samples lie within both rows, and as many pixels within the alphas.
        unsafe {
            let samples = load(row.as_ptr().add(at).cast(), 2 * (len - at));
            let alphas = alphas.as_ptr().add(at / CHANNELS).cast();
            let own = if CHANNELS == 1 {
                load(alphas, 2 * (len - at))
            } else {
                let own = _mm512_cvtepu16_epi32(load_half(alphas, len - at));
                _mm512_or_si512(own, _mm512_slli_epi32::<16>(own))
            };
            let onto = canvas.as_mut_ptr().add(at);
            let mixed = mix_own(samples, own, alpha, load_half(onto, len - at));
            store_half(onto, len - at, mixed);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blend_rgba_avx512(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    let len = row.len().min(canvas.len()) / 4 * 4;
    let opaque = _mm256_set1_epi32(0xff << 24);
    for at in (0..len).step_by(32) {
        // SAFETY: `len` samples lie within both slices.
        unsafe {
            let samples = load(row.as_ptr().add(at).cast(), 2 * (len - at));
            // Alpha for all four of a pixel.
            let own = _mm512_shufflehi_epi16::<0xff>(_mm512_shufflelo_epi16::<0xff>(samples));
            let onto = canvas.as_mut_ptr().add(at);
            let mixed = mix_own(samples, own, alpha, load_half(onto, len - at));
            store_half(onto, len - at, _mm256_or_si256(mixed, opaque));
        }
    }
}
