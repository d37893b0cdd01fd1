//! What a track's samples are: its sample descriptions (ISO/IEC 14496-12, 8.5.2 and 12; ISO/IEC 14496-15; QuickTime
//! File Format).

use polyptych::{Matrix, Range, Rotation, Size};

use super::boxes::{Box4, Children, Fields, title};
use super::sound;
use crate::media::ratio::reduced;
use crate::media::{SoundTrack, TrackKind, VideoCodec, VideoTrack};

/// The most bytes that a decoder is told first: parameter sets take some hundred. They are handed on whenever the description changes, which it may
/// do with every sample.
const MAX_CONFIG_BYTES: usize = 64 << 10;

/// How the samples of a track are coded, from one sample description.
#[derive(Clone, Debug)]
pub(super) enum Description {
    Video(VideoTrack),
    Sound(SoundDescription),
}

/// How sound is coded, and what its packets need.
#[derive(Clone, Debug)]
pub(super) struct SoundDescription {
    pub track: SoundTrack,
    /// Where it is not compressed.
    pub pcm: Option<Pcm>,
}

/// Sound that is not compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pcm {
    /// Of one sample of one channel: 2 to 4.
    pub bytes: u8,
    /// Whether the first byte of a sample is its highest.
    pub is_big_endian: bool,
}

/// The descriptions of an `stsd`, in their order; those that are no descriptions of that kind are named.
pub(super) fn parse_all(stsd: Box4<'_>, kind: TrackKind) -> Result<Vec<Description>, String> {
    let mut fields = Fields::of(stsd.body);
    let (Some(version), Some(_count)) = (fields.u32().map(|word| word >> 24), fields.u32()) else {
        return Err("stsd: its content is cut off".to_owned());
    };
    Children::of(fields.rest())
        .map(|entry| {
            let description = match kind {
                TrackKind::Video => parse_video(entry).map(Description::Video),
                TrackKind::Sound => sound::parse(entry, version).map(Description::Sound),
            };
            let description =
                description.ok_or_else(|| format!("stsd: the description {} is cut off", entry.title()))?;
            let config = match &description {
                Description::Video(track) => &track.config,
                Description::Sound(sound) => &sound.track.config,
            };
            if config.len() > MAX_CONFIG_BYTES {
                return Err(format!(
                    "stsd: the configuration of {} has {} bytes; at most {MAX_CONFIG_BYTES} are read",
                    entry.title(),
                    config.len()
                ));
            }
            Ok(description)
        })
        .collect()
}

/// A `VisualSampleEntry`. The track's header adds what it knows.
fn parse_video(entry: Box4<'_>) -> Option<VideoTrack> {
    let mut fields = Fields::of(entry.body);
    fields.take(24)?;
    let (width, height) = (fields.u16()?, fields.u16()?);
    fields.take(50)?;
    let inner = entry.with_body(fields.rest());
    let payload = |name: &[u8; 4]| inner.child(name).map(|child| child.body.to_vec()).unwrap_or_default();
    let (codec, config) = match &entry.name {
        b"avc1" | b"avc3" => (VideoCodec::H264, payload(b"avcC")),
        b"hvc1" | b"hev1" => (VideoCodec::Hevc, payload(b"hvcC")),
        b"vp08" => (VideoCodec::Vp8, Vec::new()),
        b"vp09" => (VideoCodec::Vp9, Vec::new()),
        b"av01" => (VideoCodec::Av1, payload(b"av1C")),
        b"png " => (VideoCodec::Png, Vec::new()),
        name => (VideoCodec::Other(title(*name)), Vec::new()),
    };
    let (matrix, range) = inner
        .child(b"colr")
        .and_then(parse_colour)
        .or_else(|| inner.child(b"vpcC").and_then(parse_vpcc))
        .unwrap_or((None, None));
    Some(VideoTrack {
        codec,
        config,
        size: Size::from_wh(u32::from(width), u32::from(height)),
        rotation: Rotation::None,
        pixel_aspect: inner.child(b"pasp").and_then(parse_aspect),
        matrix,
        range,
        span: None,
    })
}

/// `pasp`: the spacing of pixels, across and down.
fn parse_aspect(pasp: Box4<'_>) -> Option<(i32, i32)> {
    let mut fields = Fields::of(pasp.body);
    let (across, down) = (fields.u32()?, fields.u32()?);
    reduced(u64::from(across), u64::from(down))
}

/// `colr`, in the form that names matrix and range.
fn parse_colour(colr: Box4<'_>) -> Option<(Option<Matrix>, Option<Range>)> {
    let mut fields = Fields::of(colr.body);
    let form = fields.take(4)?;
    fields.take(4)?;
    let matrix = fields.u16()?;
    match form {
        b"nclx" => Some((matrix_of(matrix), fields.u8().map(|flags| range_of(flags & 0x80 != 0)))),
        b"nclc" => Some((matrix_of(matrix), None)),
        _ => None,
    }
}

/// `vpcC` of VP8 and VP9 (VP Codec ISO Media File Format Binding).
fn parse_vpcc(vpcc: Box4<'_>) -> Option<(Option<Matrix>, Option<Range>)> {
    let mut fields = Fields::of(vpcc.body);
    fields.take(6)?;
    let depth_and_range = fields.u8()?;
    fields.take(2)?;
    Some((matrix_of(u16::from(fields.u8()?)), Some(range_of(depth_and_range & 1 != 0))))
}

/// The matrix of a code point (ITU-T H.273, table 4), where it is one that frames can have.
fn matrix_of(code: u16) -> Option<Matrix> {
    match code {
        1 => Some(Matrix::Bt709),
        5 | 6 => Some(Matrix::Bt601),
        _ => None,
    }
}

fn range_of(is_full: bool) -> Range {
    if is_full { Range::Full } else { Range::Limited }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
    }

    #[test]
    fn configurations_are_bounded_since_every_sample_may_change_them() {
        let parsed = |bytes: usize| {
            let entry = boxed(b"avc1", &[vec![0; 78], boxed(b"avcC", &vec![1; bytes])].concat());
            let stsd = boxed(b"stsd", &[vec![0, 0, 0, 0, 0, 0, 0, 1], entry].concat());
            let stsd = Children::of(&stsd).next().expect("a box");
            parse_all(stsd, TrackKind::Video).map(|descriptions| descriptions.len())
        };
        assert_eq!(parsed(MAX_CONFIG_BYTES), Ok(1));
        let refused = parsed(MAX_CONFIG_BYTES + 1).expect_err("too long");
        assert!(refused.contains("avc1 has 65537 bytes"), "{refused}");
    }
}
