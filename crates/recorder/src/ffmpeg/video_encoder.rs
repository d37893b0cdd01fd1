//! Video encoders that the program brings: x264 for MP4 and HLS, VP9 and AV1 for WebM.

use std::fmt;
use std::io::{self, IoSlice};
use std::str::FromStr;

use polyptych::{ColorSpace, FrameView, Matrix, PixelFormat, Range};

use super::child::Child;
use super::encoding::Encoding;
use super::fragments::Fragment;
use super::program::Ffmpeg;
use crate::encode::{self, EncodeError, EncodedPacket, TrackConfig, VideoFormat, VideoSettings};

/// Rows that the system takes in one call (`IOV_MAX`).
const ROWS_A_CALL: usize = 1024;

/// An encoder within the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCoder {
    /// H.264 by x264: presets `ultrafast` to `veryslow`, of which `veryfast` is taken; quality is its CRF, 0 to 51.
    X264,
    /// AV1 by SVT-AV1: presets 0 to 13, slow to fast, of which 10 is taken; quality is its CRF, 1 to 63.
    SvtAv1,
    /// VP9 by libvpx, in real-time mode: presets (`cpu-used`) 0 to 8, of which 6 is taken; quality is its CRF, 0 to 63.
    Vp9,
    /// AV1 by libaom, in real-time mode: presets (`cpu-used`) 5 to 10, of which 8 is taken; quality is its CRF, 0 to 63.
    Aom,
}

impl VideoCoder {
    /// All of them, the ones for MP4 first.
    pub const ALL: [Self; 4] = [Self::X264, Self::SvtAv1, Self::Vp9, Self::Aom];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X264 => "x264",
            Self::SvtAv1 => "svt-av1",
            Self::Vp9 => "vp9",
            Self::Aom => "aom",
        }
    }

    /// What FFmpeg calls it, such as for [`Ffmpeg::has_encoder`].
    #[must_use]
    pub const fn ffmpeg_name(self) -> &'static str {
        match self {
            Self::X264 => "libx264",
            Self::SvtAv1 => "libsvtav1",
            Self::Vp9 => "libvpx-vp9",
            Self::Aom => "libaom-av1",
        }
    }

    fn options(self, settings: &VideoSettings) -> Vec<String> {
        let keys = settings.keyframe_interval.max(1);
        let threads = settings.threads.clamp(1, 64);
        let preset = |default: &str| settings.preset.clone().unwrap_or_else(|| default.to_owned());
        let mut line = match self {
            Self::X264 => format!(
                "-preset {} -threads {threads} -keyint_min {keys} -sc_threshold 0",
                preset("veryfast")
            ),
            Self::SvtAv1 => format!("-preset {} -svtav1-params lp={threads}:scd=0", preset("10")),
            // Columns of tiles are what threads share; libvpx takes fewer where the picture is narrow.
            Self::Vp9 => format!(
                "-deadline realtime -cpu-used {} -threads {threads} -row-mt 1 -tile-columns 2 -keyint_min {keys}",
                preset("6")
            ),
            Self::Aom => format!(
                "-usage realtime -cpu-used {} -threads {threads} -row-mt 1 -tile-columns 1 -keyint_min {keys}",
                preset("8")
            ),
        };
        line += &format!(" -g {keys}");
        line += &match (self, settings.quality) {
            (Self::Vp9 | Self::Aom, Some(quality)) => format!(" -crf {quality} -b:v 0"),
            (_, Some(quality)) => format!(" -crf {quality}"),
            (_, None) => format!(" -b:v {}k", settings.bitrate_kbps),
        };
        line.split(' ').map(str::to_owned).collect()
    }
}

impl fmt::Display for VideoCoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for VideoCoder {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|coder| coder.name() == name || coder.ffmpeg_name() == name);
        found.ok_or_else(|| format!("`{name}` is none of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// Makes packets of canvases in a child process.
pub struct VideoEncoder {
    coder: VideoCoder,
    format: VideoFormat,
    encoding: Encoding,
    config: Option<TrackConfig>,
    /// The presentation time of the first picture in the program's ticks: what its decoding order puts before it.
    begin: Option<i64>,
    /// Canvases that were given.
    given: u64,
    /// Packets that were handed on.
    made: u64,
}

impl VideoEncoder {
    /// Starts the encoder.
    ///
    /// # Errors
    /// Where the program was built without the encoder or cannot be started, and where a preset cannot be one.
    pub fn new(
        ffmpeg: &Ffmpeg,
        coder: VideoCoder,
        format: VideoFormat,
        settings: &VideoSettings,
    ) -> Result<Self, EncodeError> {
        if let Some(preset) = settings.preset.as_ref().filter(|preset| !is_word(preset)) {
            let problem = format!("`{preset}` is no preset: letters, digits and minus signs are allowed");
            return Err(EncodeError { encoder: coder.name().to_owned(), problem });
        }
        let (size, rate) = (format.size, format.fps);
        let colors = colors(format.color);
        let input =
            format!("-f rawvideo -pixel_format yuv420p -video_size {size} -framerate {rate} {colors}");
        let input: Vec<_> = input.split(' ').map(str::to_owned).collect();
        let mut output = coder.options(settings);
        output.extend(colors.split(' ').map(str::to_owned));
        output.extend(["-fps_mode", "passthrough"].map(str::to_owned));
        let encoding = Encoding::start(ffmpeg, coder.ffmpeg_name(), &input, &output)?;
        Ok(Self { coder, format, encoding, config: None, begin: None, given: 0, made: 0 })
    }

    fn packets(
        &mut self,
        fragments: Vec<Fragment>,
        packets: &mut Vec<EncodedPacket>,
    ) -> Result<(), EncodeError> {
        for fragment in fragments {
            let Some(track) = self.encoding.track() else {
                return Err(self.encoding.failed("a packet came before the track's header".to_owned()));
            };
            let begin = *self.begin.get_or_insert(fragment.pts);
            let scale = i128::from(track.timescale) * i128::from(self.format.fps.den());
            let num = i128::from(self.format.fps.num());
            // The program counts in whole frames, and its time scale is a multiple of theirs: nothing is lost by rounding.
            let frames = |ticks: i64| {
                let frames = (i128::from(ticks) - i128::from(begin)) * num;
                i64::try_from((frames + scale / 2).div_euclid(scale)).unwrap_or(i64::MAX)
            };
            if self.config.is_none() {
                let config = self.coder.config(&track.config);
                self.config = Some(config.map_err(|problem| self.encoding.failed(problem.to_owned()))?);
            }
            let (pts, dts) = (frames(fragment.pts), frames(fragment.dts));
            packets.push(EncodedPacket {
                pts,
                dts,
                duration: 1,
                is_key: fragment.is_key,
                data: fragment.data,
            });
            self.made += 1;
        }
        Ok(())
    }

    #[cfg(test)]
    fn id(&self) -> u32 {
        self.encoding.id()
    }
}

impl encode::VideoEncoder for VideoEncoder {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        if (canvas.format(), canvas.size()) != (PixelFormat::I420, self.format.size) {
            let found = format!("{} {}", canvas.format(), canvas.size());
            return Err(self
                .encoding
                .failed(format!("expected a canvas of i420 {}, found {found}", self.format.size)));
        }
        self.given += 1;
        let fragments = self.encoding.feed(|child| write_planes(child, canvas))?;
        self.packets(fragments, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let fragments = self.encoding.finish()?;
        self.packets(fragments, packets)?;
        if self.made != self.given {
            let (given, made) = (self.given, self.made);
            return Err(self.encoding.failed(format!("made {made} packets of {given} canvases")));
        }
        Ok(())
    }

    fn config(&self) -> Option<TrackConfig> {
        self.config.clone()
    }

    fn name(&self) -> String {
        self.encoding.name().to_owned()
    }
}

impl VideoCoder {
    /// What a container must state, from the box that the program wrote about it.
    fn config(self, config: &[u8]) -> Result<TrackConfig, &'static str> {
        match self {
            Self::X264 => TrackConfig::of_avc_record(config)
                .ok_or("its configuration has not one sequence and one picture parameter set"),
            // Without the version and flags of the full box.
            Self::Vp9 => Ok(TrackConfig::Vp9 { config: config.get(4..).unwrap_or_default().to_vec() }),
            Self::SvtAv1 | Self::Aom => Ok(TrackConfig::Av1 { config: config.to_vec() }),
        }
    }
}

/// Writes all rows without copying them together first.
fn write_planes(child: &mut Child, canvas: FrameView<'_>) -> io::Result<()> {
    for plane in [0, 1, 2].map(|index| canvas.plane(index)) {
        let rows: Vec<_> = (0..plane.shape().rows).map(|y| plane.row(y)).collect();
        for rows in rows.chunks(ROWS_A_CALL) {
            let mut slices: Vec<_> = rows.iter().map(|row| IoSlice::new(row)).collect();
            child.write_slices(&mut slices)?;
        }
    }
    Ok(())
}

/// How the program is told the meaning of samples, by the names of ITU-T H.273: FFmpeg 5 looks at what is asked of the encoder,
/// later versions at what comes in.
fn colors(color: ColorSpace) -> String {
    let name = match color.matrix {
        Matrix::Bt601 => "smpte170m",
        Matrix::Bt709 => "bt709",
    };
    let range = match color.range {
        Range::Limited => "tv",
        Range::Full => "pc",
    };
    format!("-color_range {range} -colorspace {name} -color_primaries {name} -color_trc {name}")
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 32
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use polyptych::{FrameBuffer, FrameRate, Size};

    use super::*;
    use crate::encode::VideoEncoder as _;
    use crate::ffmpeg::tests::programs;

    const FRAMES: u64 = 25;

    fn format() -> VideoFormat {
        let fps = FrameRate::new(30_000, 1001).expect("a rate");
        VideoFormat { size: Size::from_wh(98, 76).expect("a size"), fps, color: ColorSpace::BT709_LIMITED }
    }

    fn settings() -> VideoSettings {
        VideoSettings { bitrate_kbps: 300, quality: None, keyframe_interval: 8, preset: None, threads: 2 }
    }

    /// A ramp that moves, so that there is something to predict.
    fn canvas(index: u64) -> FrameBuffer {
        let bytes = PixelFormat::I420.packed_bytes(format().size);
        let samples = (0..bytes as u64).map(|at| (at / 3 + index * 5) as u8 % 200).collect();
        FrameBuffer::from_packed(PixelFormat::I420, format().size, samples).expect("a canvas")
    }

    fn encoded(
        ffmpeg: &Ffmpeg,
        coder: VideoCoder,
        settings: &VideoSettings,
    ) -> (VideoEncoder, Vec<EncodedPacket>) {
        let mut encoder = VideoEncoder::new(ffmpeg, coder, format(), settings).expect("an encoder");
        let mut packets = Vec::new();
        for index in 0..FRAMES {
            encoder.encode(canvas(index).view(), &mut packets).expect("a frame");
        }
        encoder.finish(&mut packets).expect("the rest");
        (encoder, packets)
    }

    #[test]
    fn encoder_gives_every_canvas_once_with_keyframes_where_asked_for() {
        let Some(ffmpeg) = programs() else { return };
        for coder in VideoCoder::ALL {
            if !ffmpeg.has_encoder(coder.ffmpeg_name()) {
                println!("skipped: ffmpeg has no {coder}");
                continue;
            }
            let (encoder, packets) = encoded(&ffmpeg, coder, &settings());
            let mut shown: Vec<_> = packets.iter().map(|packet| packet.pts).collect();
            shown.sort_unstable();
            assert_eq!(shown, (0..25).collect::<Vec<_>>(), "{coder}");
            assert!(packets.windows(2).all(|two| two[0].dts < two[1].dts), "{coder}");
            assert!(packets.iter().all(|packet| packet.dts <= packet.pts && packet.duration == 1), "{coder}");
            let keys = packets.iter().filter(|packet| packet.is_key).map(|packet| packet.pts);
            assert_eq!(keys.collect::<Vec<_>>(), [0, 8, 16, 24], "{coder}");
            assert!(encoder.config().is_some(), "{coder}");
        }
    }

    #[test]
    fn x264_is_decoded_to_what_went_in() {
        let Some(ffmpeg) = programs() else { return };
        let settings = VideoSettings { quality: Some(1), preset: Some("fast".to_owned()), ..settings() };
        let (encoder, packets) = encoded(&ffmpeg, VideoCoder::X264, &settings);
        assert!(packets.iter().any(|packet| packet.dts < packet.pts), "B-frames");
        let Some(TrackConfig::H264 { sps, pps }) = encoder.config() else { panic!("no parameter sets") };
        let mut stream = Vec::new();
        for unit in [&sps, &pps] {
            stream.extend([&[0, 0, 0, 1], &unit[..]].concat());
        }
        for packet in &packets {
            let mut rest = &packet.data[..];
            while let Some((length, behind)) = rest.split_first_chunk() {
                let (unit, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
                stream.extend([&[0, 0, 0, 1], unit].concat());
                rest = behind;
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.h264");
        std::fs::write(&path, stream).expect("writable");
        let mut decode = Command::new(ffmpeg.program());
        decode.args(["-v", "error", "-nostdin", "-i"]).arg(&path);
        let out =
            decode.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-"]).output().expect("ffmpeg runs");
        assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        let expected: Vec<u8> = (0..FRAMES).flat_map(|index| canvas(index).into_bytes()).collect();
        assert_eq!(out.stdout.len(), expected.len());
        let worst = out.stdout.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst < Some(12), "{worst:?}");
        let probe = Command::new(ffmpeg.ffprobe().expect("ffprobe"))
            .args(["-v", "error", "-show_streams"])
            .arg(&path)
            .output();
        let probe = String::from_utf8_lossy(&probe.expect("ffprobe runs").stdout).into_owned();
        for line in ["color_space=bt709", "color_range=tv", "color_primaries=bt709", "color_transfer=bt709"] {
            assert!(probe.contains(line), "{line} in {probe}");
        }
    }

    #[test]
    fn encoder_that_dies_tells_so_and_one_that_is_dropped_is_gone() {
        let Some(ffmpeg) = programs() else { return };
        let kill = |signal: &str, id: u32| {
            Command::new("kill")
                .args([signal, &id.to_string()])
                .output()
                .is_ok_and(|out| out.status.success())
        };
        let mut encoder =
            VideoEncoder::new(&ffmpeg, VideoCoder::X264, format(), &settings()).expect("an encoder");
        let mut packets = Vec::new();
        assert!(encoder.encode(canvas(0).view(), &mut packets).is_ok());
        assert!(kill("-9", encoder.id()));
        let error = (0..1000).find_map(|index| encoder.encode(canvas(index).view(), &mut packets).err());
        let error = error.or_else(|| encoder.finish(&mut packets).err()).expect("an error").to_string();
        assert!(error.contains("libx264") && error.contains("signal: 9"), "{error}");

        let encoder =
            VideoEncoder::new(&ffmpeg, VideoCoder::X264, format(), &settings()).expect("an encoder");
        let id = encoder.id();
        assert!(kill("-0", id));
        drop(encoder);
        assert!(!kill("-0", id));
    }

    #[test]
    fn encoder_refuses_what_it_cannot_encode() {
        let Some(ffmpeg) = programs() else { return };
        let strange = VideoSettings { preset: Some("fast -f mp3".to_owned()), ..settings() };
        assert!(VideoEncoder::new(&ffmpeg, VideoCoder::X264, format(), &strange).is_err());
        let unknown = VideoSettings { preset: Some("rapid".to_owned()), ..settings() };
        let mut encoder = VideoEncoder::new(&ffmpeg, VideoCoder::X264, format(), &unknown).expect("a child");
        let mut packets = Vec::new();
        let error = (0..1000).find_map(|index| encoder.encode(canvas(index).view(), &mut packets).err());
        assert!(error.expect("an error").to_string().contains("rapid"));
        let mut encoder =
            VideoEncoder::new(&ffmpeg, VideoCoder::X264, format(), &settings()).expect("an encoder");
        let small = FrameBuffer::new(PixelFormat::I420, Size::from_wh(16, 16).expect("a size"));
        assert!(encoder.encode(small.view(), &mut packets).is_err());
    }

    #[test]
    fn coder_is_found_by_its_names() {
        assert_eq!("x264".parse(), Ok(VideoCoder::X264));
        assert_eq!("libsvtav1".parse(), Ok(VideoCoder::SvtAv1));
        assert!("x265".parse::<VideoCoder>().is_err());
    }
}
