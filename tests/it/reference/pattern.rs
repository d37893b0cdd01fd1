//! Pictures that no camera sends: what breaks scalers, blenders and bounds.

use polyptych::{FrameBuffer, PixelFormat, Size};

use super::plane::{Plane, pack, plane_sizes};

/// A rule that gives every sample of every plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Every sample the same.
    Plain(u8),
    /// 0 and 255 in turn, along both axes.
    Checkerboard,
    /// Columns of 0 and 255 in turn.
    Columns,
    /// Rows of 0 and 255 in turn.
    Rows,
    /// 255 at every seventh sample of every fifth row, 0 elsewhere.
    Impulses,
    /// From 0 at the top left to 255 at the bottom right.
    Ramp,
    /// Bytes without a pattern; the seed decides which.
    Noise(u64),
    /// 0 and 255 without a pattern; the seed decides which.
    Extremes(u64),
}

impl Pattern {
    pub const ALL: [Self; 8] = [
        Self::Plain(255),
        Self::Checkerboard,
        Self::Columns,
        Self::Rows,
        Self::Impulses,
        Self::Ramp,
        Self::Noise(1),
        Self::Extremes(2),
    ];

    /// A picture of it; RGBA is opaque.
    pub fn picture(self, format: PixelFormat, size: Size) -> FrameBuffer {
        let mut planes = self.planes(format, size);
        if let Some(alpha) = planes.get_mut(3) {
            alpha.samples.fill(255.0);
        }
        pack(format, size, &planes)
    }

    /// An RGBA picture of it whose alpha is another pattern.
    pub fn picture_with_alpha(self, alpha: Self, size: Size) -> FrameBuffer {
        let mut planes = self.planes(PixelFormat::Rgba, size);
        planes[3] = alpha.planes(PixelFormat::Rgba, size).remove(3);
        pack(PixelFormat::Rgba, size, &planes)
    }

    fn planes(self, format: PixelFormat, size: Size) -> Vec<Plane> {
        let sizes = plane_sizes(format, size).into_iter().enumerate();
        sizes
            .map(|(index, (width, height))| {
                Plane::from_fn(width, height, |x, y| {
                    // Planes are shifted against each other, so that swapping two shows.
                    self.sample(x + index, y, index, (width, height)).into()
                })
            })
            .collect()
    }

    fn sample(self, x: usize, y: usize, plane: usize, (width, height): (usize, usize)) -> u8 {
        let extreme = |is_white: bool| if is_white { 255 } else { 0 };
        match self {
            Self::Plain(value) => value,
            Self::Checkerboard => extreme((x + y) % 2 == 1),
            Self::Columns => extreme(x % 2 == 1),
            Self::Rows => extreme((y + plane) % 2 == 1),
            Self::Impulses => extreme(x % 7 == 3 && y % 5 == 2),
            Self::Ramp => (255 * (x + y) / (width + height)).min(255) as u8,
            Self::Noise(seed) => noise(seed, [x, y, plane]),
            Self::Extremes(seed) => extreme(noise(seed, [x, y, plane]) >= 128),
        }
    }
}

/// A byte for a position: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn noise(seed: u64, position: [usize; 3]) -> u8 {
    let key = position.iter().fold(seed, |key, &part| key.wrapping_mul(8209).wrapping_add(part as u64 + 1));
    let mut z = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 56) as u8
}
