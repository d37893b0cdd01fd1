//! Rows that a band works in: made once, as long as the longest row.

use crate::frame::PixelFormat;
use crate::geometry::Size;
use crate::plan::{Paint, Plan};

/// Rows of chroma that are made before they are put together or taken apart: few enough to stay in the nearest cache.
pub(super) const PIECE: usize = 8;

/// The working rows of one band.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Between the passes of filters.
    pub(super) work: Work,
    /// [`PIECE`] rows of chroma, both U and V, that are taken apart or put together.
    pub(super) chroma: Vec<u8>,
    /// Wide rows of the canvas: components of the picture, then what they become.
    pub(super) wide: [Vec<i16>; 5],
}

/// The rows that scaling needs.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Between the passes: samples of the picture, or two rows of them.
    pub(super) between: Vec<i16>,
    /// The same, where filters are computed in bytes.
    pub(super) bytes_between: Vec<u8>,
}

impl Scratch {
    /// Makes every row long enough for a plan; allocates only where one was not.
    pub(super) fn fit(&mut self, plan: &Plan) {
        // U and V side by side, at luma positions, are the longest row of a YUV canvas.
        let canvas_row = 2 * row_samples(plan.canvas.format, plan.canvas.size);
        self.wide.iter_mut().for_each(|row| grow(row, canvas_row));
        if plan.canvas.format.is_yuv() {
            // Both rows of chroma are as long as one of luma.
            grow(&mut self.chroma, PIECE * canvas_row / 2);
        }
        let pictures = plan.ops.iter().filter_map(|op| match &op.paint {
            Paint::Picture(picture) => Some(picture),
            Paint::Fill(_) => None,
        });
        let between = pictures.flat_map(|picture| {
            // Where columns are taken as they are, the first pass reads the picture's row.
            let source_row = row_samples(picture.source.format, picture.source.size);
            let grids = [Some(&picture.luma), picture.chroma.as_ref(), picture.chroma_on_luma.as_ref()];
            grids.into_iter().flatten().map(move |grid| grid.passes.row_len().max(source_row))
        });
        // What kernels ask for beyond the samples: they align rows, and write whole registers.
        let between = between.max().unwrap_or(0) + 128;
        grow(&mut self.work.between, 2 * between);
        grow(&mut self.work.bytes_between, between);
    }
}

fn grow<T: Clone + Default>(row: &mut Vec<T>, len: usize) {
    if row.len() < len {
        row.resize(len, T::default());
    }
}

/// Samples of the longest row.
fn row_samples(format: PixelFormat, size: Size) -> usize {
    let channels = if format.is_yuv() { 1 } else { 4 };
    // NV12's chroma rows have one sample more than luma's where the width is odd.
    channels * size.width() as usize + 1
}
