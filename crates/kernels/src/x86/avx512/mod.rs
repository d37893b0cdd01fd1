//! AVX-512 with VBMI and VNNI: 64 bytes at once, picked in any order; what is left at the end of a row is masked.

/// Runs bodies compiled for AVX-512.
macro_rules! with_avx512 {
    ($($bodies:tt)*) => {
        compiled_for! { "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni"; $($bodies)* }
    };
}

mod blend;
mod chroma;
mod convert;
mod copy;
mod edge;
mod narrow;
mod rgba;
mod signed;
mod wide;

pub(crate) use blend::*;
pub(crate) use chroma::*;
pub(crate) use convert::{combine, combine_rgba};
pub(crate) use copy::copy;
pub(crate) use narrow::scale;
pub(crate) use rgba::{premultiply, rgba_to_chroma, rgba_to_luma};
pub(crate) use signed::scale_signed;
pub(crate) use wide::{horizontal, vertical};
