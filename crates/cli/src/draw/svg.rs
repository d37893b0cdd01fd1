//! A placement as SVG.

use std::fmt::Write;

use super::{CANVAS, Color, Panel};
use crate::placement::Placement;

/// Draws the placement, a user unit a pixel.
pub fn svg(placement: &Placement) -> String {
    let (width, height) = (placement.canvas.width, placement.canvas.height);
    let mut drawing = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        hex(CANVAS)
    );
    let line = (f64::from(width.min(height)) / 360.0).max(0.5);
    for region in placement.regions.iter().filter(|region| !region.rect().is_empty()) {
        panel(&mut drawing, &Panel::new(region), line).expect("writing to a string cannot fail");
    }
    drawing.push_str("</svg>\n");
    drawing
}

/// One region: its area, its edge inside the area, its label at the top left.
fn panel(drawing: &mut String, panel: &Panel<'_>, line: f64) -> std::fmt::Result {
    let region = panel.region;
    let (x, y) = (f64::from(region.x), f64::from(region.y));
    let (width, height) = (f64::from(region.width), f64::from(region.height));
    let ink = hex(panel.ink);
    let look = match panel.fill {
        Some(fill) => format!("fill=\"{}\" fill-opacity=\"{}\"", hex(fill), region.alpha),
        None => format!("fill=\"none\" stroke-dasharray=\"{}\"", 6.0 * line),
    };
    let edge = line.min(width).min(height);
    writeln!(
        drawing,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {look} stroke=\"{ink}\" stroke-width=\"{edge}\"/>",
        x + edge / 2.0,
        y + edge / 2.0,
        width - edge,
        height - edge,
    )?;
    // A sans-serif character is about 0.6 of its size wide: the label shrinks until its longer line fits.
    let longest = panel.lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    let size = (11.0 * line).min(0.92 * width / (0.6 * longest as f64)).min(0.25 * height);
    if size < 2.0 {
        return Ok(());
    }
    for (index, text) in panel.lines.iter().enumerate() {
        let (x, y) = (x + 0.04 * width, y + 0.04 * height + size * (0.9 + 1.2 * index as f64));
        let weight = if index == 0 { " font-weight=\"bold\"" } else { "" };
        let text = escaped(text);
        writeln!(
            drawing,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.2}\" fill=\"{ink}\"{weight}>{text}</text>"
        )?;
    }
    Ok(())
}

fn hex([r, g, b]: Color) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text as XML takes it.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            // XML 1.0 has no place for these two; control characters are gone already.
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(c),
        }
    }
    xml
}
