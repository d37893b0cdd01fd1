//! Registers of which only the first bytes count: the ends of rows.

use std::arch::x86_64::*;

/// Loads `left` bytes, 64 at most; the others are 0.
///
/// # Safety
/// So many bytes can be read at `from`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) unsafe fn load(from: *const u8, left: usize) -> __m512i {
    // SAFETY: as the caller says; what the mask leaves out is not touched.
    unsafe {
        if left >= 64 {
            _mm512_loadu_si512(from.cast())
        } else {
            _mm512_maskz_loadu_epi8((1 << left) - 1, from.cast())
        }
    }
}

/// Stores the first `left` bytes, 64 at most.
///
/// # Safety
/// So many bytes can be written at `onto`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) unsafe fn store(onto: *mut u8, left: usize, bytes: __m512i) {
    // SAFETY: as the caller says; what the mask leaves out is not touched.
    unsafe {
        if left >= 64 {
            _mm512_storeu_si512(onto.cast(), bytes);
        } else {
            _mm512_mask_storeu_epi8(onto.cast(), (1 << left) - 1, bytes);
        }
    }
}

/// [`load`] of at most 32 bytes.
///
/// # Safety
/// So many bytes can be read at `from`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) unsafe fn load_half(from: *const u8, left: usize) -> __m256i {
    // SAFETY: as the caller says; what the mask leaves out is not touched.
    unsafe {
        if left >= 32 {
            _mm256_loadu_si256(from.cast())
        } else {
            _mm256_maskz_loadu_epi8((1 << left) - 1, from.cast())
        }
    }
}

/// [`store`] of at most 32 bytes.
///
/// # Safety
/// So many bytes can be written at `onto`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) unsafe fn store_half(onto: *mut u8, left: usize, bytes: __m256i) {
    // SAFETY: as the caller says; what the mask leaves out is not touched.
    unsafe {
        if left >= 32 {
            _mm256_storeu_si256(onto.cast(), bytes);
        } else {
            _mm256_mask_storeu_epi8(onto.cast(), (1 << left) - 1, bytes);
        }
    }
}
