//! Packets become files that play, also where their writing ends in the middle.
//!
//! ```text
//!  packets ──▶ piece ──cut at keyframes──┬─▶ mp4 ── one file: fragments, made plain at the end
//!                                        └─▶ hls ── a playlist, and a segment a piece
//!  canvases, as they are ──────────────────▶ y4m ── for other encoders
//! ```

mod medium;
mod mp4;
mod piece;

pub mod wav;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::encode::{EncodedPacket, TrackConfig, VideoFormat};

/// Takes the packets of one recording and puts them where they belong.
pub trait Writer: Send {
    /// Takes the next packet of video, in decoding order.
    ///
    /// # Errors
    /// Where it cannot be written; what was written plays.
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError>;

    /// Takes the next packet of sound.
    ///
    /// # Errors
    /// As [`Writer::video`].
    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError>;

    /// Writes what is left and makes the files plain.
    ///
    /// # Errors
    /// As [`Writer::video`].
    fn finish(self: Box<Self>) -> Result<(), WriteError>;
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// What is written: one track of each kind at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracks {
    /// The video.
    pub video: Option<EncodedVideo>,
    /// The sound.
    pub sound: Option<TrackConfig>,
}

impl Tracks {
    fn clocks(&self) -> piece::Clocks {
        let priming = self.sound.as_ref().map(|config| match config {
            TrackConfig::Aac { priming, .. } => *priming,
            _ => 0,
        });
        piece::Clocks { fps: self.video.as_ref().map(|video| video.format.fps), priming }
    }
}

/// Video as its encoder made it.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodedVideo {
    /// What was encoded.
    pub format: VideoFormat,
    /// What the encoder says of it.
    pub config: TrackConfig,
}

/// How files are written.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteOptions {
    /// Whether what is there is overwritten.
    pub force: bool,
    /// How long the recording will be, where that is known: an MP4 keeps room for its index in front.
    pub expected_duration: Option<Duration>,
}

/// Says that something was asked for that a format cannot hold.
fn unsupported(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, what)
}

/// Says that packets are not what they must be.
fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Makes the writer of `output`, whatever its name ends in. MP4 so far.
///
/// # Errors
/// Where the file is there already and [`WriteOptions::force`] is not set, or cannot be made.
pub fn create(output: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Box<dyn Writer>, WriteError> {
    Ok(Box::new(mp4::Mp4Writer::create(output, tracks, options)?))
}
