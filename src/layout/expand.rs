//! Any layout written out as an equivalent custom one, so that a user can start from it.

use super::{Arrangement, ColumnOrder, LayoutSpec, Occupant, RegionSpec, resolve};
use crate::id::UserId;

/// Why a layout cannot be written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// A custom layout has at least one region, and this one has none for these users.
    #[error("the layout has no region for these users; name at least one user")]
    NoRegion,
}

/// Writes out `spec` for `users` (in join order) as a custom layout that gives the same pixel edges on every canvas.
///
/// Regions name the users they show now; regions that show nobody stay as they were asked for,
/// but for the empty large area of a vertical layout, which is left to the canvas.
/// Colour and images are kept.
///
/// # Errors
/// [`ExpandError::NoRegion`] where there is no region to write.
pub fn expand(
    spec: &LayoutSpec,
    users: &[UserId],
    column_order: ColumnOrder,
) -> Result<LayoutSpec, ExpandError> {
    let layout = resolve(&spec.arrangement, users, column_order);
    let regions: Vec<_> = layout
        .regions
        .into_iter()
        .filter_map(|region| {
            let uid = match region.occupant {
                Occupant::User(uid) | Occupant::Absent(uid) => Some(uid),
                Occupant::Nobody => None,
                Occupant::NobodyLarge => return None,
            };
            let (rect, alpha, render_mode) = (region.rect, region.alpha, region.render_mode);
            Some(RegionSpec { uid, rect, alpha, render_mode })
        })
        .collect();
    if regions.is_empty() {
        return Err(ExpandError::NoRegion);
    }
    Ok(LayoutSpec { arrangement: Arrangement::Custom(regions), ..spec.clone() })
}
