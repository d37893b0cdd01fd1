//! How many times faster than it is heard sound is mixed, on one thread.
//!
//! `cargo bench -p polyptych-recorder --bench sound`; a number of seconds behind `--` mixes that much, say 86400.

use std::time::Instant;

use polyptych::Timestamp;
use polyptych_recorder::decode::{Sound, SoundSource};
use polyptych_recorder::media::MediaError;
use polyptych_recorder::sound::{Mix, Voice};

/// A second of noise over and over, in pieces of 20 ms with stamps in milliseconds.
struct Noise {
    rate: u32,
    channels: u16,
    /// Millionths by which the device's clock runs slow.
    drift_ppm: i64,
    second: Vec<f32>,
    given: i64,
}

impl SoundSource for Noise {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        let counted_micros = self.given * 20_000;
        let stamp =
            Timestamp::from_millis((counted_micros + counted_micros / 1_000_000 * self.drift_ppm) / 1000);
        let len = self.second.len() / 50;
        let from = (self.given % 50) as usize * len;
        let samples = self.second[from..from + len].to_vec();
        self.given += 1;
        Ok(Some(Sound { at: stamp, sample_rate: self.rate, channels: self.channels, samples }))
    }
}

/// Who takes part, in one case.
struct Case {
    name: &'static str,
    rate: u32,
    channels: u16,
    drift_ppm: i64,
    level: f32,
}

const CASES: [Case; 5] = [
    Case { name: "48 kHz stereo, true clock", rate: 48_000, channels: 2, drift_ppm: 0, level: 0.05 },
    Case { name: "48 kHz stereo, 200 ppm slow", rate: 48_000, channels: 2, drift_ppm: 200, level: 0.05 },
    Case { name: "48 kHz mono, 200 ppm slow", rate: 48_000, channels: 1, drift_ppm: 200, level: 0.05 },
    Case { name: "44.1 kHz stereo", rate: 44_100, channels: 2, drift_ppm: 0, level: 0.05 },
    Case { name: "48 kHz stereo, limited throughout", rate: 48_000, channels: 2, drift_ppm: 0, level: 0.9 },
];

fn noise(len: usize, level: f32, mut seed: u32) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0) * level
    };
    (0..len).map(|_| next()).collect()
}

fn voice(case: &Case, user: u32, seconds: i64) -> Voice {
    let (rate, channels, drift_ppm) = (case.rate, case.channels, case.drift_ppm);
    let second = noise(rate as usize * usize::from(channels), case.level, user);
    Voice {
        name: user.to_string(),
        zero: Timestamp::ZERO,
        heard: vec![(Timestamp::ZERO, Timestamp::from_secs(seconds))],
        open: Box::new(move || Ok(Box::new(Noise { rate, channels, drift_ppm, second, given: 0 }))),
    }
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(60);
    for users in [4, 17] {
        for case in &CASES {
            let voices = (1..=users).map(|user| voice(case, user, seconds)).collect();
            let mut mix = Mix::new(voices, Timestamp::ZERO, Timestamp::from_secs(seconds));
            let start = Instant::now();
            while mix.next_block(1600).is_some() {}
            let speed = seconds as f64 / start.elapsed().as_secs_f64();
            println!("{users:>2} users, {:<34} {speed:>6.0} × real time", case.name);
        }
    }
}
