//! Crop and fit: which part of a picture goes to which pixels of its region.

use crate::frame::PictureShape;
use crate::geometry::{Rect, Size, snap_to_even};
use crate::layout::RenderMode;

/// A part of a picture as it stands upright, edges in samples and fractions of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Left edge.
    pub x0: f64,
    /// Top edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Bottom edge.
    pub y1: f64,
}

impl From<Size> for Crop {
    /// The whole picture.
    fn from(size: Size) -> Self {
        Self { x0: 0.0, y0: 0.0, x1: size.width().into(), y1: size.height().into() }
    }
}

/// Where a picture is painted, and what of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The pixels of the canvas that the picture takes; the rest of its region is bars.
    pub dst: Rect,
    /// The part of the upright picture that is shown there.
    pub src_crop: Crop,
}

impl PictureShape {
    /// Width and height as the picture stands upright.
    #[must_use]
    pub const fn upright_size(&self) -> Size {
        if self.rotation.is_transposing() { self.size.transposed() } else { self.size }
    }

    /// Width over height of a pixel as the picture stands upright.
    #[must_use]
    pub fn upright_pixel_aspect(&self) -> f64 {
        let ratio = self.pixel_aspect.ratio();
        if self.rotation.is_transposing() { 1.0 / ratio } else { ratio }
    }
}

/// Places an upright picture of `size` samples, each `pixel_aspect` times as wide as high, in a region of the canvas.
///
/// The axis that fills the region is taken whole, without arithmetic, so that a picture of the region's own shape is
/// neither cropped nor letterboxed by a rounding error.
#[must_use]
pub fn place(
    region: Rect,
    render_mode: RenderMode,
    size: Size,
    pixel_aspect: f64,
    canvas: Size,
) -> Placement {
    let (width, height) = (f64::from(size.width()), f64::from(size.height()));
    let (region_width, region_height) = (f64::from(region.width()), f64::from(region.height()));
    // Both aspects times region_height · height.
    let picture_is_wider = width * pixel_aspect * region_height > region_width * height;
    match render_mode {
        RenderMode::Crop => {
            let (shown_width, shown_height) = if picture_is_wider {
                ((region_width * height / (region_height * pixel_aspect)).min(width), height)
            } else {
                (width, (region_height * width * pixel_aspect / region_width).min(height))
            };
            let (x0, y0) = ((width - shown_width) / 2.0, (height - shown_height) / 2.0);
            let src_crop = Crop { x0, y0, x1: x0 + shown_width, y1: y0 + shown_height };
            Placement { dst: region, src_crop }
        }
        RenderMode::Fit => {
            let mut dst = region;
            if picture_is_wider {
                let fitted = region_width * height / (width * pixel_aspect);
                (dst.y0, dst.y1) = letterbox(region.y0, region.y1, fitted, canvas.height());
            } else {
                let fitted = region_height * width * pixel_aspect / height;
                (dst.x0, dst.x1) = letterbox(region.x0, region.x1, fitted, canvas.width());
            }
            Placement { dst, src_crop: size.into() }
        }
    }
}

/// The edges of a picture `extent` px long in the middle of `start..end`: snapped, and at least 2 px apart.
fn letterbox(start: u32, end: u32, extent: f64, side: u32) -> (u32, u32) {
    let first = f64::from(start) + (f64::from(end - start) - extent) / 2.0;
    let near = snap_to_even(first, side).clamp(start, end);
    let far = snap_to_even(first + extent, side).clamp(start, end);
    if far.saturating_sub(near) >= 2 || end - start < 2 {
        return if near < far { (near, far) } else { (start, end) };
    }
    if near + 2 <= end {
        return (near, near + 2);
    }
    // Only the canvas's own edge is odd; what starts there starts two or three pixels before it.
    ((end - 2) & !1, end)
}
