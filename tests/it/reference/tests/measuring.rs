//! Comparison, photographs and patterns.

use polyptych::{ColorSpace, FrameBuffer, Matrix, PixelFormat, Range, Rgb, Rotation, Size};

use super::super::{Canvas, Difference, Pattern, Picture, assert_close, compare, photo, photo_as, unpack};

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

fn canvas_of(picture: &FrameBuffer) -> Canvas {
    Canvas { format: picture.format(), size: picture.size(), planes: unpack(picture.view()) }
}

#[test]
fn compare_finds_the_one_byte_that_differs() {
    let picture = Pattern::Ramp.picture(PixelFormat::I420, size(10, 6));
    let reference = canvas_of(&picture);
    let equal = compare(picture.view(), &reference);
    assert!(equal.iter().all(|difference| difference.psnr_db.is_infinite() && difference.max_abs == 0.0));

    let mut bytes = picture.into_bytes();
    bytes[60 + 5 + 2] += 6;
    let changed = FrameBuffer::from_packed(PixelFormat::I420, size(10, 6), bytes).expect("the same bytes");
    let found = compare(changed.view(), &reference);
    assert_eq!((found[0], found[2]), (equal[0], equal[2]));
    let Difference { plane, psnr_db, max_abs, worst } = found[1];
    assert_eq!((plane, max_abs, worst), (1, 6.0, (2, 1)));
    // 36 / 15 squared per sample.
    assert!((psnr_db - 10.0 * (65025.0_f64 / 2.4).log10()).abs() < 1e-9);
    assert_close(changed.view(), &reference, 6.0);
}

#[test]
#[should_panic(expected = "beyond 0.5")]
fn assert_close_fails_beyond_its_bound() {
    let picture = Pattern::Plain(7).picture(PixelFormat::Rgba, size(2, 2));
    let mut reference = canvas_of(&picture);
    reference.planes[2].samples[3] = 7.75;
    assert_close(picture.view(), &reference, 0.5);
}

#[test]
fn differences_do_not_count_what_clamping_takes() {
    let picture = Pattern::Plain(255).picture(PixelFormat::Rgba, size(2, 2));
    let mut reference = canvas_of(&picture);
    reference.planes[0].samples.fill(280.0);
    assert_close(picture.view(), &reference, 0.0);
}

#[test]
fn every_photograph_loads() {
    let names = ["anna.jpg", "ben.png", "chloe.jpg", "david.jpg", "elif.jpg", "farid.jpg", "grace.png"];
    for name in names {
        let picture = photo(&format!("pictures/{name}"), size(33, 21));
        let planes = unpack(picture.view());
        let is_flat = planes[0].samples.iter().all(|sample| *sample == planes[0].samples[0]);
        assert!(!is_flat, "{name}");
        let has_alpha = planes[3].samples.iter().any(|alpha| *alpha < 255.0);
        assert_eq!(has_alpha, name == "grace.png", "{name}");
    }
    for name in ["lake.jpg", "blurred.jpg", "launch.bmp"] {
        assert_eq!(photo(&format!("backgrounds/{name}"), size(4, 4)).size(), size(4, 4));
    }
}

#[test]
fn photographs_come_in_any_format() {
    let space = ColorSpace::BT709_LIMITED;
    let [rgba, i420, nv12] = [PixelFormat::Rgba, PixelFormat::I420, PixelFormat::Nv12]
        .map(|format| photo_as("pictures/chloe.jpg", size(15, 9), format, space));
    assert_eq!(unpack(i420.view()), unpack(nv12.view()));
    // The last pixel's chroma stands alone at this odd corner, so all of its colour can be checked.
    let rgb = [0, 1, 2].map(|index| unpack(rgba.view())[index].at(14, 8) as u8);
    let expected = Rgb { r: rgb[0], g: rgb[1], b: rgb[2] }.to_yuv(space);
    let yuv = unpack(i420.view());
    let found = [yuv[0].at(14, 8), yuv[1].at(7, 4), yuv[2].at(7, 4)].map(|value| value as u8);
    assert_eq!(found, expected);
}

#[test]
fn the_engine_gets_the_picture_that_is_judged() {
    let picture = Picture {
        rotation: Rotation::Clockwise90,
        pixel_aspect: (4, 3),
        matrix: Some(Matrix::Bt601),
        range: Some(Range::Full),
        ..Pattern::Noise(1).picture(PixelFormat::Nv12, size(5, 3)).into()
    };
    let frame = picture.to_frame();
    let shape = frame.shape();
    assert_eq!(
        (shape.rotation, shape.matrix, shape.range),
        (picture.rotation, picture.matrix, picture.range)
    );
    assert!((shape.pixel_aspect.ratio() - 4.0 / 3.0).abs() < 1e-12);
    assert_eq!(unpack(frame.view().expect("all planes")), unpack(picture.buffer.view()));
}

#[test]
fn patterns_fill_every_format_and_odd_size() {
    for pattern in Pattern::ALL {
        for (width, height) in [(1, 1), (7, 5), (16, 9)] {
            let size = size(width, height);
            for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba] {
                assert_eq!(pattern.picture(format, size), pattern.picture(format, size));
            }
            let [planar, interleaved] =
                [PixelFormat::I420, PixelFormat::Nv12].map(|format| pattern.picture(format, size));
            assert_eq!(unpack(planar.view()), unpack(interleaved.view()), "{pattern:?} {size}");
        }
    }
    let checks = unpack(Pattern::Checkerboard.picture(PixelFormat::I420, size(3, 2)).view());
    assert_eq!(checks[0].samples, [0.0, 255.0, 0.0, 255.0, 0.0, 255.0]);
    let translucent = Pattern::Plain(9).picture_with_alpha(Pattern::Rows, size(1, 2));
    assert_eq!(translucent.as_bytes(), [9, 9, 9, 255, 9, 9, 9, 0]);
}
