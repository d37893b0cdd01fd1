//! Regions that nobody will see: too small for a pixel, or wholly under later ones.

use super::error::WarningKind;
use super::findings::Findings;
use super::path::Path;
use super::wire::Node;
use crate::geometry::{Rect, Size, UnitRect};
use crate::layout::RegionSpec;

/// Without a canvas, edges are compared in parts of the canvas so small that no canvas can tell them apart:
/// fractions that add up in decimals do not in binary.
const PARTS: f64 = 1e9;

/// Warns of every region that stays unseen, taking each later opaque region to show an opaque picture.
pub(super) fn warn_of_unseen(
    path: &Path<'_>,
    items: &[Node<'_>],
    regions: &[Option<RegionSpec>],
    canvas: Option<Size>,
    findings: &mut Findings<'_>,
) {
    let placed =
        |region: &RegionSpec| canvas.map_or_else(|| parts(region.rect), |size| region.rect.snap(size));
    for (index, (item, region)) in items.iter().zip(regions).enumerate() {
        let Some(region) = region else { continue };
        let rect = placed(region);
        let empty = match canvas {
            Some(_) => rect.is_empty(),
            None => region.rect.width() == 0.0 || region.rect.height() == 0.0,
        };
        let later = regions[index + 1..].iter().flatten().filter(|region| region.alpha.is_opaque());
        let kind = if empty {
            WarningKind::NoPixel
        } else if is_covered(rect, &later.map(placed).collect::<Vec<_>>()) {
            WarningKind::Hidden
        } else {
            continue;
        };
        let (place, keys) = (findings.place_of(item), findings.keys());
        findings.warn(&path.index(index), place, || item.shown(keys), || kind);
    }
}

/// The edges in billionths of the canvas.
fn parts(rect: UnitRect) -> Rect {
    // Within 0..=PARTS, which a u32 holds.
    let part = |edge: f64| (edge.min(1.0) * PARTS).round() as u32;
    Rect::new(part(rect.x()), part(rect.y()), part(rect.right()), part(rect.bottom()))
}

/// Whether the union of `covers` holds all of `rect`: their edges cut it into cells, and each must lie in one of them.
fn is_covered(rect: Rect, covers: &[Rect]) -> bool {
    let covers: Vec<Rect> =
        covers.iter().map(|cover| cover.intersect(rect)).filter(|cover| !cover.is_empty()).collect();
    let cuts = |edges: fn(&Rect) -> [u32; 2]| {
        let mut cuts: Vec<u32> = covers.iter().chain([&rect]).flat_map(edges).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    };
    let (columns, rows) = (cuts(|rect| [rect.x0, rect.x1]), cuts(|rect| [rect.y0, rect.y1]));
    // A region of less than a billionth has no cells, and is not hidden for that.
    // Cells begin where two cuts follow each other; the first corner decides, since no edge runs through a cell.
    !rect.is_empty()
        && rows.windows(2).all(|row| {
            columns.windows(2).all(|column| {
                let holds = |cover: &Rect| {
                    (cover.x0..cover.x1).contains(&column[0]) && (cover.y0..cover.y1).contains(&row[0])
                };
                covers.iter().any(holds)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::is_covered;
    use crate::geometry::Rect;

    /// Contract, section 1: the union of later regions counts, not each alone.
    #[test]
    fn cover_by_a_union_and_not_by_its_bounding_box() {
        let rect = Rect::new(2, 2, 8, 8);
        let (left, right) = (Rect::new(0, 0, 4, 10), Rect::new(4, 0, 10, 10));
        assert!(is_covered(rect, &[left, right]));
        assert!(is_covered(rect, &[rect]));
        assert!(!is_covered(rect, &[left, Rect::new(5, 0, 10, 10)]), "a gap of one column");
        assert!(!is_covered(rect, &[left, Rect::new(4, 3, 10, 10)]), "a corner is missing");
        assert!(!is_covered(rect, &[]));
    }
}
