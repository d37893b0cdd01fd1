//! Packets become pictures and sound.

use polyptych::{Frame, Timestamp};

use crate::media::{MediaError, Packet};

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
