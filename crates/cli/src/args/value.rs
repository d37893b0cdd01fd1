//! Values of flags as they are typed.

use polyptych::{MAX_SIDE, Matrix, PixelAspect, Rotation, Size, UserId};

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

fn assigned<T>(text: &str, expected: &str, value: impl Fn(&str) -> Option<T>) -> Result<Assigned<T>, String> {
    let parsed = text.split_once('=').and_then(|(uid, text)| Some((user(uid).ok()?, value(text)?)));
    parsed.ok_or_else(|| format!("expected UID=VALUE, the value {expected}"))
}
