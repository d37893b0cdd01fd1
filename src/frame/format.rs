//! Pixel formats and the shapes of their planes.

use crate::geometry::Size;

/// How a picture's samples lie in memory. All samples have 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Three planes: Y, and U and V of half the width and height, rounded up.
    I420,
    /// Two planes: Y, and U and V interleaved, of half the width and height, rounded up.
    Nv12,
    /// One plane of R, G, B, A bytes; alpha is straight, not premultiplied.
    Rgba,
}

/// The extent of one plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaneShape {
    /// Bytes of a row that hold samples.
    pub row_bytes: usize,
    /// Rows.
    pub rows: usize,
}

impl PixelFormat {
    /// Planes, 1 to 3.
    #[must_use]
    pub const fn plane_count(self) -> usize {
        match self {
            Self::I420 => 3,
            Self::Nv12 => 2,
            Self::Rgba => 1,
        }
    }

    /// Whether luma and chroma lie apart.
    #[must_use]
    pub const fn is_yuv(self) -> bool {
        !matches!(self, Self::Rgba)
    }

    /// The extent of plane `index` of a picture of `size`; empty for a plane that the format has not.
    #[must_use]
    pub const fn plane_shape(self, index: usize, size: Size) -> PlaneShape {
        let (width, height) = (size.width() as usize, size.height() as usize);
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        match (self, index) {
            (Self::I420 | Self::Nv12, 0) => PlaneShape { row_bytes: width, rows: height },
            (Self::I420, 1 | 2) => PlaneShape { row_bytes: chroma_width, rows: chroma_height },
            (Self::Nv12, 1) => PlaneShape { row_bytes: 2 * chroma_width, rows: chroma_height },
            (Self::Rgba, 0) => PlaneShape { row_bytes: 4 * width, rows: height },
            _ => PlaneShape { row_bytes: 0, rows: 0 },
        }
    }

    /// Bytes of a picture of `size` without padding between rows.
    #[must_use]
    pub const fn packed_bytes(self, size: Size) -> usize {
        let (mut bytes, mut index) = (0, 0);
        while index < self.plane_count() {
            let shape = self.plane_shape(index, size);
            bytes += shape.row_bytes * shape.rows;
            index += 1;
        }
        bytes
    }
}

impl std::fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::I420 => "i420",
            Self::Nv12 => "nv12",
            Self::Rgba => "rgba",
        })
    }
}
