//! The packets of a transport stream (ISO/IEC 13818-1, 2.4.3.2), found again where bytes are missing or too many.

use super::super::MediaError;
use super::super::input::Input;

/// The length of a packet in bytes.
pub(super) const PACKET_BYTES: usize = 188;
/// Its first byte.
const SYNC: u8 = 0x47;
/// From one packet to the next: bare, with a time of arrival before each (Blu-ray), with parity behind each (DVB).
const STRIDES: [usize; 3] = [PACKET_BYTES, 192, 204];
/// How far the first packet is looked for, and the next one after damage, in bytes at once.
const SEARCH_BYTES: usize = 8192;

/// A packet, borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct TsPacket<'a> {
    pub pid: u16,
    /// Whether a PES packet or a section begins in it.
    pub starts_unit: bool,
    /// Whether the receiver could not correct it.
    pub is_broken: bool,
    pub is_scrambled: bool,
    /// Counts the packets of its PID that have a payload, modulo 16.
    pub counter: u8,
    /// Whether clock and counter begin anew here.
    pub is_discontinuous: bool,
    /// Whether decoding may begin here.
    pub is_random_access: bool,
    /// Empty where it has none.
    pub payload: &'a [u8],
}

impl<'a> TsPacket<'a> {
    /// Reads a packet; `None` where the bytes are no packet.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.get(..PACKET_BYTES)?;
        let (&[sync, high, low, control], rest) = bytes.split_first_chunk::<4>()?;
        if sync != SYNC {
            return None;
        }
        let (adaptation, payload) = match control >> 4 & 3 {
            1 => (&[][..], rest),
            2 => (rest.get(1..)?, &[][..]),
            3 => {
                let (&length, rest) = rest.split_first()?;
                rest.split_at_checked(length.into())?
            }
            _ => (&[][..], &[][..]),
        };
        let flags = adaptation.first().copied().unwrap_or(0);
        Some(Self {
            pid: u16::from(high & 0x1f) << 8 | u16::from(low),
            starts_unit: high & 0x40 != 0,
            is_broken: high & 0x80 != 0,
            is_scrambled: control & 0xc0 != 0,
            counter: control & 0x0f,
            is_discontinuous: flags & 0x80 != 0,
            is_random_access: flags & 0x40 != 0,
            payload,
        })
    }
}

/// The packets of a source, one after the other.
pub(super) struct PacketStream {
    input: Input,
    at: u64,
    stride: usize,
    skipped_bytes: u64,
}

impl PacketStream {
    /// Finds the first packet and the distance from one to the next.
    pub fn new(mut input: Input) -> Result<Self, MediaError> {
        let head = input.peek(0, SEARCH_BYTES)?;
        let found = STRIDES.into_iter().find_map(|stride| Some((stride, first_sync(head, stride)?)));
        let Some((stride, start)) = found else {
            return Err(input.malformed("no packets of a transport stream in its first bytes"));
        };
        Ok(Self { input, at: start as u64, stride, skipped_bytes: 0 })
    }

    /// Goes to a place in the source.
    pub fn seek(&mut self, at: u64) {
        self.at = at;
    }

    /// The next packet's place and bytes; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(u64, [u8; PACKET_BYTES])>, MediaError> {
        loop {
            let at = self.at;
            let bytes = self.input.peek(at, PACKET_BYTES)?;
            let Ok(packet) = <[u8; PACKET_BYTES]>::try_from(bytes) else { return Ok(None) };
            if packet[0] == SYNC {
                self.at += self.stride as u64;
                return Ok(Some((at, packet)));
            }
            let ahead = self.input.peek(at, SEARCH_BYTES)?;
            let skipped = (1..ahead.len())
                .find(|&at| ahead[at] == SYNC && ahead.get(at + self.stride).is_none_or(|&next| next == SYNC))
                .unwrap_or(ahead.len().max(1)) as u64;
            self.at += skipped;
            self.skipped_bytes += skipped;
        }
    }

    /// Bytes that were in no packet since this was last asked.
    pub fn take_skipped_bytes(&mut self) -> u64 {
        std::mem::take(&mut self.skipped_bytes)
    }

    /// Whether the source ends within a packet.
    pub fn is_cut(&mut self) -> bool {
        let rest = self.input.len().saturating_sub(self.at);
        (1..PACKET_BYTES as u64).contains(&rest)
    }

    /// What is read.
    pub fn input(&self) -> &Input {
        &self.input
    }
}

/// Where packets begin that follow each other at `stride`: three of them, or as many as a short source has.
fn first_sync(head: &[u8], stride: usize) -> Option<usize> {
    let count = (head.len() / stride).clamp(1, 3);
    let last = head.len().checked_sub((count - 1) * stride)?;
    (0..last).find(|&start| head.iter().skip(start).step_by(stride).take(count).all(|&byte| byte == SYNC))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    fn stream(bytes: Vec<u8>) -> PacketStream {
        PacketStream::new(Input::new(Path::new("x.ts"), Box::new(Cursor::new(bytes))).expect("opened"))
            .expect("a stream")
    }

    fn packets(count: u8, lead: usize, tail: usize) -> Vec<u8> {
        let packet = |index: u8| {
            let mut packet = vec![0; lead + PACKET_BYTES + tail];
            packet[lead..lead + 4].copy_from_slice(&[SYNC, 0x01, 0x00, 0x10 | index & 15]);
            packet
        };
        (0..count).flat_map(packet).collect()
    }

    #[test]
    fn packets_of_every_stride_are_found() {
        for (lead, tail) in [(0, 0), (4, 0), (0, 16)] {
            let mut stream = stream(packets(9, lead, tail));
            let mut counters = Vec::new();
            while let Some((_, bytes)) = stream.next().expect("read") {
                counters.push(TsPacket::parse(&bytes).expect("a packet").counter);
            }
            assert_eq!(counters, [0, 1, 2, 3, 4, 5, 6, 7, 8], "{lead} {tail}");
        }
    }

    #[test]
    fn packets_are_found_again_behind_missing_bytes() {
        let mut bytes = packets(9, 0, 0);
        bytes.drain(3 * 188 + 50..3 * 188 + 90);
        let mut stream = stream(bytes);
        let mut count = 0;
        while stream.next().expect("read").is_some() {
            count += 1;
        }
        assert_eq!((count, stream.take_skipped_bytes()), (8, 148));
    }

    #[test]
    fn an_adaptation_field_beyond_the_packet_is_refused() {
        let mut bytes = packets(1, 0, 0);
        (bytes[3], bytes[4]) = (0x30, 184);
        assert!(TsPacket::parse(&bytes).is_none());
        bytes[4] = 183;
        assert_eq!(TsPacket::parse(&bytes).expect("a packet").payload, b"");
    }
}
