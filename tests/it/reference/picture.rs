//! A participant's picture: planes, turned upright.

use polyptych::{ColorSpace, Frame, FrameBuffer, Matrix, PixelFormat, Range, Rotation, Size};

use super::place::Upright;
use super::plane::{Plane, unpack};
use super::ratio::Ratio;

/// A picture and how it is to be read.
#[derive(Clone, Debug)]
pub struct Picture {
    pub buffer: FrameBuffer,
    pub rotation: Rotation,
    /// Width and height of a pixel before the rotation.
    pub pixel_aspect: (u32, u32),
    /// The canvas's where not stated.
    pub matrix: Option<Matrix>,
    /// The canvas's where not stated.
    pub range: Option<Range>,
}

impl From<FrameBuffer> for Picture {
    fn from(buffer: FrameBuffer) -> Self {
        Self { buffer, rotation: Rotation::None, pixel_aspect: (1, 1), matrix: None, range: None }
    }
}

impl Picture {
    pub fn color_on(&self, canvas: ColorSpace) -> ColorSpace {
        ColorSpace { matrix: self.matrix.unwrap_or(canvas.matrix), range: self.range.unwrap_or(canvas.range) }
    }

    pub fn is_yuv(&self) -> bool {
        self.buffer.format() != PixelFormat::Rgba
    }

    /// The same picture as the engine takes it.
    pub fn to_frame(&self) -> Frame {
        let (num, den) = (self.pixel_aspect.0.cast_signed(), self.pixel_aspect.1.cast_signed());
        let mut frame = Frame::from(self.buffer.clone());
        frame = frame.with_rotation(self.rotation).with_pixel_aspect(num, den);
        if let Some(matrix) = self.matrix {
            frame = frame.with_matrix(matrix);
        }
        if let Some(range) = self.range {
            frame = frame.with_range(range);
        }
        frame
    }

    /// The shape once it has been turned.
    pub fn upright(&self) -> Upright {
        let (size, (width, height)) = (self.buffer.size(), self.pixel_aspect);
        if is_transposed(self.rotation) {
            let size = Size::from_wh(size.height(), size.width()).expect("the same sides");
            Upright { size, sample_aspect: Ratio::new(height.into(), width.into()) }
        } else {
            Upright { size, sample_aspect: Ratio::new(width.into(), height.into()) }
        }
    }

    /// Its planes once they have been turned: Y, U, V or R, G, B, A.
    pub fn upright_planes(&self) -> Vec<Plane> {
        unpack(self.buffer.view()).iter().map(|plane| turn(plane, self.rotation)).collect()
    }

    /// Where the upright picture's left and top edges lie in its upright chroma planes, in chroma samples.
    ///
    /// An odd side's last chroma sample belongs to one pixel only. Turned to the front, half of it lies outside.
    pub fn chroma_origin(&self) -> (Ratio, Ratio) {
        let (flipped_x, flipped_y) = match self.rotation {
            Rotation::None => (false, false),
            Rotation::Clockwise90 => (true, false),
            Rotation::Clockwise180 => (true, true),
            Rotation::Clockwise270 => (false, true),
        };
        let size = self.upright().size;
        let origin = |flipped: bool, side: u32| {
            if flipped {
                Ratio::from(side.div_ceil(2)) - Ratio::from(side) * Ratio::HALF
            } else {
                Ratio::ZERO
            }
        };
        (origin(flipped_x, size.width()), origin(flipped_y, size.height()))
    }
}

fn is_transposed(rotation: Rotation) -> bool {
    matches!(rotation, Rotation::Clockwise90 | Rotation::Clockwise270)
}

/// Turns a plane clockwise.
pub fn turn(plane: &Plane, rotation: Rotation) -> Plane {
    let (width, height) = (plane.width, plane.height);
    match rotation {
        Rotation::None => plane.clone(),
        Rotation::Clockwise90 => Plane::from_fn(height, width, |x, y| plane.at(y, height - 1 - x)),
        Rotation::Clockwise180 => {
            Plane::from_fn(width, height, |x, y| plane.at(width - 1 - x, height - 1 - y))
        }
        Rotation::Clockwise270 => Plane::from_fn(height, width, |x, y| plane.at(width - 1 - y, x)),
    }
}
