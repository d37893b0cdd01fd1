//! Where a command's result goes: stdout, or a file that is written beside its place and renamed.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::{Failure, Outcome};

/// A file to be written, or stdout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output, named `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// Whether a file that stands in the result's place may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, and the command fails.
    Never,
    /// It is replaced (`--force`).
    Force,
}

impl Output {
    /// Makes sure, before any work is done, that a result could be put there.
    ///
    /// # Errors
    /// [`Failure::Usage`] where a file stands there and may not be replaced, or the place is a directory.
    pub fn check(&self, overwrite: Overwrite) -> Outcome {
        let Self::File(path) = self else { return Ok(()) };
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                Err(Failure::Usage(format!("{} is a directory; name a file with -o", path.display())))
            }
            Ok(found) if found.is_file() && overwrite == Overwrite::Never => Err(exists(path)),
            _ => Ok(()),
        }
    }

    /// Puts the result in its place, whole or not at all.
    ///
    /// # Errors
    /// As [`Output::check`], and [`Failure::Running`] where writing fails.
    pub fn write(&self, bytes: &[u8], overwrite: Overwrite) -> Outcome {
        self.check(overwrite)?;
        match self {
            Self::Stdout => print(bytes),
            Self::File(path) => replace(path, bytes, overwrite).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => exists(path),
                _ => Failure::Running(format!("cannot write {}: {error}", path.display())),
            }),
        }
    }
}

impl From<&str> for Output {
    fn from(name: &str) -> Self {
        if name == "-" { Self::Stdout } else { Self::File(PathBuf::from(name)) }
    }
}

/// Writes bytes to stdout. A reader who has left wanted no more: that is no failure.
///
/// # Errors
/// [`Failure::Running`] where stdout cannot be written for another reason.
pub fn print(bytes: &[u8]) -> Outcome {
    let mut stdout = io::stdout().lock();
    told(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Writes text to stdout, its colours only where they can be seen and `NO_COLOR` is not set.
///
/// # Errors
/// As [`print()`].
pub fn print_styled(text: &str) -> Outcome {
    let mut stdout = anstream::stdout().lock();
    told(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// A value as one line of JSON.
///
/// # Errors
/// [`Failure::Running`] where it is no JSON, which ours are.
pub fn json(value: &impl Serialize) -> Outcome<Vec<u8>> {
    let mut line = serde_json::to_vec(value).map_err(|error| Failure::Running(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

fn told(written: io::Result<()>) -> Outcome {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Running(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::Usage(format!("{} exists; to replace it pass --force", path.display()))
}

fn replace(path: &Path, bytes: &[u8], overwrite: Overwrite) -> io::Result<()> {
    // What a link points to is replaced, not the link; a device or a pipe is written, not replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
        return OpenOptions::new().write(true).open(&place)?.write_all(bytes);
    }
    let folder = place.parent().filter(|folder| *folder != OsStr::new("")).unwrap_or(Path::new("."));
    let mut file = beside().tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match overwrite {
        Overwrite::Force => file.persist(&place)?,
        Overwrite::Never => file.persist_noclobber(&place)?,
    };
    Ok(())
}

/// A file with the permissions that any new file gets, and not those of a secret.
#[cfg(unix)]
fn beside() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".polyptych-").permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn beside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".polyptych-");
    builder
}
