//! A recording cut into parts that machines render side by side.

use std::ops::Range;

/// The ticks of part `index` (from 0) of `count` parts: they begin at multiples of the keyframe interval, follow each other, and
/// are as equally long as that allows. Empty where there are more parts than keyframe intervals, or no such part.
#[must_use]
pub fn part(ticks: u64, keyframe_interval: u32, index: u32, count: u32) -> Range<u64> {
    if index >= count {
        return ticks..ticks;
    }
    let interval = u64::from(keyframe_interval.max(1));
    let intervals = u128::from(ticks.div_ceil(interval));
    let bound = |index: u32| {
        let before = intervals * u128::from(index) / u128::from(count);
        // No more than the intervals that there are.
        let before = u64::try_from(before).unwrap_or(u64::MAX);
        before.saturating_mul(interval).min(ticks)
    };
    bound(index)..bound(index.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_begin_at_keyframes() {
        for (ticks, interval, count) in [(2850, 60, 3), (100, 7, 7), (1, 60, 1), (59, 60, 4), (600, 1, 7)] {
            let mut next = 0;
            for index in 0..count {
                let part = part(ticks, interval, index, count);
                assert_eq!(part.start, next);
                assert!(part.is_empty() || part.start.is_multiple_of(u64::from(interval)), "{part:?}");
                next = part.end;
            }
            assert_eq!(next, ticks);
        }
    }

    #[test]
    fn parts_differ_by_one_keyframe_interval_at_most() {
        let lengths: Vec<_> =
            (0..7).map(|index| part(6000, 60, index, 7)).map(|part| part.end - part.start).collect();
        assert_eq!(
            lengths.iter().max().zip(lengths.iter().min()).map(|(most, least)| most - least),
            Some(60)
        );
    }

    #[test]
    fn numbers_beyond_any_recording_are_no_fault() {
        assert!(part(10, 0, 5, 5).is_empty());
        assert!(part(10, 60, 0, 0).is_empty());
        assert_eq!(part(u64::MAX, u32::MAX, u32::MAX - 1, u32::MAX).end, u64::MAX);
    }
}
