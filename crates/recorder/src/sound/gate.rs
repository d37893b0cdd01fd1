//! When someone is heard: present, subscribed and not muted.

use polyptych::Timestamp;

use super::position::first_sample_at;

/// Samples over which sound comes in at the beginning of an interval and goes out at its end, within it: 5 ms. Without that,
/// sound that is cut in mid-wave clicks.
pub const FADE: i64 = 240;

/// Intervals in which a file is heard, in samples of the recording, sorted, none touching another.
pub(super) struct Gate {
    intervals: Vec<(i64, i64)>,
    /// Intervals that are behind what was asked for.
    passed: usize,
}

impl Gate {
    /// A gate that is open from the first to before the second of each pair, whatever their order; pairs that touch are one.
    pub(super) fn new(intervals: &[(Timestamp, Timestamp)]) -> Self {
        Self::of_samples(
            intervals.iter().map(|&(from, to)| (first_sample_at(from), first_sample_at(to))).collect(),
        )
    }

    /// The same of samples.
    pub(super) fn of_samples(mut all: Vec<(i64, i64)>) -> Self {
        all.retain(|(from, to)| from < to);
        all.sort_unstable();
        let mut intervals: Vec<(i64, i64)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match intervals.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => intervals.push((from, to)),
            }
        }
        Self { intervals, passed: 0 }
    }

    /// The first interval that reaches into samples from `from` on, which must not be before the last call's.
    pub(super) fn next(&mut self, from: i64) -> Option<(i64, i64)> {
        while self.intervals.get(self.passed).is_some_and(|interval| interval.1 <= from) {
            self.passed += 1;
        }
        self.intervals.get(self.passed).copied()
    }

    /// Fades interleaved stereo samples from sample `from` on that lie within an interval.
    pub(super) fn fade(interval: (i64, i64), from: i64, frames: &mut [f32]) {
        let to = from + (frames.len() / 2) as i64;
        if from - interval.0 >= FADE && interval.1 - to >= FADE {
            return;
        }
        for (frame, n) in frames.chunks_exact_mut(2).zip(from..) {
            // Half a step from the edges, so that both ends are alike.
            let inside = (n - interval.0).min(interval.1 - 1 - n);
            if inside < FADE {
                let gain = (inside as f32 + 0.5) / FADE as f32;
                frame[0] *= gain;
                frame[1] *= gain;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(pairs: &[(f64, f64)]) -> Vec<(Timestamp, Timestamp)> {
        let at = |seconds: f64| Timestamp::from_nanos((seconds * 1e9) as i64);
        pairs.iter().map(|&(from, to)| (at(from), at(to))).collect()
    }

    #[test]
    fn intervals_are_sorted_and_joined() {
        let gate = Gate::new(&seconds(&[(3.0, 4.0), (1.0, 2.0), (2.0, 2.5), (5.0, 5.0), (7.0, 6.0)]));
        assert_eq!(gate.intervals, [(48_000, 120_000), (144_000, 192_000)]);
    }

    #[test]
    fn next_interval_is_the_one_reached() {
        let mut gate = Gate::new(&seconds(&[(1.0, 2.0), (3.0, 4.0)]));
        assert_eq!(gate.next(-5), Some((48_000, 96_000)));
        assert_eq!(gate.next(95_999), Some((48_000, 96_000)));
        assert_eq!(gate.next(96_000), Some((144_000, 192_000)));
        assert_eq!(gate.next(192_000), None);
    }

    #[test]
    fn fade_is_within_the_interval_and_alike_at_both_ends() {
        let mut frames = vec![1.0; 2 * 1000];
        Gate::fade((0, 1000), 0, &mut frames);
        let gains: Vec<f32> = frames.chunks(2).map(|frame| frame[0]).collect();
        assert!(gains[0] > 0.0 && gains[0] < 0.003 && gains[239] < 1.0);
        assert!(gains[240..760].iter().all(|&gain| gain == 1.0));
        assert!((0..1000).all(|n| gains[n] == gains[999 - n]));
    }

    #[test]
    fn fade_does_not_depend_on_blocks() {
        let mut whole = vec![0.7; 2 * 300];
        Gate::fade((-7, 293), -7, &mut whole);
        let mut parts = vec![0.7; 2 * 300];
        for (k, part) in parts.chunks_mut(2 * 37).enumerate() {
            Gate::fade((-7, 293), -7 + 37 * k as i64, part);
        }
        assert_eq!(whole, parts);
    }
}
