//! Where the time goes: how long each stage has worked, waiting left out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A stage of rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading files and decoding pictures, all users together.
    Decode,
    /// Composing canvases.
    Compose,
    /// Encoding canvases.
    Encode,
    /// Decoding, mixing and encoding sound.
    Sound,
    /// Writing files.
    Write,
}

impl Stage {
    /// All of them, in the order of the flow.
    pub const ALL: [Self; 5] = [Self::Decode, Self::Compose, Self::Encode, Self::Sound, Self::Write];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Compose => "compose",
            Self::Encode => "encode",
            Self::Sound => "sound",
            Self::Write => "write",
        }
    }
}

/// Time that each stage has worked, summed over its threads.
#[derive(Debug, Default)]
pub struct StageTimes([AtomicU64; Stage::ALL.len()]);

impl StageTimes {
    /// Runs a piece of a stage's work and adds the time that it takes.
    pub(crate) fn measure<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0[stage as usize].fetch_add(nanos, Ordering::Relaxed);
        result
    }

    /// The time that a stage has worked so far.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Duration {
        Duration::from_nanos(self.0[stage as usize].load(Ordering::Relaxed))
    }
}
