//! Everyone's pictures, handed to the compositor as recording time goes on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use polyptych::source::STALL_AFTER;
use polyptych::{Compositor, Timestamp, UserId};

use super::attendance::Attendance;
use super::due::{is_any_within, is_due, is_within};
use super::feed::{Feed, Stamped};
use super::report::{Gap, Tally};
use super::seed;
use super::stages::StageTimes;
use crate::decode::OpenMedia;
use crate::history::{History, MediaUse};
use crate::media::MediaError;

/// How long before its first picture is needed a medium begins to be decoded.
const LEAD_NANOS: i64 = 1_000_000_000;

/// How many begin at once, and how many may be decoded before they are needed: each has a decoder and a thread.
const MAX_BEGINNING: usize = 32;

/// The media of all users: those that come, and those that are being decoded.
pub(super) struct Pictures<'h> {
    history: &'h History,
    files: &'h Arc<dyn OpenMedia>,
    times: &'h Arc<StageTimes>,
    /// In the order of their beginnings.
    to_come: VecDeque<(&'h UserId, &'h MediaUse)>,
    running: Vec<Running<'h>>,
    attendance: Attendance<'h>,
    tallies: HashMap<UserId, Tally>,
    /// The newest picture of each user that counts at the next canvas.
    due: HashMap<&'h UserId, Stamped>,
    /// The frame of each user that stood on the last canvas on which one did.
    shown: HashMap<UserId, u64>,
}

/// A medium that is being decoded, or has been and is still in use.
struct Running<'h> {
    uid: &'h UserId,
    feed: Feed,
    medium: &'h MediaUse,
    /// When its newest picture came.
    newest: Option<Timestamp>,
    /// From when on none has come.
    silent_since: Timestamp,
}

impl<'h> Pictures<'h> {
    /// Gets ready for rendering from `start` on: the picture that each user shows then is pushed.
    pub(super) fn new(
        history: &'h History,
        start: Timestamp,
        files: &'h Arc<dyn OpenMedia>,
        times: &'h Arc<StageTimes>,
        compositor: &Compositor,
    ) -> Self {
        let mut uses: Vec<_> = history.media().filter(|(_, medium)| medium.to > start).collect();
        uses.sort_by_key(|(_, medium)| medium.from);
        let mut pictures = Self {
            history,
            files,
            times,
            to_come: uses.into(),
            running: Vec::new(),
            attendance: Attendance::new(history),
            tallies: HashMap::new(),
            due: HashMap::new(),
            shown: HashMap::new(),
        };
        if start > Timestamp::ZERO {
            pictures.seed(start, compositor);
        }
        pictures
    }

    /// Pushes the newest picture before `start` of each user who is there.
    fn seed(&mut self, start: Timestamp, compositor: &Compositor) {
        for uid in self.history.users() {
            let tally = self.tallies.entry(uid.clone()).or_default();
            let found =
                seed::newest_before(self.history, uid, start, &**self.files, |error| tally.failed(&error));
            if let Some(Stamped { at, frame }) = found {
                tally.decoded += 1;
                compositor.push_frame(uid, at, frame);
            }
        }
    }

    /// Pushes what users show at `t`; waits until it is decoded. Of a user's pictures only the newest one that counts is pushed, whatever
    /// happens to them in between: the compositor holds few, and would drop what comes last.
    ///
    /// # Errors
    /// The first failure of a medium, where `is_strict`.
    pub(super) fn push_until(
        &mut self,
        t: Timestamp,
        start: Timestamp,
        compositor: &Compositor,
        is_strict: bool,
    ) -> Result<(), (UserId, MediaError)> {
        // Where thousands of uses begin and end between two ticks, they come in turns.
        while !self.start_feeds(t, start)? {
            self.take_until(t, start, is_strict)?;
            self.retire(t);
        }
        self.take_until(t, start, is_strict)?;
        for (uid, Stamped { at, frame }) in self.due.drain() {
            compositor.push_frame(uid, at, frame);
        }
        Ok(())
    }

    /// Takes what users show at `t` of the media that are being decoded.
    fn take_until(
        &mut self,
        t: Timestamp,
        start: Timestamp,
        is_strict: bool,
    ) -> Result<(), (UserId, MediaError)> {
        let history = self.history;
        for running in &mut self.running {
            let uid = running.uid;
            let tally = self.tallies.entry(uid.clone()).or_default();
            let (turns, seen) = (history.turns(uid), history.seen(uid));
            let mut passed = None;
            while let Some(Stamped { at, frame }) = running.feed.next_if(|at| is_due(at, t, turns)) {
                let picture = Stamped { at: at.min(t), frame };
                // What stood there at the beginning has been counted.
                tally.decoded += u64::from(picture.at >= start);
                running.newest = Some(picture.at);
                tally.add_gap(running.silence_until(picture.at));
                // What the next one follows had no time to be shown, unless something happened to the user in between.
                if let Some(passed) = passed.replace(picture.at)
                    && !is_any_within(turns, passed, picture.at)
                {
                    tally.late += u64::from(passed >= start);
                }
                if is_within(seen, picture.at) {
                    self.due.insert(uid, picture);
                }
            }
            for error in running.feed.failures.drain(..) {
                tally.failed(&error);
                if is_strict {
                    return Err((uid.clone(), error));
                }
            }
        }
        Ok(())
    }

    /// Counts who is seen on the canvas that was composed at `t`, and who is not.
    pub(super) fn count(&mut self, t: Timestamp, compositor: &Compositor) {
        let Self { attendance, running, tallies, shown, .. } = self;
        compositor.tell_shown(|uid, frame| {
            let last = shown.get_mut(uid);
            if last.as_deref() == Some(&frame.serial()) {
                return;
            }
            match last {
                Some(last) => *last = frame.serial(),
                None => _ = shown.insert(uid.clone(), frame.serial()),
            }
            tallies.entry(uid.clone()).or_default().shown += 1;
        });
        attendance.advance(t);
        for running in running.iter().filter(|running| running.is_missing_at(t)) {
            if attendance.is_wanted(running.uid) {
                tallies.entry(running.uid.clone()).or_default().missing += 1;
            }
        }
        self.retire(t);
    }

    /// Lets go of the media that are over at `t`.
    fn retire(&mut self, t: Timestamp) {
        let Self { running, tallies, .. } = self;
        running.retain_mut(|running| {
            let is_over = running.medium.to <= t && running.feed.is_done();
            if is_over {
                let tally = tallies.entry(running.uid.clone()).or_default();
                tally.add_gap(running.silence_until(running.medium.to));
            }
            !is_over
        });
    }

    /// What became of each user's pictures, of a rendering that ends at `end`.
    pub(super) fn into_tallies(mut self, end: Timestamp) -> BTreeMap<String, Tally> {
        for running in &mut self.running {
            let tally = self.tallies.entry(running.uid.clone()).or_default();
            tally.add_gap(running.silence_until(running.medium.to.min(end)));
        }
        self.tallies.into_iter().map(|(uid, tally)| (uid.to_string(), tally)).collect()
    }

    /// Begins to decode what is needed soon. `false` where more is needed at `t` than is to begin at once.
    fn start_feeds(&mut self, t: Timestamp, start: Timestamp) -> Result<bool, (UserId, MediaError)> {
        let soon = Timestamp::from_nanos(t.as_nanos().saturating_add(LEAD_NANOS));
        let is_early = |medium: &MediaUse| medium.from > t;
        let mut early = self.running.iter().filter(|running| is_early(running.medium)).count();
        for _ in 0..MAX_BEGINNING {
            let may_begin =
                |medium: &MediaUse| !is_early(medium) || medium.from <= soon && early < MAX_BEGINNING;
            let Some((uid, medium)) = self.to_come.pop_front_if(|(_, medium)| may_begin(medium)) else {
                break;
            };
            early += usize::from(is_early(medium));
            let feed = Feed::start(medium, uid, start, self.files, self.times)
                .map_err(|source| (uid.clone(), MediaError::Io { path: medium.path.clone(), source }))?;
            self.running.push(Running {
                uid,
                feed,
                medium,
                newest: None,
                silent_since: medium.from.max(start),
            });
        }
        Ok(self.to_come.front().is_none_or(|(_, medium)| is_early(medium)))
    }
}

impl Running<'_> {
    /// Whether it is in use at `t` and has no picture to show: none yet, or none since long.
    fn is_missing_at(&self, t: Timestamp) -> bool {
        let is_old = |newest: Timestamp| !self.medium.is_sparse && t.since(newest) > STALL_AFTER;
        self.medium.from <= t && t < self.medium.to && self.newest.is_none_or(is_old)
    }

    /// The gap that ends at `t`, if it has lasted long enough to be one.
    fn silence_until(&mut self, t: Timestamp) -> Option<Gap> {
        let from = std::mem::replace(&mut self.silent_since, t);
        (!self.medium.is_sparse && t.since(from) > STALL_AFTER).then(|| Gap::new(&self.medium.path, from, t))
    }
}
