//! What of which file is used when.

use std::path::PathBuf;

use polyptych::Timestamp;

use super::Doubt;
use super::interval::{Interval, intersect, reaching};
use super::presence::{Clip, Person, shift};
use super::source::Extent;

/// A stretch of recording time in which a file's video is a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaUse {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its place among the user's media, from 0.
    pub index: usize,
    /// The recording time of the file's zero; may lie outside the stretch, and below 0.
    pub start: Timestamp,
    /// From when on it is used.
    pub from: Timestamp,
    /// From when on it is not used any more; later than `from`.
    pub to: Timestamp,
    /// Whether it has a frame only when something changes. Then the newest picture before `from` is what shows at `from`: a
    /// still that was there before its user came, or that was muted, has no other.
    pub is_sparse: bool,
}

impl MediaUse {
    /// The file's time at a time of the recording; saturates.
    #[must_use]
    pub fn in_file(&self, at: Timestamp) -> Timestamp {
        Timestamp::from_nanos(at.as_nanos().saturating_sub(self.start.as_nanos()))
    }

    /// The recording's time at a time of the file; saturates.
    #[must_use]
    pub fn in_recording(&self, at: Timestamp) -> Timestamp {
        shift(self.start, at)
    }
}

/// A file's sound, and when it is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundUse {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its place among the user's media, from 0.
    pub index: usize,
    /// The recording time of the file's zero.
    pub start: Timestamp,
    /// When it is heard, in order; not empty.
    pub heard: Vec<Interval>,
}

/// Finds what is used of a person's files while they are there.
pub(super) fn find(person: &mut Person, end: Timestamp, doubts: &mut Vec<Doubt>) {
    let mut used = vec![false; person.clips.len()];
    let mut by_start: Vec<(usize, &Clip)> = person.clips.iter().enumerate().collect();
    by_start.sort_by_key(|(place, clip)| (clip.start, *place));
    let video = by_start.iter().filter_map(|(place, clip)| Some((*place, *clip, clip.video?)));
    let sound = by_start.iter().filter_map(|(place, clip)| Some((*place, *clip, clip.sound?)));
    let (video, sound): (Vec<_>, Vec<_>) = (video.collect(), sound.collect());
    let mut cuts = Vec::new();

    let mut video_uses = Vec::new();
    for (place, clip, whole) in taken_over(&video, end, &mut cuts) {
        for (from, to) in parts(whole, &person.present) {
            used[place] = true;
            let Clip { path, index, start, is_sparse, .. } = clip.clone();
            video_uses.push(MediaUse { path, index, start, from, to, is_sparse });
        }
    }
    let mut sound_uses = Vec::new();
    for (place, clip, whole) in taken_over(&sound, end, &mut cuts) {
        let heard = parts(whole, &person.present);
        if !heard.is_empty() {
            used[place] = true;
            let Clip { path, index, start, .. } = clip.clone();
            sound_uses.push(SoundUse { path, index, start, heard });
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    let uid = &person.uid;
    doubts.extend(cuts.into_iter().map(|(cut, by)| {
        let (cut, by) = (&person.clips[cut], &person.clips[by]);
        Doubt::Overlap { uid: uid.clone(), file: cut.file.clone(), by: by.file.clone(), at: by.start }
    }));
    let unused = person.clips.iter().zip(used).filter(|(_, used)| !used);
    doubts.extend(unused.map(|(clip, _)| Doubt::Unused { uid: uid.clone(), file: clip.file.clone() }));
    video_uses.sort_by_key(|medium| medium.from);
    (person.video, person.sound) = (video_uses, sound_uses);
}

/// What an interval has in common with a sorted list.
fn parts(whole: Interval, list: &[Interval]) -> Vec<Interval> {
    intersect(&[whole], reaching(list, whole))
}

/// When each of these tracks, sorted by the start of their files, is the one that counts; notes which is cut by which.
fn taken_over<'c>(
    tracks: &[(usize, &'c Clip, Extent)],
    end: Timestamp,
    cuts: &mut Vec<(usize, usize)>,
) -> Vec<(usize, &'c Clip, Interval)> {
    let mut taken = Vec::with_capacity(tracks.len());
    for (at, (place, clip, extent)) in tracks.iter().enumerate() {
        let from = shift(clip.start, extent.from);
        let own = extent.to.map(|to| shift(clip.start, to));
        let mut to = [own, clip.end].into_iter().flatten().min().unwrap_or(end).min(end);
        if let Some((next_place, next, _)) = tracks.get(at + 1)
            && next.start < to
        {
            cuts.push((*place, *next_place));
            to = next.start;
        }
        if from < to {
            taken.push((*place, *clip, (from, to)));
        }
    }
    taken
}

/// Parts uses of sparse video where their user is muted: when the mute ends, their picture must come again.
pub(super) fn part_at_mutes(video: Vec<MediaUse>, seen: &[Interval]) -> Vec<MediaUse> {
    let mut parted = Vec::with_capacity(video.len());
    for medium in video {
        if medium.is_sparse {
            let stretches = parts((medium.from, medium.to), seen);
            parted.extend(stretches.into_iter().map(|(from, to)| MediaUse { from, to, ..medium.clone() }));
        } else {
            parted.push(medium);
        }
    }
    parted
}
