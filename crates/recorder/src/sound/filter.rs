//! The filter that finds a sound's value between its samples.
//!
//! A sinc under a Kaiser window, tabulated at many fractions of a sample; between two of these its coefficients are interpolated
//! linearly. Its cutoff is at half the lower of the two rates. For sources of up to 48,000 Hz it has 64 coefficients; above it is
//! longer and slower in proportion. Measured (see the tests): flat to within 0.01 dB up to 0.45 of the lower rate; what would
//! appear at a wrong frequency below that is 95 dB down.
//!
//! It stands here, and not in a crate, because every value must be a function of the place alone, the same on every machine: parts
//! of a recording are rendered by machines with other vector units and must equal the whole bit for bit. Resamplers that
//! choose their code by the processor differ in the last bits, and ones that carry a phase along cannot begin anywhere else.
//! So sums run in one order, and the sine is computed here: that of the system's library differs from system to system.

use std::f64::consts::PI;
use std::sync::{Arc, LazyLock};

use crate::encode::SAMPLE_RATE;

/// Coefficients at a source rate of up to 48,000 Hz.
const TAPS: usize = 64;

/// Fractions of a sample that are tabulated at such a rate.
const FRACTIONS: usize = 512;

/// Shape of the window: 100 dB by J. F. Kaiser's formula, 0.1102 (A − 8.7).
const BETA: f64 = 10.06;

/// Coefficients are summed up in so many sums beside each other, as vector units do.
const LANES: usize = 8;

/// Bits behind the point of a position.
pub(super) const FRACTION_BITS: u32 = 40;

/// One sample, as a position counts.
pub(super) const ONE_SAMPLE: i64 = 1 << FRACTION_BITS;

/// Coefficients for any place between two samples.
pub(super) struct Filter {
    /// Coefficients of one place.
    taps: usize,
    /// Places between two samples.
    fractions: usize,
    /// `fractions + 1` rows of `taps`: the first for a place on a sample, the last for one on the next.
    rows: Vec<f32>,
}

/// The filter for a source's rate; the one for all rates up to 48,000 Hz is made once.
pub(super) fn for_rate(rate: u32) -> Arc<Filter> {
    static COMMON: LazyLock<Arc<Filter>> = LazyLock::new(|| Arc::new(Filter::new(SAMPLE_RATE)));
    if rate <= SAMPLE_RATE { Arc::clone(&COMMON) } else { Arc::new(Filter::new(rate)) }
}

impl Filter {
    fn new(rate: u32) -> Self {
        let slower = (f64::from(rate) / f64::from(SAMPLE_RATE)).max(1.0);
        let taps = ((TAPS as f64 * slower) as usize).next_multiple_of(2 * LANES);
        let fractions = (FRACTIONS as f64 / slower).ceil() as usize;
        let mut rows = Vec::with_capacity((fractions + 1) * taps);
        let half = taps as f64 / 2.0;
        for fraction in 0..=fractions {
            let offset = fraction as f64 / fractions as f64;
            let row: Vec<f64> = (0..taps)
                .map(|tap| {
                    let x = tap as f64 - (half - 1.0) - offset;
                    sinc(x / slower) * kaiser(x / half)
                })
                .collect();
            // Every row passes what is constant unchanged.
            let sum: f64 = row.iter().sum();
            rows.extend(row.iter().map(|coefficient| (coefficient / sum) as f32));
        }
        Self { taps, fractions, rows }
    }

    /// Samples that are needed on either side of a place.
    pub(super) fn reach(&self) -> usize {
        self.taps / 2
    }

    /// Writes the coefficients for a place so far behind a sample ([`FRACTION_BITS`] bits). The first one belongs to the sample
    /// `reach() - 1` before that one.
    pub(super) fn coefficients(&self, fraction: i64, coefficients: &mut Vec<f32>) {
        let place = (fraction & (ONE_SAMPLE - 1)) as u64 * self.fractions as u64;
        let row = (place >> FRACTION_BITS) as usize;
        let between = (place & (ONE_SAMPLE as u64 - 1)) as f32 / ONE_SAMPLE as f32;
        let here = &self.rows[row * self.taps..][..self.taps];
        let next = &self.rows[(row + 1) * self.taps..][..self.taps];
        coefficients.clear();
        coefficients.extend(here.iter().zip(next).map(|(here, next)| here + between * (next - here)));
    }
}

/// The sum of products, always in the same order: the same bits on every machine.
pub(super) fn dot(samples: &[f32], coefficients: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (samples, coefficients) in samples.chunks_exact(LANES).zip(coefficients.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * coefficients[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { sin_pi(x) / (PI * x) }
}

/// The sine of `x` half turns, from its series: within 10⁻¹⁵, and the same everywhere.
fn sin_pi(x: f64) -> f64 {
    let turns = x.round();
    let angle = (x - turns) * PI;
    let square = angle * angle;
    // Powers up to 21: at a quarter turn what follows is below 10⁻¹⁷.
    let sine = (1..=10).rev().fold(1.0, |sum, k| 1.0 - square / f64::from(2 * k * (2 * k + 1)) * sum) * angle;
    if turns % 2.0 == 0.0 { sine } else { -sine }
}

/// The Kaiser window over `-1.0..=1.0`.
fn kaiser(x: f64) -> f64 {
    if x.abs() > 1.0 { 0.0 } else { bessel_i0(BETA * (1.0 - x * x).sqrt()) / bessel_i0(BETA) }
}

/// The modified Bessel function of order zero, from its series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..=50 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_agrees_with_the_library() {
        for i in -4000..4000 {
            let x = f64::from(i) * 0.01037;
            assert!((sin_pi(x) - (PI * x).sin()).abs() < 1e-12, "at {x}");
        }
    }

    /// How strongly the filter for a rate lets a frequency through (cycles a source sample), from its finest table.
    fn response(filter: &Filter, frequency: f64) -> f64 {
        let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
        for fraction in 0..filter.fractions {
            for tap in 0..filter.taps {
                let coefficient = f64::from(filter.rows[fraction * filter.taps + tap]);
                let x = tap as f64 - fraction as f64 / filter.fractions as f64;
                let angle = 2.0 * PI * frequency * x;
                re += coefficient * angle.cos();
                im += coefficient * angle.sin();
                sum += coefficient;
            }
        }
        20.0 * ((re * re + im * im).sqrt() / sum).log10()
    }

    #[test]
    fn filter_is_flat_to_0_45_and_stops_from_0_55() {
        for rate in [44_100, 96_000, 192_000] {
            let filter = Filter::new(rate);
            let lower = f64::from(rate.min(SAMPLE_RATE)) / f64::from(rate);
            for step in 0..=20 {
                let at = response(&filter, 0.45 * lower * f64::from(step) / 20.0);
                assert!(at.abs() < 0.01, "{rate} Hz, step {step}: {at} dB");
            }
            for step in 0..=20 {
                let at = response(&filter, (0.55 + 0.05 * f64::from(step)) * lower);
                assert!(at < -95.0, "{rate} Hz, step {step}: {at} dB");
            }
        }
    }

    #[test]
    fn place_on_a_sample_gives_nearly_that_sample() {
        let mut coefficients = Vec::new();
        let filter = for_rate(8000);
        filter.coefficients(0, &mut coefficients);
        let peak = coefficients.iter().position(|&c| c > 0.99);
        assert_eq!(peak, Some(filter.reach() - 1));
        assert!(coefficients.iter().enumerate().all(|(i, c)| Some(i) == peak || c.abs() < 1e-6));
    }
}
