//! The whole way, from pieces with stamps to the mix, with sound whose every value is known.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polyptych::Timestamp;

use super::*;
use crate::decode::{Sound, SoundSource};
use crate::media::MediaError;

/// A source that gives what it was told, and counts it.
struct Script {
    pieces: VecDeque<Result<Sound, MediaError>>,
    given: Arc<AtomicUsize>,
}

impl SoundSource for Script {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        self.given.fetch_add(1, Ordering::Relaxed);
        self.pieces.pop_front().transpose()
    }
}

fn seconds(seconds: f64) -> Timestamp {
    Timestamp::from_nanos((seconds * 1e9).round() as i64)
}

fn broken() -> MediaError {
    MediaError::Malformed { path: "a.webm".into(), problem: "nothing at byte 7".to_owned() }
}

/// Pieces of `piece` samples of one channel with exact stamps from `start` seconds on.
fn mono(rate: u32, start: f64, piece: usize, samples: &[f32]) -> Vec<Sound> {
    let stamp = |k: usize| seconds(start + (k * piece) as f64 / f64::from(rate));
    let sound = |(k, part): (usize, &[f32])| Sound {
        at: stamp(k),
        sample_rate: rate,
        channels: 1,
        samples: part.to_vec(),
    };
    samples.chunks(piece).enumerate().map(sound).collect()
}

fn voice(pieces: Vec<Sound>, heard: &[(f64, f64)]) -> Voice {
    scripted(pieces.into_iter().map(Ok).collect(), heard, Arc::default())
}

fn scripted(
    pieces: VecDeque<Result<Sound, MediaError>>,
    heard: &[(f64, f64)],
    given: Arc<AtomicUsize>,
) -> Voice {
    Voice {
        name: "1".to_owned(),
        zero: Timestamp::ZERO,
        heard: heard.iter().map(|&(from, to)| (seconds(from), seconds(to))).collect(),
        open: Box::new(move || Ok(Box::new(Script { pieces, given }))),
    }
}

/// The left channel of all that a mix gives, in blocks of this length.
fn left(mix: &mut Mix, block: usize) -> Vec<f32> {
    let mut all = Vec::new();
    while let Some(block) = mix.next_block(block) {
        all.extend(block.iter().step_by(2));
    }
    all
}

/// Everything a voice gives from 0 to `to`, heard long before and after, so that no fade is in sight.
fn alone(pieces: Vec<Sound>, to: f64) -> (Vec<f32>, SoundReport) {
    let mut mix = Mix::new(vec![voice(pieces, &[(-10.0, to + 10.0)])], Timestamp::ZERO, seconds(to));
    (left(&mut mix, 1000), mix.report())
}

/// Something that nowhere repeats.
fn noise(len: usize, level: f32) -> Vec<f32> {
    let mut seed = 5_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0) * level
    };
    (0..len).map(|_| next()).collect()
}

/// Samples that rise by one in `2^20` each, so that their value says where they were in the source.
fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|n| n as f32 / (1 << 20) as f32 * 0.85).collect()
}

fn place_in_ramp(value: f32) -> f64 {
    f64::from(value) / 0.85 * f64::from(1 << 20)
}

#[test]
fn true_clock_at_48000_passes_bit_for_bit_at_its_sample() {
    let signal = noise(100_000, 0.8);
    let (out, report) = alone(mono(48_000, 0.25, 960, &signal), 3.0);
    assert_eq!(out.len(), 144_000);
    assert!(out[..12_000].iter().chain(&out[112_000..]).all(|&sample| sample == 0.0));
    assert_eq!(out[12_000..112_000], signal);
    let track = &report.voices[0].track;
    assert_eq!(
        (report.samples, track.gaps, track.overlaps, report.limiter.limited_samples),
        (144_000, 0, 0, 0)
    );
}

#[test]
fn stamps_in_milliseconds_do_not_disturb() {
    let signal = noise(150_000, 0.8);
    let mut pieces = mono(48_000, 0.0, 1024, &signal);
    pieces.iter_mut().for_each(|piece| piece.at = Timestamp::from_millis(piece.at.as_nanos() / 1_000_000));
    assert_eq!(alone(pieces, 3.0).0, signal[..144_000]);
}

#[test]
fn stereo_keeps_its_sides() {
    let samples: Vec<f32> = (0..96_000).map(|n| if n % 2 == 0 { 0.25 } else { -0.5 }).collect();
    let piece = Sound { at: Timestamp::ZERO, sample_rate: 48_000, channels: 2, samples };
    let mut mix = Mix::new(vec![voice(vec![piece], &[(-1.0, 2.0)])], Timestamp::ZERO, seconds(0.5));
    assert!(mix.next_block(24_000).unwrap().chunks(2).all(|frame| frame == [0.25, -0.5]));
    assert!(mix.next_block(1).is_none());
}

#[test]
fn every_rate_is_resampled_in_phase_below_90_decibels_of_error() {
    for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 88_200, 96_000, 192_000] {
        let frequency = 0.43 * f64::from(rate.min(48_000));
        let sine = |t: f64| 0.5 * (TAU * frequency * t).sin();
        let signal: Vec<f32> = (0..rate).map(|n| sine(f64::from(n) / f64::from(rate)) as f32).collect();
        let (out, _) = alone(mono(rate, 0.5, 441, &signal), 1.5);
        let (mut power, mut error) = (0.0, 0.0);
        for (n, &sample) in out.iter().enumerate().take(68_000).skip(28_000) {
            let wanted = sine(n as f64 / 48_000.0 - 0.5);
            power += wanted * wanted;
            error += (f64::from(sample) - wanted).powi(2);
        }
        let decibels = 10.0 * (error / power).log10();
        assert!(decibels < -90.0, "{rate} Hz: {decibels} dB");
        // Begins and ends at its samples.
        assert!(out[..24_000].iter().all(|&sample| sample == 0.0) && out[24_001] != 0.0);
    }
}

#[test]
fn resampling_agrees_with_another_resampler() {
    use rubato::audioadapter_buffers::direct::SequentialSlice;
    use rubato::{Fft, FixedSync, Resampler};
    let smooth: Vec<f32> =
        noise(44_100, 1.0).windows(8).map(|window| window.iter().sum::<f32>() / 16.0).collect();
    let mut judge = Fft::<f32>::new(44_100, 48_000, 1024, 1, FixedSync::Input).unwrap();
    let input = SequentialSlice::new(&smooth, 1, smooth.len()).unwrap();
    let judged = judge.process_all(&input, smooth.len(), None).unwrap().take_data();
    let (out, _) = alone(mono(44_100, 0.0, 1024, &smooth), 1.0);
    let worst = (1000..46_000).map(|n| (out[n] - judged[n]).abs()).fold(0.0, f32::max);
    assert!(worst < 0.01, "{worst}");
}

/// 20 s by the device's own count, with stamps in milliseconds of a clock that is `ppm` millionths slower.
fn drifting(samples: &[f32], ppm: f64) -> (Vec<f32>, SoundReport) {
    let mut pieces = mono(24_000, 0.0, 480, samples);
    let drifted = |at: Timestamp| seconds((at.as_nanos() as f64 * 1e-6 * (1.0 + ppm * 1e-6)).round() * 1e-3);
    pieces.iter_mut().for_each(|piece| piece.at = drifted(piece.at));
    alone(pieces, 19.0)
}

#[test]
fn device_that_runs_slow_or_fast_is_followed() {
    for ppm in [500.0, -500.0] {
        let (out, report) = drifting(&ramp(24_000 * 20), ppm);
        for (n, &value) in out.iter().enumerate().skip(100) {
            let (due, heard) = (place_in_ramp(value) / 24_000.0 * (1.0 + ppm * 1e-6), n as f64 / 48_000.0);
            assert!((due - heard).abs() < 0.004, "{due} s at {heard} s");
        }
        let track = &report.voices[0].track;
        assert!((track.drift_ppm.unwrap() - ppm).abs() < 5.0, "{track:?}");
        assert_eq!((track.gaps, track.overlaps), (0, 0));
    }
}

#[test]
fn drift_is_corrected_without_a_click() {
    let signal: Vec<f32> =
        (0..24_000 * 20).map(|n| (0.5 * (TAU * 1000.0 * f64::from(n) / 24_000.0).sin()) as f32).collect();
    for ppm in [500.0, -500.0] {
        let (out, _) = drifting(&signal, ppm);
        // A hundredth of a sample left out or twice would bend the wave by a tenth more than a wave bends by itself.
        let bend = 0.5 * (TAU * 1000.0 / 48_000.0_f64).powi(2) as f32;
        let most = out[100..].windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
        assert!(most < 1.02 * bend, "{most} where a wave has {bend}");
    }
}

#[test]
fn gap_is_silence_of_its_length_and_what_comes_twice_is_cut() {
    let signal = noise(48_000, 0.8);
    let mut pieces = mono(48_000, 0.0, 480, &signal[..24_000]);
    pieces.extend(mono(48_000, 0.625, 480, &signal[24_000..36_000]));
    // Begins at 0.75 s although that lasts to 0.875 s.
    pieces.extend(mono(48_000, 0.75, 480, &signal[36_000..]));
    let (out, report) = alone(pieces, 1.0);
    assert_eq!(out[..24_000], signal[..24_000]);
    assert!(out[24_000..30_000].iter().all(|&sample| sample == 0.0));
    assert_eq!(out[30_000..42_000], signal[24_000..36_000]);
    assert_eq!(out[42_000..], signal[42_000..]);
    let track = &report.voices[0].track;
    assert_eq!((track.gaps, track.gap_samples, track.overlaps, track.overlap_samples), (1, 6000, 1, 6000));
}

#[test]
fn single_stamp_that_is_off_is_not_believed() {
    let signal = noise(96_000, 0.8);
    for off in [-3_000, -30, 30, 3_600_000] {
        let mut pieces = mono(48_000, 0.0, 960, &signal);
        pieces[40].at = Timestamp::from_nanos(pieces[40].at.as_nanos() + off * 1_000_000);
        assert_eq!(alone(pieces, 2.0).0, signal, "off by {off} ms");
    }
}

#[test]
fn stamps_beyond_all_reason_cost_nothing_but_their_piece() {
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let mut pieces = mono(48_000, 0.0, 960, &noise(48_000, 0.8));
        pieces.last_mut().unwrap().at = at;
        let (out, _) = alone(pieces, 1.0);
        assert!(out[..47_040].iter().any(|&sample| sample != 0.0));
    }
}

#[test]
fn format_that_changes_goes_on_where_it_was() {
    let mut pieces = mono(48_000, 0.0, 960, &vec![0.25; 24_000]);
    let stereo = Sound { at: seconds(0.501), sample_rate: 48_000, channels: 2, samples: vec![0.25; 9600] };
    let slower = Sound { at: seconds(0.6), sample_rate: 16_000, channels: 1, samples: vec![0.25; 3200] };
    pieces.extend([stereo, slower]);
    let (out, report) = alone(pieces, 0.8);
    assert!(out[..28_800].iter().all(|&sample| sample == 0.25));
    // A filter that begins anew swings for a millisecond.
    assert!(out[28_900..38_200].iter().all(|&sample| (sample - 0.25).abs() < 1e-3));
    assert_eq!((report.voices[0].track.gaps, report.voices[0].track.overlaps), (0, 0));
}

#[test]
fn gate_is_exact_to_the_sample() {
    let voice = voice(mono(48_000, 0.0, 960, &vec![0.5; 96_000]), &[(0.5, 0.75), (1.0, 1.000_02)]);
    let mut mix = Mix::new(vec![voice], Timestamp::ZERO, seconds(2.0));
    let out = left(&mut mix, 777);
    let heard: Vec<usize> = (0..out.len()).filter(|&n| out[n] != 0.0).collect();
    assert_eq!(heard, (24_000..36_000).chain([48_000]).collect::<Vec<_>>());
    assert!(out[24_240..35_760].iter().all(|&sample| sample == 0.5));
    assert_eq!(mix.report().voices[0].heard_samples, 12_001);
}

/// Three who are loud together, with drift, gaps, other rates and gates.
fn meeting() -> Vec<Voice> {
    let signal = noise(48_000 * 7, 0.8);
    let mut drifting = mono(48_000, 0.1, 960, &signal);
    drifting.iter_mut().for_each(|piece| piece.at = Timestamp::from_nanos(piece.at.as_nanos() / 1000 * 1001));
    let mut gapped = mono(44_100, 0.0, 1024, &signal[..100_000]);
    gapped.drain(20..30);
    gapped.drain(60..61);
    // Begins a second before its file's zero.
    let slow = mono(16_000, -1.0, 320, &signal[..112_000]);
    vec![
        voice(drifting, &[(0.0, 3.0), (3.5, 9.0)]),
        voice(gapped, &[(-1.0, 1.0), (1.2, 9.0)]),
        Voice { zero: seconds(1.7), ..voice(slow, &[(0.3, 5.8)]) },
    ]
}

#[test]
fn parts_equal_the_whole_bit_for_bit() {
    let part =
        |from: f64, to: f64, block: usize| left(&mut Mix::new(meeting(), seconds(from), seconds(to)), block);
    let whole = part(0.0, 6.0, 48_000);
    assert_eq!(whole.len(), 288_000);
    assert!(whole.iter().any(|sample| sample.abs() > CEILING * 0.99), "the limiter has work");
    assert_eq!(part(0.0, 6.0, 1), whole, "blocks");
    for parts in [3, 7] {
        let at = |k: usize| 6.0 * k as f64 / parts as f64;
        let joined: Vec<f32> = (0..parts).flat_map(|k| part(at(k), at(k + 1), 1000 + k)).collect();
        assert_eq!(joined.len(), whole.len());
        assert!(joined == whole, "{parts} parts");
    }
}

#[test]
fn file_that_fails_costs_nobody_else() {
    let signal = noise(48_000, 0.4);
    let good = || voice(mono(48_000, 0.0, 960, &signal), &[(-1.0, 2.0)]);
    let unopened = Voice { open: Box::new(|| Err(broken())), ..good() };
    let breaks: VecDeque<_> =
        std::iter::once(Err(broken())).chain(std::iter::repeat_with(|| Err(broken())).take(500)).collect();
    let given = Arc::new(AtomicUsize::new(0));
    let mut mix = Mix::new(
        vec![unopened, good(), scripted(breaks, &[(0.0, 2.0)], Arc::clone(&given))],
        Timestamp::ZERO,
        seconds(1.0),
    );
    assert_eq!(left(&mut mix, 4800), signal);
    let report = mix.report();
    let failures: Vec<u64> = report.voices.iter().map(|voice| voice.track.failures.count).collect();
    assert_eq!(failures, [1, 0, 64]);
    assert_eq!(report.voices[0].track.failures.first, ["a.webm: nothing at byte 7"]);
    assert_eq!(report.voices[2].track.failures.first.len(), 8);
    assert_eq!(given.load(Ordering::Relaxed), 64);
}

#[test]
fn what_fails_in_the_middle_is_a_gap() {
    let signal = noise(48_000, 0.8);
    let mut pieces: VecDeque<_> = mono(48_000, 0.0, 960, &signal).into_iter().map(Ok).collect();
    pieces[20] = Err(broken());
    pieces[30].as_mut().unwrap().sample_rate = 7_999;
    let mut mix =
        Mix::new(vec![scripted(pieces, &[(-1.0, 2.0)], Arc::default())], Timestamp::ZERO, seconds(1.0));
    let mut wanted = signal;
    wanted[20 * 960..21 * 960].fill(0.0);
    wanted[30 * 960..31 * 960].fill(0.0);
    assert_eq!(left(&mut mix, 4800), wanted);
    let track = &mix.report().voices[0].track;
    assert_eq!((track.gaps, track.gap_samples, track.failures.count), (2, 1920, 2));
    assert_eq!(track.failures.first[1], "sound of 7999 Hz; 8000 to 192000 Hz can be mixed");
}

#[test]
fn file_is_read_no_further_than_needed() {
    let given = Arc::new(AtomicUsize::new(0));
    let mut pieces = mono(48_000, 0.0, 960, &noise(4800, 0.5));
    pieces.extend(mono(48_000, 7200.0, 960, &noise(48_000 * 10, 0.5)));
    let pieces = pieces.into_iter().map(Ok).collect();
    let voice = scripted(pieces, &[(0.0, 0.1), (5.0, 9000.0)], Arc::clone(&given));
    let mut mix = Mix::new(vec![Voice { zero: seconds(1.0), ..voice }], Timestamp::ZERO, seconds(8000.0));
    assert_eq!(given.load(Ordering::Relaxed), 0);
    mix.next_block(40_000).unwrap();
    assert_eq!(given.load(Ordering::Relaxed), 0, "before its zero");
    for _ in 0..100 {
        mix.next_block(9600).unwrap();
    }
    let read = given.load(Ordering::Relaxed);
    assert!((5..80).contains(&read), "{read} pieces");
}

#[test]
fn length_is_exact_where_nobody_speaks() {
    let mut mix = Mix::new(Vec::new(), Timestamp::from_nanos(1), Timestamp::from_nanos(1_000_000_001));
    assert_eq!((mix.len(), mix.position(), mix.is_empty()), (48_000, 1, false));
    assert!(left(&mut mix, 1001).iter().all(|&sample| sample == 0.0));
    assert_eq!((mix.position(), mix.report().samples), (48_001, 48_000));
    let mut nothing = Mix::new(Vec::new(), seconds(2.0), seconds(1.0));
    assert!(nothing.is_empty() && nothing.next_block(10).is_none());
}

#[test]
fn many_are_limited_and_one_alone_is_not() {
    let loud = |n: i32| {
        voice(mono(48_000, 0.0, 960, &noise(48_000, 0.8)), &[(-1.0, if n == 0 { 2.0 } else { 0.5 })])
    };
    let mut mix = Mix::new((0..17).map(loud).collect(), Timestamp::ZERO, seconds(1.0));
    let out = left(&mut mix, 4800);
    assert!(out.iter().all(|sample| sample.abs() <= CEILING));
    assert_eq!(out[27_000..], noise(48_000, 0.8)[27_000..]);
    let report = mix.report().limiter;
    assert!(
        report.lowest_gain < 0.08 && report.limited_samples > 24_000 && report.limited_samples < 27_000,
        "{report:?}"
    );
}

#[test]
fn mix_can_run_in_a_thread_of_its_own() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&Mix::new(meeting(), seconds(0.0), seconds(1.0)));
}

#[test]
fn any_pieces_whatever_give_sound_of_the_right_length() {
    let mut seed = 1_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let rates = [0, 7_999, 8_000, 8_001, 44_100, 48_000, 191_999, 192_000, u32::MAX];
    for case in 0..150 {
        let mut at = 0_i64;
        let mut rate = rates[draw(9) as usize];
        let pieces = (0..draw(60)).map(|_| {
            match draw(12) {
                0 => at = draw(u64::MAX) as i64,
                1 => at = at.wrapping_neg(),
                2 => at = at.wrapping_add(draw(50_000_000) as i64 - 25_000_000),
                3 => rate = rates[draw(9) as usize],
                4 => return Err(broken()),
                _ => {}
            }
            let channels = [1, 1, 2, 2, 0, 3, 6, 9][draw(8) as usize];
            let len = [0, 1, 7, 480, 960, 20_000][draw(6) as usize];
            let value = [0.1, f32::NAN, f32::INFINITY, -1e38, f32::MIN_POSITIVE][draw(5) as usize];
            let sound = Sound {
                at: Timestamp::from_nanos(at),
                sample_rate: rate,
                channels,
                samples: vec![value; len],
            };
            at = at.wrapping_add(
                len as i64 / i64::from(channels.max(1)) * 1_000_000_000 / i64::from(rate.max(1)),
            );
            Ok(sound)
        });
        let mut mix = Mix::new(
            vec![scripted(pieces.collect(), &[(-1e9, 0.1), (0.2, 1e9)], Arc::default())],
            seconds(-0.05),
            seconds(0.4),
        );
        let out = left(&mut mix, 1 + draw(5000) as usize);
        assert_eq!(out.len(), 21_600, "case {case}");
        assert!(out.iter().all(|sample| sample.abs() <= CEILING), "case {case}");
    }
}
