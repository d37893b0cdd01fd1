//! When a recording or a file began, by the clock on the wall.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use polyptych::Timestamp;

/// A moment by the clock on the wall: that of time 0 of a recording, or of a file. Default: 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Started(jiff::Timestamp);

/// Digits of a moment in file names: year to second in 14, and milliseconds.
const STAMP: &str = "%Y%m%d%H%M%S%3f";

impl Started {
    /// Reads a date and a time with its offset (RFC 3339, 5.6), such as `2026-03-01T09:30:00.250+01:00`; `None` where
    /// it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // What jiff takes beyond RFC 3339, signed years and names of zones, is refused by its shape.
        let (date, time) = text.split_at_checked(10)?;
        let is_shaped = date.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        let is_timed =
            time.starts_with(['T', 't', ' ']) && time.get(3..4) == Some(":") && time.get(6..7) == Some(":");
        if !is_shaped || !is_timed || text.contains('[') {
            return None;
        }
        text.parse().ok().map(Self)
    }

    /// Reads the digits of a file's name: `20260301083000`, or with milliseconds `20260301083000250`, in UTC.
    #[must_use]
    pub fn parse_stamp(text: &str) -> Option<Self> {
        if !matches!(text.len(), 14 | 17) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (to_second, millis) = text.split_at_checked(14)?;
        let moment = DateTime::strptime("%Y%m%d%H%M%S", to_second).ok()?;
        let millis: i64 = if millis.is_empty() { 0 } else { millis.parse().ok()? };
        let moment = moment.to_zoned(TimeZone::UTC).ok()?.timestamp();
        moment.checked_add(jiff::SignedDuration::from_millis(millis)).ok().map(Self)
    }

    /// The digits of this moment in file names, in UTC to the millisecond: `20260301083000250`.
    #[must_use]
    pub fn stamp(self) -> String {
        self.0.strftime(STAMP).to_string()
    }

    /// The moment of a recording's time, where this is its beginning; saturates.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        let moved = self.0.checked_add(jiff::SignedDuration::from_nanos(time.as_nanos()));
        Self(moved.unwrap_or(jiff::Timestamp::MAX))
    }

    /// The moment itself.
    #[must_use]
    pub const fn moment(self) -> jiff::Timestamp {
        self.0
    }

    /// Nanoseconds from 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_nanos(self) -> i128 {
        self.0.as_nanosecond()
    }
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn started_reads_rfc_3339_and_stamps() {
        let started = Started::parse("2026-03-01T09:30:00.250+01:00").expect("a moment");
        assert_eq!(started.stamp(), "20260301083000250");
        assert_eq!(started.to_string(), "2026-03-01T08:30:00.25Z");
        assert_eq!(Started::parse_stamp("20260301083000250"), Some(started));
        assert_eq!(started.at(Timestamp::from_millis(750)).stamp(), "20260301083001000");
        assert_eq!(Started::default().stamp(), "19700101000000000");
        assert!(Started::parse_stamp("20260301083000") < Some(started));
    }

    #[test]
    fn started_refuses_what_is_no_moment() {
        for text in
            ["", "2026-03-01", "2026-03-01T09:30:00", "+002026-03-01T09:30:00Z", "2026-13-01T00:00:00Z"]
        {
            assert_eq!(Started::parse(text), None, "{text}");
        }
        assert_eq!(Started::parse("2026-03-01T09:30:00Z[Europe/Berlin]"), None);
        for text in ["20261301083000", "2026030108300", "2026030108300025x"] {
            assert_eq!(Started::parse_stamp(text), None, "{text}");
        }
    }
}
