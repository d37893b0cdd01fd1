//! Weighted sums of three wide rows, 16 samples a register: a multiply-add takes two of the three.

use std::arch::x86_64::*;

use crate::convert::{COLOR_BITS, WideWeights, combine_body, combine_rgba_body};

with_avx2! {
    fn combine(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) = combine_avx2;
    fn combine_rgba(rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) =
        combine_rgba_avx2;
}

/// [`WideWeights`] side by side, as the samples of three rows are.
#[derive(Clone, Copy)]
struct Weights {
    ab: __m256i,
    c: __m256i,
    offset: __m256i,
}

impl Weights {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(weights: WideWeights) -> Self {
        let (ab, c) = weights.in_pairs();
        let offset = weights.rounded_offset();
        Self { ab: _mm256_set1_epi32(ab), c: _mm256_set1_epi32(c), offset: _mm256_set1_epi32(offset) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn sums(self, [a, b, c]: [__m256i; 3]) -> __m256i {
        let none = _mm256_setzero_si256();
        let sums = |ab: __m256i, c: __m256i| {
            let sums = _mm256_add_epi32(_mm256_madd_epi16(ab, self.ab), _mm256_madd_epi16(c, self.c));
            _mm256_srai_epi32::<{ COLOR_BITS as i32 }>(_mm256_add_epi32(sums, self.offset))
        };
        let low = sums(_mm256_unpacklo_epi16(a, b), _mm256_unpacklo_epi16(c, none));
        let high = sums(_mm256_unpackhi_epi16(a, b), _mm256_unpackhi_epi16(c, none));
        _mm256_packs_epi32(low, high)
    }
}

/// How many samples all three rows hold in whole registers.
fn len(rows: [&[i16]; 3], out: usize) -> usize {
    rows[0].len().min(rows[1].len()).min(rows[2].len()).min(out) / 16 * 16
}

#[target_feature(enable = "avx2")]
fn combine_avx2(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    let wide = Weights::new(weights);
    let len = len(rows, out.len());
    for at in (0..len).step_by(16) {
        // SAFETY: these 16 samples lie within every slice.
        unsafe {
            let samples = rows.map(|row| _mm256_loadu_si256(row.as_ptr().add(at).cast()));
            _mm256_storeu_si256(out.as_mut_ptr().add(at).cast(), wide.sums(samples));
        }
    }
    combine_body(rows.map(|row| &row[len..]), weights, &mut out[len..]);
}

#[target_feature(enable = "avx2")]
fn combine_rgba_avx2(rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) {
    let wide = [Weights::new(weights[0]), Weights::new(weights[1]), Weights::new(weights[2])];
    let alphas = _mm256_set1_epi16(alpha);
    let len = len(rows, out.len() / 4);
    for at in (0..len).step_by(16) {
        // SAFETY: these 16 samples lie within every row, and as many pixels within `out`.
        unsafe {
            let samples = rows.map(|row| _mm256_loadu_si256(row.as_ptr().add(at).cast()));
            let colors = wide.map(|weights| weights.sums(samples));
            for (part, pixels) in pixels(colors, alphas).into_iter().enumerate() {
                _mm256_storeu_si256(out.as_mut_ptr().add(4 * at + 16 * part).cast(), pixels);
            }
        }
    }
    combine_rgba_body(rows.map(|row| &row[len..]), weights, alpha, &mut out[4 * len..]);
}

/// Colours and alpha side by side, four pixels a register.
#[inline]
#[target_feature(enable = "avx2")]
fn pixels([red, green, blue]: [__m256i; 3], alpha: __m256i) -> [__m256i; 4] {
    let (rg, ba) = (_mm256_unpacklo_epi16(red, green), _mm256_unpacklo_epi16(blue, alpha));
    let (a, b) = (_mm256_unpacklo_epi32(rg, ba), _mm256_unpackhi_epi32(rg, ba));
    let (rg, ba) = (_mm256_unpackhi_epi16(red, green), _mm256_unpackhi_epi16(blue, alpha));
    let (c, d) = (_mm256_unpacklo_epi32(rg, ba), _mm256_unpackhi_epi32(rg, ba));
    // Each register has two pixels of every eight: the halves change places.
    [
        _mm256_permute2x128_si256::<0x20>(a, b),
        _mm256_permute2x128_si256::<0x20>(c, d),
        _mm256_permute2x128_si256::<0x31>(a, b),
        _mm256_permute2x128_si256::<0x31>(c, d),
    ]
}
