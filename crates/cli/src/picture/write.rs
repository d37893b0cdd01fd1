//! Composed frames as files: PNG, JPEG and BMP as RGB, Y4M as 4:2:0.

use image::RgbImage;
use image::codecs::bmp::BmpEncoder;
use image::codecs::jpeg::JpegEncoder;
use polyptych::{ColorSpace, FrameBuffer};

use super::png::{cannot_encode, encode_png};
use super::{convert, y4m};
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Above this, JPEG files grow faster than they gain.
const JPEG_QUALITY: u8 = 95;

/// What a file of one picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    Png,
    Jpeg,
    Bmp,
    Y4m,
}

impl PictureFormat {
    /// What the output's name asks for; Y4M on stdout.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the name ends in nothing that is known.
    pub fn of(output: &Output) -> Outcome<Self> {
        let Output::File(path) = output else { return Ok(Self::Y4m) };
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match extension.as_str() {
            "png" => Ok(Self::Png),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            "bmp" => Ok(Self::Bmp),
            "y4m" => Ok(Self::Y4m),
            _ => Err(Failure::Usage(format!(
                "{} does not end in .png, .jpg, .bmp or .y4m; name such a file, or - for Y4M on stdout, with -o",
                path.display()
            ))),
        }
    }
}

/// Makes the file of a composed frame whose samples mean `space`.
///
/// # Errors
/// [`Failure::Running`] where the encoder fails.
pub fn encode(frame: &FrameBuffer, space: ColorSpace, format: PictureFormat) -> Outcome<Vec<u8>> {
    if format == PictureFormat::Y4m {
        return Ok(y4m::write(&convert::to_i420(frame.view(), space), space));
    }
    encode_rgb(&to_rgb_image(frame, space), format)
}

/// A composed frame whose samples mean `space`, as RGB.
pub fn to_rgb_image(frame: &FrameBuffer, space: ColorSpace) -> RgbImage {
    let size = frame.size();
    RgbImage::from_raw(size.width(), size.height(), convert::to_rgb(frame.view(), space))
        .expect("the conversion gives three bytes a pixel")
}

/// Makes the file of an RGB picture, which Y4M is none of: then BMP.
///
/// # Errors
/// [`Failure::Running`] where the encoder fails.
pub fn encode_rgb(rgb: &RgbImage, format: PictureFormat) -> Outcome<Vec<u8>> {
    if format == PictureFormat::Png {
        return encode_png(rgb);
    }
    let mut file = Vec::new();
    let encoded = if format == PictureFormat::Jpeg {
        rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY))
    } else {
        rgb.write_with_encoder(BmpEncoder::new(&mut file))
    };
    encoded.map_err(cannot_encode)?;
    Ok(file)
}
