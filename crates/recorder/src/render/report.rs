//! What a rendering did, for people and for programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polyptych::Timestamp;
use serde::Serialize;

use crate::media::MediaError;
use crate::sound::SoundReport;

/// Failures of a user that are told in words, and gaps that are listed; the others are counted.
const TOLD: usize = 20;

/// What became of a user's pictures in what was rendered. What is `decoded` and neither `shown` nor `late` had no place: its user
/// was muted, not subscribed, without a region, or had an image in their place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Pictures decoded within what is used of the user's media. A part has the one from just before
    /// its beginning, too.
    pub decoded: u64,
    /// Of those, on one canvas or more.
    pub shown: u64,
    /// Of those, on none because a newer one came before the next tick.
    pub late: u64,
    /// Canvases at whose time the user was there, subscribed, not muted and a medium of theirs in use, of which no picture had come
    /// yet, or none for more than 3.5 s ([`STALL_AFTER`](polyptych::source::STALL_AFTER)) if it is not sparse.
    pub missing: u64,
    /// Stretches of more than 3.5 s of media in use, in which no picture came: from their beginning or a picture to the next one or
    /// to their end; the first 20. Sparse media have none.
    pub gaps: Vec<Gap>,
    /// All gaps.
    pub gap_count: u64,
    /// Failures, each with its file and reason; the first 20.
    pub failures: Vec<String>,
    /// All failures.
    pub failure_count: u64,
}

/// A stretch in which no picture came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The file.
    pub file: PathBuf,
    /// Its beginning, in seconds of the recording.
    pub from_seconds: f64,
    /// Its end, likewise.
    pub to_seconds: f64,
}

impl Gap {
    pub(super) fn new(file: &Path, from: Timestamp, to: Timestamp) -> Self {
        let seconds = |at: Timestamp| at.since(Timestamp::ZERO).as_secs_f64();
        Self { file: file.to_owned(), from_seconds: seconds(from), to_seconds: seconds(to) }
    }
}

impl Tally {
    pub(super) fn failed(&mut self, error: &MediaError) {
        self.failure_count += 1;
        if self.failures.len() < TOLD {
            self.failures.push(error.to_string());
        }
    }

    pub(super) fn add_gap(&mut self, gap: Option<Gap>) {
        self.gap_count += u64::from(gap.is_some());
        self.gaps.extend(gap.filter(|_| self.gaps.len() < TOLD));
    }
}

/// What a rendering did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Canvases composed and encoded.
    pub ticks: u64,
    /// Their whole duration in seconds.
    pub seconds: f64,
    /// Whether the end was reached; otherwise rendering was stopped there.
    pub is_complete: bool,
    /// What encoded the video, and the sound.
    pub encoders: Vec<String>,
    /// By user.
    pub users: BTreeMap<String, Tally>,
    /// What became of the sound, by file.
    pub sound: Option<SoundReport>,
    /// What was known before the first frame: files that cannot be used, and what is odd about others. [`render`](super::render)
    /// leaves it empty; it is for who has [`prepared`](super::prepare).
    pub remarks: Vec<String>,
    /// Notices of the compositor: images that did not come, events that changed nothing.
    pub notices: Vec<String>,
    /// Seconds that each stage has worked, all its threads together.
    pub stage_seconds: BTreeMap<&'static str, f64>,
    /// Seconds from beginning to end.
    pub wall_seconds: f64,
}
