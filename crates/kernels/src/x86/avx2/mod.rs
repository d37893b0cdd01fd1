//! AVX2: 32 bytes at once, shuffled within their halves.

mod narrow;
mod wide;

pub(crate) use narrow::scale;
pub(crate) use wide::*;
