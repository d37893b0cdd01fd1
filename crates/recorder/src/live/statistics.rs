//! How a live recording is doing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polyptych::UserId;
use polyptych::source::SourceCounts;

use crate::render::Flow;
use crate::sound::{SoundReport, SoundTally};

/// What became of everything so far; see [`crate::live`] for what is dropped when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveStatistics {
    /// Ticks that were due: what the recording lasts.
    pub ticks: u64,
    /// Canvases composed.
    pub composed: u64,
    /// Canvases that the encoder is done with.
    pub encoded: u64,
    /// Ticks whose canvas was not encoded, because the encoder was behind.
    pub dropped: u64,
    /// Canvases that wait for the encoder.
    pub waiting: u64,
    /// What became of all users' frames.
    pub frames: SourceCounts,
    /// What became of each user's sound; empty where none is recorded.
    pub sound: BTreeMap<UserId, SoundTally>,
}

/// What a live recording became.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LiveReport {
    /// How long it is.
    pub seconds: f64,
    /// What encoded the video, and the sound.
    pub encoders: Vec<String>,
    /// The last statistics.
    pub statistics: LiveStatistics,
    /// What became of the sound that was mixed, by user.
    pub sound: Option<SoundReport>,
    /// Notices of the compositor that nobody has taken.
    pub notices: Vec<String>,
    /// Seconds that each stage has worked.
    pub stage_seconds: BTreeMap<&'static str, f64>,
}

/// Counts of the thread that composes.
pub(super) struct Counters {
    flow: Arc<Flow>,
    ticks: AtomicU64,
    composed: AtomicU64,
    dropped: AtomicU64,
}

impl Counters {
    pub(super) fn new(flow: Arc<Flow>) -> Self {
        let (ticks, composed, dropped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Self { flow, ticks, composed, dropped }
    }

    pub(super) fn ticked(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn composed(&self) {
        self.composed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// The last canvas that was dropped was handed over all the same.
    pub(super) fn not_dropped(&self) {
        self.dropped.fetch_sub(1, Ordering::Relaxed);
    }

    /// What canvases there are, without frames and sound.
    pub(super) fn statistics(&self) -> LiveStatistics {
        LiveStatistics {
            ticks: self.ticks.load(Ordering::Relaxed),
            composed: self.composed.load(Ordering::Relaxed),
            encoded: self.flow.encoded(),
            dropped: self.dropped.load(Ordering::Relaxed),
            waiting: self.flow.waiting(),
            ..LiveStatistics::default()
        }
    }
}
