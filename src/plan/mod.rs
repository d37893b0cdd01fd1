//! From regions and the shapes of their pictures to what is painted: rectangles in even pixels, visible spans,
//! filter tables. Pure: no sample is read here. Made anew only when something that it depends on changes.

mod color;
mod cull;
mod filter;
mod fit;
mod picture;

pub use color::{Conversion, rgb_weights};
pub use cull::{Cover, Slab, visible};
pub use filter::{AxisMap, Filter, Weights};
pub use fit::{Crop, Placement, place};
pub use picture::{Grid, Passes, PictureOp, SourceShape};

use polyptych_kernels::{Level, ONE};

use crate::color::{Alpha, ColorSpace, Rgb};
use crate::frame::PixelFormat;
use crate::geometry::{Rect, Size};
use picture::Tables;

/// What every composed frame of a canvas has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanvasShape {
    /// Width and height in pixels.
    pub size: Size,
    /// How the samples lie.
    pub format: PixelFormat,
    /// What the samples of a YUV canvas mean.
    pub color: ColorSpace,
}

impl CanvasShape {
    /// A canvas of `size`, I420 in BT.709 limited range.
    #[must_use]
    pub const fn new(size: Size) -> Self {
        Self { size, format: PixelFormat::I420, color: ColorSpace::BT709_LIMITED }
    }

    /// What the samples mean, where they are YUV.
    #[must_use]
    pub const fn yuv_color(self) -> Option<ColorSpace> {
        if self.format.is_yuv() { Some(self.color) } else { None }
    }
}

/// One region with the picture that it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// The region's pixels.
    pub region: Rect,
    /// Where the picture goes; what it leaves of the region is black.
    pub placement: Placement,
    /// How opaque the region is.
    pub alpha: Alpha,
    /// The picture, as the painter will hold it.
    pub source: SourceShape,
}

/// How to plan, whatever is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanSettings {
    /// How frames are scaled.
    pub filter: Filter,
    /// What becomes of pixels that an opaque region covers.
    pub hidden: Hidden,
    /// The instructions that tables are made for.
    pub level: Level,
}

/// What becomes of pixels that an opaque region covers. The bytes are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hidden {
    /// They are not painted.
    #[default]
    Skipped,
    /// They are painted and painted over: to measure what skipping saves, and to test it.
    Painted,
}

/// What to paint, bottom first.
#[derive(Debug)]
pub struct Plan {
    /// The canvas.
    pub canvas: CanvasShape,
    /// How its pictures are scaled.
    pub filter: Filter,
    /// What to paint, bottom first.
    pub ops: Vec<Op>,
    /// Pixels that are not painted, because an opaque region covers them.
    pub skipped: u64,
}

/// What copying a pixel costs, in the unit of [`Op::cost_per_pixel`].
pub const COPY_COST_PER_PIXEL: u64 = 2;

/// One thing to paint.
#[derive(Debug)]
pub struct Op {
    /// Its pixels, hidden ones included.
    pub rect: Rect,
    /// The visible rows and columns.
    pub slabs: Vec<Slab>,
    /// Whether nothing that is painted later touches it.
    pub is_on_top: bool,
    /// How opaque it is, `0..=ONE`.
    pub alpha: i16,
    /// What is painted.
    pub paint: Paint,
}

/// What is painted.
#[derive(Debug)]
pub enum Paint {
    /// One colour: the canvas's samples of it (Y, U, V or R, G, B).
    Fill([u8; 3]),
    /// A picture.
    Picture(Box<PictureOp>),
}

impl Op {
    /// Whether it is samples of a picture as they are.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        matches!(&self.paint, Paint::Picture(picture) if picture.is_copy(self.alpha))
    }

    /// Whether nothing below shows through.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.alpha == ONE
            && match &self.paint {
                Paint::Fill(_) => true,
                Paint::Picture(picture) => !picture.source.has_alpha,
            }
    }

    /// The cost of a pixel, in thirds of a byte copied; rough.
    #[must_use]
    pub fn cost_per_pixel(&self) -> u64 {
        match &self.paint {
            Paint::Fill(_) => 1,
            Paint::Picture(_) if self.is_copy() => COPY_COST_PER_PIXEL,
            Paint::Picture(picture) => 8 + 4 * u64::from(picture.source.has_alpha || self.alpha < ONE),
        }
    }
}

impl Plan {
    /// Plans a canvas of one colour with items upon it, bottom first.
    #[must_use]
    pub fn build(canvas: CanvasShape, background: Rgb, items: &[Item], settings: PlanSettings) -> Self {
        let PlanSettings { filter, hidden, level } = settings;
        let mut layers = vec![Layer {
            cover: Cover { rect: canvas.size.to_rect(), is_opaque: true },
            alpha: ONE,
            item: None,
            color: background,
        }];
        for (index, item) in items.iter().enumerate() {
            let alpha = (item.alpha.get() * f64::from(ONE) + 0.5) as i16;
            if alpha == 0 || item.region.is_empty() {
                continue;
            }
            let dst = item.placement.dst;
            let opaque = |rect| Cover { rect, is_opaque: alpha == ONE };
            layers.extend(bars(item.region, dst).into_iter().map(|rect| Layer {
                cover: opaque(rect),
                alpha,
                item: None,
                color: Rgb::BLACK,
            }));
            let is_opaque = alpha == ONE && !item.source.has_alpha;
            let cover = Cover { rect: dst, is_opaque };
            layers.push(Layer { cover, alpha, item: Some(index), color: Rgb::BLACK });
        }
        let mut covers: Vec<Cover> = layers.iter().map(|layer| layer.cover).collect();
        if hidden == Hidden::Painted {
            covers.iter_mut().for_each(|cover| cover.is_opaque = false);
        }
        let mut skipped = 0;
        let (mut ops, mut tables): (Vec<Op>, _) = (Vec::new(), Tables::new(filter, level));
        for (layer, slabs) in layers.iter().zip(visible(&covers)) {
            let rect = layer.cover.rect;
            skipped += rect.area() - slabs.iter().map(Slab::area).sum::<u64>();
            if slabs.is_empty() {
                continue;
            }
            let paint = match layer.item {
                None => Paint::Fill(samples(layer.color, canvas)),
                Some(index) => {
                    let op = PictureOp::build(index, &items[index], canvas, &mut tables);
                    Paint::Picture(Box::new(op))
                }
            };
            for below in ops.iter_mut().filter(|below| !below.rect.intersect(rect).is_empty()) {
                below.is_on_top = false;
            }
            ops.push(Op { rect, slabs, is_on_top: true, alpha: layer.alpha, paint });
        }
        Self { canvas, filter, ops, skipped }
    }
}

/// A rectangle of a picture or of one colour, before it is known what of it shows.
struct Layer {
    cover: Cover,
    alpha: i16,
    item: Option<usize>,
    color: Rgb,
}

/// What a picture leaves of its region: above, below, left and right of it.
fn bars(region: Rect, dst: Rect) -> impl IntoIterator<Item = Rect> {
    [
        Rect { y1: dst.y0, ..region },
        Rect { y0: dst.y1, ..region },
        Rect { x1: dst.x0, y0: dst.y0, y1: dst.y1, ..region },
        Rect { x0: dst.x1, y0: dst.y0, y1: dst.y1, ..region },
    ]
    .into_iter()
    .filter(|bar| !bar.is_empty())
}

fn samples(color: Rgb, canvas: CanvasShape) -> [u8; 3] {
    match canvas.format {
        PixelFormat::Rgba => [color.r, color.g, color.b],
        PixelFormat::I420 | PixelFormat::Nv12 => color.to_yuv(canvas.color),
    }
}
