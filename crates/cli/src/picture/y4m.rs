//! YUV4MPEG2 files, from a stream that is read once; what their lines mean, the recorder knows.

use std::io::{BufRead, Read};

use polyptych::{ColorSpace, Frame, FrameBuffer, FrameRate, PixelFormat};
use polyptych_recorder::encode::VideoFormat;
use polyptych_recorder::media::y4m::Header;
pub use polyptych_recorder::media::y4m::MAGIC;
use polyptych_recorder::write::y4m::{FRAME_HEADER, header};

use super::ReadError;

/// The longest line that is read, of the file and of a frame, in bytes.
const MAX_LINE_BYTES: u64 = 1024;

/// Reads the frame that is shown at `at_secs` from the first one: the newest not after it, the last one beyond the end.
///
/// # Errors
/// Where the header does not describe progressive pictures of 8-bit 4:2:0 or grey samples, or no frame is whole.
pub fn read(mut file: impl BufRead, at_secs: f64) -> Result<Frame, ReadError> {
    let header = Header::parse(&line(&mut file)?).map_err(ReadError)?;
    // Half a nanosecond stands in for what seconds in binary cannot express; `as` saturates.
    let index = ((at_secs + 5e-10) * f64::from(header.rate.0) / f64::from(header.rate.1)) as u64;
    let mut found = None;
    for _ in 0..=index {
        match (picture(&mut file, &header)?, &found) {
            (None, Some(_)) => break,
            (None, None) => return Err(ReadError("the Y4M file ends within a frame".to_owned())),
            (picture, _) => found = picture,
        }
    }
    let mut samples = found.unwrap_or_default();
    // Grey pictures have no chroma planes: theirs is the neutral one.
    samples.resize(PixelFormat::I420.packed_bytes(header.size), 128);
    let buffer = FrameBuffer::from_packed(PixelFormat::I420, header.size, samples);
    let mut frame = Frame::from(buffer.map_err(|error| ReadError(error.to_string()))?);
    if let Some(range) = header.range {
        frame = frame.with_range(range);
    }
    if let Some((num, den)) = header.pixel_aspect {
        frame = frame.with_pixel_aspect(num, den);
    }
    Ok(frame)
}

/// The next frame's samples; `None` where the file ends before it is whole.
fn picture(file: &mut impl BufRead, header: &Header) -> Result<Option<Vec<u8>>, ReadError> {
    let line = line(file)?;
    if !line.ends_with(b"\n") && (line.len() as u64) < MAX_LINE_BYTES {
        return Ok(None);
    }
    if !line.starts_with(FRAME_HEADER.trim_ascii_end()) {
        return Err(ReadError(
            "not a Y4M file that can be read: a frame does not begin with FRAME".to_owned(),
        ));
    }
    let mut samples = Vec::new();
    file.take(header.picture_bytes() as u64).read_to_end(&mut samples).map_err(told)?;
    Ok((samples.len() == header.picture_bytes()).then_some(samples))
}

/// The next line with its end, or as much of it as may be read.
fn line(file: &mut impl BufRead) -> Result<Vec<u8>, ReadError> {
    let mut line = Vec::new();
    file.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(told)?;
    Ok(line)
}

fn told(error: impl std::fmt::Display) -> ReadError {
    ReadError(error.to_string())
}

/// A file of one I420 picture, shown for a second.
pub fn write(picture: &FrameBuffer, space: ColorSpace) -> Vec<u8> {
    let fps = FrameRate::new(1, 1).expect("one a second is a rate");
    let header = header(VideoFormat { size: picture.size(), fps, color: space });
    [header.as_bytes(), FRAME_HEADER, picture.as_bytes()].concat()
}
