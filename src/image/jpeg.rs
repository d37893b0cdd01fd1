//! A walk over a JPEG's markers, before any decoder sees it.
//!
//! A decoder learns of a file's cost while it pays it: scans are counted as they are decoded. So the markers are walked
//! first, which costs one look at each byte, and the decoder gets a copy of just the segments that have been seen, without
//! thumbnails, profiles and what else an `APPn` may hold: it cannot read a segment otherwise than the limits were
//! checked upon. Markers: ITU-T T.81, table B.1.

use super::{ImageError, ImageLimits};
use crate::geometry::Size;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// Coefficients that the scans of a progressive JPEG may pass over, beside the first of each block: twenty times those of
/// one component of the largest, where encoders take seven for three. The decoder goes on where coded data are missing,
/// so that the file's bytes bound no time; this does, at some three nanoseconds each.
const MAX_PASSED: u64 = 320_000_000;

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
    let (mut scans, mut passed) = (0, 0);
    let mut frame = None;
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
                if frame.is_some() {
                    return Err(ImageError::corrupt("a JPEG of two frames"));
                }
                frame = Some(Frame::read(segment, marker == 0xC2, limits)?);
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
            SOS => {
                let frame =
                    frame.as_ref().ok_or_else(|| ImageError::corrupt("a JPEG scan before its frame"))?;
                frame.check_scan(segment, limits)?;
                passed += frame.passed(segment);
                scans += 1;
            }
            _ => continue,
        }
        if scans > limits.max_scans {
            return Err(ImageError::TooManyScans { limit: limits.max_scans });
        }
        if passed > MAX_PASSED {
            let found = "a progressive JPEG that goes through its coefficients too often".to_owned();
            return Err(ImageError::Unsupported { found });
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

/// What the header of a frame states.
struct Frame {
    size: Size,
    is_progressive: bool,
    component_count: u8,
    /// Whether a component has more samples than another.
    is_subsampled: bool,
}

impl Frame {
    /// Reads precision, height, width and components, and checks them.
    fn read(segment: &[u8], is_progressive: bool, limits: &ImageLimits) -> Result<Self, ImageError> {
        let Some((&[precision, h1, h0, w1, w0, component_count], components)) = segment.split_first_chunk()
        else {
            return Err(ImageError::corrupt("a JPEG frame without a header"));
        };
        if precision != 8 || !matches!(component_count, 1 | 3 | 4) {
            let found = format!("a JPEG of {component_count} components of {precision} bits");
            return Err(ImageError::Unsupported { found });
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let size = limits.check(width.into(), height.into(), is_progressive)?;
        let (components, _) = components.as_chunks::<3>();
        let factors: Vec<_> =
            components.iter().map(|&[_, factors, _]| (factors >> 4, factors & 15)).collect();
        let Some(&(across, down)) = factors.first() else {
            return Err(ImageError::corrupt("a JPEG frame without components"));
        };
        // The decoder takes the first component for the largest and doubles the others: what is sampled otherwise would
        // come out as another picture.
        let is_usual = |&(a, d): &(u8, u8)| {
            a > 0 && d > 0 && across % a == 0 && down % d == 0 && (across / a).is_power_of_two()
        };
        if component_count > 1 && (across == 3 || !factors.iter().all(is_usual)) {
            let found = "a JPEG whose components are sampled in an odd ratio".to_owned();
            return Err(ImageError::Unsupported { found });
        }
        let is_subsampled = component_count > 1 && (across, down) != (1, 1);
        Ok(Self { size, is_progressive, component_count, is_subsampled })
    }

    /// Checks the header of a scan. A sequential picture that comes in several scans is kept whole, like a progressive
    /// one, and the decoder has no right place for samples of halved components.
    fn check_scan(&self, segment: &[u8], limits: &ImageLimits) -> Result<(), ImageError> {
        let is_whole = segment.first().is_some_and(|&count| count >= self.component_count);
        if self.is_progressive || is_whole {
            return Ok(());
        }
        if self.is_subsampled {
            let found = "a sequential JPEG of several scans with fewer samples of colour".to_owned();
            return Err(ImageError::Unsupported { found });
        }
        // Four components take eleven bytes a pixel, three take nine.
        if self.component_count == 4 {
            limits.check(self.size.width(), self.size.height(), true)?;
        }
        Ok(())
    }

    /// Coefficients that a scan passes over, at most.
    fn passed(&self, segment: &[u8]) -> u64 {
        let named = 2 * usize::from(segment.first().copied().unwrap_or_default());
        match segment.get(1 + named..).and_then(<[u8]>::first_chunk) {
            Some(&[start, end, _]) if self.is_progressive && start > 0 => {
                self.size.area().div_ceil(64) * (u64::from(end.saturating_sub(start)) + 1)
            }
            _ => 0,
        }
    }
}
