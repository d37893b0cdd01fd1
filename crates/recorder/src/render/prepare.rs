//! What must be known before the first frame: what the files hold, and who decodes them.

use std::collections::BTreeSet;

use polyptych::UserId;

use crate::decode::{Decoders, Files, MediaFile};
use crate::description::Recording;
use crate::history::{History, HistoryError, Owner, Sources, Unusable};
use crate::media::{Contents, MediaError, Reach, TrackKind};

/// A recording that can be rendered.
#[derive(Debug)]
pub struct Prepared {
    /// What happens when.
    pub history: History,
    /// Files that cannot be used, each once for everyone whose it is, with its reason.
    pub unusable: Vec<Unusable>,
    /// Tracks that cannot be used, of files whose other track is; each once for everyone whose it is.
    pub left_out: Vec<LeftOut>,
    /// What is odd about files and was dealt with, each once, with its file.
    pub remarks: Vec<String>,
    /// The files of users that can be used: what they hold, and who decodes them.
    pub files: Files,
}

/// A track that nobody can decode.
#[derive(Debug)]
pub struct LeftOut {
    /// Whose.
    pub uid: UserId,
    /// Which.
    pub track: TrackKind,
    /// The file and why.
    pub error: MediaError,
}

/// Looks into every file of a recording, without decoding more than the first pictures, and works out its history. A track that
/// nobody can decode is left out; a file of which nothing is left cannot be used.
///
/// # Errors
/// [`HistoryError`] where the recording contradicts itself or never ends.
pub fn prepare(recording: &Recording, decoders: &Decoders) -> Result<Prepared, HistoryError> {
    let reach = Reach::allowing_outside(recording.folder.allows_outside);
    let mut files = Files::new(decoders.clone(), reach);
    let mut remarks = Vec::new();
    let mut told = BTreeSet::new();
    let (sources, mut unusable) = Sources::find(recording, |path| {
        let file = files.look(path)?;
        if told.insert(path.to_owned()) {
            let found = file.contents().remarks.iter();
            remarks.extend(found.map(|remark| format!("{}: {remark}", path.display())));
        }
        usable(file).map(|(contents, _)| contents)
    });
    let mut told = BTreeSet::new();
    unusable.retain(|unusable| match &unusable.owner {
        Owner::User(uid) => told.insert((uid.clone(), unusable.file.clone())),
        Owner::Image(_) => true,
    });
    let mut left_out = Vec::new();
    for (user, found) in recording.users.iter().zip(&sources.media) {
        let mut told = BTreeSet::new();
        for source in found.iter().flatten().filter(|source| told.insert(&source.path)) {
            if let Ok((_, Some((track, error)))) = files.look(&source.path).and_then(usable) {
                left_out.push(LeftOut { uid: user.uid.clone(), track, error });
            }
        }
    }
    let history = History::new(recording, sources)?;
    Ok(Prepared { history, unusable, left_out, remarks, files })
}

/// What of a file can be used, and the track that nobody can decode, where the other one is left.
fn usable(file: &MediaFile) -> Result<(Contents, Option<(TrackKind, MediaError)>), MediaError> {
    let mut contents = file.contents().clone();
    let refused = |track, is_there: bool| is_there.then(|| file.choice(track).err()).flatten();
    let video = refused(TrackKind::Video, contents.video.is_some());
    let sound = refused(TrackKind::Sound, contents.sound.is_some());
    match (video, sound) {
        (None, None) => Ok((contents, None)),
        (Some(error), None) if contents.sound.is_some() => {
            contents.video = None;
            Ok((contents, Some((TrackKind::Video, error))))
        }
        (None, Some(error)) if contents.video.is_some() => {
            contents.sound = None;
            Ok((contents, Some((TrackKind::Sound, error))))
        }
        (Some(error), _) | (None, Some(error)) => Err(error),
    }
}
