//! Where a picture lies on the canvas, and which part of it.

use polyptych::{Rect, Size, UnitRect};

use super::ratio::Ratio;
use super::sample::Axis;

/// The pixels of a region: each edge is the nearest even number, ties upward, or the canvas's far edge.
pub fn snap(region: UnitRect, canvas: Size) -> Rect {
    let (width, height) = (canvas.width(), canvas.height());
    Rect {
        x0: snap_edge(region.x() * f64::from(width), width),
        y0: snap_edge(region.y() * f64::from(height), height),
        x1: snap_edge(region.right() * f64::from(width), width),
        y1: snap_edge(region.bottom() * f64::from(height), height),
    }
}

fn snap_edge(p: f64, side: u32) -> u32 {
    if (p + 0.5 + 1e-6).floor() >= f64::from(side) {
        side
    } else {
        (2.0 * ((p + 1.0 + 1e-6) / 2.0).floor()).min(f64::from(side)) as u32
    }
}

/// Width and height of a picture that stands upright: in samples, and as it is meant to be seen.
#[derive(Clone, Copy, Debug)]
pub struct Upright {
    pub size: Size,
    /// Width over height of one sample.
    pub sample_aspect: Ratio,
}

impl Upright {
    fn aspect(self) -> Ratio {
        Ratio::from(self.size.width()) / Ratio::from(self.size.height()) * self.sample_aspect
    }
}

/// A stretch of one axis of the upright picture, in samples of luma or RGB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    pub start: Ratio,
    pub end: Ratio,
}

impl Stretch {
    fn whole(side: u32) -> Self {
        Self { start: Ratio::ZERO, end: Ratio::from(side) }
    }

    /// The middle `share` of a side.
    fn middle(side: u32, share: Ratio) -> Self {
        let cut = Ratio::from(side) * (Ratio::ONE - share) / Ratio::from(2_u32);
        Self { start: cut, end: Ratio::from(side) - cut }
    }
}

/// Which part of a picture fills which pixels of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    pub dst: Rect,
    pub across: Stretch,
    pub down: Stretch,
}

/// Fills the region; the overhang is cut equally on both sides.
pub fn crop(picture: Upright, region: Rect) -> Placement {
    let excess = picture.aspect() / aspect(region);
    let (width, height) = (picture.size.width(), picture.size.height());
    let (across, down) = if excess > Ratio::ONE {
        (Stretch::middle(width, Ratio::ONE / excess), Stretch::whole(height))
    } else {
        (Stretch::whole(width), Stretch::middle(height, excess))
    };
    Placement { dst: region, across, down }
}

/// Shows the whole picture, centred in the region.
pub fn fit(picture: Upright, region: Rect, canvas: Size) -> Placement {
    let excess = picture.aspect() / aspect(region);
    let mut dst = region;
    if excess > Ratio::ONE {
        (dst.y0, dst.y1) = fit_axis((region.y0, region.y1), Ratio::ONE / excess, canvas.height());
    } else {
        (dst.x0, dst.x1) = fit_axis((region.x0, region.x1), excess, canvas.width());
    }
    let (width, height) = (picture.size.width(), picture.size.height());
    Placement { dst, across: Stretch::whole(width), down: Stretch::whole(height) }
}

/// The middle `share` of a region's axis, its edges snapped like a region's, at least 2 px (1 where there is only 1).
fn fit_axis((start, end): (u32, u32), share: Ratio, side: u32) -> (u32, u32) {
    let middle = Stretch::middle(end - start, share);
    let snapped = |offset: Ratio| snap_edge((Ratio::from(start) + offset).to_f64(), side).clamp(start, end);
    let (inner_start, inner_end) = (snapped(middle.start), snapped(middle.end));
    let least = (end - start).min(2);
    if inner_end - inner_start >= least {
        (inner_start, inner_end)
    } else if inner_start + least <= end {
        (inner_start, inner_start + least)
    } else {
        // At the region's far edge; the start stays even, for the sake of 4:2:0.
        ((end - least) / 2 * 2, end)
    }
}

fn aspect(region: Rect) -> Ratio {
    Ratio::from(region.width()) / Ratio::from(region.height())
}

/// Which samples of a plane are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sites {
    /// Of a plane as fine as the picture, at each pixel.
    Pixels,
    /// Of a chroma plane, at the chroma samples of a 4:2:0 canvas.
    ChromaPairs,
    /// Of a chroma plane, at each pixel.
    ChromaAtPixels,
}

/// The axis that brings `stretch` to the pixels `dst` of the canvas.
///
/// `chroma_origin` is where the picture's edge lies in its chroma plane: 1/2 where rotation put the half-used sample first.
pub fn axis(stretch: Stretch, dst: (u32, u32), sites: Sites, chroma_origin: Ratio) -> Axis {
    let step = (stretch.end - stretch.start) / Ratio::from(dst.1 - dst.0);
    let halved = |luma: Ratio| luma * Ratio::HALF + chroma_origin;
    let (start, end) = match sites {
        Sites::Pixels => (stretch.start, stretch.end),
        Sites::ChromaPairs | Sites::ChromaAtPixels => (halved(stretch.start), halved(stretch.end)),
    };
    let (first, last) = (start.floor(), end.ceil() - 1);
    match sites {
        Sites::Pixels => Axis { start, step, first, last, count: (dst.1 - dst.0) as usize },
        Sites::ChromaAtPixels => {
            Axis { start, step: step * Ratio::HALF, first, last, count: (dst.1 - dst.0) as usize }
        }
        Sites::ChromaPairs => {
            // A region starts at an even pixel, so its first chroma sample starts where its first pixel does.
            assert_eq!(dst.0 % 2, 0, "regions start at even pixels");
            Axis { start, step, first, last, count: (dst.1.div_ceil(2) - dst.0 / 2) as usize }
        }
    }
}
