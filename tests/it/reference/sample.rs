//! Scaling: each output sample is a weighted mean of source samples, one axis after the other.
//!
//! Coordinates are continuous: sample i spans i..i+1 and its centre is i + 1/2.

use std::f64::consts::PI;

use super::plane::Plane;
use super::ratio::Ratio;

/// Which weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Coverage where an axis shrinks, linear where it grows.
    #[default]
    Area,
    Triangle,
    Nearest,
    CatmullRom,
    Lanczos3,
}

impl Filter {
    pub const ALL: [Self; 5] = [Self::Area, Self::Triangle, Self::Nearest, Self::CatmullRom, Self::Lanczos3];
}

/// Where the output samples of one axis lie in the source.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Source coordinate at which output sample 0 starts.
    pub start: Ratio,
    /// Source samples from one output sample to the next.
    pub step: Ratio,
    /// The crop's first source sample; it stands for all before it.
    pub first: i64,
    /// The crop's last source sample; it stands for all behind it.
    pub last: i64,
    /// Output samples.
    pub count: usize,
}

impl Axis {
    /// The source samples that make output sample `k`, with weights whose sum is 1.
    pub fn weights(&self, filter: Filter, k: usize) -> Vec<(usize, f64)> {
        let k = Ratio::from(i64::try_from(k).expect("planes are small"));
        let center = self.start + (k + Ratio::HALF) * self.step;
        let grows = self.step < Ratio::ONE;
        let raw = match filter {
            Filter::Area if grows => self.kernel(center, 1.0, triangle),
            Filter::Area => coverage(self.start + k * self.step, self.step),
            Filter::Triangle => self.kernel(center, 1.0, triangle),
            Filter::CatmullRom => self.kernel(center, 2.0, catmull_rom),
            Filter::Lanczos3 => self.kernel(center, 3.0, lanczos3),
            // The lower of two spans that meet at the centre: a whole number belongs to the sample before it.
            Filter::Nearest => vec![(center.ceil() - 1, 1.0)],
        };
        let sum: f64 = raw.iter().map(|(_, weight)| weight).sum();
        let clamped =
            |index: i64| usize::try_from(index.clamp(self.first, self.last)).expect("a sample's index");
        let weights = raw.into_iter().filter(|&(_, weight)| weight != 0.0);
        weights.map(|(index, weight)| (clamped(index), weight / sum)).collect()
    }

    /// `weight` at the distance of each sample's centre, widened where the axis shrinks.
    fn kernel(&self, center: Ratio, radius: f64, weight: fn(f64) -> f64) -> Vec<(i64, f64)> {
        let widening = self.step.to_f64().max(1.0);
        let reach = (radius * widening).ceil() as i64 + 1;
        let indexes = (center.floor() - reach)..=(center.floor() + reach);
        let center = center.to_f64();
        indexes.map(|index| (index, weight((index as f64 + 0.5 - center) / widening))).collect()
    }
}

/// How much of each source sample the interval of `extent` from `start` covers.
fn coverage(start: Ratio, extent: Ratio) -> Vec<(i64, f64)> {
    let end = start + extent;
    let covered = |index: i64| {
        let span = (Ratio::from(index), Ratio::from(index + 1));
        (end.min(span.1) - start.max(span.0)).to_f64()
    };
    (start.floor()..end.ceil()).map(|index| (index, covered(index))).collect()
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys 1981, a = -1/2.
fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        1.5 * x * x * x - 2.5 * x * x + 1.0
    } else if x < 2.0 {
        -0.5 * x * x * x + 2.5 * x * x - 4.0 * x + 2.0
    } else {
        0.0
    }
}

fn lanczos3(x: f64) -> f64 {
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Scales a plane along both axes.
pub fn resample(plane: &Plane, across: &Axis, down: &Axis, filter: Filter) -> Plane {
    let columns: Vec<_> = (0..across.count).map(|k| across.weights(filter, k)).collect();
    let rows: Vec<_> = (0..down.count).map(|k| down.weights(filter, k)).collect();
    let wide = Plane::from_fn(across.count, plane.height, |x, y| {
        columns[x].iter().map(|&(index, weight)| weight * plane.at(index, y)).sum()
    });
    Plane::from_fn(across.count, down.count, |x, y| {
        rows[y].iter().map(|&(index, weight)| weight * wide.at(x, index)).sum()
    })
}
