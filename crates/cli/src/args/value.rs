//! Values of flags as they are typed: sizes and users.

use polyptych::geometry::MAX_SIDE;
use polyptych::{Size, UserId};

/// `1280x720`.
pub fn size(text: &str) -> Result<Size, String> {
    let sides = text
        .split_once(['x', 'X'])
        .and_then(|(width, height)| Size::from_wh(width.parse().ok()?, height.parse().ok()?));
    sides.ok_or_else(|| format!("expected WIDTHxHEIGHT, each 1 to {MAX_SIDE} pixels, such as 1280x720"))
}

/// One of `1,2,3`.
pub fn user(text: &str) -> Result<UserId, String> {
    if text.is_empty() {
        return Err("a uid is empty; list them as --users 1,2,3, or leave --users out".to_owned());
    }
    Ok(UserId::new(text))
}
