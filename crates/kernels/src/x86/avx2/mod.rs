//! AVX2: 32 bytes at once, shuffled within their halves.

/// Runs a body compiled for AVX2.
macro_rules! with_avx2 {
    ($(fn $name:ident $(<const $generic:ident: usize>)? ($($argument:ident: $type:ty),*) = $body:expr;)*) => {$(
        #[inline]
        pub(crate) fn $name $(<const $generic: usize>)? ($($argument: $type),*) {
            #[target_feature(enable = "avx2")]
            fn avx2 $(<const $generic: usize>)? ($($argument: $type),*) {
                $body($($argument),*);
            }
            // SAFETY: the functions of this module are reached through a `Level` of AVX2 only, and one is only made
            // after the processor was asked.
            unsafe { avx2 $(::<$generic>)? ($($argument),*) }
        }
    )*};
}

mod blend;
mod chroma;
mod convert;
mod narrow;
mod rgba;
mod rotate;
mod signed;
mod wide;

pub(crate) use blend::*;
pub(crate) use chroma::*;
pub(crate) use convert::{combine, combine_rgba};
pub(crate) use narrow::scale;
pub(crate) use rgba::{premultiply, rgba_to_chroma, rgba_to_luma};
pub(crate) use rotate::rotate;
pub(crate) use signed::scale_signed;
pub(crate) use wide::{horizontal, vertical};
