//! Where a description's files lie, and that they lie nowhere else.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The folder that a description's files are named from.
///
/// # Guarantees
/// Unless everything is allowed, [`Folder::resolve`] gives nothing that lies outside, whatever `..` and symbolic links say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its path; empty is the current one.
    pub path: PathBuf,
    /// Whether files may lie elsewhere.
    pub allows_outside: bool,
}

/// Why a path cannot be that of a file of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFlaw {
    /// There is none.
    #[error("empty")]
    Empty,
    /// It is longer than systems take.
    #[error("too long: {bytes} bytes")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// It holds a character that no file's name has.
    #[error("{found:?} cannot stand in a path")]
    Forbidden {
        /// The character.
        found: char,
    },
    /// It is an address.
    #[error("an address, not a file")]
    Address,
    /// It does not start from the folder.
    #[error("an absolute path")]
    Absolute,
    /// It climbs above the folder.
    #[error("a path that leaves the folder")]
    Leaves,
}

/// Why a file of a recording cannot be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The system says why.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path may not be followed.
    #[error("{}: {flaw}", path.display())]
    Path {
        /// The file.
        path: PathBuf,
        /// What is wrong with the path.
        flaw: PathFlaw,
    },
    /// It leads elsewhere by a symbolic link.
    #[error("{}: leads out of the description's folder, to {}", path.display(), leads_to.display())]
    Outside {
        /// The file.
        path: PathBuf,
        /// Where it lies.
        leads_to: PathBuf,
    },
}

/// Longest path, in bytes. Source: `PATH_MAX` of Linux.
const MAX_BYTES: usize = 4096;

impl Folder {
    /// The folder of a description's own file; files must lie in it.
    #[must_use]
    pub fn of(description: &Path) -> Self {
        Self { path: description.parent().unwrap_or(Path::new("")).to_owned(), allows_outside: false }
    }

    /// Checks a path as it is written, without looking at any file.
    ///
    /// # Errors
    /// Why it may not be followed.
    pub fn check(&self, file: &str) -> Result<(), PathFlaw> {
        if file.is_empty() {
            return Err(PathFlaw::Empty);
        }
        if file.len() > MAX_BYTES {
            return Err(PathFlaw::TooLong { bytes: file.len() });
        }
        if let Some(found) = file.chars().find(|found| found.is_control()) {
            return Err(PathFlaw::Forbidden { found });
        }
        if file.contains("://") {
            return Err(PathFlaw::Address);
        }
        if self.allows_outside {
            return Ok(());
        }
        let mut depth = 0_usize;
        for component in Path::new(file).components() {
            match component {
                Component::Normal(_) => depth += 1,
                Component::CurDir => {}
                Component::ParentDir => depth = depth.checked_sub(1).ok_or(PathFlaw::Leaves)?,
                Component::RootDir | Component::Prefix(_) => return Err(PathFlaw::Absolute),
            }
        }
        Ok(())
    }

    /// Where a file lies: an absolute path without `..` and symbolic links.
    ///
    /// # Errors
    /// [`FolderError`] where there is no such file, or where it lies outside.
    pub fn resolve(&self, file: &Path) -> Result<PathBuf, FolderError> {
        let flaw = |flaw| FolderError::Path { path: file.to_owned(), flaw };
        if let Some(text) = file.to_str() {
            self.check(text).map_err(flaw)?;
        }
        let canonical = |path: &Path| {
            let io = |source| FolderError::Io { path: path.to_owned(), source };
            path.canonicalize().map_err(io)
        };
        let root = canonical(if self.path.as_os_str().is_empty() { Path::new(".") } else { &self.path })?;
        let path = canonical(&root.join(file))?;
        if !self.allows_outside && !path.starts_with(&root) {
            return Err(FolderError::Outside { path: file.to_owned(), leads_to: path });
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folder_paths_stay_within() {
        let folder = Folder::default();
        for file in ["1.mp4", "a/b.webm", "./a/../b.mp4", "a:b.mp4", "a b#c?.mp4"] {
            assert_eq!(folder.check(file), Ok(()), "{file}");
        }
        for (file, flaw) in [
            ("", PathFlaw::Empty),
            ("/etc/passwd", PathFlaw::Absolute),
            ("../1.mp4", PathFlaw::Leaves),
            ("a/../../b/1.mp4", PathFlaw::Leaves),
            ("a\0b", PathFlaw::Forbidden { found: '\0' }),
            ("http://example.com/1.mp4", PathFlaw::Address),
        ] {
            assert_eq!(folder.check(file), Err(flaw), "{file}");
        }
        let open = Folder { allows_outside: true, ..Folder::default() };
        assert_eq!((open.check("/a.mp4"), open.check("../a.mp4")), (Ok(()), Ok(())));
    }

    #[cfg(unix)]
    #[test]
    fn folder_does_not_follow_links_out_of_it() {
        let temporary = tempfile::tempdir().expect("a folder");
        let inside = temporary.path().join("inside");
        fs::create_dir(&inside).expect("a folder");
        fs::write(temporary.path().join("secret"), "x").expect("a file");
        fs::write(inside.join("1.mp4"), "x").expect("a file");
        std::os::unix::fs::symlink("../secret", inside.join("2.mp4")).expect("a link");
        std::os::unix::fs::symlink("1.mp4", inside.join("3.mp4")).expect("a link");
        let mut folder = Folder { path: inside.clone(), allows_outside: false };
        let found = folder.resolve(Path::new("3.mp4")).expect("a link within");
        assert!(found.is_absolute() && found.ends_with("inside/1.mp4"), "{}", found.display());
        assert!(matches!(folder.resolve(Path::new("2.mp4")), Err(FolderError::Outside { .. })));
        assert!(matches!(folder.resolve(Path::new("4.mp4")), Err(FolderError::Io { .. })));
        assert!(matches!(folder.resolve(Path::new("../secret")), Err(FolderError::Path { .. })));
        folder.allows_outside = true;
        assert!(folder.resolve(Path::new("2.mp4")).is_ok());
    }
}
