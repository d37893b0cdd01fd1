//! Other colours, other formats: matrices on wide rows, RGBA pictures into planes, chroma apart and together.

use crate::level::Instructions;
use crate::{FRACTION_BITS, Level, WEIGHT_BITS};

/// Bits of a colour weight.
const COLOR_BITS: u32 = 12;

/// One row of a matrix for wide samples, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WideWeights {
    pub(crate) weights: [i32; 3],
    pub(crate) offset: i32,
}

impl WideWeights {
    /// Weights of the three inputs, each below 8 in size, and what is added, in code values.
    #[must_use]
    pub fn new(weights: [f64; 3], offset: f64) -> Self {
        let fixed = |value: f64, bits: u32| (value * f64::from(1 << bits) + 0.5).floor() as i32;
        Self {
            weights: weights.map(|weight| fixed(weight.clamp(-8.0, 8.0), COLOR_BITS)),
            offset: fixed(offset.clamp(-4096.0, 4096.0), COLOR_BITS + FRACTION_BITS),
        }
    }
}

impl WideWeights {
    /// The same, and then times an alpha, `0..=ONE`.
    #[must_use]
    pub fn times(self, alpha: i16) -> Self {
        let scale = |value: i32| {
            ((i64::from(value) * i64::from(alpha) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS) as i32
        };
        Self { weights: self.weights.map(scale), offset: scale(self.offset) }
    }
}

/// A weighted sum of three wide rows, into every `STRIDE`th sample of `out`.
pub fn combine<const STRIDE: usize>(level: Level, rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    match level.0 {
        Instructions::Scalar => combine_body::<STRIDE>(rows, weights, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 | Instructions::Avx512 => crate::x86::avx2::combine::<STRIDE>(rows, weights, out),
    }
}

#[inline(always)]
pub(crate) fn combine_body<const STRIDE: usize>(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    let WideWeights { weights: [wa, wb, wc], offset } = weights;
    let rounding = offset.wrapping_add(1 << (COLOR_BITS - 1));
    let [a, b, c] = rows;
    for (((out, &a), &b), &c) in out.iter_mut().step_by(STRIDE).zip(a).zip(b).zip(c) {
        // At most 3 × 8 × 2¹⁵ × 2¹²: wraps only where no real matrix gets.
        let sum = (i32::from(a).wrapping_mul(wa))
            .wrapping_add(i32::from(b).wrapping_mul(wb))
            .wrapping_add(i32::from(c).wrapping_mul(wc));
        let value = sum.wrapping_add(rounding) >> COLOR_BITS;
        *out = value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
}

/// U and V side by side, as NV12 has them.
pub fn interleave(u: &[i16], v: &[i16], out: &mut [i16]) {
    for ((out, &u), &v) in out.chunks_exact_mut(2).zip(u).zip(v) {
        out.copy_from_slice(&[u, v]);
    }
}

/// U and V apart, as I420 has them.
pub fn deinterleave(uv: &[i16], u: &mut [i16], v: &mut [i16]) {
    for ((uv, u), v) in uv.chunks_exact(2).zip(u).zip(v) {
        [*u, *v] = [uv[0], uv[1]];
    }
}

/// [`interleave`] of 8-bit samples.
pub fn interleave_bytes(u: &[u8], v: &[u8], out: &mut [u8]) {
    for ((out, &u), &v) in out.chunks_exact_mut(2).zip(u).zip(v) {
        out.copy_from_slice(&[u, v]);
    }
}

/// [`deinterleave`] of 8-bit samples.
pub fn deinterleave_bytes(uv: &[u8], u: &mut [u8], v: &mut [u8]) {
    for ((uv, u), v) in uv.chunks_exact(2).zip(u).zip(v) {
        [*u, *v] = [uv[0], uv[1]];
    }
}

/// Bits of the weights that turn R, G, B into a code value.
const RGB_BITS: u32 = 14;

/// One row of a matrix for 8-bit R, G, B, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RgbWeights {
    weights: [i32; 3],
    offset: i32,
}

impl RgbWeights {
    /// Weights of red, green and blue, each at most 1 in size, and what is added, in code values `0..=255`.
    #[must_use]
    pub fn new(weights: [f64; 3], offset: f64) -> Self {
        let fixed = |value: f64| (value * f64::from(1 << RGB_BITS) + 0.5).floor() as i32;
        let mut fixed_weights = weights.map(|weight| fixed(weight.clamp(-1.0, 1.0)));
        // The weights' sum decides what grey becomes: it must not drift. Green bears the rest.
        fixed_weights[1] = fixed(weights.iter().sum()) - fixed_weights[0] - fixed_weights[2];
        Self { weights: fixed_weights, offset: fixed(offset) }
    }

    /// The code value of a pixel, in `RGB_BITS` of fraction.
    #[inline(always)]
    fn of(self, pixel: &[u8]) -> i32 {
        let [r, g, b] = self.weights;
        r * i32::from(pixel[0]) + g * i32::from(pixel[1]) + b * i32::from(pixel[2]) + self.offset
    }

    /// The code value of a pixel times its alpha, 0..=255 of it.
    #[inline(always)]
    fn premultiplied(self, pixel: &[u8]) -> i64 {
        i64::from(self.of(pixel)) * i64::from(pixel[3])
    }
}

/// Luma of straight RGBA pixels; premultiplied with their alpha where `alphas` is given, which takes the alphas.
pub fn rgba_to_luma(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], alphas: Option<&mut [u8]>) {
    let pixels = rgba.chunks_exact(4);
    let Some(alphas) = alphas else {
        for (luma, pixel) in luma.iter_mut().zip(pixels) {
            *luma = ((weights.of(pixel) + (1 << (RGB_BITS - 1))) >> RGB_BITS).clamp(0, 255) as u8;
        }
        return;
    };
    for ((luma, alpha), pixel) in luma.iter_mut().zip(alphas).zip(pixels) {
        *luma = divide(weights.premultiplied(pixel), 255);
        *alpha = pixel[3];
    }
}

/// Where the chroma of two rows of pixels goes.
#[derive(Debug)]
pub enum ChromaRow<'a> {
    /// U and V apart.
    Planar(&'a mut [u8], &'a mut [u8]),
    /// U and V apart, premultiplied, and the mean of the alphas.
    PlanarAlpha(&'a mut [u8], &'a mut [u8], &'a mut [u8]),
    /// U and V side by side.
    Interleaved(&'a mut [u8]),
}

/// Chroma of two rows of straight RGBA pixels: the mean of each 2×2 block, of what there is of it at an odd edge.
///
/// The last row of an odd picture is given twice.
pub fn rgba_to_chroma(rows: [&[u8]; 2], weights: [RgbWeights; 2], out: ChromaRow<'_>) {
    let blocks = rows[0].chunks(8).zip(rows[1].chunks(8));
    match out {
        ChromaRow::Planar(u, v) => {
            for ((u, v), (above, below)) in u.iter_mut().zip(v).zip(blocks) {
                [*u, *v] = weights.map(|weights| mean(above, below, weights));
            }
        }
        ChromaRow::Interleaved(uv) => {
            for (uv, (above, below)) in uv.chunks_exact_mut(2).zip(blocks) {
                uv.copy_from_slice(&weights.map(|weights| mean(above, below, weights)));
            }
        }
        ChromaRow::PlanarAlpha(u, v, alphas) => {
            for (((u, v), alpha), (above, below)) in u.iter_mut().zip(v).zip(alphas).zip(blocks) {
                let pixels = || above.chunks_exact(4).chain(below.chunks_exact(4));
                let count = pixels().count() as i64;
                let sum = |weights: RgbWeights| pixels().map(|pixel| weights.premultiplied(pixel)).sum();
                [*u, *v] = weights.map(|weights| divide(sum(weights), 255 * count));
                let alphas: i64 = pixels().map(|pixel| i64::from(pixel[3])).sum();
                *alpha = ((alphas + count / 2) / count) as u8;
            }
        }
    }
}

#[inline(always)]
fn mean(above: &[u8], below: &[u8], weights: RgbWeights) -> u8 {
    let sum = |row: &[u8]| row.chunks_exact(4).map(|pixel| weights.of(pixel)).sum::<i32>();
    let count = (above.len() + below.len()) as i32 / 4;
    // Two or four pixels: their count is a shift.
    let shift = RGB_BITS + count.trailing_zeros();
    ((sum(above) + sum(below) + (1 << (shift - 1))) >> shift).clamp(0, 255) as u8
}

/// A code value with `RGB_BITS` of fraction, over `divisor`, rounded.
fn divide(value: i64, divisor: i64) -> u8 {
    let unit = divisor << RGB_BITS;
    ((value + unit / 2).div_euclid(unit)).clamp(0, 255) as u8
}

/// Straight RGBA pixels, each colour times its alpha.
pub fn premultiply(rgba: &[u8], out: &mut [u8]) {
    for (out, pixel) in out.chunks_exact_mut(4).zip(rgba.chunks_exact(4)) {
        let alpha = u32::from(pixel[3]);
        let times = |color: u8| ((u32::from(color) * alpha + 127) / 255) as u8;
        out.copy_from_slice(&[times(pixel[0]), times(pixel[1]), times(pixel[2]), pixel[3]]);
    }
}
