//! Where everyone stands: sections 2 and 5 of the layout contract.

mod any;
mod custom;
pub mod expected;
mod pixels;
mod presets;
mod properties;
mod snap;

use polyptych::layout::{Arrangement, Layout, Occupant, resolve};
use polyptych::{ColumnOrder, Rect, Size, UserId};

/// Users `user 0`, `user 1` and so on, in join order.
fn users(count: usize) -> Vec<UserId> {
    (0..count).map(user).collect()
}

fn user(index: usize) -> UserId {
    UserId::from(format!("user {index}"))
}

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a canvas")
}

/// Places users with the default order of columns.
fn place(arrangement: &Arrangement, count: usize) -> Layout {
    resolve(arrangement, &users(count), ColumnOrder::default())
}

fn vertical(large: Option<UserId>) -> Arrangement {
    Arrangement::Vertical { large }
}

/// The pixels of the regions, bottom first.
fn rects(layout: &Layout, canvas: Size) -> Vec<Rect> {
    layout.regions.iter().map(|region| region.rect.snap(canvas)).collect()
}

/// Who stands in the regions, bottom first.
fn occupants(layout: &Layout) -> Vec<Occupant> {
    layout.regions.iter().map(|region| region.occupant.clone()).collect()
}

fn shown(indices: impl IntoIterator<Item = usize>) -> Vec<Occupant> {
    indices.into_iter().map(|index| Occupant::User(user(index))).collect()
}
