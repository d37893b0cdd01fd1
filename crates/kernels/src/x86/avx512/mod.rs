//! AVX-512 with VBMI and VNNI: 64 bytes at once, picked in any order; what is left at the end of a row is masked.

mod copy;
mod narrow;
mod signed;
mod wide;

pub(crate) use copy::copy;
pub(crate) use narrow::scale;
pub(crate) use signed::scale_signed;
pub(crate) use wide::{horizontal, vertical};
