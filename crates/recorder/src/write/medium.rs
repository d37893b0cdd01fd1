//! Where files are written: beside their place, and moved there when they are whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use super::WriteError;

/// What a writer writes to: a file; in tests one that breaks.
pub(super) trait Medium: Write + Seek + Send {
    /// Cuts off what lies behind `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Waits until everything is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Medium for File {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The place of a file, and the one beside it where it is written: `talk.mp4` and `talk.part.mp4`.
///
/// A process that is killed leaves the latter, which has an ending that players know.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: PathBuf,
    part: PathBuf,
    is_forced: bool,
}

impl Place {
    /// Of the file `path`. What is there is overwritten only where `is_forced`.
    pub fn new(path: &Path, is_forced: bool) -> Self {
        Self { path: path.to_owned(), part: beside(path, "part"), is_forced }
    }

    /// Makes the file that is written.
    pub fn create(&self) -> Result<File, WriteError> {
        self.check()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        if self.is_forced {
            // What a link leads to is somebody else's.
            if self.part.is_symlink() {
                fs::remove_file(&self.part).map_err(|source| self.error(source))?;
            }
            options.create(true).truncate(false);
        } else {
            options.create_new(true);
        }
        let file = options.open(&self.part).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => occupied(&self.part),
            _ => self.error(source),
        })?;
        lock(&file, &self.part)?;
        file.set_len(0).map_err(|source| self.error(source))?;
        Ok(file)
    }

    /// Writes a whole file, or none. It is locked as long as what is given back is kept.
    pub fn write(&self, bytes: &[u8]) -> Result<WritingLock, WriteError> {
        let mut file = self.create()?;
        if let Err(source) = file.write_all(bytes) {
            // A half of it is of no use, and the disk is perhaps full.
            let _ = fs::remove_file(&self.part);
            return Err(self.error(source));
        }
        self.settle()?;
        Ok(WritingLock { _file: file })
    }

    /// Moves the file to its place.
    pub fn settle(&self) -> Result<(), WriteError> {
        self.check()?;
        fs::rename(&self.part, &self.path).map_err(|source| self.error(source))
    }

    /// An error of the file that is written.
    pub fn error(&self, source: io::Error) -> WriteError {
        WriteError { path: self.part.clone(), source }
    }

    /// The file that is written.
    pub fn part(&self) -> &Path {
        &self.part
    }

    pub fn folder(&self) -> &Path {
        folder_of(&self.path)
    }

    fn check(&self) -> Result<(), WriteError> {
        if !self.is_forced && self.path.exists() {
            return Err(occupied(&self.path));
        }
        Ok(())
    }
}

/// The folder that a path lies in; the current one is `.`.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Says that something is there already.
pub(super) fn occupied(path: &Path) -> WriteError {
    let source = io::Error::new(io::ErrorKind::AlreadyExists, "it is there already; --force overwrites it");
    WriteError { path: path.to_owned(), source }
}

/// `talk.word.mp4` for `talk.mp4`.
fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(word);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// A file that is being written has a lock, which goes with the process; file systems that have none do without.
fn lock(file: &File, path: &Path) -> Result<(), WriteError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let source = io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it");
            Err(WriteError { path: path.to_owned(), source })
        }
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Keeps others from a file that is being written, or was.
#[derive(Debug)]
pub(crate) struct WritingLock {
    _file: File,
}

impl WritingLock {
    /// Sees that nobody writes a file, and that nobody begins to while the lock is held. `None` where there is no such file.
    pub(super) fn of(path: &Path) -> Result<Option<Self>, WriteError> {
        match File::open(path) {
            Ok(file) => {
                lock(&file, path)?;
                Ok(Some(Self { _file: file }))
            }
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(WriteError { path: path.to_owned(), source }),
        }
    }
}

/// What writers of a file that were stopped or killed may have left beside it.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    part: PathBuf,
    set_aside: PathBuf,
}

impl Left {
    /// Of the file `path`.
    pub(crate) fn of(path: &Path) -> Self {
        Self { part: beside(path, "part"), set_aside: beside(path, "earlier.part") }
    }

    /// The file that was being written: `talk.part.mp4`.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// The one that was being copied: `talk.earlier.part.mp4`.
    pub(crate) fn set_aside(&self) -> &Path {
        &self.set_aside
    }

    /// Sees that nobody writes the file, and that nobody begins to while the lock is held.
    pub(crate) fn lock(&self) -> Result<Option<WritingLock>, WriteError> {
        WritingLock::of(&self.part)
    }

    /// Sees that the file `kept`, one of these, stays while the file is written again, and says where it is then.
    pub(crate) fn keep(&self, kept: &Path) -> Result<PathBuf, WriteError> {
        if kept != self.part {
            return Ok(kept.to_owned());
        }
        fs::rename(&self.part, &self.set_aside)
            .map_err(|source| WriteError { path: self.part.clone(), source })?;
        Ok(self.set_aside.clone())
    }

    /// Removes what was set aside, now that all of it is at its place.
    pub(crate) fn forget(&self) -> Result<(), WriteError> {
        match fs::remove_file(&self.set_aside) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(WriteError { path: self.set_aside.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_beside_their_place_and_nothing_is_overwritten_unasked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talk.mp4");
        let place = Place::new(&path, false);
        place.create().expect("created").write_all(b"new").expect("written");
        assert!(!path.exists());
        assert_eq!(fs::read(folder.path().join("talk.part.mp4")).expect("the part"), b"new");
        let error = place.create().expect_err("the part of a killed process stays");
        assert!(error.to_string().contains("talk.part.mp4"), "{error}");
        place.settle().expect("moved");
        assert_eq!(fs::read(&path).expect("the file"), b"new");

        let error = place.create().expect_err("there is one");
        assert!(error.to_string().contains("--force"), "{error}");
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
        let forced = Place::new(&path, true);
        forced.create().expect("created").write_all(b"newer").expect("written");
        assert_eq!(fs::read(&path).expect("the file"), b"new", "until the new one is whole");
        forced.settle().expect("moved");
        assert_eq!(fs::read(&path).expect("the file"), b"newer");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_not_followed() {
        use std::os::unix::fs::symlink;
        let (folder, outside) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let [secret, unborn] = ["secret", "unborn"].map(|name| outside.path().join(name));
        fs::write(&secret, b"secret").expect("written");
        for target in [&secret, &unborn] {
            for (name, link) in [("a.ts", "a.ts"), ("b.ts", "b.part.ts")] {
                symlink(target, folder.path().join(link)).expect("linked");
                let place = Place::new(&folder.path().join(name), true);
                place.write(b"new").expect("written");
                assert!(!folder.path().join(name).is_symlink());
                assert_eq!(fs::read(folder.path().join(name)).expect("the file"), b"new");
                fs::remove_file(folder.path().join(name)).expect("removed");
            }
        }
        assert_eq!(fs::read(&secret).expect("the file"), b"secret");
        assert!(!unborn.exists());
        symlink(&unborn, folder.path().join("c.part.ts")).expect("linked");
        Place::new(&folder.path().join("c.ts"), false).create().expect_err("something is there");
        assert!(!unborn.exists());
    }

    #[test]
    fn a_file_that_came_in_between_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talk");
        let place = Place::new(&path, false);
        place.create().expect("created");
        fs::write(&path, b"theirs").expect("written");
        place.settle().expect_err("occupied");
        assert_eq!(fs::read(&path).expect("the file"), b"theirs");
    }
}
