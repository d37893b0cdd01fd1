//! RGBA made ready, eight pixels a register.
//!
//! Even and odd bytes of a register are two registers of 16-bit numbers, red beside blue and green beside alpha: one
//! multiply-add of each makes the code values of the pixels.

use std::arch::x86_64::*;

use crate::rgba::{RGB_BITS, RgbWeights, chroma_body, luma_body, premultiply_body};
use crate::x86::rgba::{HALF_OF_255, LARGEST};

with_avx2! {
    fn rgba_to_luma(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], alphas: Option<&mut [u8]>) = to_luma;
    fn rgba_to_chroma(rows: [&[u8]; 2], weights: [RgbWeights; 2], uv: [&mut [u8]; 2], alphas: Option<&mut [u8]>) =
        to_chroma;
    fn premultiply(rgba: &[u8], out: &mut [u8]) = premultiply_avx2;
}

/// [`RgbWeights`] side by side, as the bytes of pixels are.
#[derive(Clone, Copy)]
struct Matrix {
    red_blue: __m256i,
    green: __m256i,
    offset: __m256i,
}

impl Matrix {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(weights: RgbWeights) -> Self {
        let (red_blue, green) = weights.in_pairs();
        Self {
            red_blue: _mm256_set1_epi32(red_blue),
            green: _mm256_set1_epi32(green),
            offset: _mm256_set1_epi32(weights.offset),
        }
    }

    /// Code values in `RGB_BITS` of fraction, of sums of `1 << SHIFT` pixels.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn of<const SHIFT: i32>(self, red_blue: __m256i, green_alpha: __m256i) -> __m256i {
        let offset = _mm256_slli_epi32::<SHIFT>(self.offset);
        let red_blue = _mm256_add_epi32(offset, _mm256_madd_epi16(red_blue, self.red_blue));
        _mm256_add_epi32(red_blue, _mm256_madd_epi16(green_alpha, self.green))
    }

    /// Code values times alpha: their whole parts, and their fractions.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn premultiplied(self, pixels: __m256i) -> [__m256i; 2] {
        let (red_blue, green_alpha) = split(pixels);
        let values = self.of::<0>(red_blue, green_alpha);
        let alphas = _mm256_srli_epi32::<24>(pixels);
        let below_one = _mm256_set1_epi32((1 << RGB_BITS) - 1);
        [
            _mm256_madd_epi16(_mm256_srai_epi32::<{ RGB_BITS as i32 }>(values), alphas),
            _mm256_madd_epi16(_mm256_and_si256(values, below_one), alphas),
        ]
    }
}

/// Even and odd bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn split(pixels: __m256i) -> (__m256i, __m256i) {
    (_mm256_and_si256(pixels, _mm256_set1_epi16(0xff)), _mm256_srli_epi16::<8>(pixels))
}

/// Rounds values with `BITS` of fraction.
#[inline]
#[target_feature(enable = "avx2")]
fn round<const BITS: i32>(values: __m256i) -> __m256i {
    _mm256_srai_epi32::<BITS>(_mm256_add_epi32(values, _mm256_set1_epi32(1 << (BITS - 1))))
}

/// Rounds sums of [`Matrix::premultiplied`] of `1 << SHIFT` pixels, over 255.
#[inline]
#[target_feature(enable = "avx2")]
fn divide<const SHIFT: i32>([whole, fraction]: [__m256i; 2]) -> __m256i {
    let fraction = _mm256_add_epi32(fraction, _mm256_set1_epi32(HALF_OF_255 << SHIFT));
    let sum = _mm256_add_epi32(whole, _mm256_srai_epi32::<{ RGB_BITS as i32 }>(fraction));
    let sum = _mm256_srai_epi32::<SHIFT>(sum);
    let sum = _mm256_min_epi32(_mm256_max_epi32(sum, _mm256_setzero_si256()), _mm256_set1_epi32(LARGEST));
    let next = _mm256_add_epi32(sum, _mm256_set1_epi32(1));
    _mm256_srli_epi32::<8>(_mm256_add_epi32(next, _mm256_srli_epi32::<8>(sum)))
}

/// Thirty-two numbers as bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}

/// Thirty-two pixels at a time, the last ones some of them twice; fewer are plain code's.
#[target_feature(enable = "avx2")]
fn to_luma(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], mut alphas: Option<&mut [u8]>) {
    let matrix = Matrix::new(weights);
    let room = alphas.as_ref().map_or(usize::MAX, |alphas| alphas.len());
    let count = luma.len().min(rgba.len() / 4).min(room);
    if count < 32 {
        return luma_body(rgba, weights, luma, alphas);
    }
    let mut at = 0;
    while at < count {
        at = at.min(count - 32);
        // SAFETY: these 32 pixels lie within every slice.
        unsafe {
            let pixels =
                [0, 1, 2, 3].map(|part| _mm256_loadu_si256(rgba.as_ptr().add(4 * at + 32 * part).cast()));
            let values = match &mut alphas {
                Some(alphas) => {
                    let own = narrow(pixels.map(|pixels| _mm256_srli_epi32::<24>(pixels)));
                    _mm256_storeu_si256(alphas.as_mut_ptr().add(at).cast(), own);
                    pixels.map(|pixels| divide::<0>(matrix.premultiplied(pixels)))
                }
                None => pixels.map(|pixels| {
                    let (red_blue, green_alpha) = split(pixels);
                    round::<{ RGB_BITS as i32 }>(matrix.of::<0>(red_blue, green_alpha))
                }),
            };
            _mm256_storeu_si256(luma.as_mut_ptr().add(at).cast(), narrow(values));
        }
        at += 32;
    }
}

/// Sixteen numbers as bytes; each register's come from `hadd`, which leaves pairs of them in turn in either half.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow_sums([a, b]: [__m256i; 2]) -> __m128i {
    let numbers = _mm256_packs_epi32(a, b);
    let (low, high) = (_mm256_castsi256_si128(numbers), _mm256_extracti128_si256::<1>(numbers));
    _mm_packus_epi16(_mm_unpacklo_epi32(low, high), _mm_unpackhi_epi32(low, high))
}

/// Sixteen blocks at a time, the last ones some of them twice; fewer, and the narrow one of an odd edge, are plain code's.
#[target_feature(enable = "avx2")]
fn to_chroma(
    rows: [&[u8]; 2],
    weights: [RgbWeights; 2],
    [u, v]: [&mut [u8]; 2],
    mut alphas: Option<&mut [u8]>,
) {
    let matrices = [Matrix::new(weights[0]), Matrix::new(weights[1])];
    let room = alphas.as_ref().map_or(usize::MAX, |alphas| alphas.len());
    let whole_blocks = rows[0].len().min(rows[1].len()) / 8;
    let count = u.len().min(v.len()).min(room).min(whole_blocks);
    if count < 16 {
        return chroma_body(rows, weights, [u, v], alphas);
    }
    let mut at = 0;
    while at < count {
        at = at.min(count - 16);
        // SAFETY: these 16 blocks lie within every slice.
        unsafe {
            let load = |row: usize, part: usize| {
                _mm256_loadu_si256(rows[row].as_ptr().add(8 * at + 32 * part).cast())
            };
            let parts = [0, 1, 2, 3].map(|part| [load(0, part), load(1, part)]);
            let [to_u, to_v] = match &mut alphas {
                Some(alphas) => {
                    let own = parts.map(|[above, below]| {
                        _mm256_add_epi32(_mm256_srli_epi32::<24>(above), _mm256_srli_epi32::<24>(below))
                    });
                    let own = pair_sums(own).map(|sums| round::<2>(sums));
                    _mm_storeu_si128(alphas.as_mut_ptr().add(at).cast(), narrow_sums(own));
                    matrices.map(|matrix| {
                        let sums = parts.map(|rows| rows.map(|pixels| matrix.premultiplied(pixels)));
                        let [whole, fraction] = [0, 1].map(|index| {
                            pair_sums(sums.map(|[above, below]| _mm256_add_epi32(above[index], below[index])))
                        });
                        [0, 1].map(|half| divide::<2>([whole[half], fraction[half]]))
                    })
                }
                None => {
                    let sums = parts.map(|[above, below]| {
                        let ((a, b), (c, d)) = (split(above), split(below));
                        [_mm256_add_epi16(a, c), _mm256_add_epi16(b, d)]
                    });
                    // The sums fit 16 bits: those of two lie side by side in a lane.
                    let [red_blue, green_alpha] = [0, 1].map(|index| pair_sums(sums.map(|sums| sums[index])));
                    matrices.map(|matrix| {
                        [0, 1].map(|half| {
                            let values = matrix.of::<2>(red_blue[half], green_alpha[half]);
                            round::<{ RGB_BITS as i32 + 2 }>(values)
                        })
                    })
                }
            };
            _mm_storeu_si128(u.as_mut_ptr().add(at).cast(), narrow_sums(to_u));
            _mm_storeu_si128(v.as_mut_ptr().add(at).cast(), narrow_sums(to_v));
        }
        at += 16;
    }
    let edge = [&rows[0][8 * count..], &rows[1][8 * count..]];
    chroma_body(edge, weights, [&mut u[count..], &mut v[count..]], alphas.map(|alphas| &mut alphas[count..]));
}

/// Sums of neighbours, in the order of `hadd`.
#[inline]
#[target_feature(enable = "avx2")]
fn pair_sums([a, b, c, d]: [__m256i; 4]) -> [__m256i; 2] {
    [_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d)]
}

#[target_feature(enable = "avx2")]
fn premultiply_avx2(rgba: &[u8], out: &mut [u8]) {
    let bytes = rgba.len().min(out.len()) / 32 * 32;
    // Alpha takes the place of every colour of its pixel, and is itself multiplied by 255.
    let own = _mm_setr_epi32(
        0x80_03_80_03_u32 as i32,
        0x80_07_80_07_u32 as i32,
        0x80_0b_80_0b_u32 as i32,
        0x80_0f_80_0f_u32 as i32,
    );
    let own = _mm256_broadcastsi128_si256(own);
    let times = |colors: __m256i, alphas: __m256i| {
        let product = _mm256_add_epi16(_mm256_mullo_epi16(colors, alphas), _mm256_set1_epi16(128));
        // Over 255, rounded.
        _mm256_srli_epi16::<8>(_mm256_add_epi16(product, _mm256_srli_epi16::<8>(product)))
    };
    for at in (0..bytes).step_by(32) {
        // SAFETY: these 32 bytes lie within both slices.
        unsafe {
            let pixels = _mm256_loadu_si256(rgba.as_ptr().add(at).cast());
            let alphas = _mm256_shuffle_epi8(pixels, own);
            let (red_blue, green_alpha) = split(pixels);
            let green_one = _mm256_or_si256(green_alpha, _mm256_set1_epi32(255 << 16));
            let (red_blue, green_alpha) = (times(red_blue, alphas), times(green_one, alphas));
            let made = _mm256_or_si256(red_blue, _mm256_slli_epi16::<8>(green_alpha));
            _mm256_storeu_si256(out.as_mut_ptr().add(at).cast(), made);
        }
    }
    premultiply_body(&rgba[bytes..], &mut out[bytes..]);
}
