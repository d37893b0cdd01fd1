//! RGBA made ready, sixteen pixels a register.
//!
//! Even and odd bytes of a register are two registers of 16-bit numbers, red beside blue and green beside alpha: one
//! multiply-add of each makes the code values of the pixels.

use std::arch::x86_64::*;

use super::edge::{load, store, store_half};
use crate::rgba::{RGB_BITS, RgbWeights, chroma_body};
use crate::x86::rgba::{HALF_OF_255, LARGEST};

with_avx512! {
    fn rgba_to_luma(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], alphas: Option<&mut [u8]>) = to_luma;
    fn rgba_to_chroma(rows: [&[u8]; 2], weights: [RgbWeights; 2], uv: [&mut [u8]; 2], alphas: Option<&mut [u8]>) =
        to_chroma;
    fn premultiply(rgba: &[u8], out: &mut [u8]) = premultiply_avx512;
}

/// [`RgbWeights`] side by side, as the bytes of pixels are.
#[derive(Clone, Copy)]
struct Matrix {
    red_blue: __m512i,
    green: __m512i,
    offset: __m512i,
}

impl Matrix {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn new(weights: RgbWeights) -> Self {
        let (red_blue, green) = weights.in_pairs();
        Self {
            red_blue: _mm512_set1_epi32(red_blue),
            green: _mm512_set1_epi32(green),
            offset: _mm512_set1_epi32(weights.offset),
        }
    }

    /// Code values in `RGB_BITS` of fraction, of sums of `1 << SHIFT` pixels.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn of<const SHIFT: u32>(self, red_blue: __m512i, green_alpha: __m512i) -> __m512i {
        let offset = _mm512_slli_epi32::<SHIFT>(self.offset);
        let red_blue = _mm512_dpwssd_epi32(offset, red_blue, self.red_blue);
        _mm512_dpwssd_epi32(red_blue, green_alpha, self.green)
    }

    /// Adds code values times alpha: their whole parts to the first sum, their fractions to the second.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn add_premultiplied(self, [whole, fraction]: [__m512i; 2], pixels: __m512i) -> [__m512i; 2] {
        let (red_blue, green_alpha) = split(pixels);
        let values = self.of::<0>(red_blue, green_alpha);
        let alphas = _mm512_srli_epi32::<24>(pixels);
        let below_one = _mm512_set1_epi32((1 << RGB_BITS) - 1);
        [
            _mm512_dpwssd_epi32(whole, _mm512_srai_epi32::<RGB_BITS>(values), alphas),
            _mm512_dpwssd_epi32(fraction, _mm512_and_si512(values, below_one), alphas),
        ]
    }
}

/// Even and odd bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn split(pixels: __m512i) -> (__m512i, __m512i) {
    (_mm512_and_si512(pixels, _mm512_set1_epi16(0xff)), _mm512_srli_epi16::<8>(pixels))
}

/// Rounds values with `BITS` of fraction.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn round<const BITS: u32>(values: __m512i) -> __m512i {
    _mm512_srai_epi32::<BITS>(_mm512_add_epi32(values, _mm512_set1_epi32(1 << (BITS - 1))))
}

/// Rounds sums of [`Matrix::add_premultiplied`] of `1 << SHIFT` pixels, over 255.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn divide<const SHIFT: u32>([whole, fraction]: [__m512i; 2]) -> __m512i {
    let fraction = _mm512_add_epi32(fraction, _mm512_set1_epi32(HALF_OF_255 << SHIFT));
    let sum = _mm512_add_epi32(whole, _mm512_srai_epi32::<RGB_BITS>(fraction));
    let sum = _mm512_srai_epi32::<SHIFT>(sum);
    let sum = _mm512_min_epi32(_mm512_max_epi32(sum, _mm512_setzero_si512()), _mm512_set1_epi32(LARGEST));
    let next = _mm512_add_epi32(sum, _mm512_set1_epi32(1));
    _mm512_srli_epi32::<8>(_mm512_add_epi32(next, _mm512_srli_epi32::<8>(sum)))
}

/// Sixty-four numbers as bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn narrow([a, b, c, d]: [__m512i; 4]) -> __m512i {
    let bytes = _mm512_packus_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
    let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_permutexvar_epi32(order, bytes)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn to_luma(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], mut alphas: Option<&mut [u8]>) {
    let matrix = Matrix::new(weights);
    let room = alphas.as_ref().map_or(usize::MAX, |alphas| alphas.len());
    let count = luma.len().min(rgba.len() / 4).min(room);
    for at in (0..count).step_by(64) {
        let left = count - at;
        // SAFETY: `count` pixels lie within every slice; behind them nothing is read or written.
        unsafe {
            let pixels = [0, 1, 2, 3].map(|part| {
                let left = (4 * left).saturating_sub(64 * part);
                load(rgba.as_ptr().wrapping_add(4 * at + 64 * part), left)
            });
            let values = match &mut alphas {
                Some(alphas) => {
                    let own = narrow(pixels.map(|pixels| _mm512_srli_epi32::<24>(pixels)));
                    store(alphas.as_mut_ptr().add(at), left, own);
                    let none = [_mm512_setzero_si512(); 2];
                    pixels.map(|pixels| divide::<0>(matrix.add_premultiplied(none, pixels)))
                }
                None => pixels.map(|pixels| {
                    let (red_blue, green_alpha) = split(pixels);
                    round::<RGB_BITS>(matrix.of::<0>(red_blue, green_alpha))
                }),
            };
            store(luma.as_mut_ptr().add(at), left, narrow(values));
        }
    }
}

/// Sums of neighbours.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn pair_sums([a, b, c, d]: [__m512i; 4]) -> [__m512i; 2] {
    let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    [(a, b), (c, d)].map(|(a, b)| {
        _mm512_add_epi32(_mm512_permutex2var_epi32(a, even, b), _mm512_permutex2var_epi32(a, odd, b))
    })
}

/// Thirty-two numbers as bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn narrow_half([a, b]: [__m512i; 2]) -> __m256i {
    let numbers = _mm512_max_epi16(_mm512_packs_epi32(a, b), _mm512_setzero_si512());
    let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    _mm512_cvtusepi16_epi8(_mm512_permutexvar_epi64(order, numbers))
}

/// Thirty-two blocks at a time; the narrow one of an odd edge is plain code's.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
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
    for at in (0..count).step_by(32) {
        let left = count - at;
        // SAFETY: `count` blocks lie within every slice; behind them nothing is read or written.
        unsafe {
            let load = |row: usize, part: usize| {
                let left = (8 * left).saturating_sub(64 * part);
                load(rows[row].as_ptr().wrapping_add(8 * at + 64 * part), left)
            };
            let parts = [0, 1, 2, 3].map(|part| [load(0, part), load(1, part)]);
            let [to_u, to_v] = match &mut alphas {
                Some(alphas) => {
                    let own = parts.map(|[above, below]| {
                        _mm512_add_epi32(_mm512_srli_epi32::<24>(above), _mm512_srli_epi32::<24>(below))
                    });
                    let own = narrow_half(pair_sums(own).map(|sums| round::<2>(sums)));
                    store_half(alphas.as_mut_ptr().add(at), left, own);
                    matrices.map(|matrix| {
                        let sums = parts.map(|[above, below]| {
                            let sums = matrix.add_premultiplied([_mm512_setzero_si512(); 2], above);
                            matrix.add_premultiplied(sums, below)
                        });
                        let [whole, fraction] = [0, 1].map(|index| pair_sums(sums.map(|sums| sums[index])));
                        [0, 1].map(|half| divide::<2>([whole[half], fraction[half]]))
                    })
                }
                None => {
                    let sums = parts.map(|[above, below]| {
                        let ((a, b), (c, d)) = (split(above), split(below));
                        [_mm512_add_epi16(a, c), _mm512_add_epi16(b, d)]
                    });
                    // The sums fit 16 bits: those of two lie side by side in a lane.
                    let [red_blue, green_alpha] = [0, 1].map(|index| pair_sums(sums.map(|sums| sums[index])));
                    matrices.map(|matrix| {
                        [0, 1].map(|half| {
                            round::<{ RGB_BITS + 2 }>(matrix.of::<2>(red_blue[half], green_alpha[half]))
                        })
                    })
                }
            };
            store_half(u.as_mut_ptr().add(at), left, narrow_half(to_u));
            store_half(v.as_mut_ptr().add(at), left, narrow_half(to_v));
        }
    }
    let edge = [&rows[0][8 * count..], &rows[1][8 * count..]];
    chroma_body(edge, weights, [&mut u[count..], &mut v[count..]], alphas.map(|alphas| &mut alphas[count..]));
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn premultiply_avx512(rgba: &[u8], out: &mut [u8]) {
    let bytes = (rgba.len().min(out.len())) / 4 * 4;
    // Alpha takes the place of every colour of its pixel, and is itself multiplied by 255.
    let own = _mm512_broadcast_i32x4(_mm_setr_epi32(
        0x80_03_80_03_u32 as i32,
        0x80_07_80_07_u32 as i32,
        0x80_0b_80_0b_u32 as i32,
        0x80_0f_80_0f_u32 as i32,
    ));
    let times = |colors: __m512i, alphas: __m512i| {
        let product = _mm512_add_epi16(_mm512_mullo_epi16(colors, alphas), _mm512_set1_epi16(128));
        // Over 255, rounded.
        _mm512_srli_epi16::<8>(_mm512_add_epi16(product, _mm512_srli_epi16::<8>(product)))
    };
    for at in (0..bytes).step_by(64) {
        // SAFETY: `bytes` bytes lie within both slices.
        unsafe {
            let pixels = load(rgba.as_ptr().add(at), bytes - at);
            let alphas = _mm512_shuffle_epi8(pixels, own);
            let (red_blue, green_alpha) = split(pixels);
            let green_one = _mm512_or_si512(green_alpha, _mm512_set1_epi32(255 << 16));
            let (red_blue, green_alpha) = (times(red_blue, alphas), times(green_one, alphas));
            let made = _mm512_or_si512(red_blue, _mm512_slli_epi16::<8>(green_alpha));
            store(out.as_mut_ptr().add(at), bytes - at, made);
        }
    }
}
