//! Exact fractions: crops and positions are such, and rounding them would decide ties by accident.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

/// A fraction in lowest terms; the denominator is above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub const ZERO: Self = Self { num: 0, den: 1 };
    pub const ONE: Self = Self { num: 1, den: 1 };
    pub const HALF: Self = Self { num: 1, den: 2 };

    pub fn new(num: i128, den: i128) -> Self {
        assert_ne!(den, 0, "a fraction needs a denominator");
        let divisor = gcd(num.abs(), den.abs()) * den.signum();
        Self { num: num / divisor, den: den / divisor }
    }

    pub fn floor(self) -> i64 {
        i64::try_from(self.num.div_euclid(self.den)).expect("positions are small")
    }

    pub fn ceil(self) -> i64 {
        -Self { num: -self.num, den: self.den }.floor()
    }

    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl From<u32> for Ratio {
    fn from(whole: u32) -> Self {
        Self { num: whole.into(), den: 1 }
    }
}

impl From<i64> for Ratio {
    fn from(whole: i64) -> Self {
        Self { num: whole.into(), den: 1 }
    }
}

impl Add for Ratio {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }
}

impl Sub for Ratio {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.num * other.den - other.num * self.den, self.den * other.den)
    }
}

impl Mul for Ratio {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::new(self.num * other.num, self.den * other.den)
    }
}

impl Div for Ratio {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        Self::new(self.num * other.den, self.den * other.num)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}
