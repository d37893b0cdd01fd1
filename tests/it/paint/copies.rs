//! Pictures of their region's own size (section 5): copied where the offset is whole in luma and chroma.

use polyptych::layout::RenderMode;
use polyptych::{Alpha, ColorSpace, FrameBuffer, PixelFormat, Rect, Rgb, Size};

use super::{FORMATS, size};
use crate::engine::engine;
use crate::reference::{Content, Filter, Pattern, Region, Scene, Target, unpack};

fn scene(canvas: Size, target: PixelFormat, rect: Rect, mode: RenderMode, picture: &FrameBuffer) -> Scene {
    let content = Content::Frame(picture.clone().into());
    Scene {
        size: canvas,
        target: Target { format: target, color: ColorSpace::BT709_LIMITED },
        background_color: Rgb::BLACK,
        background_image: None,
        regions: vec![Region { rect, mode, alpha: Alpha::OPAQUE, content }],
        filter: Filter::Area,
    }
}

/// Asserts that a plane of the canvas, from `dst` on, is that of the picture from `src` on, for so many samples.
fn assert_plane(canvas: &FrameBuffer, picture: &FrameBuffer, index: usize, (dst, src, len): Copied) {
    let (found, expected) = (&unpack(canvas.view())[index], &unpack(picture.view())[index]);
    for (x, y) in (0..len.1).flat_map(|y| (0..len.0).map(move |x| (x, y))) {
        let (found, expected) = (found.at(dst.0 + x, dst.1 + y), expected.at(src.0 + x, src.1 + y));
        assert!((found - expected).abs() < 0.5, "plane {index}, ({x}, {y}): {found}, expected {expected}");
    }
}

/// Where on the canvas, where in the picture, and how many samples each way.
type Copied = ((usize, usize), (usize, usize), (usize, usize));

// Every filter gives the picture's own bytes, on odd canvases too; NV12 and I420 are put together and taken apart.
#[test]
fn copies_of_equal_size_are_the_pictures_bytes() {
    for source in FORMATS {
        for target in FORMATS.into_iter().filter(|target| target.is_yuv() == source.is_yuv()) {
            for (canvas, filter) in [size(33, 21), size(1, 1), size(2, 2), size(40, 7)]
                .into_iter()
                .flat_map(|canvas| Filter::ALL.map(|filter| (canvas, filter)))
            {
                for mode in [RenderMode::Crop, RenderMode::Fit] {
                    let picture = Pattern::Noise(9).picture(source, canvas);
                    let whole = Rect::new(0, 0, canvas.width(), canvas.height());
                    let composed = engine(&Scene { filter, ..scene(canvas, target, whole, mode, &picture) });
                    let (found, expected) = (unpack(composed.view()), unpack(picture.view()));
                    assert!(found == expected, "{source} on {target}, {canvas}, {filter:?}, {mode:?}");
                }
            }
        }
    }
}

#[test]
fn copies_land_at_their_region() {
    for source in FORMATS {
        for target in FORMATS.into_iter().filter(|target| target.is_yuv() == source.is_yuv()) {
            let picture = Pattern::Noise(3).picture(source, size(18, 12));
            let scene = scene(size(45, 37), target, Rect::new(8, 14, 26, 26), RenderMode::Crop, &picture);
            let canvas = engine(&scene);
            assert_plane(&canvas, &picture, 0, ((8, 14), (0, 0), (18, 12)));
            if source.is_yuv() {
                assert_plane(&canvas, &picture, 1, ((4, 7), (0, 0), (9, 6)));
                assert_plane(&canvas, &picture, 2, ((4, 7), (0, 0), (9, 6)));
            }
        }
    }
}

// An overhang of 4 px cuts 2 luma samples and 1 chroma sample on each side: bytes are copied, whole.
// One of 2 px cuts 1 luma sample and half a chroma sample: luma keeps its bytes, chroma is interpolated.
#[test]
fn copies_of_cropped_pictures_take_whole_offsets() {
    for (overhang, is_copy) in [(4, true), (2, false)] {
        let picture = Pattern::Noise(4).picture(PixelFormat::I420, size(20 + overhang, 20));
        let rect = Rect::new(0, 0, 20, 20);
        let canvas = engine(&scene(size(20, 20), PixelFormat::I420, rect, RenderMode::Crop, &picture));
        assert_plane(&canvas, &picture, 0, ((0, 0), (overhang as usize / 2, 0), (20, 20)));
        if is_copy {
            assert_plane(&canvas, &picture, 1, ((0, 0), (1, 0), (10, 10)));
        }
        let (found, source) = (&unpack(canvas.view())[2], &unpack(picture.view())[2]);
        let mean = (source.at(0, 0) + source.at(1, 0)) / 2.0;
        assert_eq!((found.at(0, 0) - mean).abs() <= 0.5, !is_copy);
    }
}
