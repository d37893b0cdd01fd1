//! Who decodes which file.

use std::path::Path;

use super::open::{self, Backend};
use super::{SoundSource, VideoSource};
use crate::ffmpeg::{self, Ffmpeg, InputOptions};
use crate::media::{self, Contents, MediaError, SoundCodec, VideoCodec};

/// The decoders that there are, and which of them are preferred.
#[derive(Clone, Debug, Default)]
pub struct Decoders {
    backend: Backend,
    ffmpeg: Option<Ffmpeg>,
    options: InputOptions,
}

/// Who decodes a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decoder {
    /// A decoder that is built in.
    Embedded,
    /// The program ffmpeg.
    Ffmpeg,
}

impl Decoders {
    /// The built-in ones, and `ffmpeg` where it is on the machine.
    #[must_use]
    pub fn new(backend: Backend, ffmpeg: Option<Ffmpeg>) -> Self {
        Self { backend, ffmpeg, options: InputOptions::default() }
    }

    /// What a file holds.
    ///
    /// # Errors
    /// Where nobody can read it.
    pub fn probe(&self, path: &Path) -> Result<Contents, MediaError> {
        media::probe(path)
    }

    /// Who decodes a file's video. `None` where it has none.
    ///
    /// # Errors
    /// Where nobody can, with the reason.
    pub fn of_video(&self, path: &Path) -> Result<Option<Decoder>, MediaError> {
        let track = match media::probe(path) {
            Ok(contents) => match contents.video {
                Some(track) => track,
                None => return Ok(None),
            },
            Err(error) => return self.of_unknown(error).map(Some),
        };
        // What is not compressed, or is one picture, needs no other program.
        let is_plain = matches!(track.codec, VideoCodec::I420 | VideoCodec::Png | VideoCodec::Jpeg);
        let by_ffmpeg = self.ffmpeg.as_ref().is_some_and(|ffmpeg| ffmpeg.decodes_video(&track.codec));
        match self.backend {
            Backend::Auto if by_ffmpeg && !is_plain => Ok(Some(Decoder::Ffmpeg)),
            Backend::Ffmpeg if !is_plain => self.only_ffmpeg(path, by_ffmpeg).map(Some),
            Backend::Auto | Backend::Embedded | Backend::Ffmpeg => {
                open::can_decode_video(path, &track)?;
                Ok(Some(Decoder::Embedded))
            }
        }
    }

    /// Who decodes a file's sound. `None` where it has none.
    ///
    /// # Errors
    /// Where nobody can, with the reason.
    pub fn of_sound(&self, path: &Path) -> Result<Option<Decoder>, MediaError> {
        let track = match media::probe(path) {
            Ok(contents) => match contents.sound {
                Some(track) => track,
                None => return Ok(None),
            },
            Err(error) => return self.of_unknown(error).map(Some),
        };
        let is_plain = !matches!(track.codec, SoundCodec::Aac | SoundCodec::Opus | SoundCodec::Other(_));
        let by_ffmpeg = self.ffmpeg.as_ref().is_some_and(|ffmpeg| ffmpeg.decodes_sound(&track.codec));
        if self.backend == Backend::Ffmpeg && !is_plain {
            return self.only_ffmpeg(path, by_ffmpeg).map(Some);
        }
        match open::can_decode_sound(path, &track) {
            Ok(()) => Ok(Some(Decoder::Embedded)),
            Err(_) if by_ffmpeg && self.backend == Backend::Auto => Ok(Some(Decoder::Ffmpeg)),
            Err(error) => Err(error),
        }
    }

    /// A file of a kind that we do not read may be one that ffmpeg does.
    fn of_unknown(&self, error: MediaError) -> Result<Decoder, MediaError> {
        let is_foreign = matches!(error, MediaError::UnknownContainer { .. } | MediaError::Unsupported { .. });
        if is_foreign && self.ffmpeg.is_some() && self.backend != Backend::Embedded {
            return Ok(Decoder::Ffmpeg);
        }
        Err(error)
    }

    fn only_ffmpeg(&self, path: &Path, can: bool) -> Result<Decoder, MediaError> {
        if can {
            return Ok(Decoder::Ffmpeg);
        }
        let what = match &self.ffmpeg {
            Some(_) => "ffmpeg has no decoder for it",
            None => "ffmpeg was asked for and is not on this machine",
        };
        Err(MediaError::Unsupported { path: path.to_owned(), what: what.to_owned() })
    }

    /// The pictures of a file.
    ///
    /// # Errors
    /// Where it cannot be read, has no video, or nobody can decode it.
    pub fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        match (self.of_video(path)?, &self.ffmpeg) {
            (Some(Decoder::Ffmpeg), Some(ffmpeg)) => ffmpeg::open_video(ffmpeg, path, &self.options),
            _ => open::embedded_video(path),
        }
    }

    /// The sound of a file.
    ///
    /// # Errors
    /// Where it cannot be read, has no sound, or nobody can decode it.
    pub fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        match (self.of_sound(path)?, &self.ffmpeg) {
            (Some(Decoder::Ffmpeg), Some(ffmpeg)) => ffmpeg::open_sound(ffmpeg, path, &self.options),
            _ => open::embedded_sound(path),
        }
    }
}
