//! Custom layouts: named, free, absent and doubly named regions (section 2, layout 3).

use polyptych::layout::{Arrangement, Layout, MAX_REGIONS, Occupant, RegionSpec};
use polyptych::{Alpha, RenderMode, UnitRect, UserId};

use super::{occupants, place, rects, shown, size, user};

/// A region for a user by number, or a free one; its place tells it from the others.
fn region(uid: Option<usize>, column: u32) -> RegionSpec {
    named(uid.map(user), column)
}

fn named(uid: Option<UserId>, column: u32) -> RegionSpec {
    RegionSpec {
        uid,
        rect: UnitRect::from_ratios((column, 1, 32), (0, 1, 1)),
        alpha: Alpha::new(0.5).expect("an alpha"),
        render_mode: RenderMode::Fit,
    }
}

fn custom(uids: &[Option<usize>], count: usize) -> Layout {
    let specs = uids.iter().zip(0..).map(|(&uid, column)| region(uid, column)).collect();
    place(&Arrangement::Custom(specs), count)
}

#[test]
fn custom_regions_keep_their_order_place_alpha_and_mode() {
    let mut specs = vec![region(Some(1), 4), region(None, 0), region(Some(0), 2)];
    specs[1].alpha = Alpha::TRANSPARENT;
    specs[1].render_mode = RenderMode::Crop;
    let layout = place(&Arrangement::Custom(specs.clone()), 3);
    assert_eq!(occupants(&layout), shown([1, 2, 0]));
    for (region, spec) in layout.regions.iter().zip(&specs) {
        assert_eq!(
            (region.rect, region.alpha, region.render_mode),
            (spec.rect, spec.alpha, spec.render_mode)
        );
    }
}

#[test]
fn custom_free_regions_take_users_whom_nobody_names_in_join_order() {
    let layout = custom(&[None, Some(1), None, Some(4), None], 6);
    assert_eq!(occupants(&layout), shown([0, 1, 2, 4, 3]));
    assert_eq!(layout.unplaced, [user(5)]);
}

#[test]
fn custom_free_regions_without_a_user_stay_empty() {
    let layout = custom(&[None, None, None], 1);
    assert_eq!(occupants(&layout), [shown([0]), vec![Occupant::Nobody, Occupant::Nobody]].concat());
    assert_eq!(layout.unplaced, []);
}

#[test]
fn custom_absent_users_leave_their_region_to_nobody() {
    let layout = custom(&[Some(9), None], 2);
    assert_eq!(occupants(&layout), [Occupant::Absent(user(9)), Occupant::User(user(0))]);
    assert_eq!(layout.unplaced, [user(1)]);
}

#[test]
fn custom_doubly_named_user_stands_in_both_regions() {
    let layout = custom(&[Some(0), Some(0), None], 2);
    assert_eq!(occupants(&layout), shown([0, 0, 1]));
}

#[test]
fn custom_uids_are_compared_byte_for_byte() {
    let specs = vec![named(Some("USER 0".into()), 0), named(Some("user 0 ".into()), 1), region(None, 2)];
    let layout = place(&Arrangement::Custom(specs), 1);
    let absent = |uid: &str| Occupant::Absent(uid.into());
    assert_eq!(occupants(&layout), [absent("USER 0"), absent("user 0 "), Occupant::User(user(0))]);
}

#[test]
fn custom_limit_is_one_of_regions_not_of_users() {
    // The 20th user may be named, and free regions are filled from everyone.
    let layout = custom(&[Some(19), None], 20);
    assert_eq!(occupants(&layout), shown([19, 0]));
    assert_eq!(layout.unplaced, (1..19).map(user).collect::<Vec<_>>());
    let layout = custom(&[None; MAX_REGIONS], 20);
    assert_eq!(occupants(&layout), shown(0..17));
    assert_eq!(layout.unplaced, [user(17), user(18), user(19)]);
}

#[test]
fn custom_beyond_17_regions_are_left_out_and_name_nobody() {
    let mut uids = vec![None; MAX_REGIONS];
    uids.push(Some(0));
    let layout = custom(&uids, 18);
    assert_eq!(occupants(&layout), shown(0..17));
}

#[test]
fn custom_nobody_in_the_channel_leaves_every_region_empty() {
    let layout = custom(&[Some(0), None], 0);
    assert_eq!(occupants(&layout), [Occupant::Absent(user(0)), Occupant::Nobody]);
}

#[test]
fn custom_regions_do_not_move_when_users_come_and_go() {
    let pixels = |count| rects(&custom(&[Some(2), None, Some(0)], count), size(641, 361));
    let all = pixels(3);
    assert!((0..6).all(|count| pixels(count) == all));
}
