//! Borrowed planes and pictures. Their constructors check once that every row lies within its slice.

use polyptych_kernels::{Rows, RowsMut};

use super::{FrameError, PixelFormat, PlaneShape};
use crate::geometry::Size;

/// A plane that somebody else owns.
///
/// # Guarantees
/// Every row of the shape lies within the data.
#[derive(Clone, Copy, Debug)]
pub struct PlaneView<'a> {
    data: &'a [u8],
    stride_bytes: usize,
    shape: PlaneShape,
}

impl<'a> PlaneView<'a> {
    /// Checks that `data` holds the rows of `shape`, `stride_bytes` apart. The last row may end without padding.
    ///
    /// # Errors
    /// [`FrameError::Stride`] where rows would overlap, [`FrameError::PlaneTooShort`] where rows would lie outside.
    pub fn new(
        data: &'a [u8],
        stride_bytes: usize,
        shape: PlaneShape,
        index: usize,
    ) -> Result<Self, FrameError> {
        check(data.len(), stride_bytes, shape, index)?;
        Ok(Self { data, stride_bytes, shape })
    }

    /// A plane without rows.
    pub(crate) const fn empty() -> Self {
        Self { data: &[], stride_bytes: 0, shape: PlaneShape { row_bytes: 0, rows: 0 } }
    }

    /// The extent of the plane.
    #[must_use]
    pub const fn shape(self) -> PlaneShape {
        self.shape
    }

    /// Everything from byte `x_bytes` of row `y` on, for kernels that step from row to row themselves.
    pub(crate) fn rows_from(self, y: usize, x_bytes: usize) -> Rows<'a> {
        Rows { data: &self.data[y * self.stride_bytes + x_bytes..], stride_bytes: self.stride_bytes }
    }

    /// The samples of row `y`.
    ///
    /// # Panics
    /// Where `y` is not below `shape().rows`.
    #[must_use]
    pub fn row(self, y: usize) -> &'a [u8] {
        &self.data[y * self.stride_bytes..][..self.shape.row_bytes]
    }
}

/// A plane that somebody else owns and lets us write.
///
/// # Guarantees
/// Every row of the shape lies within the data.
#[derive(Debug)]
pub struct PlaneViewMut<'a> {
    data: &'a mut [u8],
    stride_bytes: usize,
    shape: PlaneShape,
}

impl<'a> PlaneViewMut<'a> {
    /// Checks like [`PlaneView::new`].
    ///
    /// # Errors
    /// As there.
    pub fn new(
        data: &'a mut [u8],
        stride_bytes: usize,
        shape: PlaneShape,
        index: usize,
    ) -> Result<Self, FrameError> {
        check(data.len(), stride_bytes, shape, index)?;
        Ok(Self { data, stride_bytes, shape })
    }

    pub(crate) const fn empty() -> Self {
        Self { data: &mut [], stride_bytes: 0, shape: PlaneShape { row_bytes: 0, rows: 0 } }
    }

    /// The extent of the plane.
    #[must_use]
    pub const fn shape(&self) -> PlaneShape {
        self.shape
    }

    /// The samples of row `y`.
    ///
    /// # Panics
    /// Where `y` is not below `shape().rows`.
    #[must_use]
    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        &mut self.data[y * self.stride_bytes..][..self.shape.row_bytes]
    }

    /// Everything from byte `x_bytes` of row `y` on, for kernels that step from row to row themselves.
    pub(crate) fn rows_mut_from(&mut self, y: usize, x_bytes: usize) -> RowsMut<'_> {
        RowsMut { data: &mut self.data[y * self.stride_bytes + x_bytes..], stride_bytes: self.stride_bytes }
    }

    /// The same plane, to be read.
    #[must_use]
    pub fn as_view(&self) -> PlaneView<'_> {
        PlaneView { data: self.data, stride_bytes: self.stride_bytes, shape: self.shape }
    }

    fn reborrow(&mut self) -> PlaneViewMut<'_> {
        PlaneViewMut { data: self.data, stride_bytes: self.stride_bytes, shape: self.shape }
    }

    /// Two planes of the first `rows` rows and of the others.
    #[must_use]
    pub fn split_at_row(self, rows: usize) -> (Self, Self) {
        let rows = rows.min(self.shape.rows);
        let cut = (rows * self.stride_bytes).min(self.data.len());
        let (above, below) = self.data.split_at_mut(cut);
        let part = |data, rows| Self {
            data,
            stride_bytes: self.stride_bytes,
            shape: PlaneShape { row_bytes: self.shape.row_bytes, rows },
        };
        (part(above, rows), part(below, self.shape.rows - rows))
    }
}

fn check(found_bytes: usize, stride_bytes: usize, shape: PlaneShape, plane: usize) -> Result<(), FrameError> {
    let PlaneShape { row_bytes, rows } = shape;
    if rows == 0 || row_bytes == 0 {
        return Ok(());
    }
    if stride_bytes < row_bytes {
        return Err(FrameError::Stride { plane, found_bytes: stride_bytes, expected_bytes: row_bytes });
    }
    let expected_bytes = (rows - 1)
        .checked_mul(stride_bytes)
        .and_then(|bytes| bytes.checked_add(row_bytes))
        .unwrap_or(usize::MAX);
    if found_bytes < expected_bytes {
        return Err(FrameError::PlaneTooShort { plane, found_bytes, expected_bytes });
    }
    Ok(())
}

/// A picture that somebody else owns.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    format: PixelFormat,
    size: Size,
    planes: [PlaneView<'a>; 3],
}

impl<'a> FrameView<'a> {
    /// Checks that `planes`, each its bytes and its stride in bytes, hold a picture; planes beyond the format's are ignored.
    ///
    /// # Errors
    /// [`FrameError`] where a plane is missing, too short, or its rows would overlap.
    pub fn new(format: PixelFormat, size: Size, planes: &[(&'a [u8], usize)]) -> Result<Self, FrameError> {
        expect_planes(format, planes.len())?;
        let mut views = [PlaneView::empty(); 3];
        for (index, view) in views.iter_mut().enumerate().take(format.plane_count()) {
            let (data, stride_bytes) = planes[index];
            *view = PlaneView::new(data, stride_bytes, format.plane_shape(index, size), index)?;
        }
        Ok(Self { format, size, planes: views })
    }

    /// How the samples lie.
    #[must_use]
    pub const fn format(self) -> PixelFormat {
        self.format
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn size(self) -> Size {
        self.size
    }

    /// Plane `index`; empty for one that the format has not.
    ///
    /// # Panics
    /// Where `index` is above 2.
    #[must_use]
    pub const fn plane(self, index: usize) -> PlaneView<'a> {
        self.planes[index]
    }
}

/// A picture that somebody else owns and lets us write.
#[derive(Debug)]
pub struct FrameViewMut<'a> {
    format: PixelFormat,
    size: Size,
    planes: [PlaneViewMut<'a>; 3],
}

impl<'a> FrameViewMut<'a> {
    /// Checks like [`FrameView::new`].
    ///
    /// # Errors
    /// As there.
    pub fn new<const N: usize>(
        format: PixelFormat,
        size: Size,
        planes: [(&'a mut [u8], usize); N],
    ) -> Result<Self, FrameError> {
        expect_planes(format, N)?;
        let mut views = [PlaneViewMut::empty(), PlaneViewMut::empty(), PlaneViewMut::empty()];
        let slots = views.iter_mut().zip(planes).take(format.plane_count()).enumerate();
        for (index, (view, (data, stride_bytes))) in slots {
            *view = PlaneViewMut::new(data, stride_bytes, format.plane_shape(index, size), index)?;
        }
        Ok(Self { format, size, planes: views })
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

    /// The same picture, to be written by somebody else for a while.
    #[must_use]
    pub fn reborrow(&mut self) -> FrameViewMut<'_> {
        let planes = self.planes.each_mut().map(PlaneViewMut::reborrow);
        FrameViewMut { format: self.format, size: self.size, planes }
    }

    /// The planes; those that the format has not are empty.
    #[must_use]
    pub fn into_planes(self) -> [PlaneViewMut<'a>; 3] {
        self.planes
    }

    /// The same picture, to be read.
    #[must_use]
    pub fn as_view(&self) -> FrameView<'_> {
        FrameView {
            format: self.format,
            size: self.size,
            planes: [self.planes[0].as_view(), self.planes[1].as_view(), self.planes[2].as_view()],
        }
    }
}

fn expect_planes(format: PixelFormat, found: usize) -> Result<(), FrameError> {
    let expected = format.plane_count();
    if found < expected {
        return Err(FrameError::PlaneMissing { format, found, expected });
    }
    Ok(())
}
