//! Copies of rectangles.

use std::arch::x86_64::*;

use crate::table::{Rows, RowsMut};

/// Copies `height` rows of `width_bytes` bytes, which both hold.
pub(crate) fn copy(from: Rows<'_>, width_bytes: usize, height: usize, onto: &mut RowsMut<'_>) {
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
    fn avx512(from: Rows<'_>, width_bytes: usize, height: usize, onto: &mut RowsMut<'_>) {
        for row in 0..height {
            // SAFETY: both hold `width_bytes` bytes of every row.
            unsafe {
                let from_row = from.data.as_ptr().add(row * from.stride_bytes);
                let onto_row = onto.data.as_mut_ptr().add(row * onto.stride_bytes);
                let mut at = 0;
                while at < width_bytes {
                    // Nothing is read: the addresses may lie anywhere.
                    let ahead =
                        from_row.wrapping_add(FROM_AHEAD.wrapping_mul(from.stride_bytes)).wrapping_add(at);
                    _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
                    let ahead =
                        onto_row.wrapping_add(ONTO_AHEAD.wrapping_mul(onto.stride_bytes)).wrapping_add(at);
                    _mm_prefetch::<_MM_HINT_ET0>(ahead.cast());
                    if at + 64 <= width_bytes {
                        _mm512_storeu_si512(
                            onto_row.add(at).cast(),
                            _mm512_loadu_si512(from_row.add(at).cast()),
                        );
                    } else {
                        let lanes = (1_u64 << (width_bytes - at)) - 1;
                        let bytes = _mm512_maskz_loadu_epi8(lanes, from_row.add(at).cast());
                        _mm512_mask_storeu_epi8(onto_row.add(at).cast(), lanes, bytes);
                    }
                    at += 64;
                }
            }
        }
    }
    // SAFETY: a `Level` of AVX-512 is only made after the processor was asked for it.
    unsafe { avx512(from, width_bytes, height, onto) }
}

/// How many rows ahead of those that are read, and of those that are written, the next ones are fetched into the cache.
const FROM_AHEAD: usize = 8;
const ONTO_AHEAD: usize = 4;
