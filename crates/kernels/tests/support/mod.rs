//! What the tests draw from.

#![allow(dead_code, reason = "each test program uses a part")]

use polyptych_kernels::Level;

/// Asserts that every level of the processor gives what plain code gives.
pub fn on_every_level<T: PartialEq + std::fmt::Debug>(run: impl Fn(Level) -> T) {
    let expected = run(Level::SCALAR);
    for level in Level::available() {
        assert_eq!(run(level), expected, "{}", level.name());
    }
}

/// The middle of a longer slice, at a place that is no multiple of a register. What lies around it must stay as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarded<T> {
    all: Vec<T>,
    len: usize,
}

impl<T: Copy + PartialEq + std::fmt::Debug> Guarded<T> {
    const BEFORE: usize = 5;
    const AFTER: usize = 71;

    /// Surrounds samples with others.
    pub fn new(samples: &[T], guard: T) -> Self {
        let (before, after) = (vec![guard; Self::BEFORE], vec![guard; Self::AFTER]);
        Self { all: [&before, samples, &after].concat(), len: samples.len() }
    }

    pub fn get(&mut self) -> &mut [T] {
        &mut self.all[Self::BEFORE..][..self.len]
    }
}

/// A small generator: the same numbers everywhere (xorshift64*).
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    /// Wide samples, overshoot included.
    pub fn wide(&mut self, count: usize) -> Vec<i16> {
        (0..count).map(|_| self.below(24_000) as i16 - 4_000).collect()
    }

    /// Where outputs begin to read: each up to `max_step` after the one before.
    pub fn starts(&mut self, count: usize, max_step: u64) -> Vec<u32> {
        let mut start = 0;
        let starts = (0..count).map(|_| {
            let here = start;
            start += self.below(max_step + 1) as u32;
            here
        });
        starts.collect()
    }

    /// Weights that sum to 1, some of them negative.
    pub fn weights(&mut self, outputs: usize, taps: usize) -> Vec<f64> {
        let mut weights = Vec::new();
        for _ in 0..outputs {
            let raw: Vec<f64> = (0..taps).map(|_| self.below(1000) as f64 - 150.0).collect();
            let sum: f64 = raw.iter().sum();
            let safe = if sum.abs() < 100.0 * taps as f64 { 0.0 } else { 1.0 / sum };
            weights.extend(raw.iter().map(
                |weight| {
                    if safe == 0.0 { 1.0 / taps as f64 } else { weight * safe }
                },
            ));
        }
        weights
    }
}
