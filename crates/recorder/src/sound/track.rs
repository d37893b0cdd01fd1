//! One file's sound at 48,000 samples a second, every sample at its place in the recording.
//!
//! A file falls into **runs**, within which pieces follow each other. Within a run samples are counted, and stamps only steer
//! the [clock](super::clock). Where stamps leave what the clock expects by more than [`JUMP`] and stay away for as long as can be
//! seen ahead, a new run begins at the new stamp, rounded to a sample: what lies between is silence of just that length, and of
//! what would be heard twice the second is cut. A single stamp that is off is taken for what it is, and not believed.
//! A run lies in **stretches** of one second of the source each. In a stretch, position is a linear function of time, in whole
//! numbers: any sample can be computed without the ones before it.

use std::sync::Arc;

use polyptych::Timestamp;
use serde::Serialize;

use super::clock::{Clock, Stretch};
use super::filter::{FRACTION_BITS, Filter, ONE_SAMPLE, dot, for_rate};
use super::pieces::{Failures, Pieces};
use super::position::{PER_MILLI, PER_SAMPLE, ceil_to_sample, round_to_sample};
use crate::decode::SoundSource;

/// Difference between a stamp and the clock that is a jump if it lasts, in ticks: 8 ms. With the 2 ms that the clock leaves as they
/// are, no sound is more than 10 ms off. One lost packet of 10 ms, the shortest in common use, is found.
const JUMP: i64 = 8 * PER_MILLI;

/// Part of a second for which a jump must last.
const LASTING: u32 = 4;

/// Pieces at most that are looked at for it.
const LOOK_AHEAD: usize = 32;

/// What was found in a file's sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrackReport {
    /// How much longer the device's samples last than they should, in millionths; `None` below four seconds without a break.
    /// Taken from the longest run without one.
    pub drift_ppm: Option<f64>,
    /// Gaps between pieces.
    pub gaps: u64,
    /// Samples at 48,000 Hz of silence in them.
    pub gap_samples: u64,
    /// Pieces that began before the last one ended.
    pub overlaps: u64,
    /// Samples at 48,000 Hz that were cut there.
    pub overlap_samples: u64,
    /// Samples of the file, of all channels.
    pub source_samples: u64,
    /// Those of them beyond full scale.
    pub clipped_samples: u64,
    /// What could not be read.
    pub failures: Failures,
}

impl TrackReport {
    /// Adds what was found in sound that came later; its drift counts where it is known.
    pub(super) fn add(&mut self, later: &Self) {
        self.drift_ppm = later.drift_ppm.or(self.drift_ppm);
        self.gaps += later.gaps;
        self.gap_samples += later.gap_samples;
        self.overlaps += later.overlaps;
        self.overlap_samples += later.overlap_samples;
        self.source_samples += later.source_samples;
        self.clipped_samples += later.clipped_samples;
        self.failures.extend(&later.failures);
    }
}

/// A run: pieces that follow each other.
struct Run {
    clock: Clock,
    rate: u32,
    is_mono: bool,
    filter: Arc<Filter>,
    /// Samples that may still be needed, silence before the first and behind the last one included.
    left: Vec<f32>,
    right: Vec<f32>,
    /// Which sample of the run `left` begins with.
    base: i64,
    /// Samples taken in.
    taken: i64,
    /// Samples in stretches that are settled.
    settled: i64,
    is_ended: bool,
}

/// A stretch that is being heard.
#[derive(Clone, Copy)]
struct Current {
    stretch: Stretch,
    /// Its first sample, counted from the run's.
    first: i64,
    /// Its part of the recording, in samples: from, and to but without.
    span: (i64, i64),
}

/// One file's sound on the recording's clock. Memory: about one second and a quarter of the source, and a piece.
pub(super) struct Track {
    pieces: Pieces,
    run: Option<Run>,
    current: Option<Current>,
    /// Where all that was settled ends, in samples of the recording and in ticks.
    end: Option<(i64, i64)>,
    /// Whether the next run follows the last one without a break, only in another format.
    follows: bool,
    is_finished: bool,
    /// The last run's rate and filter; the next one mostly needs the same.
    filter: Option<(u32, Arc<Filter>)>,
    coefficients: Vec<f32>,
    report: TrackReport,
    longest_run: f64,
}

impl Track {
    /// A file's sound, where the file's zero lies at `zero` of the recording.
    pub(super) fn new(source: Box<dyn SoundSource>, zero: Timestamp) -> Self {
        Self {
            pieces: Pieces::new(source, zero),
            run: None,
            current: None,
            end: None,
            follows: false,
            is_finished: false,
            filter: None,
            coefficients: Vec::new(),
            report: TrackReport::default(),
            longest_run: 0.0,
        }
    }

    /// Whether nothing follows any more.
    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// What could not be read so far.
    pub(super) fn failures(&self) -> &Failures {
        &self.pieces.failures
    }

    /// What was found so far.
    pub(super) fn report(&self) -> TrackReport {
        let mut report = self.report.clone();
        report.source_samples = self.pieces.samples;
        report.clipped_samples = self.pieces.clipped;
        report.failures = self.pieces.failures.clone();
        if let Some((drift, _)) =
            self.run.as_ref().and_then(|run| run.clock.drift()).filter(|d| d.1 > self.longest_run)
        {
            report.drift_ppm = Some(drift);
        }
        report
    }

    /// Goes on to a sample of the recording without computing any.
    pub(super) fn skip_to(&mut self, sample: i64) {
        while let Some(current) = self.reach(sample) {
            if current.span.1 > sample {
                break;
            }
            self.drop_current();
        }
    }

    /// Writes interleaved stereo samples from sample `from` of the recording on, which must not be before the last call's end, and
    /// says whether the file has any there.
    pub(super) fn read(&mut self, from: i64, frames: &mut [f32]) -> bool {
        frames.fill(0.0);
        let mut has_sound = false;
        let to = from + (frames.len() / 2) as i64;
        self.skip_to(from);
        while let Some(current) = self.reach(to - 1) {
            let (start, end) = (current.span.0.max(from), current.span.1.min(to));
            if start < end {
                has_sound = true;
                let part = &mut frames[2 * (start - from) as usize..2 * (end - from) as usize];
                if let Some(run) = &self.run {
                    run.compute(&current, start, part, &mut self.coefficients);
                }
            }
            if current.span.1 > to {
                break;
            }
            self.drop_current();
        }
        has_sound
    }

    /// The stretch that is heard next, if it begins at or before a sample of the recording.
    fn reach(&mut self, sample: i64) -> Option<Current> {
        if self.current.is_none() && !self.is_finished {
            self.current = self.next_stretch();
            self.is_finished = self.current.is_none();
        }
        self.current.filter(|current| current.span.0 <= sample)
    }

    fn drop_current(&mut self) {
        self.current = None;
        if let Some(run) = &mut self.run {
            run.forget();
        }
    }

    /// Settles the next second of the source.
    fn next_stretch(&mut self) -> Option<Current> {
        loop {
            let mut run = match self.run.take() {
                Some(run) => run,
                None => self.begin()?,
            };
            self.fill(&mut run);
            let (first, len) = (run.settled, (run.taken - run.settled).min(i64::from(run.rate)));
            if len > 0 {
                let stretch = run.clock.settle(len as usize);
                run.settled += len;
                self.run = Some(run);
                return Some(self.place(stretch, first));
            }
            if let Some((drift, seconds)) = run.clock.drift().filter(|drift| drift.1 > self.longest_run) {
                self.report.drift_ppm = Some(drift);
                self.longest_run = seconds;
            }
        }
    }

    /// Finds a stretch's part of the recording, without what was heard already.
    fn place(&mut self, stretch: Stretch, first: i64) -> Current {
        let mut span = (ceil_to_sample(stretch.start), ceil_to_sample(stretch.end()));
        let heard = self.end.map_or(i64::MIN, |(sample, _)| sample);
        span = (span.0.max(heard), span.1.max(heard));
        self.end = Some((span.1, stretch.end()));
        Current { stretch, first, span }
    }

    /// Begins a run with the next piece.
    fn begin(&mut self) -> Option<Run> {
        let piece = self.pieces.ahead(0)?;
        let (rate, is_mono, stamp) = (piece.rate, piece.is_mono(), piece.at);
        let start = match self.end {
            Some((_, ticks)) if self.follows => round_to_sample(ticks),
            _ => round_to_sample(stamp),
        };
        if let Some((heard, _)) = self.end {
            let gap = ceil_to_sample(start) - heard;
            if gap > 0 && !self.follows {
                self.report.gaps += 1;
                self.report.gap_samples += gap.unsigned_abs();
            } else if gap < 0 && !self.follows {
                self.report.overlaps += 1;
                self.report.overlap_samples += gap.unsigned_abs();
            }
        }
        let filter = match self.filter.take() {
            Some((of, filter)) if of == rate => filter,
            _ => for_rate(rate),
        };
        self.filter = Some((rate, Arc::clone(&filter)));
        Some(Run::new(start, rate, is_mono, filter))
    }

    /// Takes pieces into the run until its next second can be heard, or it ends.
    fn fill(&mut self, run: &mut Run) {
        let wanted = run.settled + i64::from(run.rate) + run.filter.reach() as i64;
        while run.taken < wanted && !run.is_ended {
            let Some(piece) = self.pieces.ahead(0) else {
                run.end();
                return;
            };
            let is_same_format = (piece.rate, piece.is_mono()) == (run.rate, run.is_mono);
            let stamp = piece.at;
            let surprise = run.clock.surprise(run.taken, stamp);
            let is_expected = surprise.abs() <= JUMP;
            if !is_expected && self.jumps(run, surprise) || !is_same_format {
                self.follows = is_expected;
                run.end();
                return;
            }
            if is_expected {
                run.clock.note(run.taken, stamp);
            }
            if let Some(piece) = self.pieces.take() {
                run.push(&piece.planes.left, &piece.planes.right);
            }
        }
    }

    /// Whether the pieces that follow are away from the clock as the next one is.
    fn jumps(&mut self, run: &Run, surprise: i64) -> bool {
        let mut sample = run.taken;
        let lasting = run.taken + i64::from(run.rate / LASTING);
        for index in 0..LOOK_AHEAD {
            let Some(piece) = self.pieces.ahead(index) else { break };
            if (piece.rate, piece.is_mono()) != (run.rate, run.is_mono) || sample >= lasting {
                break;
            }
            let next = run.clock.surprise(sample, piece.at);
            if next.signum() != surprise.signum() || next.abs() < JUMP / 2 {
                return false;
            }
            sample += piece.len() as i64;
        }
        true
    }
}

impl Run {
    fn new(start: i64, rate: u32, is_mono: bool, filter: Arc<Filter>) -> Self {
        let silence = vec![0.0; filter.reach()];
        Self {
            clock: Clock::new(start, rate),
            rate,
            is_mono,
            base: -(silence.len() as i64),
            right: if is_mono { Vec::new() } else { silence.clone() },
            left: silence,
            filter,
            taken: 0,
            settled: 0,
            is_ended: false,
        }
    }

    fn push(&mut self, left: &[f32], right: &[f32]) {
        self.left.extend_from_slice(left);
        self.right.extend_from_slice(right);
        self.taken += left.len() as i64;
    }

    /// Puts the silence behind the end that the filter reaches into.
    fn end(&mut self) {
        let reach = self.filter.reach();
        self.left.resize(self.left.len() + reach, 0.0);
        if !self.is_mono {
            self.right.resize(self.right.len() + reach, 0.0);
        }
        self.is_ended = true;
    }

    /// Drops the samples that no stretch needs any more.
    fn forget(&mut self) {
        let from = self.settled - self.filter.reach() as i64;
        let count = ((from - self.base).max(0) as usize).min(self.left.len());
        self.left.drain(..count);
        self.right.drain(..count.min(self.right.len()));
        self.base += count as i64;
    }

    /// Computes samples of a stretch from sample `from` of the recording on.
    fn compute(&self, current: &Current, from: i64, frames: &mut [f32], coefficients: &mut Vec<f32>) {
        let Stretch { start, span, rate, .. } = current.stretch;
        let first = ceil_to_sample(start);
        let position = |ticks: i64| {
            ((i128::from(ticks) * i128::from(rate)) << FRACTION_BITS).div_euclid(i128::from(span)) as i64
        };
        let (origin, step) = (position(first * PER_SAMPLE - start), position(PER_SAMPLE));
        let filter = &self.filter;
        let reach = filter.reach();
        let is_copy = step == ONE_SAMPLE && origin & (ONE_SAMPLE - 1) == 0;
        for (frame, n) in frames.chunks_exact_mut(2).zip(from - first..) {
            let place = origin + n * step;
            let index = (current.first + (place >> FRACTION_BITS) - self.base) as usize;
            if is_copy {
                let left = self.left.get(index).copied().unwrap_or_default();
                frame[0] = left;
                frame[1] =
                    if self.is_mono { left } else { self.right.get(index).copied().unwrap_or_default() };
                continue;
            }
            // The silence at both ends is long enough for every place of a stretch.
            let taps = (index + 1).saturating_sub(reach)..index + 1 + reach;
            filter.coefficients(place, coefficients);
            let left = self.left.get(taps.clone()).map_or(0.0, |samples| dot(samples, coefficients));
            frame[0] = left;
            frame[1] = if self.is_mono {
                left
            } else {
                self.right.get(taps).map_or(0.0, |samples| dot(samples, coefficients))
            };
        }
    }
}
