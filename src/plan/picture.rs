//! How one picture gets from its planes to those of the canvas.

use std::collections::HashMap;
use std::sync::Arc;

use polyptych_kernels::{
    ColumnTable, Level, MAX_SIGNED_TAPS, NarrowColumns, NarrowRows, ONE, RowTable, SignedRows,
};

use super::filter::Weights;
use super::{AxisMap, CanvasShape, Conversion, Filter, Item, Placement};
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

/// One plane onto one grid of pixels.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The column and the row that the tables count from.
    pub first: (usize, usize),
    /// Whether pixels are samples, unchanged.
    pub is_identity: bool,
    /// What makes pixels of samples.
    pub passes: Passes,
}

/// The two passes of a filter. Where there is no table of columns, those are taken as they are.
#[derive(Clone, Debug)]
pub enum Passes {
    /// In bytes, onto the canvas.
    Narrow {
        /// First pass.
        rows: Arc<NarrowRows>,
        /// Second pass.
        columns: Option<Arc<NarrowColumns>>,
    },
    /// In 16 bits, onto the canvas: where weights are negative or there are more of them.
    Signed {
        /// First pass.
        rows: Arc<SignedRows>,
        /// Second pass.
        columns: Option<Arc<ColumnTable>>,
    },
    /// In wide samples, which may then be converted.
    Wide {
        /// First pass.
        rows: Arc<RowTable>,
        /// Second pass.
        columns: Option<Arc<ColumnTable>>,
    },
}

impl Passes {
    /// Samples that a row between the passes must have room for.
    #[must_use]
    pub fn row_len(&self) -> usize {
        match self {
            Self::Narrow { columns, .. } => columns.as_ref().map_or(0, |table| table.row_bytes()),
            Self::Signed { columns, .. } | Self::Wide { columns, .. } => {
                columns.as_ref().map_or(0, |table| table.row_len())
            }
        }
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
    pub(super) fn build(index: usize, item: &Item, canvas: CanvasShape, tables: &mut Tables) -> Self {
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
        // What is converted or blended by alphas of its own is rounded once, at the end.
        let is_direct = conversion == Conversion::None && !source.has_alpha;
        let [luma_channels, chroma_channels] = match source.format {
            PixelFormat::Rgba => [4, 1],
            PixelFormat::Nv12 => [1, 2],
            PixelFormat::I420 => [1, 1],
        };
        let luma = tables.grid(luma_channels, luma_x.luma(), luma_y.luma(), is_direct);
        let chroma =
            to_yuv.then(|| tables.grid(chroma_channels, luma_x.chroma(), luma_y.chroma(), is_direct));
        let on_luma = match conversion {
            Conversion::None => false,
            Conversion::Yuv { luma_needs_chroma, .. } => luma_needs_chroma,
            Conversion::Rgb(_) => true,
        };
        let chroma_on_luma = on_luma.then(|| {
            let (x, y) = (luma_x.chroma_on_luma(), luma_y.chroma_on_luma());
            tables.grid(chroma_channels, x, y, false)
        });
        let origin = (dst.x0 as usize, dst.y0 as usize);
        Self { picture: index, source, placement, origin, luma, chroma, chroma_on_luma, conversion }
    }

    /// Whether, at this alpha, the canvas takes the picture's bytes as they are.
    #[must_use]
    pub fn is_copy(&self, alpha: i16) -> bool {
        alpha == ONE
            && !self.source.has_alpha
            && self.conversion == Conversion::None
            && self.luma.is_identity
            && self.chroma.as_ref().is_none_or(|chroma| chroma.is_identity)
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
pub(super) struct Tables {
    filter: Filter,
    level: Level,
    weights: HashMap<Key, Arc<Weights>>,
    narrow_rows: HashMap<Key, Arc<NarrowRows>>,
    signed_rows: HashMap<Key, Option<Arc<SignedRows>>>,
    wide_rows: HashMap<Key, Arc<RowTable>>,
    narrow_columns: HashMap<(Key, usize), Arc<NarrowColumns>>,
    wide_columns: HashMap<(Key, usize), Arc<ColumnTable>>,
}

impl Tables {
    pub(super) fn new(filter: Filter, level: Level) -> Self {
        Self {
            filter,
            level,
            weights: HashMap::new(),
            narrow_rows: HashMap::new(),
            signed_rows: HashMap::new(),
            wide_rows: HashMap::new(),
            narrow_columns: HashMap::new(),
            wide_columns: HashMap::new(),
        }
    }

    /// The grid of a plane with so many channels; straight onto the canvas where that is allowed and possible.
    fn grid(&mut self, channels: usize, x: AxisMap, y: AxisMap, may_be_direct: bool) -> Grid {
        let (x_key, y_key) = (key(x), key(y));
        let (x, y) = (self.weights(x), self.weights(y));
        let scales_columns = !x.is_identity();
        let passes = if may_be_direct && x.is_narrow() && y.is_narrow() {
            let rows = self.narrow_rows(y_key, &y);
            Passes::Narrow { rows, columns: scales_columns.then(|| self.narrow_columns(x_key, channels, &x)) }
        } else {
            let columns = scales_columns.then(|| self.wide_columns(x_key, channels, &x));
            let is_short = may_be_direct && x.taps <= MAX_SIGNED_TAPS;
            match if is_short { self.signed_rows(y_key, &y) } else { None } {
                Some(rows) => Passes::Signed { rows, columns },
                None => Passes::Wide { rows: self.wide_rows(y_key, &y), columns },
            }
        };
        Grid { first: (x.first, y.first), is_identity: x.is_identity() && y.is_identity(), passes }
    }

    fn narrow_rows(&mut self, key: Key, y: &Weights) -> Arc<NarrowRows> {
        let make = || NarrowRows::new(y.starts.clone(), y.taps, &y.weights).expect(FITS);
        Arc::clone(self.narrow_rows.entry(key).or_insert_with(|| Arc::new(make())))
    }

    fn narrow_columns(&mut self, key: Key, channels: usize, x: &Weights) -> Arc<NarrowColumns> {
        let level = self.level;
        let make = || NarrowColumns::new(level, channels, x.starts.clone(), x.taps, &x.weights).expect(FITS);
        Arc::clone(self.narrow_columns.entry((key, channels)).or_insert_with(|| Arc::new(make())))
    }

    /// Nothing where there are too many taps or too large ones.
    fn signed_rows(&mut self, key: Key, y: &Weights) -> Option<Arc<SignedRows>> {
        let make = || SignedRows::new(y.starts.clone(), y.taps, &y.weights).ok().map(Arc::new);
        self.signed_rows.entry(key).or_insert_with(make).clone()
    }

    fn wide_rows(&mut self, key: Key, y: &Weights) -> Arc<RowTable> {
        let make = || RowTable::new(y.starts.clone(), y.taps, &y.weights).expect(FITS);
        Arc::clone(self.wide_rows.entry(key).or_insert_with(|| Arc::new(make())))
    }

    fn wide_columns(&mut self, key: Key, channels: usize, x: &Weights) -> Arc<ColumnTable> {
        let level = self.level;
        let make = || ColumnTable::new(level, channels, x.starts.clone(), x.taps, &x.weights).expect(FITS);
        Arc::clone(self.wide_columns.entry((key, channels)).or_insert_with(|| Arc::new(make())))
    }

    fn weights(&mut self, map: AxisMap) -> Arc<Weights> {
        let filter = self.filter;
        Arc::clone(self.weights.entry(key(map)).or_insert_with(|| Arc::new(map.weights(filter))))
    }
}

/// Why tables can be made of what [`AxisMap::weights`] finds.
const FITS: &str = "starts ascend, and each has its weights, which sum to 1";

fn key(map: AxisMap) -> Key {
    let [origin, step, start, end] = [map.origin, map.step, map.crop.0, map.crop.1].map(f64::to_bits);
    [origin, step, start, end, map.count as u64]
}
