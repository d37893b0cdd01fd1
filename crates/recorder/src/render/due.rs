//! At which tick a picture is due.
//!
//! WebM and Matroska count in milliseconds, so a stamp may lie half of one behind the time that it stands for. Without a tolerance,
//! pictures that come as often as ticks would be late for every third.

use polyptych::{FrameRate, Timestamp};

use crate::history::Interval;

/// How far behind a tick a picture still counts as the tick's.
const TOLERANCE_NANOS: i64 = 500_000;

/// When a picture with the time `at` is shown: the tick that it is at most half a millisecond behind, or its own time. What happens
/// to its user (`turns`, in order) stays before it.
pub(super) fn stamp(at: Timestamp, fps: FrameRate, turns: &[Timestamp]) -> Timestamp {
    let (num, den) = (i128::from(fps.num()), i128::from(fps.den()));
    let index = i128::from(at.as_nanos()) * num / (den * 1_000_000_000);
    match u64::try_from(index).map(|index| fps.tick(index)) {
        Ok(tick) if tick <= at && is_due(at, tick, turns) => tick,
        _ => at,
    }
}

/// Whether a picture with the time `at` is due at the tick `t`.
pub(super) fn is_due(at: Timestamp, t: Timestamp, turns: &[Timestamp]) -> bool {
    let behind = at.as_nanos().saturating_sub(t.as_nanos());
    behind <= 0 || behind <= TOLERANCE_NANOS && !is_any_within(turns, t, at)
}

/// Whether one of these times, which are in order, lies behind `after` and not behind `until`.
pub(super) fn is_any_within(times: &[Timestamp], after: Timestamp, until: Timestamp) -> bool {
    let index = times.partition_point(|time| *time <= after);
    times.get(index).is_some_and(|time| *time <= until)
}

/// Whether a time lies in one of these intervals, which are in order.
pub(super) fn is_within(intervals: &[Interval], at: Timestamp) -> bool {
    let index = intervals.partition_point(|(_, to)| *to <= at);
    intervals.get(index).is_some_and(|(from, _)| *from <= at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: i64 = 1_000_000;

    #[test]
    fn a_stamp_of_whole_milliseconds_belongs_to_its_tick() {
        let fps = FrameRate::new(30, 1).expect("a rate");
        for tick in 0..3000 {
            let t = fps.tick(tick);
            let rounded = Timestamp::from_nanos((t.as_nanos() + MILLI / 2) / MILLI * MILLI);
            assert_eq!(stamp(rounded, fps, &[]), t.min(rounded), "tick {tick}");
            assert!(is_due(rounded, t, &[]));
        }
        let late = fps.tick(5) + std::time::Duration::from_nanos(500_001);
        assert_eq!(stamp(late, fps, &[]), late);
        assert_eq!(stamp(Timestamp::from_nanos(-7), fps, &[]), Timestamp::from_nanos(-7));
    }

    #[test]
    fn what_happens_between_the_tick_and_the_picture_stays_before_it() {
        let fps = FrameRate::new(10, 1).expect("a rate");
        let at = Timestamp::from_nanos(100_000_400);
        for (turn, expected) in
            [(100_000_000, 100_000_000), (100_000_001, 100_000_400), (100_000_400, 100_000_400)]
        {
            let turns = [Timestamp::ZERO, Timestamp::from_nanos(turn), Timestamp::from_secs(1)];
            assert_eq!(stamp(at, fps, &turns).as_nanos(), expected, "{turn}");
        }
    }
}
