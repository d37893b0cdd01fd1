//! Packets out of a pipe: fragmented MP4 with a fragment for each, as ISO/IEC 14496-12 describes it.
//!
//! Of the forms that the program writes to a pipe, it is the one that states both times of a packet exactly and the codec's
//! configuration, for every codec in the same way. Boxes are read as far as our own child writes them, and no further.

use std::io::{self, Read};

use super::child::fill;

/// Larger headers and packets are refused, in bytes.
const MAX_HEADER: u64 = 1 << 20;
/// An uncompressed frame of the largest canvas has 100 MB.
const MAX_PACKET: u64 = 128 << 20;
/// In the flags of a sample: decoding cannot begin here. ISO/IEC 14496-12, 8.8.3.1.
const IS_NOT_SYNC: u32 = 0x1_0000;

/// What the track is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Track {
    /// Ticks a second.
    pub(super) timescale: u32,
    /// Of the codec: `avcC`, `vpcC`, `av1C`, `dOps`, or the `esds` with its version.
    pub(super) config: Vec<u8>,
    /// The first tick that is presented.
    pub(super) begin: i64,
}

/// A packet, its times in ticks of the track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) dts: i64,
    pub(super) pts: i64,
    pub(super) duration: u32,
    pub(super) is_key: bool,
    pub(super) data: Vec<u8>,
}

/// What a pipe gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Track(Track),
    Packet(Fragment),
}

/// Reads pieces until the pipe ends.
pub(super) struct Fragments<R> {
    from: R,
    /// What is known of the next packet.
    head: Option<Fragment>,
}

impl<R: Read> Fragments<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, head: None }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let mut header = [0; 8];
            if !fill(&mut self.from, &mut header)? {
                return Ok(None);
            }
            let [a, b, c, d, kind @ ..] = header;
            let payload = match u32::from_be_bytes([a, b, c, d]) {
                1 => {
                    let mut size = [0; 8];
                    self.exactly(&mut size)?;
                    u64::from_be_bytes(size).checked_sub(16)
                }
                size => u64::from(size).checked_sub(8),
            };
            let payload = payload.ok_or_else(|| invalid("a box is smaller than its header"))?;
            match &kind {
                b"moov" => {
                    return track(&self.payload(payload, MAX_HEADER)?).map(|track| Some(Piece::Track(track)));
                }
                b"moof" => self.head = Some(head(&self.payload(payload, MAX_HEADER)?)?),
                b"mdat" => {
                    let data = self.payload(payload, MAX_PACKET)?;
                    let head = self.head.take().ok_or_else(|| invalid("data without a fragment's header"))?;
                    return Ok(Some(Piece::Packet(Fragment { data, ..head })));
                }
                _ => drop(self.payload(payload, MAX_HEADER)?),
            }
        }
    }

    fn payload(&mut self, bytes: u64, limit: u64) -> io::Result<Vec<u8>> {
        if bytes > limit {
            return Err(invalid("a box is larger than any that is written here"));
        }
        let mut payload = Vec::new();
        self.from.by_ref().take(bytes).read_to_end(&mut payload)?;
        if (payload.len() as u64) < bytes { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(payload) }
    }

    fn exactly(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        if fill(&mut self.from, bytes)? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// The payload of the first box of `kind` among `boxes`.
fn child<'a>(mut boxes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    while let (Some(size), Some(found)) = (u32_at(boxes, 0), boxes.get(4..8)) {
        let size = usize::try_from(size).ok().filter(|&size| size >= 8)?;
        if found == kind {
            return boxes.get(8..size);
        }
        boxes = boxes.get(size..)?;
    }
    None
}

fn descend<'a>(boxes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(boxes, |boxes, kind| child(boxes, kind))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|eight| u64::from_be_bytes(*eight))
}

fn track(moov: &[u8]) -> io::Result<Track> {
    let read = || {
        let trak = child(moov, b"trak")?;
        let mdhd = descend(trak, &[b"mdia", b"mdhd"])?;
        let timescale =
            u32_at(mdhd, if mdhd.first() == Some(&1) { 20 } else { 12 }).filter(|&scale| scale != 0)?;
        let config = config(descend(trak, &[b"mdia", b"minf", b"stbl", b"stsd"])?)?.to_vec();
        // Without an edit list, everything is presented.
        let begin = descend(trak, &[b"edts", b"elst"]).map_or(Some(0), begin)?;
        Some(Track { timescale, config, begin })
    };
    read().ok_or_else(|| invalid("the track's header is not as expected"))
}

/// The configuration in the one sample entry: behind 78 bytes where it is video, 28 where it is sound (ISO/IEC 14496-12, 12.1.3
/// and 12.2.3).
fn config(stsd: &[u8]) -> Option<&[u8]> {
    let entry = stsd.get(8..)?;
    let (kind, fields) = (entry.get(4..8)?, entry.get(8..)?);
    match kind {
        b"avc1" => child(fields.get(78..)?, b"avcC"),
        b"vp09" => child(fields.get(78..)?, b"vpcC"),
        b"av01" => child(fields.get(78..)?, b"av1C"),
        b"mp4a" => child(fields.get(28..)?, b"esds"),
        b"Opus" => child(fields.get(28..)?, b"dOps"),
        _ => None,
    }
}

/// The media time of the first edit that is no gap; -1 says gap.
fn begin(elst: &[u8]) -> Option<i64> {
    let is_long = elst.first() == Some(&1);
    for index in 0..u32_at(elst, 4)?.min(2) as usize {
        let time = if is_long {
            u64_at(elst, 8 + index * 20 + 8)?.cast_signed()
        } else {
            i64::from(u32_at(elst, 8 + index * 12 + 4)?.cast_signed())
        };
        if time >= 0 {
            return Some(time);
        }
    }
    Some(0)
}

/// What a fragment's header says about its one sample.
fn head(moof: &[u8]) -> io::Result<Fragment> {
    let read = || {
        let traf = child(moof, b"traf")?;
        let (tfhd, tfdt, trun) = (child(traf, b"tfhd")?, child(traf, b"tfdt")?, child(traf, b"trun")?);
        let defaults = Fields::new(tfhd, 8, &[(0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4)])?;
        let sample =
            Fields::new(trun, 8, &[(0x1, 4), (0x4, 4), (0x100, 4), (0x200, 4), (0x400, 4), (0x800, 4)])?;
        let dts = if tfdt.first() == Some(&1) { u64_at(tfdt, 4)? } else { u64::from(u32_at(tfdt, 4)?) };
        let dts = i64::try_from(dts).ok()?;
        let offset = sample.get(0x800)?.unwrap_or(0);
        // Version 1 knows negative offsets.
        let offset =
            if trun.first() == Some(&1) { i64::from(offset.cast_signed()) } else { i64::from(offset) };
        let flags = sample.get(0x4)?.or(sample.get(0x400)?).or(defaults.get(0x20)?).unwrap_or(0);
        let fragment = Fragment {
            dts,
            pts: dts.checked_add(offset)?,
            duration: sample.get(0x100)?.or(defaults.get(0x8)?)?,
            is_key: flags & IS_NOT_SYNC == 0,
            data: Vec::new(),
        };
        (u32_at(trun, 4)? == 1).then_some(fragment)
    };
    read().ok_or_else(|| invalid("a fragment's header is not as expected"))
}

/// Fields of a box that are there where its flags say so, one behind the other.
struct Fields<'a> {
    bytes: &'a [u8],
    flags: u32,
    from: usize,
    /// The flag and the bytes of each.
    layout: &'a [(u32, usize)],
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8], from: usize, layout: &'a [(u32, usize)]) -> Option<Self> {
        Some(Self { bytes, flags: u32_at(bytes, 0)? & 0xff_ffff, from, layout })
    }

    /// The field of `flag`: `Some(None)` where there is none, `None` where the box is too short for it.
    fn get(&self, flag: u32) -> Option<Option<u32>> {
        if self.flags & flag == 0 {
            return Some(None);
        }
        let before = self.layout.iter().take_while(|(other, _)| *other != flag);
        let skipped: usize =
            before.filter(|(other, _)| self.flags & other != 0).map(|(_, bytes)| bytes).sum();
        u32_at(self.bytes, self.from + skipped).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len() + 8).expect("small");
        [&size.to_be_bytes(), &kind[..], payload].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn moof(flags: u32, trun: &[u32]) -> Vec<u8> {
        let tfhd = boxed(b"tfhd", &words(&[0x2_0038, 1, 1001, 5, 0x101_0000]));
        let tfdt = boxed(b"tfdt", &words(&[0x100_0000, 1, 7]));
        let trun = boxed(b"trun", &words(&[&[flags, 1], trun].concat()));
        boxed(b"moof", &[boxed(b"mfhd", &[0; 8]), boxed(b"traf", &[tfhd, tfdt, trun].concat())].concat())
    }

    fn pieces(bytes: &[u8]) -> io::Result<Vec<Piece>> {
        let mut fragments = Fragments::new(bytes);
        std::iter::from_fn(|| fragments.next().transpose()).collect()
    }

    #[test]
    fn fragment_has_the_times_of_its_header() {
        let dts = (1 << 32) + 7;
        let packet = |pts, is_key| {
            Piece::Packet(Fragment { dts, pts, duration: 1001, is_key, data: b"data".to_vec() })
        };
        let ahead = [moof(0x805, &[0x6c, 0x200_0000, 2002]), boxed(b"mdat", b"data")].concat();
        assert_eq!(pieces(&ahead).expect("a packet"), [packet(dts + 2002, true)]);
        let back = [moof(0x100_0801, &[0x6c, (-3_i32).cast_unsigned()]), boxed(b"mdat", b"data")].concat();
        assert_eq!(pieces(&back).expect("a packet"), [packet(dts - 3, false)]);
    }

    #[test]
    fn pieces_cut_anywhere_are_an_error_or_whole() {
        let bytes = [moof(0x805, &[0x6c, 0x200_0000, 2002]), boxed(b"mdat", b"data")].concat();
        for end in 0..bytes.len() {
            match pieces(&bytes[..end]) {
                Ok(pieces) => assert!(pieces.is_empty(), "cut at {end}"),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}"),
            }
        }
    }

    #[test]
    fn pieces_of_nonsense_are_errors() {
        assert!(pieces(b"ffmpeg: command not found").is_err());
        assert!(pieces(&boxed(b"mdat", b"data")).is_err());
        assert!(pieces(&boxed(b"moov", &boxed(b"trak", b""))).is_err());
        assert!(pieces(&[0, 0, 0, 7, b'm', b'd', b'a', b't']).is_err());
        assert!(pieces(&[0xff; 64]).is_err());
        assert!(pieces(&moof(0x805, &[0x6c])).is_err());
        let mut bytes = [moof(0x805, &[0x6c, 0x200_0000, 2002]), boxed(b"mdat", b"data")].concat();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let before = std::mem::replace(&mut bytes[at], value);
                drop(pieces(&bytes));
                bytes[at] = before;
            }
        }
    }
}
