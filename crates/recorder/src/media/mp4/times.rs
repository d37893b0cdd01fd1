//! The times of a track's samples, from runs of equal durations and of equal offsets (ISO/IEC 14496-12, 8.6.1).

/// The times of one sample, in ticks of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// When it is decoded.
    pub dts: i64,
    /// When it is composed, which the edit list turns into when it is presented.
    pub cts: i64,
    /// How long until the next one is decoded.
    pub duration: u32,
}

/// Runs of samples: how many, and what they share.
type Run<T> = (u32, T);

/// The times of all samples. Behind the last run its value goes on: tables that are short cost no samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    durations: Vec<Run<u32>>,
    offsets: Vec<Run<i64>>,
}

/// Samples in a row whose composition times rise evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub first_cts: i64,
    pub count: u64,
    pub duration: u32,
}

impl Stretch {
    /// Where the last of them ends.
    pub fn end(&self) -> i64 {
        self.cts(self.count)
    }

    /// The composition time of the one at `index`, or where it would be.
    pub fn cts(&self, index: u64) -> i64 {
        self.first_cts.saturating_add(ticks(index, self.duration))
    }
}

/// So many durations, in ticks; saturates.
fn ticks(count: u64, duration: u32) -> i64 {
    i64::try_from(u128::from(count) * u128::from(duration)).unwrap_or(i64::MAX)
}

/// A place in the runs: which, and how many of its samples were used.
#[derive(Clone, Copy, Debug, Default)]
struct RunCursor {
    run: usize,
    used: u32,
}

impl RunCursor {
    /// The value here and how many samples still have it; `None` for the count where it is the last run and goes on.
    fn value<T: Copy + Default>(&mut self, runs: &[Run<T>]) -> (T, Option<u32>) {
        while let Some(&(count, value)) = runs.get(self.run) {
            if self.used < count {
                return (value, Some(count - self.used));
            }
            self.run += 1;
            self.used = 0;
        }
        (runs.last().map(|&(_, value)| value).unwrap_or_default(), None)
    }

    fn advance(&mut self, count: u64) {
        self.used = self.used.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// A place among the times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimeCursor {
    duration: RunCursor,
    offset: RunCursor,
    dts: i64,
}

impl Times {
    /// Times of runs of durations and, where samples are not composed when they are decoded, of offsets.
    pub fn new(durations: Vec<Run<u32>>, offsets: Vec<Run<i64>>) -> Self {
        Self { durations, offsets }
    }

    /// Whether samples are composed in the order in which they are decoded, without offsets.
    pub fn is_plain(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The times of the sample at `cursor`, which goes to the next.
    pub fn next(&self, cursor: &mut TimeCursor) -> Time {
        let (duration, _) = cursor.duration.value(&self.durations);
        let (offset, _) = cursor.offset.value(&self.offsets);
        let dts = cursor.dts;
        cursor.duration.advance(1);
        cursor.offset.advance(1);
        cursor.dts = dts.saturating_add(i64::from(duration));
        Time { dts, cts: dts.saturating_add(offset), duration }
    }

    /// The next stretch of at most `left` samples; `cursor` goes behind it.
    fn stretch(&self, cursor: &mut TimeCursor, left: u64) -> Stretch {
        let (duration, durations_left) = cursor.duration.value(&self.durations);
        let (offset, offsets_left) = cursor.offset.value(&self.offsets);
        let count = [durations_left, offsets_left].into_iter().flatten().map(u64::from).fold(left, u64::min);
        let stretch = Stretch { first_cts: cursor.dts.saturating_add(offset), count, duration };
        cursor.duration.advance(count);
        cursor.offset.advance(count);
        cursor.dts = cursor.dts.saturating_add(ticks(count, duration));
        stretch
    }

    /// The first `count` samples in stretches, as few as the runs allow.
    pub fn stretches(&self, count: u64) -> impl Iterator<Item = Stretch> {
        let mut cursor = TimeCursor::default();
        let mut left = count;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let stretch = self.stretch(&mut cursor, left);
            left -= stretch.count;
            Some(stretch)
        })
    }

    /// A cursor at the sample of that index.
    pub fn cursor_at(&self, index: u64) -> TimeCursor {
        let mut cursor = TimeCursor::default();
        let mut left = index;
        while left > 0 {
            left -= self.stretch(&mut cursor, left).count;
        }
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> Times {
        Times::new(vec![(3, 10), (0, 99), (2, 20)], vec![(1, 20), (2, 0), (2, -5)])
    }

    #[test]
    fn runs_give_times_and_the_last_one_goes_on() {
        let mut cursor = TimeCursor::default();
        let all: Vec<(i64, i64, u32)> = (0..6)
            .map(|_| times().next(&mut cursor))
            .map(|time| (time.dts, time.cts, time.duration))
            .collect();
        assert_eq!(all, [(0, 20, 10), (10, 10, 10), (20, 20, 10), (30, 25, 20), (50, 45, 20), (70, 65, 20)]);
    }

    #[test]
    fn stretches_and_cursors_agree_with_one_by_one() {
        let times = times();
        let whole: Vec<Stretch> = times.stretches(7).collect();
        assert_eq!(whole.iter().map(|stretch| stretch.count).collect::<Vec<_>>(), [1, 2, 2, 2]);
        let from_stretches: Vec<i64> =
            whole.iter().flat_map(|stretch| (0..stretch.count).map(|index| stretch.cts(index))).collect();
        for (index, &cts) in from_stretches.iter().enumerate() {
            assert_eq!(times.next(&mut times.cursor_at(index as u64)).cts, cts, "{index}");
        }
    }

    #[test]
    fn four_thousand_million_samples_cost_nothing() {
        let times = Times::new(vec![(u32::MAX, u32::MAX); 3], Vec::new());
        assert_eq!(times.stretches(3 * u64::from(u32::MAX)).count(), 3);
        let time = times.next(&mut times.cursor_at(u64::from(u32::MAX)));
        assert_eq!(time.dts, i64::MAX, "saturated");
    }
}
