//! Who is there, and when.

use std::collections::HashMap;
use std::path::PathBuf;

use polyptych::{Timestamp, UserId};

use super::HistoryError;
use super::interval::Interval;
use super::source::{Extent, Sources};
use super::uses::{MediaUse, SoundUse};
use crate::description::{Action, Recording, User};

/// From a join to the leave that follows, if one does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) from: Timestamp,
    pub(super) to: Option<Timestamp>,
    /// The place of the join among joins of the same time.
    pub(super) order: usize,
}

/// A file that can be used, in recording time.
#[derive(Clone, Debug)]
pub(super) struct Clip {
    /// As the description names it.
    pub(super) file: PathBuf,
    pub(super) path: PathBuf,
    /// Its place among the user's media.
    pub(super) index: usize,
    /// The recording time of the file's zero.
    pub(super) start: Timestamp,
    /// Where all of it ends.
    pub(super) end: Option<Timestamp>,
    /// Whether that is the end of the file itself.
    pub(super) is_end_measured: bool,
    pub(super) video: Option<Extent>,
    pub(super) sound: Option<Extent>,
    pub(super) is_sparse: bool,
}

/// One who may be there.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) uid: UserId,
    pub(super) clips: Vec<Clip>,
    pub(super) stays: Vec<Stay>,
    /// The stays within the recording.
    pub(super) present: Vec<Interval>,
    pub(super) seen: Vec<Interval>,
    pub(super) heard: Vec<Interval>,
    pub(super) turns: Vec<Timestamp>,
    pub(super) video: Vec<MediaUse>,
    pub(super) sound: Vec<SoundUse>,
}

impl Person {
    fn new(uid: UserId, clips: Vec<Clip>, stays: Vec<Stay>) -> Self {
        let (present, seen, heard, turns) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { uid, clips, stays, present, seen, heard, turns, video: Vec::new(), sound: Vec::new() }
    }

    /// The last end of their media in presence, and whether it is that of a file: of each the end in the last stay that it reaches into.
    pub(super) fn last_end(&self) -> Option<(Timestamp, bool)> {
        let ends = self.clips.iter().filter_map(|clip| {
            let begun =
                clip.end.map_or(self.stays.len(), |end| self.stays.partition_point(|stay| stay.from < end));
            let last = self.stays.get(begun.checked_sub(1)?)?;
            match (clip.end, last.to) {
                (_, Some(to)) if to <= clip.start => None,
                (Some(end), to) if to.is_none_or(|to| end <= to) => Some((end, clip.is_end_measured)),
                (_, to) => Some((to?, false)),
            }
        });
        ends.max_by_key(|(end, is_measured)| (*end, !is_measured))
    }

    /// Leaves out what lies outside the recording.
    pub(super) fn clip(&mut self, end: Timestamp) {
        for stay in &mut self.stays {
            stay.from = stay.from.max(Timestamp::ZERO);
            stay.to = Some(stay.to.map_or(end, |to| to.min(end)));
        }
        self.stays.retain(|stay| stay.to.is_some_and(|to| stay.from < to));
        self.present = self.stays.iter().filter_map(|stay| Some((stay.from, stay.to?))).collect();
    }
}

/// Joins (`true`) and leaves of one user, each with its time and its place among those of one time.
type Changes = Vec<(Timestamp, bool, usize)>;

/// Everyone who may be there: the recording's users, then those whom only events name.
pub(super) fn people(recording: &Recording, sources: &Sources) -> Result<Vec<Person>, HistoryError> {
    let mut changes: HashMap<&UserId, Changes> = HashMap::new();
    let mut named = Vec::new();
    // Who is named by users stands before who is named by events.
    for (order, event) in recording.events.iter().enumerate() {
        let (uid, is_join) = match &event.action {
            Action::Join(uid) => (uid, true),
            Action::Leave(uid) => (uid, false),
            _ => continue,
        };
        let of_user = changes.entry(uid).or_insert_with(|| {
            named.push(uid);
            Vec::new()
        });
        of_user.push((event.at, is_join, recording.users.len() + order));
    }
    let mut people = Vec::with_capacity(recording.users.len());
    for (index, user) in recording.users.iter().enumerate() {
        if recording.users[..index].iter().any(|before| before.uid == user.uid) {
            return Err(HistoryError::RepeatedUser { uid: user.uid.clone() });
        }
        let clips = clips(user, index, sources);
        let changes = changes.remove(&user.uid);
        let is_told = user.present.is_some() || changes.is_some();
        if let (false, None, Some(endless)) =
            (is_told, recording.duration, clips.iter().find(|clip| clip.end.is_none()))
        {
            return Err(HistoryError::Endless { uid: user.uid.clone(), file: endless.file.clone() });
        }
        let stays = stays(user, index, changes.unwrap_or_default(), &clips);
        people.push(Person::new(user.uid.clone(), clips, stays));
    }
    for uid in named {
        if let Some(changes) = changes.remove(uid) {
            let stays = follow(changes);
            people.push(Person::new(uid.clone(), Vec::new(), stays));
        }
    }
    Ok(people)
}

/// The files of a user that can be used.
fn clips(user: &User, index: usize, sources: &Sources) -> Vec<Clip> {
    let found = sources.media.get(index).map_or(&[][..], Vec::as_slice);
    let clips = user.media.iter().zip(found).enumerate().filter_map(|(index, (medium, source))| {
        let source = source.as_ref()?;
        let own = source.to().map(|to| shift(medium.start, to));
        let end = match (own, medium.end) {
            (Some(own), Some(stated)) => Some(own.min(stated)),
            (own, stated) => own.or(stated),
        };
        Some(Clip {
            file: medium.file.clone(),
            path: source.path.clone(),
            index,
            start: medium.start,
            end,
            is_end_measured: own.is_some() && end == own,
            video: source.video,
            sound: source.sound,
            is_sparse: medium.is_sparse || source.is_still,
        })
    });
    clips.collect()
}

/// The moment of a file that begins at `start`; saturates.
pub(super) fn shift(start: Timestamp, in_file: Timestamp) -> Timestamp {
    Timestamp::from_nanos(start.as_nanos().saturating_add(in_file.as_nanos()))
}

/// When a user is there.
fn stays(user: &User, order: usize, events: Changes, clips: &[Clip]) -> Vec<Stay> {
    let first = clips.iter().map(|clip| clip.start).min();
    let mut changes = Changes::new();
    match &user.present {
        Some(present) => {
            for (from, to) in joined(present) {
                changes.push((from, true, order));
                changes.extend(to.map(|to| (to, false, order)));
            }
        }
        None if events.is_empty() => {
            let Some(from) = first else { return Vec::new() };
            let ends: Option<Vec<_>> = clips.iter().map(|clip| clip.end).collect();
            let to = ends.and_then(|ends| ends.into_iter().max());
            return vec![Stay { from: from.max(Timestamp::ZERO), to, order }];
        }
        None => {
            let earliest = events.iter().min_by_key(|(at, is_join, _)| (*at, *is_join));
            let first = first.unwrap_or(Timestamp::ZERO);
            if let Some((at, false, _)) = earliest
                && first < *at
            {
                changes.push((first, true, order));
            }
        }
    }
    changes.extend(events);
    follow(changes)
}

/// Presence in order, with intervals that overlap made one, and without those that are none.
fn joined(present: &[(Timestamp, Option<Timestamp>)]) -> Vec<(Timestamp, Option<Timestamp>)> {
    let mut sorted: Vec<_> =
        present.iter().copied().filter(|(from, to)| to.is_none_or(|to| *from < to)).collect();
    sorted.sort_by_key(|(from, _)| *from);
    let mut joined: Vec<(Timestamp, Option<Timestamp>)> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match joined.last_mut() {
            Some((_, last)) if last.is_none_or(|last| from < last) => {
                *last = last.zip(to).map(|(last, to)| last.max(to));
            }
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// Follows joins and leaves in the order in which they happen.
fn follow(mut changes: Changes) -> Vec<Stay> {
    // At one time leaves come first; `false` is below `true`.
    changes.sort_by_key(|(at, is_join, order)| (*at, *is_join, *order));
    let (mut stays, mut current) = (Vec::new(), None);
    for (at, is_join, order) in changes {
        match (is_join, current) {
            (true, None) => current = Some(Stay { from: at, to: None, order }),
            (false, Some(stay)) => {
                stays.push(Stay { to: Some(at), ..stay });
                current = None;
            }
            _ => {}
        }
    }
    stays.extend(current);
    stays
}
