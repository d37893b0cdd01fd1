//! Times as descriptions state them: seconds, to the nanosecond.

use std::fmt::Write;

use polyptych::Timestamp;

/// The latest time that a description may state, in seconds: a year.
pub const MAX_SECONDS: u32 = 365 * 24 * 3600;

/// Decimals of a second that a time has.
const DECIMALS: i64 = 9;

/// Why a number is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecondsFlaw {
    /// It lies before the recording.
    #[error("negative")]
    Negative,
    /// It lies beyond [`MAX_SECONDS`].
    #[error("too late")]
    TooLate,
    /// It is no number as JSON writes them.
    #[error("not a number")]
    NotANumber,
}

/// Reads seconds as JSON writes numbers (RFC 8259, 6), exactly: `0.1` is 100,000,000 ns, and so is `1e-1`. Parts of a nanosecond are
/// rounded, halves up: what was added up in floating point is written with seventeen digits.
///
/// # Errors
/// The reason why it is no time.
pub fn parse_seconds(text: &str) -> Result<Timestamp, SecondsFlaw> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if whole.is_empty()
        || exponent_digits.is_empty()
        || ![whole, fraction, exponent_digits].into_iter().all(are_digits)
    {
        return Err(SecondsFlaw::NotANumber);
    }
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(Timestamp::ZERO);
    }
    if is_negative {
        return Err(SecondsFlaw::Negative);
    }
    // Beyond an i64 the sign alone matters.
    let exponent: i64 =
        exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let count = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    // So many digits are whole nanoseconds, and the first of them is not 0: eighteen are too late.
    let places = exponent.saturating_add(count(digits) - count(fraction)).saturating_add(DECIMALS);
    let Ok(places) = usize::try_from(places.clamp(-1, 18)) else { return Ok(Timestamp::ZERO) };
    let padded = format!("{digits:0<places$}");
    let (whole, parts) = padded.split_at(places);
    let is_up = parts.starts_with(['5', '6', '7', '8', '9']);
    let nanos = whole.parse().unwrap_or(0_i64) + i64::from(is_up);
    if nanos > i64::from(MAX_SECONDS) * 1_000_000_000 {
        return Err(SecondsFlaw::TooLate);
    }
    Ok(Timestamp::from_nanos(nanos))
}

/// Writes a time as seconds, as short as it can be written exactly.
#[must_use]
pub fn print_seconds(at: Timestamp) -> String {
    let nanos = at.as_nanos();
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let mut text = format!("{sign}{}", nanos / 1_000_000_000);
    let fraction = nanos % 1_000_000_000;
    if fraction > 0 {
        let digits = format!("{fraction:09}");
        let _infallible = write!(text, ".{}", digits.trim_end_matches('0'));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_are_exact_to_the_nanosecond() {
        for (text, nanos) in [
            ("0", 0),
            ("-0.0", 0),
            ("0e999999999999999999999", 0),
            ("10", 10_000_000_000),
            ("10.0", 10_000_000_000),
            ("0.1", 100_000_000),
            ("1e-9", 1),
            ("61.200000001", 61_200_000_001),
            ("0.0000000010", 1),
            ("1.5E+1", 15_000_000_000),
            ("1500e-2", 15_000_000_000),
            ("31536000", 31_536_000_000_000_000),
            ("0.6000000000000001", 600_000_000),
            ("0.6000000004999999", 600_000_000),
            ("0.6000000005", 600_000_001),
            ("59.99999999999999", 60_000_000_000),
            ("31535999.99999999999", 31_536_000_000_000_000),
            ("4.9e-10", 0),
            ("5e-10", 1),
            ("9e-11", 0),
            ("1e-99999999999999999999", 0),
        ] {
            assert_eq!(parse_seconds(text), Ok(Timestamp::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn seconds_that_are_no_time() {
        for (text, flaw) in [
            ("-1", SecondsFlaw::Negative),
            ("-1e-99999999999999999999", SecondsFlaw::Negative),
            ("31536000.000000001", SecondsFlaw::TooLate),
            ("1e99999999999999999999", SecondsFlaw::TooLate),
            ("123456789012345678901234567890", SecondsFlaw::TooLate),
            ("", SecondsFlaw::NotANumber),
            ("1e", SecondsFlaw::NotANumber),
            ("+1", SecondsFlaw::NotANumber),
            ("1.5.2", SecondsFlaw::NotANumber),
            ("1e+-2", SecondsFlaw::NotANumber),
        ] {
            assert_eq!(parse_seconds(text), Err(flaw), "{text}");
        }
    }

    proptest! {
        #[test]
        fn seconds_come_back_as_they_were(nanos in 0..=31_536_000_000_000_000_i64) {
            let at = Timestamp::from_nanos(nanos);
            prop_assert_eq!(parse_seconds(&print_seconds(at)), Ok(at));
            prop_assert_eq!(parse_seconds(&format!("{nanos}e-9")), Ok(at));
        }

        #[test]
        fn seconds_of_floating_point_are_the_nearest_nanosecond(seconds in 0.0..1e6_f64) {
            let found = parse_seconds(&seconds.to_string()).expect("a time").as_nanos();
            let exact = (seconds.fract() * 1e9).round() as i64 + seconds.trunc() as i64 * 1_000_000_000;
            prop_assert!(found.abs_diff(exact) <= 1, "{seconds}: {found}");
        }

        #[test]
        fn seconds_of_any_text_do_not_panic(text in "[-+0-9.eE]{0,40}") {
            let _ = parse_seconds(&text);
        }
    }
}
