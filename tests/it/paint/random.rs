//! Random scenes held against the reference: any rectangle, picture, filter and canvas.

use polyptych::FrameBuffer;
use proptest::prelude::*;

use crate::equivalence::scenes::scene;
use crate::reference::{Canvas, compare, compose};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_scenes_stay_within_four_levels(mut scene in scene()) {
        // More layers add up their rounding.
        scene.regions.truncate(3);
        let reference: Canvas = compose(&scene.as_reference());
        let found: FrameBuffer = scene.compose(|builder| builder);
        for difference in compare(found.view(), &reference) {
            prop_assert!(difference.max_abs <= 4.0, "{:?}", difference);
        }
    }
}
