//! Layouts written as requests.

use polyptych::layout::Arrangement;
use polyptych::layout::{ColumnOrder, RegionSpec, RenderMode, UserBackground, expand, resolve};
use polyptych::request::to_json;
use polyptych::{Alpha, ImageUrl, LayoutSpec, Rgb, Size, UnitRect, UserId};
use proptest::prelude::*;

use super::{LAYOUTS, accept};

#[test]
fn printed_requests_are_indented_and_hold_whole_addresses() {
    let spec = accept(
        r##"{"mixedVideoLayout":2,"maxResolutionUid":"a","backgroundColor":"#A0b1C2","backgroundImage":"http://h/a?q=1"}"##,
    );
    assert_eq!(
        to_json(&spec.layout),
        r##"{
  "mixedVideoLayout": 2,
  "maxResolutionUid": "a",
  "backgroundColor": "#a0b1c2",
  "backgroundImage": "http://h/a?q=1"
}"##
    );
}

#[test]
fn shared_layouts_survive_printing() {
    for (name, body) in LAYOUTS {
        let spec = accept(body).layout;
        assert_eq!(accept(&to_json(&spec)).layout, spec, "{name}");
    }
}

fn users(count: usize) -> Vec<UserId> {
    (0..count).map(|index| UserId::new(&format!("user {index} \"é\\"))).collect()
}

fn edges(spec: &LayoutSpec, users: &[UserId], canvas: Size) -> Vec<(UserId, polyptych::Rect, RenderMode)> {
    let layout = resolve(&spec.arrangement, users, ColumnOrder::default());
    let shown = layout.regions.iter().filter_map(|region| Some((region.occupant.user()?.clone(), region)));
    shown.map(|(uid, region)| (uid, region.rect.snap(canvas), region.render_mode)).collect()
}

/// Presets written out, printed and read again take the same pixels.
#[test]
fn expanded_presets_keep_their_pixels_on_every_width() {
    let presets = |large: &UserId| {
        let vertical = Arrangement::Vertical { large: Some(large.clone()) };
        [Arrangement::Floating, Arrangement::BestFit, vertical, Arrangement::Vertical { large: None }]
    };
    for count in 1..=17 {
        let users = users(count);
        for arrangement in presets(&users[count / 2]) {
            let preset = LayoutSpec { arrangement, ..LayoutSpec::default() };
            let expanded = expand(&preset, &users, ColumnOrder::default()).expect("there are users");
            let printed = accept(&to_json(&expanded)).layout;
            for side in (1..=8192_u32).step_by(61).chain([2, 3, 4, 5, 7, 360, 641, 1080, 8191, 8192]) {
                let canvas = Size::from_wh(side, 8193 - side).expect("within bounds");
                assert_eq!(
                    edges(&printed, &users, canvas),
                    edges(&preset, &users, canvas),
                    "{count} on {canvas}"
                );
            }
        }
    }
}

fn region() -> impl Strategy<Value = RegionSpec> {
    let uid = proptest::option::of("\\PC{1,20}");
    let extent = (0.0..=1.0_f64, 0.0..=1.0_f64);
    (uid, extent.clone(), extent, 0.0..=1.0_f64, any::<bool>()).prop_map(|(uid, x, y, alpha, fit)| {
        RegionSpec {
            uid: uid.map(UserId::from),
            rect: UnitRect::from_fractions(x.0, y.0, (1.0 - x.0) * x.1, (1.0 - y.0) * y.1),
            alpha: Alpha::new(alpha).expect("within 0..=1"),
            render_mode: if fit { RenderMode::Fit } else { RenderMode::Crop },
        }
    })
}

fn spec() -> impl Strategy<Value = LayoutSpec> {
    let arrangement = prop_oneof![
        Just(Arrangement::Floating),
        Just(Arrangement::BestFit),
        proptest::option::of("\\PC{1,20}")
            .prop_map(|large| Arrangement::Vertical { large: large.map(UserId::from) }),
        proptest::collection::vec(region(), 1..=17).prop_map(Arrangement::Custom),
    ];
    let url = || {
        "https?://[a-z]{1,8}\\.example(:8080)?/[a-zA-Z0-9/%. é]{0,20}(\\?[a-z=&]{0,9})?"
            .prop_filter_map("an address", |text| ImageUrl::parse(&text).ok())
    };
    let backgrounds = proptest::collection::btree_map("\\PC{1,20}", (url(), any::<bool>()), 0..5);
    let images = (proptest::option::of(url()), proptest::option::of(url()));
    (arrangement, any::<[u8; 3]>(), images, backgrounds).prop_map(
        |(arrangement, [r, g, b], (background_image, default_user_background_image), backgrounds)| {
            LayoutSpec {
                arrangement,
                background_color: Rgb { r, g, b },
                background_image,
                default_user_background_image,
                user_backgrounds: backgrounds
                    .into_iter()
                    .map(|(uid, (image, fit))| UserBackground {
                        uid: UserId::from(uid),
                        image,
                        render_mode: if fit { RenderMode::Fit } else { RenderMode::Crop },
                    })
                    .collect(),
            }
        },
    )
}

proptest! {
    #[test]
    fn printed_requests_read_as_the_layout_they_were_printed_from(spec in spec()) {
        prop_assert_eq!(accept(&to_json(&spec)).layout, spec);
    }

    /// Every canvas, odd ones too.
    #[test]
    fn expanded_presets_keep_their_pixels(
        count in 1..=17_usize, layout in 0..3_u8, width in 1..=8192_u32, height in 1..=8192_u32,
    ) {
        let users = users(count);
        let arrangement = match layout {
            0 => Arrangement::Floating,
            1 => Arrangement::BestFit,
            _ => Arrangement::Vertical { large: Some(users[count - 1].clone()) },
        };
        let preset = LayoutSpec { arrangement, ..LayoutSpec::default() };
        let expanded = expand(&preset, &users, ColumnOrder::default()).expect("there are users");
        let printed = accept(&to_json(&expanded)).layout;
        let canvas = Size::from_wh(width, height).expect("within bounds");
        prop_assert_eq!(edges(&printed, &users, canvas), edges(&preset, &users, canvas));
    }
}
