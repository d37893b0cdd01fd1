//! Boxes: walked here, their fields read by the crate `shiguredo_mp4`; only this file knows it.
//!
//! The crate's demuxers refuse a whole movie for one box that they do not know or that is damaged, and leave out edit lists and
//! matrices. So the tree is walked here, and the crate is asked for one box at a time.

use shiguredo_mp4::Decode;
pub(super) use shiguredo_mp4::boxes::{
    Co64Box, CttsBox, ElstBox, MdhdBox, MvhdBox, StcoBox, StscBox, StssBox, StszBox, SttsBox, TfdtBox,
    TfhdBox, TkhdBox, TrexBox, TrunBox,
};

/// The four characters that name a box.
pub(super) type Name = [u8; 4];

/// A box in memory.
#[derive(Clone, Copy)]
pub(super) struct Box4<'a> {
    pub name: Name,
    /// With its header.
    whole: &'a [u8],
    /// Behind its header.
    pub body: &'a [u8],
}

impl<'a> Box4<'a> {
    /// The same box with less in front: what comes behind fields that are no boxes.
    pub fn with_body(self, body: &'a [u8]) -> Self {
        Self { body, ..self }
    }

    /// The boxes in it.
    pub fn children(self) -> Children<'a> {
        Children { rest: self.body }
    }

    /// The first box of that name in it.
    pub fn child(self, name: &Name) -> Option<Self> {
        self.children().find(|child| child.name == *name)
    }

    /// The box at the end of a path of names.
    pub fn descend(self, path: &[&Name]) -> Option<Self> {
        path.iter().try_fold(self, |parent, name| parent.child(name))
    }

    /// Its fields, where they are complete.
    pub fn decode<T: Decode>(self) -> Result<T, String> {
        T::decode(self.whole)
            .map(|(fields, _)| fields)
            .map_err(|error| format!("{}: {}", self.title(), error.reason_text()))
    }

    /// Its name, for people.
    pub fn title(self) -> String {
        title(self.name)
    }
}

/// Why the crate refuses a box, in one phrase.
trait ReasonText {
    fn reason_text(&self) -> String;
}

impl ReasonText for shiguredo_mp4::Error {
    fn reason_text(&self) -> String {
        if self.reason.is_empty() { "its content is cut off".to_owned() } else { self.reason.clone() }
    }
}

/// A box's name, for people.
pub(super) fn title(name: Name) -> String {
    name.escape_ascii().to_string()
}

/// Boxes one after the other; ends at the first that is no box, as QuickTime's lists do with four zero bytes.
pub(super) struct Children<'a> {
    rest: &'a [u8],
}

impl<'a> Children<'a> {
    /// The boxes of `bytes`.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Box4<'a>;

    fn next(&mut self) -> Option<Box4<'a>> {
        let header = Header::parse(self.rest)?;
        let size = header.size.unwrap_or(self.rest.len() as u64);
        let whole = self.rest.get(..usize::try_from(size).ok()?)?;
        let body = whole.get(header.len..)?;
        self.rest = self.rest.get(whole.len()..).unwrap_or_default();
        Some(Box4 { name: header.name, whole, body })
    }
}

/// How a box begins (ISO/IEC 14496-12, 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub name: Name,
    /// Of the header itself, in bytes.
    pub len: usize,
    /// Of all of it, header included, in bytes; `None` where it goes on to the end.
    pub size: Option<u64>,
}

impl Header {
    /// The most bytes that a header takes.
    pub const MAX_BYTES: usize = 16;

    /// Reads a header; `None` where there is none: too few bytes, or a size below its own.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let (len, size) = match u32::from_be_bytes(*size) {
            0 => (8, None),
            1 => (16, Some(u64::from_be_bytes(*rest.first_chunk::<8>()?))),
            size => (8, Some(u64::from(size))),
        };
        size.is_none_or(|size| size >= len as u64).then_some(Self { name: *name, len, size })
    }
}

/// Reads big-endian numbers from the front of `bytes`; `None` where they end.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().copied().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().copied().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.take(8)?.first_chunk().copied().map(u64::from_be_bytes)
    }

    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_three_forms_and_no_size_below_their_own() {
        assert_eq!(Header::parse(b"\0\0\0\x10moov"), Some(Header { name: *b"moov", len: 8, size: Some(16) }));
        assert_eq!(Header::parse(b"\0\0\0\0mdat"), Some(Header { name: *b"mdat", len: 8, size: None }));
        let large = b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0";
        assert_eq!(Header::parse(large), Some(Header { name: *b"mdat", len: 16, size: Some(1 << 32) }));
        for bad in [
            &b"\0\0\0\x07moov"[..],
            b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x0f",
            b"\0\0\0\x01mdat\0\0",
            b"\0\0\0",
            b"",
        ] {
            assert_eq!(Header::parse(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn children_end_where_one_is_larger_than_its_parent() {
        let bytes = b"\0\0\0\x09freex\0\0\0\x08skip\0\0\0\x20wideshort";
        let names: Vec<Name> = Children::of(bytes).map(|child| child.name).collect();
        assert_eq!(names, [*b"free", *b"skip"]);
    }
}
