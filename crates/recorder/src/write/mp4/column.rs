//! Tables that grow with the recording, kept out of memory: beyond 64 KiB each goes to a nameless file that vanishes with the
//! process.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

/// What of a table may stay in memory.
const MEMORY_BYTES: usize = 64 * 1024;

/// Entries of a table as the file will hold them: big-endian numbers in a row.
pub(in crate::write) struct Column {
    entries: SpooledTempFile,
    len_bytes: u64,
    count: u32,
}

impl Column {
    /// An empty one; `folder` takes what does not stay in memory.
    pub fn new(folder: &Path) -> Self {
        Self { entries: tempfile::spooled_tempfile_in(MEMORY_BYTES, folder), len_bytes: 0, count: 0 }
    }

    /// Adds entries.
    pub fn append(&mut self, bytes: &[u8], count: u32) -> io::Result<()> {
        self.count =
            self.count.checked_add(count).ok_or_else(|| io::Error::other("more than 2³² samples"))?;
        self.entries.write_all(bytes)?;
        self.len_bytes += bytes.len() as u64;
        Ok(())
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    /// Writes all of them.
    pub fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.entries.seek(SeekFrom::Start(0))?;
        let copied = io::copy(&mut (&mut self.entries).take(self.len_bytes), out)?;
        self.entries.seek(SeekFrom::End(0))?;
        if copied == self.len_bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// A column of numbers that seldom change: how often, and the number.
pub(in crate::write) struct Runs {
    column: Column,
    last: Option<(u32, u32)>,
}

impl Runs {
    pub fn new(folder: &Path) -> Self {
        Self { column: Column::new(folder), last: None }
    }

    /// Adds a number.
    pub fn push(&mut self, value: u32) -> io::Result<()> {
        match &mut self.last {
            Some((count, last)) if *last == value && *count < u32::MAX => *count += 1,
            _ => {
                self.close()?;
                self.last = Some((1, value));
            }
        }
        Ok(())
    }

    /// Whether all numbers were zero.
    pub fn is_zero(&self) -> bool {
        self.column.count() == 0 && self.last.is_none_or(|(_, value)| value == 0)
    }

    /// The finished column.
    pub fn finish(&mut self) -> io::Result<&mut Column> {
        self.close()?;
        Ok(&mut self.column)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((count, value)) = self.last.take() else { return Ok(()) };
        let mut entry = [0; 8];
        entry[..4].copy_from_slice(&count.to_be_bytes());
        entry[4..].copy_from_slice(&value.to_be_bytes());
        self.column.append(&entry, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_back_what_was_put_in_also_beyond_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut column = Column::new(folder.path());
        let mut expected = Vec::new();
        for number in 0..40_000_u32 {
            column.append(&number.to_be_bytes(), 1).expect("written");
            expected.extend_from_slice(&number.to_be_bytes());
        }
        assert!(expected.len() > 2 * MEMORY_BYTES);
        assert_eq!((column.count(), column.len_bytes()), (40_000, 160_000));
        for _ in 0..2 {
            let mut found = Vec::new();
            column.copy_to(&mut found).expect("copied");
            assert!(found == expected);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "it has no name");
    }

    #[test]
    fn runs_count_what_repeats() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut runs = Runs::new(folder.path());
        assert!(runs.is_zero());
        for value in [0, 0, 0, 7, 7, 0] {
            runs.push(value).expect("pushed");
        }
        assert!(!runs.is_zero());
        let mut found = Vec::new();
        let column = runs.finish().expect("finished");
        column.copy_to(&mut found).expect("copied");
        assert_eq!(column.count(), 3);
        assert_eq!(found, [0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0]);
    }
}
