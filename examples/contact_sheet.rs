//! Every predefined layout for 1 to 17 users on one sheet, each cell composed by the engine; three custom layouts fill the rows.
//!
//! ```sh
//! cargo run --release --example contact_sheet -- docs/contact-sheet.png
//! ```
//!
//! Two rows of nine cells each: floating, best fit, vertical. The last cell of each pair of rows is a custom layout of
//! `assets/layouts/`. The sheet is written with 256 colours, to be small.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use polyptych::request::{Context, parse};
use polyptych::{Compositor, Frame, FrameBuffer, LayoutSpec, PixelFormat, Size, Timestamp, UserId};

const CELL: (u32, u32) = (128, 72);
const COLUMNS: usize = 9;
const ROWS: usize = 6;
/// Between cells, and around them.
const GAP: usize = 4;
/// Before the first row of each layout, more.
const LAYOUT_GAP: usize = 8;
const PAPER: [u8; 4] = [255, 255, 255, 255];

const PICTURES: [&str; 7] =
    ["david.jpg", "anna.jpg", "chloe.jpg", "ben.png", "elif.jpg", "farid.jpg", "grace.png"];

/// A predefined layout and the file of the custom one beside it.
const LAYOUTS: [(&str, &str); 3] = [
    (r##"{"mixedVideoLayout": 0, "backgroundColor": "#1E2430"}"##, "custom_overlap.json"),
    (r##"{"mixedVideoLayout": 1, "backgroundColor": "#1E2430"}"##, "custom_grid.json"),
    (
        r##"{"mixedVideoLayout": 2, "maxResolutionUid": "1001", "backgroundColor": "#1E2430"}"##,
        "picture_in_picture.json",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).ok_or("usage: contact_sheet OUT.png")?;
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let pictures = PICTURES.map(|name| read(&assets.join("pictures").join(name)));
    let mut pictures = pictures.into_iter().collect::<Result<Vec<_>, _>>()?;

    let mut sheet = Sheet::new();
    for (index, (preset, custom)) in LAYOUTS.into_iter().enumerate() {
        let preset = layout(preset.as_bytes())?;
        let custom = layout(&std::fs::read(assets.join("layouts").join(custom))?)?;
        let first_cell = 2 * COLUMNS * index;
        for user_count in 1..=17 {
            let cell = compose(preset.clone(), &pictures, user_count)?;
            sheet.put(first_cell + user_count - 1, cell.as_bytes());
        }
        sheet.put(first_cell + 17, compose(custom, &pictures, 7)?.as_bytes());
        // Another user comes first in the next layout.
        pictures.rotate_left(1);
    }
    sheet.write(&out)
}

fn layout(request: &[u8]) -> Result<LayoutSpec, Box<dyn Error>> {
    Ok(parse(request, &Context::default())?.layout)
}

fn read(path: &Path) -> Result<Frame, Box<dyn Error>> {
    let pixels = image::open(path)?.into_rgba8();
    let size = Size::from_wh(pixels.width(), pixels.height()).ok_or("the picture is too large")?;
    Ok(FrameBuffer::from_packed(PixelFormat::Rgba, size, pixels.into_raw())?.into())
}

/// One cell: users 1001, 1002, …, each with the next picture.
fn compose(layout: LayoutSpec, pictures: &[Frame], user_count: usize) -> Result<FrameBuffer, Box<dyn Error>> {
    let size = Size::from_wh(CELL.0, CELL.1).ok_or("no cell")?;
    let compositor = Compositor::builder(size).format(PixelFormat::Rgba).build()?;
    compositor.update_layout(Timestamp::ZERO, layout);
    for (index, picture) in pictures.iter().cycle().take(user_count).enumerate() {
        let uid = UserId::from(format!("{}", 1001 + index));
        compositor.join(Timestamp::ZERO, &uid);
        compositor.push_frame(&uid, Timestamp::ZERO, picture.clone());
    }
    Ok(compositor.compose(Timestamp::ZERO)?.into_buffer())
}

/// The sheet, RGBA.
struct Sheet {
    width: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new() -> Self {
        let width = COLUMNS * (CELL.0 as usize + GAP) + GAP;
        let height = ROWS * (CELL.1 as usize + GAP) + (ROWS / 2 - 1) * LAYOUT_GAP + GAP;
        Self { width, pixels: PAPER.repeat(width * height) }
    }

    /// Copies a composed picture into cell `index`, counted row by row.
    fn put(&mut self, index: usize, cell: &[u8]) {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let x = GAP + column * (CELL.0 as usize + GAP);
        let y = GAP + row * (CELL.1 as usize + GAP) + row / 2 * LAYOUT_GAP;
        for (line, pixels) in cell.chunks_exact(4 * CELL.0 as usize).enumerate() {
            let start = 4 * ((y + line) * self.width + x);
            self.pixels[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }

    fn write(&self, path: &str) -> Result<(), Box<dyn Error>> {
        let palette = color_quant::NeuQuant::new(1, 256, &self.pixels);
        let indices: Vec<u8> =
            self.pixels.chunks_exact(4).map(|pixel| palette.index_of(pixel) as u8).collect();
        let height = indices.len() / self.width;
        let file = BufWriter::new(File::create(path)?);
        let mut png = png::Encoder::new(file, u32::try_from(self.width)?, u32::try_from(height)?);
        png.set_color(png::ColorType::Indexed);
        png.set_depth(png::BitDepth::Eight);
        png.set_palette(palette.color_map_rgb());
        png.set_compression(png::Compression::High);
        png.write_header()?.write_image_data(&indices)?;
        Ok(())
    }
}
