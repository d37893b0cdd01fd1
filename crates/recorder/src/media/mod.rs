//! What files hold: tracks, and their packets one by one, whatever the container.
//!
//! All times are counted from the file's zero: the earliest presentation time of its video and its sound, whatever number the
//! container gives that. Containers' clocks are converted exactly, each stamp for itself, so that nothing accumulates.

mod audio_config;
mod clock;
mod hls;
mod input;
mod matroska;
mod mp4;
mod packet_length;
mod ratio;
mod sniff;
mod started;
mod still;
mod survey;
mod ts;
mod wav;
pub mod y4m;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use polyptych::{ColorSpace, Matrix, Range, Rotation, Size, Timestamp};

pub(crate) use hls::Listed;
use input::Input;
pub(crate) use input::open_file;
pub use sniff::container;
pub use started::Started;
pub use survey::{Survey, survey};
use tempfile::TempPath;

/// What a file is, told by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// ISO base media, fragmented or not.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// MPEG transport stream.
    MpegTs,
    /// An HLS playlist and its segments.
    Hls,
    /// Uncompressed video.
    Y4m,
    /// Uncompressed sound.
    Wav,
    /// A still.
    Png,
    /// A still.
    Jpeg,
    /// One that only another program reads.
    Other,
}

/// How pictures are coded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264, its packets in the form that [`VideoTrack::config`] says.
    H264,
    /// H.265.
    Hevc,
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// AV1.
    Av1,
    /// Packed planes of 4:2:0, as Y4M holds them.
    I420,
    /// A whole PNG file.
    Png,
    /// A whole JPEG file.
    Jpeg,
    /// Another, by the name that the container gives it.
    Other(String),
}

impl VideoCodec {
    /// What its samples mean, where the codec leaves no choice: VP8's are BT.601 of limited range (RFC 6386, 9.2).
    #[must_use]
    pub const fn color(&self) -> Option<ColorSpace> {
        match self {
            Self::Vp8 => Some(ColorSpace { matrix: Matrix::Bt601, range: Range::Limited }),
            _ => None,
        }
    }
}

/// How sound is coded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SoundCodec {
    /// AAC, its packets raw access units; ADTS headers are taken off.
    Aac,
    /// Opus.
    Opus,
    /// Interleaved 16-bit little-endian samples.
    PcmS16,
    /// Interleaved 24-bit little-endian samples.
    PcmS24,
    /// Interleaved 32-bit little-endian samples.
    PcmS32,
    /// Interleaved 32-bit floating-point little-endian samples.
    PcmF32,
    /// Another, by the name that the container gives it.
    Other(String),
}

/// A video track.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoTrack {
    /// How its pictures are coded.
    pub codec: VideoCodec,
    /// What a decoder must know first. H.264: the `AVCDecoderConfigurationRecord`, and packets are lengths and NAL units; empty
    /// where packets are Annex B byte streams that carry their parameter sets. HEVC and AV1: the same for them. Otherwise empty.
    pub config: Vec<u8>,
    /// Of the pictures as the container states it, before rotation, where it does.
    pub size: Option<Size>,
    /// By how much pictures must be turned clockwise to stand upright.
    pub rotation: Rotation,
    /// Width over height of a pixel, before the rotation.
    pub pixel_aspect: Option<(i32, i32)>,
    /// The matrix, where the container states it.
    pub matrix: Option<Matrix>,
    /// The range, where the container states it.
    pub range: Option<Range>,
    /// From the first picture's time to the end of the last one, as far as it is known without reading all of the file.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl VideoTrack {
    /// A track of which nothing but the codec is known.
    #[must_use]
    pub const fn new(codec: VideoCodec) -> Self {
        Self {
            codec,
            config: Vec::new(),
            size: None,
            rotation: Rotation::None,
            pixel_aspect: None,
            matrix: None,
            range: None,
            span: None,
        }
    }
}

/// A sound track.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundTrack {
    /// How its sound is coded.
    pub codec: SoundCodec,
    /// AAC: the `AudioSpecificConfig`. Opus: the identification header (`OpusHead`), without which pre-skip is 312 samples.
    pub config: Vec<u8>,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// From the first sample's time to the end of the last one, as far as it is known without reading all of the file.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// What a file holds: of video and of sound the first track each, which is what recorders write.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// What the file is.
    pub container: Container,
    /// Its video.
    pub video: Option<VideoTrack>,
    /// Its sound.
    pub sound: Option<SoundTrack>,
    /// When its zero was by the clock on the wall: of a playlist what the name of its first segment says, else the date that it states
    /// for that (`EXT-X-PROGRAM-DATE-TIME`).
    pub began: Option<Started>,
    /// What is odd about the file and was dealt with, for people: a file that was cut off, a second video track.
    pub remarks: Vec<String>,
}

/// A piece of a track, as a decoder takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// When it is presented, from the file's zero; negative where what an edit list leaves out must be decoded first. Of
    /// sound, when its first sample is or would be, with what [`Packet::trim`] leaves out.
    pub at: Timestamp,
    /// How long it is presented, where the container says so.
    pub duration: Option<Duration>,
    /// Whether decoding may begin here.
    pub is_key: bool,
    /// Whether it is presented at all; what an edit list leaves out is decoded only.
    pub is_shown: bool,
    /// Samples a channel of its sound that are not presented, at the track's rate: at the front, at the back. Encoders'
    /// priming (with the pre-skip of Opus) and padding, and edits. May be more than the packet holds.
    pub trim: (u32, u32),
    /// The track's rotation and config from here on, where they changed.
    pub change: Option<Box<VideoTrack>>,
    /// What the codec made.
    pub data: Vec<u8>,
}

impl Packet {
    /// A packet at which decoding may begin, and which is presented whole.
    #[must_use]
    pub const fn new(at: Timestamp, data: Vec<u8>) -> Self {
        Self { at, duration: None, is_key: true, is_shown: true, trim: (0, 0), change: None, data }
    }
}

/// Which track of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// Its video.
    Video,
    /// Its sound.
    Sound,
}

/// Where the files may lie that a playlist names. Who sends a playlist is not to choose which files are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// In the playlist's folder and the folders in it, whatever `..` and symbolic links say.
    #[default]
    Folder,
    /// Anywhere on this machine.
    Machine,
}

impl Reach {
    /// Anywhere, where files outside the folder are allowed.
    #[must_use]
    pub fn allowing_outside(is_allowed: bool) -> Self {
        if is_allowed { Self::Machine } else { Self::Folder }
    }
}

/// Hands out the packets of one track, in decoding order. Every reader has its own handle of the file.
pub trait PacketReader: Send {
    /// The next packet; `None` at the end, also of a file that was cut off.
    ///
    /// # Errors
    /// Where what follows cannot be read. The reader may be asked again and then goes on where it can, or ends.
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError>;

    /// Goes to the last packet at which decoding may begin and after which everything presented from `at` on follows; to the
    /// first packet where there is no such.
    ///
    /// # Errors
    /// Where the file cannot be read.
    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError>;
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The system says why.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is of no kind that is known.
    #[error("{}: {found}; MP4, WebM, MKV, MPEG-TS, HLS, Y4M, WAV, PNG and JPEG can be read", path.display())]
    UnknownContainer {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like.
        found: String,
    },
    /// It is not what its container's rules ask for.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// It names files where it may not lead.
    #[error("{}: {what}", path.display())]
    Outside {
        /// The playlist.
        path: PathBuf,
        /// What it names, and where.
        what: String,
    },
    /// It holds what this reader or decoder cannot do.
    #[error("{}: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What, and what could.
        what: String,
    },
}

/// Finds out what a file holds; a playlist leads no further than `reach`.
///
/// # Errors
/// [`MediaError`] where it cannot be read, or is nothing that is known.
pub fn probe(path: &Path, reach: Reach) -> Result<Contents, MediaError> {
    match container(path)? {
        Container::Mp4 => mp4::probe(Input::open(path)?),
        Container::Matroska => matroska::probe(Input::open(path)?),
        Container::MpegTs => ts::probe(path),
        Container::Hls => hls::probe(path, reach),
        Container::Y4m => y4m::probe(path),
        Container::Wav => wav::probe(path),
        Container::Png | Container::Jpeg => still::probe(path),
        Container::Other => Err(sniff::foreign(path)),
    }
}

/// A reader of the packets of a file's track, from the first on; a playlist leads no further than `reach`.
///
/// # Errors
/// As [`probe`], and where there is no such track.
pub fn packets(path: &Path, reach: Reach, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    match container(path)? {
        Container::Mp4 => mp4::packets(Input::open(path)?, track),
        Container::Matroska => matroska::packets(Input::open(path)?, track),
        Container::MpegTs => ts::packets(path, track),
        Container::Hls => hls::packets(path, reach, track),
        Container::Y4m => y4m::packets(path, track),
        Container::Wav => wav::packets(path, track),
        Container::Png | Container::Jpeg => still::packets(path, track),
        Container::Other => Err(sniff::foreign(path)),
    }
}

/// The zero of a Matroska file, by the stamps that stand in it.
///
/// # Errors
/// As [`probe`].
pub(crate) fn matroska_origin(path: &Path) -> Result<Timestamp, MediaError> {
    matroska::origin(Input::open(path)?)
}

/// When a playlist began, as [`Contents::began`]. Its segments are not looked at.
///
/// # Errors
/// Where the file is no playlist, or names files outside its folder.
pub(crate) fn began(path: &Path) -> Result<Option<Started>, MediaError> {
    hls::began(path)
}

/// What a playlist lists.
///
/// # Errors
/// Where the file is no playlist, or one of playlists.
pub(crate) fn listed(path: &Path) -> Result<Listed, MediaError> {
    hls::listed(path)
}

/// What another program is given in a playlist's place: a playlist of what is read of it here, in a temporary file that is there
/// as long as one of its clones.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    pub(crate) file: Arc<TempPath>,
    /// Whether video and sound have playlists of their own; the file is of one of them.
    pub(crate) is_apart: bool,
}

/// What another program is given to read one of the tracks of a playlist; `None` where the file is no playlist.
///
/// # Errors
/// As [`probe`], but not where what the segments hold is not read here.
pub(crate) fn rewritten(
    path: &Path,
    reach: Reach,
    track: TrackKind,
) -> Result<Option<Rewritten>, MediaError> {
    match container(path) {
        Ok(Container::Hls) => hls::rewritten(path, reach, track).map(Some),
        Ok(_) | Err(MediaError::UnknownContainer { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The refusal of a track that a file does not have.
fn no_track(path: &Path, track: TrackKind) -> MediaError {
    let name = match track {
        TrackKind::Video => "video",
        TrackKind::Sound => "sound",
    };
    MediaError::Unsupported { path: path.to_owned(), what: format!("it holds no {name}") }
}
