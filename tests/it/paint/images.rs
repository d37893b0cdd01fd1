//! Images of the canvas and in users' places (sections 3 and 5): scaled as RGB with Lanczos3, whatever the filter of frames.

use polyptych::layout::RenderMode;
use polyptych::{Alpha, ColorSpace, FrameBuffer, PixelFormat, Rect, Rgb};

use super::{FORMATS, check, size};
use crate::engine::engine;
use crate::reference::{Content, Filter, Pattern, Region, Scene, Target, photo};

/// An image on the canvas, one in a cropped region and one in a fitted one that overlap.
fn scene(target: PixelFormat, canvas: &FrameBuffer, cropped: &FrameBuffer, fitted: &FrameBuffer) -> Scene {
    let region = |rect, mode, alpha, image: &FrameBuffer| Region {
        rect,
        mode,
        alpha: Alpha::new(alpha).expect("an alpha"),
        content: Content::Image(image.clone()),
    };
    Scene {
        size: size(131, 95),
        target: Target { format: target, color: ColorSpace::BT709_LIMITED },
        background_color: Rgb { r: 200, g: 10, b: 60 },
        background_image: Some(canvas.clone()),
        regions: vec![
            region(Rect::new(6, 10, 80, 64), RenderMode::Crop, 1.0, cropped),
            region(Rect::new(60, 40, 131, 95), RenderMode::Fit, 0.6, fitted),
        ],
        filter: Filter::Area,
    }
}

#[test]
fn images_match_the_reference() {
    let (lake, anna) = ("backgrounds/lake.jpg", "pictures/anna.jpg");
    let large = photo(lake, size(320, 180));
    let narrow = photo(anna, size(47, 90));
    let small = photo(anna, size(21, 17));
    let trios = [(&large, &narrow, &small), (&narrow, &small, &large), (&small, &large, &narrow)];
    for target in FORMATS {
        for (index, (canvas, cropped, fitted)) in trios.into_iter().enumerate() {
            let scene = scene(target, canvas, cropped, fitted);
            check(&scene, 3.0, 52.0, &format!("images {index} on {target}"));
        }
    }
}

#[test]
fn images_of_no_camera_stay_within_four_levels() {
    for target in FORMATS {
        for pattern in Pattern::ALL {
            for shape in [size(1, 1), size(2, 3), size(63, 201), size(409, 57)] {
                let image = pattern.picture(PixelFormat::Rgba, shape);
                let what = format!("image {pattern:?} {shape} on {target}");
                check(&scene(target, &image, &image, &image), 4.0, 0.0, &what);
            }
        }
    }
}

#[test]
fn images_do_not_depend_on_the_filter_of_frames() {
    let image = photo("backgrounds/lake.jpg", size(150, 70));
    for target in FORMATS {
        let mut scene = scene(target, &image, &image, &image);
        let expected = engine(&scene);
        for filter in Filter::ALL {
            scene.filter = filter;
            assert!(engine(&scene) == expected, "{filter:?} on {target}");
        }
    }
}
