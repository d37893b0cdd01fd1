//! Encoders by name.

use super::openh264::OpenH264Encoder;
use super::{EncodeError, VideoEncoder, VideoFormat, VideoSettings};
use crate::ffmpeg::Ffmpeg;

/// The encoder of video of that name: `openh264`, which is built in, or one that ffmpeg has. `auto` is the best for MP4 and HLS
/// that is there.
///
/// # Errors
/// Where there is no such encoder, or it cannot do what is asked.
pub fn video_encoder(
    name: &str,
    format: VideoFormat,
    settings: &VideoSettings,
    ffmpeg: Option<&Ffmpeg>,
) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    match (name, ffmpeg) {
        ("openh264" | "auto", _) => Ok(Box::new(OpenH264Encoder::new(format, settings)?)),
        _ => Err(EncodeError {
            encoder: name.to_owned(),
            problem: "there is no such encoder; there are auto and openh264".to_owned(),
        }),
    }
}
