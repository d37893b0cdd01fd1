//! Packets become pictures and sound.
//!
//! [`Decoders`] decides who reads a file, once, and [`MediaFile`] keeps what was found; [`DecodedVideo`] and [`DecodedSound`] read one with those that are built in,
//! each of which is a third-party crate behind [`VideoDecoder`] or [`SoundDecoder`]. They are young: what they cannot
//! do is found by [`supports_video`] and [`supports_sound`] before a render begins, and their panics are errors.

mod aac;
mod bits;
mod file;
mod guard;
mod h264;
mod i420;
mod look;
mod open;
mod open_media;
mod opus;
mod pcm;
mod sound_source;
pub(crate) mod still;
mod trim;
mod video_source;
mod vp8;
mod vp9;

use polyptych::{Frame, Timestamp};

pub use file::{Files, MediaFile};
pub(crate) use guard::panic_text;
pub(crate) use h264::AvcSample;
pub use open::{Backend, Choice, Decoders};
pub use open_media::OpenMedia;
pub use sound_source::DecodedSound;
pub use video_source::DecodedVideo;

use crate::media::{MediaError, Packet, SoundCodec, SoundTrack, VideoCodec, VideoTrack};

/// A decoded picture.
#[derive(Clone)]
pub struct Picture {
    /// When it is presented, from the file's zero.
    pub at: Timestamp,
    /// Its planes, rotation, pixel aspect, matrix and range.
    pub frame: Frame,
}

/// Decoded sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// When its first sample is presented, from the file's zero, as the container says.
    pub at: Timestamp,
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Interleaved samples, nominally within `-1.0..=1.0`.
    pub samples: Vec<f32>,
}

/// Makes pictures of packets.
pub trait VideoDecoder: Send {
    /// Takes a packet and adds the pictures that are complete now, in the order of presentation.
    ///
    /// # Errors
    /// Where the packet cannot be decoded. The decoder may be given the next one with [`Packet::is_key`].
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError>;

    /// Adds the pictures that are still held back; afterwards a packet with [`Packet::is_key`] may follow.
    ///
    /// # Errors
    /// Where they cannot be decoded.
    fn flush(&mut self, pictures: &mut Vec<Picture>) -> Result<(), DecodeError>;
}

/// Makes sound of packets.
pub trait SoundDecoder: Send {
    /// Takes a packet and gives its sound, trimmed; `None` where nothing of it is presented.
    ///
    /// # Errors
    /// Where the packet cannot be decoded; the next one may be given.
    fn decode(&mut self, packet: &Packet) -> Result<Option<Sound>, DecodeError>;

    /// Forgets what came before, for a packet that does not follow the last one.
    fn reset(&mut self);
}

/// Why a packet cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("{codec}: {problem}")]
pub struct DecodeError {
    /// The codec.
    pub codec: &'static str,
    /// What is wrong.
    pub problem: String,
}

/// The pictures of a file, in the order of presentation.
pub trait VideoSource: Send {
    /// The next picture; `None` at the end.
    ///
    /// # Errors
    /// Where what follows cannot be read or decoded. The source may be asked again and then goes on behind it, or ends.
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError>;

    /// Goes to where the picture that is presented at `at` comes next, or an earlier one.
    ///
    /// # Errors
    /// Where the file cannot be read.
    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError>;
}

/// The sound of a file, in the order of presentation.
pub trait SoundSource: Send {
    /// The next piece of sound; `None` at the end.
    ///
    /// # Errors
    /// As [`VideoSource::next_picture`].
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError>;
}

/// What a [`DecodedVideo`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pictures that were decoded and can be presented.
    pub decoded: u64,
    /// Packets that could not be decoded. Each was an error of the source.
    pub broken: u64,
    /// Packets that were left out because no keyframe came before them: at the beginning, and behind a broken one.
    pub skipped: u64,
    /// Pictures that came behind a later one and were left out.
    pub late: u64,
}

/// The built-in decoder of a track.
///
/// # Errors
/// Where there is none for its codec, or its config asks for what the decoder cannot do.
pub fn video_decoder(track: &VideoTrack) -> Result<Box<dyn VideoDecoder>, DecodeError> {
    match &track.codec {
        VideoCodec::H264 => Ok(Box::new(h264::H264Decoder::new(track)?)),
        VideoCodec::Vp8 => Ok(Box::new(vp8::Vp8Decoder::new(track))),
        VideoCodec::Vp9 => Ok(Box::new(vp9::Vp9Decoder::new(track))),
        VideoCodec::I420 => Ok(Box::new(i420::I420Decoder::new(track)?)),
        VideoCodec::Png | VideoCodec::Jpeg => Ok(Box::new(still::StillDecoder::new(track))),
        other => Err(no_decoder("video", &format!("{other:?}"))),
    }
}

/// The built-in decoder of a track.
///
/// # Errors
/// As [`video_decoder`].
pub fn sound_decoder(track: &SoundTrack) -> Result<Box<dyn SoundDecoder>, DecodeError> {
    match &track.codec {
        SoundCodec::Aac => Ok(Box::new(aac::AacDecoder::new(track)?)),
        SoundCodec::Opus => Ok(Box::new(opus::OpusDecoder::new(track)?)),
        SoundCodec::PcmS16 | SoundCodec::PcmS24 | SoundCodec::PcmS32 | SoundCodec::PcmF32 => {
            Ok(Box::new(pcm::PcmDecoder::new(track)?))
        }
        other => Err(no_decoder("sound", &format!("{other:?}"))),
    }
}

fn no_decoder(codec: &'static str, name: &str) -> DecodeError {
    DecodeError { codec, problem: format!("no decoder for {name} is built in") }
}

/// Tells whether the built-in decoders can decode a track, by its config and its first `packets`.
///
/// What a later packet asks for and cannot be had is an error of its own, at that packet.
///
/// # Errors
/// What cannot be decoded, for people.
pub fn supports_video(track: &VideoTrack, packets: &[Packet]) -> Result<(), String> {
    match &track.codec {
        VideoCodec::H264 => h264::supports(track, packets).map_err(|reason| format!("H.264: {reason}")),
        VideoCodec::Vp8 => vp8::supports(packets).map_err(|reason| format!("VP8: {reason}")),
        VideoCodec::Vp9 => vp9::supports(packets).map_err(|reason| format!("VP9: {reason}")),
        _ => video_decoder(track).map(|_| ()).map_err(|error| error.to_string()),
    }
}

/// Tells whether the built-in decoders can decode a track, by its config and its first `packets`.
///
/// # Errors
/// As [`supports_video`].
pub fn supports_sound(track: &SoundTrack, packets: &[Packet]) -> Result<(), String> {
    match &track.codec {
        SoundCodec::Aac => aac::supports(track, packets).map_err(|reason| format!("AAC: {reason}")),
        SoundCodec::Opus => opus::supports(track).map_err(|reason| format!("Opus: {reason}")),
        _ => sound_decoder(track).map(|_| ()).map_err(|error| error.to_string()),
    }
}
