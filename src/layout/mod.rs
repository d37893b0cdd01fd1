//! Who goes where: a validated wish and the users in join order become regions in fractions of the canvas.
//!
//! Pure functions, one layout a file. No pixels here: `plan` rounds fractions to them.

mod best_fit;
mod custom;
mod expand;
mod floating;
mod spec;
mod vertical;

pub use expand::{ExpandError, expand};
pub use spec::{Arrangement, LayoutSpec, MAX_REGIONS, RegionSpec, RenderMode, UserBackground};

use crate::color::Alpha;
use crate::geometry::UnitRect;
use crate::id::UserId;

/// Which column of a vertical layout of 10 to 17 users is filled first.
///
/// The vendor's figure and its sample programs disagree; the figure was corrected later and is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColumnOrder {
    /// The column at the canvas's right edge (x = 0.9) first.
    #[default]
    OuterFirst,
    /// The column beside the large area (x = 0.8) first.
    InnerFirst,
}

/// Who stands in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occupant {
    /// A user in the channel.
    User(UserId),
    /// A user whom the request names and who has no place in the channel now.
    Absent(UserId),
    /// Nobody: a free region that no user was left for.
    Nobody,
    /// Nobody: the large area of a vertical layout without its user.
    NobodyLarge,
}

impl Occupant {
    /// The user who is shown, if one is.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User(uid) => Some(uid),
            Self::Absent(_) | Self::Nobody | Self::NobodyLarge => None,
        }
    }
}

/// A place on the canvas and who stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Who stands there.
    pub occupant: Occupant,
    /// Where, in fractions of the canvas.
    pub rect: UnitRect,
    /// How opaque the picture is.
    pub alpha: Alpha,
    /// How the picture is placed.
    pub render_mode: RenderMode,
}

impl Region {
    fn preset(uid: &UserId, rect: UnitRect, render_mode: RenderMode) -> Self {
        Self { occupant: Occupant::User(uid.clone()), rect, alpha: Alpha::OPAQUE, render_mode }
    }
}

/// The regions of a canvas, bottom first, and the users who found none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Bottom first: predefined layouts in join order (vertical: the large area first), custom ones as listed.
    pub regions: Vec<Region>,
    /// Users without a region, in join order.
    pub unplaced: Vec<UserId>,
}

/// Places users by the rule that a layout asks for.
///
/// `users` are those who take a place, in join order, no one twice: in the channel and their video subscribed.
#[must_use]
pub fn resolve(arrangement: &Arrangement, users: &[UserId], column_order: ColumnOrder) -> Layout {
    let (shown, waiting) = users.split_at(users.len().min(MAX_REGIONS));
    let preset = |regions| Layout { regions, unplaced: waiting.to_vec() };
    match arrangement {
        Arrangement::Floating => preset(floating::regions(shown)),
        Arrangement::BestFit => preset(best_fit::regions(shown)),
        Arrangement::Vertical { large } => vertical::resolve(large.as_ref(), shown, waiting, column_order),
        Arrangement::Custom(specs) => custom::resolve(specs, users),
    }
}
