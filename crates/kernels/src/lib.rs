//! Row functions of the polyptych engine, on slices of samples.
//!
//! A filter goes through its rows first, then through the columns of the row that came of it. There are three ways:
//!
//! | | between the passes | for | file |
//! |---|---|---|---|
//! | [`scale`] | bytes | few weights, none negative: areas and linear interpolation | `narrow.rs` |
//! | [`scale_signed`] | 16 bits, 7 of them after the point | up to 8 weights of any sign: Catmull-Rom, most of Lanczos, areas of more than 4 | `signed.rs` |
//! | [`vertical`] and [`horizontal`] | *wide* samples | everything; what is to be converted on its way to the canvas | `vertical.rs`, `horizontal.rs` |
//!
//! The first two take a rectangle from a plane to the canvas in one call, whatever lies below it included. Wide samples are
//! 16-bit signed numbers with [`FRACTION_BITS`] fractional bits, a row at a time, neither clamped to 0..=255 nor rounded to
//! whole code values, so that a picture is clamped once, when it is stored.
//!
//! Every function takes a [`Level`], the instructions it may use. The plain code of each function defines its result;
//! every faster level gives the same bits, and the tests of this crate hold it to that.
//!
//! This is the only crate of the engine with `unsafe` code: intrinsics that read or write through pointers, each block
//! with the bounds it relies on.

mod blend;
mod chroma;
mod convert;
mod copy;
mod horizontal;
mod level;
mod narrow;
mod rgba;
mod rotate;
mod shuffle;
mod signed;
mod table;
mod vertical;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use blend::{blend, blend_fill, blend_multiplied, blend_picture, blend_rgba, store};
pub use chroma::{deinterleave, deinterleave_bytes, interleave, interleave_bytes};
pub use convert::{WideWeights, combine, combine_rgba};
pub use copy::copy;
pub use horizontal::{ColumnTable, horizontal};
pub use level::Level;
pub use narrow::{MAX_NARROW_TAPS, NARROW_WEIGHT_BITS, NarrowColumns, NarrowRows, is_narrow, scale};
pub use rgba::{RgbWeights, premultiply, rgba_to_chroma, rgba_to_luma};
pub use rotate::{Turn, rotate};
pub use signed::{MAX_SIGNED_TAPS, SignedRows, scale_signed};
pub use table::{Rows, RowsMut, TableError};
pub use vertical::{RowTable, vertical};

/// Fractional bits of a wide sample: 1.0 of an 8-bit code value is `1 << FRACTION_BITS`.
pub const FRACTION_BITS: u32 = 6;

/// Bits of a filter weight or of an alpha: 1.0 is `1 << WEIGHT_BITS`.
pub const WEIGHT_BITS: u32 = 14;

/// The weight, or the alpha, of 1.0.
pub const ONE: i16 = 1 << WEIGHT_BITS;

/// Bits of a weight in tables of many taps.
pub const LONG_WEIGHT_BITS: u32 = 28;
