//! Sound encoders that the program brings: its own AAC, and Opus.

use std::fmt;

use super::encoding::Encoding;
use super::fragments::{Fragment, Track};
use super::program::Ffmpeg;
use crate::encode::{self, EncodeError, EncodedPacket, SAMPLE_RATE, TrackConfig};

/// Samples a channel that the AAC encoder puts before the first.
const AAC_PRIMING: u32 = 1024;
/// Likewise for libopus at 48,000 Hz: 6.5 ms (RFC 7845, 4.2).
const OPUS_PRIMING: u16 = 312;
/// AAC-LC, 48,000 Hz, two channels: the `AudioSpecificConfig` of ISO/IEC 14496-3, 1.6.2.1.
const AAC_CONFIG: [u8; 2] = [0x11, 0x90];
/// Samples that go to the program at once, so that bytes made of them stay few.
const BLOCK: usize = 4096;

/// A sound encoder within the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoundCoder {
    /// AAC-LC by FFmpeg's own encoder.
    Aac,
    /// Opus by libopus.
    Opus,
}

impl SoundCoder {
    /// What FFmpeg calls it, such as for [`Ffmpeg::has_encoder`].
    #[must_use]
    pub const fn ffmpeg_name(self) -> &'static str {
        match self {
            Self::Aac => "aac",
            Self::Opus => "libopus",
        }
    }

    fn config(self) -> TrackConfig {
        match self {
            Self::Aac => TrackConfig::Aac { config: AAC_CONFIG.to_vec(), priming: AAC_PRIMING },
            Self::Opus => TrackConfig::Opus { priming: OPUS_PRIMING },
        }
    }

    /// Whether the program's header says what [`SoundCoder::config`] does.
    fn agrees(self, track: &Track) -> bool {
        track.timescale == SAMPLE_RATE
            && match self {
                // ISO/IEC 14496-1, 7.2.6.7: tag 5, a length of one to four bytes, and the config, which may tell more behind.
                Self::Aac => {
                    let is_config = |behind_tag: &[u8]| {
                        (1..=4).any(|at| {
                            behind_tag.get(at..).is_some_and(|config| config.starts_with(&AAC_CONFIG))
                        })
                    };
                    let mut tags = track.config.iter().zip(1..).filter(|(byte, _)| **byte == 5);
                    let has_config =
                        tags.any(|(_, behind)| track.config.get(behind..).is_some_and(is_config));
                    track.begin == i64::from(AAC_PRIMING) && has_config
                }
                // Version, channels, pre-skip.
                Self::Opus => {
                    let [high, low] = OPUS_PRIMING.to_be_bytes();
                    track.config.starts_with(&[0, 2, high, low])
                }
            }
    }
}

impl fmt::Display for SoundCoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ffmpeg_name())
    }
}

/// Makes packets of mixed sound in a child process.
pub struct SoundEncoder {
    coder: SoundCoder,
    encoding: Encoding,
    is_checked: bool,
}

impl SoundEncoder {
    /// Starts the encoder.
    ///
    /// # Errors
    /// Where the program was built without the encoder or cannot be started.
    pub fn new(ffmpeg: &Ffmpeg, coder: SoundCoder, bitrate_kbps: u32) -> Result<Self, EncodeError> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let input = words(&format!("-f f32le -ar {SAMPLE_RATE} -ac 2"));
        let output = words(&format!("-b:a {bitrate_kbps}k"));
        let encoding = Encoding::start(ffmpeg, coder.ffmpeg_name(), &input, &output)?;
        Ok(Self { coder, encoding, is_checked: false })
    }

    fn packets(
        &mut self,
        fragments: Vec<Fragment>,
        packets: &mut Vec<EncodedPacket>,
    ) -> Result<(), EncodeError> {
        for fragment in fragments {
            if !std::mem::replace(&mut self.is_checked, true) {
                let track = self.encoding.track().cloned().unwrap_or_default();
                if !self.coder.agrees(&track) {
                    return Err(self.encoding.failed(format!("its header is not as expected: {track:?}")));
                }
            }
            let Fragment { pts, dts, duration, data, .. } = fragment;
            packets.push(EncodedPacket { pts, dts, duration, is_key: true, data });
        }
        Ok(())
    }
}

impl encode::SoundEncoder for SoundEncoder {
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        for block in samples.chunks(BLOCK) {
            let bytes: Vec<u8> = block.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let fragments = self.encoding.feed(|child| child.write(&bytes))?;
            self.packets(fragments, packets)?;
        }
        Ok(())
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let fragments = self.encoding.finish()?;
        self.packets(fragments, packets)
    }

    fn config(&self) -> TrackConfig {
        self.coder.config()
    }

    fn name(&self) -> String {
        self.encoding.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::SoundEncoder as _;
    use crate::ffmpeg::tests::programs;

    #[test]
    fn sound_comes_out_packet_behind_packet() {
        let Some(ffmpeg) = programs() else { return };
        for (coder, each) in [(SoundCoder::Aac, 1024), (SoundCoder::Opus, 960)] {
            if !ffmpeg.has_encoder(coder.ffmpeg_name()) {
                println!("skipped: ffmpeg has no {coder}");
                continue;
            }
            let mut encoder = SoundEncoder::new(&ffmpeg, coder, 128).expect("an encoder");
            let samples: Vec<f32> = (0..48_000).flat_map(|n| [(n as f32 * 0.05).sin() * 0.5; 2]).collect();
            let mut packets = Vec::new();
            for piece in samples.chunks(2 * 1600) {
                encoder.encode(piece, &mut packets).expect("sound");
            }
            encoder.finish(&mut packets).expect("the rest");
            let mut next = 0;
            for packet in &packets {
                assert_eq!((packet.pts, packet.dts, packet.is_key), (next, next, true), "{coder}");
                assert!(packet.duration <= each && !packet.data.is_empty(), "{coder}");
                next += i64::from(packet.duration);
            }
            assert!(packets.iter().rev().skip(1).all(|packet| packet.duration == each), "{coder}");
            let priming = match encoder.config() {
                TrackConfig::Aac { priming, .. } => i64::from(priming),
                TrackConfig::Opus { priming } => i64::from(priming),
                other => panic!("{other:?}"),
            };
            assert!(next >= 48_000 + priming, "{coder}: {next}");
        }
    }
}
