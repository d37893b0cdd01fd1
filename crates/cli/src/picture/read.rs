//! Pictures of participants: PNG, JPEG and BMP become RGBA, Y4M stays YUV. What a file is, its content says.

use std::io::{BufRead, BufReader, Cursor, Read};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use polyptych::{Frame, FrameBuffer, MAX_SIDE, PixelFormat, Size};

use super::y4m;

/// The largest PNG, JPEG or BMP file that is read.
const MAX_FILE_BYTES: u64 = 512 << 20;
/// What a decoder may allocate: the largest picture at 16 bits a sample, twice.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// Why a file is not a picture that can be shown.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// Reads a picture; of a Y4M file the frame that is shown at `at_secs`.
///
/// # Errors
/// The reason, without the file's name.
pub fn read(file: impl Read, at_secs: f64) -> Result<Frame, ReadError> {
    let mut file = BufReader::new(file);
    if file.fill_buf().map_err(told)?.starts_with(y4m::MAGIC) {
        return y4m::read(file, at_secs);
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError(format!("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)));
    }
    still(&bytes)
}

fn still(bytes: &[u8]) -> Result<Frame, ReadError> {
    let format = image::guess_format(bytes).ok();
    let Some(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp)) = format else {
        return Err(ReadError("neither PNG, JPEG, BMP nor Y4M".to_owned()));
    };
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(told)?;
    let (width, height) = decoder.dimensions();
    let too_large = || ReadError(format!("{width}x{height} pixels are beyond {MAX_SIDE} a side"));
    Size::from_wh(width, height).ok_or_else(too_large)?;
    let orientation = decoder.orientation().map_err(told)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(told)?;
    picture.apply_orientation(orientation);
    let picture = match format {
        ImageFormat::Png => picture.into_rgba8(),
        // JPEG and BMP have no alpha that means anything.
        _ => DynamicImage::from(picture.into_rgb8()).into_rgba8(),
    };
    let size = Size::from_wh(picture.width(), picture.height()).ok_or_else(too_large)?;
    let buffer = FrameBuffer::from_packed(PixelFormat::Rgba, size, picture.into_raw()).map_err(told)?;
    Ok(Frame::from(buffer))
}

fn told(error: impl std::fmt::Display) -> ReadError {
    ReadError(error.to_string())
}
