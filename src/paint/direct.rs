//! Rectangles of a plane that go straight onto the canvas: copied, or scaled and laid there by one kernel.

use std::ops::Range;

use polyptych_kernels::{
    Level, ONE, RowsMut, copy, deinterleave_bytes, interleave_bytes, scale, scale_signed,
};

use super::band::{Band, Span};
use super::prepare::PictureView;
use super::scratch::Work;
use crate::frame::{PixelFormat, PlaneView};
use crate::plan::{Grid, Passes};

/// A rectangle of pixels of a grid.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) x: Range<usize>,
    pub(super) y: Range<usize>,
}

impl Run {
    /// Rows and columns of a plane of the canvas, as those of a grid that begins at `origin`.
    pub(super) fn new(origin: (usize, usize), rows: Range<usize>, (x0, x1): Span) -> Self {
        Self { x: x0 - origin.0..x1 - origin.0, y: rows.start - origin.1..rows.end - origin.1 }
    }

    fn each_row(&self) -> impl Iterator<Item = Self> {
        let Self { x, y } = self.clone();
        y.map(move |y| Self { x: x.clone(), y: y..y + 1 })
    }
}

/// How planes of one grid get onto the canvas.
#[derive(Clone, Copy)]
pub(super) struct Direct<'a> {
    level: Level,
    grid: &'a Grid,
    /// `0..=ONE`.
    alpha: i16,
}

impl<'a> Direct<'a> {
    /// Nothing where samples must be wide, because they are to be converted.
    pub(super) fn of(level: Level, grid: &'a Grid, alpha: i16) -> Option<Self> {
        (!matches!(grid.passes, Passes::Wide { .. })).then_some(Self { level, grid, alpha })
    }

    /// Lays a run of pixels of a plane onto rows of the same kind, all of them.
    pub(super) fn lay(
        self,
        plane: PlaneView<'_>,
        pixel_bytes: usize,
        run: &Run,
        onto: RowsMut<'_>,
        work: &mut Work,
    ) {
        let Self { level, grid, alpha } = self;
        let (x, y) = (run.x.clone(), run.y.clone());
        if grid.is_identity && alpha == ONE {
            let from = plane.rows_from(grid.first.1 + y.start, (grid.first.0 + x.start) * pixel_bytes);
            return copy(level, from, x.len() * pixel_bytes, y.len(), onto);
        }
        let from = plane.rows_from(grid.first.1, grid.first.0 * pixel_bytes);
        // Without a table of columns, columns are bytes.
        let bytes = x.start * pixel_bytes..x.end * pixel_bytes;
        match &grid.passes {
            Passes::Narrow { rows, columns } => {
                let x = if columns.is_some() { x } else { bytes };
                scale(level, from, (rows, y), (columns.as_deref(), x), alpha, onto, &mut work.bytes_between);
            }
            Passes::Signed { rows, columns } => {
                let x = if columns.is_some() { x } else { bytes };
                scale_signed(level, from, (rows, y), (columns.as_deref(), x), alpha, onto, &mut work.between);
            }
            Passes::Wide { .. } => {}
        }
    }

    /// Lays a run of chroma, both U and V, from row `first` and columns `span` of the canvas on; put together or taken
    /// apart where the formats differ.
    pub(super) fn lay_chroma(
        self,
        view: &PictureView<'_>,
        run: &Run,
        band: &mut Band<'_>,
        (first, span): (usize, Span),
        work: &mut Work,
    ) {
        match (view.is_interleaved(), band.format() == PixelFormat::Nv12) {
            (false, false) => {
                for plane in [1, 2] {
                    self.lay(view.planes[plane], 1, run, band.rows(plane, first, span), work);
                }
            }
            (true, true) => self.lay(view.planes[1], 2, run, band.rows(1, first, span), work),
            (true, false) => {
                for (row, y) in run.each_row().zip(first..) {
                    self.take_apart(view.planes[1], &row, band.chroma_pair(y, span), work);
                }
            }
            (false, true) => {
                for (row, y) in run.each_row().zip(first..) {
                    self.put_together(view, &row, band.pixels(1, y, span), work);
                }
            }
        }
    }

    /// Lays one row of interleaved chroma onto planes.
    fn take_apart(self, plane: PlaneView<'_>, row: &Run, [u, v]: [&mut [u8]; 2], work: &mut Work) {
        let bytes = 2 * row.x.len();
        let mut both = std::mem::take(&mut work.chroma);
        if self.alpha != ONE {
            interleave_bytes(u, v, &mut both[..bytes]);
        }
        self.lay(plane, 2, row, RowsMut { data: &mut both[..bytes], stride_bytes: bytes }, work);
        deinterleave_bytes(&both[..bytes], u, v);
        work.chroma = both;
    }

    /// Lays one row of planes onto interleaved chroma.
    fn put_together(self, view: &PictureView<'_>, row: &Run, canvas: &mut [u8], work: &mut Work) {
        let len = row.x.len();
        let mut both = std::mem::take(&mut work.chroma);
        let (u, v) = both[..2 * len].split_at_mut(len);
        if self.alpha != ONE {
            deinterleave_bytes(canvas, u, v);
        }
        for (plane, data) in [(1, &mut *u), (2, &mut *v)] {
            self.lay(view.planes[plane], 1, row, RowsMut { data, stride_bytes: len }, work);
        }
        interleave_bytes(u, v, canvas);
        work.chroma = both;
    }
}
