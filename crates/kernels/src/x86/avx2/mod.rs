//! AVX2: 32 bytes at once, shuffled within their halves.

/// Runs bodies compiled for AVX2.
macro_rules! with_avx2 {
    ($($bodies:tt)*) => {
        compiled_for! { "avx2"; $($bodies)* }
    };
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
