//! AAC-LC of the mixed sound, by the crate `syom`.
//!
//! An AAC frame is 1,024 samples, and every one needs the next to be complete (ISO/IEC 14496-3, 4.6.11): the first frame of a stream
//! comes out as the encoder's own, which players leave out because the container says so.

use syom::{EncodeOptions, Encoder};

use super::{EncodeError, EncodedPacket, SAMPLE_RATE, SoundEncoder, TrackConfig};

/// Samples that a frame lasts, which is a packet.
pub const PACKET_SAMPLES: i64 = 1024;
const FRAME: u32 = PACKET_SAMPLES as u32;

/// Samples at the front that are not to be heard: one frame. The tests measure it with FFmpeg's decoder and our own.
const PRIMING: u32 = FRAME;

/// Frames that an encoder of a later part of a recording is given before the part's first one; that many packets are left out
/// then, and the parts' packets follow each other as if one encoder had made them. Parts must begin at whole frames. The first
/// of these frames fills the overlap, the others let the choice of windows settle.
pub const LEAD_FRAMES: usize = 4;

/// Bitrates that can be asked for, in kbit/s for both channels. 576 is the most that AAC-LC can carry at 48,000 Hz.
pub const BITRATES_KBPS: std::ops::RangeInclusive<u32> = 16..=576;

/// An AAC-LC encoder for two channels at 48,000 Hz.
///
/// The bitrate is a mean over some seconds; silence takes less. Samples beyond full scale are cut, what is not a number is silence.
/// A decoder gives back the samples that went in from sample `priming` on, each where it was, and after the last one up to
/// 1,023 of silence.
pub struct AacEncoder {
    encoder: Encoder,
    /// The two channels of what is encoded now.
    planes: [Vec<f32>; 2],
    /// Samples that went out.
    sent: i64,
    is_begun: bool,
}

impl AacEncoder {
    /// An encoder for a bitrate within [`BITRATES_KBPS`].
    ///
    /// # Errors
    /// Where the bitrate is not within the range.
    pub fn new(bitrate_kbps: u32) -> Result<Self, EncodeError> {
        if !BITRATES_KBPS.contains(&bitrate_kbps) {
            let (least, most) = (BITRATES_KBPS.start(), BITRATES_KBPS.end());
            return Err(error(format_args!(
                "a bitrate of {bitrate_kbps} kbit/s; AAC takes {least} to {most}"
            )));
        }
        let options = EncodeOptions::raw().with_bitrate_bps(bitrate_kbps * 1000).with_lookahead(true);
        let encoder = Encoder::new(SAMPLE_RATE, 2, &options).map_err(error)?;
        Ok(Self { encoder, planes: Default::default(), sent: 0, is_begun: false })
    }
}

fn error(problem: impl std::fmt::Display) -> EncodeError {
    EncodeError { encoder: "AAC".to_owned(), problem: problem.to_string() }
}

/// An access unit as a packet, in its place.
fn packet(data: &[u8], sent: &mut i64) -> EncodedPacket {
    let pts = *sent;
    *sent += i64::from(FRAME);
    EncodedPacket { pts, dts: pts, duration: FRAME, is_key: true, data: data.to_vec() }
}

impl SoundEncoder for AacEncoder {
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let sane = |sample: f32| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
        self.planes.iter_mut().for_each(Vec::clear);
        for frame in samples.chunks_exact(2) {
            self.planes[0].push(sane(frame[0]));
            self.planes[1].push(sane(frame[1]));
        }
        self.is_begun |= !self.planes[0].is_empty();
        let planes = [&self.planes[0][..], &self.planes[1][..]];
        let sent = &mut self.sent;
        let fed = self.encoder.feed(&planes, |frame| {
            packets.push(packet(frame.au, sent));
            Ok(())
        });
        fed.map(|_| ()).map_err(error)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        if !self.is_begun {
            return Ok(());
        }
        let sent = &mut self.sent;
        let finished = self.encoder.finish(|frame| {
            packets.push(packet(frame.au, sent));
            Ok(())
        });
        finished.map(|_| ()).map_err(error)
    }

    fn config(&self) -> TrackConfig {
        TrackConfig::Aac { config: self.encoder.asc().to_vec(), priming: PRIMING }
    }

    fn name(&self) -> String {
        "syom 0.9.0 (AAC-LC)".to_owned()
    }
}

#[cfg(test)]
#[path = "aac_tests.rs"]
mod tests;
