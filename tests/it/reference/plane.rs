//! Planes of floating-point samples, and the way from and to pictures of bytes.

use polyptych::{FrameBuffer, FrameView, PixelFormat, Size};

/// Samples row by row; nothing bounds their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub samples: Vec<f64>,
}

impl Plane {
    /// Makes a plane of what `sample(x, y)` gives.
    pub fn from_fn(width: usize, height: usize, mut sample: impl FnMut(usize, usize) -> f64) -> Self {
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                samples.push(sample(x, y));
            }
        }
        Self { width, height, samples }
    }

    pub fn at(&self, x: usize, y: usize) -> f64 {
        self.samples[y * self.width + x]
    }

    /// The mean of each 2×2 samples; at odd edges of those that are there.
    pub fn mean_2x2(&self) -> Self {
        Self::from_fn(self.width.div_ceil(2), self.height.div_ceil(2), |x, y| {
            let (mut sum, mut count) = (0.0, 0.0);
            for row in (2 * y)..(2 * y + 2).min(self.height) {
                for column in (2 * x)..(2 * x + 2).min(self.width) {
                    sum += self.at(column, row);
                    count += 1.0;
                }
            }
            sum / count
        })
    }
}

/// Width and height of every plane once samples are taken apart: Y, U, V or R, G, B, A.
pub fn plane_sizes(format: PixelFormat, size: Size) -> Vec<(usize, usize)> {
    let (width, height) = (size.width() as usize, size.height() as usize);
    if format.is_yuv() {
        let chroma = (width.div_ceil(2), height.div_ceil(2));
        vec![(width, height), chroma, chroma]
    } else {
        vec![(width, height); 4]
    }
}

/// The byte of sample (`x`, `y`) of plane `index` (Y, U, V or R, G, B, A): which plane in memory, and where in its row.
fn position(format: PixelFormat, index: usize, x: usize) -> (usize, usize) {
    match (format, index) {
        (PixelFormat::Rgba, channel) => (0, 4 * x + channel),
        (PixelFormat::Nv12, 1 | 2) => (1, 2 * x + index - 1),
        (PixelFormat::I420 | PixelFormat::Nv12, index) => (index, x),
    }
}

/// Takes a picture apart into Y, U, V or R, G, B, A.
pub fn unpack(picture: FrameView<'_>) -> Vec<Plane> {
    let format = picture.format();
    let sizes = plane_sizes(format, picture.size());
    let plane = |(index, (width, height)): (usize, (usize, usize))| {
        Plane::from_fn(width, height, |x, y| {
            let (plane, column) = position(format, index, x);
            f64::from(picture.plane(plane).row(y)[column])
        })
    };
    sizes.into_iter().enumerate().map(plane).collect()
}

/// Puts Y, U, V or R, G, B, A together: rounds to the nearest byte, and clamps.
pub fn pack(format: PixelFormat, size: Size, planes: &[Plane]) -> FrameBuffer {
    let mut picture = FrameBuffer::new(format, size);
    let mut views = picture.view_mut().into_planes();
    for (index, plane) in planes.iter().enumerate() {
        assert_eq!((plane.width, plane.height), plane_sizes(format, size)[index], "plane {index}");
        for y in 0..plane.height {
            for x in 0..plane.width {
                let (view, column) = position(format, index, x);
                views[view].row_mut(y)[column] = round(plane.at(x, y));
            }
        }
    }
    picture
}

/// The nearest byte, ties upward.
pub fn round(value: f64) -> u8 {
    (value + 0.5).floor().clamp(0.0, 255.0) as u8
}
