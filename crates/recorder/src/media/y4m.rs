//! YUV4MPEG2: uncompressed video behind one line of text. Read here, since frames are to be found by their place.

use std::path::Path;

use polyptych::{MAX_SIDE, PixelFormat, Range, Size, Timestamp};

use super::clock;
use super::input::Input;
use super::{Container, Contents, MediaError, Packet, PacketReader, TrackKind, VideoCodec, VideoTrack};

/// What every such file begins with.
pub const MAGIC: &[u8] = b"YUV4MPEG2";
/// The longest line that is read, of the file and of a frame, in bytes.
const MAX_LINE_BYTES: usize = 1024;
/// What every frame begins with.
const FRAME: &[u8] = b"FRAME";

/// What the first line of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Of the pictures.
    pub size: Size,
    /// Pictures in so many seconds; both above 0. Where nothing is said, 25 in 1.
    pub rate: (u32, u32),
    /// Width over height of a pixel, both above 0, where it is known.
    pub pixel_aspect: Option<(i32, i32)>,
    /// The range, where an `XCOLORRANGE` says it.
    pub range: Option<Range>,
    /// Whether there is luma alone.
    pub is_grey: bool,
    /// Bytes of the line, with its end.
    pub bytes: usize,
}

impl Header {
    /// Reads the line at the beginning of `head`.
    ///
    /// # Errors
    /// Where it does not describe progressive pictures of 8-bit 4:2:0 or grey samples.
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let line =
            line(head).ok_or_else(|| format!("the Y4M header has no end within {MAX_LINE_BYTES} bytes"))?;
        let text = String::from_utf8_lossy(line);
        let (mut width, mut height, mut rate) = (0, 0, (25, 1));
        let (mut pixel_aspect, mut range, mut is_grey) = (None, None, false);
        for tag in text.split(' ').skip(1) {
            let mut letters = tag.chars();
            let Some(letter) = letters.next() else { continue };
            let value = letters.as_str();
            match letter {
                'W' => width = value.parse().unwrap_or(0),
                'H' => height = value.parse().unwrap_or(0),
                'F' => {
                    rate = ratio(value).filter(|&(num, den)| num > 0 && den > 0).ok_or_else(|| {
                        format!("the Y4M header states the frame rate {value:?}, expected such as 30:1")
                    })?;
                }
                'A' => {
                    // 0:0 is how the format says that it does not know.
                    let aspect = ratio(value).map(|(num, den)| (i32::try_from(num), i32::try_from(den)));
                    if let Some((Ok(num @ 1..), Ok(den @ 1..))) = aspect {
                        pixel_aspect = Some((num, den));
                    }
                }
                'I' if !matches!(value, "p" | "?") => {
                    return Err("interlaced Y4M is not supported, only progressive".to_owned());
                }
                'C' => match value {
                    "420" | "420jpeg" | "420mpeg2" | "420paldv" => {}
                    "mono" => is_grey = true,
                    _ => {
                        let expected = "420, 420jpeg, 420mpeg2, 420paldv or mono";
                        return Err(format!("Y4M colour space {value:?} is not supported, only {expected}"));
                    }
                },
                'X' => match value {
                    "COLORRANGE=FULL" => range = Some(Range::Full),
                    "COLORRANGE=LIMITED" => range = Some(Range::Limited),
                    _ => {}
                },
                _ => {}
            }
        }
        let size = Size::from_wh(width, height)
            .ok_or_else(|| format!("the Y4M header states no width and height within 1..={MAX_SIDE}"))?;
        Ok(Self { size, rate, pixel_aspect, range, is_grey, bytes: line.len() + 1 })
    }

    /// Bytes of a picture in the file.
    #[must_use]
    pub const fn picture_bytes(&self) -> usize {
        if self.is_grey { self.size.area() as usize } else { PixelFormat::I420.packed_bytes(self.size) }
    }

    /// When picture `index` is presented.
    fn moment(&self, index: u64) -> Timestamp {
        let (num, den) = self.rate;
        clock::moment(i128::from(index) * i128::from(den), num.into())
    }
}

/// The first line without its end; `None` where it is too long.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.iter().take(MAX_LINE_BYTES).position(|&byte| byte == b'\n').and_then(|end| bytes.get(..end))
}

fn ratio(value: &str) -> Option<(u32, u32)> {
    let (num, den) = value.split_once(':')?;
    Some((num.parse().ok()?, den.parse().ok()?))
}

/// Finds out what a file holds.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let mut reader = Reader::open(path)?;
    let Header { size, pixel_aspect, range, .. } = reader.header;
    let (pictures, rest) = reader.count()?;
    let video = VideoTrack {
        size: Some(size),
        pixel_aspect,
        range,
        span: Some((Timestamp::ZERO, reader.header.moment(pictures))),
        ..VideoTrack::new(VideoCodec::I420)
    };
    let remarks =
        if rest > 0 { vec!["the last picture is cut off and left out".to_owned()] } else { Vec::new() };
    Ok(Contents { container: Container::Y4m, video: Some(video), sound: None, began: None, remarks })
}

/// A reader of the pictures.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let reader = Reader::open(path)?;
    match track {
        TrackKind::Video => Ok(Box::new(reader)),
        TrackKind::Sound => Err(reader.input.unsupported("Y4M has no sound")),
    }
}

struct Reader {
    input: Input,
    header: Header,
    /// Where the next frame's line lies, and its number.
    at: u64,
    index: u64,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, MediaError> {
        let mut input = Input::open(path)?;
        let header = Header::parse(input.peek(0, MAX_LINE_BYTES)?).map_err(|what| input.unsupported(what))?;
        Ok(Self { input, header, at: header.bytes as u64, index: 0 })
    }

    /// The length of the frame's line that is next, with its end; `None` at the end of the file.
    fn frame_line(&mut self) -> Result<Option<u64>, MediaError> {
        let head = self.input.peek(self.at, MAX_LINE_BYTES)?;
        match line(head) {
            Some(line) if line.starts_with(FRAME) => Ok(Some(line.len() as u64 + 1)),
            None if head.len() < MAX_LINE_BYTES => Ok(None),
            _ => {
                let problem = format!("at byte {} picture {} does not begin with FRAME", self.at, self.index);
                Err(self.input.malformed(problem))
            }
        }
    }

    /// Pictures in the file, and bytes behind the last whole one. Lines of frames are taken to be as long as the first.
    fn count(&mut self) -> Result<(u64, u64), MediaError> {
        let behind = self.input.len().saturating_sub(self.at);
        let frame = self.frame_line()?.unwrap_or(FRAME.len() as u64 + 1) + self.header.picture_bytes() as u64;
        Ok((behind / frame, behind % frame))
    }
}

impl PacketReader for Reader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        let line_bytes = match self.frame_line() {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error) => {
                // Nothing says where the next one is.
                self.at = self.input.len();
                return Err(error);
            }
        };
        let bytes = self.header.picture_bytes();
        let Some(mut data) = self.input.read(self.at + line_bytes, bytes)? else {
            self.at = self.input.len();
            return Ok(None);
        };
        // Grey pictures have no chroma planes: theirs is the neutral one.
        data.resize(PixelFormat::I420.packed_bytes(self.header.size), 128);
        let (at, next) = (self.header.moment(self.index), self.header.moment(self.index + 1));
        self.at += line_bytes + bytes as u64;
        self.index += 1;
        let duration = Some(next.since(at));
        Ok(Some(Packet { duration, ..Packet::new(at, data) }))
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        (self.at, self.index) = (self.header.bytes as u64, 0);
        while self.header.moment(self.index + 1) <= at {
            let Some(line_bytes) = self.frame_line()? else { break };
            let next = self.at + line_bytes + self.header.picture_bytes() as u64;
            if next >= self.input.len() {
                break;
            }
            self.at = next;
            self.index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_is_read_and_what_is_not() {
        let header = Header::parse(
            b"YUV4MPEG2 W5 H3 F30000:1001 Ip A4:3 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL\nFRAME\n",
        );
        let header = header.expect("a header");
        assert_eq!((header.size.width(), header.size.height(), header.rate), (5, 3, (30_000, 1_001)));
        assert_eq!(
            (header.pixel_aspect, header.range, header.is_grey),
            (Some((4, 3)), Some(Range::Full), false)
        );
        assert_eq!((header.bytes, header.picture_bytes()), (77, 15 + 2 * 6));
        for (line, expected) in [
            (&b"YUV4MPEG2 W4 H2 It\n"[..], "interlaced"),
            (b"YUV4MPEG2 W4 H2 C422\n", "\"422\""),
            (b"YUV4MPEG2 W4 H2 C420p10\n", "\"420p10\""),
            (b"YUV4MPEG2 W4 H9000\n", "8192"),
            (b"YUV4MPEG2 W4 H2 F0:0\n", "0:0"),
            (b"YUV4MPEG2 W4 H2", "no end"),
        ] {
            let refused = Header::parse(line).expect_err("refused");
            assert!(refused.contains(expected), "{refused}");
        }
    }

    fn file(pictures: u8, cut: usize) -> tempfile::NamedTempFile {
        let mut bytes = b"YUV4MPEG2 W2 H2 F30:1\n".to_vec();
        for picture in 0..pictures {
            bytes.extend_from_slice(if picture % 2 == 0 { b"FRAME\n" } else { b"FRAME Ip\n" });
            bytes.extend_from_slice(&[picture; 6]);
        }
        bytes.truncate(bytes.len() - cut);
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        file
    }

    #[test]
    fn pictures_come_at_their_times_and_a_cut_one_not_at_all() {
        for cut in 0..12 {
            let file = file(3, cut);
            let mut reader = packets(file.path(), TrackKind::Video).expect("a reader");
            let found: Vec<_> = std::iter::from_fn(|| reader.next_packet().expect("read")).collect();
            assert_eq!(found.len(), if cut == 0 { 3 } else { 2 }, "{cut}");
            assert_eq!((found[1].at.as_nanos(), &found[1].data), (33_333_333, &vec![1; 6]));
        }
    }

    #[test]
    fn seeking_goes_to_the_picture_that_is_shown() {
        let file = file(4, 0);
        let mut reader = packets(file.path(), TrackKind::Video).expect("a reader");
        for (at, expected) in
            [(0, 0), (33_333_332, 0), (33_333_333, 1), (70_000_000, 2), (i64::MAX, 3), (-1, 0)]
        {
            reader.seek(Timestamp::from_nanos(at)).expect("sought");
            assert_eq!(reader.next_packet().expect("read").expect("a packet").data[0], expected, "{at}");
        }
    }
}
