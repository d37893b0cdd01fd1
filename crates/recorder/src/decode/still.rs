//! Stills: PNG with its alpha, JPEG. The one file of this crate that names the crate `image`.
//!
//! The bounds are the engine's own for images, checked on the header before anything is allocated; JPEG goes through the engine's
//! decoder, which also counts scans. Pictures come upright: an Exif orientation is applied.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};
use polyptych::image::ImageLimits;
use polyptych::{Frame, FrameBuffer, PixelFormat, Size};

use super::{DecodeError, Picture, VideoDecoder};
use crate::media::{Packet, VideoCodec, VideoTrack};

/// Decodes one kind of still.
pub(super) struct StillDecoder {
    codec: VideoCodec,
}

impl StillDecoder {
    /// For [`VideoCodec::Png`] and [`VideoCodec::Jpeg`].
    pub fn new(track: &VideoTrack) -> Self {
        Self { codec: track.codec.clone() }
    }
}

impl VideoDecoder for StillDecoder {
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        let (name, decoded) = match self.codec {
            VideoCodec::Jpeg => ("JPEG", jpeg(&packet.data)),
            _ => ("PNG", guarded(|| png(&packet.data))),
        };
        let frame = decoded.map_err(|problem| DecodeError { codec: name, problem })?;
        if packet.is_shown {
            pictures.push(Picture { at: packet.at, frame });
        }
        Ok(())
    }

    fn flush(&mut self, _pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// The size of the upright picture, from the headers.
///
/// # Errors
/// Where they cannot be read, or the picture is beyond the bounds.
pub(crate) fn size(codec: &VideoCodec, bytes: &[u8]) -> Result<Size, String> {
    guarded(|| match codec {
        VideoCodec::Jpeg => upright_size(JpegDecoder::new(Cursor::new(bytes)).map_err(|error| told(&error))?),
        _ => upright_size(PngDecoder::new(Cursor::new(bytes)).map_err(|error| told(&error))?),
    })
}

fn upright_size(mut decoder: impl ImageDecoder) -> Result<Size, String> {
    let size = checked_size(decoder.dimensions())?;
    let is_turned = matches!(
        decoder.orientation().map_err(|error| told(&error))?,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let turned = Size::from_wh(size.height(), size.width());
    Ok(turned.filter(|_| is_turned).unwrap_or(size))
}

fn checked_size((width, height): (u32, u32)) -> Result<Size, String> {
    let limits = ImageLimits::default();
    let size = Size::from_wh(width, height)
        .ok_or_else(|| format!("{width}×{height} pixels; sides may have 1..={}", limits.max_side))?;
    if size.area() > limits.max_pixels {
        return Err(format!(
            "{width}×{height} are {} pixels; at most {} are decoded",
            size.area(),
            limits.max_pixels
        ));
    }
    Ok(size)
}

fn jpeg(bytes: &[u8]) -> Result<Frame, String> {
    // How long the file may be has been said where it was read.
    let limits = ImageLimits { max_bytes: usize::MAX, ..ImageLimits::default() };
    let picture = polyptych::image::decode(bytes, &limits).map_err(|error| error.to_string())?;
    let size = picture.size();
    let plane = picture.view().plane(0);
    let pixels = (0..plane.shape().rows).flat_map(|y| plane.row(y)).copied().collect();
    let buffer =
        FrameBuffer::from_packed(PixelFormat::Rgba, size, pixels).map_err(|error| error.to_string())?;
    Ok(Frame::from(buffer))
}

fn png(bytes: &[u8]) -> Result<Frame, String> {
    let mut decoder = PngDecoder::new(Cursor::new(bytes)).map_err(|error| told(&error))?;
    checked_size(decoder.dimensions())?;
    let orientation = decoder.orientation().map_err(|error| told(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| told(&error))?;
    picture.apply_orientation(orientation);
    let size = checked_size((picture.width(), picture.height()))?;
    let pixels = picture.into_rgba8().into_raw();
    let buffer =
        FrameBuffer::from_packed(PixelFormat::Rgba, size, pixels).map_err(|error| error.to_string())?;
    Ok(Frame::from(buffer))
}

/// Decoders have been known to panic on bytes that nobody thought of. Nothing outlives the closure but its result.
fn guarded<T>(decode: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err("the decoder gave up".to_owned()))
}

fn told(error: &image::ImageError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder};
    use polyptych::Timestamp;

    use super::*;

    fn decode(codec: VideoCodec, data: Vec<u8>) -> Result<Frame, DecodeError> {
        let mut pictures = Vec::new();
        let packet = Packet::new(Timestamp::ZERO, data);
        StillDecoder { codec }.decode(&packet, &mut pictures)?;
        Ok(pictures.remove(0).frame)
    }

    fn encoded_png(pixels: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.write_image(pixels, width, height, color).expect("encoded");
        bytes
    }

    #[test]
    fn png_keeps_its_alpha_and_its_rows() {
        let pixels: Vec<u8> = (0..24).map(|index| index * 10).collect();
        let bytes = encoded_png(&pixels, 3, 2, ExtendedColorType::Rgba8);
        assert_eq!(size(&VideoCodec::Png, &bytes), Ok(Size::from_wh(3, 2).expect("a size")));
        let frame = decode(VideoCodec::Png, bytes).expect("a picture");
        assert!(frame.shape().has_alpha);
        let view = frame.view().expect("planes");
        assert_eq!([view.plane(0).row(0), view.plane(0).row(1)].concat(), pixels);
        let grey =
            decode(VideoCodec::Png, encoded_png(&[7, 9], 2, 1, ExtendedColorType::L8)).expect("a picture");
        assert_eq!(grey.view().expect("planes").plane(0).row(0), [7, 7, 7, 255, 9, 9, 9, 255]);
    }

    #[test]
    fn jpeg_stands_upright() {
        let mut bytes = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.write_image(&[200; 16 * 8 * 3], 16, 8, ExtendedColorType::Rgb8).expect("encoded");
        // An Exif segment that says: turn by 90° clockwise.
        let tiff = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let segment = [&[0xff, 0xe1][..], &(tiff.len() as u16 + 2).to_be_bytes(), tiff].concat();
        bytes.splice(2..2, segment);
        let upright = Size::from_wh(8, 16).expect("a size");
        assert_eq!(size(&VideoCodec::Jpeg, &bytes), Ok(upright));
        let frame = decode(VideoCodec::Jpeg, bytes).expect("a picture");
        assert_eq!(frame.shape().size, upright);
    }

    #[test]
    fn what_is_too_large_or_damaged_is_refused() {
        let mut bytes = encoded_png(&[0; 4], 1, 1, ExtendedColorType::Rgba8);
        for at in 0..bytes.len() {
            let _ = decode(VideoCodec::Png, bytes[..at].to_vec());
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x41;
            let _ = decode(VideoCodec::Png, flipped);
        }
        // The header's checksum goes with it, so that the size is what is refused.
        bytes[16..20].copy_from_slice(&9_000_u32.to_be_bytes());
        bytes[29..33].copy_from_slice(&0xf50e_2aaf_u32.to_be_bytes());
        assert!(size(&VideoCodec::Png, &bytes).is_err());
        assert!(checked_size((9_000, 1)).expect_err("refused").contains("8192"));
        assert!(checked_size((8_000, 8_000)).expect_err("refused").contains("40000000"));
    }
}
