//! Background images: scaled to where they show, once, and kept as the canvas wants them.
//!
//! They go through the same kernels as frames. A resizer made for images was considered: it mixes in pixels outside
//! the crop and weighs edges otherwise than frames, so two rules would hold on one canvas.

use super::{Job, Painter, PictureView, prepare};
use crate::color::{Alpha, Rgb};
use crate::damage::Work;
use crate::frame::{FrameBuffer, FrameView, PixelFormat};
use crate::geometry::Size;
use crate::plan::{CanvasShape, Filter, Item, Placement, Plan, PlanSettings, SourceShape};

impl Painter {
    /// Scales an opaque RGBA image to its placement, by Lanczos3 whatever the filter of frames, and converts it.
    #[must_use]
    pub fn scale_image(
        &mut self,
        image: FrameView<'_>,
        placement: Placement,
        canvas: CanvasShape,
    ) -> Option<FrameBuffer> {
        let size = Size::from_wh(placement.dst.width(), placement.dst.height())?;
        let own_canvas = CanvasShape { size, format: PixelFormat::Rgba, color: canvas.color };
        let source = SourceShape {
            size: image.size(),
            format: PixelFormat::Rgba,
            color: canvas.color,
            has_alpha: false,
            chroma_shift: (0.0, 0.0),
        };
        let item = Item {
            region: size.to_rect(),
            placement: Placement { dst: size.to_rect(), src_crop: placement.src_crop },
            alpha: Alpha::OPAQUE,
            source,
        };
        let settings =
            PlanSettings { filter: Filter::Lanczos3, level: self.level, ..PlanSettings::default() };
        let plan = Plan::build(own_canvas, Rgb::BLACK, &[item], settings);
        self.fit(&plan);
        let mut scaled = FrameBuffer::new(PixelFormat::Rgba, size);
        let mut work = Work::default();
        work.become_everything(&plan);
        let job = Job { plan: &plan, work: &work, pictures: &[PictureView::from(image)], sources: &[] };
        self.paint(job, scaled.view_mut());
        Some(if canvas.format.is_yuv() {
            prepare::to_i420(self.level, &scaled, canvas.color)
        } else {
            scaled
        })
    }
}
