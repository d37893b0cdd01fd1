//! How much sound a packet holds, by what it is and not by what a container says of it.

use std::time::Duration;

use super::audio_config::AudioConfig;
use super::{SoundCodec, SoundTrack};

/// How many samples a channel a packet of so many bytes decodes to, at the track's rate; `None` where that is not known here. Of
/// its bytes, the first two are enough.
pub(super) fn samples_of(track: &SoundTrack, head: &[u8], bytes: u64) -> Option<u32> {
    let sample_bytes = match track.codec {
        SoundCodec::Aac => return AudioConfig::parse(&track.config).map(|config| config.frame_samples),
        SoundCodec::Opus => return opus_samples(head),
        SoundCodec::PcmS16 => 2,
        SoundCodec::PcmS24 => 3,
        SoundCodec::PcmS32 | SoundCodec::PcmF32 => 4,
        SoundCodec::Other(_) => return None,
    };
    u32::try_from(bytes / (sample_bytes * u64::from(track.channels.max(1)))).ok()
}

/// The length of an Opus packet, in samples at 48 kHz, by its first two bytes (RFC 6716, 3.1 and 3.2).
fn opus_samples(data: &[u8]) -> Option<u32> {
    let toc = *data.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config % 4)],
        config @ 12..=15 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*data.get(1)? & 0x3f),
    };
    Some(frame * count)
}

/// How long before a moment a decoder must begin so that what it gives from there on is right: Opus 80 ms (RFC 7845, 4.6), AAC two
/// packets at its lowest usual rates.
pub(super) fn preroll(codec: &SoundCodec) -> Duration {
    match codec {
        SoundCodec::Opus => Duration::from_millis(80),
        SoundCodec::Aac => Duration::from_millis(100),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_packets_tell_their_length() {
        for (data, samples) in [
            (&[0xfc][..], Some(960)),
            (&[0xfd], Some(1920)),
            (&[0x80], Some(120)),
            (&[0x18], Some(2880)),
            (&[0x68], Some(960)),
            (&[0xff, 6], Some(5760)),
            (&[0xff], None),
            (&[], None),
        ] {
            assert_eq!(opus_samples(data), samples, "{data:02x?}");
        }
    }
}
