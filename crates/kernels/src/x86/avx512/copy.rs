//! Copies of rectangles.

use std::arch::x86_64::*;

use super::edge;
use crate::table::{Rows, RowsMut};

/// How many rows ahead of those that are read, and of those that are written, the next ones are fetched into the cache.
const FROM_AHEAD: usize = 8;
const ONTO_AHEAD: usize = 4;

with_avx512! {
    fn copy(from: Rows<'_>, width_bytes: usize, height: usize, onto: &mut RowsMut<'_>) = copy_rows;
}

/// Copies `height` rows of `width_bytes` bytes, which both hold.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn copy_rows(from: Rows<'_>, width_bytes: usize, height: usize, onto: &mut RowsMut<'_>) {
    let from_ahead = FROM_AHEAD.wrapping_mul(from.stride_bytes);
    let onto_ahead = ONTO_AHEAD.wrapping_mul(onto.stride_bytes);
    for row in 0..height {
        // SAFETY: both hold `width_bytes` bytes of every row.
        unsafe {
            let from = from.data.as_ptr().add(row * from.stride_bytes);
            let onto = onto.data.as_mut_ptr().add(row * onto.stride_bytes);
            for at in (0..width_bytes).step_by(64) {
                // Nothing is read: the addresses may lie anywhere.
                _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(from_ahead).wrapping_add(at).cast());
                _mm_prefetch::<_MM_HINT_ET0>(onto.wrapping_add(onto_ahead).wrapping_add(at).cast());
                let left = width_bytes - at;
                edge::store(onto.add(at), left, edge::load(from.add(at), left));
            }
        }
    }
}
