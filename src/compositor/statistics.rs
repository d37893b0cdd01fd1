//! What composing has cost so far.

use std::fmt;
use std::time::Duration;

use crate::damage::PixelCounts;
use crate::source::SourceCounts;

/// A clock that the caller may hand in, so that stages can be timed; the engine reads none of its own.
pub trait Clock: Send + Sync {
    /// Time since any fixed moment; never runs backwards. Is also asked while the compositor's state is locked, so it must not call
    /// the compositor: it would wait for itself.
    fn now(&self) -> Duration;
}

/// Time spent in each stage of composing. Zero without a [`Clock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Letting events and frames take effect, and choosing what each region shows.
    pub settle: Duration,
    /// Planning, where anything changed; scaling of background images included.
    pub plan: Duration,
    /// Turning pictures upright and converting RGBA.
    pub prepare: Duration,
    /// Painting.
    pub paint: Duration,
}

/// Counts since the beginning, of all outputs together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Moments composed; each gave every output a frame.
    pub frames_composed: u64,
    /// Users with a picture on the last frames, images that stand in for theirs included; one in two regions counts twice,
    /// and so does one on two outputs.
    pub users_shown: usize,
    /// What became of the pixels of all frames, counted in luma.
    pub pixels: PixelCounts,
    /// How often what is painted had to be planned anew.
    pub plan_builds: u64,
    /// How often an image was scaled: once for each size at which it shows, not once a frame or an output.
    pub images_scaled: u64,
    /// Time by stage.
    pub times: StageTimes,
    /// What became of the frames that were pushed.
    pub frames: SourceCounts,
    /// Notices that nobody took in time.
    pub notices_dropped: u64,
}

impl Statistics {
    /// Adds what an output has counted.
    pub(super) fn add(&mut self, output: OutputStatistics) {
        let OutputStatistics { users_shown, pixels, plan_builds } = output;
        self.users_shown += users_shown;
        self.pixels += pixels;
        self.plan_builds += plan_builds;
    }
}

/// Counts since the beginning, of one output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputStatistics {
    /// Users with a picture on its last frame, counted as in [`Statistics::users_shown`].
    pub users_shown: usize,
    /// Pixels painted, copied and skipped, of all its frames, counted in luma.
    pub pixels: PixelCounts,
    /// How often what is painted there had to be planned anew.
    pub plan_builds: u64,
}

/// Measures stages one after the other.
pub(super) struct Stopwatch(Option<Box<dyn Clock>>);

impl Stopwatch {
    pub(super) const fn new(clock: Option<Box<dyn Clock>>) -> Self {
        Self(clock)
    }

    pub(super) fn now(&self) -> Duration {
        self.0.as_ref().map_or(Duration::ZERO, |clock| clock.now())
    }

    /// Adds the time since `*from` to `total`, and moves `*from` on.
    pub(super) fn lap(&self, from: &mut Duration, total: &mut Duration) {
        let now = self.now();
        *total += now.saturating_sub(*from);
        *from = now;
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Stopwatch" } else { "Stopwatch(none)" })
    }
}
