//! Writes a layout as the request that asks for it.

use super::shape::{BackgroundWire, LayoutWire, RegionWire};
use crate::color::Rgb;
use crate::id::UserId;
use crate::layout::{Arrangement, LayoutSpec, RegionSpec, RenderMode, UserBackground};
use crate::url::ImageUrl;

/// Writes a layout as a request, with line breaks and indentation. [`parse`](super::parse) reads an equal layout from it.
///
/// Addresses are written whole, queries included: it is a request, not a log.
#[must_use]
pub fn to_json(spec: &LayoutSpec) -> String {
    let (mixed_video_layout, large, regions) = match &spec.arrangement {
        Arrangement::Floating => (0, None, None),
        Arrangement::BestFit => (1, None, None),
        Arrangement::Vertical { large } => (2, large.as_ref(), None),
        Arrangement::Custom(regions) => (3, None, Some(regions.iter().map(region).collect())),
    };
    let address = |url: &ImageUrl| url.as_str().to_owned();
    let backgrounds: Vec<_> = spec.user_backgrounds.iter().map(background).collect();
    let wire = LayoutWire {
        mixed_video_layout: Some(mixed_video_layout),
        max_resolution_uid: large.map(UserId::to_string),
        background_color: Some(color(spec.background_color)),
        background_image: spec.background_image.as_ref().map(address),
        default_user_background_image: spec.default_user_background_image.as_ref().map(address),
        layout_config: regions,
        background_config: (!backgrounds.is_empty()).then_some(backgrounds),
    };
    serde_json::to_string_pretty(&wire).expect("text, finite numbers and arrays of them are always JSON")
}

fn region(spec: &RegionSpec) -> RegionWire {
    RegionWire {
        uid: spec.uid.as_ref().map(UserId::to_string),
        x_axis: spec.rect.x(),
        y_axis: spec.rect.y(),
        width: spec.rect.width(),
        height: spec.rect.height(),
        alpha: Some(spec.alpha.get()),
        render_mode: Some(mode(spec.render_mode)),
    }
}

fn background(spec: &UserBackground) -> BackgroundWire {
    BackgroundWire {
        uid: spec.uid.to_string(),
        image_url: spec.image.as_str().to_owned(),
        render_mode: Some(mode(spec.render_mode)),
    }
}

fn color(Rgb { r, g, b }: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn mode(mode: RenderMode) -> u8 {
    match mode {
        RenderMode::Crop => 0,
        RenderMode::Fit => 1,
    }
}
