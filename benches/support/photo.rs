//! A photograph under a moving camera: each frame is another crop of it.

use std::path::Path;

use image::imageops::{self, FilterType};
use polyptych::{Compositor, FrameBuffer, PixelFormat, Size, Timestamp, UserId};

use super::size;

/// How far the camera moves, in pixels; even.
const TRAVEL: u32 = 64;

/// A photograph a little larger than the frames that are cut from it.
pub struct Photo {
    frame_size: Size,
    picture: FrameBuffer,
}

impl Photo {
    /// Reads `assets/backgrounds/lake.jpg` for frames of that size and format.
    pub fn new(frame_size: Size, format: PixelFormat) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/backgrounds/lake.jpg");
        let photo = image::open(path).expect("the repository's own picture").to_rgba8();
        let whole = size(frame_size.width() + TRAVEL, frame_size.height() + TRAVEL);
        let photo = imageops::resize(&photo, whole.width(), whole.height(), FilterType::Triangle);
        let rgba = FrameBuffer::from_packed(PixelFormat::Rgba, whole, photo.into_raw()).expect("four bytes");
        // The engine converts: one user, alone on a canvas of the same size.
        let compositor = Compositor::builder(whole).format(format).build().expect("no threads are started");
        let camera = UserId::new("camera");
        compositor.join(Timestamp::ZERO, &camera);
        compositor.push_frame(&camera, Timestamp::ZERO, rgba.into());
        let picture = compositor.compose(Timestamp::ZERO).expect("the first time").into_buffer();
        Self { frame_size, picture }
    }

    /// What one user's camera sees at one tick. Each picture has memory of its own.
    pub fn picture(&self, user: usize, tick: usize) -> FrameBuffer {
        let offset = |phase: usize| 2 * (phase % (TRAVEL as usize / 2 + 1));
        let (x, y) = (offset(7 * user + tick), offset(11 * user + 3 * tick));
        let format = self.picture.format();
        let mut bytes = Vec::with_capacity(format.packed_bytes(self.frame_size));
        let view = self.picture.view();
        for plane in 0..format.plane_count() {
            let shape = format.plane_shape(plane, self.frame_size);
            let (x_bytes, y) = match (format, plane) {
                (PixelFormat::Rgba, _) => (4 * x, y),
                (PixelFormat::Nv12, 1) => (x, y / 2),
                (_, 0) => (x, y),
                _ => (x / 2, y / 2),
            };
            for row in y..y + shape.rows {
                bytes.extend_from_slice(&view.plane(plane).row(row)[x_bytes..x_bytes + shape.row_bytes]);
            }
        }
        FrameBuffer::from_packed(format, self.frame_size, bytes).expect("every plane was copied")
    }
}
