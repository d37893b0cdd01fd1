//! How one picture gets from its planes to those of the canvas.

use std::collections::HashMap;
use std::sync::Arc;

use polyptych_kernels::ONE;

use super::{AxisMap, CanvasShape, Columns, Conversion, Filter, Item, Placement, RowSet};
use crate::color::ColorSpace;
use crate::frame::PixelFormat;
use crate::geometry::Size;

/// A picture as the painter holds it: upright, and with no RGBA upon a YUV canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceShape {
    /// Width and height in pixels, upright.
    pub size: Size,
    /// How the samples lie.
    pub format: PixelFormat,
    /// What they mean, where they are YUV.
    pub color: ColorSpace,
    /// Whether planes of alpha come with it (RGBA: whether its alpha counts); colours are premultiplied then.
    pub has_alpha: bool,
    /// Where luma's edge lies in the chroma planes, in chroma samples: half a sample in where an odd side was turned round.
    pub chroma_shift: (f64, f64),
}

/// The two passes of one plane onto one grid of pixels.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Second pass: columns.
    pub x: Arc<Columns>,
    /// First pass: rows.
    pub y: Arc<RowSet>,
}

impl Grid {
    /// Whether pixels are samples, unchanged.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.x.is_identity && self.y.is_identity
    }
}

/// A picture to be painted.
#[derive(Debug)]
pub struct PictureOp {
    /// Its place among the pictures that the painter is given.
    pub picture: usize,
    /// What it is like.
    pub source: SourceShape,
    /// Where it goes, and what of it.
    pub placement: Placement,
    /// The canvas pixel of the grids' first pixel (chroma: half of it).
    pub origin: (usize, usize),
    /// From luma, or from RGBA, to the canvas's luma or RGBA pixels; alpha goes the same way.
    pub luma: Grid,
    /// From chroma to the canvas's chroma pixels.
    pub chroma: Option<Grid>,
    /// From chroma to the canvas's luma or RGBA pixels, where a conversion needs it there.
    pub chroma_on_luma: Option<Grid>,
    /// What is done to scaled samples.
    pub conversion: Conversion,
}

impl PictureOp {
    pub(super) fn build(
        index: usize,
        item: &Item,
        canvas: CanvasShape,
        filter: Filter,
        tables: &mut Tables,
    ) -> Self {
        let (source, placement) = (item.source, item.placement);
        let (dst, crop) = (placement.dst, placement.src_crop);
        let to_yuv = canvas.format.is_yuv();
        let conversion = match (source.format.is_yuv(), to_yuv) {
            (true, true) => Conversion::between(source.color, canvas.color),
            (true, false) => Conversion::to_rgb(source.color),
            (false, _) => Conversion::None,
        };
        let (luma_x, luma_y) = (
            Axis::new((crop.x0, crop.x1), dst.width(), source.chroma_shift.0),
            Axis::new((crop.y0, crop.y1), dst.height(), source.chroma_shift.1),
        );
        let mut grid = |x: AxisMap, y: AxisMap| tables.grid(x, y, filter);
        let luma = grid(luma_x.luma(), luma_y.luma());
        let chroma = to_yuv.then(|| grid(luma_x.chroma(), luma_y.chroma()));
        let on_luma = match conversion {
            Conversion::None => false,
            Conversion::Yuv { luma_needs_chroma, .. } => luma_needs_chroma,
            Conversion::Rgb(_) => true,
        };
        let chroma_on_luma = on_luma.then(|| grid(luma_x.chroma_on_luma(), luma_y.chroma_on_luma()));
        let origin = (dst.x0 as usize, dst.y0 as usize);
        Self { picture: index, source, placement, origin, luma, chroma, chroma_on_luma, conversion }
    }

    /// Whether, at this alpha, the canvas takes the picture's bytes as they are.
    #[must_use]
    pub fn is_copy(&self, alpha: i16) -> bool {
        alpha == ONE
            && !self.source.has_alpha
            && self.conversion == Conversion::None
            && self.luma.is_identity()
            && self.chroma.as_ref().is_none_or(Grid::is_identity)
    }
}

/// One axis of a picture: luma samples `crop` become `count` pixels.
#[derive(Clone, Copy)]
struct Axis {
    crop: (f64, f64),
    step: f64,
    count: u32,
    chroma_shift: f64,
}

impl Axis {
    fn new(crop: (f64, f64), count: u32, chroma_shift: f64) -> Self {
        Self { crop, step: (crop.1 - crop.0) / f64::from(count), count, chroma_shift }
    }

    fn luma(self) -> AxisMap {
        AxisMap { origin: self.crop.0, step: self.step, count: self.count as usize, crop: self.crop }
    }

    /// Chroma samples lie at half the coordinates of luma.
    fn chroma_crop(self) -> (f64, f64) {
        (self.crop.0 / 2.0 + self.chroma_shift, self.crop.1 / 2.0 + self.chroma_shift)
    }

    /// Both planes are halved, so the step stays.
    fn chroma(self) -> AxisMap {
        let crop = self.chroma_crop();
        AxisMap { origin: crop.0, step: self.step, count: self.count.div_ceil(2) as usize, crop }
    }

    fn chroma_on_luma(self) -> AxisMap {
        let crop = self.chroma_crop();
        AxisMap { origin: crop.0, step: self.step / 2.0, count: self.count as usize, crop }
    }
}

/// What tells an axis's table from others: all of its map, bit by bit.
type Key = [u64; 5];

/// Tables of a plan, each made once.
#[derive(Default)]
pub(super) struct Tables {
    columns: HashMap<Key, Arc<Columns>>,
    rows: HashMap<Key, Arc<RowSet>>,
}

impl Tables {
    fn grid(&mut self, x: AxisMap, y: AxisMap, filter: Filter) -> Grid {
        let key = |map: AxisMap| -> Key {
            let [origin, step, start, end] = [map.origin, map.step, map.crop.0, map.crop.1].map(f64::to_bits);
            [origin, step, start, end, map.count as u64]
        };
        let columns = self.columns.entry(key(x)).or_insert_with(|| Arc::new(x.columns(filter)));
        let rows = self.rows.entry(key(y)).or_insert_with(|| Arc::new(y.rows(filter)));
        Grid { x: Arc::clone(columns), y: Arc::clone(rows) }
    }
}
