//! A run of columns of one picture: scaled and laid over the canvas in bytes, or, where it must be converted, row by row
//! in wide samples.

use std::ops::Range;

use polyptych_kernels::{
    FRACTION_BITS, Level, NarrowColumns, NarrowRows, ONE, Rows, RowsMut, blend, blend_multiplied,
    blend_picture, blend_rgba, combine, combine_rgba, copy, deinterleave, deinterleave_bytes, horizontal,
    interleave, interleave_bytes, scale, store, vertical,
};

use super::band::{Band, Span};
use super::prepare::PictureView;
use super::scratch::{PIECE, Scratch};
use crate::frame::{PixelFormat, PlaneView};
use crate::plan::{Conversion, Grid, Passes, PictureOp};

/// Paints parts of one picture.
pub(super) struct PicturePainter<'a, 'p> {
    pub(super) level: Level,
    pub(super) picture: &'a PictureOp,
    pub(super) view: &'a PictureView<'p>,
    /// Of the region, `0..=ONE`.
    pub(super) alpha: i16,
    pub(super) scratch: &'a mut Scratch,
}

impl PicturePainter<'_, '_> {
    /// Paints a run of columns of luma, or of RGBA.
    pub(super) fn luma(&mut self, band: &mut Band<'_>, rows: Range<usize>, span: Span) {
        let Self { level, picture, view, alpha, .. } = *self;
        let canvas_is_rgba = band.format() == PixelFormat::Rgba;
        let pixel_bytes = if canvas_is_rgba { 4 } else { 1 };
        let run = Run::new(picture.origin, rows.clone(), span);
        if picture.is_copy(alpha) {
            let from = view.planes[0].samples(&picture.luma, &run, pixel_bytes);
            return copy(level, from, run.x.len() * pixel_bytes, run.y.len(), band.rows(0, rows.start, span));
        }
        if let Passes::Narrow { rows: row_table, columns } = &picture.luma.passes {
            let narrow = Narrow { level, rows: row_table, columns: columns.as_deref(), pixel_bytes };
            let onto = band.rows(0, rows.start, span);
            return narrow.scale(view.planes[0], &picture.luma, run, alpha, onto, &mut self.scratch.narrow);
        }
        for y in rows {
            let canvas = band.pixels(0, y, span);
            let at = At { x: span.0 - picture.origin.0, y: y - picture.origin.1, len: span.1 - span.0 };
            if canvas_is_rgba {
                self.rgba(canvas, at);
            } else {
                self.y(canvas, at);
            }
        }
    }

    fn y(&mut self, canvas: &mut [u8], at: At) {
        let Self { level, picture, view, alpha, .. } = *self;
        let Scratch { between, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between };
        let (luma, out) = (&mut a[..at.len], &mut out[..at.len]);
        passes.scale::<1>(view.planes[0], &picture.luma, at, luma);
        if let Conversion::Yuv { luma: weights, luma_needs_chroma, .. } = picture.conversion {
            let (u, v) = (&mut b[..at.len], &mut c[..at.len]);
            if luma_needs_chroma && let Some(grid) = &picture.chroma_on_luma {
                passes.chroma(view, grid, at, [u, v, d]);
                combine(level, [luma, u, v], weights.times(alpha), out);
            } else {
                combine(level, [luma, luma, luma], weights.times(alpha), out);
            }
            return lay_multiplied(level, out, alpha, canvas);
        }
        if picture.source.has_alpha {
            let alphas = &mut b[..at.len];
            passes.scale::<1>(view.alpha, &picture.luma, at, alphas);
            blend_picture::<1>(level, luma, alphas, alpha, canvas);
        } else {
            lay(level, luma, alpha, canvas);
        }
    }

    fn rgba(&mut self, canvas: &mut [u8], at: At) {
        let Self { level, picture, view, alpha, .. } = *self;
        let Scratch { between, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between };
        let out = &mut out[..4 * at.len];
        if let (Conversion::Rgb(weights), Some(grid)) = (picture.conversion, &picture.chroma_on_luma) {
            let (luma, u, v) = (&mut a[..at.len], &mut b[..at.len], &mut c[..at.len]);
            passes.scale::<1>(view.planes[0], &picture.luma, at, luma);
            passes.chroma(view, grid, at, [u, v, d]);
            let opaque = (i32::from(alpha) * (255 << FRACTION_BITS) / i32::from(ONE)) as i16;
            combine_rgba(level, [luma, u, v], weights.map(|weights| weights.times(alpha)), opaque, out);
            return lay_multiplied(level, out, alpha, canvas);
        }
        passes.scale::<4>(view.planes[0], &picture.luma, at, out);
        if picture.source.has_alpha {
            blend_rgba(level, out, alpha, canvas);
        } else {
            lay(level, out, alpha, canvas);
        }
    }

    /// Paints a run of columns of chroma, both U and V.
    pub(super) fn chroma(&mut self, band: &mut Band<'_>, rows: Range<usize>, span: Span) {
        let picture = self.picture;
        let Some(grid) = &picture.chroma else { return };
        let origin = (picture.origin.0 / 2, picture.origin.1 / 2);
        let run = Run::new(origin, rows.clone(), span);
        if picture.is_copy(self.alpha) {
            return copy_chroma(self.level, self.view, grid, band, &run, (rows.start, span));
        }
        if let Passes::Narrow { rows: row_table, columns } = &grid.passes {
            let columns = columns.as_deref();
            let narrow = Narrow { level: self.level, rows: row_table, columns, pixel_bytes: 1 };
            return self.narrow_chroma(band, grid, narrow, run, (rows.start, span));
        }
        for y in rows {
            let at = At { x: run.x.start, y: y - origin.1, len: run.x.len() };
            self.wide_chroma(band, grid, at, (y, span));
        }
    }

    fn narrow_chroma(
        &mut self,
        band: &mut Band<'_>,
        grid: &Grid,
        narrow: Narrow<'_>,
        run: Run,
        (first, span): (usize, Span),
    ) {
        let Self { level, view, alpha, .. } = *self;
        let Scratch { narrow: between, chroma, .. } = &mut *self.scratch;
        let pairs = Narrow { pixel_bytes: 2, ..narrow };
        let len = run.x.len();
        match (view.is_interleaved(), band.format() == PixelFormat::Nv12) {
            (false, false) => {
                for plane in [1, 2] {
                    let onto = band.rows(plane, first, span);
                    narrow.scale(view.planes[plane], grid, run.clone(), alpha, onto, between);
                }
            }
            (true, true) => {
                pairs.scale(view.planes[1], grid, run, alpha, band.rows(1, first, span), between);
            }
            (true, false) => {
                for (rows, y) in run.pieces(first) {
                    let height = rows.y.len();
                    let mut uv = RowsMut { data: &mut *chroma, stride_bytes: 2 * len };
                    if alpha < ONE {
                        let below = band.chroma_pair(y, span);
                        interleave_bytes(
                            level,
                            below.each_ref().map(RowsMut::as_rows),
                            len,
                            height,
                            uv.reborrow(),
                        );
                    }
                    pairs.scale(view.planes[1], grid, rows, alpha, uv.reborrow(), between);
                    deinterleave_bytes(level, uv.as_rows(), len, height, band.chroma_pair(y, span));
                }
            }
            (false, true) => {
                for (rows, y) in run.pieces(first) {
                    let height = rows.y.len();
                    let (u, v) = chroma.split_at_mut(PIECE * len);
                    let mut made = [u, v].map(|data| RowsMut { data, stride_bytes: len });
                    if alpha < ONE {
                        let below = band.rows(1, y, span);
                        deinterleave_bytes(
                            level,
                            below.as_rows(),
                            len,
                            height,
                            made.each_mut().map(RowsMut::reborrow),
                        );
                    }
                    for (plane, made) in [1, 2].into_iter().zip(&mut made) {
                        narrow.scale(view.planes[plane], grid, rows.clone(), alpha, made.reborrow(), between);
                    }
                    let made = made.each_ref().map(RowsMut::as_rows);
                    interleave_bytes(level, made, len, height, band.rows(1, y, span));
                }
            }
        }
    }

    fn wide_chroma(&mut self, band: &mut Band<'_>, grid: &Grid, at: At, (y, span): (usize, Span)) {
        let Self { level, picture, view, alpha, .. } = *self;
        let canvas_is_interleaved = band.format() == PixelFormat::Nv12;
        let Scratch { between, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between };
        let is_direct = picture.conversion == Conversion::None && !picture.source.has_alpha;
        if is_direct && canvas_is_interleaved && view.is_interleaved() {
            let uv = &mut out[..2 * at.len];
            passes.scale::<2>(view.planes[1], grid, at, uv);
            return lay(level, uv, alpha, band.pixels(1, y, span));
        }
        let (mut u, mut v) = (&mut a[..at.len], &mut b[..at.len]);
        passes.chroma(view, grid, at, [&mut *u, &mut *v, &mut *d]);
        let mut lay: Lay = lay;
        if let Conversion::Yuv { chroma: [to_u, to_v], .. } = picture.conversion {
            let (new_u, new_v) = (&mut c[..at.len], &mut d[..at.len]);
            combine(level, [u, v, u], to_u.times(alpha), new_u);
            combine(level, [u, v, u], to_v.times(alpha), new_v);
            (u, v) = (new_u, new_v);
            lay = lay_multiplied;
        }
        if canvas_is_interleaved {
            let uv = &mut out[..2 * at.len];
            interleave(level, u, v, uv);
            let canvas = band.pixels(1, y, span);
            if picture.source.has_alpha {
                let alphas = &mut u[..at.len];
                passes.scale::<1>(view.chroma_alpha, grid, at, alphas);
                blend_picture::<2>(level, uv, alphas, alpha, canvas);
            } else {
                lay(level, uv, alpha, canvas);
            }
        } else if picture.source.has_alpha {
            let alphas = &mut out[..at.len];
            passes.scale::<1>(view.chroma_alpha, grid, at, alphas);
            blend_picture::<1>(level, u, alphas, alpha, band.pixels(1, y, span));
            blend_picture::<1>(level, v, alphas, alpha, band.pixels(2, y, span));
        } else {
            lay(level, u, alpha, band.pixels(1, y, span));
            lay(level, v, alpha, band.pixels(2, y, span));
        }
    }
}

/// A run of pixels of a grid.
#[derive(Clone, Copy)]
struct At {
    x: usize,
    y: usize,
    len: usize,
}

/// A rectangle of pixels of a grid.
#[derive(Clone)]
struct Run {
    x: Range<usize>,
    y: Range<usize>,
}

impl Run {
    /// Rows and columns of a plane of the canvas, as those of a grid that begins at `origin`.
    fn new(origin: (usize, usize), rows: Range<usize>, (x0, x1): Span) -> Self {
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

impl<'a> PlaneView<'a> {
    /// The samples that are these pixels, on a grid that copies.
    fn samples(self, grid: &Grid, run: &Run, pixel_bytes: usize) -> Rows<'a> {
        self.rows_from(grid.first.1 + run.y.start, (grid.first.0 + run.x.start) * pixel_bytes)
    }
}

/// Lays a row over the canvas.
type Lay = fn(Level, &[i16], i16, &mut [u8]);

fn lay(level: Level, row: &[i16], alpha: i16, canvas: &mut [u8]) {
    if alpha == ONE { store(level, row, canvas) } else { blend(level, row, alpha, canvas) }
}

/// Lays a row that is times `alpha` already.
///
/// What a conversion makes of extreme samples may be too large for wide ones; times alpha, that does not show.
fn lay_multiplied(level: Level, row: &[i16], alpha: i16, canvas: &mut [u8]) {
    if alpha == ONE { store(level, row, canvas) } else { blend_multiplied(level, row, alpha, canvas) }
}

/// Both passes of a filter in bytes.
#[derive(Clone, Copy)]
struct Narrow<'a> {
    level: Level,
    rows: &'a NarrowRows,
    columns: Option<&'a NarrowColumns>,
    /// Of the plane.
    pixel_bytes: usize,
}

impl Narrow<'_> {
    /// Scales a run of pixels of a plane onto rows of the same kind.
    fn scale(
        self,
        plane: PlaneView<'_>,
        grid: &Grid,
        Run { x, y }: Run,
        alpha: i16,
        onto: RowsMut<'_>,
        between: &mut [u8],
    ) {
        let Self { level, rows, columns, pixel_bytes } = self;
        let from = plane.rows_from(grid.first.1, grid.first.0 * pixel_bytes);
        // Without a table, columns are bytes.
        let x = if columns.is_some() { x } else { x.start * pixel_bytes..x.end * pixel_bytes };
        scale(level, from, (rows, y), (columns, x), alpha, onto, between);
    }
}

/// Both passes of a filter in wide samples, and the row between them.
struct Wide<'a> {
    level: Level,
    between: &'a mut [i16],
}

impl Wide<'_> {
    /// Scales a run of pixels of a plane of so many interleaved channels.
    fn scale<const CHANNELS: usize>(&mut self, plane: PlaneView<'_>, grid: &Grid, at: At, out: &mut [i16]) {
        let Passes::Wide { rows, columns } = &grid.passes else { return };
        let row = grid.first.1 + rows.start(at.y);
        let Some(columns) = columns else {
            let from = plane.rows_from(row, (grid.first.0 + at.x) * CHANNELS);
            return vertical(self.level, from, rows, at.y, out);
        };
        let reach = columns.reach(at.x..at.x + at.len);
        let (start, end) = (reach.start * CHANNELS, reach.end * CHANNELS);
        let from = plane.rows_from(row, grid.first.0 * CHANNELS + start);
        vertical(self.level, from, rows, at.y, &mut self.between[start..end]);
        horizontal(self.level, self.between, columns, at.x, out);
    }

    /// Scales U and V, each into a row of its own; the third row is for those that lie side by side.
    fn chroma(&mut self, view: &PictureView<'_>, grid: &Grid, at: At, [u, v, uv]: [&mut [i16]; 3]) {
        if view.is_interleaved() {
            let uv = &mut uv[..2 * at.len];
            self.scale::<2>(view.planes[1], grid, at, uv);
            deinterleave(self.level, uv, u, v);
        } else {
            self.scale::<1>(view.planes[1], grid, at, u);
            self.scale::<1>(view.planes[2], grid, at, v);
        }
    }
}

/// Copies U and V, put together or taken apart where the formats differ.
fn copy_chroma(
    level: Level,
    view: &PictureView<'_>,
    grid: &Grid,
    band: &mut Band<'_>,
    run: &Run,
    (first_row, span): (usize, Span),
) {
    let (len, height) = (run.x.len(), run.y.len());
    let samples = |plane: usize, pixel_bytes: usize| view.planes[plane].samples(grid, run, pixel_bytes);
    match (view.is_interleaved(), band.format() == PixelFormat::Nv12) {
        (false, false) => {
            for plane in [1, 2] {
                copy(level, samples(plane, 1), len, height, band.rows(plane, first_row, span));
            }
        }
        (true, true) => copy(level, samples(1, 2), 2 * len, height, band.rows(1, first_row, span)),
        (false, true) => {
            let onto = band.rows(1, first_row, span);
            interleave_bytes(level, [samples(1, 1), samples(2, 1)], len, height, onto);
        }
        (true, false) => {
            let onto = band.chroma_pair(first_row, span);
            deinterleave_bytes(level, samples(1, 2), len, height, onto);
        }
    }
}
