//! AAC-LC, with the crate `rusty_aac`; only this file knows it.
//!
//! The crate decodes more of the family; HE-AAC is refused all the same, because nothing here could show that its sound
//! stands where it should: its decoders delay it by amounts that containers state in different ways.

use rusty_aac::config::{StreamConfig, aot, parse};
use rusty_aac::decode::Decoder;

use super::guard::guarded;
use super::trim::trimmed;
use super::{DecodeError, Sound, SoundDecoder};
use crate::media::{Packet, SoundTrack};

const CODEC: &str = "AAC";
const EFFICIENT: &str = "HE-AAC; AAC-LC can be decoded";

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { codec: CODEC, problem: problem.into() }
}

/// Tells whether a track can be decoded, by its config and by decoding its first packets: HE-AAC may show only there.
///
/// # Errors
/// What cannot be decoded.
pub(super) fn supports(track: &SoundTrack, packets: &[Packet]) -> Result<(), String> {
    let mut decoder = AacDecoder::new(track).map_err(|error| error.problem)?;
    for packet in packets {
        // Only what all packets share is asked here; one that is broken is told when it is its turn.
        let _ = decoder.decode(packet);
        if decoder.decoder.saw_sbr() {
            return Err(EFFICIENT.to_owned());
        }
    }
    Ok(())
}

fn config_of(track: &SoundTrack) -> Result<StreamConfig, DecodeError> {
    if track.config.is_empty() {
        if track.sample_rate == 0 {
            return Err(error("0 samples a second"));
        }
        let channels = u8::try_from(track.channels).unwrap_or(0);
        return Ok(StreamConfig::lc(
            aot::AAC_LC,
            track.sample_rate,
            if channels == 8 { 7 } else { channels },
        ));
    }
    let config = guarded(CODEC, || parse(&track.config).map_err(|problem| error(problem.to_string())))?;
    if config.sbr || config.ps {
        return Err(error(EFFICIENT));
    }
    if config.object_type != aot::AAC_LC {
        return Err(error(format!("object type {}; AAC-LC (2) can be decoded", config.object_type)));
    }
    Ok(config)
}

/// Decodes AAC-LC.
pub(super) struct AacDecoder {
    config: StreamConfig,
    decoder: Decoder,
}

impl AacDecoder {
    /// A decoder of the packets of `track`.
    ///
    /// # Errors
    /// Where its config cannot be read, or asks for what cannot be decoded.
    pub fn new(track: &SoundTrack) -> Result<Self, DecodeError> {
        let config = config_of(track)?;
        Ok(Self { decoder: decoder_of(&config)?, config })
    }
}

fn decoder_of(config: &StreamConfig) -> Result<Decoder, DecodeError> {
    guarded(CODEC, || {
        Decoder::with_stream_config(config.clone()).map_err(|problem| error(problem.to_string()))
    })
}

impl SoundDecoder for AacDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<Sound>, DecodeError> {
        let decoder = &mut self.decoder;
        let decoded = guarded(CODEC, || {
            decoder.decode(&packet.data, None).map_err(|problem| error(problem.to_string()))
        });
        if decoded.is_err() {
            self.reset();
        }
        let sound = decoded?;
        if self.decoder.saw_sbr() {
            return Err(error(EFFICIENT));
        }
        Ok(trimmed(packet, sound.sample_rate, sound.channels, sound.samples))
    }

    fn reset(&mut self) {
        // The same config made a decoder before.
        if let Ok(decoder) = decoder_of(&self.config) {
            self.decoder = decoder;
        }
    }
}

#[cfg(test)]
mod tests {
    use polyptych::Timestamp;

    use super::*;
    use crate::media::SoundCodec;

    fn track(config: &[u8]) -> SoundTrack {
        let config = config.to_vec();
        SoundTrack { codec: SoundCodec::Aac, config, sample_rate: 24_000, channels: 1, span: None }
    }

    /// Silence of one channel: a channel element without bands, perhaps a fill element with `extension`, and the end.
    fn silence(extension: Option<u8>) -> Packet {
        // Element 0 with tag 0, a gain, long blocks, no bands, neither pulses nor noise shaping nor gain control.
        let mut bits = format!("{:03b}{:04b}{:08b}{:04b}{:06b}{:04b}", 0, 0, 100, 0, 0, 0);
        if let Some(extension) = extension {
            bits += &format!("{:03b}{:04b}{extension:04b}{:028b}", 6, 4, 0);
        }
        bits += "111";
        bits += &"0".repeat(bits.len().next_multiple_of(8) - bits.len());
        let byte = |byte: &[u8]| byte.iter().fold(0, |value, bit| value << 1 | (bit - b'0'));
        let data = bits.as_bytes().chunks(8).map(byte).collect();
        Packet::new(Timestamp::ZERO, data)
    }

    #[test]
    fn sound_without_a_rate_is_refused() {
        let without = SoundTrack { sample_rate: 0, ..track(&[]) };
        assert_eq!(supports(&without, &[]), Err("0 samples a second".to_owned()));
        let stated = supports(&track(&[0x17, 0x80, 0, 0, 8]), &[]).expect_err("a rate of zero in its config");
        assert!(stated.contains("zero"), "{stated}");
    }

    #[test]
    fn he_aac_is_found_beforehand_however_it_is_signalled() {
        const PLAIN: [u8; 2] = [0x13, 0x08];
        assert_eq!(supports(&track(&PLAIN), &[silence(None), silence(Some(0))]), Ok(()));
        for (name, config, packets) in [
            ("object type 5", &[0x2b, 0x09, 0x88, 0x00][..], vec![]),
            ("object type 29", &[0xeb, 0x09, 0x88, 0x00], vec![]),
            ("the extension behind the config", &[0x13, 0x08, 0x56, 0xe5, 0x98], vec![]),
            ("packets alone", &PLAIN, vec![silence(None), silence(Some(13))]),
            ("packets alone, with a checksum", &PLAIN, vec![silence(Some(14))]),
        ] {
            assert_eq!(supports(&track(config), &packets), Err(EFFICIENT.to_owned()), "{name}");
        }
    }
}
