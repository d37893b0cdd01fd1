//! Any bytes as an image: never a panic, and a picture that comes out is within the limits.

use polyptych::image::{ImageLimits, decode};

pub fn check(bytes: &[u8]) {
    // Small limits, so that time goes into headers and markers, not into pixels.
    let limits = ImageLimits {
        max_pixels: 250_000,
        max_progressive_pixels: 100_000,
        max_side: 1000,
        max_scans: 20,
        ..ImageLimits::default()
    };
    let first = decode(bytes, &limits);
    match &first {
        Ok(picture) => {
            let size = picture.size();
            assert!(size.area() <= limits.max_pixels && size.width().max(size.height()) <= limits.max_side);
            assert!(picture.byte_count() == 4 * size.area());
        }
        Err(error) => _ = error.to_string(),
    }
    assert_eq!(decode(bytes, &limits), first, "the same bytes give the same picture");
}
