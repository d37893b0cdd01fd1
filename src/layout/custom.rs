//! Custom: regions as the request lists them, later ones on top.

use super::{Layout, MAX_REGIONS, Occupant, Region, RegionSpec};
use crate::id::UserId;

/// Named regions show their user or nobody; free ones are filled, in order, with the users whom no region names.
/// Regions beyond [`MAX_REGIONS`], which no request has, are left out.
pub(super) fn resolve(specs: &[RegionSpec], users: &[UserId]) -> Layout {
    let specs = &specs[..specs.len().min(MAX_REGIONS)];
    let named = |uid: &UserId| specs.iter().any(|spec| spec.uid.as_ref() == Some(uid));
    let mut unnamed = users.iter().filter(|uid| !named(uid));
    let regions = specs
        .iter()
        .map(|spec| {
            let occupant = match &spec.uid {
                Some(uid) if users.contains(uid) => Occupant::User(uid.clone()),
                Some(uid) => Occupant::Absent(uid.clone()),
                None => unnamed.next().map_or(Occupant::Nobody, |uid| Occupant::User(uid.clone())),
            };
            let RegionSpec { rect, alpha, render_mode, .. } = *spec;
            Region { occupant, rect, alpha, render_mode }
        })
        .collect();
    Layout { regions, unplaced: unnamed.cloned().collect() }
}
