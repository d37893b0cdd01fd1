//! What a compositor is told once, before it starts.

use std::sync::Mutex;

use polyptych_kernels::Level;

use super::Compositor;
use super::easel::Unchanged;
use super::scene::{Scene, Settings};
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
            canvas: CanvasShape { size, format: PixelFormat::I420, color: ColorSpace::BT709_LIMITED },
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

    /// Matrix and range of a YUV canvas, and of every frame that does not state its own. Default: BT.709, limited.
    pub const fn color(mut self, color: ColorSpace) -> Self {
        self.canvas.color = color;
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
        let canvas = self.canvas;
        let painter = Painter::new(self.thread_count, self.level, self.sharing)?;
        let images = ImageStore::new(self.loader, self.max_image_bytes);
        Ok(Compositor {
            canvas,
            state: Mutex::new(State::new(images)),
            scene: Mutex::new(Scene::new(canvas, self.settings, painter, Stopwatch::new(self.clock))),
        })
    }
}

impl std::fmt::Debug for CompositorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompositorBuilder")
            .field("canvas", &self.canvas)
            .field("settings", &self.settings)
            .field("thread_count", &self.thread_count)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
