//! Pieces of several files that read as one.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::media::input::open_file;

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub path: PathBuf,
    pub offset: u64,
    pub len: u64,
}

/// The pieces, one behind the other. One file is open at a time.
pub(super) struct Joined {
    pieces: Vec<Piece>,
    /// Where each one ends.
    ends: Vec<u64>,
    at: u64,
    open: Option<(usize, File)>,
}

impl Joined {
    pub fn new(pieces: Vec<Piece>) -> Self {
        let ends = ends(&pieces);
        Self { pieces, ends, at: 0, open: None }
    }
}

/// Where each piece ends.
pub(super) fn ends(pieces: &[Piece]) -> Vec<u64> {
    let sum = |end: &mut u64, piece: &Piece| {
        *end = end.saturating_add(piece.len);
        Some(*end)
    };
    pieces.iter().scan(0, sum).collect()
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let index = self.ends.partition_point(|&end| end <= self.at);
        let (Some(piece), Some(&end)) = (self.pieces.get(index), self.ends.get(index)) else { return Ok(0) };
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", piece.path.display()));
        let file = match &mut self.open {
            Some((open, file)) if *open == index => file,
            open => &mut open.insert((index, open_file(&piece.path).map_err(named)?)).1,
        };
        let left = end - self.at;
        file.seek(SeekFrom::Start(piece.offset + (piece.len - left))).map_err(named)?;
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = file.read(buffer.get_mut(..wanted).unwrap_or_default()).map_err(named)?;
        if count == 0 && wanted > 0 {
            return Err(named(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it became shorter while it was read",
            )));
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.ends.last().copied().unwrap_or(0);
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at =
            at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_read_as_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, b"0123456789").expect("written");
        std::fs::write(&b, b"abc").expect("written");
        let piece = |path: &PathBuf, offset, len| Piece { path: path.clone(), offset, len };
        let mut joined =
            Joined::new(vec![piece(&a, 2, 3), piece(&b, 0, 0), piece(&b, 1, 2), piece(&a, 0, 2)]);
        let mut text = String::new();
        joined.read_to_string(&mut text).expect("read");
        assert_eq!(text, "234bc01");
        assert_eq!(joined.seek(SeekFrom::End(-3)).expect("sought"), 4);
        text.clear();
        joined.read_to_string(&mut text).expect("read");
        assert_eq!(text, "c01");
        let mut short = Joined::new(vec![piece(&b, 2, 5)]);
        assert!(short.read_to_string(&mut text).is_err());
    }
}
