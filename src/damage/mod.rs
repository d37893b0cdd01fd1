//! Work that need not be done: what a canvas holds already, and what another canvas can give.
//!
//! A [`Record`] says what a canvas holds. Two of them tell where they differ, and [`Work`] is what remains: pixels to copy from canvases
//! that have them, and pixels to paint. Pure: no sample is read here.
//!
//! Pixels are sets of rows and spans, as a plan's are. Tiles of a fixed size were considered: regions have edges anywhere, so tiles
//! would repaint neighbours, and a list of a few rectangles is shorter than a map of tiles.

mod record;
mod region;
mod work;

pub use record::{Offset, Record};
pub use region::Strip;
pub use work::{PixelCounts, Source, Task, Work};
