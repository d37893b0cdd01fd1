//! Photographs as test pictures, in any format and size.

use std::path::Path;

use ::image::imageops::{self, FilterType};
use polyptych::{ColorSpace, FrameBuffer, PixelFormat, Size};

use super::color;
use super::plane::{Plane, pack, unpack};

/// A photograph of `assets/` (`pictures/anna.jpg`), RGBA, stretched to `size`.
pub fn photo(name: &str, size: Size) -> FrameBuffer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    let image = ::image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_rgba8();
    let image = imageops::resize(&image, size.width(), size.height(), FilterType::Triangle);
    FrameBuffer::from_packed(PixelFormat::Rgba, size, image.into_raw()).expect("four bytes a pixel")
}

/// The same picture as YUV: each pixel converted, chroma the mean of 2×2, all rounded once. Alpha is dropped.
pub fn to_yuv(rgba: &FrameBuffer, format: PixelFormat, space: ColorSpace) -> FrameBuffer {
    assert!(format.is_yuv());
    let rgb = unpack(rgba.view());
    let yuv = |channel: usize| {
        Plane::from_fn(rgb[0].width, rgb[0].height, |x, y| {
            color::to_yuv(space, [rgb[0].at(x, y), rgb[1].at(x, y), rgb[2].at(x, y)])[channel]
        })
    };
    pack(format, rgba.size(), &[yuv(0), yuv(1).mean_2x2(), yuv(2).mean_2x2()])
}

/// A photograph in any format.
pub fn photo_as(name: &str, size: Size, format: PixelFormat, space: ColorSpace) -> FrameBuffer {
    let rgba = photo(name, size);
    if format.is_yuv() { to_yuv(&rgba, format, space) } else { rgba }
}
