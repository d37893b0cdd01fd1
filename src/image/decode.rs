//! Bytes to pictures. The one file that names the `image` crate.
//!
//! The crate's own limits are off unless set and not strict, so all of them are checked here, on the header, before it
//! allocates: sides, pixels, and for JPEG what [`walk`] counts.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{bmp::BmpDecoder, jpeg::JpegDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, RgbaImage};

use super::jpeg::walk;
use super::{ImageError, bmp};
use crate::frame::{FrameBuffer, FrameView, PixelFormat};
use crate::geometry::{MAX_SIDE, Size};

/// The largest image that is taken. Lower them to spend less memory: a decoded pixel takes 4 bytes, while it is
/// decoded up to 9, and 11 where it is progressive of four inks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageLimits {
    /// Bytes of a file: 6 MiB (6 × 1,048,576), the larger reading of the vendor's "6 MB".
    pub max_bytes: usize,
    /// Pixels a side: 8,192, and never more.
    pub max_side: u32,
    /// Width times height: 40,000,000.
    pub max_pixels: u64,
    /// Width times height of a progressive JPEG, which is kept as coefficients while it is decoded: 16,000,000.
    pub max_progressive_pixels: u64,
    /// Scans of a JPEG, each of which may pass over the whole picture: 100.
    pub max_scans: u32,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            max_bytes: 6 * 1024 * 1024,
            max_side: MAX_SIDE,
            max_pixels: 40_000_000,
            max_progressive_pixels: 16_000_000,
            max_scans: 100,
        }
    }
}

impl ImageLimits {
    /// The size of a picture that is within the limits; asked before anything is allocated.
    pub(super) fn check(&self, width: u32, height: u32, progressive: bool) -> Result<Size, ImageError> {
        let limit = self.max_side.min(MAX_SIDE);
        if width > limit || height > limit {
            return Err(ImageError::SideTooLong { width, height, limit });
        }
        let size =
            Size::from_wh(width, height).ok_or_else(|| ImageError::corrupt("a picture without a pixel"))?;
        let limit =
            if progressive { self.max_progressive_pixels.min(self.max_pixels) } else { self.max_pixels };
        if size.area() > limit {
            return Err(ImageError::TooManyPixels { found: size.area(), limit, progressive });
        }
        Ok(size)
    }
}

/// A decoded image, upright: RGBA, every alpha 255, rows without padding.
///
/// Shared as an `Arc`, whose pointer tells pictures apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture(FrameBuffer);

impl Picture {
    /// Width and height in pixels, after the orientation has been applied.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.0.size()
    }

    /// Its pixels.
    #[must_use]
    pub fn view(&self) -> FrameView<'_> {
        self.0.view()
    }

    /// Memory its pixels take.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        4 * self.size().area()
    }
}

/// Decodes a JPEG or BMP, told by its content, and turns it upright as its Exif orientation says.
///
/// All colours come out as RGB: grey is spread, CMYK and YCCK are converted, colour profiles and the alpha of a BMP are
/// ignored. JPEGs of odd sampling, or whose progressive scans go through the picture much more often than encoders write,
/// are not supported. A file that ends early is refused, also where a part of the picture could be shown; coded data that is
/// damaged on its way may decode to a damaged picture, always the same one.
///
/// # Errors
/// The limit it exceeds, what it is instead, or how it is damaged.
///
/// ```
/// use polyptych::image::{ImageError, ImageLimits, decode};
/// let refused = decode(b"<html>404</html>", &ImageLimits::default());
/// assert_eq!(refused, Err(ImageError::NotAnImage { found: "text" }));
/// ```
pub fn decode(bytes: &[u8], limits: &ImageLimits) -> Result<Picture, ImageError> {
    if bytes.len() > limits.max_bytes {
        return Err(ImageError::TooLarge { limit_bytes: limits.max_bytes });
    }
    // Decoders have been known to panic on bytes that nobody thought of. Nothing outlives the closure but its result.
    let decoded = catch_unwind(AssertUnwindSafe(|| match sniff(bytes) {
        "JPEG" => decode_jpeg(bytes, limits),
        "BMP" => {
            let bytes = bmp::with_usual_header(bytes);
            read(BmpDecoder::new(Cursor::new(bytes.as_ref())).map_err(explain)?, limits)
        }
        found => Err(ImageError::NotAnImage { found }),
    }));
    let pixels = decoded.unwrap_or_else(|_| Err(ImageError::corrupt("the decoder gave up")))?;
    let size = limits.check(pixels.width(), pixels.height(), false)?;
    let buffer = FrameBuffer::from_packed(PixelFormat::Rgba, size, pixels.into_raw());
    Ok(Picture(buffer.expect("as many bytes as its size takes")))
}

/// What the first bytes announce.
fn sniff(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "nothing",
        [0xFF, 0xD8, 0xFF, ..] => "JPEG",
        [b'B', b'M', ..] => "BMP",
        [0x89, b'P', b'N', b'G', ..] => "PNG",
        [b'G', b'I', b'F', b'8', ..] => "GIF",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "WebP",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "HEIF, AVIF or video",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "TIFF",
        [0x1F, 0x8B, ..] => "gzip",
        _ if bytes.iter().take(64).all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')) => "text",
        _ => "an unknown format",
    }
}

fn decode_jpeg(bytes: &[u8], limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
    let jpeg = walk(bytes, limits)?;
    let orientation = jpeg.exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let decoder = JpegDecoder::new(Cursor::new(jpeg.essence)).map_err(explain)?;
    let mut upright = DynamicImage::ImageRgba8(read(decoder, limits)?);
    upright.apply_orientation(orientation);
    Ok(upright.into_rgba8())
}

/// Reads the pixels of a decoder that has read its header.
fn read(decoder: impl ImageDecoder, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
    let (width, height) = decoder.dimensions();
    let size = limits.check(width, height, false)?;
    let color = decoder.color_type();
    let (channels, pixels) = (usize::from(color.channel_count()), size.area() as usize);
    if usize::from(color.bytes_per_pixel()) != channels {
        return Err(ImageError::Unsupported { found: "samples of more than 8 bits".to_owned() });
    }
    // Decoded to the front of the buffer and spread from the back, so that there is never a second copy.
    let mut data = vec![0; 4 * pixels];
    decoder.read_image(&mut data[..channels * pixels]).map_err(explain)?;
    for index in (0..pixels).rev() {
        let from = channels * index;
        let rgb = match channels {
            1 | 2 => [data[from]; 3],
            _ => [data[from], data[from + 1], data[from + 2]],
        };
        data[4 * index..][..3].copy_from_slice(&rgb);
        data[4 * index + 3] = 255;
    }
    Ok(RgbaImage::from_raw(width, height, data).expect("four bytes a pixel"))
}

fn explain(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Unsupported(error) => ImageError::Unsupported { found: error.to_string() },
        error => ImageError::corrupt(error.to_string()),
    }
}
