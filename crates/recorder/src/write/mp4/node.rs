//! A tree of boxes (ISO/IEC 14496-12, 4.2) whose tables may be far larger than memory should hold.

use std::io::{self, Write};

use super::column::Column;

/// Of a box's size and type.
pub(in crate::write) const HEADER_BYTES: u64 = 8;

/// A box.
pub(in crate::write) enum Node<'a> {
    /// A whole box, header and all.
    Leaf(Vec<u8>),
    /// A box of boxes.
    Parent([u8; 4], Vec<Node<'a>>),
    /// A full box of version 0 without flags: its fields, and its entries behind them.
    Table([u8; 4], Vec<u8>, &'a mut Column),
}

impl Node<'_> {
    /// All of its bytes.
    pub fn len_bytes(&self) -> u64 {
        match self {
            Self::Leaf(bytes) => bytes.len() as u64,
            Self::Parent(_, children) => HEADER_BYTES + children.iter().map(Self::len_bytes).sum::<u64>(),
            Self::Table(_, fields, column) => HEADER_BYTES + 4 + fields.len() as u64 + column.len_bytes(),
        }
    }

    /// Writes it, tables piece by piece.
    pub fn write_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let header = |kind: [u8; 4], len: u64| -> io::Result<[u8; 8]> {
            let len = u32::try_from(len).map_err(|_| io::Error::other("an index of 4 GiB or more"))?;
            Ok(box_header(len, kind))
        };
        let len = self.len_bytes();
        match self {
            Self::Leaf(bytes) => out.write_all(bytes),
            Self::Parent(kind, children) => {
                out.write_all(&header(*kind, len)?)?;
                children.iter_mut().try_for_each(|child| child.write_to(out))
            }
            Self::Table(kind, fields, column) => {
                out.write_all(&header(*kind, len)?)?;
                out.write_all(&[0; 4])?;
                out.write_all(fields)?;
                column.copy_to(out)
            }
        }
    }
}

/// The header of a box of `len` bytes, itself among them.
pub(in crate::write) fn box_header(len: u32, kind: [u8; 4]) -> [u8; 8] {
    let [a, b, c, d] = len.to_be_bytes();
    let [e, f, g, h] = kind;
    [a, b, c, d, e, f, g, h]
}

/// The header of a box whose length takes 64 bits.
pub(in crate::write) fn long_box_header(len: u64, kind: [u8; 4]) -> [u8; 16] {
    let mut header = [0; 16];
    header[..8].copy_from_slice(&box_header(1, kind));
    header[8..].copy_from_slice(&len.to_be_bytes());
    header
}
