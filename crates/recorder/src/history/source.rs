//! What the files of a recording hold, as far as its history depends on it.

use std::path::{Path, PathBuf};

use polyptych::{ImageUrl, Timestamp, UserId};

use crate::description::{FolderError, Recording};
use crate::media::{Container, Contents, MediaError};

/// From when to when a track of a file lasts, from the file's zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// When its first picture or sample is presented.
    pub from: Timestamp,
    /// When its last one ends; `None` of a still, and where it is not known.
    pub to: Option<Timestamp>,
}

/// A file that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// Its video.
    pub video: Option<Extent>,
    /// Its sound.
    pub sound: Option<Extent>,
    /// Whether it is one picture.
    pub is_still: bool,
}

impl Source {
    /// A file and what was found in it.
    #[must_use]
    pub fn new(path: PathBuf, contents: &Contents) -> Self {
        let is_still = matches!(contents.container, Container::Png | Container::Jpeg);
        let extent = |span: Option<(Timestamp, Timestamp)>| match span {
            Some((from, to)) if !is_still => Extent { from, to: Some(to) },
            _ => Extent::default(),
        };
        let video = contents.video.as_ref().map(|track| extent(track.span));
        let sound = contents.sound.as_ref().map(|track| extent(track.span));
        Self { path, video, sound, is_still }
    }

    /// When the last of its tracks ends; `None` where one has no end.
    pub(super) fn to(&self) -> Option<Timestamp> {
        let ends = [self.video, self.sound].into_iter().flatten().map(|extent| extent.to);
        ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max())
    }
}

/// What was found of all files of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Of each user, in the order of the recording, each medium, in its order; `None` where it cannot be used.
    pub media: Vec<Vec<Option<Source>>>,
    /// Where the files lie that stand for addresses.
    pub images: Vec<(ImageUrl, PathBuf)>,
}

/// What a file was meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A medium of this user.
    User(UserId),
    /// An image with this address.
    Image(ImageUrl),
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It cannot be found, or lies where it must not.
    #[error(transparent)]
    Folder(FolderError),
    /// It cannot be read.
    #[error(transparent)]
    Media(MediaError),
}

/// A file that cannot be used: it costs its owner, not the recording.
#[derive(Debug)]
pub struct Unusable {
    /// What it was meant for.
    pub owner: Owner,
    /// The file, as the description names it.
    pub file: PathBuf,
    /// Why.
    pub error: SourceError,
}

impl Sources {
    /// Finds every file of a recording and has `probe` look into its media; tells which cannot be used.
    pub fn find(
        recording: &Recording,
        mut probe: impl FnMut(&Path) -> Result<Contents, MediaError>,
    ) -> (Self, Vec<Unusable>) {
        let mut unusable = Vec::new();
        let mut found = Self::default();
        for user in &recording.users {
            let media = user.media.iter().map(|medium| {
                let path = recording.folder.resolve(&medium.file).map_err(SourceError::Folder);
                let source = path.and_then(|path| {
                    let contents = probe(&path).map_err(SourceError::Media)?;
                    Ok(Source::new(path, &contents))
                });
                source
                    .map_err(|error| {
                        let owner = Owner::User(user.uid.clone());
                        unusable.push(Unusable { owner, file: medium.file.clone(), error });
                    })
                    .ok()
            });
            found.media.push(media.collect());
        }
        for image in &recording.images {
            match recording.folder.resolve(&image.file) {
                Ok(path) => found.images.push((image.url.clone(), path)),
                Err(error) => unusable.push(Unusable {
                    owner: Owner::Image(image.url.clone()),
                    file: image.file.clone(),
                    error: SourceError::Folder(error),
                }),
            }
        }
        (found, unusable)
    }
}
