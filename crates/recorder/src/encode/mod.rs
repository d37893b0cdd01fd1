//! Canvases and mixed sound become packets.

pub mod aac;
mod choose;
pub mod openh264;
mod packet_grid;
pub mod raw;

pub use choose::Encoders;
pub(crate) use packet_grid::PacketGrid;

use polyptych::{ColorSpace, FrameRate, FrameView, Size};

/// The video that is encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoFormat {
    /// Of the canvas.
    pub size: Size,
    /// Its ticks a second.
    pub fps: FrameRate,
    /// What its samples mean; written into the stream.
    pub color: ColorSpace,
}

/// How video is encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoSettings {
    /// In kbit/s; a target.
    pub bitrate_kbps: u32,
    /// Constant quality instead of a bitrate, where the encoder has such, in its own numbers.
    pub quality: Option<u32>,
    /// Frames from one keyframe to the next; every multiple of it is one.
    pub keyframe_interval: u32,
    /// The encoder's own name for how hard it tries, such as `veryfast`.
    pub preset: Option<String>,
    /// Threads that it may use.
    pub threads: usize,
}

/// The mixed sound: always 48,000 samples a second of two channels.
pub const SAMPLE_RATE: u32 = 48_000;

/// How the packets of a track are coded, as a container must state it.
#[derive(Clone, Debug, PartialEq)]
pub enum TrackConfig {
    /// H.264: sequence and picture parameter sets, without start codes; packets are NAL units, each with its length in four bytes.
    H264 {
        /// The one sequence parameter set.
        sps: Vec<u8>,
        /// The one picture parameter set.
        pps: Vec<u8>,
    },
    /// AAC-LC: the `AudioSpecificConfig`; packets are raw access units of 1,024 samples.
    Aac {
        /// The two or more bytes of it.
        config: Vec<u8>,
        /// Samples a channel at the front of the first packet that are the encoder's own and not to be heard.
        priming: u32,
    },
    /// VP9; packets are frames, or superframes with those that are not shown.
    Vp9 {
        /// The `VPCodecConfigurationRecord`, as MP4 states it; WebM does without.
        config: Vec<u8>,
    },
    /// AV1; packets are temporal units without delimiters.
    Av1 {
        /// The `AV1CodecConfigurationRecord`.
        config: Vec<u8>,
    },
    /// Opus of two channels at 48,000 Hz; packets as RFC 6716 has them.
    Opus {
        /// Samples a channel at the front of the first packet that are the encoder's own and not to be heard: the pre-skip.
        priming: u16,
    },
    /// Canvases as they are: packets are planes of I420, packed.
    I420,
    /// Sound as it is: packets are interleaved 32-bit floating-point little-endian samples.
    PcmF32,
}

impl TrackConfig {
    /// That of an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1) with one set of each kind, whose packets state lengths in
    /// four bytes; `None` where it is no such.
    pub(crate) fn of_avc_record(record: &[u8]) -> Option<Self> {
        let (head, rest) = record.split_first_chunk::<6>()?;
        if head[4] & 3 != 3 || head[5] & 31 != 1 {
            return None;
        }
        let (sps, rest) = with_length(rest)?;
        let (&count, rest) = rest.split_first()?;
        let (pps, _) = with_length(rest)?;
        (count == 1).then(|| Self::H264 { sps: sps.to_vec(), pps: pps.to_vec() })
    }
}

/// What has its length in two bytes before it, and what follows.
fn with_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

impl TrackConfig {
    /// Samples a channel at the front of the track that are the encoder's own; 0 for video.
    #[must_use]
    pub const fn priming(&self) -> u32 {
        match self {
            Self::Aac { priming, .. } => *priming,
            Self::Opus { priming } => *priming as u32,
            _ => 0,
        }
    }

    /// The same with so many more samples at the front that are not to be heard.
    pub(crate) fn with_more_priming(self, more: u32) -> Self {
        match self {
            Self::Aac { config, priming } => Self::Aac { config, priming: priming.saturating_add(more) },
            Self::Opus { priming } => {
                Self::Opus { priming: priming.saturating_add(u16::try_from(more).unwrap_or(u16::MAX)) }
            }
            other => other,
        }
    }

    /// Whether packets of both may be in one track: but for the priming, and for what WebM does not tell of VP9, they are the same.
    pub(crate) fn is_coded_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Aac { config, .. }, Self::Aac { config: other, .. }) => config == other,
            (Self::Opus { .. }, Self::Opus { .. }) | (Self::Vp9 { .. }, Self::Vp9 { .. }) => true,
            _ => self == other,
        }
    }
}

/// An encoded picture or piece of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodedPacket {
    /// When it is presented: video in ticks (frames), sound in samples of its track (the first packet's first sample is 0,
    /// priming included).
    pub pts: i64,
    /// When it is decoded, likewise; never above `pts`, and rising from packet to packet. B-frames make it negative at first.
    pub dts: i64,
    /// Ticks or samples that it lasts.
    pub duration: u32,
    /// Whether decoding may begin here.
    pub is_key: bool,
    /// What the encoder made.
    pub data: Vec<u8>,
}

/// Makes packets of canvases.
pub trait VideoEncoder: Send {
    /// Encodes the next canvas (I420 of the size that the encoder was made for) and adds the packets that are complete now.
    ///
    /// # Errors
    /// Where the encoder fails.
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError>;

    /// Adds what is still held back. Nothing may follow.
    ///
    /// # Errors
    /// Where the encoder fails.
    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError>;

    /// What a container must state; known once the first packet is out.
    fn config(&self) -> Option<TrackConfig>;

    /// Its name and version, for reports.
    fn name(&self) -> String;
}

/// Makes packets of mixed sound.
pub trait SoundEncoder: Send {
    /// Encodes interleaved stereo samples, any number of them, and adds the packets that are complete now.
    ///
    /// # Errors
    /// Where the encoder fails.
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError>;

    /// Adds what is still held back, padded with silence. Nothing may follow.
    ///
    /// # Errors
    /// Where the encoder fails.
    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError>;

    /// What a container must state.
    fn config(&self) -> TrackConfig;

    /// Its name and version, for reports.
    fn name(&self) -> String;
}

/// Why encoding cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("{encoder}: {problem}")]
pub struct EncodeError {
    /// The encoder.
    pub encoder: String,
    /// What it says.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_are_found_and_nothing_is_read_beyond_the_end() {
        let record = [1, 66, 0, 30, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68];
        let expected = TrackConfig::H264 { sps: vec![0x67, 1], pps: vec![0x68] };
        assert_eq!(TrackConfig::of_avc_record(&record), Some(expected));
        for len in 0..record.len() {
            assert_eq!(TrackConfig::of_avc_record(&record[..len]), None, "{len} bytes");
        }
    }
}
