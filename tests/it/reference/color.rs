//! RGB and YUV, from the definitions of ITU-R BT.601-7 and BT.709-6. Code values are 0..=255, unbounded in between.

use polyptych::{ColorSpace, Matrix, Range, Rgb};

/// Weights of red, green and blue in luma.
fn luma_weights(matrix: Matrix) -> [f64; 3] {
    match matrix {
        Matrix::Bt601 => [0.299, 0.587, 0.114],
        Matrix::Bt709 => [0.2126, 0.7152, 0.0722],
    }
}

/// Code value of black luma, then what 1.0 of luma and 1.0 of chroma (-0.5..=0.5) span.
fn levels(range: Range) -> [f64; 3] {
    match range {
        Range::Limited => [16.0, 219.0, 224.0],
        Range::Full => [0.0, 255.0, 255.0],
    }
}

/// Y, U, V of a colour that is multiplied by its alpha `a` (0..=1), multiplied by it too: offsets count `a` times.
pub fn to_yuv_premultiplied(space: ColorSpace, rgb: [f64; 3], a: f64) -> [f64; 3] {
    let [kr, kg, kb] = luma_weights(space.matrix);
    let [black, luma_span, chroma_span] = levels(space.range);
    let [r, g, b] = rgb.map(|value| value / 255.0);
    let luma = kr * r + kg * g + kb * b;
    let cb = (b - luma) / (2.0 * (1.0 - kb));
    let cr = (r - luma) / (2.0 * (1.0 - kr));
    [black * a + luma_span * luma, 128.0 * a + chroma_span * cb, 128.0 * a + chroma_span * cr]
}

/// Y, U, V of an opaque colour.
pub fn to_yuv(space: ColorSpace, rgb: [f64; 3]) -> [f64; 3] {
    to_yuv_premultiplied(space, rgb, 1.0)
}

/// R, G, B of code values.
pub fn to_rgb(space: ColorSpace, yuv: [f64; 3]) -> [f64; 3] {
    let [kr, kg, kb] = luma_weights(space.matrix);
    let [black, luma_span, chroma_span] = levels(space.range);
    let luma = (yuv[0] - black) / luma_span;
    let r = luma + 2.0 * (1.0 - kr) * (yuv[2] - 128.0) / chroma_span;
    let b = luma + 2.0 * (1.0 - kb) * (yuv[1] - 128.0) / chroma_span;
    let g = (luma - kr * r - kb * b) / kg;
    [r, g, b].map(|value| value * 255.0)
}

/// The canvas's plane values of a plain colour: the nearest codes.
pub fn plain(space: ColorSpace, color: Rgb) -> [f64; 3] {
    to_yuv(space, [color.r.into(), color.g.into(), color.b.into()]).map(|value| (value + 0.5).floor())
}
