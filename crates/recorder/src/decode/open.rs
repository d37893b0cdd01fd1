//! Decides who decodes a file.

use std::path::Path;

use super::{
    DecodedSound, DecodedVideo, SoundSource, VideoSource, sound_decoder, supports_sound, supports_video,
    video_decoder,
};
use crate::media::{self, MediaError, Packet, SoundTrack, TrackKind, VideoTrack};

/// Who decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The program `ffmpeg` for video where it is on the machine, since it is faster; for sound, and without it, the built-in
    /// decoders where they can do the track, and `ffmpeg` where they cannot.
    #[default]
    Auto,
    /// The built-in decoders only.
    Embedded,
    /// The program `ffmpeg` only.
    Ffmpeg,
}

/// The packets by which a track is judged: a second or more of most videos, and a keyframe with its parameter sets.
const FIRST_PACKETS: usize = 60;
/// And no more of them than these take.
const FIRST_BYTES: usize = 16 << 20;

/// The video of a file, decoded by the built-in decoders.
///
/// # Errors
/// Where the file cannot be read, has no video, or has one that the built-in decoders cannot decode.
pub fn embedded_video(path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
    let unsupported = |what: String| MediaError::Unsupported { path: path.to_owned(), what };
    let track = media::probe(path)?.video.ok_or_else(|| unsupported("it holds no video".to_owned()))?;
    supports_video(&track, &first_packets(path, TrackKind::Video)?).map_err(unsupported)?;
    let decoder = video_decoder(&track).map_err(|error| unsupported(error.to_string()))?;
    Ok(Box::new(DecodedVideo::new(path, media::packets(path, TrackKind::Video)?, decoder)))
}

/// The sound of a file, decoded by the built-in decoders.
///
/// # Errors
/// Where the file cannot be read, has no sound, or has one that the built-in decoders cannot decode.
pub fn embedded_sound(path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
    let unsupported = |what: String| MediaError::Unsupported { path: path.to_owned(), what };
    let track = media::probe(path)?.sound.ok_or_else(|| unsupported("it holds no sound".to_owned()))?;
    supports_sound(&track, &first_packets(path, TrackKind::Sound)?).map_err(unsupported)?;
    let decoder = sound_decoder(&track).map_err(|error| unsupported(error.to_string()))?;
    Ok(Box::new(DecodedSound::new(path, media::packets(path, TrackKind::Sound)?, decoder)))
}

/// Whether the built-in decoders can decode a file's video.
///
/// # Errors
/// Where they cannot, with the reason.
pub(super) fn can_decode_video(path: &Path, track: &VideoTrack) -> Result<(), MediaError> {
    let packets = first_packets(path, TrackKind::Video)?;
    supports_video(track, &packets).map_err(|what| MediaError::Unsupported { path: path.to_owned(), what })
}

/// Whether the built-in decoders can decode a file's sound.
///
/// # Errors
/// Where they cannot, with the reason.
pub(super) fn can_decode_sound(path: &Path, track: &SoundTrack) -> Result<(), MediaError> {
    let packets = first_packets(path, TrackKind::Sound)?;
    supports_sound(track, &packets).map_err(|what| MediaError::Unsupported { path: path.to_owned(), what })
}

/// What cannot be read among them is told when it is its turn.
fn first_packets(path: &Path, kind: TrackKind) -> Result<Vec<Packet>, MediaError> {
    let mut reader = media::packets(path, kind)?;
    let (mut packets, mut bytes) = (Vec::new(), 0);
    while packets.len() < FIRST_PACKETS && bytes < FIRST_BYTES {
        let Ok(Some(packet)) = reader.next_packet() else { break };
        bytes += packet.data.len();
        packets.push(packet);
    }
    Ok(packets)
}
