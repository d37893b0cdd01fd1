//! Everyone's pictures, handed to the compositor as recording time goes on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use polyptych::{Compositor, Timestamp, UserId};

use super::feed::{Feed, Stamped};
use super::report::Tally;
use super::seed;
use super::stages::StageTimes;
use crate::decode::Files;
use crate::history::{History, MediaUse};
use crate::media::MediaError;

/// How long before its first picture is needed a medium begins to be decoded.
const LEAD_NANOS: i64 = 1_000_000_000;

/// The media of all users: those that come, and those that are being decoded.
pub(super) struct Pictures<'h> {
    history: &'h History,
    files: &'h Files,
    times: &'h Arc<StageTimes>,
    /// In the order of their beginnings.
    to_come: VecDeque<(&'h UserId, &'h MediaUse)>,
    running: Vec<Feed>,
    tallies: HashMap<UserId, Tally>,
}

impl<'h> Pictures<'h> {
    /// Gets ready for rendering from `start` on: the picture that each user shows then is pushed.
    pub(super) fn new(
        history: &'h History,
        start: Timestamp,
        files: &'h Files,
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
            tallies: HashMap::new(),
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
                seed::newest_before(self.history, uid, start, self.files, |error| tally.failed(&error));
            if let Some(Stamped { at, frame }) = found {
                compositor.push_frame(uid, at, frame);
            }
        }
    }

    /// Pushes what users show at `t`; waits until it is decoded.
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
        self.start_feeds(t, start)?;
        let history = self.history;
        for feed in &mut self.running {
            let tally = self.tallies.entry(feed.uid.clone()).or_default();
            let turns = history.turns(&feed.uid);
            let mut newest: Option<Stamped> = None;
            while let Some(picture) = feed.next_until(t) {
                tally.decoded += 1;
                if let Some(passed) = newest.replace(picture) {
                    // Between two ticks only the newest counts, unless something happened to the user in between.
                    let after = newest.as_ref().map_or(t, |picture| picture.at);
                    let index = turns.partition_point(|turn| *turn <= passed.at);
                    if turns.get(index).is_some_and(|turn| *turn <= after) {
                        compositor.push_frame(&feed.uid, passed.at, passed.frame);
                    } else {
                        tally.passed_over += 1;
                    }
                }
            }
            if let Some(picture) = newest {
                compositor.push_frame(&feed.uid, picture.at, picture.frame);
                tally.pushed += 1;
            }
            for error in feed.failures.drain(..) {
                tally.failed(&error);
                if is_strict {
                    return Err((feed.uid.clone(), error));
                }
            }
        }
        self.running.retain(|feed| !feed.is_done());
        Ok(())
    }

    /// What became of each user's pictures.
    pub(super) fn into_tallies(self) -> BTreeMap<String, Tally> {
        self.tallies.into_iter().map(|(uid, tally)| (uid.to_string(), tally)).collect()
    }

    /// Begins to decode what is needed soon.
    fn start_feeds(&mut self, t: Timestamp, start: Timestamp) -> Result<(), (UserId, MediaError)> {
        let soon = Timestamp::from_nanos(t.as_nanos().saturating_add(LEAD_NANOS));
        while let Some((uid, medium)) = self.to_come.pop_front_if(|(_, medium)| medium.from <= soon) {
            let feed = Feed::start(medium, uid, start, self.history.canvas().fps, self.files, self.times)
                .map_err(|source| (uid.clone(), MediaError::Io { path: medium.path.clone(), source }))?;
            self.running.push(feed);
        }
        Ok(())
    }
}
