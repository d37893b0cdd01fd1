//! The straight line through points that leaves the least squares.

/// `y = at_zero + slope * x`, and how well that holds.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub at_zero: f64,
    pub slope: f64,
    /// The share of the variance of `y` that the line explains, 0 to 1.
    pub r_squared: f64,
}

impl Line {
    /// Fits at least two points of different `x`.
    pub fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points.iter().map(|&(x, y)| of(x - mean_x, y - mean_y)).sum()
        };
        let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
        let slope = xy / xx;
        Self { at_zero: mean_y - slope * mean_x, slope, r_squared: xy * xy / (xx * yy) }
    }

    pub fn at(self, x: f64) -> f64 {
        self.at_zero + self.slope * x
    }
}
