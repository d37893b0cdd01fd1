//! The curves as a drawing: points as measured, and their lines.

use std::fmt::Write;

use crate::curve::Measured;

/// The drawing and the field within it: pixels.
const SIZE: (f64, f64) = (640.0, 360.0);
const FIELD: (f64, f64, f64, f64) = (48.0, 12.0, 628.0, 320.0);
/// Told apart without red and green.
const COLORS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#555"];

/// Writes an SVG of cost against pixels painted.
pub fn svg(curves: &[Measured]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x_top = round_up(points().map(|point| point.0).fold(0.0, f64::max));
    let y_top = round_up(points().map(|point| point.1).fold(0.0, f64::max));
    let (left, top, right, bottom) = FIELD;
    let x_at = |x: f64| left + (right - left) * x / x_top;
    let y_at = |y: f64| bottom - (bottom - top) * y / y_top;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        SIZE.0, SIZE.1
    );
    let mut add = |line: String| writeln!(svg, "{line}").expect("a string takes all");
    for step in 0..=4 {
        let (x, y) = (x_top * f64::from(step) / 4.0, y_top * f64::from(step) / 4.0);
        let (x_px, y_px) = (x_at(x), y_at(y));
        add(format!("<path d=\"M{left} {y_px:.1}H{right}\" stroke=\"#ddd\"/>"));
        add(format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{y}</text>", left - 6.0, y_px + 4.0));
        add(format!("<text x=\"{x_px:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{x}</text>", bottom + 16.0));
    }
    let middle = (left + right) / 2.0;
    add(format!(
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">million pixels painted</text>",
        SIZE.1 - 8.0
    ));
    add(format!(
        "<text x=\"14\" y=\"{}\" transform=\"rotate(-90 14 {0})\" text-anchor=\"middle\">ms a frame</text>",
        SIZE.1 / 2.0
    ));
    for ((curve, color), row) in curves.iter().zip(COLORS).zip(1..) {
        let Measured { name, points, line, .. } = curve;
        let last = points.iter().map(|point| point.0).fold(0.0, f64::max);
        let (from, to) = ((x_at(0.0), y_at(line.at_zero)), (x_at(last), y_at(line.at(last))));
        add(format!("<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"{color}\"/>", from.0, from.1, to.0, to.1));
        for &(x, y) in points {
            add(format!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{color}\"/>", x_at(x), y_at(y)));
        }
        let (x, y) = (left + 12.0, top + 18.0 * f64::from(row));
        add(format!("<text x=\"{x}\" y=\"{y}\" fill=\"{color}\">{name}, R² {:.3}</text>", line.r_squared));
    }
    svg + "</svg>\n"
}

/// The next of 1, 2, 4, 6, 8 or 12 times a power of ten: a quarter of it is short to write.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 12.0]
        .into_iter()
        .map(|step| step * power)
        .find(|&top| top >= value)
        .unwrap_or(value)
}
