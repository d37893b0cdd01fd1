//! From the colours of a picture to those of the canvas, as weights for wide rows.

use polyptych_kernels::{RgbWeights, WideWeights};

use crate::color::ColorSpace;

/// What is done to the scaled samples of a picture before they are blended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conversion {
    /// Nothing: they mean what the canvas's mean.
    None,
    /// Y, U and V of another range or matrix.
    Yuv {
        /// From Y, U and V at luma positions.
        luma: WideWeights,
        /// Whether luma needs chroma at all: it does where the matrix differs.
        luma_needs_chroma: bool,
        /// From U, V and U again at chroma positions.
        chroma: [WideWeights; 2],
    },
    /// From Y, U and V at luma positions to red, green and blue.
    Rgb([WideWeights; 3]),
}

impl Conversion {
    /// From one meaning of Y, U and V to another.
    #[must_use]
    pub fn between(picture: ColorSpace, canvas: ColorSpace) -> Self {
        if picture == canvas {
            return Self::None;
        }
        let (to_rgb, from_rgb) = (picture.to_rgb(), canvas.from_rgb());
        let row = |out: usize| -> [f64; 3] {
            [0, 1, 2].map(|input| (0..3).map(|color| from_rgb[out][color] * to_rgb[color][input]).sum())
        };
        let (luma, u, v) = (row(0), row(1), row(2));
        let black = f64::from(picture.range.luma_offset());
        let offset =
            |weights: [f64; 3], base: f64| base - weights[0] * black - (weights[1] + weights[2]) * 128.0;
        let luma_needs_chroma = picture.matrix != canvas.matrix;
        // Grey stays grey: chroma does not depend on luma, nor luma on chroma where only the range differs.
        let luma = if luma_needs_chroma { luma } else { [luma[0], 0.0, 0.0] };
        let chroma = |row: [f64; 3]| {
            let weights = [row[1], row[2], 0.0];
            WideWeights::new(weights, 128.0 - (row[1] + row[2]) * 128.0)
        };
        Self::Yuv {
            luma: WideWeights::new(luma, offset(luma, from_rgb[0][3])),
            luma_needs_chroma,
            chroma: [chroma(u), chroma(v)],
        }
    }

    /// From Y, U and V to red, green and blue.
    #[must_use]
    pub fn to_rgb(picture: ColorSpace) -> Self {
        let black = f64::from(picture.range.luma_offset());
        Self::Rgb(picture.to_rgb().map(|weights| {
            let offset = -(weights[0] * black + (weights[1] + weights[2]) * 128.0);
            WideWeights::new(weights, offset)
        }))
    }
}

/// From red, green and blue to Y, U and V.
#[must_use]
pub fn rgb_weights(canvas: ColorSpace) -> [RgbWeights; 3] {
    canvas.from_rgb().map(|[r, g, b, offset]| RgbWeights::new([r, g, b], offset))
}
