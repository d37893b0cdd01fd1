//! Best fit: a grid that grows with the number of users, filled row by row from the top left.

use super::{Region, RenderMode};
use crate::geometry::UnitRect;
use crate::id::UserId;

/// Regions for at most 17 users, in join order. All cropped; empty cells show the canvas.
pub(super) fn regions(users: &[UserId]) -> Vec<Region> {
    let count = users.len();
    let region = |(index, uid)| Region::preset(uid, cell(index as u32, count), RenderMode::Crop);
    users.iter().enumerate().map(region).collect()
}

fn cell(index: u32, count: usize) -> UnitRect {
    let (columns, rows) = match count {
        0..=1 => (1, 1),
        2 => (2, 1),
        3..=4 => (2, 2),
        5..=9 => (3, 3),
        10..=16 => (4, 4),
        _ => return cell_of_17(index),
    };
    UnitRect::from_ratios((index % columns, 1, columns), (index / columns, 1, rows))
}

/// Four rows of four, centred, and the last user alone in the middle of a fifth row.
fn cell_of_17(index: u32) -> UnitRect {
    match index {
        0..16 => UnitRect::from_ratios((1 + 2 * (index % 4), 2, 10), (index / 4, 1, 5)),
        _ => UnitRect::from_ratios((2, 1, 5), (4, 1, 5)),
    }
}
