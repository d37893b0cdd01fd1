//! The last step of a row: wide samples are laid over the canvas and become 8-bit ones, clamped here and nowhere else.

use crate::level::Instructions;
use crate::{FRACTION_BITS, Level, ONE, WEIGHT_BITS};

/// Bits of a wide sample times an alpha.
pub(crate) const SHIFT: u32 = FRACTION_BITS + WEIGHT_BITS;

/// Lays opaque samples over the canvas.
pub fn store(level: Level, row: &[i16], canvas: &mut [u8]) {
    match level.0 {
        Instructions::Scalar => store_body(row, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 | Instructions::Avx512 => crate::x86::avx2::store(row, canvas),
    }
}

#[inline(always)]
pub(crate) fn store_body(row: &[i16], canvas: &mut [u8]) {
    for (below, &sample) in canvas.iter_mut().zip(row) {
        *below = to_byte(i32::from(sample), FRACTION_BITS);
    }
}

/// Other alphas are none, and what they would do would depend on the level.
pub(crate) fn assert_alpha(alpha: i16) {
    assert!((0..=ONE).contains(&alpha), "an alpha of {alpha}");
}

/// Lays samples over the canvas with one alpha for all, `0..=ONE`.
pub fn blend(level: Level, row: &[i16], alpha: i16, canvas: &mut [u8]) {
    assert_alpha(alpha);
    match level.0 {
        Instructions::Scalar => blend_body(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::blend(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::blend(row, alpha, canvas),
    }
}

#[inline(always)]
pub(crate) fn blend_body(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    for (below, &sample) in canvas.iter_mut().zip(row) {
        *below = mix(i32::from(sample) * i32::from(alpha), i32::from(ONE - alpha), *below);
    }
}

/// Lays samples that have been multiplied by their alpha over the canvas, one alpha for all, `0..=ONE`.
///
/// A product that does not fit a wide sample is far outside what a canvas holds, whatever lies below: cut, it gives the
/// same byte. That is not so of a sample that is cut before it is multiplied.
pub fn blend_multiplied(level: Level, row: &[i16], alpha: i16, canvas: &mut [u8]) {
    assert_alpha(alpha);
    match level.0 {
        Instructions::Scalar => blend_multiplied_body(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::blend_multiplied(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::blend_multiplied(row, alpha, canvas),
    }
}

#[inline(always)]
pub(crate) fn blend_multiplied_body(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    for (below, &sample) in canvas.iter_mut().zip(row) {
        *below = mix(i32::from(sample) << WEIGHT_BITS, i32::from(ONE - alpha), *below);
    }
}

/// Lays one colour over pixels of 1, 2 or 4 samples, with one alpha for all, `0..=ONE`.
pub fn blend_fill<const CHANNELS: usize>(level: Level, color: [u8; CHANNELS], alpha: i16, canvas: &mut [u8]) {
    const { assert!(matches!(CHANNELS, 1 | 2 | 4)) };
    assert_alpha(alpha);
    let four = std::array::from_fn(|index| i16::from(color[index % CHANNELS]) << FRACTION_BITS);
    match level.0 {
        Instructions::Scalar => blend_four_body(four, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::blend_four(four, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::blend_four(four, alpha, canvas),
    }
}

/// Lays the same four samples over the canvas again and again.
#[inline(always)]
pub(crate) fn blend_four_body(samples: [i16; 4], alpha: i16, canvas: &mut [u8]) {
    canvas.chunks_mut(4).for_each(|canvas| blend_body(&samples, alpha, canvas));
}

/// Lays premultiplied samples over the canvas: each has an alpha of its own, times one for all, `0..=ONE`.
///
/// `alphas` are wide code values (255 is opaque), one for each `CHANNELS` samples.
pub fn blend_picture<const CHANNELS: usize>(
    level: Level,
    row: &[i16],
    alphas: &[i16],
    alpha: i16,
    canvas: &mut [u8],
) {
    assert_alpha(alpha);
    match level.0 {
        Instructions::Scalar => blend_picture_body::<CHANNELS>(row, alphas, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::blend_picture::<CHANNELS>(row, alphas, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::blend_picture::<CHANNELS>(row, alphas, alpha, canvas),
    }
}

#[inline(always)]
pub(crate) fn blend_picture_body<const CHANNELS: usize>(
    row: &[i16],
    alphas: &[i16],
    alpha: i16,
    canvas: &mut [u8],
) {
    let samples = canvas.chunks_exact_mut(CHANNELS).zip(row.chunks_exact(CHANNELS));
    for ((below, row), &own) in samples.zip(alphas) {
        blend_pixel(row, own, alpha, below);
    }
}

/// Lays premultiplied R, G, B, A over an opaque RGBA canvas, times an alpha for all, `0..=ONE`.
pub fn blend_rgba(level: Level, row: &[i16], alpha: i16, canvas: &mut [u8]) {
    assert_alpha(alpha);
    match level.0 {
        Instructions::Scalar => blend_rgba_body(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::blend_rgba(row, alpha, canvas),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::blend_rgba(row, alpha, canvas),
    }
}

#[inline(always)]
pub(crate) fn blend_rgba_body(row: &[i16], alpha: i16, canvas: &mut [u8]) {
    for (below, row) in canvas.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
        blend_pixel(&row[..3], row[3], alpha, &mut below[..3]);
        below[3] = 255;
    }
}

#[inline(always)]
fn blend_pixel(row: &[i16], own: i16, alpha: i16, below: &mut [u8]) {
    let rest = (i32::from(ONE) - times(unit(own), alpha)).min(i32::from(i16::MAX));
    for (below, &sample) in below.iter_mut().zip(row) {
        *below = mix(times(i32::from(sample), alpha) << WEIGHT_BITS, rest, *below);
    }
}

/// An alpha in wide code values as a weight: 255 becomes exactly [`ONE`]. No filter overshoots so far that one saturates.
#[inline(always)]
fn unit(alpha: i16) -> i32 {
    alpha.saturating_add(alpha.saturating_add(128) >> 8).into()
}

#[inline(always)]
fn times(value: i32, alpha: i16) -> i32 {
    (value * i32::from(alpha) + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS
}

/// `above`, already times its alpha, plus what lies below times `rest`.
#[inline(always)]
fn mix(above: i32, rest: i32, below: u8) -> u8 {
    to_byte(above + (i32::from(below) << FRACTION_BITS) * rest, SHIFT)
}

#[inline(always)]
fn to_byte(value: i32, fraction_bits: u32) -> u8 {
    ((value + (1 << (fraction_bits - 1))) >> fraction_bits).clamp(0, 255) as u8
}
