//! What stands before the clusters: the clock and the tracks (RFC 9559, 5.1.2 and 5.1.4).

use polyptych::{Matrix, Range, Rotation, Size};

use super::ebml::{CLUSTER, EBML, Element, INFO, Item, Items, SEGMENT, TIMESTAMP_SCALE, TRACKS};
use crate::media::audio_config::AudioConfig;
use crate::media::input::Input;
use crate::media::ratio::reduced;
use crate::media::{MediaError, SoundCodec, SoundTrack, TrackKind, VideoCodec, VideoTrack};

/// The most bytes of `Tracks` and of `Info` that are read: some kilobytes is usual.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// The most bytes that every frame may begin with and the file leave out: muxers leave out one to four. They are put in front of each frame.
const MAX_STRIPPED_BYTES: usize = 256;

/// The names that are used here only.
mod id {
    use super::super::ebml::Id;

    pub const TRACK_ENTRY: Id = 0xae;
    pub const TRACK_NUMBER: Id = 0xd7;
    pub const TRACK_TYPE: Id = 0x83;
    pub const DEFAULT_DURATION: Id = 0x23_e383;
    pub const CODEC_ID: Id = 0x86;
    pub const CODEC_PRIVATE: Id = 0x63a2;
    pub const CODEC_DELAY: Id = 0x56aa;
    pub const VIDEO: Id = 0xe0;
    pub const PIXEL_WIDTH: Id = 0xb0;
    pub const PIXEL_HEIGHT: Id = 0xba;
    pub const PIXEL_CROP: [Id; 4] = [0x54aa, 0x54bb, 0x54cc, 0x54dd];
    pub const DISPLAY_WIDTH: Id = 0x54b0;
    pub const DISPLAY_HEIGHT: Id = 0x54ba;
    pub const DISPLAY_UNIT: Id = 0x54b2;
    pub const COLOUR: Id = 0x55b0;
    pub const MATRIX_COEFFICIENTS: Id = 0x55b1;
    pub const RANGE: Id = 0x55b9;
    pub const PROJECTION: Id = 0x7670;
    pub const PROJECTION_TYPE: Id = 0x7671;
    pub const POSE_ROLL: Id = 0x7675;
    pub const AUDIO: Id = 0xe1;
    pub const SAMPLING_FREQUENCY: Id = 0xb5;
    pub const OUTPUT_FREQUENCY: Id = 0x78b5;
    pub const CHANNELS: Id = 0x9f;
    pub const BIT_DEPTH: Id = 0x6264;
    pub const CONTENT_ENCODINGS: Id = 0x6d80;
    pub const CONTENT_ENCODING: Id = 0x6240;
    pub const CONTENT_COMPRESSION: Id = 0x5034;
    pub const COMPRESSION_ALGORITHM: Id = 0x4254;
    pub const COMPRESSION_SETTINGS: Id = 0x4255;
}

/// The first track of each kind, and where the clusters begin.
pub(super) struct Header {
    /// Nanoseconds of a tick of the clusters' clock.
    pub scale: u64,
    pub video: Option<(Track, VideoTrack)>,
    pub sound: Option<(Track, SoundTrack)>,
    /// Where the first cluster begins, in bytes.
    pub clusters: u64,
    /// What is odd, for people.
    pub remarks: Vec<String>,
}

/// What reading a track's blocks needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    pub kind: Option<TrackKind>,
    pub number: u64,
    /// How long a frame lasts that does not say it, in nanoseconds.
    pub default_duration: Option<u64>,
    /// By how much the codec delays its sound, in nanoseconds: stamps count it in.
    pub codec_delay: u64,
    /// What every frame begins with and the file leaves out.
    pub stripped: Vec<u8>,
    /// Bytes of a sample whose highest comes first, which must be turned round; 0 where they need not.
    pub swapped_bytes: u8,
}

impl Header {
    /// Reads up to the first cluster.
    pub fn read(input: &mut Input) -> Result<Self, MediaError> {
        let (mut scale, mut tracks) = (1_000_000, None);
        let mut position = 0;
        while let Some(element) = Element::at(input, position)? {
            match (element.id, element.end) {
                (SEGMENT, _) => {
                    position = element.body;
                    continue;
                }
                (CLUSTER, _) => break,
                (INFO, Some(_)) => {
                    let bytes = read_whole(input, &element, "Info")?;
                    let info = Item { id: INFO, body: &bytes };
                    scale = info.unsigned(TIMESTAMP_SCALE).filter(|&scale| scale > 0).unwrap_or(scale);
                }
                (TRACKS, Some(_)) => tracks = Some(read_whole(input, &element, "Tracks")?),
                (EBML, Some(_)) | (_, Some(_)) => {}
                (_, None) => break,
            }
            position = element.end.unwrap_or(position);
            if position >= input.len() {
                break;
            }
        }
        let Some(tracks) = tracks else { return Err(input.malformed("no Tracks before the first cluster")) };
        let mut header = Self { scale, video: None, sound: None, clusters: position, remarks: Vec::new() };
        for entry in Items::of(&tracks).filter(|item| item.id == id::TRACK_ENTRY) {
            header.add(entry);
        }
        if header.video.is_none() && header.sound.is_none() {
            return Err(input.unsupported("it holds neither video nor sound"));
        }
        Ok(header)
    }

    fn add(&mut self, entry: Item<'_>) {
        let (name, is_taken) = match entry.unsigned(id::TRACK_TYPE) {
            Some(1) => ("video", self.video.is_some()),
            Some(2) => ("sound", self.sound.is_some()),
            _ => return,
        };
        if is_taken {
            let remark = format!("a second {name} track is not used");
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
            return;
        }
        let codec = entry.text(id::CODEC_ID).unwrap_or_default();
        let mut track = Track {
            kind: Some(if name == "video" { TrackKind::Video } else { TrackKind::Sound }),
            number: entry.unsigned(id::TRACK_NUMBER).unwrap_or(0),
            default_duration: entry.unsigned(id::DEFAULT_DURATION).filter(|&nanos| nanos > 0),
            codec_delay: entry.unsigned(id::CODEC_DELAY).unwrap_or(0),
            stripped: Vec::new(),
            swapped_bytes: 0,
        };
        // What is compressed or encrypted has no codec that a decoder knows.
        let (codec, stripped) = match stripped(entry) {
            Some(stripped) => (codec, stripped),
            None => (format!("{codec}, compressed or encrypted in its container"), Vec::new()),
        };
        track.stripped = stripped;
        let private = entry.child(id::CODEC_PRIVATE).map(|item| item.body).unwrap_or_default();
        if name == "video" {
            let video = video_of(entry, &codec, private, &mut self.remarks);
            self.video = Some((track, video));
        } else {
            let (sound, swapped_bytes) = sound_of(entry, &codec, private);
            track.swapped_bytes = swapped_bytes;
            self.sound = Some((track, sound));
        }
    }
}

fn read_whole(input: &mut Input, element: &Element, name: &str) -> Result<Vec<u8>, MediaError> {
    let size = element.end.unwrap_or(u64::MAX).saturating_sub(element.body);
    if size > MAX_HEADER_BYTES {
        return Err(input.malformed(format!("{name} of {size} bytes; at most {MAX_HEADER_BYTES} are read")));
    }
    let cut_off = format!("it was cut off within {name} at byte {}", element.start);
    input.read(element.body, size as usize)?.ok_or_else(|| input.malformed(cut_off))
}

/// What frames begin with and the file leaves out; `None` where that is too much, where they are compressed otherwise, or encrypted.
fn stripped(entry: Item<'_>) -> Option<Vec<u8>> {
    let Some(encodings) = entry.child(id::CONTENT_ENCODINGS) else { return Some(Vec::new()) };
    let mut all = encodings.children().filter(|child| child.id == id::CONTENT_ENCODING);
    let Some(encoding) = all.next() else { return Some(Vec::new()) };
    let compression = encoding.child(id::CONTENT_COMPRESSION)?;
    let is_stripping = compression.unsigned(id::COMPRESSION_ALGORITHM) == Some(3) && all.next().is_none();
    let stripped = compression.child(id::COMPRESSION_SETTINGS).map(|item| item.body).unwrap_or_default();
    (is_stripping && stripped.len() <= MAX_STRIPPED_BYTES).then(|| stripped.to_vec())
}

fn video_of(entry: Item<'_>, codec: &str, private: &[u8], remarks: &mut Vec<String>) -> VideoTrack {
    // A record begins with its version; without one, parameter sets come with the pictures.
    let record = if private.first() == Some(&1) { private.to_vec() } else { Vec::new() };
    let (codec, config) = match codec {
        "V_MPEG4/ISO/AVC" => (VideoCodec::H264, record),
        "V_MPEGH/ISO/HEVC" => (VideoCodec::Hevc, record),
        "V_VP8" => (VideoCodec::Vp8, Vec::new()),
        "V_VP9" => (VideoCodec::Vp9, Vec::new()),
        "V_AV1" => (VideoCodec::Av1, private.to_vec()),
        other => (VideoCodec::Other(other.to_owned()), Vec::new()),
    };
    let video = entry.child(id::VIDEO).unwrap_or(Item { id: id::VIDEO, body: &[] });
    let number = |name| video.unsigned(name).unwrap_or(0);
    let (width, height) = (number(id::PIXEL_WIDTH), number(id::PIXEL_HEIGHT));
    let crop = id::PIXEL_CROP.map(number);
    if crop != [0; 4] {
        remarks.push("its pictures are to be cropped, which is not done".to_owned());
    }
    let aspect = match video.unsigned(id::DISPLAY_UNIT) {
        None | Some(0 | 3) => {
            let seen =
                |size: u64, before: u64, behind: u64| size.saturating_sub(before.saturating_add(behind));
            let (seen_width, seen_height) = (seen(width, crop[2], crop[3]), seen(height, crop[0], crop[1]));
            let across = video.unsigned(id::DISPLAY_WIDTH).map(|display| display.saturating_mul(seen_height));
            let down = video.unsigned(id::DISPLAY_HEIGHT).map(|display| display.saturating_mul(seen_width));
            across.zip(down).and_then(|(across, down)| reduced(across, down))
        }
        _ => None,
    };
    let colour = video.child(id::COLOUR);
    VideoTrack {
        codec,
        config,
        size: u32::try_from(width)
            .ok()
            .zip(u32::try_from(height).ok())
            .and_then(|(w, h)| Size::from_wh(w, h)),
        rotation: video
            .child(id::PROJECTION)
            .map_or(Rotation::None, |projection| rotation_of(projection, remarks)),
        pixel_aspect: aspect,
        matrix: match colour.and_then(|colour| colour.unsigned(id::MATRIX_COEFFICIENTS)) {
            Some(1) => Some(Matrix::Bt709),
            Some(5 | 6) => Some(Matrix::Bt601),
            _ => None,
        },
        range: match colour.and_then(|colour| colour.unsigned(id::RANGE)) {
            Some(1) => Some(Range::Limited),
            Some(2) => Some(Range::Full),
            _ => None,
        },
        span: None,
    }
}

/// The turn of flat pictures, in degrees clockwise, as players take it.
fn rotation_of(projection: Item<'_>, remarks: &mut Vec<String>) -> Rotation {
    let roll = projection.float(id::POSE_ROLL).unwrap_or(0.0);
    if projection.unsigned(id::PROJECTION_TYPE).unwrap_or(0) == 0 {
        for (degrees, rotation) in [
            (0.0, Rotation::None),
            (90.0, Rotation::Clockwise90),
            (180.0, Rotation::Clockwise180),
            (-180.0, Rotation::Clockwise180),
            (-90.0, Rotation::Clockwise270),
        ] {
            if (roll - degrees).abs() < 0.5 {
                return rotation;
            }
        }
    }
    remarks.push("its projection is no turn by quarters and is not used".to_owned());
    Rotation::None
}

/// A sound track, and the bytes of its samples where they must be turned round.
fn sound_of(entry: Item<'_>, codec: &str, private: &[u8]) -> (SoundTrack, u8) {
    let audio = entry.child(id::AUDIO).unwrap_or(Item { id: id::AUDIO, body: &[] });
    let rate =
        audio.float(id::OUTPUT_FREQUENCY).or_else(|| audio.float(id::SAMPLING_FREQUENCY)).unwrap_or(8000.0);
    let channels = audio.unsigned(id::CHANNELS).unwrap_or(1);
    let bits = audio.unsigned(id::BIT_DEPTH).unwrap_or(0);
    let mut track = SoundTrack {
        codec: SoundCodec::Other(codec.to_owned()),
        config: Vec::new(),
        // A cast of a number that is none gives 0, and one that is too large the largest.
        sample_rate: rate.round() as u32,
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        span: None,
    };
    let is_big = codec == "A_PCM/INT/BIG";
    let pcm = match (codec, bits) {
        ("A_PCM/INT/LIT" | "A_PCM/INT/BIG", 16) => Some((SoundCodec::PcmS16, 2)),
        ("A_PCM/INT/LIT" | "A_PCM/INT/BIG", 24) => Some((SoundCodec::PcmS24, 3)),
        ("A_PCM/INT/LIT" | "A_PCM/INT/BIG", 32) => Some((SoundCodec::PcmS32, 4)),
        ("A_PCM/FLOAT/IEEE", 32) => Some((SoundCodec::PcmF32, 4)),
        _ => None,
    };
    if let Some((codec, bytes)) = pcm {
        track.codec = codec;
        return (track, if is_big { bytes } else { 0 });
    }
    if codec == "A_OPUS" {
        track.codec = SoundCodec::Opus;
        track.config = private.to_vec();
        track.sample_rate = 48_000;
    } else if codec.starts_with("A_AAC") && !codec.contains(' ') {
        track.codec = SoundCodec::Aac;
        track.config = private.to_vec();
        if let Some(config) = AudioConfig::parse(private) {
            track.sample_rate = config.sample_rate;
            track.channels = config.channels.unwrap_or(track.channels);
        }
    }
    (track, 0)
}
