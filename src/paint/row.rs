//! One row of one picture: scaled to wide samples, converted, and laid over the canvas.

use polyptych_kernels::{
    FRACTION_BITS, Level, ONE, blend, blend_multiplied, blend_picture, blend_rgba, combine, deinterleave,
    deinterleave_bytes, horizontal, interleave, interleave_bytes, store, vertical,
};

use super::band::{Band, Span};
use super::prepare::PictureView;
use super::scratch::Scratch;
use crate::frame::{PixelFormat, PlaneView};
use crate::plan::{Conversion, Grid, PictureOp};

/// Paints rows of one picture.
pub(super) struct RowPainter<'a, 'p> {
    pub(super) level: Level,
    pub(super) picture: &'a PictureOp,
    pub(super) view: &'a PictureView<'p>,
    /// Of the region, `0..=ONE`.
    pub(super) alpha: i16,
    pub(super) scratch: &'a mut Scratch,
}

impl RowPainter<'_, '_> {
    /// Paints a span of a row of luma, or of RGBA.
    pub(super) fn luma(&mut self, band: &mut Band<'_>, y: usize, span: Span) {
        let canvas_is_rgba = band.format() == PixelFormat::Rgba;
        let canvas = band.pixels(0, y, span);
        let (x, y) = (span.0 - self.picture.origin.0, y - self.picture.origin.1);
        let at = At { x, y, len: span.1 - span.0 };
        if canvas_is_rgba { self.rgba(canvas, at) } else { self.y(canvas, at) }
    }

    fn y(&mut self, canvas: &mut [u8], at: At) {
        let Self { level, picture, view, alpha, .. } = *self;
        if picture.is_copy(alpha) {
            return canvas.copy_from_slice(view.planes[0].bytes::<1>(&picture.luma, at));
        }
        let Scratch { between, wide: [a, b, c, d, out] } = self.scratch;
        let mut passes = Passes { level, between };
        let (luma, out) = (&mut a[..at.len], &mut out[..at.len]);
        passes.scale::<1>(view.planes[0], &picture.luma, at, luma);
        if let Conversion::Yuv { luma: weights, luma_needs_chroma, .. } = picture.conversion {
            let (u, v) = (&mut b[..at.len], &mut c[..at.len]);
            if luma_needs_chroma && let Some(grid) = &picture.chroma_on_luma {
                passes.chroma(view, grid, at, [u, v, d]);
                combine::<1>(level, [luma, u, v], weights.times(alpha), out);
            } else {
                combine::<1>(level, [luma, luma, luma], weights.times(alpha), out);
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
        if picture.is_copy(alpha) {
            return canvas.copy_from_slice(view.planes[0].bytes::<4>(&picture.luma, at));
        }
        let Scratch { between, wide: [a, b, c, d, out] } = self.scratch;
        let mut passes = Passes { level, between };
        let out = &mut out[..4 * at.len];
        if let (Conversion::Rgb(weights), Some(grid)) = (picture.conversion, &picture.chroma_on_luma) {
            let (luma, u, v) = (&mut a[..at.len], &mut b[..at.len], &mut c[..at.len]);
            passes.scale::<1>(view.planes[0], &picture.luma, at, luma);
            passes.chroma(view, grid, at, [u, v, d]);
            for (channel, weights) in weights.into_iter().enumerate() {
                combine::<4>(level, [luma, u, v], weights.times(alpha), &mut out[channel..]);
            }
            let opaque = (i32::from(alpha) * (255 << FRACTION_BITS) / i32::from(ONE)) as i16;
            out.iter_mut().skip(3).step_by(4).for_each(|sample| *sample = opaque);
            return lay_multiplied(level, out, alpha, canvas);
        }
        passes.scale::<4>(view.planes[0], &picture.luma, at, out);
        if picture.source.has_alpha {
            blend_rgba(level, out, alpha, canvas);
        } else {
            lay(level, out, alpha, canvas);
        }
    }

    /// Paints a span of a row of chroma, both U and V.
    pub(super) fn chroma(&mut self, band: &mut Band<'_>, y: usize, span: Span) {
        let Self { level, picture, view, alpha, .. } = *self;
        let Some(grid) = &picture.chroma else { return };
        let at = At { x: span.0 - picture.origin.0 / 2, y: y - picture.origin.1 / 2, len: span.1 - span.0 };
        let canvas_is_interleaved = band.format() == PixelFormat::Nv12;
        if picture.is_copy(alpha) {
            return copy_chroma(view, grid, at, band, (y, span));
        }
        let Scratch { between, wide: [a, b, c, d, out] } = self.scratch;
        let mut passes = Passes { level, between };
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
            combine::<1>(level, [u, v, u], to_u.times(alpha), new_u);
            combine::<1>(level, [u, v, u], to_v.times(alpha), new_v);
            (u, v) = (new_u, new_v);
            lay = lay_multiplied;
        }
        if canvas_is_interleaved {
            let uv = &mut out[..2 * at.len];
            interleave(u, v, uv);
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

impl<'a> PlaneView<'a> {
    /// The samples that are these pixels, on a grid that copies.
    fn bytes<const CHANNELS: usize>(self, grid: &Grid, at: At) -> &'a [u8] {
        let row = self.row(grid.y.first + at.y);
        &row[(grid.x.first + at.x) * CHANNELS..][..at.len * CHANNELS]
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

/// Both passes of a filter, and the row between them.
struct Passes<'a> {
    level: Level,
    between: &'a mut [i16],
}

impl Passes<'_> {
    /// Scales a run of pixels of a plane of so many interleaved channels.
    fn scale<const CHANNELS: usize>(&mut self, plane: PlaneView<'_>, grid: &Grid, at: At, out: &mut [i16]) {
        let row = grid.y.first + grid.y.table.start(at.y);
        if grid.x.is_identity {
            let rows = plane.rows_from(row, (grid.x.first + at.x) * CHANNELS);
            return vertical(self.level, rows, &grid.y.table, at.y, out);
        }
        let reach = grid.x.table.reach(at.x, at.len);
        // The odd tap without weight may lie behind the crop: it reads whatever the row held before.
        let read = reach.end.min(grid.x.len) - reach.start;
        let rows = plane.rows_from(row, (grid.x.first + reach.start) * CHANNELS);
        vertical(self.level, rows, &grid.y.table, at.y, &mut self.between[..read * CHANNELS]);
        let between = &self.between[..reach.len() * CHANNELS];
        horizontal::<CHANNELS>(self.level, between, &grid.x.table, at.x, out);
    }

    /// Scales U and V, each into a row of its own; the third row is for those that lie side by side.
    fn chroma(&mut self, view: &PictureView<'_>, grid: &Grid, at: At, [u, v, uv]: [&mut [i16]; 3]) {
        if view.is_interleaved() {
            let uv = &mut uv[..2 * at.len];
            self.scale::<2>(view.planes[1], grid, at, uv);
            deinterleave(uv, u, v);
        } else {
            self.scale::<1>(view.planes[1], grid, at, u);
            self.scale::<1>(view.planes[2], grid, at, v);
        }
    }
}

/// Copies U and V, put together or taken apart where the formats differ.
fn copy_chroma(view: &PictureView<'_>, grid: &Grid, at: At, band: &mut Band<'_>, (y, span): (usize, Span)) {
    let [_, first, second] = view.planes;
    match (view.is_interleaved(), band.format() == PixelFormat::Nv12) {
        (false, false) => {
            band.pixels(1, y, span).copy_from_slice(first.bytes::<1>(grid, at));
            band.pixels(2, y, span).copy_from_slice(second.bytes::<1>(grid, at));
        }
        (true, true) => band.pixels(1, y, span).copy_from_slice(first.bytes::<2>(grid, at)),
        (false, true) => {
            interleave_bytes(
                first.bytes::<1>(grid, at),
                second.bytes::<1>(grid, at),
                band.pixels(1, y, span),
            );
        }
        (true, false) => {
            let uv = first.bytes::<2>(grid, at);
            let [u, v] = band.chroma_pair(y, span);
            deinterleave_bytes(uv, u, v);
        }
    }
}
