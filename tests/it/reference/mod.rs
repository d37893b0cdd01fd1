//! The independent judge of the engine: a compositor in floating point, obvious and slow.
//!
//! It is written from the contract alone (which user is shown where is decided before; here: snapping, placing, scaling, colours
//! and blending) and shares with the engine only the types that describe a scene. Positions are exact fractions, samples
//! are `f64`, and bytes come last. Where both disagree, one of them has misread the contract.

mod color;
mod compare;
mod compose;
mod layer;
mod pattern;
mod photo;
mod picture;
mod place;
mod plane;
mod ratio;
mod sample;
mod tests;

pub use compare::{Difference, assert_close, compare};
pub use compose::{Canvas, Content, Region, Scene, compose};
pub use layer::Target;
pub use pattern::Pattern;
pub use photo::{photo, photo_as};
pub use picture::Picture;
pub use place::snap;
pub use plane::{pack, unpack};
pub use sample::Filter;
