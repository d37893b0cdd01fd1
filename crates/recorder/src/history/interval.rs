//! Stretches of time.

use polyptych::Timestamp;

/// From the first moment to before the second, which is later.
pub type Interval = (Timestamp, Timestamp);

/// What two intervals have in common, if anything.
pub(super) fn overlap(a: Interval, b: Interval) -> Option<Interval> {
    let (from, to) = (a.0.max(b.0), a.1.min(b.1));
    (from < to).then_some((from, to))
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
