//! Who opens what a recording names: a program may do that itself.

use std::path::Path;

use super::{Files, SoundSource, VideoSource};
use crate::media::MediaError;

/// Opens pictures and sound by the paths that a recording's history names. [`Files`] does it for files; a program may have other
/// sources, or decoders of its own.
pub trait OpenMedia: Send + Sync {
    /// The pictures of a medium; called in the thread that reads them, once for each time that the medium is used.
    ///
    /// # Errors
    /// Where they cannot be had.
    fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError>;

    /// The sound of a medium; called in the thread that mixes.
    ///
    /// # Errors
    /// Where it cannot be had.
    fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError>;
}

impl OpenMedia for Files {
    fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        self.open_video(path)
    }

    fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        self.open_sound(path)
    }
}
