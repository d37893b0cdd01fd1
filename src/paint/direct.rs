//! Rectangles of a plane that go straight onto the canvas: copied, or scaled and laid there by one kernel.

use std::ops::Range;

use polyptych_kernels::{
    Level, ONE, Rows, RowsMut, copy, deinterleave_bytes, interleave_bytes, scale, scale_signed,
};

use super::band::{Band, Span};
use super::prepare::PictureView;
use super::scratch::{PIECE, Scratch, Work};
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

    /// Pieces of at most [`PIECE`] rows, each with the canvas row that it begins at, where the run begins at `first`.
    fn pieces(&self, first: usize) -> impl Iterator<Item = (Self, usize)> {
        let Self { x, y } = self.clone();
        y.clone().step_by(PIECE).map(move |start| {
            let rows = start..y.end.min(start + PIECE);
            (Self { x: x.clone(), y: rows }, first + start - y.start)
        })
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

    fn is_copy(self) -> bool {
        self.grid.is_identity && self.alpha == ONE
    }

    /// The samples that are these pixels, on a grid that copies.
    fn samples<'p>(self, plane: PlaneView<'p>, pixel_bytes: usize, run: &Run) -> Rows<'p> {
        let (x, y) = self.grid.first;
        plane.rows_from(y + run.y.start, (x + run.x.start) * pixel_bytes)
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
        if self.is_copy() {
            return copy(level, self.samples(plane, pixel_bytes, run), x.len() * pixel_bytes, y.len(), onto);
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
            Passes::Wide { .. } => unreachable!("Direct::of refuses wide passes"),
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
        scratch: &mut Scratch,
    ) {
        let Scratch { work, chroma, .. } = scratch;
        match (view.is_interleaved(), band.format() == PixelFormat::Nv12) {
            (false, false) => {
                for plane in [1, 2] {
                    self.lay(view.planes[plane], 1, run, band.rows(plane, first, span), work);
                }
            }
            (true, true) => self.lay(view.planes[1], 2, run, band.rows(1, first, span), work),
            (true, false) if self.is_copy() => {
                let (pairs, onto) = (self.samples(view.planes[1], 2, run), band.chroma_pair(first, span));
                deinterleave_bytes(self.level, pairs, run.x.len(), run.y.len(), onto);
            }
            (false, true) if self.is_copy() => {
                let planes = [1, 2].map(|plane| self.samples(view.planes[plane], 1, run));
                interleave_bytes(self.level, planes, run.x.len(), run.y.len(), band.rows(1, first, span));
            }
            (true, false) => {
                for (piece, y) in run.pieces(first) {
                    let made = chroma.as_mut_slice();
                    self.take_apart(view.planes[1], &piece, band.chroma_pair(y, span), (made, work));
                }
            }
            (false, true) => {
                for (piece, y) in run.pieces(first) {
                    self.put_together(view, &piece, band.rows(1, y, span), (chroma, work));
                }
            }
        }
    }

    /// Lays a few rows of interleaved chroma onto planes.
    fn take_apart(
        self,
        plane: PlaneView<'_>,
        piece: &Run,
        [u, v]: [RowsMut<'_>; 2],
        (made, work): (&mut [u8], &mut Work),
    ) {
        let (width, height) = (piece.x.len(), piece.y.len());
        let mut both = RowsMut { data: made, stride_bytes: 2 * width };
        if self.alpha != ONE {
            interleave_bytes(self.level, [u.as_rows(), v.as_rows()], width, height, both.reborrow());
        }
        self.lay(plane, 2, piece, both.reborrow(), work);
        deinterleave_bytes(self.level, both.as_rows(), width, height, [u, v]);
    }

    /// Lays a few rows of planes onto interleaved chroma.
    fn put_together(
        self,
        view: &PictureView<'_>,
        piece: &Run,
        onto: RowsMut<'_>,
        (made, work): (&mut [u8], &mut Work),
    ) {
        let (width, height) = (piece.x.len(), piece.y.len());
        let (u, v) = made.split_at_mut(PIECE * width);
        let mut planes = [u, v].map(|data| RowsMut { data, stride_bytes: width });
        if self.alpha != ONE {
            let apart = planes.each_mut().map(RowsMut::reborrow);
            deinterleave_bytes(self.level, onto.as_rows(), width, height, apart);
        }
        for (plane, made) in [1, 2].into_iter().zip(&mut planes) {
            self.lay(view.planes[plane], 1, piece, made.reborrow(), work);
        }
        interleave_bytes(self.level, planes.each_ref().map(RowsMut::as_rows), width, height, onto);
    }
}
