//! Opus, with the crate `opus-pure`; only this file knows it.
//!
//! Decoded at 48 kHz, whatever the encoder was given: that is what the times of containers count (RFC 7845, 4). What a
//! stream begins with and is not to be heard, its pre-skip, comes as [`Packet::trim`] from the container, which states
//! it too; were it taken from the identification header as well, it would be left out twice.

use opus_pure::OpusDecoder as Decoder;

use super::guard::guarded;
use super::trim::trimmed;
use super::{DecodeError, Sound, SoundDecoder};
use crate::media::{Packet, SoundTrack};

const CODEC: &str = "Opus";
const SAMPLE_RATE: u32 = 48_000;
/// A packet lasts at most 120 ms (RFC 6716, 3.2.5).
const MAX_PACKET_SAMPLES: usize = 5760;

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { codec: CODEC, problem: problem.into() }
}

/// What of the identification header counts here (RFC 7845, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    /// 1 or 2.
    channels: u16,
    /// In 1/256 dB.
    gain: i16,
}

impl Header {
    fn of(track: &SoundTrack) -> Result<Self, String> {
        let header = if track.config.is_empty() {
            Self { channels: track.channels, gain: 0 }
        } else {
            Self::parse(&track.config)?
        };
        if matches!(header.channels, 1 | 2) {
            Ok(header)
        } else {
            Err(format!("{} channels; 1 and 2 can be decoded", header.channels))
        }
    }

    fn parse(config: &[u8]) -> Result<Self, String> {
        let Some([b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', version, channels, rest @ ..]) =
            config.first_chunk::<19>()
        else {
            return Err("an identification header that is none, or cut off".to_owned());
        };
        let [_, _, _, _, _, _, gain_low, gain_high, family] = rest;
        if version >> 4 != 0 {
            return Err(format!("an identification header of version {version}; 0 to 15 are known"));
        }
        if *family != 0 {
            return Err(format!(
                "{channels} channels of mapping family {family}; family 0, mono and stereo, can be decoded"
            ));
        }
        Ok(Self { channels: u16::from(*channels), gain: i16::from_le_bytes([*gain_low, *gain_high]) })
    }
}

/// Tells whether a track can be decoded, by its config.
///
/// # Errors
/// What cannot be decoded.
pub(super) fn supports(track: &SoundTrack) -> Result<(), String> {
    Header::of(track).map(|_| ())
}

/// Decodes Opus of one or two channels.
pub(super) struct OpusDecoder {
    header: Header,
    decoder: Decoder,
    /// Room for the longest packet.
    samples: Vec<f32>,
}

impl OpusDecoder {
    /// A decoder of the packets of `track`.
    ///
    /// # Errors
    /// Where its config cannot be read, or asks for what cannot be decoded.
    pub fn new(track: &SoundTrack) -> Result<Self, DecodeError> {
        let header = Header::of(track).map_err(error)?;
        let samples = vec![0.0; MAX_PACKET_SAMPLES * usize::from(header.channels)];
        Ok(Self { header, decoder: decoder_of(header)?, samples })
    }
}

fn decoder_of(header: Header) -> Result<Decoder, DecodeError> {
    let mut decoder = Decoder::new(SAMPLE_RATE as i32, usize::from(header.channels))
        .map_err(|problem| error(problem.to_string()))?;
    decoder.gain_q8 = i32::from(header.gain);
    Ok(decoder)
}

impl SoundDecoder for OpusDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<Sound>, DecodeError> {
        // To the decoder an empty packet is a lost one, and it would make up its sound.
        if packet.data.is_empty() {
            return Ok(None);
        }
        let (decoder, samples) = (&mut self.decoder, &mut self.samples);
        let decoded = guarded(CODEC, || {
            decoder
                .decode(&packet.data, MAX_PACKET_SAMPLES, samples)
                .map_err(|problem| error(problem.to_string()))
        });
        if decoded.is_err() {
            self.reset();
        }
        let count = decoded? * usize::from(self.header.channels);
        let samples = self.samples.get(..count).unwrap_or(&self.samples).to_vec();
        Ok(trimmed(packet, SAMPLE_RATE, self.header.channels, samples))
    }

    fn reset(&mut self) {
        // The same header made a decoder before.
        if let Ok(decoder) = decoder_of(self.header) {
            self.decoder = decoder;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::SoundCodec;

    fn track(config: &[u8]) -> SoundTrack {
        SoundTrack {
            codec: SoundCodec::Opus,
            config: config.to_vec(),
            sample_rate: 48_000,
            channels: 2,
            span: None,
        }
    }

    #[test]
    fn headers_of_mono_and_stereo_are_taken_and_others_refused() {
        let header = |channels: u8, family: u8| {
            [b"OpusHead".as_slice(), &[1, channels, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0xFF, family]].concat()
        };
        assert_eq!(Header::of(&track(&header(1, 0))), Ok(Header { channels: 1, gain: -256 }));
        assert_eq!(Header::of(&track(&[])), Ok(Header { channels: 2, gain: 0 }));
        assert!(supports(&track(&header(6, 1))).is_err());
        assert!(supports(&track(&header(0, 0))).is_err());
        assert!(supports(&track(&header(2, 0)[..18])).is_err());
    }
}
