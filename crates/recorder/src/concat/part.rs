//! What a part holds, found by reading all of it.

use std::path::{Path, PathBuf};

use polyptych::{ColorSpace, FrameRate, Timestamp};

use super::ConcatError;
use crate::decode::AvcSample;
use crate::encode::{PacketGrid, SAMPLE_RATE, TrackConfig, VideoFormat};
use crate::media::{
    self, Container, Packet, Reach, SoundCodec, SoundTrack, TrackKind, VideoCodec, VideoTrack,
};
use crate::write::EncodedVideo;

/// How far stamps may lie from where they belong, because a container's clock rounds them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    /// A frame's from its tick, in nanoseconds.
    nanos: u64,
    /// A packet's of sound from its place, in samples.
    samples: u64,
}

impl Tolerance {
    fn of(container: Container) -> Option<Self> {
        match container {
            // What a clock of 10,000 units a second or more rounds away is less.
            Container::Mp4 => Some(Self { nanos: 100_000, samples: 1 }),
            // Transport streams count 90,000 units a second.
            Container::Hls => Some(Self { nanos: 100_000, samples: 1 }),
            // Half a millisecond, and what is rounded in nanoseconds and in samples.
            Container::Matroska => Some(Self { nanos: 500_001, samples: 25 }),
            _ => None,
        }
    }
}

/// A part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) video: EncodedVideo,
    /// Its frames: one each tick.
    pub(crate) ticks: u64,
    /// After how many frames it can be cut: they are those of the first ticks, and behind them comes a keyframe or nothing.
    pub(crate) cuts: Vec<u64>,
    /// Ticks that decoding is ahead of presentation at the beginning, because of B-frames.
    pub(crate) delay: i64,
    pub(crate) sound: Option<PartSound>,
    tolerance: Tolerance,
    /// Its first frame's stamp.
    zero: Timestamp,
    /// Whether its frames are byte streams, as in transport streams.
    is_byte_stream: bool,
}

/// A part's sound.
#[derive(Debug)]
pub(crate) struct PartSound {
    /// How it is coded, with the samples before the part's first as priming.
    pub(crate) config: TrackConfig,
    pub(crate) grid: PacketGrid,
    /// Packets that are heard to their end. A last one that is not is whole in the next part, or ends the recording.
    pub(crate) packets: i64,
    /// With one that is not. What follows a gap is left out.
    pub(crate) packets_in_all: i64,
    /// What follows those otherwise.
    gap: Option<String>,
}

impl Part {
    /// Reads a part.
    ///
    /// # Errors
    /// Where it cannot be read, or is nothing that `render` makes of a part.
    pub(crate) fn look(path: &Path) -> Result<Self, ConcatError> {
        let part = Self::look_begun(path)?;
        if part.cuts.last() != Some(&part.ticks) {
            let problem =
                format!("not each of its {} frames has a tick of its own; in a part it has", part.ticks);
            return Err(ConcatError::part(path, problem));
        }
        if let Some(problem) = part.sound.as_ref().and_then(|sound| sound.gap.clone()) {
            return Err(ConcatError::part(path, problem));
        }
        Ok(part)
    }

    /// Reads a part that may end in the middle, because who rendered it was killed.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub(crate) fn look_begun(path: &Path) -> Result<Self, ConcatError> {
        let refused = |problem: &str| ConcatError::part(path, problem);
        let contents = media::probe(path, Reach::Folder)?;
        let tolerance = Tolerance::of(contents.container);
        let Some(tolerance) = tolerance.filter(|_| contents.container != Container::Hls) else {
            let problem =
                "parts are MP4, WebM or Matroska; render them with -o PART.mp4, PART.webm or PART.mkv";
            return Err(refused(problem));
        };
        let Some(track) = contents.video else { return Err(refused("it holds no video")) };
        let fps = frame_rate(path)?;
        let video = encoded_video(&track, fps).map_err(|problem| refused(&problem))?;
        let sound = contents.sound.map(|track| PartSound::look(path, track, tolerance)).transpose()?;
        let part = Self {
            path: path.to_owned(),
            video,
            ticks: 0,
            cuts: Vec::new(),
            delay: 0,
            sound,
            tolerance,
            zero: Timestamp::ZERO,
            is_byte_stream: false,
        };
        part.counted()
    }

    /// Reads a playlist that `render` made of a recording in this format, and that may end in the middle. Its segments say
    /// neither how many frames there are a second nor, in transport streams, how large they are but in the parameter sets.
    ///
    /// # Errors
    /// Where it cannot be read, or is nothing that `render` makes.
    pub(crate) fn look_playlist(path: &Path, format: VideoFormat) -> Result<Self, ConcatError> {
        let refused = |problem: &str| ConcatError::part(path, problem);
        let contents = media::probe(path, Reach::Folder)?;
        let tolerance = Tolerance::of(contents.container).filter(|_| contents.container == Container::Hls);
        let Some(tolerance) = tolerance else { return Err(refused("it is no playlist")) };
        let Some(track) = contents.video else { return Err(refused("it holds no video")) };
        let first = media::packets(path, Reach::Folder, TrackKind::Video)?.next_packet()?;
        let Some(first) = first else { return Err(refused("it holds no frame")) };
        let size = track.size.unwrap_or(format.size);
        let config = coded_as(&track, &first.data).map_err(|problem| refused(&problem))?;
        let sound = contents.sound.map(|track| PartSound::look(path, track, tolerance)).transpose()?;
        let part = Self {
            path: path.to_owned(),
            video: EncodedVideo { format: VideoFormat { size, ..format }, config },
            ticks: 0,
            cuts: Vec::new(),
            delay: 0,
            sound,
            tolerance,
            zero: first.at,
            is_byte_stream: track.config.is_empty(),
        };
        part.counted()
    }

    /// Whether a file has no frames: its writing had hardly begun.
    pub(crate) fn is_empty(path: &Path) -> bool {
        let first = || media::packets(path, Reach::Folder, TrackKind::Video)?.next_packet();
        path.metadata().is_ok_and(|file| file.len() == 0) || matches!(first(), Ok(None))
    }

    /// The tick of a stamp.
    ///
    /// # Errors
    /// Where it is at none.
    pub(crate) fn tick_of(&self, at: Timestamp) -> Result<i64, ConcatError> {
        let fps = self.video.format.fps;
        let per_tick = i128::from(fps.den()) * 1_000_000_000;
        let at = Timestamp::from_nanos(at.as_nanos().saturating_sub(self.zero.as_nanos()));
        let tick = (i128::from(at.as_nanos()) * i128::from(fps.num()) + per_tick / 2).div_euclid(per_tick);
        u64::try_from(tick)
            .ok()
            .filter(|tick| fps.tick(*tick).as_nanos().abs_diff(at.as_nanos()) <= self.tolerance.nanos)
            .and_then(|tick| i64::try_from(tick).ok())
            .ok_or_else(|| {
                let (num, den) = (fps.num(), fps.den());
                let problem =
                    format!("a frame at {} ns, which is no tick at {num}/{den} a second", at.as_nanos());
                ConcatError::part(&self.path, problem)
            })
    }

    /// A frame's bytes as a writer takes them.
    pub(crate) fn sample(&self, data: Vec<u8>) -> Vec<u8> {
        if self.is_byte_stream { AvcSample::of_annex_b(&data).data } else { data }
    }

    /// With its frames counted, and where they can be cut.
    fn counted(mut self) -> Result<Self, ConcatError> {
        let mut packets = media::packets(&self.path, Reach::Folder, TrackKind::Video)?;
        let (mut count, mut last, mut sum) = (0_i64, -1_i64, 0_i128);
        // Of so many different ticks from 0 on, the sum is this.
        let is_each_there = |count: i64, last: i64, sum: i128| {
            last + 1 == count && sum == i128::from(count) * i128::from(count - 1) / 2
        };
        while let Some(packet) = packets.next_packet()? {
            if count == 0 && !packet.is_key {
                return Err(ConcatError::part(&self.path, "its first frame is no keyframe"));
            }
            if count > 0 && packet.is_key && is_each_there(count, last, sum) {
                self.cuts.push(count.unsigned_abs());
            }
            let tick = self.tick_of(packet.at)?;
            self.delay = self.delay.max(count - tick);
            last = last.max(tick);
            sum += i128::from(tick);
            count += 1;
        }
        self.ticks = count.unsigned_abs();
        if is_each_there(count, last, sum) {
            self.cuts.push(self.ticks);
        }
        Ok(self)
    }

    /// Whether sound is coded as that of this part is, or neither is there.
    pub(crate) fn is_heard_as(&self, other: Option<&TrackConfig>) -> bool {
        match (&self.sound, other) {
            (Some(mine), Some(theirs)) => mine.config.is_coded_as(theirs),
            (mine, theirs) => mine.is_none() && theirs.is_none(),
        }
    }

    /// Sees that another part was encoded as this one.
    ///
    /// # Errors
    /// Names what is different.
    pub(crate) fn check_fits(&self, other: &Self) -> Result<(), ConcatError> {
        let (mine, theirs) = (self.video.format, other.video.format);
        let problem = if mine.size != theirs.size {
            format!("its frames are {}; those of the first part are {}", theirs.size, mine.size)
        } else if mine.fps != theirs.fps {
            format!("{} frames a second; the first part has {}", theirs.fps, mine.fps)
        } else if !self.video.is_coded_as(&other.video) {
            "its video is encoded with other settings than that of the first part".to_owned()
        } else if !self.is_heard_as(other.sound.as_ref().map(|sound| &sound.config)) {
            "its sound is encoded otherwise than that of the first part, or one of them has none".to_owned()
        } else {
            return Ok(());
        };
        Err(ConcatError::part(&other.path, problem))
    }
}

impl PartSound {
    fn look(path: &Path, track: SoundTrack, tolerance: Tolerance) -> Result<Self, ConcatError> {
        let refused = |problem: String| ConcatError::part(path, problem);
        let config = match track.codec {
            SoundCodec::Aac => Some(TrackConfig::Aac { config: track.config, priming: 0 }),
            SoundCodec::Opus => Some(TrackConfig::Opus { priming: 0 }),
            _ => None,
        };
        let config = config.filter(|_| track.sample_rate == SAMPLE_RATE && track.channels == 2);
        let Some((config, grid)) = config.and_then(|config| config.packet_grid().map(|grid| (config, grid)))
        else {
            let problem = "its sound is neither AAC nor Opus at 48,000 samples a second of two channels";
            return Err(refused(problem.to_owned()));
        };
        let mut sound = Self { config, grid, packets: 0, packets_in_all: 0, gap: None };
        let mut packets = media::packets(path, Reach::Folder, TrackKind::Sound)?;
        while let Some(packet) = packets.next_packet()? {
            let (count, at) = (sound.packets_in_all, sample_of(packet.at));
            if count == 0 {
                let priming = u32::try_from(at.saturating_neg()).unwrap_or_default();
                sound.config = sound.config.with_more_priming(priming);
            }
            let expected = count * grid.samples - i64::from(sound.config.priming());
            if expected.abs_diff(at) > tolerance.samples {
                sound.gap = Some(format!("packet {count} of its sound is at sample {at}, not at {expected}"));
                break;
            }
            if sound.packets < count {
                sound.gap = Some(format!("its sound ends before packet {count}, which follows"));
                break;
            }
            sound.packets += i64::from(sound.heard_of(&packet) == grid.samples);
            sound.packets_in_all += 1;
        }
        Ok(sound)
    }

    /// Samples of a packet that are heard, if it is not the first: Opus says it of the last one.
    pub(crate) fn heard_of(&self, packet: &Packet) -> i64 {
        let unheard = if matches!(self.config, TrackConfig::Opus { .. }) { packet.trim.1 } else { 0 };
        (self.grid.samples - i64::from(unheard)).max(0)
    }
}

/// The sample that is nearest to a time.
fn sample_of(at: Timestamp) -> i64 {
    let rate = i128::from(SAMPLE_RATE);
    let sample = (i128::from(at.as_nanos()) * rate + 500_000_000).div_euclid(1_000_000_000);
    i64::try_from(sample).unwrap_or(i64::MAX)
}

/// The frame rate, by how long the first frame lasts: whole, or a whole one by 1.001.
fn frame_rate(path: &Path) -> Result<FrameRate, ConcatError> {
    let first = media::packets(path, Reach::Folder, TrackKind::Video)?.next_packet()?;
    let nanos = first.and_then(|packet| packet.duration).map_or(0, |duration| duration.as_nanos());
    let whole = |factor: u128| {
        let num = (factor * 1_000_000_000 + nanos / 2).checked_div(nanos)?;
        let exact = factor * 1_000_000_000 / num.max(1);
        (exact.abs_diff(nanos) <= 1).then_some(num)
    };
    let rate = match (whole(1), whole(1001)) {
        (Some(num), _) => u32::try_from(num).ok().and_then(|num| FrameRate::new(num, 1)),
        (None, Some(num)) => u32::try_from(num).ok().and_then(|num| FrameRate::new(num, 1001)),
        (None, None) => None,
    };
    rate.ok_or_else(|| {
        ConcatError::part(path, format!("its first frame lasts {nanos} ns, which is no frame rate"))
    })
}

/// How the video is coded, as a writer takes it. `first` is a frame that has its parameter sets where the track does not.
fn coded_as(track: &VideoTrack, first: &[u8]) -> Result<TrackConfig, String> {
    Ok(match track.codec {
        VideoCodec::H264 => {
            let config = if track.config.is_empty() {
                let AvcSample { sps, pps, .. } = AvcSample::of_annex_b(first);
                (!sps.is_empty() && !pps.is_empty()).then_some(TrackConfig::H264 { sps, pps })
            } else {
                TrackConfig::of_avc_record(&track.config)
            };
            config.ok_or("its video has not one sequence and one picture parameter set")?
        }
        // WebM states nothing of it.
        VideoCodec::Vp9 => TrackConfig::Vp9 { config: Vec::new() },
        VideoCodec::Av1 => TrackConfig::Av1 { config: track.config.clone() },
        _ => return Err("its video is none of H.264, VP9 and AV1".to_owned()),
    })
}

/// What was encoded, and how.
fn encoded_video(track: &VideoTrack, fps: FrameRate) -> Result<EncodedVideo, String> {
    let size = track.size.ok_or("it does not say how large its frames are")?;
    let config = coded_as(track, &[])?;
    let plain = ColorSpace::default();
    let color = ColorSpace {
        matrix: track.matrix.unwrap_or(plain.matrix),
        range: track.range.unwrap_or(plain.range),
    };
    Ok(EncodedVideo { format: VideoFormat { size, fps, color }, config })
}
