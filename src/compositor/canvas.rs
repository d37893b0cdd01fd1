//! Canvases that are composed onto again and again, and what each of them holds.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, Weak};

use super::lock;
use crate::damage::Record;
use crate::frame::{FrameBuffer, PixelFormat};
use crate::geometry::Size;
use crate::plan::CanvasShape;

/// A canvas of the caller's, for [`Compositor::compose_onto`](super::Compositor::compose_onto): a picture to read, and the knowledge
/// of what it holds, so that only what has changed since is painted.
///
/// Keep as many as the encoder holds at a time, and use them in turn: what one lacks is copied from the last one, which the encoder
/// may be reading.
///
/// ```
/// use polyptych::{Canvas, Compositor, Size, Timestamp};
///
/// let size = Size::from_wh(64, 36).expect("a canvas");
/// let compositor = Compositor::builder(size).build()?;
/// let shape = compositor.canvas();
/// let mut canvases = [0, 1].map(|_| Canvas::new(shape.format, shape.size));
/// for tick in 0..30 {
///     let canvas = &mut canvases[tick as usize % 2];
///     compositor.compose_onto(Timestamp::from_millis(40 * tick), canvas)?;
///     // Encode `canvas.view()` here.
/// }
/// // Nothing has happened: the first canvas was painted, the second is a copy of it.
/// let pixels = compositor.statistics().pixels;
/// assert_eq!((pixels.painted, pixels.reused, pixels.kept), (64 * 36, 64 * 36, 28 * 64 * 36));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Canvas {
    pub(super) buffer: Arc<FrameBuffer>,
    pub(super) record: Record,
}

impl Canvas {
    /// A canvas of zeros, of that format and size.
    #[must_use]
    pub fn new(format: PixelFormat, size: Size) -> Self {
        Self { buffer: Arc::new(FrameBuffer::new(format, size)), record: Record::default() }
    }

    /// Keeps the picture alone.
    #[must_use]
    pub fn into_buffer(self) -> FrameBuffer {
        Arc::unwrap_or_clone(self.buffer)
    }
}

impl Deref for Canvas {
    type Target = FrameBuffer;

    fn deref(&self) -> &FrameBuffer {
        &self.buffer
    }
}

impl fmt::Debug for Canvas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canvas({} {})", self.format(), self.size())
    }
}

/// Canvases of the compositor's own, the last composed one last. One is free when nobody holds a [`PooledFrame`] of it.
#[derive(Debug, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Canvas>>>);

/// Spare canvases beyond this are given back to the system.
const MAX_FREE: usize = 16;

impl Pool {
    /// Takes a free canvas out: of several the one that was composed last, which lacks least. Allocates where all are held.
    pub(super) fn take(&self, shape: CanvasShape) -> Canvas {
        let mut canvases = lock(&self.0);
        // Nobody but the pool can have a share to make another of.
        let is_free = |canvas: &Canvas| Arc::strong_count(&canvas.buffer) == 1;
        if canvases.iter().filter(|canvas| is_free(canvas)).count() > MAX_FREE
            && let Some(oldest) = canvases.iter().position(is_free)
        {
            canvases.remove(oldest);
        }
        match canvases.iter().rposition(is_free) {
            Some(newest) => canvases.remove(newest),
            None => Canvas::new(shape.format, shape.size),
        }
    }

    /// Puts a canvas back that has been composed, and hands it out.
    pub(super) fn put(&self, canvas: Canvas) -> PooledFrame {
        let frame = self.share(&canvas);
        lock(&self.0).push(canvas);
        frame
    }

    /// Hands out the canvas that was composed last, where `holds` says so of what it holds.
    pub(super) fn share_last(&self, holds: impl FnOnce(&Record) -> bool) -> Option<PooledFrame> {
        let canvases = lock(&self.0);
        canvases.last().filter(|canvas| holds(&canvas.record)).map(|canvas| self.share(canvas))
    }

    fn share(&self, canvas: &Canvas) -> PooledFrame {
        PooledFrame { buffer: Arc::clone(&canvas.buffer), home: Arc::downgrade(&self.0) }
    }
}

/// A composed frame. Its canvas may be composed onto again as soon as it is dropped, on any thread.
///
/// It can only be read: moments that look the same share one canvas.
pub struct PooledFrame {
    buffer: Arc<FrameBuffer>,
    home: Weak<Mutex<Vec<Canvas>>>,
}

impl PooledFrame {
    pub(super) const fn buffer(&self) -> &Arc<FrameBuffer> {
        &self.buffer
    }

    /// Takes the buffer away from the compositor, which makes another when it needs one and paints that from nothing.
    ///
    /// # Performance
    /// Copies the picture where the same one was handed out twice.
    #[must_use]
    pub fn into_buffer(self) -> FrameBuffer {
        if let Some(home) = self.home.upgrade() {
            lock(&home).retain(|canvas| !Arc::ptr_eq(&canvas.buffer, &self.buffer));
        }
        Arc::unwrap_or_clone(self.buffer)
    }
}

impl Deref for PooledFrame {
    type Target = FrameBuffer;

    fn deref(&self) -> &FrameBuffer {
        &self.buffer
    }
}

impl fmt::Debug for PooledFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PooledFrame({} {})", self.format(), self.size())
    }
}
