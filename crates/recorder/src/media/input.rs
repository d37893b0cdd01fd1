//! A file that is read at any place, by headers and by pieces, and never as a whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::MediaError;

/// Opens a file that a stranger may have chosen. Nothing else is opened: a named pipe would be waited for, and a device gives no end.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    File::open(path)
}

/// What a container is read from: a file, or several that stand for one.
pub(super) trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// How much is read at once where little is asked for, in bytes: headers and small packets lie close together.
const WINDOW_BYTES: usize = 16 << 10;

/// A source with its length and a window of what was read last.
pub(super) struct Input {
    path: PathBuf,
    source: Box<dyn Source>,
    len: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl Input {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let io = |source| MediaError::Io { path: path.to_owned(), source };
        Self::new(path, Box::new(open_file(path).map_err(io)?))
    }

    /// Reads from `source`; `path` is what errors name.
    pub fn new(path: &Path, mut source: Box<dyn Source>) -> Result<Self, MediaError> {
        let len = source.seek(SeekFrom::End(0));
        let len = len.map_err(|source| MediaError::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), source, len, window: Vec::new(), window_start: 0 })
    }

    /// Its length when it was opened, in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// What errors name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes from `at` on: `count` of them, or as many as there are. At most a window's length.
    pub fn peek(&mut self, at: u64, count: usize) -> Result<&[u8], MediaError> {
        let count = count.min(WINDOW_BYTES);
        let holds = |start: u64, len: usize| {
            at >= start && at - start <= len as u64 && len as u64 - (at - start) >= count as u64
        };
        if !holds(self.window_start, self.window.len()) {
            self.fill(at).map_err(|source| MediaError::Io { path: self.path.clone(), source })?;
        }
        let from = usize::try_from(at.saturating_sub(self.window_start)).unwrap_or(usize::MAX);
        let rest = self.window.get(from..).unwrap_or_default();
        Ok(rest.get(..count).unwrap_or(rest))
    }

    /// Exactly `count` bytes from `at` on; `None` where the file ends before.
    pub fn read(&mut self, at: u64, count: usize) -> Result<Option<Vec<u8>>, MediaError> {
        if at.checked_add(count as u64).is_none_or(|end| end > self.len) {
            return Ok(None);
        }
        if count <= WINDOW_BYTES / 2 {
            let bytes = self.peek(at, count)?;
            return Ok((bytes.len() == count).then(|| bytes.to_vec()));
        }
        let mut bytes = vec![0; count];
        let read = self.source.seek(SeekFrom::Start(at)).and_then(|_| self.source.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(MediaError::Io { path: self.path.clone(), source }),
        }
    }

    fn fill(&mut self, at: u64) -> io::Result<()> {
        self.window.clear();
        self.window_start = at;
        self.source.seek(SeekFrom::Start(at))?;
        self.source.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut self.window)?;
        Ok(())
    }

    /// An error about the file's form.
    pub fn malformed(&self, problem: impl Into<String>) -> MediaError {
        MediaError::Malformed { path: self.path.clone(), problem: problem.into() }
    }

    /// An error about what is not done here.
    pub fn unsupported(&self, what: impl Into<String>) -> MediaError {
        MediaError::Unsupported { path: self.path.clone(), what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    #[cfg(unix)]
    fn only_regular_files_are_opened() {
        for path in ["/dev/null", "/dev/zero", "/"] {
            let error = open_file(Path::new(path)).expect_err("it is no file");
            assert_eq!(error.to_string(), "not a regular file", "{path}");
        }
    }

    #[test]
    fn pieces_come_from_the_window_and_from_beyond_it() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
        let mut input = Input::new(Path::new("x"), Box::new(Cursor::new(bytes.clone()))).expect("opened");
        assert_eq!(input.len(), 100_000);
        for (at, count) in [(0, 8), (5, 16_000), (16_380, 8), (40, 60_000), (99_990, 10), (3, 0)] {
            assert_eq!(input.read(at as u64, count).expect("read").as_deref(), Some(&bytes[at..at + count]));
        }
        assert_eq!(input.read(99_990, 11).expect("read"), None);
        assert_eq!(input.read(u64::MAX, 1).expect("read"), None);
        assert_eq!(input.read(0, usize::MAX).expect("read"), None);
        assert_eq!(input.peek(99_998, 16).expect("read"), &bytes[99_998..]);
        assert_eq!(input.peek(200_000, 16).expect("read"), b"");
    }
}
