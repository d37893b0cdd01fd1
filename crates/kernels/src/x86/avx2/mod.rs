//! AVX2: 32 bytes at once, shuffled within their halves.

mod narrow;
mod signed;
mod wide;

pub(crate) use narrow::scale;
pub(crate) use signed::scale_signed;
pub(crate) use wide::*;
