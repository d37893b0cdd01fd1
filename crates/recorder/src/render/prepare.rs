//! What must be known before the first frame: what the files hold, and who decodes them.

use crate::decode::{Decoders, Files, MediaFile};
use crate::description::Recording;
use crate::history::{History, HistoryError, Sources, Unusable};
use crate::media::{Contents, MediaError, Reach, TrackKind};

/// A recording that can be rendered.
#[derive(Debug)]
pub struct Prepared {
    /// What happens when.
    pub history: History,
    /// Files that cannot be used, each with its reason.
    pub unusable: Vec<Unusable>,
    /// What is odd about files and was dealt with, each with its file.
    pub remarks: Vec<String>,
    /// The files of users that can be used: what they hold, and who decodes them.
    pub files: Files,
}

/// Looks into every file of a recording, without decoding more than the first pictures, and works out its history. A track that
/// nobody can decode is left out, with a remark; a file of which nothing is left cannot be used.
///
/// # Errors
/// [`HistoryError`] where the recording contradicts itself or never ends.
pub fn prepare(recording: &Recording, decoders: &Decoders) -> Result<Prepared, HistoryError> {
    let reach = if recording.folder.allows_outside { Reach::Machine } else { Reach::Folder };
    let mut files = Files::new(decoders.clone(), reach);
    let mut remarks = Vec::new();
    let (sources, unusable) = Sources::find(recording, |path| {
        let file = files.look(path)?;
        let found = file.contents().remarks.iter();
        remarks.extend(found.map(|remark| format!("{}: {remark}", path.display())));
        usable(file, &mut remarks)
    });
    let history = History::new(recording, sources)?;
    Ok(Prepared { history, unusable, remarks, files })
}

/// What of a file can be used: a track that nobody can decode is left out, where the other one is left.
fn usable(file: &MediaFile, remarks: &mut Vec<String>) -> Result<Contents, MediaError> {
    let mut contents = file.contents().clone();
    let refused = |track, is_there: bool| is_there.then(|| file.choice(track).err()).flatten();
    let video = refused(TrackKind::Video, contents.video.is_some());
    let sound = refused(TrackKind::Sound, contents.sound.is_some());
    match (video, sound) {
        (None, None) => {}
        (Some(error), None) if contents.sound.is_some() => {
            remarks.push(format!("{error}; its sound is used alone"));
            contents.video = None;
        }
        (None, Some(error)) if contents.video.is_some() => {
            remarks.push(format!("{error}; its video is used alone"));
            contents.sound = None;
        }
        (Some(error), _) | (None, Some(error)) => return Err(error),
    }
    Ok(contents)
}
