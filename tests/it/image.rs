//! Images: decoding within bounds, fetching from where it is allowed, and what is kept (contract, section 4).

mod address;
mod bombs;
mod corpus;
mod decode;
#[cfg(feature = "fetch")]
mod fetch;
#[cfg(feature = "fetch")]
mod server;
mod store;

use polyptych::ImageUrl;
use polyptych::image::Picture;

const BASELINE: &[u8] = include_bytes!("../data/baseline_420.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../data/progressive.jpg");

fn url(text: &str) -> ImageUrl {
    ImageUrl::parse(text).expect("an address")
}

/// The pixel at a place, as R, G, B, A.
fn pixel(picture: &Picture, x: usize, y: usize) -> [u8; 4] {
    let plane = picture.view().plane(0);
    let row = plane.row(y);
    row[4 * x..][..4].try_into().expect("four bytes")
}

/// A 24-bit BMP of one colour.
fn bmp(width: u32, height: u32, rgb: [u8; 3]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = ::image::RgbImage::from_pixel(width, height, ::image::Rgb(rgb));
    picture.write_to(&mut bytes, ::image::ImageFormat::Bmp).expect("a BMP");
    bytes.into_inner()
}
