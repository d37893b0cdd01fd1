//! YUV4MPEG2 files. The one file that names the `y4m` crate.

use std::io::{BufRead, Cursor, Read};

use polyptych::{ColorSpace, Frame, FrameBuffer, MAX_SIDE, PixelFormat, PlaneBuffer, Range, Size};
use y4m::Colorspace;

use super::ReadError;

/// What every such file begins with.
pub const MAGIC: &[u8] = b"YUV4MPEG2 ";

/// The longest header that is read; the crate's own bound.
const MAX_HEADER_BYTES: u64 = 1024;

/// Reads the frame that is shown at `at_secs` from the first one: the newest not after it, the last one beyond the end.
///
/// # Errors
/// Where the header does not describe progressive pictures of 8-bit 4:2:0 or grey samples, or no frame is whole.
pub fn read(mut file: impl BufRead, at_secs: f64) -> Result<Frame, ReadError> {
    let mut header = Vec::new();
    file.by_ref()
        .take(MAX_HEADER_BYTES)
        .read_until(b'\n', &mut header)
        .map_err(|error| ReadError(error.to_string()))?;
    let tags = Tags::parse(&header)?;
    let mut decoder = y4m::Decoder::new(Cursor::new(header).chain(file)).map_err(told)?;
    let rate = decoder.get_framerate();
    // Half a nanosecond stands in for what seconds in binary cannot express; `as` saturates.
    let index = ((at_secs + 5e-10) * rate.num as f64 / rate.den.max(1) as f64) as u64;
    let aspect = decoder.get_pixel_aspect();
    let mut picture = FrameBuffer::new(PixelFormat::I420, tags.size);
    let mut found = false;
    for _ in 0..=index {
        match decoder.read_frame() {
            Ok(frame) => {
                fill(&mut picture, &frame);
                found = true;
            }
            Err(y4m::Error::EOF) if found => break,
            Err(error) => return Err(told(error)),
        }
    }
    let mut frame = Frame::from(picture);
    if let Some(range) = tags.range {
        frame = frame.with_range(range);
    }
    // 0:0 is how the format says that it does not know.
    match (i32::try_from(aspect.num), i32::try_from(aspect.den)) {
        (Ok(num @ 1..), Ok(den @ 1..)) => Ok(frame.with_pixel_aspect(num, den)),
        _ => Ok(frame),
    }
}

/// The tags that must be known before the crate reads the header: it multiplies sides unchecked,
/// and does not know ranges, interlacing and how the colour space that it refuses is called.
struct Tags {
    size: Size,
    range: Option<Range>,
}

impl Tags {
    fn parse(header: &[u8]) -> Result<Self, ReadError> {
        let text = String::from_utf8_lossy(header);
        let Some(text) = text.strip_suffix('\n') else {
            return Err(ReadError(format!("the Y4M header has no end within {MAX_HEADER_BYTES} bytes")));
        };
        let (mut width, mut height, mut range) = (0, 0, None);
        for tag in text.split(' ').skip(1).filter(|tag| !tag.is_empty()) {
            let value = tag.get(1..).unwrap_or_default();
            match tag.as_bytes()[0] {
                b'W' => width = value.parse().unwrap_or(0),
                b'H' => height = value.parse().unwrap_or(0),
                b'I' if !matches!(value, "p" | "?") => {
                    return Err(ReadError("interlaced Y4M is not supported, only progressive".to_owned()));
                }
                b'C' if !matches!(value, "420" | "420jpeg" | "420mpeg2" | "420paldv" | "mono") => {
                    let expected = "420, 420jpeg, 420mpeg2, 420paldv or mono";
                    return Err(ReadError(format!(
                        "Y4M colour space {value:?} is not supported, only {expected}"
                    )));
                }
                b'X' => match value {
                    "COLORRANGE=FULL" => range = Some(Range::Full),
                    "COLORRANGE=LIMITED" => range = Some(Range::Limited),
                    _ => {}
                },
                _ => {}
            }
        }
        let size = Size::from_wh(width, height).ok_or_else(|| {
            ReadError(format!("the Y4M header states no width and height within 1..={MAX_SIDE}"))
        })?;
        Ok(Self { size, range })
    }
}

fn fill(picture: &mut FrameBuffer, frame: &y4m::Frame<'_>) {
    let sources = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()];
    for (mut plane, source) in picture.view_mut().into_planes().into_iter().zip(sources) {
        let row_bytes = plane.shape().row_bytes;
        for y in 0..plane.shape().rows {
            match source.get(y * row_bytes..(y + 1) * row_bytes) {
                Some(samples) => plane.row_mut(y).copy_from_slice(samples),
                // Grey pictures have no chroma planes: theirs is the neutral one.
                None => plane.row_mut(y).fill(128),
            }
        }
    }
}

fn told(error: y4m::Error) -> ReadError {
    ReadError(match error {
        y4m::Error::EOF => "the Y4M file ends within a frame".to_owned(),
        y4m::Error::IoError(error) => error.to_string(),
        error => format!("not a Y4M file that can be read: {error}"),
    })
}

/// Writes one I420 picture as a file of one frame, its chroma siting (centre) and range in the header.
pub fn write(picture: &FrameBuffer, space: ColorSpace) -> Result<Vec<u8>, y4m::Error> {
    let size = picture.size();
    let range: &[u8] = match space.range {
        Range::Limited => b"COLORRANGE=LIMITED",
        Range::Full => b"COLORRANGE=FULL",
    };
    let mut file = Vec::with_capacity(picture.as_bytes().len() + 128);
    y4m::encode(size.width() as usize, size.height() as usize, y4m::Ratio::new(1, 1))
        .with_colorspace(Colorspace::C420jpeg)
        .append_vendor_extension(y4m::VendorExtensionString::new(range.to_vec())?)
        .write_header(&mut file)?
        .write_frame(&y4m::Frame::new([0, 1, 2].map(|index| picture.plane(index)), None))?;
    Ok(file)
}
