//! How a device's clock runs against the recording's: when every sample of a file is to be heard.
//!
//! A device that calls its rate 48,000 Hz gives some more samples a second, or some fewer; what its file's stamps say then leaves
//! behind what counting samples says. Stamps alone cannot be followed either: WebM rounds them to milliseconds, and some recorders
//! stamp when a packet came in. So a line is laid through what both differed by in the last [`WINDOW`] seconds, and the samples
//! are spread out so that each second ends where the line says. Within [`QUIET`] of the line nothing is done, which leaves sound
//! of a true clock as it is, bit for bit.
//!
//! All of it depends on the file alone, in seconds counted from its first sample: not on where rendering starts or how far it is.

use std::collections::VecDeque;

use super::position::{PER_MILLI, PER_SAMPLE, PER_SECOND};
use crate::encode::SAMPLE_RATE;

/// Seconds that the line is laid through. Stamps that are 10 ms off at random move it by less than 1 ms.
const WINDOW: usize = 20;

/// Seconds after which the line may rise; before, it only lies at the mean.
const SLOPE_FROM: usize = 4;

/// Difference that is left as it is, in ticks: 2 ms.
const QUIET: f64 = (2 * PER_MILLI) as f64;

/// Difference at which a correction is done, in ticks: 0.1 ms.
const SETTLED: f64 = PER_MILLI as f64 / 10.0;

/// Slope at which a correction is done: 5 millionths.
const LEVEL: f64 = 5e-6;

/// What a second may be longer or shorter by, in ticks: 5 ms. A twelfth of a semitone.
const MOST: f64 = (5 * PER_MILLI) as f64;

/// A second of a source's samples, or the last part of one, and when they are heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    /// When its first sample is heard, in ticks.
    pub(super) start: i64,
    /// How long `rate` of its samples last, in ticks.
    pub(super) span: i64,
    /// The source's samples a second.
    pub(super) rate: u32,
    /// How many samples it has: `rate`, or fewer at the end.
    pub(super) len: usize,
}

impl Stretch {
    /// When it ends, in ticks, rounded upwards.
    pub(super) fn end(&self) -> i64 {
        let rate = i128::from(self.rate);
        let lasts = (self.len as i128 * i128::from(self.span) + rate - 1) / rate;
        self.start + lasts as i64
    }
}

/// What stamps and samples differed by, over one second.
#[derive(Clone, Copy)]
struct Second {
    /// Its number.
    index: f64,
    /// Mean time within it, in seconds from its beginning.
    within: f64,
    /// Mean difference, in ticks.
    difference: f64,
    /// How many stamps.
    weight: f64,
}

/// Weighted sums over seconds.
#[derive(Clone, Copy, Default)]
struct Total {
    weight: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Total {
    fn add(&mut self, second: Second) {
        // Both in seconds.
        let (x, y, weight) =
            (second.index + second.within, second.difference / PER_SECOND as f64, second.weight);
        self.weight += weight;
        self.x += weight * x;
        self.y += weight * y;
        self.xx += weight * x * x;
        self.xy += weight * x * y;
    }

    /// Of the line of least squares.
    fn slope(&self) -> Option<f64> {
        let spread = self.xx * self.weight - self.x * self.x;
        (spread > 0.0).then(|| (self.xy * self.weight - self.x * self.y) / spread)
    }
}

/// A straight line through differences.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Line {
    /// At the end of the last second, in ticks.
    at_end: f64,
    /// Ticks a tick.
    slope: f64,
}

/// The clock of one unbroken piece of a file.
pub(super) struct Clock {
    rate: u32,
    /// When the first sample is heard, in ticks.
    start: i64,
    /// Seconds that are settled.
    settled: i64,
    /// By how much what comes next is heard later than counting says, in ticks.
    offset: i64,
    is_correcting: bool,
    seconds: VecDeque<Second>,
    line: Option<Line>,
    /// Sum and number of differences of the second that is not settled, and the sum of their places.
    sums: (i128, i128, i128),
    /// Differences that belong to later seconds: place in samples, ticks.
    later: VecDeque<(i64, i64)>,
    /// Of all seconds, for the report.
    total: Total,
}

impl Clock {
    /// A clock whose first sample is heard at `start`.
    pub(super) fn new(start: i64, rate: u32) -> Self {
        Self {
            rate,
            start,
            settled: 0,
            offset: 0,
            is_correcting: false,
            seconds: VecDeque::with_capacity(WINDOW + 1),
            line: None,
            sums: (0, 0, 0),
            later: VecDeque::new(),
            total: Total::default(),
        }
    }

    /// By how much a stamp differs from where the sample is expected by all that is known, in ticks.
    pub(super) fn surprise(&self, sample: i64, stamp: i64) -> i64 {
        let expected = match self.line {
            Some(line) => {
                let since = self.seconds_of(sample) - self.settled as f64;
                line.at_end + line.slope * since * PER_SECOND as f64
            }
            None => self.offset as f64,
        };
        self.difference(sample, stamp) - expected as i64
    }

    /// Takes note of what a stamp says, for a sample of a second that is not settled.
    pub(super) fn note(&mut self, sample: i64, stamp: i64) {
        self.later.push_back((sample, self.difference(sample, stamp)));
    }

    /// Settles the next second, of which there are `len` samples; all stamps in it were noted.
    pub(super) fn settle(&mut self, len: usize) -> Stretch {
        self.gather();
        let correction = self.correction();
        let start = self.start + self.settled * PER_SECOND + self.offset;
        self.offset += correction;
        self.settled += 1;
        Stretch { start, span: PER_SECOND + correction, rate: self.rate, len }
    }

    /// How fast the device's clock runs behind the recording's, in millionths, and over how many seconds that was seen. Negative
    /// where its samples last shorter than they say.
    pub(super) fn drift(&self) -> Option<(f64, f64)> {
        let seconds = self.settled as f64;
        self.total.slope().filter(|_| seconds >= SLOPE_FROM as f64).map(|slope| (slope * 1e6, seconds))
    }

    /// Puts what was noted about this second together, and lays the line anew.
    fn gather(&mut self) {
        let end = (self.settled + 1) * i64::from(self.rate);
        while let Some((sample, difference)) = self.later.pop_front_if(|(sample, _)| *sample < end) {
            self.sums.0 += i128::from(difference);
            self.sums.1 += 1;
            self.sums.2 += i128::from(sample - self.settled * i64::from(self.rate));
        }
        let (sum, count, places) = std::mem::take(&mut self.sums);
        if count > 0 {
            let second = Second {
                index: self.settled as f64,
                within: places as f64 / count as f64 / f64::from(self.rate),
                difference: sum as f64 / count as f64,
                weight: count as f64,
            };
            self.total.add(second);
            self.seconds.push_back(second);
        }
        let oldest = self.settled as f64 - WINDOW as f64;
        while self.seconds.pop_front_if(|second| second.index <= oldest).is_some() {}
        self.line = lay(&self.seconds, self.settled as f64 + 1.0).or(self.line);
    }

    /// What the second that is settled now must last longer, in ticks.
    fn correction(&mut self) -> i64 {
        let Some(line) = self.line else { return 0 };
        let error = line.at_end - self.offset as f64;
        if !self.is_correcting && error.abs() <= QUIET {
            return 0;
        }
        self.is_correcting = error.abs() > SETTLED || line.slope.abs() > LEVEL;
        let mut correction = error.clamp(-MOST, MOST) as i64;
        if !self.is_correcting && self.rate == SAMPLE_RATE {
            // Onto whole samples, so that what follows need not be interpolated.
            let to = super::position::round_to_sample(self.start + self.offset + correction);
            correction = to - self.start - self.offset;
            debug_assert_eq!((self.start + self.offset + correction) % PER_SAMPLE, 0);
        }
        correction
    }

    /// By how much a stamp is later than counting says, in ticks.
    fn difference(&self, sample: i64, stamp: i64) -> i64 {
        stamp - self.start - self.counted(sample)
    }

    /// How long so many samples last by their rate, in ticks.
    fn counted(&self, samples: i64) -> i64 {
        (i128::from(samples) * i128::from(PER_SECOND)).div_euclid(i128::from(self.rate)) as i64
    }

    fn seconds_of(&self, sample: i64) -> f64 {
        sample as f64 / f64::from(self.rate)
    }
}

/// The line of least squares, as it is at `end`.
fn lay(seconds: &VecDeque<Second>, end: f64) -> Option<Line> {
    let weight: f64 = seconds.iter().map(|second| second.weight).sum();
    if weight == 0.0 {
        return None;
    }
    let mean = |of: &dyn Fn(&Second) -> f64| {
        seconds.iter().map(|second| of(second) * second.weight).sum::<f64>() / weight
    };
    let x = |second: &Second| (second.index + second.within - end) * PER_SECOND as f64;
    let (x_mean, y_mean) = (mean(&x), mean(&|second| second.difference));
    let xx = mean(&|second| (x(second) - x_mean) * (x(second) - x_mean));
    let xy = mean(&|second| (x(second) - x_mean) * (second.difference - y_mean));
    let is_long = matches!((seconds.front(), seconds.back()), (Some(first), Some(last))
        if last.index - first.index >= SLOPE_FROM as f64);
    let slope = if is_long && xx > 0.0 { xy / xx } else { 0.0 };
    Some(Line { at_end: y_mean - slope * x_mean, slope })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// Largest error of the clock against the truth in ms, over `hours`, where a second of `rate` samples lasts `1 + ppm / 10⁶`
    /// and stamps are as `stamp` makes them.
    fn worst(rate: u32, ppm: i64, hours: i64, piece: i64, stamp: impl Fn(i64, i64) -> i64) -> (f64, Clock) {
        let mut clock = Clock::new(0, rate);
        let truth = |sample: i64| {
            (i128::from(sample) * (3_000_000_000 + 3000 * i128::from(ppm)) / i128::from(rate)) as i64
        };
        let (mut sample, mut worst) = (0, 0_i64);
        for second in 0..hours * 3600 {
            while sample < (second + 1) * i64::from(rate) {
                clock.note(sample, stamp(truth(sample), sample / piece));
                sample += piece;
            }
            let stretch = clock.settle(rate as usize);
            worst = worst.max((stretch.end() - truth((second + 1) * i64::from(rate))).abs());
        }
        (worst as f64 / PER_MILLI as f64, clock)
    }

    fn to_millis(ticks: i64, _: i64) -> i64 {
        ticks.div_euclid(PER_MILLI) * PER_MILLI
    }

    #[test]
    fn true_clock_in_milliseconds_is_left_alone_for_a_day() {
        let (error, clock) = worst(48_000, 0, 24, 1024, to_millis);
        assert_eq!((error, clock.offset), (0.0, 0));
        assert!(clock.drift().unwrap().0.abs() < 0.1);
    }

    #[test]
    fn drift_stays_below_5_ms_for_hours() {
        for ppm in [-2000, -500, -30, 3, 100, 500, 1000, 2000] {
            let (error, clock) = worst(44_100, ppm, 6, 1024, to_millis);
            assert!(error < 5.0, "{ppm}: {error} ms");
            let measured = clock.drift().unwrap().0;
            assert!((measured - ppm as f64).abs() < 1.0, "{ppm}: measured {measured}");
        }
    }

    #[test]
    fn drift_is_followed_through_stamps_that_jitter() {
        let jitter = |ticks: i64, piece: i64| ticks + (piece * 7919 % 17 - 8) * PER_MILLI;
        let (error, _) = worst(48_000, 300, 2, 960, jitter);
        assert!(error < 5.0, "{error} ms");
    }

    #[test]
    fn correction_ends_on_a_whole_sample() {
        // 50 millionths in the first ten minutes, then none: corrections, then rest.
        let mut clock = Clock::new(0, 48_000);
        let mut last = None;
        for second in 0..1200_i64 {
            clock.note(second * 48_000, second * PER_SECOND + second.min(600) * PER_SECOND / 20_000);
            last = Some(clock.settle(48_000));
        }
        let last = last.unwrap();
        assert_eq!((last.span, last.start % PER_SAMPLE), (PER_SECOND, 0));
        let error = last.start - 1199 * PER_SECOND - 600 * PER_SECOND / 20_000;
        assert!(error.abs() < PER_MILLI / 2 * 5, "{error}");
    }

    #[test]
    fn no_second_changes_by_more_than_half_a_hundredth() {
        let mut clock = Clock::new(0, 48_000);
        for second in 0..60_i64 {
            clock.note(second * 48_000, second * PER_SECOND + if second > 20 { 9 * PER_MILLI } else { 0 });
            let stretch = clock.settle(48_000);
            assert!((stretch.span - PER_SECOND).abs() <= 5 * PER_MILLI);
        }
    }
}
