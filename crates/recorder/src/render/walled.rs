//! A wall around what opens media and what it opens: a program's own may panic, which is to cost that medium alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyptych::Timestamp;

use crate::decode::{OpenMedia, Picture, Sound, SoundSource, VideoSource, panic_text};
use crate::media::MediaError;

/// Opens what another one opens; panics become errors.
pub(super) struct WalledMedia(pub(super) Arc<dyn OpenMedia>);

impl OpenMedia for WalledMedia {
    fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        let source = caught(path, || self.0.open_video(path))?;
        Ok(Box::new(Walled { source: Some(source), path: path.to_owned() }))
    }

    fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        let source = caught(path, || self.0.open_sound(path))?;
        Ok(Box::new(Walled { source: Some(source), path: path.to_owned() }))
    }
}

/// A source until it panics: it is in no known state then, and ends.
struct Walled<S> {
    source: Option<S>,
    path: PathBuf,
}

impl<S> Walled<S> {
    fn read<T: Default>(
        &mut self,
        read: impl FnOnce(&mut S) -> Result<T, MediaError>,
    ) -> Result<T, MediaError> {
        let Some(source) = &mut self.source else { return Ok(T::default()) };
        caught(&self.path, || Ok(read(source))).unwrap_or_else(|panicked| {
            self.let_go();
            Err(panicked)
        })
    }

    /// Drops the source. Nothing is read of it any more, so a panic of that loses nothing.
    fn let_go(&mut self) {
        let source = self.source.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(source)));
    }
}

impl<S> Drop for Walled<S> {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl VideoSource for Walled<Box<dyn VideoSource>> {
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError> {
        self.read(|source| source.next_picture())
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        self.read(|source| source.seek(at))
    }
}

impl SoundSource for Walled<Box<dyn SoundSource>> {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        self.read(|source| source.next_sound())
    }
}

fn caught<T>(path: &Path, read: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let problem = format!("what decodes it panicked: {}", panic_text(&*panic));
        Err(MediaError::Malformed { path: path.to_owned(), problem })
    })
}
