//! Time as this stage counts it: exact, so that a sample has one place for ever.
//!
//! A nanosecond and the time between two samples at 48,000 Hz have no common whole unit but a third of a nanosecond: a sample
//! lasts 62,500 of them. All arithmetic is in these, called ticks here, so nothing is rounded but where it is said.

use polyptych::Timestamp;

/// Ticks of a nanosecond.
const PER_NANO: i64 = 3;

/// Ticks of a second.
pub(super) const PER_SECOND: i64 = 1_000_000_000 * PER_NANO;

/// Ticks of a millisecond.
pub(super) const PER_MILLI: i64 = PER_SECOND / 1000;

/// Ticks from one sample to the next at 48,000 Hz.
pub(super) const PER_SAMPLE: i64 = PER_SECOND / crate::encode::SAMPLE_RATE as i64;

/// Farthest time from zero, in nanoseconds: 31 years. What claims to be farther away is taken as this.
const FARTHEST_NANOS: i128 = 1_000_000_000_000_000_000;

/// The time of something `at` from a file's zero, which lies at `zero` of the recording.
pub(super) fn ticks(zero: Timestamp, at: Timestamp) -> i64 {
    let nanos = i128::from(zero.as_nanos()) + i128::from(at.as_nanos());
    // Within 10^18, so times three it fits.
    nanos.clamp(-FARTHEST_NANOS, FARTHEST_NANOS) as i64 * PER_NANO
}

/// The first sample that is not before `at`: the first one of what begins then, and the end of what ends then.
#[must_use]
pub fn first_sample_at(at: Timestamp) -> i64 {
    ceil_to_sample(ticks(Timestamp::ZERO, at))
}

/// The first sample that is not before this time.
pub(super) fn ceil_to_sample(ticks: i64) -> i64 {
    -(-ticks).div_euclid(PER_SAMPLE)
}

/// The time of the sample that is nearest.
pub(super) fn round_to_sample(ticks: i64) -> i64 {
    (ticks + PER_SAMPLE / 2).div_euclid(PER_SAMPLE) * PER_SAMPLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stand_at_their_exact_times_for_a_day() {
        for n in [0_i64, 1, 2, 3, 47_999, 48_000, 24 * 3600 * 48_000 + 1] {
            let exact = i128::from(n) * 1_000_000_000 / 48_000;
            let whole = i128::from(n) * 1_000_000_000 % 48_000 == 0;
            let at = Timestamp::from_nanos(exact as i64);
            assert_eq!(first_sample_at(at), if whole { n } else { n.max(1) }, "sample {n}");
            assert_eq!(first_sample_at(Timestamp::from_nanos(exact as i64 + 1)), n + 1, "after sample {n}");
        }
    }

    #[test]
    fn times_before_zero_round_upwards_too() {
        assert_eq!(first_sample_at(Timestamp::from_nanos(-1)), 0);
        assert_eq!(first_sample_at(Timestamp::from_nanos(-20_834)), -1);
        assert_eq!(round_to_sample(-PER_SAMPLE + 1), -PER_SAMPLE);
    }

    #[test]
    fn absurd_times_do_not_wrap() {
        assert!(ticks(Timestamp::MAX, Timestamp::MAX) > 0);
        assert!(ticks(Timestamp::MIN, Timestamp::MIN) < 0);
        assert!(first_sample_at(Timestamp::MAX) > 0 && first_sample_at(Timestamp::MIN) < 0);
    }
}
