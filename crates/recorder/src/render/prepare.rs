//! What must be known before the first frame: what the files hold, and who decodes them.

use polyptych::UserId;

use crate::decode::{Choice, Decoders};
use crate::description::Recording;
use crate::history::{History, HistoryError, Source, Sources, Unusable};
use crate::media::{Contents, MediaError, TrackKind};

/// A recording that can be rendered.
#[derive(Debug)]
pub struct Prepared {
    /// What happens when.
    pub history: History,
    /// Files that cannot be used, each with its reason.
    pub unusable: Vec<Unusable>,
    /// Tracks that cannot be used, of files whose other track is.
    pub left_out: Vec<LeftOut>,
    /// What is odd about files and was dealt with, each with its file.
    pub remarks: Vec<String>,
    /// Who decodes each file's tracks: its name, video, sound.
    pub decoders: Vec<(String, Option<Choice>, Option<Choice>)>,
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
    let mut remarks = Vec::new();
    let mut who = Vec::new();
    let mut lost = Vec::new();
    let (sources, unusable) = Sources::find(recording, |path| {
        let mut contents = decoders.probe(path)?;
        let name = path.display().to_string();
        remarks.extend(contents.remarks.iter().map(|remark| format!("{name}: {remark}")));
        let chosen = |track, is_there: bool| is_there.then(|| decoders.choose(path, track)).transpose();
        let video = chosen(TrackKind::Video, contents.video.is_some());
        let sound = chosen(TrackKind::Sound, contents.sound.is_some());
        let (video, sound, without) = usable(&mut contents, video, sound)?;
        lost.extend(without.map(|(track, error)| (path.to_owned(), track, error)));
        who.push((name, video, sound));
        Ok(contents)
    });
    let left_out = lost.into_iter().filter_map(|(path, track, error)| {
        let holds = |found: &[Option<Source>]| found.iter().flatten().any(|source| source.path == path);
        let owner = sources.media.iter().position(|found| holds(found))?;
        Some(LeftOut { uid: recording.users.get(owner)?.uid.clone(), track, error })
    });
    let left_out = left_out.collect();
    let history = History::new(recording, sources)?;
    Ok(Prepared { history, unusable, left_out, remarks, decoders: who })
}

/// Who decodes the video, and the sound, and what is left out.
type Usable = (Option<Choice>, Option<Choice>, Option<(TrackKind, MediaError)>);

/// Leaves out the track that nobody can decode, where the other one is left.
fn usable(
    contents: &mut Contents,
    video: Result<Option<Choice>, MediaError>,
    sound: Result<Option<Choice>, MediaError>,
) -> Result<Usable, MediaError> {
    match (video, sound) {
        (Err(error), Ok(Some(sound))) => {
            contents.video = None;
            Ok((None, Some(sound), Some((TrackKind::Video, error))))
        }
        (Ok(Some(video)), Err(error)) => {
            contents.sound = None;
            Ok((Some(video), None, Some((TrackKind::Sound, error))))
        }
        (video, sound) => Ok((video?, sound?, None)),
    }
}
