//! What the numbers of a sample mean: matrix, range, and colours given as RGB.

/// Which weights of red, green and blue make luma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// ITU-R BT.601: standard definition, JPEG.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
}

impl Matrix {
    /// The luma weights of red and blue (`Kr`, `Kb`), from ITU-R BT.601-7 and BT.709-6.
    #[must_use]
    pub const fn luma_weights(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
        }
    }
}

/// Which code values black and white have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// Luma 16..=235, chroma 16..=240 around 128: what video uses.
    Limited,
    /// Luma 0..=255, chroma 0..=255 around 128: what JPEG uses.
    Full,
}

impl Range {
    /// Code value of black luma.
    #[must_use]
    pub const fn luma_offset(self) -> u8 {
        match self {
            Self::Limited => 16,
            Self::Full => 0,
        }
    }

    /// Code values from black to white, and from the lowest to the highest chroma.
    #[must_use]
    pub const fn spans(self) -> (f64, f64) {
        match self {
            Self::Limited => (219.0, 224.0),
            Self::Full => (255.0, 255.0),
        }
    }
}

/// A matrix and a range: all that is needed to read Y, U and V as a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorSpace {
    /// Luma weights.
    pub matrix: Matrix,
    /// Code values of black and white.
    pub range: Range,
}

impl ColorSpace {
    /// BT.709, limited range: a canvas's colours unless said otherwise.
    pub const BT709_LIMITED: Self = Self { matrix: Matrix::Bt709, range: Range::Limited };

    /// Weights and offsets that turn R, G, B (0..=255) into Y, U, V (code values), row by row: `[r, g, b, offset]`.
    #[must_use]
    pub fn from_rgb(self) -> [[f64; 4]; 3] {
        let (kr, kb) = self.matrix.luma_weights();
        let kg = 1.0 - kr - kb;
        let (luma, chroma) = self.range.spans();
        let (luma, chroma) = (luma / 255.0, chroma / 255.0);
        let u = chroma / (2.0 * (1.0 - kb));
        let v = chroma / (2.0 * (1.0 - kr));
        [
            [kr * luma, kg * luma, kb * luma, f64::from(self.range.luma_offset())],
            [-kr * u, -kg * u, (1.0 - kb) * u, 128.0],
            [(1.0 - kr) * v, -kg * v, -kb * v, 128.0],
        ]
    }

    /// Weights that turn Y, U, V (code values less their offsets) into R, G, B (0..=255), row by row: `[y, u, v]`.
    #[must_use]
    pub fn to_rgb(self) -> [[f64; 3]; 3] {
        let (kr, kb) = self.matrix.luma_weights();
        let kg = 1.0 - kr - kb;
        let (luma, chroma) = self.range.spans();
        let (y, c) = (255.0 / luma, 255.0 / chroma);
        let (u, v) = (2.0 * (1.0 - kb) * c, 2.0 * (1.0 - kr) * c);
        [[y, 0.0, v], [y, -kb * u / kg, -kr * v / kg], [y, u, 0.0]]
    }
}

impl Default for ColorSpace {
    fn default() -> Self {
        Self::BT709_LIMITED
    }
}

/// A colour as requests give it: red, green and blue, 0..=255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

impl Rgb {
    /// Black, a canvas's colour unless said otherwise.
    pub const BLACK: Self = Self { r: 0, g: 0, b: 0 };

    /// The nearest code values of Y, U and V.
    #[must_use]
    pub fn to_yuv(self, space: ColorSpace) -> [u8; 3] {
        let rgb = [f64::from(self.r), f64::from(self.g), f64::from(self.b)];
        space.from_rgb().map(|row| {
            let value = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + row[3];
            // Within 0..=255 by construction; `as` saturates all the same.
            (value + 0.5) as u8
        })
    }
}

/// How much of a region's picture covers what lies below: 0 nothing, 1 all.
///
/// # Guarantees
/// Finite and within `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alpha(f64);

impl Alpha {
    /// Fully transparent.
    pub const TRANSPARENT: Self = Self(0.0);
    /// Fully opaque.
    pub const OPAQUE: Self = Self(1.0);

    /// Makes an alpha, or `None` where `value` is not within `0.0..=1.0`.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The value, `0.0..=1.0`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Whether nothing below shows through.
    #[must_use]
    pub fn is_opaque(self) -> bool {
        self.0 >= 1.0
    }
}
