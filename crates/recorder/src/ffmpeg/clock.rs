//! Times as the program prints them: whole ticks of a stated length.

use polyptych::Timestamp;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// A moment of a container's own time: `ticks × num / den` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) ticks: i64,
    pub(super) base: TimeBase,
}

/// How long a tick lasts, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeBase {
    num: u32,
    den: u32,
}

impl TimeBase {
    pub(super) const NANOSECOND: Self = Self { num: 1, den: 1_000_000_000 };

    /// `num / den` seconds, or `None` where either is 0.
    pub(super) fn new(num: u32, den: u32) -> Option<Self> {
        (num != 0 && den != 0).then_some(Self { num, den })
    }

    /// Reads `1/90000`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (num, den) = text.split_once('/')?;
        Self::new(num.parse().ok()?, den.parse().ok()?)
    }
}

impl Moment {
    /// The origin of whatever time.
    pub(super) const ZERO: Self = Self { ticks: 0, base: TimeBase { num: 1, den: 1 } };

    /// How long after `zero` this is, rounded once, to the nearest nanosecond: the difference of two rounded moments would put
    /// some pictures a nanosecond behind the tick at which they are due, and so a whole tick late.
    pub(super) fn after(self, zero: Self) -> Timestamp {
        // Below 2^63 × 2^32 × 2^32 each: it is the nanoseconds that may not fit, beyond 292 years.
        let (here, there) = (self.numerator(zero), zero.numerator(self));
        let den = i128::from(self.base.den) * i128::from(zero.base.den);
        let nanos = here.checked_sub(there).and_then(|ticks| rounded(ticks, den));
        let beyond = if here < there { i64::MIN } else { i64::MAX };
        Timestamp::from_nanos(nanos.and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(beyond))
    }

    /// The earlier one.
    pub(super) fn min(self, other: Self) -> Self {
        if other.numerator(self) < self.numerator(other) { other } else { self }
    }

    /// What stands above the denominator that it has in common with `other`.
    fn numerator(self, other: Self) -> i128 {
        i128::from(self.ticks) * i128::from(self.base.num) * i128::from(other.base.den)
    }
}

/// Where a file's times are counted from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Zero {
    moment: Moment,
    /// How far the zero lies behind `moment`, which is the nearest whole tick, in nanoseconds.
    behind: i64,
}

impl Zero {
    /// The zero at a moment that the program tells.
    pub(super) const fn at(moment: Moment) -> Self {
        Self { moment, behind: 0 }
    }

    /// The zero from which on `first` is counted as `at`. Whole ticks stay whole, so that times behind it are rounded once.
    pub(super) fn before(first: Moment, at: Timestamp) -> Self {
        let (num, den) = (i128::from(first.base.num), i128::from(first.base.den));
        let tick = num * NANOS_PER_SECOND;
        let ticks = (i128::from(at.as_nanos()) * den + tick / 2).div_euclid(tick);
        let ticks = i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX });
        let moment = Moment { ticks: first.ticks.saturating_sub(ticks), ..first };
        let whole = Moment { ticks, ..first }.after(Moment::ZERO);
        let behind = whole.as_nanos().saturating_sub(at.as_nanos());
        // `at` is a difference of two rounded times, and so may be off by one.
        Self { moment, behind: if behind.abs() <= 1 { 0 } else { behind } }
    }

    /// The time of a moment, counted from here.
    pub(super) fn count(self, moment: Moment) -> Timestamp {
        Timestamp::from_nanos(moment.after(self.moment).as_nanos().saturating_sub(self.behind))
    }

    /// What is counted as `at`, in seconds of the container's time as the program reads them; rounded down to microseconds,
    /// which is as fine as the program seeks.
    pub(super) fn seconds_at(self, at: Timestamp) -> String {
        let origin = i128::from(self.moment.after(Moment::ZERO).as_nanos()) + i128::from(self.behind);
        let micros = (origin + i128::from(at.as_nanos())).div_euclid(1000);
        let sign = if micros < 0 { "-" } else { "" };
        let micros = micros.unsigned_abs();
        format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

/// `ticks / den` seconds in nanoseconds, halves upwards. Whole seconds are taken out first, so that nothing overflows.
fn rounded(ticks: i128, den: i128) -> Option<i128> {
    let (seconds, rest) = (ticks.div_euclid(den), ticks.rem_euclid(den));
    // `rest` is below 2^64, so its nanoseconds stay below 2^94.
    seconds.checked_mul(NANOS_PER_SECOND)?.checked_add((rest * NANOS_PER_SECOND + den / 2) / den)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(ticks: i64, base: &str) -> Moment {
        Moment { ticks, base: TimeBase::parse(base).expect("a time base") }
    }

    #[test]
    fn moment_is_rounded_once() {
        // A transport stream that begins at 1.46667 s: its second picture is due at the second tick of 30 a second, not behind it.
        let zero = moment(132_000, "1/90000");
        for tick in 0..100 {
            let due = polyptych::FrameRate::new(30, 1).expect("a rate").tick(tick);
            let ticks = 132_000 + 3_000 * i64::try_from(tick).expect("small");
            assert_eq!(moment(ticks, "1/90000").after(zero), due);
        }
        assert_eq!(moment(1, "1/3").after(moment(1, "1/48000")).as_nanos(), 333_312_500);
        assert_eq!(moment(-1, "1/3").after(Moment::ZERO).as_nanos(), -333_333_333);
    }

    #[test]
    fn moment_beyond_reach_is_the_last() {
        let far = moment(i64::MAX, "4294967295/1");
        assert_eq!(far.after(moment(i64::MIN, "1/4294967295")), Timestamp::MAX);
        assert_eq!(moment(i64::MIN, "4294967295/1").after(far), Timestamp::MIN);
    }

    #[test]
    fn zero_is_told_in_seconds() {
        let zero = |ticks, base| Zero::at(moment(ticks, base));
        assert_eq!(zero(132_000, "1/90000").seconds_at(Timestamp::from_millis(100)), "1.566666");
        assert_eq!(zero(-7, "1/1000").seconds_at(Timestamp::from_nanos(1)), "-0.007000");
        assert_eq!(Zero::at(Moment::ZERO).seconds_at(Timestamp::MAX), "9223372036.854775");
    }

    #[test]
    fn zero_is_found_from_a_first_picture() {
        let first = moment(7_000, "1/15360");
        let third = Timestamp::from_nanos(333_333_333);
        let zero = Zero::before(first, third);
        assert_eq!(zero, Zero::at(moment(7_000 - 5_120, "1/15360")));
        assert_eq!(zero.count(moment(7_000 + 5_120, "1/15360")).as_nanos(), 666_666_667);
        // Sound begins at 0, and the picture between two ticks of its own clock.
        for nanos in [0, 1_000_003, -20_000_000, i64::MAX] {
            let at = Timestamp::from_nanos(nanos);
            assert_eq!(Zero::before(moment(90, "1/1000"), at).count(moment(90, "1/1000")), at);
        }
        assert_eq!(
            Zero::before(moment(90, "1/1000"), Timestamp::from_nanos(1_000_003)).seconds_at(third),
            "0.422333"
        );
    }

    #[test]
    fn earlier_moment_is_found_across_time_bases() {
        let (a, b) = (moment(-7, "1/1000"), moment(-335, "1/48000"));
        assert_eq!((a.min(b), b.min(a)), (a, a));
    }

    #[test]
    fn time_base_of_nothing_is_refused() {
        assert!(["0/1", "1/0", "1", "1/x", "-1/2", ""].iter().all(|text| TimeBase::parse(text).is_none()));
    }
}
