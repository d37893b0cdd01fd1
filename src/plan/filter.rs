//! Filters: which samples of a picture make each pixel of an axis, and with which weights.
//!
//! Weights are computed with + − × ÷ alone, so that every machine finds the same ones.

use polyptych_kernels::is_narrow;

/// How pictures are scaled. Shrinking filters widen with the scale, so that nothing aliases (but for [`Filter::Nearest`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Weights by area of coverage where an axis shrinks, linear interpolation where it grows.
    #[default]
    Area,
    /// A triangle: linear interpolation, widened where an axis shrinks.
    Triangle,
    /// The sample whose span holds the centre of a pixel, the lower one of two.
    Nearest,
    /// The cubic of Catmull and Rom (B = 0, C = 1/2): sharper, overshoots a little.
    CatmullRom,
    /// A sinc windowed by a sinc, three lobes: the sharpest, overshoots more.
    Lanczos3,
}

/// One axis of a plane: where the samples lie that its pixels are made of. Lengths are in samples of that plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisMap {
    /// Where the first pixel's left edge falls.
    pub origin: f64,
    /// Samples from one pixel to the next.
    pub step: f64,
    /// Pixels.
    pub count: usize,
    /// The crop's edges; samples beyond them repeat the last one within.
    pub crop: (f64, f64),
}

/// Samples and weights for the pixels of an axis.
#[derive(Debug)]
pub struct Weights {
    /// The crop's first sample, which starts count from.
    pub first: usize,
    /// The first sample of each pixel; they never decrease.
    pub starts: Vec<u32>,
    /// Samples of each pixel.
    pub taps: usize,
    /// `taps` for each pixel, which sum to 1.
    pub weights: Vec<f64>,
}

impl AxisMap {
    /// The crop's first sample and the number of samples that it touches.
    fn samples(self) -> (usize, usize) {
        // What is whole but for a rounding error is whole: no sample outside the crop may slip in.
        const SLACK: f64 = 1e-9;
        let first = (self.crop.0 + SLACK).floor().max(0.0);
        let end = (self.crop.1 - SLACK).ceil().max(first + 1.0);
        (first as usize, (end - first) as usize)
    }

    /// Finds the samples and weights of every pixel.
    #[must_use]
    pub fn weights(self, filter: Filter) -> Weights {
        let (first, len) = self.samples();
        let origin = self.origin - first as f64;
        let mut outputs: Vec<(u32, Vec<f64>)> = Vec::with_capacity(self.count);
        for index in 0..self.count {
            let start = origin + index as f64 * self.step;
            let raw = match filter {
                Filter::Nearest => nearest(start + self.step / 2.0),
                Filter::Area if self.step >= 1.0 => coverage(start, start + self.step),
                Filter::Area | Filter::Triangle => self.kernel(start, 1.0, triangle),
                Filter::CatmullRom => self.kernel(start, 2.0, catmull_rom),
                Filter::Lanczos3 => self.kernel(start, 3.0, lanczos3),
            };
            outputs.push(within(raw, len));
        }
        Weights::of_equal_taps(first, &outputs, len)
    }

    /// Samples a kernel, widened where the axis shrinks, around the centre of the pixel that starts at `start`.
    fn kernel(self, start: f64, support: f64, kernel: fn(f64) -> f64) -> (i64, Vec<f64>) {
        let centre = start + self.step / 2.0;
        let widen = self.step.max(1.0);
        let reach = support * widen;
        let first = (centre - reach - 0.5).ceil();
        let last = (centre + reach - 0.5).floor();
        let count = (last - first) as usize + 1;
        let weights = (0..count).map(|tap| kernel((first + tap as f64 + 0.5 - centre) / widen)).collect();
        (first as i64, weights)
    }
}

impl Weights {
    /// Gives every output as many taps as the widest has, none beyond `len` samples.
    fn of_equal_taps(first: usize, outputs: &[(u32, Vec<f64>)], len: usize) -> Self {
        // A start never lies beyond the next one's, though a kernel that weighs nothing at its ends may begin late.
        let mut starts: Vec<u32> = outputs.iter().map(|&(start, _)| start).collect();
        for index in (1..starts.len()).rev() {
            starts[index - 1] = starts[index - 1].min(starts[index]);
        }
        let reach =
            |(moved, (start, weights)): (&u32, &(u32, Vec<f64>))| (start - moved) as usize + weights.len();
        let taps = starts.iter().zip(outputs).map(reach).max().unwrap_or(1);
        let mut padded = Vec::with_capacity(outputs.len() * taps);
        for (index, (start, weights)) in outputs.iter().enumerate() {
            let moved = starts[index].min((len - taps) as u32);
            starts[index] = moved;
            let zeros_before = (start - moved) as usize;
            padded.resize(padded.len() + zeros_before, 0.0);
            padded.extend_from_slice(weights);
            padded.resize((index + 1) * taps, 0.0);
        }
        Self { first, starts, taps, weights: padded }
    }

    /// Whether the pixels can be computed in bytes.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        is_narrow(self.taps, &self.weights)
    }

    /// Whether pixel `i` is exactly sample `first + i`.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.taps == 1 && self.starts.iter().enumerate().all(|(index, &start)| start as usize == index)
    }
}

/// Gives what falls beyond `0..len` to the first and the last sample, drops what weighs nothing, and makes the sum 1.
fn within((first, raw): (i64, Vec<f64>), len: usize) -> (u32, Vec<f64>) {
    let last = len as i64 - 1;
    let start = first.clamp(0, last);
    let end = (first + raw.len() as i64 - 1).clamp(0, last);
    let mut weights = vec![0.0; (end - start) as usize + 1];
    for (tap, weight) in raw.iter().enumerate() {
        weights[((first + tap as i64).clamp(0, last) - start) as usize] += weight;
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    // Rounding errors, and less than a picture can show.
    let weighs = |weight: &f64| weight.abs() > 1e-7;
    let skipped = weights.iter().position(weighs).unwrap_or(0);
    let kept = weights.iter().rposition(weighs).map_or(1, |last| last + 1 - skipped);
    ((start as usize + skipped) as u32, weights[skipped..skipped + kept].to_vec())
}

fn nearest(centre: f64) -> (i64, Vec<f64>) {
    // On a border between two samples the lower one is taken; a rounding error does not decide.
    (((centre - 1e-9).ceil() - 1.0) as i64, vec![1.0])
}

/// How much of each sample lies within `start..end`.
fn coverage(start: f64, end: f64) -> (i64, Vec<f64>) {
    let first = start.floor();
    let count = ((end - first).ceil() as usize).max(1);
    let covered = |tap: usize| {
        let sample = first + tap as f64;
        ((sample + 1.0).min(end) - sample.max(start)).max(0.0)
    };
    (first as i64, (0..count).map(covered).collect())
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

fn lanczos3(x: f64) -> f64 {
    const PI: f64 = std::f64::consts::PI;
    let x = x.abs();
    if x < 1e-9 {
        1.0
    } else if x < 3.0 {
        3.0 * sin_pi(x) * sin_pi(x / 3.0) / (PI * PI * x * x)
    } else {
        0.0
    }
}

/// The sine of π·x for x ≥ 0, to 1e-15: a platform's own differs in the last bits from the next one's.
fn sin_pi(x: f64) -> f64 {
    let turns = x.floor();
    let part = x - turns;
    // sin(π·part) is symmetric about 1/2; there the series converges within ten terms.
    let angle = part.min(1.0 - part) * std::f64::consts::PI;
    let (mut term, mut sum) = (angle, angle);
    for k in 1..12 {
        let n = f64::from(2 * k);
        term *= -angle * angle / (n * (n + 1.0));
        sum += term;
    }
    if turns % 2.0 == 0.0 { sum } else { -sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sin_pi_is_the_sine() {
        for k in 0..600 {
            let x = f64::from(k) / 100.0;
            assert!((sin_pi(x) - (std::f64::consts::PI * x).sin()).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn coverage_weighs_by_area() {
        assert_eq!(coverage(0.5, 2.0), (0, vec![0.5, 1.0]));
        assert_eq!(coverage(1.0, 3.5), (1, vec![1.0, 1.0, 0.5]));
    }

    #[test]
    fn within_repeats_the_edges() {
        assert_eq!(within((-1, vec![0.25, 0.5, 0.25]), 4), (0, vec![0.75, 0.25]));
        assert_eq!(within((3, vec![0.5, 0.5]), 4), (3, vec![1.0]));
        assert_eq!(within((9, vec![1.0]), 4), (3, vec![1.0]));
    }

    #[test]
    fn nearest_takes_the_lower_on_ties() {
        assert_eq!(nearest(1.0).0, 0);
        assert_eq!(nearest(0.5).0, 0);
        assert_eq!(nearest(1.5).0, 1);
    }

    #[test]
    fn equal_lengths_are_copies() {
        let map = AxisMap { origin: 3.0, step: 1.0, count: 5, crop: (3.0, 8.0) };
        for filter in [Filter::Area, Filter::Triangle, Filter::Nearest, Filter::CatmullRom, Filter::Lanczos3]
        {
            assert!(map.weights(filter).is_identity(), "{filter:?}");
        }
        let half = AxisMap { origin: 3.5, crop: (3.5, 8.5), ..map };
        assert!(!half.weights(Filter::Area).is_identity());
    }
}
