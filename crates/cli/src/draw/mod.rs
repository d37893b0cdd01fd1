//! A placement as a picture: labelled rectangles, as SVG or PNG, from one description.

mod png;
mod svg;

pub use png::{LINE_HEIGHT, label, png};
pub use svg::svg;

use crate::placement::Placed;

type Color = [u8; 3];

/// The canvas where no region lies.
const CANVAS: Color = [0xf3, 0xf4, 0xf6];
/// Lines and labels.
const INK: Color = [0x1f, 0x29, 0x37];
/// The lines and labels of regions that show nobody.
const FAINT_INK: Color = [0x6b, 0x72, 0x80];
/// Regions from the bottom up; as many as a layout can have, neighbours far apart in hue.
const FILLS: [Color; 17] = [
    [0xbf, 0xdb, 0xfe],
    [0xfd, 0xe6, 0x8a],
    [0xbb, 0xf7, 0xd0],
    [0xfb, 0xcf, 0xe8],
    [0xdd, 0xd6, 0xfe],
    [0xfe, 0xd7, 0xaa],
    [0x99, 0xf6, 0xe4],
    [0xfe, 0xca, 0xca],
    [0xd9, 0xf9, 0x9d],
    [0xa5, 0xf3, 0xfc],
    [0xf5, 0xd0, 0xfe],
    [0xfe, 0xf0, 0x8a],
    [0xc7, 0xd2, 0xfe],
    [0xa7, 0xf3, 0xd0],
    [0xfe, 0xcd, 0xd3],
    [0xba, 0xe6, 0xfd],
    [0xe7, 0xe5, 0xe4],
];

/// How a region looks, whatever draws it.
struct Panel<'a> {
    region: &'a Placed,
    /// `None` where nobody is shown: what lies below is seen.
    fill: Option<Color>,
    ink: Color,
    /// The user, then size and place in pixels.
    lines: [String; 3],
}

impl<'a> Panel<'a> {
    fn new(region: &'a Placed) -> Self {
        let shown = region.hidden.is_none();
        let Placed { x, y, width, height, .. } = region;
        Self {
            region,
            fill: shown.then(|| FILLS[region.z % FILLS.len()]),
            ink: if shown { INK } else { FAINT_INK },
            lines: [region.name(), format!("{width}x{height} {}", region.render_mode), format!("at {x},{y}")],
        }
    }
}
