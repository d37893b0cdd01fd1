//! The tables that say which packets belong to what (ISO/IEC 13818-1, 2.4.4).

/// The PID of the table of programs.
pub(super) const PAT_PID: u16 = 0;
const PAT_ID: u8 = 0;
const PMT_ID: u8 = 2;
/// The most that a section may have behind its length (2.4.4.3, 2.4.4.8).
const MAX_SECTION_BYTES: usize = 3 + 1021;

/// An elementary stream as the table of its program states it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StreamEntry {
    /// ISO/IEC 13818-1, table 2-34.
    pub stream_type: u8,
    pub pid: u16,
    /// The descriptors: tag, length and content, one after the other.
    pub descriptors: Vec<u8>,
}

impl StreamEntry {
    /// The contents of descriptors with this tag.
    pub fn descriptors(&self, tag: u8) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.descriptors.as_slice();
        std::iter::from_fn(move || {
            let (&[found, length], behind) = rest.split_first_chunk::<2>()?;
            let (content, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            Some((found, content))
        })
        .filter_map(move |(found, content)| (found == tag).then_some(content))
    }
}

/// Puts the sections of one PID together.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    bytes: Vec<u8>,
    is_open: bool,
}

impl Sections {
    /// Takes a payload and gives `each` the sections that are complete and whole by their checksum.
    pub fn push(&mut self, payload: &[u8], starts_unit: bool, mut each: impl FnMut(&[u8])) {
        let mut payload = payload;
        if starts_unit {
            // The first byte says how much of the payload still belongs to the section before.
            let Some((&pointer, rest)) = payload.split_first() else { return };
            let Some((before, rest)) = rest.split_at_checked(pointer.into()) else { return };
            self.append(before);
            self.give(&mut each);
            self.bytes.clear();
            self.is_open = true;
            payload = rest;
        }
        self.append(payload);
        self.give(&mut each);
    }

    fn append(&mut self, payload: &[u8]) {
        if self.is_open && self.bytes.len() <= 2 * MAX_SECTION_BYTES {
            self.bytes.extend_from_slice(payload);
        }
    }

    fn give(&mut self, each: &mut impl FnMut(&[u8])) {
        while let Some(&[id, high, low]) = self.bytes.first_chunk::<3>() {
            let length = 3 + (usize::from(high & 0x0f) << 8 | usize::from(low));
            // Behind the last section stands stuffing.
            if id == 0xff || length > MAX_SECTION_BYTES {
                self.bytes.clear();
                self.is_open = false;
                return;
            }
            let Some(section) = self.bytes.get(..length) else { return };
            if crc32(section) == 0 {
                each(section);
            }
            self.bytes.drain(..length);
        }
    }
}

/// The PIDs of the programs' tables, from a section of the table of programs.
pub(super) fn programs(section: &[u8]) -> Option<Vec<u16>> {
    let body = body(section, PAT_ID)?;
    let entries = body.as_chunks::<4>().0.iter();
    Some(entries.filter(|entry| entry[..2] != [0, 0]).map(|&[_, _, high, low]| pid(high, low)).collect())
}

/// The streams of a program, from a section of its table.
pub(super) fn streams(section: &[u8]) -> Option<Vec<StreamEntry>> {
    let (&[_, _, high, low], rest) = body(section, PMT_ID)?.split_first_chunk::<4>()?;
    let mut rest = rest.get(length(high, low)..)?;
    let mut streams = Vec::new();
    while let Some((&[stream_type, high, low, info_high, info_low], behind)) = rest.split_first_chunk::<5>() {
        let (descriptors, behind) = behind.split_at_checked(length(info_high, info_low))?;
        streams.push(StreamEntry { stream_type, pid: pid(high, low), descriptors: descriptors.to_vec() });
        rest = behind;
    }
    Some(streams)
}

/// What stands between a section's header and its checksum, where it is the table `id` and applies now.
fn body(section: &[u8], id: u8) -> Option<&[u8]> {
    let is_current = section.get(5)? & 1 == 1;
    let body = section.get(8..section.len().checked_sub(4)?)?;
    (section.first() == Some(&id) && is_current).then_some(body)
}

fn pid(high: u8, low: u8) -> u16 {
    u16::from(high & 0x1f) << 8 | u16::from(low)
}

fn length(high: u8, low: u8) -> usize {
    usize::from(high & 0x0f) << 8 | usize::from(low)
}

/// The checksum of sections (annex A); 0 over a section with its own.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        let length = body.len() + 9;
        let mut section = vec![id, 0xb0 | (length >> 8) as u8, length as u8, 0, 1, 0xc1, 0, 0];
        section.extend_from_slice(body);
        section.extend_from_slice(&crc32(&section).to_be_bytes());
        section
    }

    #[test]
    fn tables_that_cross_packets_are_put_together() {
        let pat = section(PAT_ID, &[0, 0, 0xe0, 0x10, 0, 1, 0xf0, 0x00]);
        let pmt = section(
            PMT_ID,
            &[
                0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0x00, 0xf0, 0, 0x06, 0xe1, 0x01, 0xf0, 6, 5, 4, b'O', b'p',
                b'u', b's',
            ],
        );
        let mut payload = vec![0];
        payload.extend(pat.iter().chain(&pmt));
        payload.extend([0xff; 9]);
        for cut in 1..payload.len() {
            let (mut sections, mut found) = (Sections::default(), Vec::new());
            sections.push(&payload[..cut], true, |section| found.push(section.to_vec()));
            sections.push(&payload[cut..], false, |section| found.push(section.to_vec()));
            assert_eq!(found, [pat.clone(), pmt.clone()], "cut at {cut}");
        }
        assert_eq!(programs(&pat), Some(vec![0x1000]));
        let streams = streams(&pmt).expect("streams");
        assert_eq!((streams[0].stream_type, streams[0].pid, streams[1].pid), (0x1b, 0x100, 0x101));
        assert_eq!(streams[1].descriptors(5).collect::<Vec<_>>(), [b"Opus"]);
    }

    #[test]
    fn a_section_with_a_flipped_bit_is_left_out() {
        let pat = section(PAT_ID, &[0, 1, 0xf0, 0x00]);
        for bit in 0..pat.len() * 8 {
            let mut payload = [&[0], &pat[..]].concat();
            payload[1 + bit / 8] ^= 1 << (bit % 8);
            Sections::default().push(&payload, true, |section| panic!("bit {bit}: {section:02x?}"));
        }
    }
}
