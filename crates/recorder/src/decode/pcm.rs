//! PCM: samples as they are.

use super::trim::trimmed;
use super::{DecodeError, Sound, SoundDecoder};
use crate::media::{Packet, SoundCodec, SoundTrack};

/// Makes floating-point samples of all others.
pub(super) struct PcmDecoder {
    sample_bytes: usize,
    to_float: fn(&[u8]) -> f32,
    sample_rate: u32,
    channels: u16,
}

impl PcmDecoder {
    /// For the four PCM codecs.
    ///
    /// # Errors
    /// Where the track is of another codec, or states no rate or no channels.
    pub fn new(track: &SoundTrack) -> Result<Self, DecodeError> {
        let error = |problem: String| DecodeError { codec: "PCM", problem };
        let (sample_bytes, to_float): (usize, fn(&[u8]) -> f32) = match track.codec {
            SoundCodec::PcmS16 => (2, from_s16),
            SoundCodec::PcmS24 => (3, from_s24),
            SoundCodec::PcmS32 => (4, from_s32),
            SoundCodec::PcmF32 => (4, from_f32),
            ref other => return Err(error(format!("{other:?} is none"))),
        };
        let SoundTrack { sample_rate, channels, .. } = *track;
        if sample_rate == 0 || channels == 0 {
            return Err(error(format!("{sample_rate} samples a second of {channels} channels")));
        }
        Ok(Self { sample_bytes, to_float, sample_rate, channels })
    }
}

impl SoundDecoder for PcmDecoder {
    fn decode(&mut self, packet: &Packet) -> Result<Option<Sound>, DecodeError> {
        let block_bytes = self.sample_bytes * usize::from(self.channels);
        let whole = packet.data.len() - packet.data.len() % block_bytes;
        let bytes = packet.data.get(..whole).unwrap_or_default();
        let samples = bytes.chunks_exact(self.sample_bytes).map(self.to_float).collect();
        Ok(trimmed(packet, self.sample_rate, self.channels, samples))
    }

    fn reset(&mut self) {}
}

fn from_s16(bytes: &[u8]) -> f32 {
    bytes.first_chunk().map_or(0.0, |bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0)
}

fn from_s24(bytes: &[u8]) -> f32 {
    // 24 bits fit into the mantissa: nothing is rounded.
    bytes.first_chunk().map_or(0.0, |&[low, middle, high]| {
        (i32::from_le_bytes([0, low, middle, high]) >> 8) as f32 / 8_388_608.0
    })
}

fn from_s32(bytes: &[u8]) -> f32 {
    bytes.first_chunk().map_or(0.0, |bytes| (f64::from(i32::from_le_bytes(*bytes)) / 2_147_483_648.0) as f32)
}

/// What is no number is silence: one of them would silence all that is mixed with it.
fn from_f32(bytes: &[u8]) -> f32 {
    let sample = bytes.first_chunk().map_or(0.0, |bytes| f32::from_le_bytes(*bytes));
    if sample.is_finite() { sample } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use polyptych::Timestamp;

    use super::*;

    fn decode(codec: SoundCodec, trim: (u32, u32), data: Vec<u8>) -> Option<Sound> {
        let track = SoundTrack { codec, config: Vec::new(), sample_rate: 1_000, channels: 2, span: None };
        let at = Timestamp::from_millis(-1);
        let packet = Packet { at, duration: None, is_key: true, is_shown: true, trim, change: None, data };
        PcmDecoder::new(&track).expect("a decoder").decode(&packet).expect("decoded")
    }

    #[test]
    fn full_scale_is_one_in_every_form() {
        let s16 = [i16::MIN, 16_384].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let s24 = vec![0, 0, 0x80, 0, 0, 0x40];
        let s32 = [i32::MIN, 1 << 30].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let f32 = [-1.0_f32, 0.5].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        for (codec, data) in [
            (SoundCodec::PcmS16, s16),
            (SoundCodec::PcmS24, s24),
            (SoundCodec::PcmS32, s32),
            (SoundCodec::PcmF32, f32),
        ] {
            assert_eq!(decode(codec, (0, 0), data).expect("sound").samples, [-1.0, 0.5]);
        }
        let odd = [f32::NAN, f32::INFINITY].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        assert_eq!(decode(SoundCodec::PcmF32, (0, 0), odd).expect("sound").samples, [0.0, 0.0]);
    }

    #[test]
    fn trimmed_samples_move_the_time_and_a_cut_one_is_left_out() {
        let data: Vec<u8> = (0..6_i16).flat_map(|sample| (sample << 8).to_le_bytes()).chain([1, 2]).collect();
        let sound = decode(SoundCodec::PcmS16, (1, 1), data.clone()).expect("sound");
        assert_eq!((sound.at, sound.samples), (Timestamp::ZERO, vec![2.0 / 128.0, 3.0 / 128.0]));
        assert_eq!(decode(SoundCodec::PcmS16, (2, u32::MAX), data.clone()), None);
        assert_eq!(decode(SoundCodec::PcmS16, (u32::MAX, 1), data), None);
    }
}
