//! What a rendering did, for people and for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::media::MediaError;
use crate::sound::SoundReport;

/// Failures of a user that are told in words; the others are counted.
const TOLD_FAILURES: usize = 20;

/// What became of a user's pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Pictures decoded within what counts of the user's media.
    pub decoded: u64,
    /// Of those, handed to the compositor.
    pub pushed: u64,
    /// Of those, never shown because a newer one came before the next tick.
    pub passed_over: u64,
    /// Failures, each with its file and reason; the first 20.
    pub failures: Vec<String>,
    /// All failures.
    pub failure_count: u64,
}

impl Tally {
    pub(super) fn failed(&mut self, error: &MediaError) {
        self.failure_count += 1;
        if self.failures.len() < TOLD_FAILURES {
            self.failures.push(error.to_string());
        }
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
    /// Notices of the compositor: images that did not come, events that changed nothing.
    pub notices: Vec<String>,
    /// Seconds that each stage has worked, all its threads together.
    pub stage_seconds: BTreeMap<&'static str, f64>,
    /// Seconds from beginning to end.
    pub wall_seconds: f64,
}
