//! The boxes of a file, one after the other, by their headers alone.

use super::boxes::{Header, Name, title};
use crate::media::MediaError;
use crate::media::input::Input;

/// The largest `moov` that is read, in bytes. A day of video and sound takes about 60 MiB.
const MAX_MOOV_BYTES: u64 = 256 << 20;
/// The largest `moof`, in bytes. One of ten seconds takes some kilobytes.
const MAX_MOOF_BYTES: u64 = 16 << 20;
/// As many boxes as a day of fragments of a tenth of a second has, and then some: no file makes the walk endless.
const MAX_BOXES: u32 = 8_000_000;

/// A box of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TopBox {
    pub name: Name,
    /// Where its header begins, in bytes.
    pub start: u64,
    /// Where it ends; the file's end where it says that it goes on to there or beyond.
    end: u64,
    /// Whether the file has all of it.
    pub is_whole: bool,
}

impl TopBox {
    /// All of its bytes, header included.
    ///
    /// # Errors
    /// Where it is cut off or too large.
    pub fn read(&self, input: &mut Input) -> Result<Vec<u8>, MediaError> {
        let name = title(self.name);
        let size = self.end - self.start;
        let limit = if self.name == *b"moov" { MAX_MOOV_BYTES } else { MAX_MOOF_BYTES };
        if size > limit {
            return Err(input.malformed(format!("{name} of {size} bytes; at most {limit} are read")));
        }
        let cut_off = format!("it was cut off within its {name} at byte {}", self.start);
        let bytes = if self.is_whole { input.read(self.start, size as usize)? } else { None };
        bytes.ok_or_else(|| input.malformed(cut_off))
    }
}

/// Goes from box to box.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TopBoxes {
    position: u64,
    count: u32,
}

impl TopBoxes {
    /// Begins behind a box.
    pub fn behind(top: &TopBox) -> Self {
        Self { position: top.end, count: 0 }
    }

    /// Where the next box begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next box; `None` at the end of the file and where what follows is no box.
    pub fn next(&mut self, input: &mut Input) -> Result<Option<TopBox>, MediaError> {
        if self.count == MAX_BOXES {
            return Err(input.malformed(format!("more than {MAX_BOXES} boxes")));
        }
        self.count += 1;
        let start = self.position;
        let Some(header) = Header::parse(input.peek(start, Header::MAX_BYTES)?) else { return Ok(None) };
        let end = header.size.map_or(input.len(), |size| start.saturating_add(size));
        let is_whole = end <= input.len();
        let end = end.min(input.len());
        self.position = end;
        Ok(Some(TopBox { name: header.name, start, end, is_whole }))
    }
}
