//! Weighted sums of three wide rows, 32 samples a register: a multiply-add takes two of the three.

use std::arch::x86_64::*;

use super::edge::{load, store};
use crate::convert::{COLOR_BITS, WideWeights};

with_avx512! {
    fn combine(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) = combine_avx512;
    fn combine_rgba(rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) =
        combine_rgba_avx512;
}

/// [`WideWeights`] side by side, as the samples of three rows are.
#[derive(Clone, Copy)]
struct Weights {
    ab: __m512i,
    c: __m512i,
    offset: __m512i,
}

impl Weights {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn new(weights: WideWeights) -> Self {
        let (ab, c) = weights.in_pairs();
        let offset = weights.rounded_offset();
        Self { ab: _mm512_set1_epi32(ab), c: _mm512_set1_epi32(c), offset: _mm512_set1_epi32(offset) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn sums(self, [a, b, c]: [__m512i; 3]) -> __m512i {
        let none = _mm512_setzero_si512();
        let sums = |ab: __m512i, c: __m512i| {
            let sums = _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(self.offset, ab, self.ab), c, self.c);
            _mm512_srai_epi32::<COLOR_BITS>(sums)
        };
        let low = sums(_mm512_unpacklo_epi16(a, b), _mm512_unpacklo_epi16(c, none));
        let high = sums(_mm512_unpackhi_epi16(a, b), _mm512_unpackhi_epi16(c, none));
        _mm512_packs_epi32(low, high)
    }
}

/// How many samples all three rows hold.
fn len(rows: [&[i16]; 3]) -> usize {
    rows[0].len().min(rows[1].len()).min(rows[2].len())
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn combine_avx512(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    let weights = Weights::new(weights);
    let len = len(rows).min(out.len());
    for at in (0..len).step_by(32) {
        let left = 2 * (len - at);
        // SAFETY: `len` samples lie within every slice.
        unsafe {
            let samples = rows.map(|row| load(row.as_ptr().add(at).cast(), left));
            store(out.as_mut_ptr().add(at).cast(), left, weights.sums(samples));
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn combine_rgba_avx512(rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) {
    let weights = [Weights::new(weights[0]), Weights::new(weights[1]), Weights::new(weights[2])];
    let alpha = _mm512_set1_epi16(alpha);
    let len = len(rows).min(out.len() / 4);
    for at in (0..len).step_by(32) {
        let left = len - at;
        // SAFETY: `len` samples lie within every row, and as many pixels within `out`; what is left of a register behind
        // them is neither read nor written.
        unsafe {
            let samples = rows.map(|row| load(row.as_ptr().add(at).cast(), 2 * left));
            let colors = weights.map(|weights| weights.sums(samples));
            let onto = out.as_mut_ptr().add(4 * at).cast::<u8>();
            for (part, pixels) in pixels(colors, alpha).into_iter().enumerate() {
                store(onto.wrapping_add(64 * part), (8 * left).saturating_sub(64 * part), pixels);
            }
        }
    }
}

/// Colours and alpha side by side, eight pixels a register.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn pixels([red, green, blue]: [__m512i; 3], alpha: __m512i) -> [__m512i; 4] {
    let (rg, ba) = (_mm512_unpacklo_epi16(red, green), _mm512_unpacklo_epi16(blue, alpha));
    let (a, b) = (_mm512_unpacklo_epi32(rg, ba), _mm512_unpackhi_epi32(rg, ba));
    let (rg, ba) = (_mm512_unpackhi_epi16(red, green), _mm512_unpackhi_epi16(blue, alpha));
    let (c, d) = (_mm512_unpacklo_epi32(rg, ba), _mm512_unpackhi_epi32(rg, ba));
    // Each register has two pixels of every eight: the quarters change places.
    const LOW: i32 = 0b01_00_01_00;
    const HIGH: i32 = 0b11_10_11_10;
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let (ab, cd) = (_mm512_shuffle_i64x2::<LOW>(a, b), _mm512_shuffle_i64x2::<LOW>(c, d));
    let (ef, gh) = (_mm512_shuffle_i64x2::<HIGH>(a, b), _mm512_shuffle_i64x2::<HIGH>(c, d));
    [
        _mm512_shuffle_i64x2::<EVEN>(ab, cd),
        _mm512_shuffle_i64x2::<ODD>(ab, cd),
        _mm512_shuffle_i64x2::<EVEN>(ef, gh),
        _mm512_shuffle_i64x2::<ODD>(ef, gh),
    ]
}
