//! Packets become files that play, also where their writing ends in the middle.
//!
//! ```text
//!  packets ──▶ piece ──cut at keyframes──┬─▶ mp4 ── one file: fragments, made plain at the end
//!                                        └─▶ hls ── a playlist, and a segment a piece
//!  packets ──cut at keyframes──────────────▶ webm ── one file: clusters, indexed at the end
//!  canvases, as they are ──────────────────▶ y4m ── for other encoders
//! ```

mod hls;
mod medium;
mod mp4;
mod pcm;
mod piece;

pub mod wav;
mod webm;
pub mod y4m;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use self::hls::{HlsWriter, LeftPlaylist};
pub use self::hls::{SEGMENT, SegmentFormat, ServiceNames};
use self::medium::Place;
pub(crate) use self::medium::{Left, WritingLock};
pub use self::mp4::FRAGMENT;
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

impl WriteError {
    /// Whether a program that was to read the output has gone, which ends a recording but is no failure.
    #[must_use]
    pub fn is_reader_gone(&self) -> bool {
        self.source.kind() == io::ErrorKind::BrokenPipe
    }
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
        let priming = self.sound.as_ref().map(TrackConfig::priming);
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

impl EncodedVideo {
    /// Whether both may follow each other in one track.
    pub(crate) fn is_coded_as(&self, other: &Self) -> bool {
        self.format == other.format && self.config.is_coded_as(&other.config)
    }
}

/// How files are written.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteOptions {
    /// What is written; `None` goes by the name of the output.
    pub format: Option<OutputFormat>,
    /// Whether what is there is overwritten.
    pub force: bool,
    /// How long the recording will be, where that is known: an MP4 keeps room for its index in front.
    pub expected_duration: Option<Duration>,
    /// How long the segments of a playlist are: they end at the first keyframe behind this much of the recording. A multiple of
    /// the keyframe interval makes all equally long.
    pub segment: Duration,
    /// What they are made of.
    pub segment_format: SegmentFormat,
    /// What the files in an output folder are called.
    pub names: Option<ServiceNames>,
    /// How a WAV file's samples are written.
    pub samples: wav::SampleFormat,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            format: None,
            force: false,
            expected_duration: None,
            segment: SEGMENT,
            segment_format: SegmentFormat::default(),
            names: None,
            samples: wav::SampleFormat::S16,
        }
    }
}

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// MP4: H.264 and AAC.
    Mp4,
    /// An HLS playlist and its segments: H.264 and AAC.
    Hls,
    /// A folder with an HLS playlist, called as a recorder's service calls it.
    HlsFolder,
    /// WebM: VP9 or AV1, and Opus.
    Webm,
    /// Matroska: what WebM takes, H.264 and AAC.
    Matroska,
    /// Uncompressed video.
    Y4m,
    /// Uncompressed video without any header.
    Raw,
    /// Uncompressed sound.
    Wav,
}

impl OutputFormat {
    /// By the name of an output: its ending, or a folder by being one or by a separator at its end; `-` is Y4M. `None` where the
    /// name says nothing that is known.
    #[must_use]
    pub fn of_name(output: &Path) -> Option<Self> {
        if output == Path::new("-") {
            return Some(Self::Y4m);
        }
        if output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Some(Self::HlsFolder);
        }
        match output.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "mp4" | "m4v" | "m4a" => Some(Self::Mp4),
            "m3u8" => Some(Self::Hls),
            "webm" => Some(Self::Webm),
            "mkv" => Some(Self::Matroska),
            "y4m" => Some(Self::Y4m),
            "yuv" => Some(Self::Raw),
            "wav" => Some(Self::Wav),
            _ => None,
        }
    }
}

/// Says that something was asked for that a format cannot hold.
fn unsupported(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, what)
}

/// Says that packets are not what they must be.
pub(crate) fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Makes the writer of `output`. The tracks' configs are known once their encoders gave a packet each.
///
/// A file is written beside its place, under `name.part.ending`, and moved there by [`Writer::finish`]; where that is never
/// called, it stays and plays. Playlists grow in their place. `-` is standard output, for [`OutputFormat::Y4m`] and
/// [`OutputFormat::Raw`] alone.
///
/// # Errors
/// Where the format cannot hold the tracks, where something is there already and [`WriteOptions::force`] is not set, or nothing
/// can be written there.
pub fn create(output: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Box<dyn Writer>, WriteError> {
    let refused = |source| WriteError { path: output.to_owned(), source };
    let format = options.format.or_else(|| OutputFormat::of_name(output)).ok_or_else(|| {
        refused(unsupported("its name ends in none of .mp4, .m3u8, .y4m, .yuv and .wav, and it is no folder"))
    })?;
    if tracks.video.is_none() && tracks.sound.is_none() {
        return Err(refused(unsupported("there is neither video nor sound")));
    }
    let left = Left::of(output);
    if !options.force && left.set_aside().exists() {
        return Err(medium::occupied(left.set_aside()));
    }
    Ok(match format {
        OutputFormat::Mp4 => Box::new(mp4::Mp4Writer::create(output, tracks, options)?),
        OutputFormat::Hls | OutputFormat::HlsFolder => Box::new(HlsWriter::create(output, tracks, options)?),
        OutputFormat::Webm => Box::new(webm::WebmWriter::create(output, webm::Kind::Webm, tracks, options)?),
        OutputFormat::Matroska => {
            Box::new(webm::WebmWriter::create(output, webm::Kind::Matroska, tracks, options)?)
        }
        OutputFormat::Y4m | OutputFormat::Raw => {
            let video = tracks.video.as_ref().ok_or_else(|| refused(unsupported("there is no video")))?;
            y4m::check(&video.config).map_err(refused)?;
            let (out, place) = open(output, options)?;
            match format {
                OutputFormat::Y4m => Box::new(y4m::CanvasWriter::y4m(out, place, video.format)?),
                _ => Box::new(y4m::CanvasWriter::raw(out, place)),
            }
        }
        OutputFormat::Wav => Box::new(pcm::PcmWriter::create(output, tracks, options)?),
    })
}

/// Standard output, or a file beside its place.
fn open(output: &Path, options: &WriteOptions) -> Result<(Box<dyn Write + Send>, Option<Place>), WriteError> {
    if output == Path::new("-") {
        return Ok((Box::new(io::stdout()), None));
    }
    let place = Place::new(output, options.force);
    let file: File = place.create()?;
    Ok((Box::new(BufWriter::new(file)), Some(place)))
}
