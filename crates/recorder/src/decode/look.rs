//! What a track says about its pictures, and frames made of decoded planes.

use std::sync::Arc;

use polyptych::{Frame, Matrix, PixelFormat, PlaneBuffer, Range, Rotation, Size};

use super::DecodeError;
use crate::media::VideoTrack;

/// How the pictures of a track are to be shown, beside their samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub rotation: Rotation,
    pub pixel_aspect: Option<(i32, i32)>,
    pub matrix: Option<Matrix>,
    pub range: Option<Range>,
}

impl Look {
    /// What the container states.
    pub fn of(track: &VideoTrack) -> Self {
        Self {
            rotation: track.rotation,
            pixel_aspect: track.pixel_aspect,
            matrix: track.matrix,
            range: track.range,
        }
    }

    /// What the coded stream states comes first for colours, since it was written by who made the samples; the
    /// container's word comes first for the shape of pixels, which people correct there.
    pub fn with_stream(self, stated: Stated) -> Self {
        Self {
            rotation: self.rotation,
            pixel_aspect: self.pixel_aspect.or(stated.pixel_aspect),
            matrix: stated.matrix.or(self.matrix),
            range: stated.range.or(self.range),
        }
    }

    /// A frame of decoded planes.
    pub fn frame(self, codec: &'static str, planes: Planes) -> Result<Frame, DecodeError> {
        let (size, strides) = (planes.size, planes.strides);
        let mut frame = Frame::opaque(Arc::new(planes), PixelFormat::I420, size, strides)
            .map_err(|error| DecodeError { codec, problem: error.to_string() })?;
        if self.rotation != Rotation::None {
            frame = frame.with_rotation(self.rotation);
        }
        if let Some((num, den)) = self.pixel_aspect {
            frame = frame.with_pixel_aspect(num, den);
        }
        if let Some(matrix) = self.matrix {
            frame = frame.with_matrix(matrix);
        }
        if let Some(range) = self.range {
            frame = frame.with_range(range);
        }
        Ok(frame)
    }
}

/// What a coded stream states about its pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    pub pixel_aspect: Option<(i32, i32)>,
    pub matrix: Option<Matrix>,
    pub range: Option<Range>,
}

/// Planes of 4:2:0 as a decoder made them, handed on without a copy: the decoders used here give each picture away and
/// allocate the next one themselves, so there is nothing that a pool of ours could give back to them.
pub(super) struct Planes {
    data: [Vec<u8>; 3],
    /// Where the first sample of each plane lies.
    starts: [usize; 3],
    strides: [usize; 3],
    size: Size,
}

impl Planes {
    /// Planes whose rows follow each other without padding, of a picture of `width` by `height`.
    pub fn packed(
        codec: &'static str,
        width: usize,
        height: usize,
        data: [Vec<u8>; 3],
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            data,
            starts: [0; 3],
            strides: [width, width.div_ceil(2), width.div_ceil(2)],
            size: checked_size(codec, width, height)?,
        })
    }

    /// Leaves out so many columns at the left and rows at the top; both are even, as 4:2:0 wants it.
    pub fn cropped(mut self, codec: &'static str, left: usize, top: usize) -> Result<Self, DecodeError> {
        let (width, height) = (self.size.width() as usize, self.size.height() as usize);
        self.size = checked_size(codec, width.saturating_sub(left), height.saturating_sub(top))?;
        let [luma, chroma, _] = self.strides;
        let chroma_start = top / 2 * chroma + left / 2;
        self.starts = [top * luma + left, chroma_start, chroma_start];
        Ok(self)
    }
}

/// The most pixels of a picture: those of the highest levels of H.264 (ITU-T H.264, table A-1) and VP9 (level 6.2), 8192x4352.
/// Decoders keep several pictures.
const MAX_PIXELS: u64 = 35_651_584;

/// Tells whether pictures of this size are decoded; asked before a decoder takes memory for them.
///
/// # Errors
/// Where they are too large, or nothing.
pub(super) fn check_size(width: u64, height: u64) -> Result<Size, String> {
    let side = |side| u32::try_from(side).unwrap_or(u32::MAX);
    let size = Size::from_wh(side(width), side(height)).filter(|_| width * height <= MAX_PIXELS);
    size.ok_or_else(|| {
        let max_side = polyptych::MAX_SIDE;
        format!(
            "pictures of {width}x{height} pixels; sides of 1 to {max_side} and at most {MAX_PIXELS} pixels can be decoded"
        )
    })
}

fn checked_size(codec: &'static str, width: usize, height: usize) -> Result<Size, DecodeError> {
    check_size(width as u64, height as u64).map_err(|problem| DecodeError { codec, problem })
}

impl PlaneBuffer for Planes {
    fn plane(&self, index: usize) -> &[u8] {
        let plane = self.data.get(index).zip(self.starts.get(index));
        plane.and_then(|(data, start)| data.get(*start..)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cropping_moves_the_first_sample_and_copies_nothing() {
        let luma: Vec<u8> = (0..64).collect();
        let chroma: Vec<u8> = (0..16).collect();
        let planes = Planes::packed("H.264", 8, 8, [luma, chroma.clone(), chroma]).expect("8x8");
        let planes = planes.cropped("H.264", 2, 4).expect("6x4 is left");
        let look = Look { rotation: Rotation::None, pixel_aspect: None, matrix: None, range: None };
        let frame = look.frame("H.264", planes).expect("its planes hold 6x4");
        let view = frame.view().expect("the buffer has not changed");
        assert_eq!(view.plane(0).row(0), [34, 35, 36, 37, 38, 39]);
        assert_eq!(view.plane(1).row(1), [13, 14, 15]);
    }

    #[test]
    fn pictures_are_as_large_as_the_highest_levels() {
        for (width, height) in [(1, 1), (8192, 1), (1, 8192), (8192, 4352), (5966, 5966)] {
            check_size(width, height).expect("a size");
        }
        for (width, height) in [(0, 1), (8193, 1), (8192, 4353), (8192, 8192), (u64::MAX, u64::MAX)] {
            let refused = check_size(width, height).expect_err("too large, or nothing");
            assert!(refused.starts_with(&format!("pictures of {width}x{height} pixels;")), "{refused}");
        }
    }

    #[test]
    fn planes_that_are_too_short_are_refused() {
        let look = Look { rotation: Rotation::None, pixel_aspect: None, matrix: None, range: None };
        let planes =
            Planes::packed("VP8", 8, 8, [vec![0; 63], vec![0; 16], vec![0; 16]]).expect("the size is fine");
        assert!(look.frame("VP8", planes).is_err());
        assert!(Planes::packed("VP8", 0, 8, [vec![], vec![], vec![]]).is_err());
        assert!(Planes::packed("VP8", 9000, 8, [vec![], vec![], vec![]]).is_err());
    }
}
