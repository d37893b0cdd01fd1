//! H.264 without another program on the machine: Cisco's OpenH264, which cargo compiles.
//!
//! It makes the constrained baseline profile: no B-frames, so a packet's times are equal, and every canvas gives one packet at
//! once. What was set, and why:
//!
//! - No scene change makes a keyframe of its own: keyframes are forced, one at every multiple of the interval, so that segments
//!   and fragments can be cut there.
//! - It may refuse pictures, without which it warns on stderr that it cannot hold the bitrate; then it is asked again until it takes
//!   them, so that none is left out. Measured at 360p: one picture in ten at 150 kbit/s, for 9 % more bits and 0.9 dB; none in a
//!   hundred at 500.
//! - No detection of backgrounds, which costs 0.1 dB.
//! - Camera content in real time: screen content would switch off what smooths faces, and what it adds, long-term references to
//!   scenes seen before, is rare in a mixed recording.
//! - One slice a picture. OpenH264 works on several threads only across slices, which cost quality at their edges: it runs on one.
//! - Colours are written into the stream (ITU-T H.264, annex E).
//!
//! Pictures of 4:2:0 have even sides in H.264, cropped or not (ITU-T H.264, 7.4.2.1.1: `CropUnitX` is 2). An odd canvas is coded
//! with its last column or row repeated once.

use openh264::encoder::{
    BitRate, Complexity, EncodedBitStream, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod,
    QpRange, RateControlMode, SpsPpsStrategy, UsageType, VuiConfig,
};
use openh264::formats::YUVSource;
use openh264::{OpenH264API, Timestamp};
use polyptych::{FrameView, Matrix, PixelFormat, Range, Size};

use super::{EncodeError, EncodedPacket, TrackConfig, VideoEncoder, VideoFormat, VideoSettings};

/// The longer and the shorter side that OpenH264 takes at most.
const MAX_SIDES: (u32, u32) = (3840, 2160);
/// The highest bitrate that can be asked for: level 5.2 allows no more (ITU-T H.264, table A-1).
const MAX_BITRATE_KBPS: u32 = 240_000;
/// The coarsest quantiser (ITU-T H.264, 7.4.3).
const MAX_QUANTISER: u32 = 51;
/// How often a picture may be refused before it is an error. It is about as often as it has times the bits that the bitrate allows
/// for it: at a bitrate of [`MIN_RATE`] and three bits a pixel, 3000 times.
const MAX_REFUSALS: u32 = 10_000;
/// The lowest bitrate that OpenH264 is told, in pixels a bit: with a lower one it would refuse too often, and not make fewer bits.
const MIN_RATE: u64 = 1000;
/// The same where the quantiser is constant, and a bitrate means nothing.
const MIN_RATE_OF_QUANTISER: u64 = 10;
/// ITU-T H.264, 7.3.1 and table 7-1.
const NAL_TYPE_MASK: u8 = 0x1f;
const NAL_TYPE_SPS: u8 = 7;
const NAL_TYPE_PPS: u8 = 8;

/// OpenH264 behind [`VideoEncoder`].
pub struct OpenH264Encoder {
    encoder: Encoder,
    format: VideoFormat,
    keyframe_interval: u32,
    canvas: EvenCanvas,
    config: Option<TrackConfig>,
    frame_index: u32,
}

impl OpenH264Encoder {
    /// Makes an encoder. [`VideoSettings::quality`] is a constant quantiser, 0 (best) to 51; [`VideoSettings::preset`] is `low`,
    /// `medium` or `high`, how much is searched, `medium` where it is not said.
    ///
    /// # Errors
    /// Where the canvas is larger than 3840×2160, upright or not, or a setting is none of the above.
    pub fn new(format: VideoFormat, settings: &VideoSettings) -> Result<Self, EncodeError> {
        let canvas = EvenCanvas::new(format.size);
        let size = canvas.size;
        let (longer, shorter) = (size.width().max(size.height()), size.width().min(size.height()));
        if longer > MAX_SIDES.0 || shorter > MAX_SIDES.1 {
            return Err(error(format!(
                "a canvas of {}×{}; at most {}×{} can be encoded",
                format.size.width(),
                format.size.height(),
                MAX_SIDES.0,
                MAX_SIDES.1
            )));
        }
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), encoder_config(format, settings)?)
            .map_err(|source| error(source.to_string()))?;
        Ok(Self {
            encoder,
            format,
            keyframe_interval: settings.keyframe_interval.max(1),
            canvas,
            config: None,
            frame_index: 0,
        })
    }

    /// When the next canvas is shown, which the rate control wants to know; the highest number that it takes where it is above.
    fn millis(&self) -> u64 {
        let fps = self.format.fps;
        let millis = u128::from(self.frame_index) * u128::from(fps.den()) * 1_000 / u128::from(fps.num());
        i64::try_from(millis).unwrap_or(i64::MAX).unsigned_abs()
    }
}

impl VideoEncoder for OpenH264Encoder {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        if canvas.format() != PixelFormat::I420 || canvas.size() != self.format.size {
            return Err(error(format!(
                "a canvas of {:?} and {}×{}; I420 and {}×{} were announced",
                canvas.format(),
                canvas.size().width(),
                canvas.size().height(),
                self.format.size.width(),
                self.format.size.height()
            )));
        }
        let is_key = self.frame_index.is_multiple_of(self.keyframe_interval);
        // The first picture is a keyframe anyway, and nothing can be forced before it.
        if is_key && self.frame_index > 0 {
            self.encoder.force_intra_frame();
        }
        let at = Timestamp::from_millis(self.millis());
        self.canvas.fill(canvas);
        // Where it would rather leave a picture out, it is asked again: each refusal counts as a picture's bits saved.
        let mut refusals = 0;
        let (frame_type, data, config) = loop {
            let encoded =
                self.encoder.encode_at(&self.canvas, at).map_err(|source| error(source.to_string()))?;
            let frame_type = encoded.frame_type();
            if frame_type != FrameType::Skip {
                let (data, config) = split(&encoded, self.frame_index)?;
                break (frame_type, data, config);
            }
            refusals += 1;
            if refusals == MAX_REFUSALS {
                return Err(error(format!("picture {} was left out {refusals} times", self.frame_index)));
            }
        };
        if (frame_type == FrameType::IDR) != is_key {
            return Err(error(format!("picture {} is of type {frame_type:?}", self.frame_index)));
        }
        match (&self.config, config) {
            (None, None) => return Err(error("the first picture came without parameter sets".to_owned())),
            (Some(known), Some(now)) if *known != now => {
                return Err(error(format!("other parameter sets at picture {}", self.frame_index)));
            }
            (None, Some(now)) => self.config = Some(now),
            _ => {}
        }
        let pts = i64::from(self.frame_index);
        self.frame_index = self
            .frame_index
            .checked_add(1)
            .ok_or_else(|| error("more than 4,294,967,295 pictures".to_owned()))?;
        packets.push(EncodedPacket { pts, dts: pts, duration: 1, is_key, data });
        Ok(())
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> Option<TrackConfig> {
        self.config.clone()
    }

    fn name(&self) -> String {
        "openh264 2.7.0".to_owned()
    }
}

fn encoder_config(format: VideoFormat, settings: &VideoSettings) -> Result<EncoderConfig, EncodeError> {
    let complexity = match settings.preset.as_deref() {
        Some("low") => Complexity::Low,
        None | Some("medium") => Complexity::Medium,
        Some("high") => Complexity::High,
        Some(other) => return Err(error(format!("a preset `{other}`; there are low, medium and high"))),
    };
    if !(1..=MAX_BITRATE_KBPS).contains(&settings.bitrate_kbps) {
        return Err(error(format!(
            "a bitrate of {} kbit/s; 1 to {MAX_BITRATE_KBPS} can be had",
            settings.bitrate_kbps
        )));
    }
    let vui = match format.color.matrix {
        Matrix::Bt709 => VuiConfig::bt709(),
        Matrix::Bt601 => VuiConfig::bt601(),
    };
    let config = EncoderConfig::new()
        .bitrate(BitRate::from_bps(target_bps(format, settings)))
        .max_frame_rate(FrameRate::from_hz(format.fps.num() as f32 / format.fps.den() as f32))
        .skip_frames(true)
        .background_detection(false)
        .scene_change_detect(false)
        .intra_frame_period(IntraFramePeriod::auto())
        .sps_pps_strategy(SpsPpsStrategy::ConstantId)
        .usage_type(UsageType::CameraVideoRealTime)
        .complexity(complexity)
        .num_threads(1)
        .vui(vui.full_range(format.color.range == Range::Full));
    Ok(match settings.quality {
        None => config.rate_control_mode(RateControlMode::Quality),
        Some(quantiser) if quantiser <= MAX_QUANTISER => {
            let quantiser = quantiser as u8;
            config.rate_control_mode(RateControlMode::Quality).qp(QpRange::new(quantiser, quantiser))
        }
        Some(other) => return Err(error(format!("a quality of {other}; 0 to {MAX_QUANTISER} can be had"))),
    })
}

/// The bitrate that OpenH264 is told, in bits a second.
fn target_bps(format: VideoFormat, settings: &VideoSettings) -> u32 {
    let pixels = u64::from(format.size.width()) * u64::from(format.size.height());
    let pixels_a_second = u128::from(pixels) * u128::from(format.fps.num()) / u128::from(format.fps.den());
    let pixels_a_bit = if settings.quality.is_some() { MIN_RATE_OF_QUANTISER } else { MIN_RATE };
    let least = u32::try_from(pixels_a_second / u128::from(pixels_a_bit)).unwrap_or(u32::MAX);
    (settings.bitrate_kbps * 1_000).max(least).min(MAX_BITRATE_KBPS * 1_000)
}

/// Takes what came of a picture apart: its NAL units, each with its length before it, and the parameter sets, where it has both.
fn split(
    encoded: &EncodedBitStream<'_>,
    frame_index: u32,
) -> Result<(Vec<u8>, Option<TrackConfig>), EncodeError> {
    let (mut sps, mut pps) = (None, None);
    let mut data = Vec::new();
    for layer in (0..encoded.num_layers()).filter_map(|index| encoded.layer(index)) {
        for unit in (0..layer.nal_count()).filter_map(|index| layer.nal_unit(index)) {
            let unit = without_start_code(unit);
            match unit.first().map(|header| header & NAL_TYPE_MASK) {
                Some(NAL_TYPE_SPS) => sps = Some(unit.to_vec()),
                Some(NAL_TYPE_PPS) => pps = Some(unit.to_vec()),
                Some(_) => {
                    let len = u32::try_from(unit.len())
                        .map_err(|_| error(format!("picture {frame_index} has 4 GiB or more")))?;
                    data.extend_from_slice(&len.to_be_bytes());
                    data.extend_from_slice(unit);
                }
                None => {}
            }
        }
    }
    if data.is_empty() {
        return Err(error(format!("nothing came of picture {frame_index}")));
    }
    Ok((data, sps.zip(pps).map(|(sps, pps)| TrackConfig::H264 { sps, pps })))
}

/// ITU-T H.264, B.1: three bytes, or four.
fn without_start_code(unit: &[u8]) -> &[u8] {
    unit.strip_prefix(&[0, 0, 0, 1]).or_else(|| unit.strip_prefix(&[0, 0, 1])).unwrap_or(unit)
}

fn error(problem: String) -> EncodeError {
    EncodeError { encoder: "openh264".to_owned(), problem }
}

/// A canvas as OpenH264 takes it: packed, with even sides.
struct EvenCanvas {
    size: Size,
    planes: [Vec<u8>; 3],
}

impl EvenCanvas {
    fn new(size: Size) -> Self {
        let size = Size::from_wh(size.width().next_multiple_of(2), size.height().next_multiple_of(2))
            .unwrap_or(size);
        let planes = [0, 1, 2].map(|index| {
            let shape = PixelFormat::I420.plane_shape(index, size);
            vec![0; shape.row_bytes * shape.rows]
        });
        Self { size, planes }
    }

    /// Copies a canvas; luma's last column and row come twice where its sides are odd. Chroma's already cover them.
    fn fill(&mut self, canvas: FrameView<'_>) {
        for (index, plane) in self.planes.iter_mut().enumerate() {
            let from = canvas.plane(index);
            let row_bytes = PixelFormat::I420.plane_shape(index, self.size).row_bytes;
            let last_row = from.shape().rows.saturating_sub(1);
            for (y, row) in plane.chunks_exact_mut(row_bytes).enumerate() {
                let samples = from.row(y.min(last_row));
                let (copied, repeated) = row.split_at_mut(samples.len());
                copied.copy_from_slice(samples);
                repeated.fill(samples.last().copied().unwrap_or_default());
            }
        }
    }
}

impl YUVSource for EvenCanvas {
    fn dimensions(&self) -> (usize, usize) {
        (self.size.width() as usize, self.size.height() as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let [y, u, v] = [0, 1, 2].map(|index| PixelFormat::I420.plane_shape(index, self.size).row_bytes);
        (y, u, v)
    }

    fn y(&self) -> &[u8] {
        &self.planes[0]
    }

    fn u(&self) -> &[u8] {
        &self.planes[1]
    }

    fn v(&self) -> &[u8] {
        &self.planes[2]
    }
}

#[cfg(test)]
mod tests {
    use polyptych::{ColorSpace, FrameRate};

    use super::*;

    fn settings(keyframe_interval: u32) -> VideoSettings {
        VideoSettings { bitrate_kbps: 300, quality: None, keyframe_interval, preset: None, threads: 1 }
    }

    fn format(width: u32, height: u32, color: ColorSpace) -> VideoFormat {
        VideoFormat {
            size: Size::from_wh(width, height).expect("a size"),
            fps: FrameRate::new(30, 1).expect("a rate"),
            color,
        }
    }

    /// Every picture another one, so that an encoder that looks for scenes finds one at each.
    fn encode(format: VideoFormat, settings: &VideoSettings, count: u8) -> (TrackConfig, Vec<EncodedPacket>) {
        let mut encoder = OpenH264Encoder::new(format, settings).expect("an encoder");
        let mut packets = Vec::new();
        for index in 0..count {
            let samples: Vec<u8> = (0..PixelFormat::I420.packed_bytes(format.size))
                .map(|at| (at as u8).wrapping_mul(index).wrapping_add(index.wrapping_mul(80)))
                .collect();
            let canvas = polyptych::FrameBuffer::from_packed(PixelFormat::I420, format.size, samples)
                .expect("a canvas");
            encoder.encode(canvas.view(), &mut packets).expect("a packet");
        }
        encoder.finish(&mut packets).expect("an end");
        (encoder.config().expect("parameter sets"), packets)
    }

    #[test]
    fn keyframes_stand_at_every_multiple_and_nowhere_else() {
        let (_, packets) = encode(format(64, 48, ColorSpace::BT709_LIMITED), &settings(7), 30);
        let keys: Vec<i64> = packets.iter().filter(|packet| packet.is_key).map(|packet| packet.pts).collect();
        assert_eq!(keys, [0, 7, 14, 21, 28]);
        assert_eq!(packets.len(), 30);
        for (index, packet) in packets.iter().enumerate() {
            assert_eq!((packet.pts, packet.dts, packet.duration), (index as i64, index as i64, 1));
            // ITU-T H.264, table 7-1: 5 is a picture's slice, 1 one that refers to others.
            let unit_type = packet.data[4] & NAL_TYPE_MASK;
            assert_eq!(unit_type, if packet.is_key { 5 } else { 1 }, "picture {index}");
            let len = u32::from_be_bytes(packet.data[..4].try_into().expect("four bytes"));
            assert_eq!(len as usize + 4, packet.data.len());
        }
    }

    #[test]
    fn pictures_that_cost_far_more_than_the_bitrate_all_come() {
        let format = format(64, 48, ColorSpace::BT709_LIMITED);
        for quality in [None, Some(0)] {
            let settings = VideoSettings { bitrate_kbps: 1, quality, ..settings(5) };
            let (_, packets) = encode(format, &settings, 12);
            assert!(packets.iter().map(|packet| packet.pts).eq(0..12));
            assert_eq!(packets.iter().filter(|packet| packet.is_key).count(), 3);
            let bits = packets.iter().map(|packet| packet.data.len() * 8).sum::<usize>();
            assert!(bits > 12 * 1000, "{bits} bits: this was to be hard");
        }
    }

    #[test]
    fn odd_canvases_repeat_their_last_column_and_row() {
        let size = Size::from_wh(3, 3).expect("a size");
        let samples = vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23];
        let canvas = polyptych::FrameBuffer::from_packed(PixelFormat::I420, size, samples).expect("a canvas");
        let mut even = EvenCanvas::new(size);
        even.fill(canvas.view());
        assert_eq!(even.dimensions(), (4, 4));
        assert_eq!(even.y(), [1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 7, 8, 9, 9]);
        assert_eq!((even.u(), even.v()), (&[10, 11, 12, 13][..], &[20, 21, 22, 23][..]));
        let (_, packets) = encode(format(63, 47, ColorSpace::BT709_LIMITED), &settings(30), 2);
        assert_eq!(packets.len(), 2);
    }

    #[test]
    fn what_it_cannot_do_is_said() {
        let color = ColorSpace::BT709_LIMITED;
        let refused = |format, settings: VideoSettings| {
            OpenH264Encoder::new(format, &settings).err().expect("an error").to_string()
        };
        assert!(refused(format(3842, 2160, color), settings(30)).contains("3840×2160"));
        let slow = VideoSettings { preset: Some("veryslow".to_owned()), ..settings(30) };
        assert!(refused(format(64, 64, color), slow).contains("low, medium and high"));
        let coarse = VideoSettings { quality: Some(52), ..settings(30) };
        assert!(refused(format(64, 64, color), coarse).contains("0 to 51"));
        let huge = VideoSettings { bitrate_kbps: u32::MAX, ..settings(30) };
        assert!(refused(format(64, 64, color), huge).contains("kbit/s"));
    }
}
