//! Vertical: one large region at the left edge, one or two columns of small ones at the right.

use super::{ColumnOrder, Layout, MAX_REGIONS, Occupant, Region, RenderMode};
use crate::color::Alpha;
use crate::geometry::UnitRect;
use crate::id::UserId;

/// Places `shown`, the first 17 users; the large one is in fit mode, the small ones are cropped.
///
/// Without the large user among them the large area stays empty, and the tier is the smallest whose columns hold all.
/// Then only 16 of 17 find a place.
pub(super) fn resolve(
    large: Option<&UserId>,
    shown: &[UserId],
    waiting: &[UserId],
    column_order: ColumnOrder,
) -> Layout {
    if shown.is_empty() {
        return Layout::default();
    }
    let large = large.filter(|uid| shown.contains(uid));
    let smalls = shown.iter().filter(|uid| Some(*uid) != large);
    let tier = Tier::holding(shown.len() - usize::from(large.is_some()));
    let mut layout = Layout::default();
    layout.regions.push(Region {
        occupant: large.map_or(Occupant::NobodyLarge, |uid| Occupant::User(uid.clone())),
        rect: tier.large(),
        alpha: Alpha::OPAQUE,
        render_mode: RenderMode::Fit,
    });
    for (index, uid) in smalls.enumerate() {
        if index < MAX_REGIONS - 1 {
            let rect = tier.small(index as u32, column_order);
            layout.regions.push(Region::preset(uid, rect, RenderMode::Crop));
        } else {
            layout.unplaced.push(uid.clone());
        }
    }
    layout.unplaced.extend_from_slice(waiting);
    layout
}

/// How wide and how tall the small regions are.
#[derive(Clone, Copy)]
enum Tier {
    /// One column of so many rows; a small region is `1 / (rows + 1)` of the canvas wide.
    OneColumn(u32),
    /// Two columns of eight rows, each a tenth of the canvas wide.
    TwoColumns,
}

impl Tier {
    fn holding(smalls: usize) -> Self {
        match smalls {
            0..=4 => Self::OneColumn(4),
            5..=6 => Self::OneColumn(6),
            7..=8 => Self::OneColumn(8),
            _ => Self::TwoColumns,
        }
    }

    fn large(self) -> UnitRect {
        let rows = match self {
            Self::OneColumn(rows) => rows,
            Self::TwoColumns => 4,
        };
        UnitRect::from_ratios((0, rows, rows + 1), (0, 1, 1))
    }

    fn small(self, index: u32, column_order: ColumnOrder) -> UnitRect {
        match self {
            Self::OneColumn(rows) => UnitRect::from_ratios((rows, 1, rows + 1), (index, 1, rows)),
            Self::TwoColumns => {
                let column = match column_order {
                    ColumnOrder::OuterFirst => 9 - index / 8,
                    ColumnOrder::InnerFirst => 8 + index / 8,
                };
                UnitRect::from_ratios((column, 1, 10), (index % 8, 1, 8))
            }
        }
    }
}
