//! What must be known before the first frame: what the files hold, and who decodes them.

use crate::decode::{Choice, Decoders};
use crate::description::Recording;
use crate::history::{History, HistoryError, Sources, Unusable};
use crate::media::{Contents, MediaError, TrackKind};

/// A recording that can be rendered.
#[derive(Debug)]
pub struct Prepared {
    /// What happens when.
    pub history: History,
    /// Files that cannot be used, each with its reason.
    pub unusable: Vec<Unusable>,
    /// What is odd about files and was dealt with, each with its file.
    pub remarks: Vec<String>,
    /// Who decodes each file's tracks: its name, video, sound.
    pub decoders: Vec<(String, Option<Choice>, Option<Choice>)>,
}

/// Looks into every file of a recording, without decoding more than the first pictures, and works out its history. A track that
/// nobody can decode is left out, with a remark; a file of which nothing is left cannot be used.
///
/// # Errors
/// [`HistoryError`] where the recording contradicts itself or never ends.
pub fn prepare(recording: &Recording, decoders: &Decoders) -> Result<Prepared, HistoryError> {
    let mut remarks = Vec::new();
    let mut who = Vec::new();
    let (sources, unusable) = Sources::find(recording, |path| {
        let mut contents = decoders.probe(path)?;
        let name = path.display().to_string();
        remarks.extend(contents.remarks.iter().map(|remark| format!("{name}: {remark}")));
        let chosen = |track, is_there: bool| is_there.then(|| decoders.choose(path, track)).transpose();
        let video = chosen(TrackKind::Video, contents.video.is_some());
        let sound = chosen(TrackKind::Sound, contents.sound.is_some());
        let (video, sound) = usable(&mut contents, video, sound, &mut remarks)?;
        who.push((name, video, sound));
        Ok(contents)
    });
    let history = History::new(recording, sources)?;
    Ok(Prepared { history, unusable, remarks, decoders: who })
}

/// Leaves out the track that nobody can decode, where the other one is left.
fn usable(
    contents: &mut Contents,
    video: Result<Option<Choice>, MediaError>,
    sound: Result<Option<Choice>, MediaError>,
    remarks: &mut Vec<String>,
) -> Result<(Option<Choice>, Option<Choice>), MediaError> {
    match (video, sound) {
        (Err(error), Ok(Some(sound))) => {
            remarks.push(format!("{error}; its sound is used alone"));
            contents.video = None;
            Ok((None, Some(sound)))
        }
        (Ok(Some(video)), Err(error)) => {
            remarks.push(format!("{error}; its video is used alone"));
            contents.sound = None;
            Ok((Some(video), None))
        }
        (video, sound) => Ok((video?, sound?)),
    }
}
