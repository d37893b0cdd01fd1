//! Headers of BMPs that are in order but unusual, put in the words that the decoder knows.
//!
//! OS/2 2.x writes headers of 16 to 64 bytes, which begin as the one of 40 bytes does, and leaves out fields at the end;
//! what is left out is 0. A palette may be longer than pixels can name, and bit fields may tell of alpha in a number of
//! their own.

use std::borrow::Cow;

const FILE_HEADER: usize = 14;
const INFO_HEADER: usize = 40;

/// The same picture with a usual header; what is out of order stays as it is, for the decoder to refuse.
pub(super) fn with_usual_header(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut bytes = short_or_long(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned);
    let (Some(offset), Some(INFO_HEADER), Some(compression), Some(colors)) =
        (word(&bytes, 10), word(&bytes, 14), word(&bytes, 30), word(&bytes, 46))
    else {
        return bytes;
    };
    let depth = u32::from(bytes[28]);
    let fits = || FILE_HEADER + INFO_HEADER + 4 * colors <= offset;
    if depth <= 8 && bytes[29] == 0 && (1 << depth..1 << 16).contains(&colors) && fits() {
        bytes.to_mut()[46..50].copy_from_slice(&(1_u32 << depth).to_le_bytes());
    }
    if compression == 6 {
        bytes.to_mut()[30] = 3;
    }
    bytes
}

/// One of OS/2's headers as one of 40 bytes.
fn short_or_long(bytes: &[u8]) -> Option<Vec<u8>> {
    let (offset, length) = (word(bytes, 10)?, word(bytes, 14)?);
    // The decoder knows these, of Windows.
    if !(16..=64).contains(&length) || matches!(length, INFO_HEADER | 52 | 56) {
        return None;
    }
    let (stated, rest) = bytes.get(FILE_HEADER..)?.split_at_checked(length)?;
    let mut header = [0; INFO_HEADER];
    let kept = length.min(INFO_HEADER);
    header[..kept].copy_from_slice(&stated[..kept]);
    // Numbers from 3 on are other codings than in Windows.
    if word(&header, 16)? > 2 {
        return None;
    }
    header[..4].copy_from_slice(&(INFO_HEADER as u32).to_le_bytes());
    let mut usual = bytes[..FILE_HEADER].to_vec();
    let offset = u32::try_from((offset + INFO_HEADER).checked_sub(length)?).ok()?;
    usual[10..14].copy_from_slice(&offset.to_le_bytes());
    usual.extend(header);
    usual.extend(rest);
    Some(usual)
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..)?.first_chunk().map(|&word| u32::from_le_bytes(word))?;
    usize::try_from(word).ok()
}
