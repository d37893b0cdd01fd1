//! Files that were looked into once: what they hold, and who decodes them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::open::{Judgement, NO_PROGRAM};
use super::{
    Choice, DecodedSound, DecodedVideo, Decoders, SoundSource, VideoSource, sound_decoder, video_decoder,
};
use crate::ffmpeg::{self, Ffmpeg, Given, InputOptions};
use crate::media::{self, Contents, MediaError, Reach, TrackKind};

/// A file that [`Decoders::look`] has looked into. It can be opened any number of times, and is not judged anew.
#[derive(Clone, Debug)]
pub struct MediaFile {
    pub(super) path: PathBuf,
    pub(super) reach: Reach,
    pub(super) decoders: Decoders,
    /// Who found its contents.
    pub(super) reader: Choice,
    pub(super) video: Judgement,
    pub(super) sound: Judgement,
    pub(super) contents: Contents,
}

impl MediaFile {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Who decodes a track.
    ///
    /// # Errors
    /// Where there is no such track, or nobody here can decode it: the reason, and who could.
    pub fn choice(&self, track: TrackKind) -> Result<Choice, MediaError> {
        let judgement = match track {
            TrackKind::Video => &self.video,
            TrackKind::Sound => &self.sound,
        };
        judgement.clone().map_err(|reason| self.unsupported(reason))
    }

    /// Its pictures.
    ///
    /// # Errors
    /// As [`Self::choice`], and where decoding cannot begin.
    pub fn open_video(&self) -> Result<Box<dyn VideoSource>, MediaError> {
        match (self.choice(TrackKind::Video)?, &self.contents.video) {
            (Choice::Embedded, Some(track)) => {
                let decoder = video_decoder(track).map_err(|error| self.unsupported(error.to_string()))?;
                let packets = media::packets(&self.path, self.reach, TrackKind::Video)?;
                Ok(Box::new(DecodedVideo::new(&self.path, packets, decoder)))
            }
            _ => {
                let (program, options) = self.program()?;
                let (given, contents) = self.given(TrackKind::Video)?;
                ffmpeg::open_video(program, given, contents.as_ref(), options)
            }
        }
    }

    /// Its sound.
    ///
    /// # Errors
    /// As [`Self::open_video`].
    pub fn open_sound(&self) -> Result<Box<dyn SoundSource>, MediaError> {
        match (self.choice(TrackKind::Sound)?, &self.contents.sound) {
            (Choice::Embedded, Some(track)) => {
                let decoder = sound_decoder(track).map_err(|error| self.unsupported(error.to_string()))?;
                let packets = media::packets(&self.path, self.reach, TrackKind::Sound)?;
                Ok(Box::new(DecodedSound::new(&self.path, packets, decoder)))
            }
            _ => {
                let (program, options) = self.program()?;
                let (given, contents) = self.given(TrackKind::Sound)?;
                ffmpeg::open_sound(program, given, contents.as_ref(), options)
            }
        }
    }

    fn program(&self) -> Result<(&Ffmpeg, &InputOptions), MediaError> {
        self.decoders.program().ok_or_else(|| self.unsupported(NO_PROGRAM.to_owned()))
    }

    /// What the program is given, and what our own reader found in that, where it did: then times count from its zero.
    fn given(&self, track: TrackKind) -> Result<(Given, Option<Contents>), MediaError> {
        let rewritten = media::rewritten(&self.path, self.reach, track)?;
        let mut contents = (self.reader == Choice::Embedded).then(|| self.contents.clone());
        if let (Some(contents), true) =
            (&mut contents, rewritten.as_ref().is_some_and(|playlist| playlist.is_apart))
        {
            match track {
                TrackKind::Video => contents.sound = None,
                TrackKind::Sound => contents.video = None,
            }
        }
        Ok((Given::new(&self.path, rewritten), contents))
    }

    fn unsupported(&self, what: String) -> MediaError {
        MediaError::Unsupported { path: self.path.clone(), what }
    }
}

/// The files of a recording, each looked into once. Clones share what is known.
#[derive(Clone, Debug)]
pub struct Files {
    decoders: Decoders,
    reach: Reach,
    known: Arc<BTreeMap<PathBuf, MediaFile>>,
}

impl Files {
    /// No files yet; those to come are looked into with `decoders`, their playlists no further than `reach`.
    #[must_use]
    pub fn new(decoders: Decoders, reach: Reach) -> Self {
        Self { decoders, reach, known: Arc::default() }
    }

    /// Looks into a file where it is not known yet, and keeps what is found.
    ///
    /// # Errors
    /// As [`Decoders::look`].
    pub fn look(&mut self, path: &Path) -> Result<&MediaFile, MediaError> {
        Ok(match Arc::make_mut(&mut self.known).entry(path.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(self.decoders.look(path, self.reach)?),
        })
    }

    /// The files that are known, by path.
    pub fn iter(&self) -> impl Iterator<Item = &MediaFile> {
        self.known.values()
    }

    /// The pictures of a file, which is looked into where it is not known.
    ///
    /// # Errors
    /// As [`Decoders::look`] and [`MediaFile::open_video`].
    pub fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        match self.known.get(path) {
            Some(file) => file.open_video(),
            None => self.decoders.look(path, self.reach)?.open_video(),
        }
    }

    /// The sound of a file, which is looked into where it is not known.
    ///
    /// # Errors
    /// As [`Decoders::look`] and [`MediaFile::open_sound`].
    pub fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        match self.known.get(path) {
            Some(file) => file.open_sound(),
            None => self.decoders.look(path, self.reach)?.open_sound(),
        }
    }
}
