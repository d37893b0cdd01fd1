//! NAL units: where they lie in a packet, and their payload.

/// How a packet holds its NAL units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Start codes between them (ITU-T H.264, annex B).
    AnnexB,
    /// The length of each before it, in so many bytes, 1 to 4 (ISO/IEC 14496-15, 5.3.3).
    Lengths(usize),
}

/// What kind of NAL unit it is, by its first byte (ITU-T H.264, table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NalKind {
    /// A slice of a picture, which refers to other pictures where it is not of an IDR picture.
    Slice {
        is_idr: bool,
    },
    /// A part of a slice that is split by importance.
    DataPartition,
    SequenceParameters,
    PictureParameters,
    /// Anything that pictures do not depend on.
    Other,
}

impl NalKind {
    pub fn of(nal: &[u8]) -> Self {
        match nal.first().map(|header| header & 0x1F) {
            Some(1) => Self::Slice { is_idr: false },
            Some(5) => Self::Slice { is_idr: true },
            Some(2..=4) => Self::DataPartition,
            Some(7) => Self::SequenceParameters,
            Some(8) => Self::PictureParameters,
            _ => Self::Other,
        }
    }
}

/// Whether later pictures refer to the one that this NAL unit belongs to (`nal_ref_idc`).
pub(super) fn is_reference(nal: &[u8]) -> bool {
    nal.first().is_some_and(|header| header >> 5 & 3 != 0)
}

/// The NAL units of a packet, without start codes and lengths.
///
/// # Errors
/// Where a length goes beyond the packet.
pub(super) fn split(packet: &[u8], framing: Framing) -> Result<Vec<&[u8]>, String> {
    match framing {
        Framing::AnnexB => Ok(split_annex_b(packet)),
        Framing::Lengths(length_bytes) => split_lengths(packet, length_bytes),
    }
}

fn split_lengths(packet: &[u8], length_bytes: usize) -> Result<Vec<&[u8]>, String> {
    let (mut units, mut rest) = (Vec::new(), packet);
    while !rest.is_empty() {
        let (length, behind) = rest.split_at_checked(length_bytes).ok_or_else(|| {
            format!("{} bytes are left where the length of a NAL unit takes {length_bytes}", rest.len())
        })?;
        let length = length.iter().fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
        let (unit, behind) = behind
            .split_at_checked(length)
            .ok_or_else(|| format!("a NAL unit of {length} bytes where {} are left", behind.len()))?;
        if !unit.is_empty() {
            units.push(unit);
        }
        rest = behind;
    }
    Ok(units)
}

fn split_annex_b(stream: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut start = None;
    let mut index = 0;
    while let Some(window) = stream.get(index..index + 3) {
        // A start code begins at none of the three bytes where the last of them is above 1.
        if window[2] > 1 {
            index += 3;
        } else if window == [0, 0, 1] {
            push_unit(&mut units, stream, start, index);
            start = Some(index + 3);
            index += 3;
        } else {
            index += 1;
        }
    }
    push_unit(&mut units, stream, start, stream.len());
    units
}

/// Zeros at the end belong to the start code that follows, or pad (ITU-T H.264, B.1.1).
fn push_unit<'a>(units: &mut Vec<&'a [u8]>, stream: &'a [u8], start: Option<usize>, end: usize) {
    let Some(unit) = start.and_then(|start| stream.get(start..end)) else { return };
    let length = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if length > 0 {
        units.push(&unit[..length]);
    }
}

/// An access unit as MP4 files hold it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AvcSample {
    /// The parameter sets that stood in it; they are not in `data`.
    pub(crate) sps: Vec<u8>,
    pub(crate) pps: Vec<u8>,
    /// Its other NAL units without delimiters, the length of each in four bytes before it (ISO/IEC 14496-15, 5.3.3).
    pub(crate) data: Vec<u8>,
}

impl AvcSample {
    /// Of an access unit of a byte stream.
    pub(crate) fn of_annex_b(stream: &[u8]) -> Self {
        const DELIMITER: u8 = 9;
        let mut sample = Self::default();
        for unit in split_annex_b(stream) {
            match NalKind::of(unit) {
                NalKind::SequenceParameters => sample.sps = unit.to_vec(),
                NalKind::PictureParameters => sample.pps = unit.to_vec(),
                _ if unit.first().is_some_and(|header| header & 0x1f == DELIMITER) => {}
                _ => {
                    let len = u32::try_from(unit.len()).unwrap_or(u32::MAX);
                    sample.data.extend_from_slice(&len.to_be_bytes());
                    sample.data.extend_from_slice(unit);
                }
            }
        }
        sample
    }
}

/// The payload of a NAL unit's first `limit` bytes: without its header, and without the bytes that keep start codes out
/// of it (ITU-T H.264, 7.3.1).
pub(super) fn payload(nal: &[u8], limit: usize) -> Vec<u8> {
    let coded = nal.get(1..nal.len().min(limit)).unwrap_or(&[]);
    let mut payload = Vec::with_capacity(coded.len());
    let mut zeros = 0;
    for byte in coded {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        payload.push(*byte);
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_stream_becomes_a_sample() {
        let stream = [
            0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 7, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 6, 5, 0, 0, 1, 0x65, 1, 2,
        ];
        let expected = AvcSample {
            sps: vec![0x67, 7],
            pps: vec![0x68, 8],
            data: vec![0, 0, 0, 2, 6, 5, 0, 0, 0, 3, 0x65, 1, 2],
        };
        assert_eq!(AvcSample::of_annex_b(&stream), expected);
    }

    #[test]
    fn start_codes_of_three_and_four_bytes_part_units() {
        let stream = [0, 0, 0, 1, 0x67, 7, 0, 0, 1, 0x68, 8, 0, 0, 0, 0, 1, 0x65, 1, 2, 0, 0];
        assert_eq!(split_annex_b(&stream), [&[0x67, 7][..], &[0x68, 8], &[0x65, 1, 2]]);
        assert!(split_annex_b(&[0x65, 1, 2]).is_empty(), "nothing stands before the first start code");
        assert!(split_annex_b(&[0, 0]).is_empty());
    }

    #[test]
    fn lengths_part_units_and_must_fit() {
        assert_eq!(split_lengths(&[0, 1, 0x65, 0, 0, 0, 2, 1, 2], 2).expect("three"), [&[0x65][..], &[1, 2]]);
        assert_eq!(
            split_lengths(&[0xFF, 0xFF, 0xFF, 0xFF, 1], 4).expect_err("4 GiB").matches("4294967295").count(),
            1
        );
        assert!(split_lengths(&[0], 4).is_err());
    }

    #[test]
    fn payload_loses_what_keeps_start_codes_out() {
        assert_eq!(payload(&[0x67, 0, 0, 3, 1, 0, 0, 3], 100), [0, 0, 1, 0, 0]);
        assert_eq!(payload(&[0x67, 1, 2, 3], 3), [1, 2]);
        assert!(payload(&[], 3).is_empty());
    }
}
