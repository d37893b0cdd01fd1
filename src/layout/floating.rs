//! Floating: the first user fills the canvas, up to sixteen others stand upon them from the bottom left.

use super::{Region, RenderMode};
use crate::geometry::UnitRect;
use crate::id::UserId;

/// Regions for at most 17 users, in join order. All cropped.
pub(super) fn regions(users: &[UserId]) -> Vec<Region> {
    users
        .iter()
        .enumerate()
        .map(|(index, uid)| {
            let rect = index.checked_sub(1).map_or(UnitRect::WHOLE, small);
            Region::preset(uid, rect, RenderMode::Crop)
        })
        .collect()
}

/// Left to right, rows upward: a pitch of 247/1000 of the canvas, regions of 235/1000, a margin of 12/1000.
fn small(index: usize) -> UnitRect {
    let (column, row) = (index as u32 % 4, index as u32 / 4);
    UnitRect::from_ratios((12 + 247 * column, 235, 1000), (1000 - 247 * (row + 1), 235, 1000))
}
