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

    /// The moment that lies `at` behind this one, in seconds of the container's time as the program reads them; rounded down
    /// to microseconds, which is as fine as the program seeks.
    pub(super) fn seconds_at(self, at: Timestamp) -> String {
        let origin = self.after(Self::ZERO).as_nanos();
        let micros = (i128::from(origin) + i128::from(at.as_nanos())).div_euclid(1000);
        let sign = if micros < 0 { "-" } else { "" };
        let micros = micros.unsigned_abs();
        format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
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
    fn moment_is_told_in_seconds() {
        assert_eq!(moment(132_000, "1/90000").seconds_at(Timestamp::from_millis(100)), "1.566666");
        assert_eq!(moment(-7, "1/1000").seconds_at(Timestamp::from_nanos(1)), "-0.007000");
        assert_eq!(Moment::ZERO.seconds_at(Timestamp::MAX), "9223372036.854775");
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
