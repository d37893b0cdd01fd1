//! Canvases and sound handed on as they are, for files without a codec and for other encoders.

use polyptych::{FrameView, PixelFormat};

use super::{EncodeError, EncodedPacket, SoundEncoder, TrackConfig, VideoEncoder, VideoFormat};

/// The bytes of a sample.
const SAMPLE_BYTES: usize = size_of::<f32>();
/// The channels of the mixed sound.
const CHANNELS: usize = 2;

/// Makes a packet of every canvas: its planes, packed.
#[derive(Clone, Debug)]
pub struct RawVideo {
    format: VideoFormat,
    next_tick: i64,
}

impl RawVideo {
    /// For canvases of this format.
    #[must_use]
    pub const fn new(format: VideoFormat) -> Self {
        Self { format, next_tick: 0 }
    }
}

impl VideoEncoder for RawVideo {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        if canvas.format() != PixelFormat::I420 || canvas.size() != self.format.size {
            return Err(EncodeError {
                encoder: self.name(),
                problem: format!(
                    "a canvas of {:?} and {:?}; I420 and {:?} were announced",
                    canvas.format(),
                    canvas.size(),
                    self.format.size
                ),
            });
        }
        let mut data = Vec::with_capacity(PixelFormat::I420.packed_bytes(canvas.size()));
        for plane in [0, 1, 2].map(|index| canvas.plane(index)) {
            for y in 0..plane.shape().rows {
                data.extend_from_slice(plane.row(y));
            }
        }
        let tick = self.next_tick;
        self.next_tick = tick.saturating_add(1);
        packets.push(EncodedPacket { pts: tick, dts: tick, duration: 1, is_key: true, data });
        Ok(())
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> Option<TrackConfig> {
        Some(TrackConfig::I420)
    }

    fn name(&self) -> String {
        "uncompressed".to_owned()
    }
}

/// Makes a packet of every piece of sound: its samples.
#[derive(Clone, Debug, Default)]
pub struct RawSound {
    next_sample: i64,
}

impl SoundEncoder for RawSound {
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let count = samples.len() / CHANNELS;
        let duration = u32::try_from(count).map_err(|_| EncodeError {
            encoder: self.name(),
            problem: format!("{count} samples at once; less than 2³² can be taken"),
        })?;
        let data = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let at = self.next_sample;
        self.next_sample = at.saturating_add(i64::from(duration));
        packets.push(EncodedPacket { pts: at, dts: at, duration, is_key: true, data });
        Ok(())
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> TrackConfig {
        TrackConfig::PcmF32
    }

    fn name(&self) -> String {
        "uncompressed".to_owned()
    }
}

/// The samples of a packet of [`RawSound`].
pub(crate) fn samples(data: &[u8], samples: &mut Vec<f32>) {
    samples.clear();
    let (whole, _) = data.as_chunks::<SAMPLE_BYTES>();
    samples.extend(whole.iter().map(|&bytes| f32::from_le_bytes(bytes)));
}
