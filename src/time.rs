//! Recording time, counted in nanoseconds, and output ticks, computed without drift.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// A moment of the recording in nanoseconds; only differences mean anything.
///
/// The engine reads no clock: the caller decides where 0 lies. Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The origin of recording time.
    pub const ZERO: Self = Self(0);
    /// The earliest moment that can be expressed.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment that can be expressed.
    pub const MAX: Self = Self(i64::MAX);

    /// A moment in nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A moment in milliseconds; saturates.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A moment in seconds; saturates.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds from the origin.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment lies; zero where it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        if self.0 <= earlier.0 {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.0.abs_diff(earlier.0))
    }
}

fn saturating_nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(saturating_nanos(duration)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09} s", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

/// Output frames a second as an exact ratio, such as 30/1 or 30000/1001.
///
/// # Guarantees
/// Numerator and denominator are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// `num / den` frames a second, or `None` where either is 0.
    #[must_use]
    pub const fn new(num: u32, den: u32) -> Option<Self> {
        if num == 0 || den == 0 {
            return None;
        }
        Some(Self { num, den })
    }

    /// Frames in `den()` seconds.
    #[must_use]
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Seconds in which `num()` frames are shown.
    #[must_use]
    pub const fn den(self) -> u32 {
        self.den
    }

    /// The moment of tick `index`: `index × den / num` seconds, rounded to the nearest nanosecond.
    ///
    /// Each tick is computed from its index, so nothing accumulates. Saturates past 292 years.
    ///
    /// ```
    /// use polyptych::{FrameRate, Timestamp};
    /// let ntsc = FrameRate::new(30_000, 1001).expect("not zero");
    /// let day = 24 * 3600 * 30_000 / 1001;
    /// assert_eq!(ntsc.tick(day), Timestamp::from_nanos(86_399_980_333_333));
    /// ```
    #[must_use]
    pub fn tick(self, index: u64) -> Timestamp {
        let num = i128::from(self.num);
        let nanos = i128::from(index) * i128::from(self.den) * NANOS_PER_SECOND;
        Timestamp(i64::try_from((nanos + num / 2) / num).unwrap_or(i64::MAX))
    }
}

/// As its ratio, such as `30/1`.
impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}
