//! A picture in memory of our own, all planes in one allocation.

use std::fmt;

use super::aligned::AlignedBytes;
use super::{FrameError, FrameView, FrameViewMut, PixelFormat, PlaneBuffer};
use crate::geometry::Size;

/// An owned picture: what the engine's pool hands out, and the simplest thing to push.
#[derive(Clone, PartialEq, Eq)]
pub struct FrameBuffer {
    format: PixelFormat,
    size: Size,
    strides: [usize; 3],
    /// Where each plane starts, and where the last one ends.
    offsets: [usize; 4],
    data: AlignedBytes,
}

impl FrameBuffer {
    /// A picture of zeros, rows without padding.
    #[must_use]
    pub fn new(format: PixelFormat, size: Size) -> Self {
        Self::packed(format, size, AlignedBytes::zeros(format.packed_bytes(size)))
    }

    /// Takes planes that follow each other without padding.
    ///
    /// # Errors
    /// [`FrameError::PlaneTooShort`] where there are too few bytes; bytes that are too many are cut.
    pub fn from_packed(format: PixelFormat, size: Size, mut data: Vec<u8>) -> Result<Self, FrameError> {
        let expected_bytes = format.packed_bytes(size);
        if data.len() < expected_bytes {
            let found_bytes = data.len();
            return Err(FrameError::PlaneTooShort { plane: 0, found_bytes, expected_bytes });
        }
        data.truncate(expected_bytes);
        Ok(Self::packed(format, size, data.into()))
    }

    fn packed(format: PixelFormat, size: Size, data: AlignedBytes) -> Self {
        let (mut strides, mut offsets) = ([0; 3], [0; 4]);
        for index in 0..3 {
            let shape = format.plane_shape(index, size);
            strides[index] = shape.row_bytes;
            offsets[index + 1] = offsets[index] + shape.row_bytes * shape.rows;
        }
        Self { format, size, strides, offsets, data }
    }

    /// How the samples lie.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Bytes between the starts of rows, for each plane.
    #[must_use]
    pub const fn strides(&self) -> [usize; 3] {
        self.strides
    }

    /// All planes, one after the other.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.data.as_slice()
    }

    /// All planes, one after the other.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.data.into_vec()
    }

    fn plane_bytes(&self, index: usize) -> &[u8] {
        &self.as_bytes()[self.offsets[index]..self.offsets[index + 1]]
    }

    /// The picture, to be read.
    #[must_use]
    pub fn view(&self) -> FrameView<'_> {
        let planes = [0, 1, 2].map(|index| (self.plane_bytes(index), self.strides[index]));
        FrameView::new(self.format, self.size, &planes).expect("the planes were laid out for this shape")
    }

    /// The picture, to be written.
    #[must_use]
    pub fn view_mut(&mut self) -> FrameViewMut<'_> {
        let (first, rest) = self.data.as_mut_slice().split_at_mut(self.offsets[1]);
        let (second, third) = rest.split_at_mut(self.offsets[2] - self.offsets[1]);
        let [a, b, c] = self.strides;
        FrameViewMut::new(self.format, self.size, [(first, a), (second, b), (third, c)])
            .expect("the planes were laid out for this shape")
    }
}

impl PlaneBuffer for FrameBuffer {
    fn plane(&self, index: usize) -> &[u8] {
        if index < 3 { self.plane_bytes(index) } else { &[] }
    }
}

impl fmt::Debug for FrameBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameBuffer({} {})", self.format, self.size)
    }
}
