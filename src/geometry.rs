//! Sizes, rectangles in pixels and rectangles in fractions of a canvas.

/// The largest side of a picture or canvas, in pixels.
pub const MAX_SIDE: u32 = 8192;

/// A width and a height in pixels.
///
/// # Guarantees
/// Both are within `1..=MAX_SIDE`, so areas and byte counts fit a `usize` of 32 bits and need no further check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// Makes a size, or `None` where a side is 0 or above [`MAX_SIDE`].
    #[must_use]
    pub const fn from_wh(width: u32, height: u32) -> Option<Self> {
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return None;
        }
        Some(Self { width, height })
    }

    /// Width in pixels, `1..=MAX_SIDE`.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Height in pixels, `1..=MAX_SIDE`.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Width times height, in pixels.
    #[must_use]
    pub const fn area(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The same picture lying on its side.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { width: self.height, height: self.width }
    }

    /// The rectangle from the origin that this size spans.
    #[must_use]
    pub const fn to_rect(self) -> Rect {
        Rect { x0: 0, y0: 0, x1: self.width, y1: self.height }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A half-open rectangle in pixels: `x0..x1` by `y0..y1`, origin top left. May be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge, inside.
    pub x0: u32,
    /// Top edge, inside.
    pub y0: u32,
    /// Right edge, outside.
    pub x1: u32,
    /// Bottom edge, outside.
    pub y1: u32,
}

impl Rect {
    /// Makes a rectangle of its four edges.
    #[must_use]
    pub const fn new(x0: u32, y0: u32, x1: u32, y1: u32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Width in pixels; 0 where the edges are crossed.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.x1.saturating_sub(self.x0)
    }

    /// Height in pixels; 0 where the edges are crossed.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.y1.saturating_sub(self.y0)
    }

    /// Whether it holds no pixel.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.x0 >= self.x1 || self.y0 >= self.y1
    }

    /// Pixels inside.
    #[must_use]
    pub const fn area(self) -> u64 {
        self.width() as u64 * self.height() as u64
    }

    /// The pixels that lie in both; empty where they do not meet.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let x0 = self.x0.max(other.x0);
        let y0 = self.y0.max(other.y0);
        Self { x0, y0, x1: self.x1.min(other.x1).max(x0), y1: self.y1.min(other.y1).max(y0) }
    }
}

/// A rectangle in fractions of the canvas: x of its width, y of its height, origin top left.
///
/// Besides position and extent it keeps the far edges: those of the predefined layouts come from exact ratios,
/// so no edge is the sum of two rounded numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitRect {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    right: f64,
    bottom: f64,
}

impl UnitRect {
    /// The whole canvas.
    pub const WHOLE: Self = Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0, right: 1.0, bottom: 1.0 };

    /// Makes a rectangle from what a request says.
    #[must_use]
    pub const fn from_fractions(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height, right: x + width, bottom: y + height }
    }

    /// Makes a rectangle from exact ratios: `(start, extent, denominator)` of each axis.
    #[must_use]
    pub const fn from_ratios(x: (u32, u32, u32), y: (u32, u32, u32)) -> Self {
        const fn ratio(numerator: u32, denominator: u32) -> f64 {
            numerator as f64 / denominator as f64
        }
        Self {
            x: ratio(x.0, x.2),
            y: ratio(y.0, y.2),
            width: ratio(x.1, x.2),
            height: ratio(y.1, y.2),
            right: ratio(x.0 + x.1, x.2),
            bottom: ratio(y.0 + y.1, y.2),
        }
    }

    /// Left edge as a fraction of the canvas's width.
    #[must_use]
    pub const fn x(self) -> f64 {
        self.x
    }

    /// Top edge as a fraction of the canvas's height.
    #[must_use]
    pub const fn y(self) -> f64 {
        self.y
    }

    /// Extent as a fraction of the canvas's width.
    #[must_use]
    pub const fn width(self) -> f64 {
        self.width
    }

    /// Extent as a fraction of the canvas's height.
    #[must_use]
    pub const fn height(self) -> f64 {
        self.height
    }

    /// Right edge as a fraction of the canvas's width.
    #[must_use]
    pub const fn right(self) -> f64 {
        self.right
    }

    /// Bottom edge as a fraction of the canvas's height.
    #[must_use]
    pub const fn bottom(self) -> f64 {
        self.bottom
    }

    /// The pixels of a canvas that this rectangle takes: each edge is rounded by [`snap_to_even`].
    #[must_use]
    pub fn snap(self, canvas: Size) -> Rect {
        let (width, height) = (canvas.width(), canvas.height());
        Rect {
            x0: snap_to_even(self.x * f64::from(width), width),
            y0: snap_to_even(self.y * f64::from(height), height),
            x1: snap_to_even(self.right * f64::from(width), width),
            y1: snap_to_even(self.bottom * f64::from(height), height),
        }
    }
}

/// Rounds a position in pixels to the nearest even one, ties upward; to `side` where it rounds to that or beyond.
///
/// Edges are rounded, not extents, so that neighbours share theirs; even ones, so that no chroma sample of a 4:2:0 canvas
/// belongs to two regions. A millionth of a pixel stands in for what fractions in binary cannot express.
#[must_use]
pub fn snap_to_even(position: f64, side: u32) -> u32 {
    const SLACK: f64 = 1e-6;
    if (position + 0.5 + SLACK).floor() >= f64::from(side) {
        return side;
    }
    // Positions are within 0..side here, or negative by rounding error: `as` saturates at 0.
    let even = 2.0 * ((position + 1.0 + SLACK) / 2.0).floor();
    (even as u32).min(side)
}
