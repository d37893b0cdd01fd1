//! Compares a picture with the one that was blessed; where they differ, writes both with the difference between them.

use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use polyptych::{FrameBuffer, PixelFormat};

/// The largest golden picture, so that the repository stays small.
const MAX_BYTES: usize = 60_000;

/// An RGBA canvas without its alpha, which is opaque everywhere.
pub fn rgb_of(canvas: &FrameBuffer) -> DynamicImage {
    assert_eq!(canvas.format(), PixelFormat::Rgba);
    let pixels = canvas.as_bytes().chunks_exact(4);
    assert!(pixels.clone().all(|pixel| pixel[3] == 255), "a composed canvas is opaque");
    let rgb = pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let (width, height) = (canvas.size().width(), canvas.size().height());
    RgbImage::from_raw(width, height, rgb).expect("three bytes a pixel").into()
}

/// The planes of an I420 canvas below each other, as grey; U and V are narrower and stand at the left.
pub fn planes_of(canvas: &FrameBuffer) -> DynamicImage {
    assert_eq!(canvas.format(), PixelFormat::I420);
    let view = canvas.view();
    let planes = [0, 1, 2].map(|index| view.plane(index));
    let rows = planes.iter().flat_map(|plane| (0..plane.shape().rows).map(|y| plane.row(y)));
    let height = planes.iter().map(|plane| plane.shape().rows as u32).sum();
    let mut grey = GrayImage::new(canvas.size().width(), height);
    for (row, y) in rows.zip(0..) {
        for (&sample, x) in row.iter().zip(0..) {
            grey.put_pixel(x, y, Luma([sample]));
        }
    }
    grey.into()
}

/// Fails unless `found` equals `tests/golden/NAME.png`, pixel for pixel.
pub fn assert_golden(name: &str, found: &DynamicImage) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
    if std::env::var_os("POLYPTYCH_BLESS").is_some_and(|value| value == "1") {
        let png = encode(found);
        assert!(png.len() < MAX_BYTES, "{name}: {} bytes are too many for the repository", png.len());
        std::fs::write(&path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        panic!("{name}: blessed; look at {}, then run again without POLYPTYCH_BLESS", path.display());
    }
    let expected = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; POLYPTYCH_BLESS=1 writes it", path.display()));
    assert!(expected.len() < MAX_BYTES, "{name}: {} bytes are too many", expected.len());
    let expected = image::load_from_memory(&expected).expect("a PNG of ours");
    if expected == *found {
        return;
    }
    let found = found.to_rgb8();
    let (parts, differing) = three_parts(&expected.to_rgb8(), &found);
    let shown = write_beside_the_build(name, &parts.into());
    panic!(
        "{name}: {differing} of {} pixels differ; expected, difference and found are in {}",
        found.pixels().len(),
        shown.display()
    );
}

/// Expected, difference and found side by side, and how many pixels differ. The smallest difference is well seen.
fn three_parts(expected: &RgbImage, found: &RgbImage) -> (RgbImage, usize) {
    const GAP: u32 = 4;
    let width = expected.width().max(found.width());
    let height = expected.height().max(found.height());
    let mut parts = RgbImage::from_pixel(3 * width + 2 * GAP, height, Rgb([255, 255, 255]));
    let mut differing = 0;
    for y in 0..height {
        for x in 0..width {
            let (a, b) = (expected.get_pixel_checked(x, y), found.get_pixel_checked(x, y));
            if let Some(&pixel) = a {
                parts.put_pixel(x, y, pixel);
            }
            if let Some(&pixel) = b {
                parts.put_pixel(x + 2 * (width + GAP), y, pixel);
            }
            let difference = match (a, b) {
                (Some(a), Some(b)) => [0, 1, 2].map(|index| match a[index].abs_diff(b[index]) {
                    0 => 0,
                    difference => difference.saturating_mul(8).saturating_add(64),
                }),
                _ => [255, 0, 255],
            };
            differing += usize::from(difference != [0; 3]);
            parts.put_pixel(x + width + GAP, y, Rgb(difference));
        }
    }
    (parts, differing)
}

/// Writes to `golden/NAME.png` in the directory of what is built.
fn write_beside_the_build(name: &str, picture: &DynamicImage) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("golden");
    std::fs::create_dir_all(&directory).expect("a directory in what is built");
    let path = directory.join(format!("{name}.png"));
    std::fs::write(&path, encode(picture)).expect("room for a picture");
    path
}

fn encode(picture: &DynamicImage) -> Vec<u8> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(encoder).expect("memory holds it");
    png
}

#[test]
fn golden_difference_shows_one_level() {
    let expected = RgbImage::from_pixel(3, 2, Rgb([10, 20, 30]));
    let mut found = expected.clone();
    assert_eq!(three_parts(&expected, &found).1, 0);
    found.put_pixel(1, 1, Rgb([10, 21, 30]));
    let (parts, differing) = three_parts(&expected, &found);
    assert_eq!(differing, 1);
    assert_eq!(parts.get_pixel(3 + 4 + 1, 1), &Rgb([0, 72, 0]));
    // Pictures of other sizes differ wherever one of them ends.
    assert_eq!(three_parts(&expected, &RgbImage::new(2, 2)).1, 6);
}
