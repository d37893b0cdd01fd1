//! Straight RGBA pictures made ready: premultiplied, or turned into planes.

use crate::Level;
use crate::level::Instructions;

/// Bits of the weights that turn R, G, B into a code value.
pub(crate) const RGB_BITS: u32 = 14;

/// One row of a matrix for 8-bit R, G, B, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RgbWeights {
    weights: [i32; 3],
    pub(crate) offset: i32,
}

impl RgbWeights {
    /// Weights of red, green and blue, each at most 1 in size, and what is added, in code values `0..=255`.
    #[must_use]
    pub fn new(weights: [f64; 3], offset: f64) -> Self {
        let fixed = |value: f64| (value * f64::from(1 << RGB_BITS) + 0.5).floor() as i32;
        let weights = weights.map(|weight| weight.clamp(-1.0, 1.0));
        let mut fixed_weights = weights.map(fixed);
        // The weights' sum decides what grey becomes: it must not drift. Green bears the rest.
        fixed_weights[1] = fixed(weights.iter().sum()) - fixed_weights[0] - fixed_weights[2];
        Self { weights: fixed_weights, offset: fixed(offset.clamp(0.0, 255.0)) }
    }

    /// Red and blue in the halves of a number, and green in the lower half of another: each fits 16 bits.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const fn in_pairs(self) -> (i32, i32) {
        let [red, green, blue] = self.weights;
        (red & 0xffff | blue << 16, green & 0xffff)
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
pub fn rgba_to_luma(
    level: Level,
    rgba: &[u8],
    weights: RgbWeights,
    luma: &mut [u8],
    alphas: Option<&mut [u8]>,
) {
    match level.0 {
        Instructions::Scalar => luma_body(rgba, weights, luma, alphas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::rgba_to_luma(rgba, weights, luma, alphas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::rgba_to_luma(rgba, weights, luma, alphas),
    }
}

#[inline(always)]
pub(crate) fn luma_body(rgba: &[u8], weights: RgbWeights, luma: &mut [u8], alphas: Option<&mut [u8]>) {
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

/// U and V of two rows of straight RGBA pixels: the mean of each 2×2 block, of what there is of it at an odd edge;
/// premultiplied where `alphas` is given, which takes the mean of the alphas.
///
/// The last row of an odd picture is given twice.
///
/// # Panics
/// Where the rows are not as long as each other, or end within a pixel.
pub fn rgba_to_chroma(
    level: Level,
    rows: [&[u8]; 2],
    weights: [RgbWeights; 2],
    uv: [&mut [u8]; 2],
    alphas: Option<&mut [u8]>,
) {
    let is_whole = rows[0].len() == rows[1].len() && rows[0].len().is_multiple_of(4);
    assert!(is_whole, "two rows of whole pixels, as many in each");
    match level.0 {
        Instructions::Scalar => chroma_body(rows, weights, uv, alphas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::rgba_to_chroma(rows, weights, uv, alphas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::rgba_to_chroma(rows, weights, uv, alphas),
    }
}

#[inline(always)]
pub(crate) fn chroma_body(
    rows: [&[u8]; 2],
    weights: [RgbWeights; 2],
    [u, v]: [&mut [u8]; 2],
    alphas: Option<&mut [u8]>,
) {
    let blocks = rows[0].chunks(8).zip(rows[1].chunks(8));
    let Some(alphas) = alphas else {
        for ((u, v), (above, below)) in u.iter_mut().zip(v).zip(blocks) {
            [*u, *v] = weights.map(|weights| mean(above, below, weights));
        }
        return;
    };
    for (((u, v), alpha), (above, below)) in u.iter_mut().zip(v).zip(alphas).zip(blocks) {
        let pixels = || above.chunks_exact(4).chain(below.chunks_exact(4));
        let count = pixels().count() as i64;
        let sum = |weights: RgbWeights| pixels().map(|pixel| weights.premultiplied(pixel)).sum();
        [*u, *v] = weights.map(|weights| divide(sum(weights), 255 * count));
        let alphas: i64 = pixels().map(|pixel| i64::from(pixel[3])).sum();
        *alpha = ((alphas + count / 2) / count) as u8;
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
#[inline(always)]
fn divide(value: i64, divisor: i64) -> u8 {
    let unit = divisor << RGB_BITS;
    ((value + unit / 2).div_euclid(unit)).clamp(0, 255) as u8
}

/// Straight RGBA pixels, each colour times its alpha.
pub fn premultiply(level: Level, rgba: &[u8], out: &mut [u8]) {
    match level.0 {
        Instructions::Scalar => premultiply_body(rgba, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::premultiply(rgba, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::premultiply(rgba, out),
    }
}

#[inline(always)]
pub(crate) fn premultiply_body(rgba: &[u8], out: &mut [u8]) {
    for (out, pixel) in out.chunks_exact_mut(4).zip(rgba.chunks_exact(4)) {
        let alpha = u32::from(pixel[3]);
        let times = |color: u8| ((u32::from(color) * alpha + 127) / 255) as u8;
        out.copy_from_slice(&[times(pixel[0]), times(pixel[1]), times(pixel[2]), pixel[3]]);
    }
}
