//! Photographs in motion, meetings that show them, and times of a frame.
#![allow(dead_code, reason = "each benchmark uses a part of this")]

pub mod measure;
pub mod meeting;
pub mod photo;
pub mod serve;
pub mod workload;

use polyptych::Size;

/// Frames of a user and canvases that are used in turn where memory is to be cold: far more than caches hold.
pub const COLD: usize = 40;

/// A size that is known to be one.
pub fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}
