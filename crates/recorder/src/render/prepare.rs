//! What must be known before the first frame: what the files hold, and who decodes them.

use crate::decode::{Decoder, Decoders};
use crate::description::Recording;
use crate::history::{History, HistoryError, Sources, Unusable};
use crate::media::{Contents, MediaError};

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
    pub decoders: Vec<(String, Option<Decoder>, Option<Decoder>)>,
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
        let video = decoders.of_video(path);
        let sound = decoders.of_sound(path);
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
    video: Result<Option<Decoder>, MediaError>,
    sound: Result<Option<Decoder>, MediaError>,
    remarks: &mut Vec<String>,
) -> Result<(Option<Decoder>, Option<Decoder>), MediaError> {
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
