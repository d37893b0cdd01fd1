//! How far an engine's picture is from the reference.

use polyptych::FrameView;

use super::compose::Canvas;
use super::plane::unpack;

/// What separates one plane from the reference's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// 0-based, of Y, U, V or R, G, B, A.
    pub plane: usize,
    /// Peak signal to noise against the rounded reference, in decibels; infinite where all bytes are equal.
    pub psnr_db: f64,
    /// The largest distance from the exact, clamped value; 0.5 is as good as bytes can be.
    pub max_abs: f64,
    /// Where it is, in samples of the plane.
    pub worst: (usize, usize),
}

/// Compares plane by plane.
///
/// # Panics
/// Where format or size differ.
pub fn compare(engine: FrameView<'_>, reference: &Canvas) -> Vec<Difference> {
    assert_eq!((engine.format(), engine.size()), (reference.format, reference.size));
    let (found, rounded) = (unpack(engine), unpack(reference.round().view()));
    let planes = found.iter().zip(&rounded).zip(&reference.planes).enumerate();
    planes
        .map(|(plane, ((found, rounded), exact))| {
            let (mut squares, mut max_abs, mut worst) = (0.0, 0.0, (0, 0));
            for index in 0..found.samples.len() {
                squares += (found.samples[index] - rounded.samples[index]).powi(2);
                let distance = (found.samples[index] - exact.samples[index].clamp(0.0, 255.0)).abs();
                if distance > max_abs {
                    (max_abs, worst) = (distance, (index % found.width, index / found.width));
                }
            }
            let mean_square = squares / found.samples.len() as f64;
            Difference { plane, psnr_db: 10.0 * (255.0 * 255.0 / mean_square).log10(), max_abs, worst }
        })
        .collect()
}

/// Fails with the worst plane's place where any sample is farther than `max_abs` from the reference.
pub fn assert_close(engine: FrameView<'_>, reference: &Canvas, max_abs: f64) {
    for difference in compare(engine, reference) {
        assert!(difference.max_abs <= max_abs, "beyond {max_abs}: {difference:?}");
    }
}
