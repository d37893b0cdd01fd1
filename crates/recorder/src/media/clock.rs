//! From containers' clocks to nanoseconds: exactly, to the nearest one, each stamp for itself.

use std::time::Duration;

use polyptych::Timestamp;

/// Nanoseconds of `num / den` seconds, to the nearest one; saturates. A `den` of 0 counts as 1.
pub(super) fn nanos(num: i128, den: i128) -> i64 {
    let den = den.max(1);
    let nanos = num.saturating_mul(1_000_000_000).saturating_add(den / 2).div_euclid(den);
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// The moment of `num / den` seconds.
pub(super) fn moment(num: i128, den: i128) -> Timestamp {
    Timestamp::from_nanos(nanos(num, den))
}

/// A length of `num / den` seconds; zero where it is negative.
pub(super) fn length(num: i128, den: i128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos(num, den)).unwrap_or(0))
}

/// `at` counted from `zero` on; saturates.
pub(super) fn since(at: Timestamp, zero: Timestamp) -> Timestamp {
    Timestamp::from_nanos(at.as_nanos().saturating_sub(zero.as_nanos()))
}

/// `at`, which counts from `zero` on, in the container's own count; saturates.
pub(super) fn from_zero(at: Timestamp, zero: Timestamp) -> Timestamp {
    Timestamp::from_nanos(at.as_nanos().saturating_add(zero.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_exact_after_a_day_and_saturate() {
        let day = 86_400_i128;
        assert_eq!(nanos(day * 90_000 + 1, 90_000), 86_400_000_011_111);
        assert_eq!(nanos(-1, 3), -333_333_333);
        assert_eq!(nanos(i128::MAX, 1), i64::MAX);
        assert_eq!(nanos(i128::MIN, 1), i64::MIN);
        assert_eq!(nanos(1, 0), 1_000_000_000);
        assert_eq!(length(-5, 1), Duration::ZERO);
    }
}
