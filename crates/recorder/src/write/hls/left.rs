//! What a writer of a playlist has left.

use std::path::{Path, PathBuf};

use super::super::medium::WritingLock;
use super::super::{WriteError, WriteOptions};
use super::names::Names;

/// A playlist that a writer was stopped at, or killed.
#[derive(Debug)]
pub(crate) struct LeftPlaylist {
    /// The playlist.
    pub(crate) path: PathBuf,
    first_segment: PathBuf,
}

impl LeftPlaylist {
    /// What is written into `output` with these options; `None` where it is a file.
    pub(crate) fn of(output: &Path, options: &WriteOptions) -> Result<Option<Self>, WriteError> {
        let refused = |source| WriteError { path: output.to_owned(), source };
        let Some(names) = Names::of(output, options).map_err(refused)? else { return Ok(None) };
        let first_segment = names.segment(1, 0, options.segment_format.extension()).map_err(refused)?;
        Ok(Some(Self { path: names.playlist(), first_segment: names.folder().join(first_segment) }))
    }

    /// Sees that nobody writes it, and that nobody begins to while the lock is held.
    pub(crate) fn lock(&self) -> Result<Option<WritingLock>, WriteError> {
        WritingLock::of(&self.first_segment)
    }
}
