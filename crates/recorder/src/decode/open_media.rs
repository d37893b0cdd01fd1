//! Who opens what a recording names: a program may do that itself.

use std::path::Path;

use super::{Files, SoundSource, VideoSource};
use crate::media::MediaError;

/// Opens pictures and sound by the paths that a recording's history names. [`Files`] does it for files; a program may have other
/// sources, or decoders of its own.
///
/// # Threads
/// Both methods are called from several threads at once, and may take their time: each thread waits for its own medium alone.
///
/// - Pictures are opened in a thread of their own, once for each time that the medium is used, some time before its first picture is
///   shown. Where rendering begins in the middle of the recording, and for a single frame, those that stand there at the beginning
///   are opened before that, in the thread that renders; then the recording waits for them.
/// - Sound is opened in the one thread that mixes, as the recording comes to it. The mix waits for it, and so does the picture once
///   queues are full.
///
/// What is opened is read and dropped in the thread that opened it. An error, or a panic, of opening or of what was opened costs
/// the medium: it is told in the report, and nothing more is read of it.
pub trait OpenMedia: Send + Sync {
    /// The pictures of a medium.
    ///
    /// # Errors
    /// Where they cannot be had.
    fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError>;

    /// The sound of a medium.
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
