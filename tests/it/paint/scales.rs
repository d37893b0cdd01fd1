//! Shapes that strain the placing and the filters (section 5): held against the reference.

use polyptych::layout::RenderMode;
use polyptych::{Alpha, ColorSpace, Matrix, PixelFormat, Range, Rect, Rgb, Rotation, Size};

use super::{FORMATS, check, size};
use crate::reference::{Content, Filter, Pattern, Picture, Region, Scene, Target, photo_as};

const MODES: [RenderMode; 2] = [RenderMode::Crop, RenderMode::Fit];

fn scene(canvas: Size, target: PixelFormat, regions: Vec<Region>) -> Scene {
    Scene {
        size: canvas,
        target: Target { format: target, color: ColorSpace::BT709_LIMITED },
        background_color: Rgb { r: 70, g: 180, b: 20 },
        background_image: None,
        regions,
        filter: Filter::Area,
    }
}

fn region(rect: Rect, mode: RenderMode, picture: &Picture) -> Region {
    Region { rect, mode, alpha: Alpha::OPAQUE, content: Content::Frame(picture.clone()) }
}

fn photo_in(format: PixelFormat, shape: Size) -> Picture {
    photo_as("pictures/anna.jpg", shape, format, ColorSpace::BT709_LIMITED).into()
}

fn max_abs(source: PixelFormat, target: PixelFormat) -> f64 {
    if source.is_yuv() == target.is_yuv() { 2.0 } else { 3.0 }
}

#[test]
fn pixel_aspects_match_the_reference() {
    for source in FORMATS {
        let photo = photo_in(source, size(60, 45));
        for target in [PixelFormat::I420, PixelFormat::Rgba] {
            for (index, pixel_aspect) in
                [(4, 3), (12, 11), (16, 1), (1, 16), (160, 159)].into_iter().enumerate()
            {
                let rotation = [Rotation::None, Rotation::Clockwise90][index % 2];
                let picture = Picture { pixel_aspect, rotation, ..photo.clone() };
                let rects = [Rect::new(0, 0, 48, 30), Rect::new(50, 2, 91, 67)];
                let regions = MODES.into_iter().zip(rects).map(|(mode, rect)| region(rect, mode, &picture));
                let scene = scene(size(91, 67), target, regions.collect());
                check(
                    &scene,
                    max_abs(source, target),
                    52.0,
                    &format!("{pixel_aspect:?} {source} on {target}"),
                );
            }
        }
    }
}

// The crop keeps exact fractions of a sample, and its edges repeat.
#[test]
fn crops_with_fractional_offsets_match_the_reference() {
    for source in FORMATS {
        for target in FORMATS {
            for (shape, rect) in [
                (size(101, 67), Rect::new(0, 0, 40, 38)),
                (size(67, 66), Rect::new(0, 0, 66, 64)),
                (size(33, 100), Rect::new(2, 4, 64, 50)),
                (size(65, 64), Rect::new(0, 0, 64, 64)),
            ] {
                for filter in [Filter::Area, Filter::Lanczos3, Filter::Nearest] {
                    let regions = vec![region(rect, RenderMode::Crop, &photo_in(source, shape))];
                    let scene = Scene { filter, ..scene(size(67, 65), target, regions) };
                    let what = format!("{shape} in {rect:?}, {source} on {target}, {filter:?}");
                    check(&scene, max_abs(source, target), 52.0, &what);
                }
            }
        }
    }
}

#[test]
fn reducing_by_large_factors_matches_the_reference() {
    let wide = [(size(1600, 900), size(32, 18)), (size(4000, 3), size(10, 2)), (size(3, 2000), size(2, 11))];
    for source in FORMATS {
        for (shape, canvas) in wide {
            let picture = photo_in(source, shape);
            for (target, filter, mode) in [
                (PixelFormat::I420, Filter::Area, RenderMode::Crop),
                (PixelFormat::Rgba, Filter::Area, RenderMode::Fit),
                (PixelFormat::Nv12, Filter::Lanczos3, RenderMode::Crop),
            ] {
                let whole = Rect::new(0, 0, canvas.width(), canvas.height());
                let scene = Scene { filter, ..scene(canvas, target, vec![region(whole, mode, &picture)]) };
                let what = format!("{shape} to {canvas}, {mode:?}, {source} on {target}, {filter:?}");
                check(&scene, max_abs(source, target), 52.0, &what);
            }
        }
    }
}

#[test]
fn enlarging_by_large_factors_matches_the_reference() {
    for source in FORMATS {
        for target in FORMATS {
            for shape in [size(1, 1), size(2, 2), size(3, 1), size(1, 5), size(5, 4)] {
                for filter in Filter::ALL {
                    let picture = Pattern::Noise(5).picture(source, shape).into();
                    let rects = [Rect::new(0, 0, 120, 99), Rect::new(10, 10, 64, 98)];
                    let regions =
                        MODES.into_iter().zip(rects).map(|(mode, rect)| region(rect, mode, &picture));
                    let scene = Scene { filter, ..scene(size(121, 99), target, regions.collect()) };
                    check(&scene, 4.0, 40.0, &format!("{shape}, {source} on {target}, {filter:?}"));
                }
            }
        }
    }
}

// Tiny regions: 2×2, and one pixel wide or high at an odd canvas's edge.
#[test]
fn tiny_regions_match_the_reference() {
    let rects = [
        Rect::new(4, 4, 6, 6),
        Rect::new(32, 0, 33, 31),
        Rect::new(0, 30, 33, 31),
        Rect::new(32, 30, 33, 31),
        Rect::new(30, 8, 33, 10),
        Rect::new(8, 28, 10, 31),
    ];
    let rotations = [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270];
    for source in FORMATS {
        for target in FORMATS {
            for shape in [size(1, 1), size(97, 3), size(5, 120), size(31, 33)] {
                let photo = photo_in(source, shape);
                for rotation in rotations {
                    let picture = Picture { rotation, ..photo.clone() };
                    for mode in MODES {
                        let regions = rects.map(|rect| region(rect, mode, &picture)).into();
                        let scene = scene(size(33, 31), target, regions);
                        let what = format!("{shape}, {rotation:?}, {mode:?}, {source} on {target}");
                        check(&scene, max_abs(source, target), 48.0, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn canvases_of_other_colors_match_the_reference() {
    let spaces = [
        ColorSpace { matrix: Matrix::Bt601, range: Range::Limited },
        ColorSpace { matrix: Matrix::Bt601, range: Range::Full },
        ColorSpace { matrix: Matrix::Bt709, range: Range::Full },
    ];
    for color in spaces {
        for source in FORMATS {
            for target in FORMATS {
                // One that does not state its colours, and one that states others than the canvas's.
                let plain = photo_in(source, size(90, 61));
                let stated =
                    Picture { matrix: Some(Matrix::Bt709), range: Some(Range::Limited), ..plain.clone() };
                for picture in [plain, stated] {
                    let mut regions = vec![
                        region(Rect::new(0, 0, 70, 50), RenderMode::Crop, &picture),
                        region(Rect::new(40, 20, 99, 77), RenderMode::Fit, &picture),
                    ];
                    regions[1].alpha = Alpha::new(0.55).expect("an alpha");
                    let mut scene = scene(size(99, 77), target, regions);
                    scene.target.color = color;
                    check(&scene, 3.0, 52.0, &format!("{source} on {target} in {color:?}"));
                }
            }
        }
    }
}
