//! Sample descriptions of sound (ISO/IEC 14496-12, 12.2; ISO/IEC 14496-1, 7.2.6; ISO/IEC 23003-5; QuickTime File Format).

use super::boxes::{Box4, Fields, title};
use super::description::{Pcm, SoundDescription};
use crate::media::audio_config::AudioConfig;
use crate::media::{SoundCodec, SoundTrack};

/// What the fields of a description say, before the boxes in it.
struct Form {
    channels: u16,
    sample_rate: u32,
    bits: u16,
    /// Of QuickTime's second version: floating point, and the highest byte first.
    is_float: bool,
    is_big_endian: bool,
}

/// An `AudioSampleEntry`, or QuickTime's longer ones. `version` is that of the `stsd`, which tells ISO's second one from QuickTime's.
pub(super) fn parse(entry: Box4<'_>, version: u32) -> Option<SoundDescription> {
    let (form, rest) = parse_form(entry, version)?;
    let inner = entry.with_body(rest);
    let wave = inner.child(b"wave");
    let nested = |name| inner.child(name).or_else(|| wave?.child(name));
    let mut track = SoundTrack {
        codec: SoundCodec::Other(title(entry.name)),
        config: Vec::new(),
        sample_rate: form.sample_rate,
        channels: form.channels,
        span: None,
    };
    let mut pcm = None;
    match &entry.name {
        b"mp4a" => {
            let stream = nested(b"esds").and_then(|esds| Stream::parse(esds.body));
            track.codec = match stream.as_ref().map(|stream| stream.object_type) {
                None | Some(0x40 | 0x66..=0x68) => SoundCodec::Aac,
                Some(other) => SoundCodec::Other(format!("mp4a.{other:02x}")),
            };
            track.config = stream.map(|stream| stream.config).unwrap_or_default();
            if track.codec == SoundCodec::Aac
                && let Some(config) = AudioConfig::parse(&track.config)
            {
                track.sample_rate = config.sample_rate;
                track.channels = config.channels.unwrap_or(track.channels);
            }
        }
        b"Opus" => {
            track.codec = SoundCodec::Opus;
            track.config = opus_head(inner.child(b"dOps")?.body)?;
            track.channels = track.config.get(9).copied().map_or(track.channels, u16::from);
            track.sample_rate = 48_000;
        }
        name => {
            pcm = pcm_of(name, &form, nested(b"enda"), inner.child(b"pcmC"));
            if let Some((codec, _)) = &pcm {
                track.codec = codec.clone();
            }
        }
    }
    Some(SoundDescription { track, pcm: pcm.map(|(_, pcm)| pcm) })
}

fn parse_form<'a>(entry: Box4<'a>, stsd_version: u32) -> Option<(Form, &'a [u8])> {
    let mut fields = Fields::of(entry.body);
    fields.take(8)?;
    let entry_version = fields.u16()?;
    fields.take(6)?;
    let mut form = Form {
        channels: fields.u16()?,
        sample_rate: 0,
        bits: fields.u16()?,
        is_float: false,
        is_big_endian: true,
    };
    fields.take(4)?;
    form.sample_rate = fields.u32()? >> 16;
    match entry_version {
        1 if stsd_version == 0 => {
            fields.take(16)?;
        }
        2 => {
            fields.take(4)?;
            let sample_rate = f64::from_bits(fields.u64()?);
            // A cast of a number that is none gives 0, and one that is too large the largest.
            form.sample_rate = sample_rate.round() as u32;
            form.channels = u16::try_from(fields.u32()?).unwrap_or(u16::MAX);
            fields.take(4)?;
            form.bits = u16::try_from(fields.u32()?).unwrap_or(0);
            let flags = fields.u32()?;
            form.is_float = flags & 1 != 0;
            form.is_big_endian = flags & 2 != 0;
            fields.take(8)?;
        }
        _ => {}
    }
    Some((form, fields.rest()))
}

/// The form of uncompressed sound; `None` where it is another codec, or a form that no packet can have.
fn pcm_of(
    name: &[u8; 4],
    form: &Form,
    enda: Option<Box4<'_>>,
    pcmc: Option<Box4<'_>>,
) -> Option<(SoundCodec, Pcm)> {
    let is_little = enda.is_some_and(|enda| enda.body.last().is_some_and(|&byte| byte & 1 != 0));
    let (bits, is_float, is_big_endian) = match name {
        b"sowt" => (form.bits, false, false),
        b"twos" => (form.bits, false, true),
        b"in24" => (24, false, !is_little),
        b"in32" => (32, false, !is_little),
        b"fl32" => (32, true, !is_little),
        b"lpcm" => (form.bits, form.is_float, form.is_big_endian),
        b"ipcm" | b"fpcm" => {
            let mut fields = Fields::of(pcmc?.body);
            fields.take(4)?;
            let (flags, bits) = (fields.u8()?, fields.u8()?);
            (u16::from(bits), name == b"fpcm", flags & 1 == 0)
        }
        _ => return None,
    };
    let (codec, bytes) = match (bits, is_float) {
        (16, false) => (SoundCodec::PcmS16, 2),
        (24, false) => (SoundCodec::PcmS24, 3),
        (32, false) => (SoundCodec::PcmS32, 4),
        (32, true) => (SoundCodec::PcmF32, 4),
        _ => return None,
    };
    Some((codec, Pcm { bytes, is_big_endian }))
}

/// What an `esds` says of an elementary stream.
struct Stream {
    object_type: u8,
    config: Vec<u8>,
}

impl Stream {
    fn parse(esds: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(esds);
        fields.take(4)?;
        let mut stream = Fields::of(descriptor(&mut fields, 3)?);
        stream.take(2)?;
        let flags = stream.u8()?;
        if flags & 0x80 != 0 {
            stream.take(2)?;
        }
        if flags & 0x40 != 0 {
            let url_bytes = stream.u8()?;
            stream.take(usize::from(url_bytes))?;
        }
        if flags & 0x20 != 0 {
            stream.take(2)?;
        }
        let mut decoder = Fields::of(descriptor(&mut stream, 4)?);
        let object_type = decoder.u8()?;
        decoder.take(12)?;
        Some(Self { object_type, config: descriptor(&mut decoder, 5).unwrap_or_default().to_vec() })
    }
}

/// The content of the next descriptor, where it has that tag. Sizes that say too much are cut, as files have them.
fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Option<&'a [u8]> {
    if fields.u8()? != tag {
        return None;
    }
    let mut size = 0_usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        size = size << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let rest = fields.rest();
    fields.take(size.min(rest.len()))
}

/// The identification header of what a `dOps` says: the same fields with the other end first
/// (Encapsulation of Opus in ISO Base Media File Format, 4.3.2; RFC 7845, 5.1).
fn opus_head(dops: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Fields::of(dops);
    let _version = fields.u8()?;
    let channels = fields.u8()?;
    let (pre_skip, input_rate, gain) = (fields.u16()?, fields.u32()?, fields.u16()?);
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(pre_skip.to_le_bytes());
    head.extend(input_rate.to_le_bytes());
    head.extend(gain.to_le_bytes());
    head.extend(fields.rest());
    Some(head)
}
