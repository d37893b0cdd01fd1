//! Random scenes held against the reference: any rectangle, picture, filter and canvas.

use polyptych::FrameBuffer;
use proptest::prelude::*;

use crate::equivalence::scenes::{self, scene};
use crate::reference::{self, Canvas, compare, compose};

/// The scene as the reference takes it: regions in pixels.
pub fn as_reference(scene: &scenes::Scene) -> reference::Scene {
    let regions = scene.regions.iter().map(|region| reference::Region {
        rect: reference::snap(region.rect, scene.size),
        mode: region.mode,
        alpha: region.alpha,
        content: match &region.content {
            scenes::Content::Frame(picture) => reference::Content::Frame(picture.clone()),
            scenes::Content::Image(image) => reference::Content::Image(image.clone()),
        },
    });
    reference::Scene {
        size: scene.size,
        target: reference::Target { format: scene.format, color: scene.color },
        background_color: scene.background,
        background_image: scene.background_image.clone(),
        regions: regions.collect(),
        filter: match scene.filter {
            polyptych::Filter::Area => reference::Filter::Area,
            polyptych::Filter::Triangle => reference::Filter::Triangle,
            polyptych::Filter::Nearest => reference::Filter::Nearest,
            polyptych::Filter::CatmullRom => reference::Filter::CatmullRom,
            polyptych::Filter::Lanczos3 => reference::Filter::Lanczos3,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_scenes_stay_within_four_levels(mut scene in scene()) {
        // More layers add up their rounding.
        scene.regions.truncate(3);
        let reference: Canvas = compose(&as_reference(&scene));
        let found: FrameBuffer = scene.compose(|builder| builder);
        for difference in compare(found.view(), &reference) {
            prop_assert!(difference.max_abs <= 4.0, "{:?}", difference);
        }
    }
}
