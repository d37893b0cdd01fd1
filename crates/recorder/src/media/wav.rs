//! WAVE files: uncompressed sound in chunks, RIFF and RF64 (EBU Tech 3306).
//!
//! Read here and not by the crate `hound`: its lengths are of 32 bits, it knows no RF64, and it takes a length of 0 or of all ones,
//! which a recorder leaves that was killed or that wrote to a pipe, at its word.

use std::path::Path;

use polyptych::Timestamp;

use super::clock;
use super::input::Input;
use super::{Container, Contents, MediaError, Packet, PacketReader, SoundCodec, SoundTrack, TrackKind};

/// Packets a second: each has 20 ms.
const PACKETS_PER_SECOND: u32 = 50;
/// The most samples a second and channels that are taken: what interfaces offer, and some more.
const MAX_SAMPLE_RATE: u32 = 768_000;
const MAX_CHANNELS: u16 = 64;
/// The most chunks before the sound.
const MAX_CHUNKS: usize = 1_000;

/// What the chunks say.
#[derive(Clone, Debug)]
struct Layout {
    codec: SoundCodec,
    sample_rate: u32,
    channels: u16,
    /// Bytes of one sample of every channel.
    block_bytes: u16,
    start: u64,
    end: u64,
    remarks: Vec<String>,
}

impl Layout {
    /// Samples a channel.
    fn samples(&self) -> u64 {
        (self.end - self.start) / u64::from(self.block_bytes)
    }

    fn moment(&self, sample: u64) -> Timestamp {
        clock::moment(sample.into(), self.sample_rate.into())
    }
}

/// Finds out what a file holds.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let layout = layout(&mut Input::open(path)?)?;
    let sound = SoundTrack {
        codec: layout.codec.clone(),
        config: Vec::new(),
        sample_rate: layout.sample_rate,
        channels: layout.channels,
        span: Some((Timestamp::ZERO, layout.moment(layout.samples()))),
    };
    Ok(Contents {
        container: Container::Wav,
        video: None,
        sound: Some(sound),
        began: None,
        remarks: layout.remarks,
    })
}

/// A reader of the sound.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let mut input = Input::open(path)?;
    let layout = layout(&mut input)?;
    match track {
        TrackKind::Sound => Ok(Box::new(Reader { input, layout, sample: 0 })),
        TrackKind::Video => Err(input.unsupported("WAVE has no video")),
    }
}

/// Walks the chunks up to the sound.
fn layout(input: &mut Input) -> Result<Layout, MediaError> {
    let mut format = None;
    let mut long_bytes = None;
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = input.read(at, 8)? else { break };
        let (name, length) = head.split_at(4);
        let (length, body) = (u64::from(u32_at(length, 0)), at + 8);
        match name {
            b"fmt " => format = Some(self::format(input, body, length)?),
            b"ds64" => long_bytes = input.read(body, 16)?.map(|sizes| u64_at(&sizes, 8)),
            b"data" => {
                let Some((codec, sample_rate, channels, block_bytes)) = format else {
                    return Err(input.malformed(format!(
                        "at byte {at} the sound begins, and no fmt chunk says what it is"
                    )));
                };
                let is_long = length == u64::from(u32::MAX);
                let stated = if is_long { long_bytes.unwrap_or(u64::MAX) } else { length };
                let there = input.len().saturating_sub(body);
                let mut remarks = Vec::new();
                let bytes = if stated == 0 && there > 0 || stated == u64::MAX {
                    remarks.push(
                        "the file does not say how long its sound is: it was not ended; all is taken"
                            .to_owned(),
                    );
                    there
                } else if stated > there {
                    remarks
                        .push(format!("the file was cut off: {there} of {stated} bytes of sound are there"));
                    there
                } else {
                    stated
                };
                return Ok(Layout {
                    codec,
                    sample_rate,
                    channels,
                    block_bytes,
                    start: body,
                    end: body + bytes,
                    remarks,
                });
            }
            _ => {}
        }
        // Chunks begin at even places.
        at = body + length + length % 2;
    }
    Err(input.malformed("no data chunk within the file"))
}

/// Reads what the samples are: codec, rate, channels, bytes of a sample of all channels.
fn format(input: &mut Input, at: u64, length: u64) -> Result<(SoundCodec, u32, u16, u16), MediaError> {
    let bytes = input.read(at, length.clamp(16, 40) as usize)?;
    let Some(bytes) = bytes.filter(|_| length >= 16) else {
        return Err(
            input.malformed(format!("at byte {at} the fmt chunk has {length} bytes, expected 16 or more"))
        );
    };
    let (channels, sample_rate) = (u16_at(&bytes, 2), u32_at(&bytes, 4));
    let (block_bytes, bits) = (u16_at(&bytes, 12), u16_at(&bytes, 14));
    // The extensible form names the tag at the beginning of its identifier.
    let tag = match u16_at(&bytes, 0) {
        0xfffe => u16_at(&bytes, 24),
        tag => tag,
    };
    if !(1..=MAX_SAMPLE_RATE).contains(&sample_rate) || !(1..=MAX_CHANNELS).contains(&channels) {
        let allowed = format!("allowed are 1..={MAX_SAMPLE_RATE} and 1..={MAX_CHANNELS}");
        return Err(
            input.malformed(format!("{sample_rate} samples a second of {channels} channels; {allowed}"))
        );
    }
    let codec = match (tag, bits) {
        (1, 16) => SoundCodec::PcmS16,
        (1, 24) => SoundCodec::PcmS24,
        (1, 32) => SoundCodec::PcmS32,
        (3, 32) => SoundCodec::PcmF32,
        (1, bits) => SoundCodec::Other(format!("PCM of {bits} bits")),
        (3, bits) => SoundCodec::Other(format!("floating-point PCM of {bits} bits")),
        (6, _) => SoundCodec::Other("A-law".to_owned()),
        (7, _) => SoundCodec::Other("mu-law".to_owned()),
        (tag, _) => SoundCodec::Other(format!("WAVE format {tag:#06x}")),
    };
    let is_pcm = !matches!(codec, SoundCodec::Other(_));
    if block_bytes == 0 || is_pcm && u32::from(block_bytes) != u32::from(channels) * u32::from(bits / 8) {
        let problem = format!(
            "{block_bytes} bytes a sample of all channels do not fit {channels} channels of {bits} bits"
        );
        return Err(input.malformed(problem));
    }
    Ok((codec, sample_rate, channels, block_bytes))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

struct Reader {
    input: Input,
    layout: Layout,
    /// The next one of each channel.
    sample: u64,
}

impl Reader {
    fn samples_per_packet(&self) -> u64 {
        u64::from(self.layout.sample_rate.div_ceil(PACKETS_PER_SECOND))
    }
}

impl PacketReader for Reader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        let count = self.samples_per_packet().min(self.layout.samples().saturating_sub(self.sample));
        let block_bytes = u64::from(self.layout.block_bytes);
        // The bounds of the fmt chunk keep a packet below 4 MiB, but for codecs that only another program reads.
        let bytes = usize::try_from(count * block_bytes).unwrap_or(usize::MAX);
        let read = self.input.read(self.layout.start + self.sample * block_bytes, bytes)?;
        let Some(data) = read.filter(|_| count > 0) else { return Ok(None) };
        let (at, end) = (self.layout.moment(self.sample), self.layout.moment(self.sample + count));
        self.sample += count;
        let duration = Some(end.since(at));
        Ok(Some(Packet { duration, ..Packet::new(at, data) }))
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        let nanos = u128::try_from(at.as_nanos()).unwrap_or(0);
        let sample = nanos * u128::from(self.layout.sample_rate) / 1_000_000_000;
        self.sample = u64::try_from(sample).unwrap_or(u64::MAX).min(self.layout.samples());
        self.sample -= self.sample % self.samples_per_packet();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], length: u32, body: &[u8]) -> Vec<u8> {
        [&name[..], &length.to_le_bytes(), body].concat()
    }

    fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
        let block = channels * bits / 8;
        let fields = [
            &tag.to_le_bytes()[..],
            &channels.to_le_bytes(),
            &rate.to_le_bytes(),
            &[0; 4],
            &block.to_le_bytes(),
            &bits.to_le_bytes(),
        ];
        chunk(b"fmt ", 16, &fields.concat())
    }

    fn file(magic: &[u8; 4], chunks: &[Vec<u8>]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), [&magic[..], &[0; 4], b"WAVE", &chunks.concat()].concat())
            .expect("written");
        file
    }

    fn counts(file: &tempfile::NamedTempFile) -> (Vec<(i64, usize)>, Vec<String>) {
        let mut reader = packets(file.path(), TrackKind::Sound).expect("a reader");
        let found = std::iter::from_fn(|| reader.next_packet().expect("read"));
        (
            found.map(|packet| (packet.at.as_nanos(), packet.data.len())).collect(),
            probe(file.path()).expect("contents").remarks,
        )
    }

    #[test]
    fn packets_have_20_ms_and_the_last_what_is_left() {
        let odd = chunk(b"LIST", 3, &[0; 4]);
        let file = file(b"RIFF", &[odd, format(1, 2, 8_000, 24), chunk(b"data", 6 * 400, &[1; 6 * 400])]);
        assert_eq!(counts(&file), (vec![(0, 960), (20_000_000, 960), (40_000_000, 480)], vec![]));
        let mut reader = packets(file.path(), TrackKind::Sound).expect("a reader");
        for (at, expected) in [
            (39_999_999, Some(20_000_000)),
            (40_000_000, Some(40_000_000)),
            (-5, Some(0)),
            (i64::MAX, Some(40_000_000)),
        ] {
            reader.seek(Timestamp::from_nanos(at)).expect("sought");
            assert_eq!(reader.next_packet().expect("read").map(|packet| packet.at.as_nanos()), expected);
        }
    }

    #[test]
    fn lengths_that_were_never_written_are_those_of_the_file() {
        for length in [0, u32::MAX, 5_000] {
            let file = file(b"RIFF", &[format(3, 1, 50, 32), chunk(b"data", length, &[0; 11])]);
            let (found, remarks) = counts(&file);
            assert_eq!((found, remarks.len()), (vec![(0, 4), (20_000_000, 4)], 1));
        }
        let sizes = [&[0; 8][..], &8_u64.to_le_bytes(), &[0; 12]].concat();
        let file = file(
            b"RF64",
            &[chunk(b"ds64", 28, &sizes), format(1, 1, 50, 16), chunk(b"data", u32::MAX, &[0; 12])],
        );
        assert_eq!(counts(&file).0.len(), 4);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_was_found() {
        for (chunks, expected) in [
            (vec![chunk(b"data", 2, &[0; 2])], "fmt"),
            (vec![format(1, 0, 8_000, 16), chunk(b"data", 2, &[0; 2])], "0 channels"),
            (vec![format(1, 1, 0, 16)], "0 samples"),
            (vec![format(1, 1, 8_000, 16)], "no data chunk"),
            (vec![chunk(b"fmt ", 4, &[0; 4])], "4 bytes"),
            (vec![], "no data chunk"),
        ] {
            let refused = probe(file(b"RIFF", &chunks).path()).expect_err("refused").to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
