//! A walk over a JPEG's markers, before any decoder sees it.
//!
//! A decoder learns of a file's cost while it pays it: scans are counted as they are decoded. So the markers are walked
//! first, which costs one look at each byte, and the decoder gets a copy of just the segments that have been seen, without
//! thumbnails, profiles and what else an `APPn` may hold: it cannot read a segment otherwise than the limits were
//! checked upon. Markers: ITU-T T.81, table B.1.

use super::{ImageError, ImageLimits};

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// A JPEG whose frame is within the limits.
#[derive(Debug)]
pub(super) struct Jpeg<'a> {
    /// Its frame, tables and scans, whole and in order, between one SOI and one EOI.
    pub(super) essence: Vec<u8>,
    /// The TIFF structure of its first Exif segment.
    pub(super) exif: Option<&'a [u8]>,
}

/// Walks all markers up to the end of the image; what follows that is ignored.
///
/// # Errors
/// Where the frame is over a limit, the coding is arithmetic, lossless or hierarchical, or the markers do not lead
/// to an end of image: half a picture is none.
pub(super) fn walk<'a>(bytes: &'a [u8], limits: &ImageLimits) -> Result<Jpeg<'a>, ImageError> {
    let mut essence = vec![0xFF, SOI];
    let mut exif = None;
    let mut scans = 0;
    let mut has_frame = false;
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at)?;
        match marker {
            EOI if scans > 0 => {
                essence.extend([0xFF, EOI]);
                return Ok(Jpeg { essence, exif });
            }
            EOI => return Err(ImageError::corrupt("a JPEG without a scan")),
            SOI => return Err(ImageError::corrupt("a JPEG within a JPEG")),
            // Standalone: TEM, and restarts outside of a scan.
            0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let segment = segment(bytes, &mut at)?;
        match marker {
            0xC0..=0xC2 => {
                if std::mem::replace(&mut has_frame, true) {
                    return Err(ImageError::corrupt("a JPEG of two frames"));
                }
                check_frame(segment, marker == 0xC2, limits)?;
            }
            // Huffman and quantisation tables, restart interval.
            0xC4 | 0xDB | 0xDD => {}
            0xC3 | 0xC5..=0xCF | 0xDE | 0xDF => {
                let found = "a JPEG that is arithmetic, lossless or hierarchical".to_owned();
                return Err(ImageError::Unsupported { found });
            }
            // Says whether three components are YCbCr or RGB, and four CMYK or YCCK.
            APP14 if segment.len() >= 12 && segment.starts_with(b"Adobe") => {}
            APP1 => {
                exif = exif.or_else(|| segment.strip_prefix(b"Exif\0\0"));
                continue;
            }
            SOS => scans += 1,
            _ => continue,
        }
        if scans > limits.max_scans {
            return Err(ImageError::TooManyScans { limit: limits.max_scans });
        }
        let start = at;
        if marker == SOS {
            at = end_of_entropy(bytes, at)?;
        }
        essence.extend([0xFF, marker]);
        essence.extend((segment.len() as u16 + 2).to_be_bytes());
        essence.extend(segment);
        essence.extend(&bytes[start..at]);
    }
}

fn ends_early() -> ImageError {
    ImageError::corrupt("the JPEG ends before its end marker")
}

/// The next marker at or after `at`, which moves behind it; fill bytes and stray ones are skipped.
fn next_marker(bytes: &[u8], at: &mut usize) -> Result<u8, ImageError> {
    loop {
        let rest = bytes.get(*at..).unwrap_or_default();
        let skipped = rest.iter().position(|&byte| byte == 0xFF).ok_or_else(ends_early)?;
        *at += skipped + 1;
        match bytes.get(*at).ok_or_else(ends_early)? {
            0x00 | 0xFF => {}
            &marker => {
                *at += 1;
                return Ok(marker);
            }
        }
    }
}

/// The payload of the segment at `at`, which moves behind it.
fn segment<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], ImageError> {
    let rest = &bytes[*at..];
    let length = rest.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length)));
    let payload = rest.get(2..length.ok_or_else(ends_early)?);
    let payload = payload.ok_or_else(|| ImageError::corrupt("a JPEG segment of impossible length"))?;
    *at += 2 + payload.len();
    Ok(payload)
}

/// Where the first marker after coded data begins; stuffed bytes and restarts belong to the data.
fn end_of_entropy(bytes: &[u8], start: usize) -> Result<usize, ImageError> {
    let mut pairs = bytes[start..].array_windows();
    let is_marker =
        |&[first, second]: &[u8; 2]| first == 0xFF && !matches!(second, 0x00 | 0xD0..=0xD7 | 0xFF);
    Ok(start + pairs.position(is_marker).ok_or_else(ends_early)?)
}

/// Checks the header of a frame: precision, height, width, components.
fn check_frame(segment: &[u8], progressive: bool, limits: &ImageLimits) -> Result<(), ImageError> {
    let Some(&[precision, h1, h0, w1, w0, components]) = segment.first_chunk() else {
        return Err(ImageError::corrupt("a JPEG frame without a header"));
    };
    if precision != 8 || !matches!(components, 1 | 3 | 4) {
        let found = format!("a JPEG of {components} components of {precision} bits");
        return Err(ImageError::Unsupported { found });
    }
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    limits.check(width.into(), height.into(), progressive)?;
    Ok(())
}
