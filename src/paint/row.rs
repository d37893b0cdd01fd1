//! A part of one picture: straight onto the canvas where its samples may stay what they are, or row by row in wide samples,
//! which are converted on the way.

use std::ops::Range;

use polyptych_kernels::{
    FRACTION_BITS, Level, ONE, blend, blend_multiplied, blend_picture, blend_rgba, combine, combine_rgba,
    deinterleave, horizontal, interleave, store, vertical,
};

use super::band::{Band, Span};
use super::direct::{Direct, Run};
use super::prepare::PictureView;
use super::scratch::Scratch;
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
        let run = Run::new(picture.origin, rows.clone(), span);
        if let Some(direct) = Direct::of(level, &picture.luma, alpha) {
            let pixel_bytes = if canvas_is_rgba { 4 } else { 1 };
            let onto = band.rows(0, rows.start, span);
            return direct.lay(view.planes[0], pixel_bytes, &run, onto, &mut self.scratch.work);
        }
        for y in rows {
            let canvas = band.pixels(0, y, span);
            let at = At { x: run.x.start, y: y - picture.origin.1, len: run.x.len() };
            if canvas_is_rgba {
                self.rgba(canvas, at);
            } else {
                self.y(canvas, at);
            }
        }
    }

    fn y(&mut self, canvas: &mut [u8], at: At) {
        let Self { level, picture, view, alpha, .. } = *self;
        let Scratch { work, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between: &mut work.between };
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
        let Scratch { work, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between: &mut work.between };
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
        if let Some(direct) = Direct::of(self.level, grid, self.alpha) {
            return direct.lay_chroma(self.view, &run, band, (rows.start, span), self.scratch);
        }
        for y in rows {
            let at = At { x: run.x.start, y: y - origin.1, len: run.x.len() };
            self.wide_chroma(band, grid, at, (y, span));
        }
    }

    fn wide_chroma(&mut self, band: &mut Band<'_>, grid: &Grid, at: At, (y, span): (usize, Span)) {
        let Self { level, picture, view, alpha, .. } = *self;
        let canvas_is_interleaved = band.format() == PixelFormat::Nv12;
        let Scratch { work, wide: [a, b, c, d, out], .. } = self.scratch;
        let mut passes = Wide { level, between: &mut work.between };
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

/// Both passes of a filter in wide samples, and the row between them.
struct Wide<'a> {
    level: Level,
    between: &'a mut [i16],
}

impl Wide<'_> {
    /// Scales a run of pixels of a plane of so many interleaved channels.
    fn scale<const CHANNELS: usize>(&mut self, plane: PlaneView<'_>, grid: &Grid, at: At, out: &mut [i16]) {
        let Passes::Wide { rows, columns } = &grid.passes else {
            unreachable!("others went straight onto the canvas")
        };
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
