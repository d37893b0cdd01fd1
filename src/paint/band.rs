//! A band of the canvas and the painting of it: every task of the work, cut to the band's rows.

use std::ops::Range;

use polyptych_kernels::{Level, ONE, RowsMut, blend_fill, copy};

use super::Job;
use super::row::PicturePainter;
use super::scratch::Scratch;
use crate::damage::{Offset, Strip, Task};
use crate::frame::{FrameView, FrameViewMut, PixelFormat, PlaneViewMut};
use crate::plan::{Op, Paint};

/// Some rows of a canvas.
pub(super) struct Band<'a> {
    /// First luma row; even.
    first: usize,
    /// Luma rows.
    rows: usize,
    format: PixelFormat,
    planes: [PlaneViewMut<'a>; 3],
}

/// A run of pixels in a row of a plane, half-open.
pub(super) type Span = (usize, usize);

impl<'a> Band<'a> {
    /// The whole canvas.
    pub(super) fn whole(canvas: FrameViewMut<'a>) -> Self {
        let (format, rows) = (canvas.format(), canvas.size().height() as usize);
        Self { first: 0, rows, format, planes: canvas.into_planes() }
    }

    /// The bands above and below canvas row `y`, which is even or the last edge.
    pub(super) fn split_at_row(self, y: usize) -> (Self, Self) {
        let Self { first, rows, format, planes } = self;
        let luma = y - first;
        let [a, b, c] = planes;
        let (a, d) = a.split_at_row(luma);
        let (b, e) = b.split_at_row(luma.div_ceil(2));
        let (c, f) = c.split_at_row(luma.div_ceil(2));
        (
            Self { first, rows: luma, format, planes: [a, b, c] },
            Self { first: y, rows: rows - luma, format, planes: [d, e, f] },
        )
    }

    const fn pixel_bytes(&self, plane: usize) -> usize {
        match (self.format, plane) {
            (PixelFormat::Rgba, _) => 4,
            (PixelFormat::Nv12, 1) => 2,
            _ => 1,
        }
    }

    /// Pixels `span` of row `y` of plane `plane`, both counted on the canvas in the plane's own pixels.
    pub(super) fn pixels(&mut self, plane: usize, y: usize, span: Span) -> &mut [u8] {
        let first = if plane == 0 { self.first } else { self.first / 2 };
        let bytes = self.pixel_bytes(plane);
        &mut self.planes[plane].row_mut(y - first)[span.0 * bytes..span.1 * bytes]
    }

    /// Rows `y` and below, from the first pixel of `span` on, as far as the band goes.
    pub(super) fn rows(&mut self, plane: usize, y: usize, span: Span) -> RowsMut<'_> {
        let first = if plane == 0 { self.first } else { self.first / 2 };
        self.planes[plane].rows_mut_from(y - first, span.0 * self.pixel_bytes(plane))
    }

    /// The same of planes U and V, which lie apart.
    pub(super) fn chroma_pair(&mut self, y: usize, (x, _): Span) -> [RowsMut<'_>; 2] {
        let row = y - self.first / 2;
        let [_, u, v] = &mut self.planes;
        [u.rows_mut_from(row, x), v.rows_mut_from(row, x)]
    }

    /// Does the work that lies in this band, in its order.
    pub(super) fn paint(mut self, level: Level, job: &Job<'_>, scratch: &mut Scratch) {
        let (top, bottom) = (self.first as u32, (self.first + self.rows) as u32);
        for (task, strips) in job.work.tasks() {
            for strip in strips {
                let rows = strip.y0.max(top) as usize..strip.y1.min(bottom) as usize;
                if rows.is_empty() {
                    continue;
                }
                match task {
                    Task::Copy { source, offset } => {
                        self.copy(level, job.sources[source].canvas, offset, strip, rows);
                    }
                    Task::Paint { op } => {
                        let op = &job.plan.ops[op];
                        match &op.paint {
                            Paint::Fill(color) => self.fill(level, *color, op, strip, rows),
                            Paint::Picture(picture) => {
                                let view = &job.pictures[picture.picture];
                                let painter =
                                    PicturePainter { level, picture, view, alpha: op.alpha, scratch };
                                self.paint_picture(painter, strip, rows);
                            }
                        }
                    }
                }
            }
        }
    }

    fn paint_picture(&mut self, mut painter: PicturePainter<'_, '_>, strip: Strip<'_>, rows: Range<usize>) {
        for span in spans_of(strip) {
            painter.luma(self, rows.clone(), span);
            if self.format.is_yuv() {
                painter.chroma(self, halve_rows(&rows), halve(span));
            }
        }
    }

    /// Copies from another canvas of this format.
    fn copy(
        &mut self,
        level: Level,
        from: FrameView<'_>,
        offset: Offset,
        strip: Strip<'_>,
        rows: Range<usize>,
    ) {
        let moved = |at: usize, by: i32| at.wrapping_add_signed(by as isize);
        for span in spans_of(strip) {
            for plane in 0..self.format.plane_count() {
                let (rows, span, by) = match plane {
                    0 => (rows.clone(), span, (offset.x, offset.y)),
                    _ => (halve_rows(&rows), halve(span), (offset.x / 2, offset.y / 2)),
                };
                let bytes = self.pixel_bytes(plane);
                let source =
                    from.plane(plane).rows_from(moved(rows.start, by.1), moved(span.0, by.0) * bytes);
                let row_bytes = (span.1 - span.0) * bytes;
                copy(level, source, row_bytes, rows.len(), self.rows(plane, rows.start, span));
            }
        }
    }

    pub(super) fn format(&self) -> PixelFormat {
        self.format
    }

    fn fill(&mut self, level: Level, color: [u8; 3], op: &Op, strip: Strip<'_>, rows: Range<usize>) {
        let [a, b, c] = color;
        let (alpha, format) = (op.alpha, self.format);
        for y in rows.clone() {
            for span in spans_of(strip) {
                let pixels = self.pixels(0, y, span);
                match format {
                    PixelFormat::Rgba => fill_pixels(level, pixels, [a, b, c, 255], alpha),
                    PixelFormat::I420 | PixelFormat::Nv12 => fill_pixels(level, pixels, [a], alpha),
                }
            }
        }
        for y in halve_rows(&rows) {
            for span in spans_of(strip).map(halve) {
                match format {
                    PixelFormat::I420 => {
                        fill_pixels(level, self.pixels(1, y, span), [b], alpha);
                        fill_pixels(level, self.pixels(2, y, span), [c], alpha);
                    }
                    PixelFormat::Nv12 => fill_pixels(level, self.pixels(1, y, span), [b, c], alpha),
                    PixelFormat::Rgba => {}
                }
            }
        }
    }
}

fn spans_of(strip: Strip<'_>) -> impl Iterator<Item = Span> {
    strip.spans.iter().map(|&(x0, x1)| (x0 as usize, x1 as usize))
}

/// The chroma pixels of a span of luma; its start is even, its end too but at an odd canvas's edge.
fn halve((x0, x1): Span) -> Span {
    (x0 / 2, x1.div_ceil(2))
}

/// The rows of chroma that belong to rows of luma.
fn halve_rows(rows: &Range<usize>) -> Range<usize> {
    rows.start / 2..rows.end.div_ceil(2)
}

fn fill_pixels<const N: usize>(level: Level, pixels: &mut [u8], color: [u8; N], alpha: i16) {
    if alpha < ONE {
        return blend_fill(level, color, alpha, pixels);
    }
    if N == 1 {
        return pixels.fill(color[0]);
    }
    pixels.chunks_exact_mut(N).for_each(|pixel| pixel.copy_from_slice(&color));
}
