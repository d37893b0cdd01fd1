//! A placement as PNG. The one file that names the `embedded-graphics` crate, whose bitmap font writes the labels.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_10X20;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Baseline, Text};
use image::{Rgb, RgbImage};
use polyptych::Rect;

use super::{CANVAS, Color, Panel};
use crate::failure::Outcome;
use crate::picture;
use crate::placement::Placement;

const GLYPH_WIDTH: u32 = 10;
const GLYPH_HEIGHT: u32 = 20;

/// Draws the placement, a pixel a pixel.
///
/// # Errors
/// Where the picture cannot be encoded.
pub fn png(placement: &Placement) -> Outcome<Vec<u8>> {
    let (width, height) = (placement.canvas.width, placement.canvas.height);
    let mut image = RgbImage::from_pixel(width, height, Rgb(CANVAS));
    // Doubled on large canvases, so that labels can be read where the picture is shown small.
    let scale = (width.min(height) / 720).max(1);
    for region in &placement.regions {
        paint(&mut image, &Panel::new(region), scale);
    }
    picture::encode_png(&image)
}

fn paint(image: &mut RgbImage, panel: &Panel<'_>, scale: u32) {
    let rect = panel.region.rect();
    if let Some(fill) = panel.fill {
        cover(image, rect, fill, panel.region.alpha);
    }
    let line = 2 * scale;
    for edge in [
        Rect { y1: rect.y1.min(rect.y0 + line), ..rect },
        Rect { y0: rect.y0.max(rect.y1.saturating_sub(line)), ..rect },
        Rect { x1: rect.x1.min(rect.x0 + line), ..rect },
        Rect { x0: rect.x0.max(rect.x1.saturating_sub(line)), ..rect },
    ] {
        cover(image, edge, panel.ink, 1.0);
    }
    let margin = 3 * line;
    let room = Rect::new(rect.x0 + margin, rect.y0 + margin, rect.x1, rect.y1);
    for (index, line) in panel.lines.iter().enumerate() {
        let top = room.y0 + index as u32 * GLYPH_HEIGHT * scale;
        if top + GLYPH_HEIGHT * scale > rect.y1 {
            break;
        }
        let fitting = room.width() / (GLYPH_WIDTH * scale);
        let text: String = line.chars().take(fitting as usize).collect();
        write(&mut Ink { image, left: room.x0, top, scale, color: panel.ink }, &text);
    }
}

fn write(ink: &mut Ink<'_>, text: &str) {
    let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
    let Ok(_) = Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(ink);
}

/// How much room a line of text takes below its top, in pixels.
pub const LINE_HEIGHT: u32 = GLYPH_HEIGHT;

/// Writes a line of text into a picture, white, its top left corner at a place.
pub fn label(image: &mut RgbImage, left: u32, top: u32, text: &str) {
    write(&mut Ink { image, left, top, scale: 1, color: [255; 3] }, text);
}

/// Lays a colour over a rectangle.
fn cover(image: &mut RgbImage, rect: Rect, color: Color, alpha: f64) {
    for y in rect.y0..rect.y1 {
        for x in rect.x0..rect.x1 {
            let below = &mut image.get_pixel_mut(x, y).0;
            for (below, above) in below.iter_mut().zip(color) {
                *below = (f64::from(above) * alpha + f64::from(*below) * (1.0 - alpha)).round() as u8;
            }
        }
    }
}

/// Where glyphs are drawn: from a corner of the image on, each of their dots `scale` pixels wide and tall.
struct Ink<'a> {
    image: &'a mut RgbImage,
    left: u32,
    top: u32,
    scale: u32,
    color: Color,
}

impl Dimensions for Ink<'_> {
    fn bounding_box(&self) -> Rectangle {
        let width = self.image.width().saturating_sub(self.left) / self.scale;
        let height = self.image.height().saturating_sub(self.top) / self.scale;
        Rectangle::new(Point::zero(), Size::new(width, height))
    }
}

impl DrawTarget for Ink<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, dots: I) -> Result<(), Infallible> {
        let bounds = self.bounding_box();
        for Pixel(dot, _) in dots.into_iter().filter(|Pixel(dot, on)| on.is_on() && bounds.contains(*dot)) {
            let x = self.left + dot.x.unsigned_abs() * self.scale;
            let y = self.top + dot.y.unsigned_abs() * self.scale;
            cover(self.image, Rect::new(x, y, x + self.scale, y + self.scale), self.color, 1.0);
        }
        Ok(())
    }
}
