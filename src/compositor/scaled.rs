//! Images at the sizes at which they show: each is scaled once, for all outputs that show it so.

use std::mem;
use std::sync::Arc;

use crate::color::ColorSpace;
use crate::frame::Frame;
use crate::image::Picture;
use crate::paint::Painter;
use crate::plan::{CanvasShape, Placement};

/// The scaled images that show.
#[derive(Debug, Default)]
pub(super) struct ScaledImages {
    kept: Vec<ScaledImage>,
    /// How often an image has been scaled.
    pub(super) count: u64,
}

#[derive(Debug)]
struct ScaledImage {
    picture: Arc<Picture>,
    placement: Placement,
    /// The colours of the YUV canvases that it is for.
    yuv_color: Option<ColorSpace>,
    frame: Frame,
    /// Whether anybody has asked for it since others were forgotten.
    is_shown: bool,
}

impl ScaledImages {
    /// The image at the size of its placement, as the canvas wants it; scaled now, unless it has been.
    pub(super) fn get(
        &mut self,
        painter: &mut Painter,
        picture: &Arc<Picture>,
        placement: Placement,
        canvas: CanvasShape,
    ) -> Option<Frame> {
        let size = |placement: Placement| (placement.dst.width(), placement.dst.height());
        let yuv_color = canvas.yuv_color();
        let found = self.kept.iter_mut().find(|scaled| {
            Arc::ptr_eq(&scaled.picture, picture)
                && size(scaled.placement) == size(placement)
                && scaled.placement.src_crop == placement.src_crop
                && scaled.yuv_color == yuv_color
        });
        if let Some(scaled) = found {
            scaled.is_shown = true;
            return Some(scaled.frame.clone());
        }
        let frame = Frame::from(painter.scale_image(picture.view(), placement, canvas)?);
        self.count += 1;
        let (picture, is_shown) = (Arc::clone(picture), true);
        self.kept.push(ScaledImage { picture, placement, yuv_color, frame: frame.clone(), is_shown });
        Some(frame)
    }

    /// Forgets those that nobody has asked for since the last call.
    pub(super) fn forget_hidden(&mut self) {
        self.kept.retain_mut(|scaled| mem::take(&mut scaled.is_shown));
    }
}
