//! PNG files.

use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::failure::{Failure, Outcome};

/// Makes a PNG file, quickly rather than small.
///
/// # Errors
/// [`Failure::Running`] where the encoder fails.
pub fn encode_png(picture: &RgbImage) -> Outcome<Vec<u8>> {
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive);
    picture.write_with_encoder(encoder).map_err(cannot_encode)?;
    Ok(file)
}

/// A picture that its encoder refuses.
pub fn cannot_encode(error: impl std::fmt::Display) -> Failure {
    Failure::Running(format!("cannot encode the picture: {error}"))
}
