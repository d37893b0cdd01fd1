//! Other colours: matrices on wide rows.

use crate::level::Instructions;
use crate::{FRACTION_BITS, Level, WEIGHT_BITS};

/// Bits of a colour weight.
pub(crate) const COLOR_BITS: u32 = 12;

/// One row of a matrix for wide samples, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WideWeights {
    weights: [i32; 3],
    offset: i32,
}

impl WideWeights {
    /// Weights of the three inputs, each below 8 in size, and what is added, in code values.
    #[must_use]
    pub fn new(weights: [f64; 3], offset: f64) -> Self {
        let fixed = |value: f64, bits: u32| (value * f64::from(1 << bits) + 0.5).floor() as i32;
        Self {
            // Each fits 16 bits.
            weights: weights.map(|weight| fixed(weight.clamp(-8.0, 7.999), COLOR_BITS)),
            offset: fixed(offset.clamp(-4096.0, 4096.0), COLOR_BITS + FRACTION_BITS),
        }
    }

    /// The same, and then times an alpha, `0..=ONE`.
    #[must_use]
    pub fn times(self, alpha: i16) -> Self {
        let scale = |value: i32| {
            ((i64::from(value) * i64::from(alpha) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS) as i32
        };
        Self { weights: self.weights.map(scale), offset: scale(self.offset) }
    }

    /// The offset, and half of what is shifted out of a sum.
    #[inline(always)]
    pub(crate) const fn rounded_offset(self) -> i32 {
        self.offset.wrapping_add(1 << (COLOR_BITS - 1))
    }

    /// The first two weights in the halves of a number, and the third in the lower half of another.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const fn in_pairs(self) -> (i32, i32) {
        let [a, b, c] = self.weights;
        (a & 0xffff | b << 16, c & 0xffff)
    }

    /// The weighted sum of three samples.
    #[inline(always)]
    fn of(self, samples: [i16; 3]) -> i16 {
        let [a, b, c] = [0, 1, 2].map(|index| i32::from(samples[index]).wrapping_mul(self.weights[index]));
        // At most 3 × 8 × 2¹⁵ × 2¹²: wraps only where no real matrix gets.
        let value = a.wrapping_add(b).wrapping_add(c).wrapping_add(self.rounded_offset()) >> COLOR_BITS;
        value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    }
}

/// A weighted sum of three wide rows.
pub fn combine(level: Level, rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    match level.0 {
        Instructions::Scalar => combine_body(rows, weights, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::combine(rows, weights, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::combine(rows, weights, out),
    }
}

#[inline(always)]
pub(crate) fn combine_body([a, b, c]: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) {
    for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *out = weights.of([a, b, c]);
    }
}

/// Three weighted sums of three wide rows and one alpha for all, as pixels of four samples.
pub fn combine_rgba(level: Level, rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) {
    match level.0 {
        Instructions::Scalar => combine_rgba_body(rows, weights, alpha, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::combine_rgba(rows, weights, alpha, out),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::combine_rgba(rows, weights, alpha, out),
    }
}

#[inline(always)]
pub(crate) fn combine_rgba_body(
    [a, b, c]: [&[i16]; 3],
    weights: [WideWeights; 3],
    alpha: i16,
    out: &mut [i16],
) {
    for (((out, &a), &b), &c) in out.chunks_exact_mut(4).zip(a).zip(b).zip(c) {
        let [red, green, blue] = weights.map(|weights| weights.of([a, b, c]));
        out.copy_from_slice(&[red, green, blue, alpha]);
    }
}
