//! Keeps the mix from clipping, and leaves it alone otherwise.
//!
//! Where the sum of all stays at or below [`CEILING`], it passes bit for bit. Where it does not, the gain goes down before the peak
//! and comes back after it, over 50 ms each, along a curve without corners, the same for both channels. Nothing is scaled by how
//! many take part: one who speaks alone is as loud in a meeting of two as in one of forty.
//!
//! The gain of a sample is a function of the samples up to [`REACH`] before and behind it and of nothing else: the smallest gain
//! that any peak in [`HOLD`] samples asks for, twice averaged over [`SMOOTH`]. `HOLD` is as long as both averages together, so every
//! value that is averaged has seen the peak, and so the mean is not above what the peak needs. Gains are whole numbers: sums
//! of them that run along are exact, wherever they began. So a part of a recording, given [`REACH`] samples more at both ends,
//! equals the whole; limiters with a release time remember everything since the beginning and cannot do that.
//! Peaks are those of samples; between them a wave may reach some tenths of a decibel higher, for which 1 dB is left.

use std::collections::VecDeque;

use serde::Serialize;

/// Loudest sample that comes out: −1 dB of full scale.
pub const CEILING: f32 = 0.891_250_9;

/// Samples of each of the two averages: 25 ms.
const SMOOTH: usize = 1200;

/// Samples in which the smallest gain is looked for.
const HOLD: usize = 2 * SMOOTH - 1;

/// Samples before and behind that a gain depends on: 50 ms.
pub const REACH: i64 = HOLD as i64 - 1;

/// A gain of one.
const ONE: u64 = 1 << 30;

/// The mean of the last [`SMOOTH`] gains, times their number.
struct Average {
    last: VecDeque<u64>,
    sum: u64,
}

impl Average {
    fn new(value: u64) -> Self {
        Self { last: VecDeque::from(vec![value; SMOOTH]), sum: value * SMOOTH as u64 }
    }

    fn push(&mut self, value: u64) -> u64 {
        self.sum += value;
        self.sum -= self.last.pop_front().unwrap_or_default();
        self.last.push_back(value);
        self.sum
    }
}

/// What a limiter did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LimiterReport {
    /// Samples (of both channels at once) that came out at a lower gain.
    pub limited_samples: u64,
    /// Lowest gain, as a factor: 1 where nothing was limited.
    pub lowest_gain: f64,
}

/// A limiter of interleaved stereo, [`REACH`] samples behind what it is given.
pub(super) struct Limiter {
    /// What has not come out yet.
    delayed: VecDeque<[f32; 2]>,
    /// Gains below one that may be the smallest one: when they came in, rising.
    candidates: VecDeque<(i64, u64)>,
    first: Average,
    second: Average,
    /// Samples taken in.
    taken: i64,
    /// Samples since the last one that asked for a gain below one.
    calm: i64,
}

impl Limiter {
    /// A limiter before which was silence.
    pub(super) fn new() -> Self {
        Self {
            delayed: VecDeque::from(vec![[0.0; 2]; REACH as usize]),
            candidates: VecDeque::new(),
            first: Average::new(ONE),
            second: Average::new(ONE * SMOOTH as u64),
            taken: 0,
            calm: i64::from(u32::MAX),
        }
    }

    /// Takes a frame and gives the one that came [`REACH`] before, with its gain, one or below.
    pub(super) fn push(&mut self, frame: [f32; 2]) -> ([f32; 2], f64) {
        let wanted = wanted_gain(frame);
        self.delayed.push_back(frame);
        let out = self.delayed.pop_front().unwrap_or_default();
        self.taken += 1;
        if wanted == ONE {
            self.calm += 1;
            if self.calm > 2 * REACH + 2 {
                // All gains in sight are one, and so are the averages: they need not run.
                return (out, 1.0);
            }
        } else {
            self.calm = 0;
        }
        while self.candidates.pop_back_if(|(_, gain)| *gain >= wanted).is_some() {}
        self.candidates.push_back((self.taken, wanted));
        let oldest = self.taken - HOLD as i64;
        while self.candidates.pop_front_if(|(at, _)| *at <= oldest).is_some() {}
        let held = self.candidates.front().map_or(ONE, |(_, gain)| *gain);
        let smoothed = self.first.push(held);
        let gain = self.second.push(smoothed) / (SMOOTH * SMOOTH) as u64;
        if gain == ONE {
            return (out, 1.0);
        }
        let gain = gain as f64 / ONE as f64;
        (out.map(|sample| (f64::from(sample) * gain) as f32), gain)
    }
}

/// The gain that a frame asks for, rounded down.
fn wanted_gain(frame: [f32; 2]) -> u64 {
    let peak = frame[0].abs().max(frame[1].abs());
    if peak <= CEILING { ONE } else { (f64::from(CEILING) / f64::from(peak) * ONE as f64) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(input: &[[f32; 2]]) -> Vec<[f32; 2]> {
        let mut limiter = Limiter::new();
        let silence = [[0.0; 2]; REACH as usize];
        input.iter().chain(&silence).map(|&frame| limiter.push(frame).0).skip(REACH as usize).collect()
    }

    /// Loud for a while, quiet for a while, with single peaks.
    fn meeting(len: usize) -> Vec<[f32; 2]> {
        let mut seed = 1_u32;
        (0..len)
            .map(|n| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (seed >> 8) as f32 / (1 << 23) as f32 - 1.0;
                let loud = if n / 9000 % 3 == 1 { 2.5 } else { 0.8 };
                [noise * loud, if n % 12_345 == 0 { 3.9 } else { -noise * 0.5 }]
            })
            .collect()
    }

    #[test]
    fn ceiling_is_minus_one_decibel() {
        assert!((f64::from(CEILING) - 10_f64.powf(-0.05)).abs() < 1e-7);
    }

    #[test]
    fn nothing_comes_out_above_the_ceiling() {
        let out = limit(&meeting(60_000));
        assert!(out.iter().flatten().all(|sample| sample.abs() <= CEILING));
        let loudest = out.iter().flatten().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > CEILING * 0.999, "{loudest}");
    }

    #[test]
    fn quiet_sound_passes_bit_for_bit_and_in_place() {
        let input: Vec<_> = meeting(20_000)
            .iter()
            .map(|frame| frame.map(|sample| (sample * 0.2).clamp(-CEILING, CEILING)))
            .collect();
        assert_eq!(limit(&input), input);
    }

    #[test]
    fn gain_is_gone_beyond_the_reach_of_a_peak() {
        let mut input = vec![[0.5, 0.25]; 12_000];
        input[6000] = [2.0, 0.0];
        let out = limit(&input);
        let reach = REACH as usize;
        assert!((0..6000 - reach).chain(6001 + reach..12_000).all(|n| out[n] == input[n]));
        assert!(out[6000][0] <= CEILING && out[6000][0] > CEILING - 1e-6);
        assert!(
            (0..12_000 - 1).all(|n| n == 6000 || n + 1 == 6000 || (out[n][1] - out[n + 1][1]).abs() < 2e-4),
            "corners"
        );
    }

    #[test]
    fn part_with_enough_before_it_equals_the_whole() {
        let input = meeting(50_000);
        let whole = limit(&input);
        for start in [3000, 9_001, 20_000, 33_333] {
            let part = limit(&input[start - REACH as usize..]);
            assert_eq!(part[REACH as usize..], whole[start..], "from {start}");
        }
    }
}
