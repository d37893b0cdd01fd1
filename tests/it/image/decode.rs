//! Bytes to pictures (contract, section 4: JPG and BMP by content, bounds, orientation).

use polyptych::Size;
use polyptych::image::{ImageError, ImageLimits, Picture, decode};

use super::{BASELINE, PROGRESSIVE, bmp, pixel};

fn read(bytes: &[u8]) -> Result<Picture, ImageError> {
    decode(bytes, &ImageLimits::default())
}

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

fn is_near(found: [u8; 4], rgb: [u8; 3]) -> bool {
    found[3] == 255 && found.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) <= 12)
}

/// Puts a segment behind the start of image.
pub fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, payload, &jpeg[2..]].concat()
}

/// Where a marker stands.
fn find(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xFF, marker]).expect("the marker")
}

/// States another size in the frame header.
pub fn with_size(jpeg: &[u8], sof: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let at = find(&bytes, sof) + 5;
    bytes[at..at + 2].copy_from_slice(&height.to_be_bytes());
    bytes[at + 2..at + 4].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A progressive JPEG of so many scans: the last one is repeated.
pub fn with_scans(count: usize) -> Vec<u8> {
    let last = PROGRESSIVE.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).expect("a scan");
    let end = PROGRESSIVE.len() - 2;
    let present = PROGRESSIVE.windows(2).filter(|pair| *pair == [0xFF, 0xDA]).count();
    let repeated = PROGRESSIVE[last..end].repeat(count - present);
    [&PROGRESSIVE[..end], &repeated, &[0xFF, 0xD9]].concat()
}

/// A BMP header of such a size and compression, with a palette of `colors` entries and these pixels.
pub fn bmp_of(
    width: i32,
    height: i32,
    bits: u16,
    compression: u32,
    palette: &[[u8; 4]],
    pixels: &[u8],
) -> Vec<u8> {
    let offset = 54 + 4 * palette.len() as u32;
    let mut bytes = b"BM".to_vec();
    for field in [offset + pixels.len() as u32, 0, offset, 40] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(bits.to_le_bytes());
    for field in [compression, pixels.len() as u32, 2835, 2835, palette.len() as u32, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(palette.as_flattened());
    bytes.extend(pixels);
    bytes
}

#[test]
fn jpeg_of_every_kind_is_read_as_opaque_rgb() {
    let kinds: [(&str, &[u8]); 4] = [
        ("sequential", BASELINE),
        ("progressive", PROGRESSIVE),
        ("CMYK", include_bytes!("../../data/cmyk.jpg")),
        ("RGB", include_bytes!("../../data/rgb.jpg")),
    ];
    for (kind, bytes) in kinds {
        let picture = read(bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(picture.size(), size(16, 8), "{kind}");
        assert!(is_near(pixel(&picture, 1, 1), [255, 0, 0]), "{kind}: {:?}", pixel(&picture, 1, 1));
        assert!(is_near(pixel(&picture, 14, 6), [0, 0, 255]), "{kind}: {:?}", pixel(&picture, 14, 6));
    }
}

#[test]
fn jpeg_of_grey_is_spread_to_rgb() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let grey = ::image::GrayImage::from_fn(9, 7, |x, _| ::image::Luma([if x < 4 { 40 } else { 200 }]));
    grey.write_to(&mut bytes, ::image::ImageFormat::Jpeg).expect("a JPEG");
    let picture = read(bytes.get_ref()).expect("a picture");
    assert_eq!(picture.size(), size(9, 7));
    assert!(is_near(pixel(&picture, 0, 6), [40; 3]) && is_near(pixel(&picture, 8, 0), [200; 3]));
}

#[test]
fn bmp_is_read_whatever_way_up() {
    let rows = [[0, 0, 255, 0, 255, 0, 0, 0], [255, 0, 0, 255, 255, 255, 0, 0]].concat();
    for (height, top) in [(2, 1), (-2, 0)] {
        let picture = read(&bmp_of(2, height, 24, 0, &[], &rows)).expect("a picture");
        assert_eq!(picture.size(), size(2, 2));
        assert_eq!(pixel(&picture, 0, top), [255, 0, 0, 255]);
        assert_eq!(pixel(&picture, 1, top), [0, 255, 0, 255]);
        assert_eq!(pixel(&picture, 0, 1 - top), [0, 0, 255, 255]);
    }
}

#[test]
fn bmp_alpha_is_ignored() {
    // A header of version 5 whose masks name an alpha channel.
    let mut bytes = std::io::Cursor::new(Vec::new());
    let clear = ::image::RgbaImage::from_pixel(3, 1, ::image::Rgba([10, 20, 30, 0]));
    clear.write_to(&mut bytes, ::image::ImageFormat::Bmp).expect("a BMP");
    let picture = read(bytes.get_ref()).expect("a picture");
    assert_eq!(pixel(&picture, 2, 0), [10, 20, 30, 255]);
}

#[test]
fn bmp_of_runs_and_palette_is_read() {
    let palette = [[0, 0, 255, 0], [255, 0, 0, 0]];
    let picture = read(&bmp_of(4, 1, 8, 1, &palette, &[3, 0, 1, 1, 0, 1])).expect("a picture");
    assert_eq!(pixel(&picture, 2, 0), [255, 0, 0, 255]);
    assert_eq!(pixel(&picture, 3, 0), [0, 0, 255, 255]);
    let picture = read(&bmp_of(4, 1, 1, 0, &palette, &[0b0010_0000, 0, 0, 0])).expect("a picture");
    assert_eq!(pixel(&picture, 1, 0), [255, 0, 0, 255]);
    assert_eq!(pixel(&picture, 2, 0), [0, 0, 255, 255]);
}

#[test]
fn bmp_of_every_depth_is_read() {
    // Red and blue beside each other.
    let palette = [[0, 0, 255, 0], [255, 0, 0, 0]];
    type Row<'a> = (u16, u32, &'a [[u8; 4]], &'a [u8]);
    let rows: [Row; 10] = [
        (1, 0, &palette, &[0b0100_0000, 0, 0, 0]),
        (2, 0, &palette, &[0b0001_0000, 0, 0, 0]),
        (4, 0, &palette, &[0x01, 0, 0, 0]),
        (8, 0, &palette, &[0, 1, 0, 0]),
        (4, 2, &palette, &[2, 0x01, 0, 1]),
        (8, 1, &palette, &[1, 0, 1, 1, 0, 1]),
        (16, 0, &[], &[0x00, 0x7C, 0x1F, 0x00]),
        (24, 0, &[], &[0, 0, 255, 255, 0, 0, 0, 0]),
        (32, 0, &[], &[0, 0, 255, 9, 255, 0, 0, 9]),
        // Bit fields; their masks stand where a palette would.
        (16, 3, &[[0, 0xF8, 0, 0], [0xE0, 7, 0, 0], [0x1F, 0, 0, 0]], &[0x00, 0xF8, 0x1F, 0x00]),
    ];
    for (bits, compression, colors, pixels) in rows {
        let mut bytes = bmp_of(2, 1, bits, compression, colors, pixels);
        if bits == 16 {
            bytes[46..50].fill(0);
        }
        let picture = read(&bytes).unwrap_or_else(|error| panic!("{bits} bits: {error}"));
        assert_eq!(pixel(&picture, 0, 0), [255, 0, 0, 255], "{bits} bits, coding {compression}");
        assert_eq!(pixel(&picture, 1, 0), [0, 0, 255, 255], "{bits} bits, coding {compression}");
    }
}

#[test]
fn bmp_of_unusual_headers_is_read() {
    let palette = [[0, 0, 255, 0], [255, 0, 0, 0]];
    let plain = bmp_of(2, 1, 8, 0, &palette, &[0, 1, 0, 0]);
    let expected = read(&plain).expect("a picture");
    // OS/2 leaves out fields at the end of its header, or adds some.
    for length in [36, 48, 64_usize] {
        let mut bytes = plain[..14 + length.min(40)].to_vec();
        bytes.resize(14 + length, 0);
        bytes.extend(&plain[54..]);
        bytes[10..14].copy_from_slice(&(14 + length as u32 + 8).to_le_bytes());
        bytes[14..18].copy_from_slice(&(length as u32).to_le_bytes());
        assert_eq!(read(&bytes), Ok(expected.clone()), "a header of {length} bytes");
        // Its own codings are not those of Windows.
        bytes[30] = 3;
        assert!(read(&bytes).is_err(), "a header of {length} bytes");
    }
    // More colours than pixels can name; one of those that stand behind the others is not the pixels' first byte.
    let many: Vec<_> = palette.into_iter().chain([[7; 4]; 298]).collect();
    assert_eq!(read(&bmp_of(2, 1, 8, 0, &many, &[0, 1, 0, 0])), Ok(expected.clone()));
    // A number that no file holds.
    let mut endless = plain;
    endless[46..50].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(read(&endless).is_err());
    // Bit fields that tell of alpha.
    let masks = [[0, 0, 255, 0], [0, 255, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]];
    let mut bytes = bmp_of(2, 1, 32, 6, &masks, &[0, 0, 255, 0, 255, 0, 0, 0]);
    bytes[46..50].fill(0);
    assert_eq!(read(&bytes), Ok(expected));
}

#[test]
fn content_decides_what_it_is() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "nothing"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"GIF89a\x01\0\x01\0", "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"<!doctype html><title>Sign in</title>", "text"),
        (b"\0\0\0\x1cftypavif", "HEIF, AVIF or video"),
        (b"\xff\xd8", "an unknown format"),
    ];
    for (bytes, found) in cases {
        assert_eq!(read(bytes), Err(ImageError::NotAnImage { found }));
    }
}

#[test]
fn limit_of_bytes_is_inclusive() {
    let bytes = bmp(4, 4, [1, 2, 3]);
    let limit = |max_bytes| ImageLimits { max_bytes, ..ImageLimits::default() };
    assert!(decode(&bytes, &limit(bytes.len())).is_ok());
    let limit_bytes = bytes.len() - 1;
    assert_eq!(decode(&bytes, &limit(limit_bytes)), Err(ImageError::TooLarge { limit_bytes }));
    // What follows the end of a JPEG counts as bytes and is otherwise ignored.
    let mut padded = BASELINE.to_vec();
    padded.resize(6 * 1024 * 1024, 0xFF);
    assert!(read(&padded).is_ok());
    padded.push(0);
    assert_eq!(read(&padded), Err(ImageError::TooLarge { limit_bytes: 6_291_456 }));
}

#[test]
fn bombs_are_refused_by_their_header() {
    let limit = 8192;
    let bomb = bmp_of(65_535, 65_535, 8, 1, &[[0; 4]], &[0, 1]);
    assert_eq!(read(&bomb), Err(ImageError::SideTooLong { width: 65_535, height: 65_535, limit }));
    assert!(read(&bmp_of(i32::MAX, i32::MAX, 8, 1, &[[0; 4]], &[0, 1])).is_err());
    // 700 Mpx in 302 bytes.
    let bomb = with_size(BASELINE, 0xC0, 65_500, 10_700);
    assert_eq!(read(&bomb), Err(ImageError::SideTooLong { width: 65_500, height: 10_700, limit }));
    let bomb = bmp_of(8192, 8192, 8, 1, &[[0; 4]], &[0, 1]);
    let (found, limit) = (67_108_864, 40_000_000);
    assert_eq!(read(&bomb), Err(ImageError::TooManyPixels { found, limit, progressive: false }));
}

#[test]
fn sides_of_8192_are_taken_and_not_8193() {
    // Runs of which the first ends the picture: what is left out is black.
    assert_eq!(
        read(&bmp_of(8192, 1, 8, 1, &[[0; 4]], &[0, 1])).map(|picture| picture.size()),
        Ok(size(8192, 1))
    );
    assert_eq!(
        read(&bmp_of(1, 8192, 8, 1, &[[0; 4]], &[0, 1])).map(|picture| picture.size()),
        Ok(size(1, 8192))
    );
    for (width, height) in [(8193, 1), (1, 8193)] {
        let refused = Err(ImageError::SideTooLong { width, height, limit: 8192 });
        assert_eq!(read(&bmp_of(width as i32, height as i32, 8, 1, &[[0; 4]], &[0, 1])), refused);
        assert_eq!(read(&with_size(BASELINE, 0xC0, width as u16, height as u16)), refused);
    }
}

#[test]
fn limits_of_pixels_are_inclusive() {
    let limits = ImageLimits { max_pixels: 128, max_progressive_pixels: 127, ..ImageLimits::default() };
    assert!(decode(BASELINE, &limits).is_ok());
    let refused = ImageError::TooManyPixels { found: 128, limit: 127, progressive: true };
    assert_eq!(decode(PROGRESSIVE, &limits), Err(refused));
    let limits = ImageLimits { max_pixels: 127, ..ImageLimits::default() };
    let refused = ImageError::TooManyPixels { found: 128, limit: 127, progressive: false };
    assert_eq!(decode(BASELINE, &limits), Err(refused.clone()));
    assert_eq!(decode(&bmp(16, 8, [0; 3]), &limits), Err(refused));
    // 16 Mpx are progressive's by default: 4001 x 4000 is above.
    let bomb = with_size(PROGRESSIVE, 0xC2, 4001, 4000);
    let refused = ImageError::TooManyPixels { found: 16_004_000, limit: 16_000_000, progressive: true };
    assert_eq!(read(&bomb), Err(refused));
}

#[test]
fn scans_are_counted_to_100() {
    assert!(read(&with_scans(100)).is_ok());
    assert_eq!(read(&with_scans(101)), Err(ImageError::TooManyScans { limit: 100 }));
}

#[test]
fn markers_inside_segments_count_for_nothing() {
    // A thumbnail in a comment: a frame of 65,535 px a side, and more scans than are allowed.
    let hidden =
        [&[0xFF, 0xD8, 0xFF, 0xC2, 0, 11, 8, 255, 255, 255, 255][..], &[0xFF, 0xDA].repeat(200)].concat();
    for marker in [0xFE, 0xE0, 0xE1, 0xE2, 0xED, 0xEE] {
        assert_eq!(read(&with_segment(BASELINE, marker, &hidden)), read(BASELINE), "{marker:x}");
    }
    // A JFIF segment so short that a careless reader runs over its end, into a comment that hides a frame.
    let hidden = with_segment(BASELINE, 0xFE, &[0xFF, 0xC2, 0, 17, 8, 255, 255, 255, 255, 3]);
    assert_eq!(read(&with_segment(&hidden, 0xE0, b"JFIF")), read(BASELINE));
}

#[test]
fn exif_orientation_is_applied() {
    // Where the picture's top left pixels lie once it stands upright: red was at the left.
    let upright = |tag: u8, order: &[u8; 2]| {
        let little = order == b"II";
        let half = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let word = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let mut exif = [b"Exif\0\0", &order[..], &half(42), &word(8), &half(1)].concat();
        exif.extend([&half(0x112)[..], &half(3), &word(1), &half(tag.into()), &half(0), &word(0)].concat());
        read(&with_segment(BASELINE, 0xE1, &exif)).expect("a picture")
    };
    for order in [b"II", b"MM"] {
        for (tag, red_at, blue_at) in [
            (1, (1, 1), (14, 6)),
            (2, (14, 1), (1, 6)),
            (3, (14, 6), (1, 1)),
            (4, (1, 6), (14, 1)),
            (5, (1, 1), (6, 14)),
            (6, (6, 1), (1, 14)),
            (7, (6, 14), (1, 1)),
            (8, (1, 14), (6, 1)),
        ] {
            let picture = upright(tag, order);
            assert_eq!(picture.size(), if tag < 5 { size(16, 8) } else { size(8, 16) }, "{tag}");
            assert!(is_near(pixel(&picture, red_at.0, red_at.1), [255, 0, 0]), "{tag}");
            assert!(is_near(pixel(&picture, blue_at.0, blue_at.1), [0, 0, 255]), "{tag}");
        }
        assert_eq!(upright(9, order), read(BASELINE).expect("a picture"), "not an orientation");
    }
}

#[test]
fn exif_orientation_tells_up_from_down() {
    // One dark corner tells all eight apart, where halves cannot.
    let mut bytes = std::io::Cursor::new(Vec::new());
    let corner =
        ::image::GrayImage::from_fn(32, 16, |x, y| ::image::Luma([if x < 8 && y < 8 { 0 } else { 255 }]));
    corner.write_to(&mut bytes, ::image::ImageFormat::Jpeg).expect("a JPEG");
    let corners = [(2, 2), (29, 2), (29, 13), (2, 13), (2, 2), (13, 2), (13, 29), (2, 29)];
    for (tag, (x, y)) in (1_u8..).zip(corners) {
        let exif =
            [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[tag, 0, 0]].concat();
        let picture = read(&with_segment(bytes.get_ref(), 0xE1, &exif)).expect("a picture");
        assert!(pixel(&picture, x, y)[0] < 40, "orientation {tag}");
    }
}

#[test]
fn unsupported_jpegs_are_told_from_damaged_ones() {
    let mut arithmetic = BASELINE.to_vec();
    let sof = find(&arithmetic, 0xC0);
    arithmetic[sof + 1] = 0xC9;
    assert!(matches!(read(&arithmetic), Err(ImageError::Unsupported { .. })));
    let mut deep = BASELINE.to_vec();
    deep[sof + 4] = 12;
    assert!(matches!(read(&deep), Err(ImageError::Unsupported { .. })));
    assert!(matches!(read(&with_size(BASELINE, 0xC0, 0, 8)), Err(ImageError::Corrupt { .. })));
    assert!(matches!(read(b"\xff\xd8\xff\xd9"), Err(ImageError::Corrupt { .. })));
}

/// States other sampling factors for the three components.
fn with_factors(jpeg: &[u8], sof: u8, factors: [u8; 3]) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let at = find(&bytes, sof) + 11;
    for (index, factors) in factors.into_iter().enumerate() {
        bytes[at + 3 * index] = factors;
    }
    bytes
}

#[test]
fn jpegs_that_the_decoder_would_show_wrongly_are_refused() {
    // More samples of colour than of light, ratios of three, none at all.
    for factors in
        [[0x11, 0x22, 0x11], [0x12, 0x21, 0x11], [0x31, 0x11, 0x11], [0x22, 0x11, 0x33], [0x22, 0x11, 0]]
    {
        for (jpeg, sof) in [(BASELINE, 0xC0), (PROGRESSIVE, 0xC2)] {
            let refused = read(&with_factors(jpeg, sof, factors));
            assert!(matches!(refused, Err(ImageError::Unsupported { .. })), "{factors:x?}: {refused:?}");
        }
    }
    // Components one after the other, as one scan each: right only where all are sampled alike.
    let mut bytes = BASELINE.to_vec();
    let scan = find(&bytes, 0xDA);
    bytes.splice(scan..scan + 14, *b"\xff\xda\0\x08\x01\x01\0\0\x3f\0");
    assert!(matches!(read(&bytes), Err(ImageError::Unsupported { .. })));
    let alike = read(&with_factors(&bytes, 0xC0, [0x11; 3]));
    assert!(!matches!(alike, Err(ImageError::Unsupported { .. })), "{alike:?}");
}

#[test]
fn files_that_end_early_are_refused_wherever_they_end() {
    let runs = bmp_of(4, 2, 8, 1, &[[0; 4], [9; 4]], &[4, 1, 0, 0, 4, 0, 0, 1]);
    for whole in [BASELINE, PROGRESSIVE, &bmp(5, 3, [7, 8, 9]), &runs] {
        // The rows of the file fill it: no byte may be missing, but the mark that ends the runs.
        let needed = if whole == runs { whole.len() - 4 } else { whole.len() };
        assert!(read(whole).is_ok());
        for length in 0..needed {
            assert!(read(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
        }
    }
}

#[test]
fn damaged_bytes_never_panic_and_always_give_the_same() {
    let runs = bmp_of(4, 2, 8, 1, &[[0; 4], [9; 4]], &[4, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 1]);
    let cmyk: &[u8] = include_bytes!("../../data/cmyk.jpg");
    let limits =
        ImageLimits { max_pixels: 1 << 16, max_progressive_pixels: 1 << 16, ..ImageLimits::default() };
    for whole in [BASELINE, PROGRESSIVE, cmyk, &bmp(5, 3, [7, 8, 9]), &runs] {
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut bytes = whole.to_vec();
                bytes[at] ^= flip;
                assert_eq!(decode(&bytes, &limits), decode(&bytes, &limits), "byte {at} ^ {flip:#x}");
            }
        }
    }
}
