//! Every predefined layout for 0 to 18 users: who stands where, how, and on which pixels of which canvas.

use polyptych::layout::{Arrangement, Layout, Occupant, resolve};
use polyptych::{Alpha, ColumnOrder, RenderMode, Size, UserId};

use super::expected::{self, Cell};
use super::{occupants, place, rects, shown, size, user, users, vertical};

/// 16:9, portrait, widths and heights that no table divides, odd ones, and tiny ones.
fn canvases() -> Vec<Size> {
    [
        (1280, 720),
        (1920, 1080),
        (360, 640),
        (854, 480),
        (641, 361),
        (640, 361),
        (999, 1001),
        (8192, 8191),
        (31, 17),
        (3, 2),
        (1, 1),
    ]
    .map(|(width, height)| size(width, height))
    .to_vec()
}

fn assert_geometry(layout: &Layout, cells: &[Cell], what: &str) {
    for canvas in canvases() {
        let expected: Vec<_> = cells.iter().map(|cell| cell.pixels(canvas)).collect();
        assert_eq!(rects(layout, canvas), expected, "{what} on {canvas}");
    }
    for (region, cell) in layout.regions.iter().zip(cells) {
        let close = |found: f64, (num, den): (u64, u64)| (found - num as f64 / den as f64).abs() < 1e-15;
        let rect = region.rect;
        assert!(close(rect.x(), cell.left) && close(rect.y(), cell.top), "{what}: {rect:?}, {cell:?}");
        assert!(
            close(rect.right(), cell.right) && close(rect.bottom(), cell.bottom),
            "{what}: {rect:?}, {cell:?}"
        );
        assert!((rect.x() + rect.width() - rect.right()).abs() < 1e-15, "{what}: {rect:?}");
        assert!((rect.y() + rect.height() - rect.bottom()).abs() < 1e-15, "{what}: {rect:?}");
        assert_eq!(region.alpha, Alpha::OPAQUE, "{what}");
    }
}

#[test]
fn floating_0_to_18_users_stand_as_documented() {
    for count in 0..=18 {
        let layout = place(&Arrangement::Floating, count);
        assert_geometry(&layout, &expected::floating(count), &format!("floating {count}"));
        assert_eq!(occupants(&layout), shown(0..count.min(17)));
        assert!(layout.regions.iter().all(|region| region.render_mode == RenderMode::Crop));
    }
}

#[test]
fn best_fit_0_to_18_users_stand_as_documented() {
    for count in 0..=18 {
        let layout = place(&Arrangement::BestFit, count);
        assert_geometry(&layout, &expected::best_fit(count), &format!("best fit {count}"));
        assert_eq!(occupants(&layout), shown(0..count.min(17)));
        assert!(layout.regions.iter().all(|region| region.render_mode == RenderMode::Crop));
    }
}

#[test]
fn vertical_1_to_18_users_stand_as_documented_whoever_is_large() {
    for order in [ColumnOrder::OuterFirst, ColumnOrder::InnerFirst] {
        for count in 1..=18_usize {
            let placed = count.min(17);
            for large in 0..placed {
                let layout = resolve(&vertical(Some(user(large))), &users(count), order);
                let what = format!("vertical {count}, large {large}, {order:?}");
                if large == 0 || large == placed - 1 {
                    assert_geometry(&layout, &expected::vertical(placed - 1, order), &what);
                }
                let others = (0..placed).filter(|&index| index != large);
                assert_eq!(occupants(&layout), shown(std::iter::once(large).chain(others)), "{what}");
                assert_modes(&layout, &what);
            }
        }
    }
}

#[test]
fn vertical_without_its_large_user_has_the_smallest_tier_that_holds_all() {
    for order in [ColumnOrder::OuterFirst, ColumnOrder::InnerFirst] {
        for count in 1..=18_usize {
            for large in [None, Some(UserId::from("nobody")), Some(user(17))] {
                let layout = resolve(&vertical(large.clone()), &users(count), order);
                let what = format!("vertical {count}, large {large:?}, {order:?}");
                assert_geometry(&layout, &expected::vertical(count.min(16), order), &what);
                let mut everyone = vec![Occupant::NobodyLarge];
                everyone.extend(shown(0..count.min(16)));
                assert_eq!(occupants(&layout), everyone, "{what}");
                assert_modes(&layout, &what);
            }
        }
    }
}

/// The large user is shown whole, the others are cropped.
fn assert_modes(layout: &Layout, what: &str) {
    let modes: Vec<_> = layout.regions.iter().map(|region| region.render_mode).collect();
    let mut expected = vec![RenderMode::Crop; modes.len()];
    expected[0] = RenderMode::Fit;
    assert_eq!(modes, expected, "{what}");
}

#[test]
fn vertical_nobody_is_the_canvas_alone() {
    for large in [None, Some(user(0))] {
        assert_eq!(place(&vertical(large), 0), Layout::default());
    }
}

#[test]
fn presets_keep_the_18th_user_waiting_until_one_leaves() {
    let large = Some(user(3));
    for arrangement in [Arrangement::Floating, Arrangement::BestFit, vertical(large)] {
        let layout = place(&arrangement, 20);
        assert_eq!(layout.regions.len(), 17);
        assert_eq!(layout.unplaced, [user(17), user(18), user(19)]);
        let mut present = users(18);
        present.remove(5);
        let layout = resolve(&arrangement, &present, ColumnOrder::default());
        assert_eq!(layout.unplaced, []);
        assert_eq!(occupants(&layout).last(), shown([17]).last());
    }
}

#[test]
fn vertical_17_smalls_leave_the_17th_without_a_place() {
    assert_eq!(place(&vertical(None), 16).unplaced, []);
    assert_eq!(place(&vertical(None), 17).unplaced, [user(16)]);
    // The 18th is in the channel, but not among the 17 that are shown.
    assert_eq!(place(&vertical(Some(user(17))), 18).unplaced, [user(16), user(17)]);
}

#[test]
fn presets_give_way_upward_when_a_user_leaves() {
    let mut present = users(5);
    present.remove(0);
    for arrangement in [Arrangement::Floating, Arrangement::BestFit] {
        let layout = resolve(&arrangement, &present, ColumnOrder::default());
        assert_eq!(occupants(&layout), shown(1..5));
        let four = place(&arrangement, 4);
        assert_eq!(rects(&layout, size(1280, 720)), rects(&four, size(1280, 720)));
    }
}
