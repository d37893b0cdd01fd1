//! Pictures that `polyptych frame` reads.

use image::{ImageBuffer, Rgb, Rgba, RgbaImage};

use super::{BLUE, RED, Studio, assert_near, halves};

#[test]
fn frame_reads_png_jpeg_and_bmp_by_their_content() {
    let studio = Studio::new();
    for name in ["red.png", "red.jpg", "red.bmp"] {
        studio.paint(name, (32, 32), RED);
        std::fs::rename(studio.path(name), studio.path("picture")).expect("renamed");
        let frame = studio.composed("--canvas 32x32 --user 1=picture", "{}");
        assert_near(frame.get_pixel(16, 16), RED, 2);
    }
}

/// Section 3: a picture's own alpha lets through what lies below.
#[test]
fn frame_blends_the_alpha_of_a_png() {
    let studio = Studio::new();
    RgbaImage::from_pixel(32, 32, Rgba([200, 100, 0, 128])).save(studio.path("half.png")).expect("written");
    let request = r##"{"backgroundColor": "#0000ff"}"##;
    let frame = studio.composed("--canvas 32x32 --user 1=half.png", request);
    assert_near(frame.get_pixel(16, 16), [100, 50, 127], 1);
}

#[test]
fn frame_reduces_sixteen_bits_to_eight() {
    let studio = Studio::new();
    let deep: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_pixel(16, 16, Rgb([0xffff_u16, 0x8080, 0]));
    deep.save(studio.path("deep.png")).expect("written");
    let frame = studio.composed("--canvas 16x16 --user 1=deep.png", "{}");
    assert_near(frame.get_pixel(8, 8), [255, 128, 0], 1);
}

/// A JPEG whose EXIF says that it lies on its side (6: turn it by 90 degrees clockwise).
#[test]
fn frame_honours_exif_before_the_rotation_of_the_command_line() {
    let studio = Studio::new();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    halves(64, 64).write_to(&mut jpeg, image::ImageFormat::Jpeg).expect("encoded");
    let mut exif =
        b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let jpeg = jpeg.into_inner();
    exif.splice(0..0, jpeg[..2].iter().copied());
    exif.extend(&jpeg[2..]);
    studio.write("lying.jpg", exif);
    let frame = studio.composed("--canvas 64x64 --user 1=lying.jpg", "{}");
    assert_near(frame.get_pixel(60, 4), RED, 12);
    assert_near(frame.get_pixel(4, 60), BLUE, 12);
    let frame = studio.composed("--canvas 64x64 --user 1=lying.jpg --rotate 1=90", "{}");
    assert_near(frame.get_pixel(60, 60), RED, 12);
    assert_near(frame.get_pixel(4, 4), BLUE, 12);
}

#[test]
fn frame_names_the_picture_that_cannot_be_read() {
    let studio = Studio::new();
    studio.write("text.png", "hello");
    studio.write("empty.jpg", "");
    studio.write("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    // A BMP header that claims 60,000 pixels a side.
    let mut huge = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x60\xea\0\0\x60\xea\0\0\x01\0\x18\0".to_vec();
    huge.resize(200, 0);
    studio.write("huge.bmp", huge);
    for name in ["missing.png", "text.png", "empty.jpg", "cut.png", "huge.bmp", "."] {
        let refused = studio.frame(&format!("--canvas 16x16 --user 1={name} -o out.png"), "{}").exits_with(4);
        assert!(refused.stderr.contains(name), "{}", refused.stderr);
        assert!(!studio.path("out.png").exists());
    }
}
