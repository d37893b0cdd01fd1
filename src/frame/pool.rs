//! Canvas buffers that go round: taken, handed to an encoder, dropped, taken again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{FrameBuffer, PixelFormat};
use crate::geometry::Size;

/// A store of equal frame buffers. Buffers come back when their [`PooledFrame`] is dropped, on any thread.
#[derive(Debug)]
pub struct FramePool {
    format: PixelFormat,
    size: Size,
    free: Arc<Mutex<Vec<FrameBuffer>>>,
}

/// Spare buffers beyond this are given back to the system.
const MAX_FREE: usize = 16;

impl FramePool {
    /// A pool of pictures of that format and size; holds nothing yet.
    #[must_use]
    pub fn new(format: PixelFormat, size: Size) -> Self {
        Self { format, size, free: Arc::new(Mutex::new(Vec::with_capacity(MAX_FREE))) }
    }

    /// Takes a buffer; its samples are those of its last use. Allocates where all are out.
    #[must_use]
    pub fn take(&self) -> PooledFrame {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = free.unwrap_or_else(|| FrameBuffer::new(self.format, self.size));
        PooledFrame { buffer: Some(buffer), home: Arc::downgrade(&self.free) }
    }
}

/// A frame buffer that goes back to its pool when dropped.
#[derive(Debug)]
pub struct PooledFrame {
    buffer: Option<FrameBuffer>,
    home: Weak<Mutex<Vec<FrameBuffer>>>,
}

impl PooledFrame {
    /// Keeps the buffer; the pool makes another when it needs one.
    #[must_use]
    pub fn into_buffer(mut self) -> FrameBuffer {
        self.buffer.take().expect("only taken here and in drop")
    }
}

impl Deref for PooledFrame {
    type Target = FrameBuffer;

    fn deref(&self) -> &FrameBuffer {
        self.buffer.as_ref().expect("only taken by into_buffer and drop")
    }
}

impl DerefMut for PooledFrame {
    fn deref_mut(&mut self) -> &mut FrameBuffer {
        self.buffer.as_mut().expect("only taken by into_buffer and drop")
    }
}

impl Drop for PooledFrame {
    fn drop(&mut self) {
        let (Some(buffer), Some(home)) = (self.buffer.take(), self.home.upgrade()) else { return };
        let mut free = home.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MAX_FREE {
            free.push(buffer);
        }
    }
}
