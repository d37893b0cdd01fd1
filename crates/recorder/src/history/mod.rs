//! What happens when: who is there, whose video is subscribed, who is heard, and what of which file is used.
//!
//! [`History::new`] turns a recording and what its files hold ([`Sources`]) into a course of events. It opens no file
//! itself, reads no clock, and gives the same for the same arguments.
//!
//! # Rules
//! - **Order.** Events of one time happen in the order of their kinds: requests, leaves, joins, subscriptions, stops,
//!   mutes and unmutes; those of one kind in the order of the description, where users stand before events. An event
//!   takes effect at the first tick not before it, and one from the end on not at all.
//! - **Presence.** Of `present` and of join and leave events together: a join of one who is there and a leave of one
//!   who is not change nothing. Where a user's first such event is a leave and nothing is said otherwise, they are
//!   there from the start of their first medium. A user of whom nothing is said is there from the start of their first
//!   medium to the end of the last one.
//! - **Media** outside presence are not used. Of two that hold video at one time the one that starts later is used from
//!   its start on, of two that start together the later in the list; the same for sound, apart from video. The end of a
//!   video is a stop.
//! - **The end** is the duration, else the last end of a medium in presence, where a still without an end has that of
//!   the presence.
//! - **Subscriptions** and who joins: a list stands until the next one for its medium, for those who join later too.
//!   What a mute said is forgotten when the user leaves.

mod course;
mod happening;
mod interval;
mod presence;
mod source;
mod uses;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polyptych::request::Transcoding;
use polyptych::{Compositor, ImageUrl, Timestamp, UserId};

pub use happening::{Happening, What};
pub use interval::Interval;
pub use source::{Extent, Owner, Source, SourceError, Sources, Unusable};
pub use uses::{MediaUse, SoundUse};

use crate::description::Recording;
use course::Course;
use presence::{Person, people};

/// The most happenings of one history.
const MAX_HAPPENINGS: usize = 4_000_000;

/// The course of a recording, from time 0 to its end.
#[derive(Clone, Debug)]
pub struct History {
    canvas: Transcoding,
    end: Timestamp,
    /// Whether the end is that of a file, which is known to the nearest nanosecond.
    is_end_measured: bool,
    happenings: Vec<Happening>,
    people: Vec<Person>,
    indices: HashMap<UserId, usize>,
    images: Vec<(ImageUrl, PathBuf)>,
    doubts: Vec<Doubt>,
}

/// Why a recording has no history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// A user is listed more than once.
    #[error("user {uid:?} is listed more than once")]
    RepeatedUser {
        /// Who.
        uid: UserId,
    },
    /// Nobody says how long a still is shown, or a file whose end is not known.
    #[error(
        "user {uid:?}: {} has no end of its own: state its end, when the user is present, or a duration",
        file.display()
    )]
    Endless {
        /// Whose.
        uid: UserId,
        /// The file, as the description names it.
        file: PathBuf,
    },
    /// Nothing ends, or ends at 0.
    #[error(
        "the recording has no end: no medium that can be used lies in presence, and no duration is stated"
    )]
    NoEnd,
    /// More happens than can be held.
    #[error("more than {MAX_HAPPENINGS} changes: too many subscriptions change for too many users")]
    TooMuch,
}

/// What is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// A medium is cut by one that starts before it ends.
    #[error("user {uid:?}: {} is cut at {at}, where {} starts", file.display(), by.display())]
    Overlap {
        /// Whose.
        uid: UserId,
        /// The file that is cut, as the description names it.
        file: PathBuf,
        /// The file that is used instead.
        by: PathBuf,
        /// From when on.
        at: Timestamp,
    },
    /// Nothing of a medium is used.
    #[error("user {uid:?}: nothing of {} is used, it lies outside presence or the recording", file.display())]
    Unused {
        /// Whose.
        uid: UserId,
        /// The file, as the description names it.
        file: PathBuf,
    },
    /// Events that come too late.
    #[error("{count} events at or after the end of the recording change nothing, the first at {first}")]
    TooLate {
        /// How many.
        count: usize,
        /// The time of the earliest.
        first: Timestamp,
    },
}

impl History {
    /// Works out the course of a recording from what its files hold; what no source is given for is not used.
    ///
    /// # Errors
    /// [`HistoryError`] where the recording contradicts itself or never ends.
    pub fn new(recording: &Recording, sources: Sources) -> Result<Self, HistoryError> {
        let mut people = people(recording, &sources)?;
        let (end, is_end_measured) =
            end(recording, &people).filter(|(end, _)| *end > Timestamp::ZERO).ok_or(HistoryError::NoEnd)?;
        let mut doubts = Vec::new();
        for person in &mut people {
            person.clip(end);
            uses::find(person, end, &mut doubts);
        }
        doubts.extend(too_late(recording, end));
        let indices: HashMap<UserId, usize> =
            people.iter().enumerate().map(|(index, person)| (person.uid.clone(), index)).collect();
        let course = Course::run(recording, &mut people, &indices, end)?;
        let canvas = recording.transcoding;
        Ok(Self {
            canvas,
            end,
            is_end_measured,
            happenings: course,
            people,
            indices,
            images: sources.images,
            doubts,
        })
    }

    /// Size, frame rate and bitrate of the canvas.
    #[must_use]
    pub fn canvas(&self) -> &Transcoding {
        &self.canvas
    }

    /// Where it ends; above 0.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// How many ticks it has: those with k/fps below the end, compared exactly. Where a file ends is known to the nearest nanosecond, so
    /// that a tick which is less than one before that is the end itself: three pictures of 24 a second have three ticks.
    #[must_use]
    pub fn tick_count(&self) -> u64 {
        let fps = self.canvas.fps;
        let end = i128::from(self.end.as_nanos()) - i128::from(self.is_end_measured);
        let scaled = end * i128::from(fps.num());
        let tick = i128::from(fps.den()) * 1_000_000_000;
        u64::try_from((scaled + tick - 1) / tick).unwrap_or(0).max(1)
    }

    /// What happens, in order; first of all the layout of the beginning.
    #[must_use]
    pub fn happenings(&self) -> &[Happening] {
        &self.happenings
    }

    /// Tells a compositor all that happens.
    pub fn tell(&self, compositor: &Compositor) {
        for happening in &self.happenings {
            happening.tell(compositor);
        }
    }

    /// Everyone who may be there, those of the description first, in its order.
    pub fn users(&self) -> impl Iterator<Item = &UserId> {
        self.people.iter().map(|person| &person.uid)
    }

    fn person(&self, uid: &UserId) -> Option<&Person> {
        self.indices.get(uid).and_then(|index| self.people.get(*index))
    }

    /// When a user is there, in order. Two intervals that touch are a leave and a join at one time.
    #[must_use]
    pub fn presence(&self, uid: &UserId) -> &[Interval] {
        self.person(uid).map_or(&[], |person| &person.present)
    }

    /// When a user is heard: there, with sound that is subscribed and not muted; in order.
    #[must_use]
    pub fn heard(&self, uid: &UserId) -> &[Interval] {
        self.person(uid).map_or(&[], |person| &person.heard)
    }

    /// When frames of a user count: there, and not muted; in order. Subscribed or not: frames are taken as ever.
    #[must_use]
    pub fn seen(&self, uid: &UserId) -> &[Interval] {
        self.person(uid).map_or(&[], |person| &person.seen)
    }

    /// The stretches before `t` whose frames may be what a user shows at `t`: those since the last join; none where the
    /// user is not there at `t`.
    #[must_use]
    pub fn stretches_seen(&self, uid: &UserId, t: Timestamp) -> Vec<Interval> {
        let Some((joined, _)) = self.presence(uid).iter().find(|(from, to)| *from <= t && t < *to) else {
            return Vec::new();
        };
        let since = self.seen(uid).iter().filter(|(from, to)| from >= joined && from < &t && to > from);
        since.map(|(from, to)| (*from, (*to).min(t))).collect()
    }

    /// When something happens to a user that decides which frames count: joins, leaves, stops, mutes; in order, each
    /// time once.
    #[must_use]
    pub fn turns(&self, uid: &UserId) -> &[Timestamp] {
        self.person(uid).map_or(&[], |person| &person.turns)
    }

    /// What is used of files with video, of all users; of each user in the order of time, no two at one time.
    pub fn media(&self) -> impl Iterator<Item = (&UserId, &MediaUse)> {
        self.people.iter().flat_map(|person| person.video.iter().map(move |medium| (&person.uid, medium)))
    }

    /// What is used of a user's files with video, in the order of time.
    pub fn media_of(&self, uid: &UserId) -> impl DoubleEndedIterator<Item = &MediaUse> {
        self.person(uid).map_or(&[][..], |person| &person.video).iter()
    }

    /// The files that are heard, of all users.
    pub fn sounds(&self) -> impl Iterator<Item = (&UserId, &SoundUse)> {
        self.people.iter().flat_map(|person| person.sound.iter().map(move |medium| (&person.uid, medium)))
    }

    /// Files that stand for addresses of images.
    pub fn images(&self) -> impl Iterator<Item = (&ImageUrl, &Path)> {
        self.images.iter().map(|(url, path)| (url, path.as_path()))
    }

    /// What is probably not meant.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }
}

/// Where a recording ends, if anything says so, and whether only a file does.
fn end(recording: &Recording, people: &[Person]) -> Option<(Timestamp, bool)> {
    let stated = recording.duration.map(|end| (end, false));
    // Of what ends at one time, what is stated counts.
    let last =
        || people.iter().filter_map(Person::last_end).max_by_key(|(end, is_measured)| (*end, !is_measured));
    stated.or_else(last)
}

fn too_late(recording: &Recording, end: Timestamp) -> Option<Doubt> {
    let late = || recording.events.iter().map(|event| event.at).filter(|at| *at >= end);
    late().min().map(|first| Doubt::TooLate { count: late().count(), first })
}
