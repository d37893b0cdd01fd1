//! Elements of EBML, the form in which Matroska writes everything (RFC 8794).

/// Element identifiers, with their length markers.
pub(super) mod id {
    pub(in super::super) const EBML: u32 = 0x1a45_dfa3;
    pub(in super::super) const SEGMENT: u32 = 0x1853_8067;
    pub(in super::super) const SEEK_HEAD: u32 = 0x114d_9b74;
    pub(in super::super) const VOID: u32 = 0xec;
    pub(in super::super) const INFO: u32 = 0x1549_a966;
    pub(in super::super) const DURATION: u32 = 0x4489;
    pub(in super::super) const TRACKS: u32 = 0x1654_ae6b;
    pub(in super::super) const CLUSTER: u32 = 0x1f43_b675;
    pub(in super::super) const CUES: u32 = 0x1c53_bb6b;
}

/// An element: its identifier, its size, its payload.
pub(super) fn element(id: u32, payload: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let zeros = id.iter().take_while(|&&byte| byte == 0).count();
    let mut bytes = id.get(zeros..).unwrap_or_default().to_vec();
    if payload.len() < 0x7f {
        bytes.push(0x80 | payload.len() as u8);
    } else {
        bytes.extend(sized8(payload.len() as u64));
    }
    bytes.extend(payload);
    bytes
}

/// A size in eight bytes, of which one bit marks the length.
pub(super) fn sized8(size: u64) -> [u8; 8] {
    (size & 0x00ff_ffff_ffff_ffff | 0x0100_0000_0000_0000).to_be_bytes()
}

/// A number in as few bytes as it takes, and at least one.
pub(super) fn uint(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default().to_vec()
}

/// Fills up to `size` bytes with an element that says nothing; at least two bytes must be left for it.
pub(super) fn padded(mut bytes: Vec<u8>, size: usize) -> Vec<u8> {
    let rest = size.saturating_sub(bytes.len() + 2).min(0x7e);
    bytes.extend(element(id::VOID, &vec![0; rest]));
    bytes
}
