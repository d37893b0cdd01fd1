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
