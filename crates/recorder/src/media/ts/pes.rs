//! PES packets (ISO/IEC 13818-1, 2.4.3.6): put together from the payloads of transport packets.

/// The most bytes that a PES packet may have: many times what a keyframe of an 8K picture takes.
const MAX_BYTES: usize = 32 << 20;
/// What is kept of PES packets whose time alone is asked for: the longest header.
const HEADER_BYTES: usize = 9 + 255;

/// A PES packet as it grows.
#[derive(Clone, Debug)]
pub(super) struct Assembly {
    /// Where its first transport packet lies.
    pub start: u64,
    pub is_random_access: bool,
    pub is_discontinuous: bool,
    bytes: Vec<u8>,
    seen_bytes: usize,
    limit: usize,
}

/// What a PES packet holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pes {
    /// When its first access unit is presented, in ticks of 1/90,000 s modulo 2³³.
    pub pts: Option<u64>,
    /// When it is decoded, where that is stated beside.
    pub dts: Option<u64>,
    /// The access units; empty where only the time was asked for.
    pub payload: Vec<u8>,
}

impl Assembly {
    pub fn new(start: u64, is_random_access: bool, is_discontinuous: bool, is_payload_wanted: bool) -> Self {
        let limit = if is_payload_wanted { MAX_BYTES } else { HEADER_BYTES };
        Self { start, is_random_access, is_discontinuous, bytes: Vec::new(), seen_bytes: 0, limit }
    }

    /// Adds a payload; what goes beyond the limits is counted only.
    pub fn push(&mut self, payload: &[u8]) {
        self.seen_bytes = self.seen_bytes.saturating_add(payload.len());
        let room = self.limit.saturating_sub(self.bytes.len()).min(payload.len());
        self.bytes.extend_from_slice(payload.get(..room).unwrap_or_default());
    }

    /// The length that it states; `None` where it lasts to the next one.
    fn stated_bytes(&self) -> Option<usize> {
        let length = self.bytes.get(4..6)?;
        let length = usize::from(length[0]) << 8 | usize::from(length[1]);
        (length != 0).then_some(6 + length)
    }

    /// Whether all of the length that it states is there.
    pub fn is_complete(&self) -> bool {
        self.stated_bytes().is_some_and(|stated| self.seen_bytes >= stated)
    }

    /// Whether it must be left out: some of it is missing, or it is beyond the limits.
    pub fn is_damaged(&self) -> bool {
        self.stated_bytes().is_some_and(|stated| self.seen_bytes < stated) || self.seen_bytes > MAX_BYTES
    }

    /// Reads it; `None` where it is none.
    pub fn into_pes(mut self) -> Option<Pes> {
        let stated = self.stated_bytes();
        if let Some(stated) = stated {
            self.bytes.truncate(stated);
        }
        let Some((&[0, 0, 1, id, _, _, marker, flags, header_bytes], rest)) =
            self.bytes.split_first_chunk::<9>()
        else {
            return None;
        };
        // Padding, maps and private data of the second kind have no header of this form.
        if matches!(id, 0xbc | 0xbe | 0xbf | 0xf0..=0xf2 | 0xf8 | 0xff) || marker >> 6 != 2 {
            return None;
        }
        let header = rest.get(..header_bytes.into())?;
        let pts = if flags & 0x80 != 0 { stamp(header) } else { None };
        let dts = if flags & 0xc0 == 0xc0 { header.get(5..).and_then(stamp) } else { None };
        let payload_start = 9 + usize::from(header_bytes);
        let payload =
            if self.limit == HEADER_BYTES { Vec::new() } else { self.bytes.split_off(payload_start) };
        Some(Pes { pts, dts, payload })
    }
}

/// A stamp of 33 bits with its marker bits.
fn stamp(bytes: &[u8]) -> Option<u64> {
    let &[a, b, c, d, e] = bytes.first_chunk::<5>()?;
    if a & c & e & 1 == 0 {
        return None;
    }
    let [a, b, c, d, e] = [a >> 1 & 7, b, c >> 1, d, e >> 1].map(u64::from);
    Some(a << 30 | b << 22 | c << 15 | d << 7 | e)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: u16, header: &[u8], payload: &[u8]) -> Vec<u8> {
        let [high, low] = length.to_be_bytes();
        let flags = if header.len() >= 10 { 0xc0 } else { 0x80 };
        [&[0, 0, 1, 0xe0, high, low, 0x80, flags, header.len() as u8], header, payload].concat()
    }

    const STAMPS: [u8; 10] = [0x3f, 0xff, 0xff, 0xff, 0xff, 0x11, 0x00, 0x01, 0x00, 0x03];

    #[test]
    fn stamps_and_payload_come_out_at_every_cut() {
        let whole = bytes(16, &STAMPS, b"abc");
        for cut in 0..=whole.len() {
            let mut assembly = Assembly::new(0, false, false, true);
            assembly.push(&whole[..cut]);
            assert!(cut == whole.len() || !assembly.is_complete());
            assembly.push(&whole[cut..]);
            assert!(assembly.is_complete() && !assembly.is_damaged());
            let expected = Pes { pts: Some((1 << 33) - 1), dts: Some(1), payload: b"abc".to_vec() };
            assert_eq!(assembly.into_pes(), Some(expected));
        }
    }

    #[test]
    fn a_header_beyond_the_bytes_is_refused() {
        let whole = bytes(0, &STAMPS, b"");
        for cut in 0..whole.len() {
            let mut assembly = Assembly::new(0, false, false, true);
            assembly.push(&whole[..cut]);
            assert_eq!(assembly.into_pes(), None, "cut at {cut}");
        }
    }
}
