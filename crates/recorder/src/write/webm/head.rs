//! What comes before the first cluster: what the file is, and its tracks (RFC 9559).

use std::io;

use polyptych::{Matrix, Range};

use super::ebml::{element, id, padded, uint};
use crate::encode::{SAMPLE_RATE, TrackConfig, VideoFormat};
use crate::write::{EncodedVideo, Tracks, unsupported};

/// Kept in front for the seek head, in bytes.
pub(super) const SEEK_HEAD_BYTES: usize = 80;
/// What decoders of Opus need before they are right: 80 ms (RFC 7845, 4.6).
const OPUS_PREROLL_NS: u64 = 80_000_000;

/// What a file says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// VP9 or AV1, and Opus: what browsers play.
    Webm,
    /// H.264 and AAC too.
    Matroska,
}

/// What is filled in at the end: places in the file, and those of `info` and `tracks` from the segment's payload on.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) segment_size: u64,
    pub(super) segment: u64,
    pub(super) info: u64,
    pub(super) duration: u64,
    pub(super) tracks: u64,
}

/// All that comes before the first cluster, and the places in it that are filled in at the end.
pub(super) fn head(kind: Kind, tracks: &Tracks) -> io::Result<(Vec<u8>, Places)> {
    let mut entries = Vec::new();
    let mut is_webm = true;
    if let Some(EncodedVideo { config, format }) = &tracks.video {
        let (name, private, allowed) = match config {
            TrackConfig::Vp9 { .. } => ("V_VP9", Vec::new(), true),
            TrackConfig::Av1 { config } => ("V_AV1", config.clone(), true),
            TrackConfig::H264 { sps, pps } => ("V_MPEG4/ISO/AVC", avcc(sps, pps)?, false),
            _ => {
                return Err(unsupported("WebM holds VP9 and AV1, Matroska also H.264"));
            }
        };
        is_webm &= allowed;
        entries.extend(video_track(name, &private, *format));
    }
    if let Some(config) = &tracks.sound {
        let (name, private, priming, allowed) = match config {
            TrackConfig::Opus { priming } => ("A_OPUS", opus_head(*priming), u32::from(*priming), true),
            TrackConfig::Aac { config, priming } => ("A_AAC", config.clone(), *priming, false),
            _ => {
                return Err(unsupported("WebM holds Opus, Matroska also AAC"));
            }
        };
        is_webm &= allowed;
        entries.extend(sound_track(name, &private, priming));
    }
    if kind == Kind::Webm && !is_webm {
        return Err(unsupported("WebM holds VP9 or AV1, and Opus; the ending .mkv takes H.264 and AAC too"));
    }
    let name = if kind == Kind::Webm { "webm" } else { "matroska" };
    let ebml = [
        element(0x4286, &[1]),
        element(0x42f7, &[1]),
        element(0x42f2, &[4]),
        element(0x42f3, &[8]),
        element(0x4282, name.as_bytes()),
        element(0x4287, &[4]),
        element(0x4285, &[2]),
    ];
    let mut bytes = element(id::EBML, &ebml.concat());
    bytes.extend(id::SEGMENT.to_be_bytes());
    let segment_size = bytes.len() as u64;
    // All ones: a size that is not known.
    bytes.extend([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    let segment = bytes.len() as u64;
    bytes.extend(padded(Vec::new(), SEEK_HEAD_BYTES));
    let info = bytes.len() as u64 - segment;
    let app = concat!("polyptych ", env!("CARGO_PKG_VERSION")).as_bytes();
    // A millisecond a tick. The duration comes last, so that its eight bytes are the last ones.
    let duration = element(id::DURATION, &0.0_f64.to_be_bytes());
    let scale = element(0x002a_d7b1, &uint(1_000_000));
    bytes.extend(element(id::INFO, &[scale, element(0x4d80, app), element(0x5741, app), duration].concat()));
    let duration = bytes.len() as u64 - 8;
    let tracks_at = bytes.len() as u64 - segment;
    bytes.extend(element(id::TRACKS, &entries));
    Ok((bytes, Places { segment_size, segment, info, duration, tracks: tracks_at }))
}

fn video_track(codec: &str, private: &[u8], format: VideoFormat) -> Vec<u8> {
    // H.273: the same number for the matrix, the primaries and the transfer of either standard.
    let standard = match format.color.matrix {
        Matrix::Bt709 => 1,
        Matrix::Bt601 => 6,
    };
    let range = match format.color.range {
        Range::Limited => 1,
        Range::Full => 2,
    };
    let color = [(0x55b1, standard), (0x55b9, range), (0x55ba, standard), (0x55bb, standard)];
    let color: Vec<_> = color.iter().flat_map(|&(kind, value)| element(kind, &[value])).collect();
    let size = [(0xb0, format.size.width()), (0xba, format.size.height())];
    let mut video: Vec<_> = size.iter().flat_map(|&(kind, side)| element(kind, &uint(side.into()))).collect();
    video.extend(element(0x55b0, &color));
    let frame_ns = u64::from(format.fps.den()) * 1_000_000_000 / u64::from(format.fps.num());
    let frame = element(0x0023_e383, &uint(frame_ns.max(1)));
    track(1, 1, codec, private, &[element(0xe0, &video), frame].concat())
}

fn sound_track(codec: &str, private: &[u8], priming: u32) -> Vec<u8> {
    let rate = f64::from(SAMPLE_RATE).to_be_bytes();
    let audio = [element(0xb5, &rate), element(0x9f, &[2])].concat();
    let delay_ns = u64::from(priming) * 1_000_000_000 / u64::from(SAMPLE_RATE);
    let mut rest = [element(0xe1, &audio), element(0x56aa, &uint(delay_ns))].concat();
    if codec == "A_OPUS" {
        rest.extend(element(0x56bb, &uint(OPUS_PREROLL_NS)));
    }
    track(2, 2, codec, private, &rest)
}

fn track(number: u8, kind: u8, codec: &str, private: &[u8], rest: &[u8]) -> Vec<u8> {
    // Number, identifier, type, no lacing, codec.
    let mut entry = [element(0xd7, &[number]), element(0x73c5, &[number]), element(0x83, &[kind])].concat();
    entry.extend([element(0x9c, &[0]), element(0x86, codec.as_bytes())].concat());
    if !private.is_empty() {
        entry.extend(element(0x63a2, private));
    }
    entry.extend(rest);
    element(0xae, &entry)
}

/// The identification header of RFC 7845, 5.1.
fn opus_head(priming: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x02".to_vec();
    head.extend(priming.to_le_bytes());
    head.extend(SAMPLE_RATE.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// The `AVCDecoderConfigurationRecord` of ISO/IEC 14496-15, 5.3.3.1, with lengths of four bytes.
fn avcc(sps: &[u8], pps: &[u8]) -> io::Result<Vec<u8>> {
    let invalid =
        || io::Error::new(io::ErrorKind::InvalidData, "parameter sets that no configuration record can hold");
    let length = |set: &[u8]| u16::try_from(set.len()).map(u16::to_be_bytes).map_err(|_| invalid());
    let profile = sps.get(1..4).ok_or_else(invalid)?;
    let sps = [&[0xe1], &length(sps)?[..], sps].concat();
    let pps = [&[1], &length(pps)?[..], pps].concat();
    Ok([&[1], profile, &[0xff], &sps, &pps].concat())
}
