//! What a compositor is told once, before it starts.

use std::sync::Mutex;

use polyptych_kernels::Level;

use super::Compositor;
use super::easel::Unchanged;
use super::output::Settings;
use super::scene::Scene;
use super::state::State;
use super::statistics::{Clock, Stopwatch};
use crate::color::ColorSpace;
use crate::frame::PixelFormat;
use crate::geometry::Size;
use crate::image::{ImageLoader, ImageStore};
use crate::layout::ColumnOrder;
use crate::paint::{Painter, Sharing, ThreadError};
use crate::plan::{CanvasShape, Filter, Hidden};

/// What shows in the place of a user whose video stopped more than 3.5 s ago and for whom there is no image.
///
/// The vendor's pages disagree; where `backgroundImage` is set and loaded, the canvas shows in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StalledPicture {
    /// The last frame stays.
    #[default]
    LastFrame,
    /// The canvas shows.
    Canvas,
}

/// Why a compositor cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The system refuses the threads.
    #[error(transparent)]
    Threads(#[from] ThreadError),
}

/// Settings of a [`Compositor`]; each has a default.
#[must_use]
pub struct CompositorBuilder {
    canvas: CanvasShape,
    /// The canvases of further outputs.
    others: Vec<CanvasShape>,
    settings: Settings,
    thread_count: usize,
    sharing: Sharing,
    level: Level,
    loader: Option<Box<dyn ImageLoader>>,
    max_image_bytes: u64,
    clock: Option<Box<dyn Clock>>,
}

impl CompositorBuilder {
    pub(super) fn new(size: Size) -> Self {
        Self {
            canvas: CanvasShape::new(size),
            others: Vec::new(),
            settings: Settings::default(),
            thread_count: 1,
            sharing: Sharing::default(),
            level: Level::detect(),
            loader: None,
            max_image_bytes: ImageStore::DEFAULT_MAX_BYTES,
            clock: None,
        }
    }

    /// The canvas's pixel format. Default: I420.
    pub const fn format(mut self, format: PixelFormat) -> Self {
        self.canvas.format = format;
        self
    }

    /// Matrix and range of a YUV canvas, and upon it of every frame that does not state its own. Default: BT.709, limited.
    pub const fn color(mut self, color: ColorSpace) -> Self {
        self.canvas.color = color;
        self
    }

    /// Adds an output: one more canvas, with layouts of its own, composed from the same users at the same times. It is
    /// number 1, the next one number 2; number 0 is that of [`Compositor::builder`], to which `format` and `color` belong.
    ///
    /// # Examples
    /// ```
    /// use polyptych::layout::{Arrangement, LayoutSpec};
    /// use polyptych::{CanvasShape, Compositor, OutputId, PixelFormat, Size, Timestamp};
    ///
    /// let size = |width, height| Size::from_wh(width, height).expect("a canvas");
    /// let thumbnail = CanvasShape { format: PixelFormat::Rgba, ..CanvasShape::new(size(320, 180)) };
    /// let compositor = Compositor::builder(size(1920, 1080))
    ///     .output(CanvasShape::new(size(1080, 1920)))
    ///     .output(thumbnail)
    ///     .build()?;
    /// let layout = |arrangement| LayoutSpec { arrangement, ..LayoutSpec::default() };
    /// compositor.update_layout(Timestamp::ZERO, layout(Arrangement::BestFit));
    /// compositor.update_layout_of(OutputId::new(2), Timestamp::ZERO, layout(Arrangement::Floating))?;
    ///
    /// let frames = compositor.compose_all(Timestamp::from_millis(40))?;
    /// assert_eq!(frames[1].size(), size(1080, 1920));
    /// assert_eq!(frames[2].as_bytes().len(), 320 * 180 * 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn output(mut self, canvas: CanvasShape) -> Self {
        self.others.push(canvas);
        self
    }

    /// How frames are scaled. Default: [`Filter::Area`].
    pub const fn filter(mut self, filter: Filter) -> Self {
        self.settings.filter = filter;
        self
    }

    /// Threads that paint. Default: 1, the thread that composes. The bytes do not depend on it.
    pub const fn threads(mut self, thread_count: usize) -> Self {
        self.thread_count = thread_count;
        self
    }

    /// Which work the threads share. Default: what is done sooner so. The bytes do not depend on it.
    pub const fn sharing(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// Which column of a vertical layout fills first. Default: the outer one.
    pub const fn column_order(mut self, column_order: ColumnOrder) -> Self {
        self.settings.column_order = column_order;
        self
    }

    /// What shows when a video has stopped and there is no image. Default: its last frame.
    pub const fn stalled_picture(mut self, stalled_picture: StalledPicture) -> Self {
        self.settings.stalled_picture = stalled_picture;
        self
    }

    /// Who brings the images that layouts name, such as a [`Fetcher`](crate::image::Fetcher).
    /// Default: nobody; images are handed in by [`Compositor::image_ready`].
    pub fn image_loader(mut self, loader: Box<dyn ImageLoader>) -> Self {
        self.loader = Some(loader);
        self
    }

    /// Memory for decoded images, in bytes. Default: 512 MiB.
    pub const fn max_image_bytes(mut self, max_image_bytes: u64) -> Self {
        self.max_image_bytes = max_image_bytes;
        self
    }

    /// The instructions to paint with. Default: the best of the processor. The bytes do not depend on it.
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// A clock to time stages with. Default: none, and times stay zero.
    pub fn clock(mut self, clock: Box<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What becomes of pixels that opaque regions cover. Default: they are skipped. The bytes do not depend on it.
    pub const fn hidden(mut self, hidden: Hidden) -> Self {
        self.settings.hidden = hidden;
        self
    }

    /// What becomes of pixels that a canvas, or the last one, holds already. Default: they are kept or copied.
    /// The bytes do not depend on it.
    pub const fn unchanged(mut self, unchanged: Unchanged) -> Self {
        self.settings.unchanged = unchanged;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// [`BuildError`] where the system refuses them.
    pub fn build(self) -> Result<Compositor, BuildError> {
        let canvases = [&[self.canvas], &self.others[..]].concat();
        let painter = Painter::new(self.thread_count, self.level, self.sharing)?;
        let images = ImageStore::new(self.loader, self.max_image_bytes);
        let scene = Scene::new(&canvases, self.settings, painter, Stopwatch::new(self.clock));
        Ok(Compositor {
            state: Mutex::new(State::new(canvases.len(), images)),
            scene: Mutex::new(scene),
            canvases,
        })
    }
}

impl std::fmt::Debug for CompositorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompositorBuilder")
            .field("canvas", &self.canvas)
            .field("others", &self.others)
            .field("settings", &self.settings)
            .field("thread_count", &self.thread_count)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
