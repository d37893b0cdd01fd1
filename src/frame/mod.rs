//! Pictures: what a participant sends and what the canvas is made of.
//!
//! A [`Frame`] holds the caller's own buffer and what is known about it; a [`FrameView`] borrows planes;
//! a [`FrameBuffer`] owns them. Nothing here computes a pixel.

mod aligned;
mod buffer;
mod format;
mod view;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use buffer::FrameBuffer;
pub use format::{PixelFormat, PlaneShape};
pub use view::{FrameView, FrameViewMut, PlaneView, PlaneViewMut};

use crate::color::{ColorSpace, Matrix, Range};
use crate::geometry::Size;

/// Planes that the implementor owns, such as a decoder's reference-counted picture.
///
/// The engine keeps the buffer while its frame may be shown, and drops it as soon as a newer one is: on the thread that pushes
/// or composes, there while it composes. A `Drop` may push frames and events; it must not compose or ask for statistics.
pub trait PlaneBuffer: Send + Sync + 'static {
    /// The bytes of plane `index`, in the order of the pixel format; empty for a plane that is not there.
    ///
    /// Must give the same bytes at every call while a [`Frame`] of the buffer lives; what is made of the bytes later is another
    /// frame. A plane that has become too short is treated as no picture at all.
    fn plane(&self, index: usize) -> &[u8];
}

/// Why planes do not make a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The format has more planes than were given.
    #[error("{format} has {expected} planes, found {found}")]
    PlaneMissing {
        /// The pixel format.
        format: PixelFormat,
        /// Planes given.
        found: usize,
        /// Planes of the format.
        expected: usize,
    },
    /// Rows would overlap.
    #[error("plane {plane}: a stride of {found_bytes} bytes is below the {expected_bytes} bytes of a row")]
    Stride {
        /// Which plane.
        plane: usize,
        /// The stride given.
        found_bytes: usize,
        /// The least stride.
        expected_bytes: usize,
    },
    /// The last row would lie outside.
    #[error("plane {plane}: {found_bytes} bytes are too few, its rows take {expected_bytes}")]
    PlaneTooShort {
        /// Which plane.
        plane: usize,
        /// Bytes given.
        found_bytes: usize,
        /// Bytes needed.
        expected_bytes: usize,
    },
}

/// By how much a picture must be turned clockwise to stand upright, as WebRTC sends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// It stands upright.
    #[default]
    None,
    /// A quarter turn clockwise.
    Clockwise90,
    /// A half turn.
    Clockwise180,
    /// Three quarter turns clockwise.
    Clockwise270,
}

impl Rotation {
    /// The rotation of so many degrees clockwise, or `None` where it is not 0, 90, 180 or 270.
    #[must_use]
    pub const fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees {
            0 => Some(Self::None),
            90 => Some(Self::Clockwise90),
            180 => Some(Self::Clockwise180),
            270 => Some(Self::Clockwise270),
            _ => None,
        }
    }

    /// By how many degrees: 0, 90, 180 or 270.
    #[must_use]
    pub const fn degrees(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Clockwise90 => 90,
            Self::Clockwise180 => 180,
            Self::Clockwise270 => 270,
        }
    }

    /// Whether width and height change places.
    #[must_use]
    pub const fn is_transposing(self) -> bool {
        matches!(self, Self::Clockwise90 | Self::Clockwise270)
    }
}

/// The width of a pixel over its height, of the picture before its rotation.
///
/// # Guarantees
/// Both terms are above 0 and the ratio is within 1:16..=16:1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelAspect {
    num: u32,
    den: u32,
}

impl PixelAspect {
    /// Square pixels.
    pub const SQUARE: Self = Self { num: 1, den: 1 };

    /// Makes an aspect, or `None` where a term is 0 or negative or the ratio lies beyond 1:16..=16:1.
    #[must_use]
    pub const fn new(num: i32, den: i32) -> Option<Self> {
        if num <= 0 || den <= 0 {
            return None;
        }
        if num as i64 > 16 * den as i64 || den as i64 > 16 * num as i64 {
            return None;
        }
        Some(Self { num: num as u32, den: den as u32 })
    }

    /// Width over height of a pixel, `1/16..=16`.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

/// All that placing a picture depends on, besides its samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureShape {
    /// Width and height in pixels, before the rotation.
    pub size: Size,
    /// How the samples lie.
    pub format: PixelFormat,
    /// By how much it must be turned.
    pub rotation: Rotation,
    /// The shape of its pixels, before the rotation.
    pub pixel_aspect: PixelAspect,
    /// The matrix of its YUV samples; the canvas's where it is not stated.
    pub matrix: Option<Matrix>,
    /// The range of its YUV samples; the canvas's where it is not stated.
    pub range: Option<Range>,
    /// Whether a pixel of it lets through what lies below.
    pub has_alpha: bool,
}

impl PictureShape {
    /// Upright, opaque, with square pixels and the canvas's colours.
    const fn opaque(format: PixelFormat, size: Size) -> Self {
        Self {
            size,
            format,
            rotation: Rotation::None,
            pixel_aspect: PixelAspect::SQUARE,
            matrix: None,
            range: None,
            has_alpha: false,
        }
    }

    /// The meaning of its YUV samples upon a canvas whose samples mean `canvas`.
    #[must_use]
    pub fn color_on(&self, canvas: ColorSpace) -> ColorSpace {
        ColorSpace { matrix: self.matrix.unwrap_or(canvas.matrix), range: self.range.unwrap_or(canvas.range) }
    }
}

/// One picture of a participant: the caller's buffer and how to read it. Cloning shares the buffer.
///
/// A frame and its clones have one serial, which no other frame ever has: who has painted it need not hold it to know it again.
/// To send one picture twice, push a clone: it is not painted again where it is already.
#[derive(Clone)]
pub struct Frame {
    buffer: Arc<dyn PlaneBuffer>,
    serial: u64,
    strides: [usize; 3],
    shape: PictureShape,
    refused_aspect: Option<(i32, i32)>,
}

impl Frame {
    /// Holds `buffer`, upright, with square pixels and the canvas's colours. `strides` are bytes from row to row, a plane each.
    ///
    /// # Performance
    /// Reads the alpha of RGBA pictures once, up to the first row that is not opaque; [`Frame::opaque`] does not.
    ///
    /// # Errors
    /// [`FrameError`] where the planes do not hold a picture of that format and size.
    pub fn new(
        buffer: Arc<dyn PlaneBuffer>,
        format: PixelFormat,
        size: Size,
        strides: [usize; 3],
    ) -> Result<Self, FrameError> {
        let view = borrow(&*buffer, format, size, strides)?;
        let has_alpha = format == PixelFormat::Rgba && !is_opaque(view.plane(0));
        Ok(Self::holding(buffer, strides, PictureShape { has_alpha, ..PictureShape::opaque(format, size) }))
    }

    /// Holds `buffer` like [`Frame::new`] and takes the caller's word that it is opaque: the alpha of RGBA is not read, which
    /// saves a walk through the picture, and is to be 255 everywhere. Other values may appear in RGBA canvases.
    ///
    /// # Errors
    /// [`FrameError`] where the planes do not hold a picture of that format and size.
    pub fn opaque(
        buffer: Arc<dyn PlaneBuffer>,
        format: PixelFormat,
        size: Size,
        strides: [usize; 3],
    ) -> Result<Self, FrameError> {
        borrow(&*buffer, format, size, strides)?;
        Ok(Self::holding(buffer, strides, PictureShape::opaque(format, size)))
    }

    fn holding(buffer: Arc<dyn PlaneBuffer>, strides: [usize; 3], shape: PictureShape) -> Self {
        Self { buffer, serial: next_serial(), strides, shape, refused_aspect: None }
    }

    /// States by how much the picture must be turned clockwise.
    #[must_use]
    pub fn with_rotation(mut self, rotation: Rotation) -> Self {
        self.shape.rotation = rotation;
        self.renewed()
    }

    /// States width over height of a pixel; one that is not possible counts as square, and a notice says so.
    #[must_use]
    pub fn with_pixel_aspect(mut self, num: i32, den: i32) -> Self {
        let aspect = PixelAspect::new(num, den);
        self.shape.pixel_aspect = aspect.unwrap_or(PixelAspect::SQUARE);
        self.refused_aspect = aspect.is_none().then_some((num, den));
        self.renewed()
    }

    /// States the matrix of YUV samples.
    #[must_use]
    pub fn with_matrix(mut self, matrix: Matrix) -> Self {
        self.shape.matrix = Some(matrix);
        self.renewed()
    }

    /// States the range of YUV samples.
    #[must_use]
    pub fn with_range(mut self, range: Range) -> Self {
        self.shape.range = Some(range);
        self.renewed()
    }

    /// Read another way, it is another picture than its clones.
    fn renewed(mut self) -> Self {
        self.serial = next_serial();
        self
    }

    /// What placing the picture depends on.
    #[must_use]
    pub const fn shape(&self) -> &PictureShape {
        &self.shape
    }

    /// The pixel aspect that was stated and is not possible, if one was.
    #[must_use]
    pub const fn refused_pixel_aspect(&self) -> Option<(i32, i32)> {
        self.refused_aspect
    }

    /// The picture's planes.
    ///
    /// # Errors
    /// [`FrameError`] where the buffer has become shorter than it was when the frame was made.
    pub fn view(&self) -> Result<FrameView<'_>, FrameError> {
        borrow(&*self.buffer, self.shape.format, self.shape.size, self.strides)
    }

    /// Whether both are clones of one frame.
    #[must_use]
    pub const fn is_same(&self, other: &Self) -> bool {
        self.serial == other.serial
    }

    /// The number that this frame and its clones have, and no other one of this process.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }
}

/// Serials are compared, never ordered: pixels do not depend on which of two frames was made first.
fn next_serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl From<FrameBuffer> for Frame {
    fn from(buffer: FrameBuffer) -> Self {
        let (format, size, strides) = (buffer.format(), buffer.size(), buffer.strides());
        Self::new(Arc::new(buffer), format, size, strides).expect("a frame buffer holds its planes")
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} {})", self.shape.format, self.shape.size)
    }
}

fn borrow(
    buffer: &dyn PlaneBuffer,
    format: PixelFormat,
    size: Size,
    strides: [usize; 3],
) -> Result<FrameView<'_>, FrameError> {
    let planes = [0, 1, 2].map(|index| {
        let data = if index < format.plane_count() { buffer.plane(index) } else { &[] };
        (data, strides[index])
    });
    FrameView::new(format, size, &planes)
}

/// Looks at whole rows: the bits that their pixels have in common are found a register at a time, where one alpha after
/// the other would take a comparison and a branch each.
fn is_opaque(rgba: PlaneView<'_>) -> bool {
    let in_common = |row: &[u8]| {
        let (pixels, _) = row.as_chunks();
        pixels.iter().fold(u32::MAX, |common, pixel| common & u32::from_ne_bytes(*pixel))
    };
    (0..rgba.shape().rows).all(|y| in_common(rgba.row(y)).to_ne_bytes()[3] == 255)
}
