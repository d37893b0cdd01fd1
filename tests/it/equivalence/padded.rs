//! Pictures whose rows lie farther apart than they are long.

use std::sync::Arc;

use polyptych::{Frame, FrameBuffer, PlaneBuffer};

/// What the bytes between and after rows hold.
pub const PADDING: u8 = 0xa5;

struct Padded(Vec<Vec<u8>>);

impl PlaneBuffer for Padded {
    fn plane(&self, index: usize) -> &[u8] {
        &self.0[index]
    }
}

/// The planes of a picture, padded by so many bytes a row, more with each plane, and their strides.
/// The last row ends without padding where `padding` is odd.
pub fn pad(picture: &FrameBuffer, padding: usize) -> (Vec<Vec<u8>>, [usize; 3]) {
    let (view, mut strides) = (picture.view(), [0; 3]);
    let planes = (0..picture.format().plane_count()).map(|index| {
        let plane = view.plane(index);
        let shape = plane.shape();
        strides[index] = shape.row_bytes + padding + index;
        let mut bytes = vec![PADDING; strides[index] * shape.rows];
        for y in 0..shape.rows {
            bytes[y * strides[index]..][..shape.row_bytes].copy_from_slice(plane.row(y));
        }
        if padding % 2 == 1 {
            bytes.truncate(strides[index] * (shape.rows - 1) + shape.row_bytes);
        }
        bytes
    });
    (planes.collect(), strides)
}

/// A frame of the picture so padded.
pub fn padded(picture: &FrameBuffer, padding: usize) -> Frame {
    let (planes, strides) = pad(picture, padding);
    Frame::new(Arc::new(Padded(planes)), picture.format(), picture.size(), strides).expect("long enough")
}
