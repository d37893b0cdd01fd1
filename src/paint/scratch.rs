//! Rows that a band works in: made once, as long as the longest row.

use crate::frame::PixelFormat;
use crate::geometry::Size;
use crate::plan::{Paint, Plan};

/// The working rows of one band.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Between the two passes of a filter: samples of the picture.
    pub(super) between: Vec<i16>,
    /// Rows of the canvas: components of the picture, then what they become.
    pub(super) wide: [Vec<i16>; 5],
}

impl Scratch {
    /// Makes every row long enough for a plan; allocates only where one was not.
    pub(super) fn fit(&mut self, plan: &Plan) {
        let grow = |row: &mut Vec<i16>, len: usize| {
            if row.len() < len {
                row.resize(len, 0);
            }
        };
        // U and V side by side, at luma positions, are the longest row of a YUV canvas.
        let canvas_row = 2 * row_samples(plan.canvas.format, plan.canvas.size);
        self.wide.iter_mut().for_each(|row| grow(row, canvas_row));
        let picture_row = plan.ops.iter().map(|op| match &op.paint {
            // Room for the odd tap that has no weight.
            Paint::Picture(picture) => row_samples(picture.source.format, picture.source.size) + 8,
            Paint::Fill(_) => 0,
        });
        grow(&mut self.between, picture_row.max().unwrap_or(0));
    }
}

/// Samples of the longest row.
fn row_samples(format: PixelFormat, size: Size) -> usize {
    let channels = if format.is_yuv() { 1 } else { 4 };
    // NV12's chroma rows have one sample more than luma's where the width is odd.
    channels * size.width() as usize + 1
}
