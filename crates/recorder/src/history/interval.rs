//! Stretches of time.

use polyptych::Timestamp;

/// From the first moment to before the second, which is later.
pub type Interval = (Timestamp, Timestamp);

/// What two intervals have in common, if anything.
pub(super) fn overlap(a: Interval, b: Interval) -> Option<Interval> {
    let (from, to) = (a.0.max(b.0), a.1.min(b.1));
    (from < to).then_some((from, to))
}

/// Those of a sorted list, without overlaps, that reach into an interval.
pub(super) fn reaching(list: &[Interval], into: Interval) -> &[Interval] {
    let first = list.partition_point(|(_, to)| *to <= into.0);
    let end = list.partition_point(|(from, _)| *from < into.1);
    list.get(first..end).unwrap_or_default()
}

/// What two sorted lists of intervals, each without overlaps, have in common; touching ones stay apart.
pub(super) fn intersect(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    let mut common = Vec::new();
    while let (Some(left), Some(right)) = (a.peek().copied(), b.peek().copied()) {
        common.extend(overlap(left, right));
        if left.1 <= right.1 {
            a.next()
        } else {
            b.next()
        };
    }
    common
}
