//! Values of flags as they are typed.

use polyptych::{MAX_SIDE, Matrix, PixelAspect, Rotation, Size, Timestamp, UserId};

use crate::input::Input;

/// What a flag says about one user.
pub type Assigned<T> = (UserId, T);

/// `1280x720`.
pub fn size(text: &str) -> Result<Size, String> {
    let sides = text
        .split_once(['x', 'X'])
        .and_then(|(width, height)| Size::from_wh(width.parse().ok()?, height.parse().ok()?));
    sides.ok_or_else(|| format!("expected WIDTHxHEIGHT, each 1 to {MAX_SIDE} pixels, such as 1280x720"))
}

/// A uid, which is never empty.
pub fn user(text: &str) -> Result<UserId, String> {
    if text.is_empty() {
        return Err("a uid is empty".to_owned());
    }
    Ok(UserId::new(text))
}

/// `1=anna.png`, or `1` for a user without a picture.
pub fn user_with_picture(text: &str) -> Result<(UserId, Option<Input>), String> {
    match text.split_once('=') {
        None => Ok((user(text)?, None)),
        Some((_, "")) => Err("no picture after the =; leave both out for a user who sends none".to_owned()),
        Some((uid, picture)) => Ok((user(uid)?, Some(Input::from(picture)))),
    }
}

/// `1=90`.
pub fn rotation(text: &str) -> Result<Assigned<Rotation>, String> {
    assigned(text, "degrees 0, 90, 180 or 270", |value| Rotation::from_degrees(value.parse().ok()?))
}

/// `1=4:3`.
pub fn pixel_aspect(text: &str) -> Result<Assigned<(i32, i32)>, String> {
    assigned(text, "WIDTH:HEIGHT within 1:16 and 16:1, such as 4:3", |value| {
        let (num, den) = value.split_once(':')?;
        let (num, den) = (num.parse().ok()?, den.parse().ok()?);
        PixelAspect::new(num, den).map(|_| (num, den))
    })
}

/// `1=bt601`.
pub fn matrix(text: &str) -> Result<Assigned<Matrix>, String> {
    assigned(text, "bt601 or bt709", |value| match value {
        "bt601" => Some(Matrix::Bt601),
        "bt709" => Some(Matrix::Bt709),
        _ => None,
    })
}

/// `2.5`.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0);
    seconds.ok_or_else(|| "expected seconds from the start, 0 or more, such as 2.5".to_owned())
}

/// `61.5`, `1:01.5` or `1:02:03`: a time of a recording, with up to nine decimals.
pub fn time(text: &str) -> Result<Timestamp, String> {
    parse_time(text).ok_or_else(|| {
        "expected seconds, minutes:seconds or hours:minutes:seconds, such as 61.5 or 1:01.5".to_owned()
    })
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = whole.split(':').collect();
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part)) || decimals.len() > 9 {
        return None;
    }
    if text.contains('.') && !is_number(decimals) {
        return None;
    }
    let mut seconds: i64 = 0;
    for (index, part) in parts.iter().enumerate() {
        let part: i64 = part.parse().ok()?;
        if index > 0 && part >= 60 {
            return None;
        }
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    let nanos: i64 = format!("{decimals:0<9}").parse().ok()?;
    Some(Timestamp::from_nanos(seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?))
}

fn assigned<T>(text: &str, expected: &str, value: impl Fn(&str) -> Option<T>) -> Result<Assigned<T>, String> {
    let parsed = text.split_once('=').and_then(|(uid, text)| Some((user(uid).ok()?, value(text)?)));
    parsed.ok_or_else(|| format!("expected UID=VALUE, the value {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        let nanos = |text| time(text).map(Timestamp::as_nanos);
        assert_eq!(nanos("61.5"), Ok(61_500_000_000));
        assert_eq!(nanos("1:01.000000001"), Ok(61_000_000_001));
        assert_eq!(nanos("41:07"), Ok(2_467_000_000_000));
        assert_eq!(nanos("3:00:00"), Ok(10_800_000_000_000));
        for wrong in
            ["", ".", "1.", ":", "1:60", "1:2:3:4", "-1", "1e3", "1.0000000001", "9999999999999", "+1"]
        {
            assert!(time(wrong).is_err(), "{wrong:?}");
        }
    }
}
