//! Whole scenes.

use polyptych::layout::RenderMode;
use polyptych::{Alpha, ColorSpace, FrameBuffer, Matrix, PixelFormat, Range, Rect, Rgb, Rotation, Size};

use super::super::{Canvas, Content, Filter, Pattern, Picture, Region, Scene, Target};
use super::super::{compose, unpack};

const RED: Rgb = Rgb { r: 255, g: 0, b: 0 };

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

/// An empty scene on a black canvas.
fn scene(format: PixelFormat, size: Size) -> Scene {
    Scene {
        size,
        target: Target { format, color: ColorSpace::BT709_LIMITED },
        background_color: Rgb::BLACK,
        background_image: None,
        regions: Vec::new(),
        filter: Filter::Area,
    }
}

fn region(rect: Rect, picture: impl Into<Picture>) -> Region {
    let content = Content::Frame(picture.into());
    Region { rect, mode: RenderMode::Crop, alpha: Alpha::OPAQUE, content }
}

fn packed(format: PixelFormat, (width, height): (u32, u32), bytes: &[u8]) -> FrameBuffer {
    FrameBuffer::from_packed(format, size(width, height), bytes.to_vec()).expect("enough bytes")
}

/// A grey or coloured picture, the same everywhere.
fn plain_yuv(size: Size, yuv: [u8; 3]) -> FrameBuffer {
    let luma = size.area() as usize;
    let mut bytes = vec![yuv[1]; PixelFormat::I420.packed_bytes(size)];
    let chroma = (bytes.len() - luma) / 2;
    bytes[..luma].fill(yuv[0]);
    bytes[luma + chroma..].fill(yuv[2]);
    FrameBuffer::from_packed(PixelFormat::I420, size, bytes).expect("enough bytes")
}

fn assert_samples(canvas: &Canvas, plane: usize, expected: &[f64]) {
    let found = &canvas.planes[plane].samples;
    let is_near = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9);
    assert!(is_near, "plane {plane}: {found:?}, expected {expected:?}");
}

#[test]
fn background_color_is_the_nearest_code() {
    let mut scene = scene(PixelFormat::Nv12, size(3, 1));
    scene.background_color = RED;
    assert_eq!(compose(&scene).round().as_bytes(), [63, 63, 63, 102, 240, 102, 240]);
    scene.target.format = PixelFormat::Rgba;
    assert_eq!(compose(&scene).round().as_bytes()[..4], [255, 0, 0, 255]);
}

#[test]
fn a_picture_of_equal_size_is_copied() {
    for (width, height) in [(8, 6), (7, 5), (1, 1), (2, 3)] {
        let size = size(width, height);
        for (format, filter) in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba]
            .into_iter()
            .flat_map(|format| Filter::ALL.map(|filter| (format, filter)))
        {
            let picture = Pattern::Noise(7).picture(format, size);
            let mut scene = scene(format, size);
            scene.filter = filter;
            scene.regions = vec![region(size.to_rect(), picture.clone())];
            assert_eq!(compose(&scene).round(), picture, "{filter:?} {format} {size}");
        }
    }
}

#[test]
fn plain_pictures_stay_plain_at_every_scale() {
    let canvas = size(21, 15);
    for filter in Filter::ALL {
        for side in [(1, 1), (5, 9), (64, 33)] {
            let mut scene = scene(PixelFormat::I420, canvas);
            scene.filter = filter;
            scene.regions = vec![region(canvas.to_rect(), plain_yuv(size(side.0, side.1), [90, 70, 200]))];
            assert_eq!(compose(&scene).round(), plain_yuv(canvas, [90, 70, 200]), "{filter:?} {side:?}");
        }
    }
}

// Section 3: result = picture·a·A + below·(1 − a·A).
#[test]
fn region_alpha_blends_with_what_lies_below() {
    let canvas = size(4, 2);
    let mut scene = scene(PixelFormat::I420, canvas);
    let mut half = region(Rect::new(2, 0, 4, 2), plain_yuv(size(2, 2), [116, 28, 228]));
    half.alpha = Alpha::new(0.25).expect("an alpha");
    scene.regions = vec![half];
    let composed = compose(&scene);
    assert_samples(&composed, 0, &[16.0, 16.0, 41.0, 41.0, 16.0, 16.0, 41.0, 41.0]);
    assert_samples(&composed, 1, &[128.0, 103.0]);
    assert_samples(&composed, 2, &[128.0, 153.0]);
}

// Section 3: pictures with alpha are premultiplied before scaling.
#[test]
fn invisible_colors_do_not_bleed() {
    let mut scene = scene(PixelFormat::Rgba, size(1, 1));
    scene.background_color = Rgb { r: 0, g: 0, b: 200 };
    // Opaque red beside invisible green: half covered by red, no green.
    let picture = packed(PixelFormat::Rgba, (2, 1), &[255, 0, 0, 255, 0, 255, 0, 0]);
    let mut half = region(Rect::new(0, 0, 1, 1), picture);
    half.mode = RenderMode::Fit;
    scene.regions = vec![half];
    let composed = compose(&scene);
    let [r, g, b, a] = [0, 1, 2, 3].map(|index| composed.planes[index].samples[0]);
    assert_eq!([r, g, b, a], [127.5, 0.0, 100.0, 255.0]);
}

// Section 5: RGB → premultiply → canvas matrix → 2×2 mean → scale → blend.
#[test]
fn straight_alpha_reaches_a_yuv_canvas() {
    let mut scene = scene(PixelFormat::I420, size(2, 2));
    // One pixel of four covers by 51/255 = 1/5, in white.
    let mut bytes = [0_u8; 16];
    bytes[..4].copy_from_slice(&[255, 255, 255, 51]);
    scene.background_color = RED;
    scene.regions = vec![region(Rect::new(0, 0, 2, 2), packed(PixelFormat::Rgba, (2, 2), &bytes))];
    let composed = compose(&scene);
    assert_samples(&composed, 0, &[235.0 / 5.0 + 63.0 * 0.8, 63.0, 63.0, 63.0]);
    assert_samples(&composed, 1, &[128.0 / 20.0 + 102.0 * 0.95]);
    assert_samples(&composed, 2, &[128.0 / 20.0 + 240.0 * 0.95]);
}

// Section 3: fit bars are opaque black times the region's alpha, not the background's colour.
#[test]
fn bars_are_black_times_alpha() {
    let mut scene = scene(PixelFormat::I420, size(6, 2));
    scene.background_color = Rgb { r: 255, g: 255, b: 255 };
    let mut half = region(Rect::new(0, 0, 6, 2), plain_yuv(size(2, 2), [135, 28, 228]));
    (half.mode, half.alpha) = (RenderMode::Fit, Alpha::new(0.5).expect("an alpha"));
    scene.regions = vec![half];
    let composed = compose(&scene);
    assert_samples(&composed, 0, &[125.5, 125.5, 185.0, 185.0, 125.5, 125.5].repeat(2));
    assert_samples(&composed, 1, &[128.0, 78.0, 128.0]);
}

#[test]
fn later_regions_lie_on_top() {
    let mut scene = scene(PixelFormat::I420, size(4, 2));
    let picture = |luma| plain_yuv(size(2, 2), [luma, 128, 128]);
    scene.regions =
        vec![region(Rect::new(0, 0, 4, 2), picture(50)), region(Rect::new(2, 0, 4, 2), picture(99))];
    assert_samples(&compose(&scene), 0, &[50.0, 50.0, 99.0, 99.0].repeat(2));
    scene.regions[1].rect = Rect::new(4, 0, 4, 2);
    assert_samples(&compose(&scene), 0, &[50.0; 8]);
}

// Section 3: the rotation applies before crop or fit. Section 5: chroma coordinates are luma's / 2, also where a size is odd.
#[test]
fn rotation_shifts_the_chroma_of_odd_sides() {
    let picture = packed(PixelFormat::I420, (3, 2), &[1, 2, 3, 4, 5, 6, 100, 200, 10, 30]);
    let mut scene = scene(PixelFormat::I420, size(3, 2));
    let turned = Picture { rotation: Rotation::Clockwise180, ..picture.into() };
    scene.regions = vec![region(Rect::new(0, 0, 3, 2), turned)];
    let composed = compose(&scene);
    assert_samples(&composed, 0, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    // Chroma 0 stands for upright pixels 0 and 1, which were 2 and 1: half of each of two samples.
    assert_samples(&composed, 1, &[150.0, 100.0]);
    assert_samples(&composed, 2, &[20.0, 10.0]);
}

#[test]
fn quarter_turns_shift_the_axis_that_they_flip() {
    // Chroma samples 100 and 200, along the side of 3 pixels. Flipped, pixels 0 and 1 take half of each.
    let wide = packed(PixelFormat::I420, (3, 2), &[0, 0, 0, 0, 0, 0, 100, 200, 128, 128]);
    let tall = packed(PixelFormat::I420, (2, 3), &[0, 0, 0, 0, 0, 0, 100, 200, 128, 128]);
    let cases = [
        (&wide, Rotation::Clockwise90, [100.0, 200.0]),
        (&wide, Rotation::Clockwise270, [150.0, 100.0]),
        (&tall, Rotation::Clockwise90, [150.0, 100.0]),
        (&tall, Rotation::Clockwise270, [100.0, 200.0]),
    ];
    for (picture, rotation, expected) in cases {
        let upright = picture.size().transposed();
        let mut scene = scene(PixelFormat::I420, upright);
        let turned = Picture { rotation, ..picture.clone().into() };
        scene.regions = vec![region(upright.to_rect(), turned)];
        assert_samples(&compose(&scene), 1, &expected);
    }
}

#[test]
fn rotation_of_even_sides_moves_whole_samples() {
    let picture = Pattern::Noise(3).picture(PixelFormat::I420, size(6, 4));
    let turns = [
        (Rotation::None, size(6, 4)),
        (Rotation::Clockwise90, size(4, 6)),
        (Rotation::Clockwise180, size(6, 4)),
        (Rotation::Clockwise270, size(4, 6)),
    ];
    for (rotation, upright) in turns {
        let mut scene = scene(PixelFormat::I420, upright);
        let turned = Picture { rotation, ..picture.clone().into() };
        scene.regions = vec![region(upright.to_rect(), turned.clone())];
        assert_eq!(compose(&scene).planes, turned.upright_planes(), "{rotation:?}");
    }
}

// The pixel aspect belongs to the unrotated frame.
#[test]
fn pixel_aspect_turns_with_the_picture() {
    let picture = Picture {
        rotation: Rotation::Clockwise90,
        pixel_aspect: (2, 1),
        ..plain_yuv(size(4, 4), [200, 128, 128]).into()
    };
    let mut scene = scene(PixelFormat::I420, size(8, 8));
    let mut fit = region(Rect::new(0, 0, 8, 8), picture);
    fit.mode = RenderMode::Fit;
    scene.regions = vec![fit];
    let row = [16.0, 16.0, 200.0, 200.0, 200.0, 200.0, 16.0, 16.0];
    assert_samples(&compose(&scene), 0, &row.repeat(8));
}

#[test]
fn nv12_and_i420_compose_alike() {
    let (small, canvas) = (size(9, 7), size(14, 10));
    let [planar, interleaved] = [PixelFormat::I420, PixelFormat::Nv12].map(|format| {
        let mut scene = scene(format, canvas);
        scene.regions = vec![region(canvas.to_rect(), Pattern::Noise(5).picture(format, small))];
        compose(&scene).planes
    });
    assert_eq!(planar, interleaved);
}

// Section 5: YUV of another matrix or range → scale → convert → blend.
#[test]
fn another_matrix_or_range_is_converted() {
    let canvas = size(4, 4);
    let mut red = Picture::from(plain_yuv(canvas, [81, 90, 240]));
    (red.matrix, red.range) = (Some(Matrix::Bt601), Some(Range::Limited));
    let mut scene = scene(PixelFormat::I420, canvas);
    scene.regions = vec![region(canvas.to_rect(), red)];
    // Its bytes are red to half a code, and so is the result.
    for (plane, expected) in compose(&scene).planes.iter().zip([62.559, 102.336, 240.0]) {
        assert!(plane.samples.iter().all(|sample: &f64| (sample - expected).abs() < 0.5), "{plane:?}");
    }

    let mut white = Picture::from(plain_yuv(canvas, [255, 128, 128]));
    white.range = Some(Range::Full);
    scene.regions = vec![region(canvas.to_rect(), white)];
    assert_eq!(compose(&scene).round(), plain_yuv(canvas, [235, 128, 128]));
    scene.target.format = PixelFormat::Rgba;
    assert_samples(&compose(&scene), 1, &[255.0; 16]);
}

// Chroma is sampled at each pixel's source coordinate / 2: linear between the centres of pairs.
#[test]
fn an_rgba_canvas_takes_chroma_at_each_pixel() {
    let picture =
        packed(PixelFormat::I420, (4, 2), &[[126; 8].as_slice(), &[128, 128], &[128, 168]].concat());
    let mut scene = scene(PixelFormat::Rgba, size(4, 2));
    scene.regions = vec![region(Rect::new(0, 0, 4, 2), picture)];
    let composed = compose(&scene);
    // V is 0, 10, 30, 40 above its middle; red is luma plus 2 (1 − Kr) V.
    let red = [0.0, 10.0, 30.0, 40.0].map(|v| 255.0 * (110.0 / 219.0 + 2.0 * (1.0 - 0.2126) * v / 224.0));
    assert_samples(&composed, 0, &[red, red].concat());
    assert_samples(&composed, 3, &[255.0; 8]);
}

// Section 5: images are scaled as RGB with Lanczos3, then → canvas matrix → 2×2 mean.
#[test]
fn a_background_image_covers_the_canvas_cropped() {
    let canvas = size(2, 2);
    let mut scene = scene(PixelFormat::I420, canvas);
    let [black, white] = [[0, 0, 0, 255], [255, 255, 255, 255]];
    // The outer columns overhang.
    let row = [black, white, black, black].concat();
    scene.background_image = Some(packed(PixelFormat::Rgba, (4, 2), &row.repeat(2)));
    let composed = compose(&scene);
    assert_samples(&composed, 0, &[235.0, 16.0, 235.0, 16.0]);
    assert_samples(&composed, 1, &[128.0]);
}

#[test]
fn images_do_not_overshoot() {
    let mut scene = scene(PixelFormat::Rgba, size(8, 2));
    let row: Vec<u8> = [0, 0, 255, 255].iter().flat_map(|&grey| [grey, grey, grey, 255]).collect();
    let content = Content::Image(packed(PixelFormat::Rgba, (4, 1), &row));
    let rect = Rect::new(0, 0, 8, 2);
    scene.regions = vec![Region { rect, mode: RenderMode::Crop, alpha: Alpha::OPAQUE, content }];
    let most = |scene: &Scene| compose(scene).planes[0].samples.iter().copied().fold(0.0, f64::max);
    assert!((most(&scene) - 255.0).abs() < f64::EPSILON);
    // Cut as RGB: luma ends at white, though bytes go farther.
    scene.target.format = PixelFormat::I420;
    assert!((most(&scene) - 235.0).abs() < 1e-9);
}

#[test]
fn packing_reverses_unpacking() {
    for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba] {
        let picture = Pattern::Noise(11).picture(format, size(5, 3));
        assert_eq!(super::super::pack(format, picture.size(), &unpack(picture.view())), picture);
    }
}
