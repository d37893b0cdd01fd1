//! Chroma apart, as I420 has it, and side by side, as NV12 has it.

use crate::level::Instructions;
use crate::{Level, Rows, RowsMut};

/// Puts U and V side by side: `height` rows of `width` pairs.
///
/// # Panics
/// Where a plane holds fewer.
pub fn interleave_bytes(level: Level, [u, v]: [Rows<'_>; 2], width: usize, height: usize, uv: RowsMut<'_>) {
    if width == 0 {
        return;
    }
    u.assert_holds(width, height);
    v.assert_holds(width, height);
    uv.assert_holds(width.saturating_mul(2), height);
    let RowsMut { data: pairs, stride_bytes } = uv;
    for row in 0..height {
        let [u, v] = [u, v].map(|plane| &plane.data[row * plane.stride_bytes..][..width]);
        let uv = &mut pairs[row * stride_bytes..][..2 * width];
        match level.0 {
            Instructions::Scalar => interleave_body(u, v, uv),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => crate::x86::avx2::interleave_bytes(u, v, uv),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => crate::x86::avx512::interleave_bytes(u, v, uv),
        }
    }
}

/// Takes U and V apart: `height` rows of `width` pairs.
///
/// # Panics
/// Where a plane holds fewer.
pub fn deinterleave_bytes(level: Level, uv: Rows<'_>, width: usize, height: usize, [u, v]: [RowsMut<'_>; 2]) {
    if width == 0 {
        return;
    }
    uv.assert_holds(width.saturating_mul(2), height);
    u.assert_holds(width, height);
    v.assert_holds(width, height);
    for row in 0..height {
        let uv = &uv.data[row * uv.stride_bytes..][..2 * width];
        let u = &mut u.data[row * u.stride_bytes..][..width];
        let v = &mut v.data[row * v.stride_bytes..][..width];
        match level.0 {
            Instructions::Scalar => deinterleave_body(uv, u, v),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => crate::x86::avx2::deinterleave_bytes(uv, u, v),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => crate::x86::avx512::deinterleave_bytes(uv, u, v),
        }
    }
}

/// Puts wide U and V side by side, as many pairs as all three slices hold.
pub fn interleave(level: Level, u: &[i16], v: &[i16], uv: &mut [i16]) {
    match level.0 {
        Instructions::Scalar => interleave_body(u, v, uv),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::interleave(u, v, uv),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::interleave(u, v, uv),
    }
}

/// Takes wide U and V apart, as many pairs as all three slices hold.
pub fn deinterleave(level: Level, uv: &[i16], u: &mut [i16], v: &mut [i16]) {
    match level.0 {
        Instructions::Scalar => deinterleave_body(uv, u, v),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => crate::x86::avx2::deinterleave(uv, u, v),
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::deinterleave(uv, u, v),
    }
}

#[inline(always)]
pub(crate) fn interleave_body<T: Copy>(u: &[T], v: &[T], uv: &mut [T]) {
    for ((uv, &u), &v) in uv.chunks_exact_mut(2).zip(u).zip(v) {
        uv.copy_from_slice(&[u, v]);
    }
}

#[inline(always)]
pub(crate) fn deinterleave_body<T: Copy>(uv: &[T], u: &mut [T], v: &mut [T]) {
    for ((uv, u), v) in uv.chunks_exact(2).zip(u).zip(v) {
        [*u, *v] = [uv[0], uv[1]];
    }
}
