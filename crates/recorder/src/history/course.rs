//! Follows subscriptions and mutes through the recording, and writes down all that happens.

use std::collections::{BTreeSet, HashMap};

use polyptych::request::{Subscriptions, UidList};
use polyptych::timeline::Rank;
use polyptych::{Timestamp, UserId};

use super::interval::{intersect, reaching};
use super::presence::Person;
use super::uses::part_at_mutes;
use super::{Happening, HistoryError, MAX_HAPPENINGS, What};
use crate::description::{Action, Recording};

/// What changes the state of users.
enum Step<'r> {
    Leave(usize),
    Join(usize),
    Update(&'r Subscriptions),
    Mute { index: usize, video: Option<bool>, audio: Option<bool> },
}

impl Step<'_> {
    const fn rank(&self) -> Rank {
        match self {
            Self::Leave(_) => Rank::Leave,
            Self::Join(_) => Rank::Join,
            Self::Update(_) => Rank::Subscription,
            Self::Mute { .. } => Rank::Mute,
        }
    }
}

/// One who is there.
#[derive(Clone, Copy, Default)]
struct State {
    is_video_subscribed: bool,
    is_audio_subscribed: bool,
    is_audio_muted: bool,
    /// Since when their frames count.
    seen_since: Option<Timestamp>,
    /// Since when they are heard.
    heard_since: Option<Timestamp>,
}

pub(super) struct Course<'p> {
    people: &'p mut [Person],
    states: Vec<State>,
    present: BTreeSet<usize>,
    audio: UidList,
    video: UidList,
    happenings: Vec<Happening>,
}

impl<'p> Course<'p> {
    /// Everything that happens before `end`, in order. Notes of each person when they are seen and heard.
    pub(super) fn run(
        recording: &Recording,
        people: &'p mut [Person],
        indices: &HashMap<UserId, usize>,
        end: Timestamp,
    ) -> Result<Vec<Happening>, HistoryError> {
        let steps = steps(recording, people, indices, end);
        let states = vec![State::default(); people.len()];
        let (present, audio, video) = (BTreeSet::new(), UidList::All, UidList::All);
        let mut course = Course { people, states, present, audio, video, happenings: Vec::new() };
        course.tell_requests(recording, end);
        for (at, step) in &steps {
            course.step(*at, step);
            if course.happenings.len() > MAX_HAPPENINGS {
                return Err(HistoryError::TooMuch);
            }
        }
        for index in std::mem::take(&mut course.present) {
            course.close(index, end);
        }
        course.tell_media(end);
        let mut happenings = course.happenings;
        // Stable: what was told first of one kind and time stays first.
        happenings.sort_by_key(|happening| (happening.at, happening.what.rank()));
        for happening in &happenings {
            if let Some(index) = happening.what.turned_user().and_then(|uid| indices.get(uid)) {
                let turns = &mut people[*index].turns;
                if turns.last() != Some(&happening.at) {
                    turns.push(happening.at);
                }
            }
        }
        Ok(happenings)
    }

    fn tell(&mut self, at: Timestamp, what: What) {
        self.happenings.push(Happening { at, what });
    }

    /// Layouts, and the stops that events name.
    fn tell_requests(&mut self, recording: &Recording, end: Timestamp) {
        self.tell(Timestamp::ZERO, What::Layout(recording.layout.clone().into()));
        for event in recording.events.iter().filter(|event| event.at < end) {
            let what = match &event.action {
                Action::UpdateLayout(layout) => What::Layout(layout.clone()),
                Action::StopVideo(uid) => What::StopVideo(uid.clone()),
                Action::Mute { uid, video: Some(true), .. } => What::Mute(uid.clone()),
                Action::Mute { uid, video: Some(false), .. } => What::Unmute(uid.clone()),
                _ => continue,
            };
            self.tell(event.at, what);
        }
    }

    fn step(&mut self, at: Timestamp, step: &Step<'_>) {
        match *step {
            Step::Leave(index) => {
                if self.present.remove(&index) {
                    self.close(index, at);
                    let uid = self.people[index].uid.clone();
                    self.tell(at, What::Leave(uid));
                }
            }
            Step::Join(index) => {
                if self.present.insert(index) {
                    let uid = self.people[index].uid.clone();
                    self.states[index] =
                        State { is_video_subscribed: true, seen_since: Some(at), ..State::default() };
                    self.tell(at, What::Join(uid));
                    self.subscribe(index, at);
                }
            }
            Step::Update(Subscriptions { audio, video }) => {
                if let Some(list) = audio {
                    self.audio = list.clone();
                }
                if let Some(list) = video {
                    self.video = list.clone();
                }
                let present = std::mem::take(&mut self.present);
                for index in &present {
                    self.subscribe(*index, at);
                    if self.happenings.len() > MAX_HAPPENINGS {
                        break;
                    }
                }
                self.present = present;
            }
            Step::Mute { index, video, audio } => {
                if !self.present.contains(&index) {
                    return;
                }
                let (state, person) = (&mut self.states[index], &mut self.people[index]);
                match video {
                    Some(true) => note(&mut person.seen, state.seen_since.take(), at),
                    Some(false) => state.seen_since = state.seen_since.or(Some(at)),
                    None => {}
                }
                state.is_audio_muted = audio.unwrap_or(state.is_audio_muted);
                self.listen(index, at);
            }
        }
    }

    /// Applies the standing lists to one who is there.
    fn subscribe(&mut self, index: usize, at: Timestamp) {
        let (state, uid) = (&mut self.states[index], &self.people[index].uid);
        state.is_audio_subscribed = self.audio.includes(uid);
        let is_video_subscribed = self.video.includes(uid);
        if state.is_video_subscribed != is_video_subscribed {
            state.is_video_subscribed = is_video_subscribed;
            let what = What::SubscribeVideo(uid.clone(), is_video_subscribed);
            self.tell(at, what);
        }
        self.listen(index, at);
    }

    /// Notes from when to when one who is there is heard.
    fn listen(&mut self, index: usize, at: Timestamp) {
        let (state, person) = (&mut self.states[index], &mut self.people[index]);
        if state.is_audio_subscribed && !state.is_audio_muted {
            state.heard_since = state.heard_since.or(Some(at));
        } else {
            note(&mut person.heard, state.heard_since.take(), at);
        }
    }

    /// Notes the end of what one who leaves is seen and heard.
    fn close(&mut self, index: usize, at: Timestamp) {
        let (state, person) = (&mut self.states[index], &mut self.people[index]);
        note(&mut person.seen, state.seen_since.take(), at);
        note(&mut person.heard, state.heard_since.take(), at);
    }

    /// What comes of files: sparse or not, and stops where they end before their user leaves.
    fn tell_media(&mut self, end: Timestamp) {
        let mut told = Vec::new();
        for person in self.people.iter_mut() {
            let video = std::mem::take(&mut person.video);
            let mut uses = video.iter().peekable();
            for (joined, left) in &person.present {
                let mut is_sparse = false;
                while let Some(medium) = uses.next_if(|medium| medium.from < *left) {
                    if medium.is_sparse != is_sparse {
                        is_sparse = medium.is_sparse;
                        told.push((
                            medium.from.max(*joined),
                            What::DeclareSparse(person.uid.clone(), is_sparse),
                        ));
                    }
                    if medium.to < *left && medium.to < end {
                        told.push((medium.to, What::StopVideo(person.uid.clone())));
                    }
                }
            }
            person.video = part_at_mutes(video, &person.seen);
            for sound in &mut person.sound {
                if let (Some((from, _)), Some((_, to))) = (sound.heard.first(), sound.heard.last()) {
                    sound.heard = intersect(&sound.heard, reaching(&person.heard, (*from, *to)));
                }
            }
            person.sound.retain(|sound| !sound.heard.is_empty());
        }
        for (at, what) in told {
            self.tell(at, what);
        }
    }
}

/// Notes an interval that began, unless it is empty.
fn note(intervals: &mut Vec<(Timestamp, Timestamp)>, since: Option<Timestamp>, to: Timestamp) {
    intervals.extend(since.filter(|since| *since < to).map(|since| (since, to)));
}

/// What changes the state of users before `end`, in the order in which it happens.
fn steps<'r>(
    recording: &'r Recording,
    people: &[Person],
    indices: &HashMap<UserId, usize>,
    end: Timestamp,
) -> Vec<(Timestamp, Step<'r>)> {
    let mut steps = Vec::new();
    for (index, person) in people.iter().enumerate() {
        for stay in &person.stays {
            steps.push((stay.from, stay.order, Step::Join(index)));
            steps.extend(stay.to.filter(|to| *to < end).map(|to| (to, stay.order, Step::Leave(index))));
        }
    }
    for (order, event) in recording.events.iter().enumerate().filter(|(_, event)| event.at < end) {
        let step = match &event.action {
            Action::Update(subscriptions) => Step::Update(subscriptions),
            Action::Mute { uid, video, audio } => match indices.get(uid) {
                Some(index) => Step::Mute { index: *index, video: *video, audio: *audio },
                None => continue,
            },
            _ => continue,
        };
        steps.push((event.at, order, step));
    }
    steps.sort_by_key(|(at, order, step)| (*at, step.rank(), *order));
    steps.into_iter().map(|(at, _, step)| (at, step)).collect()
}
