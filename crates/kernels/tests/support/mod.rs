//! What the tests draw from.

#![allow(dead_code, reason = "each test program uses a part")]

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
