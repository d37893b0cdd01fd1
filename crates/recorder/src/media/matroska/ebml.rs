//! Elements: names, sizes and plain values (RFC 8794).

use crate::media::MediaError;
use crate::media::input::Input;

/// What an element is, with the bits that tell its length.
pub(super) type Id = u32;

pub(super) const EBML: Id = 0x1a45_dfa3;
pub(super) const SEGMENT: Id = 0x1853_8067;
pub(super) const INFO: Id = 0x1549_a966;
pub(super) const TIMESTAMP_SCALE: Id = 0x2a_d7b1;
pub(super) const TRACKS: Id = 0x1654_ae6b;
pub(super) const CLUSTER: Id = 0x1f43_b675;
pub(super) const TIMESTAMP: Id = 0xe7;
pub(super) const SIMPLE_BLOCK: Id = 0xa3;
pub(super) const BLOCK_GROUP: Id = 0xa0;
pub(super) const BLOCK: Id = 0xa1;
pub(super) const BLOCK_DURATION: Id = 0x9b;
pub(super) const REFERENCE_BLOCK: Id = 0xfb;
pub(super) const DISCARD_PADDING: Id = 0x75a2;

/// The most bytes that an element's name and size take.
const MAX_HEADER_BYTES: usize = 12;

/// An element in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub id: Id,
    /// Where its name begins, in bytes.
    pub start: u64,
    /// Where its content begins.
    pub body: u64,
    /// Where it ends; `None` where its size is not known, as live recorders leave it.
    pub end: Option<u64>,
}

impl Element {
    /// The element at a place; `None` where there is none.
    pub fn at(input: &mut Input, start: u64) -> Result<Option<Self>, MediaError> {
        let bytes = input.peek(start, MAX_HEADER_BYTES)?;
        Ok(header(bytes).map(|(id, size, len)| {
            let body = start.saturating_add(len as u64);
            Self { id, start, body, end: size.map(|size| body.saturating_add(size)) }
        }))
    }

    /// Its content as a number.
    pub fn unsigned(&self, input: &mut Input) -> Result<Option<u64>, MediaError> {
        Ok(unsigned(self.small(input)?))
    }

    /// Its content as a number with a sign.
    pub fn signed(&self, input: &mut Input) -> Result<Option<i64>, MediaError> {
        Ok(signed(self.small(input)?))
    }

    /// Its content, where it is no longer than a number; else too much of it to be one.
    fn small<'a>(&self, input: &'a mut Input) -> Result<&'a [u8], MediaError> {
        let size = self.end.unwrap_or(u64::MAX).saturating_sub(self.body).min(9);
        input.peek(self.body, size as usize)
    }
}

/// An element in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub id: Id,
    pub body: &'a [u8],
}

impl<'a> Item<'a> {
    /// The elements in it.
    pub fn children(self) -> Items<'a> {
        Items { rest: self.body }
    }

    /// The first element of that name in it.
    pub fn child(self, id: Id) -> Option<Self> {
        self.children().find(|child| child.id == id)
    }

    /// The number that an element in it holds.
    pub fn unsigned(self, id: Id) -> Option<u64> {
        unsigned(self.child(id)?.body)
    }

    /// The floating-point number that an element in it holds.
    pub fn float(self, id: Id) -> Option<f64> {
        let body = self.child(id)?.body;
        match body.len() {
            0 => Some(0.0),
            4 => body.first_chunk().copied().map(f32::from_be_bytes).map(f64::from),
            8 => body.first_chunk().copied().map(f64::from_be_bytes),
            _ => None,
        }
    }

    /// The text that an element in it holds; it may end early with a zero byte.
    pub fn text(self, id: Id) -> Option<String> {
        let body = self.child(id)?.body;
        Some(body.split(|&byte| byte == 0).next().unwrap_or_default().escape_ascii().to_string())
    }
}

/// Elements one after the other; ends at the first that is none or is cut off.
pub(super) struct Items<'a> {
    rest: &'a [u8],
}

impl<'a> Items<'a> {
    /// The elements of `bytes`.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (id, size, len) = header(self.rest)?;
        let behind = self.rest.get(len..)?;
        let (body, rest) = behind.split_at_checked(usize::try_from(size?).ok()?)?;
        self.rest = rest;
        Some(Item { id, body })
    }
}

/// Name, size and length of both; `None` where the bytes are no element. No size where it is not known.
fn header(bytes: &[u8]) -> Option<(Id, Option<u64>, usize)> {
    let id_len = bytes.first()?.leading_zeros() as usize + 1;
    if id_len > 4 {
        return None;
    }
    let id = bytes.get(..id_len)?.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    let (size, size_len) = variable(bytes.get(id_len..)?)?;
    let unknown = (1 << (7 * size_len)) - 1;
    Some((id, (size != unknown).then_some(size), id_len + size_len))
}

/// A number of one to eight bytes that tells its own length, and that length (RFC 8794, 4).
pub(super) fn variable(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let len = first.leading_zeros() as usize + 1;
    if len > 8 {
        return None;
    }
    let marked = bytes.get(..len)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
    Some((marked & ((1 << (7 * len)) - 1), len))
}

/// A number of up to eight bytes.
fn unsigned(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// A number of up to eight bytes, the first bit its sign.
fn signed(bytes: &[u8]) -> Option<i64> {
    let value = unsigned(bytes)?;
    let unused = 64 - 8 * bytes.len() as u32;
    Some(value.checked_shl(unused).map_or(0, |shifted| shifted.cast_signed() >> unused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_tell_their_length() {
        assert_eq!(header(&[0x1a, 0x45, 0xdf, 0xa3, 0x84]), Some((EBML, Some(4), 5)));
        assert_eq!(header(&[0xe7, 0x40, 0x02]), Some((TIMESTAMP, Some(2), 3)));
        assert_eq!(header(&[0x1f, 0x43, 0xb6, 0x75, 0xff]), Some((CLUSTER, None, 5)));
        assert_eq!(
            header(&[0x1f, 0x43, 0xb6, 0x75, 1, 255, 255, 255, 255, 255, 255, 255]),
            Some((CLUSTER, None, 12))
        );
        for bad in [&[][..], &[0x08, 0x81], &[0xe7], &[0xe7, 0x40], &[0xe7, 0]] {
            assert_eq!(header(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn numbers_are_as_long_as_they_are() {
        assert_eq!(unsigned(&[]), Some(0));
        assert_eq!(unsigned(&[1, 0]), Some(256));
        assert_eq!(unsigned(&[0; 9]), None);
        assert_eq!(signed(&[]), Some(0));
        assert_eq!(signed(&[0xff]), Some(-1));
        assert_eq!(signed(&[0x7f, 0xff]), Some(32_767));
        assert_eq!(signed(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
    }
}
