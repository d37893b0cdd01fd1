//! Encoders by name, for the file that they write into.

use super::aac::AacEncoder;
use super::openh264::OpenH264Encoder;
use super::raw::{RawSound, RawVideo};
use super::{EncodeError, SoundEncoder, VideoEncoder, VideoFormat, VideoSettings};
use crate::ffmpeg::{self, Ffmpeg, SoundCoder, VideoCoder};
use crate::write::OutputFormat;

/// The name of the encoder that is built in.
const EMBEDDED: &str = "openh264";
/// The name that leaves the choice to us.
const AUTO: &str = "auto";

/// Encoders for an output.
pub struct Encoders<'e> {
    /// What they write into.
    pub output: OutputFormat,
    /// The encoder of video that is asked for: `auto`, `openh264`, or one of [`VideoCoder::ALL`].
    pub video_name: &'e str,
    /// The program, where it is on the machine.
    pub ffmpeg: Option<&'e Ffmpeg>,
}

impl Encoders<'_> {
    /// Whether an encoder of video of that name, or of what belongs to it, may be one of the program's.
    #[must_use]
    pub fn may_need_ffmpeg(output: OutputFormat, video_name: &str) -> bool {
        match output {
            OutputFormat::Y4m | OutputFormat::Raw | OutputFormat::Wav => false,
            OutputFormat::Webm => true,
            _ => video_name != EMBEDDED,
        }
    }

    /// The encoder of video. `auto` is x264 where ffmpeg has it and openh264 where not; for WebM, VP9.
    ///
    /// # Errors
    /// Where there is no such encoder, it does not fit the output, or it cannot do what is asked.
    pub fn video(
        &self,
        format: VideoFormat,
        settings: &VideoSettings,
    ) -> Result<Box<dyn VideoEncoder>, EncodeError> {
        let coder = match self.output {
            OutputFormat::Y4m | OutputFormat::Raw => return Ok(Box::new(RawVideo::new(format))),
            OutputFormat::Webm if self.video_name == AUTO => VideoCoder::Vp9,
            _ if self.video_name == AUTO => match self.ffmpeg {
                Some(ffmpeg) if ffmpeg.has_encoder(VideoCoder::X264.ffmpeg_name()) => VideoCoder::X264,
                _ => return Ok(Box::new(OpenH264Encoder::new(format, settings)?)),
            },
            _ if self.video_name == EMBEDDED => {
                self.check(EMBEDDED, true)?;
                return Ok(Box::new(OpenH264Encoder::new(format, settings)?));
            }
            _ => self.video_name.parse().map_err(|_| {
                let others = VideoCoder::ALL.map(VideoCoder::name).join(", ");
                error(self.video_name, format!("no such encoder; there are {AUTO}, {EMBEDDED}, {others}"))
            })?,
        };
        self.check(coder.name(), coder == VideoCoder::X264)?;
        Ok(Box::new(ffmpeg::VideoEncoder::new(self.program(coder.name())?, coder, format, settings)?))
    }

    /// The encoder of sound: AAC, Opus for WebM, or samples as they are.
    ///
    /// # Errors
    /// Where the encoder cannot be had, or cannot do what is asked.
    pub fn sound(&self, bitrate_kbps: u32) -> Result<Box<dyn SoundEncoder>, EncodeError> {
        match self.output {
            OutputFormat::Wav => Ok(Box::new(RawSound::default())),
            OutputFormat::Webm => {
                let ffmpeg = self.program("opus")?;
                Ok(Box::new(ffmpeg::SoundEncoder::new(ffmpeg, SoundCoder::Opus, bitrate_kbps)?))
            }
            _ => Ok(Box::new(AacEncoder::new(bitrate_kbps)?)),
        }
    }

    /// Whether the output takes what an encoder makes.
    fn check(&self, name: &str, is_h264: bool) -> Result<(), EncodeError> {
        match (self.output, is_h264) {
            (OutputFormat::Webm, true) => {
                Err(error(name, "WebM takes VP9 and AV1; name the output .mp4".to_owned()))
            }
            (OutputFormat::Mp4 | OutputFormat::Hls | OutputFormat::HlsFolder, false) => {
                Err(error(name, "MP4 and HLS are written with H.264; name the output .webm".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn program(&self, name: &str) -> Result<&Ffmpeg, EncodeError> {
        self.ffmpeg.ok_or_else(|| error(name, "ffmpeg does it, and is not on this machine".to_owned()))
    }
}

fn error(encoder: &str, problem: String) -> EncodeError {
    EncodeError { encoder: encoder.to_owned(), problem }
}
