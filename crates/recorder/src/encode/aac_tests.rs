//! The encoder against decoders of others, sample by sample.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::f32::consts::TAU;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::programs::has_ffmpeg;

/// Interleaved stereo of `frames` samples.
fn stereo(frames: usize, of: impl Fn(usize) -> (f32, f32)) -> Vec<f32> {
    (0..frames).flat_map(|n| <[f32; 2]>::from(of(n))).collect()
}

/// Like speech: a buzz of a hundred hertz and breath, in syllables.
fn speech(frames: usize) -> Vec<f32> {
    let mut seed = 7_u32;
    let mut breath = 0.0_f32;
    let samples: Vec<f32> = (0..frames)
        .map(|n| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (seed >> 8) as f32 / (1 << 23) as f32 - 1.0;
            breath = 0.85 * breath + 0.15 * noise;
            let t = n as f32 / 48_000.0;
            let syllable = (0.5 - 0.5 * (TAU * 4.0 * t).cos()).powi(2);
            let buzz: f32 = (1..20).map(|k| (TAU * 110.0 * k as f32 * t).sin() / (k * k) as f32).sum();
            syllable * (0.3 * buzz + 0.2 * breath)
        })
        .collect();
    samples.iter().flat_map(|&sample| [sample, 0.7 * sample]).collect()
}

fn encode(samples: &[f32], kbps: u32, block: usize) -> (Vec<EncodedPacket>, AacEncoder) {
    let mut encoder = AacEncoder::new(kbps).unwrap();
    let mut packets = Vec::new();
    for block in samples.chunks(2 * block) {
        encoder.encode(block, &mut packets).unwrap();
    }
    encoder.finish(&mut packets).unwrap();
    (packets, encoder)
}

/// Every access unit with a header of ISO/IEC 14496-3, 1.A.2, as one stream.
fn adts(packets: &[EncodedPacket]) -> Vec<u8> {
    let mut stream = Vec::new();
    for packet in packets {
        let len = packet.data.len() as u32 + 7;
        // AAC-LC, 48,000 Hz, two channels, no checksum.
        stream.extend([
            0xFF,
            0xF1,
            0x4C,
            0x80 | (len >> 11) as u8,
            (len >> 3) as u8,
            (len << 5) as u8 | 0x1F,
            0xFC,
        ]);
        stream.extend(&packet.data);
    }
    stream
}

/// Decoded by another program, interleaved; `None` where there is none.
fn ffmpeg(packets: &[EncodedPacket]) -> Option<Vec<f32>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.aac");
    std::fs::write(&file, adts(packets)).unwrap();
    let run = |file: &Path| {
        Command::new("ffmpeg")
            .args(["-v", "error", "-flags2", "+skip_manual", "-i"])
            .arg(file)
            .args(["-f", "f32le", "-"])
            .stdin(Stdio::null())
            .output()
    };
    if !has_ffmpeg() {
        return None;
    }
    let output = run(&file).expect("ffmpeg runs");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output.stdout.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect())
}

/// Decoded by the crate that encodes.
fn decoded(packets: &[EncodedPacket]) -> Vec<f32> {
    let audio = syom::decode_with(&adts(packets), &syom::DecodeOptions::unbounded()).unwrap();
    audio.channels[0].iter().zip(&audio.channels[1]).flat_map(|(&left, &right)| [left, right]).collect()
}

/// Decibels by which the signal is above what differs, `lag` samples later.
fn snr(signal: &[f32], decoded: &[f32], lag: usize) -> f64 {
    let (mut power, mut noise) = (0.0, 0.0);
    for (&a, &b) in signal.iter().zip(decoded.iter().skip(2 * lag)) {
        power += f64::from(a).powi(2);
        noise += f64::from(a - b).powi(2);
    }
    10.0 * (power / noise).log10()
}

#[test]
fn decoded_sound_is_in_its_place_after_the_priming() {
    let signal = speech(48_000);
    let (packets, _) = encode(&signal, 128, 1000);
    let decoders = [Some(decoded(&packets)), ffmpeg(&packets)];
    for decoded in decoders.iter().flatten() {
        let best = (0..3000_usize).filter(|lag| lag % 64 == 0 || lag.abs_diff(1024) < 40);
        let best =
            best.max_by(|&a, &b| snr(&signal, decoded, a).total_cmp(&snr(&signal, decoded, b))).unwrap();
        assert_eq!(best, PRIMING as usize);
        // To the last sample.
        assert!(decoded.len() / 2 >= 48_000 + 1024 && decoded.len() / 2 < 48_000 + 2 * 1024);
        assert!(snr(&signal, decoded, 1024) > 18.0, "{} dB", snr(&signal, decoded, 1024));
    }
}

#[test]
fn sine_comes_back_60_decibels_above_its_noise() {
    let signal = stereo(48_000, |n| {
        let sample = 0.5 * (TAU * 997.0 * (n as f64 / 48_000.0).fract() as f32).sin();
        (sample, sample)
    });
    let (packets, _) = encode(&signal, 128, 1024);
    let at = snr(&signal[9600..86_400], &decoded(&packets)[9600..], 1024);
    assert!(at > 60.0, "{at} dB");
}

#[test]
fn packets_follow_each_other_and_hold_the_bitrate() {
    let signal = speech(4 * 48_000);
    for kbps in [64, 128, 192] {
        let (packets, encoder) = encode(&signal, kbps, 777);
        assert!(
            packets
                .iter()
                .enumerate()
                .all(|(k, packet)| packet.pts == 1024 * k as i64 && packet.dts == packet.pts)
        );
        assert_eq!(packets.len(), (4 * 48_000_usize).div_ceil(1024) + 1);
        let bits = 8 * packets.iter().map(|packet| packet.data.len()).sum::<usize>();
        let measured = bits as f64 / 4000.0;
        assert!(measured < f64::from(kbps) * 1.05, "{measured} of {kbps} kbit/s");
        // AAC-LC (2), 48,000 Hz (3), two channels: ISO/IEC 14496-3, 1.6.2.1.
        assert_eq!(encoder.config(), TrackConfig::Aac { config: vec![0x11, 0x90], priming: 1024 });
    }
}

#[test]
fn blocks_do_not_change_what_comes_out() {
    let signal = speech(10_000);
    assert_eq!(encode(&signal, 96, 1).0, encode(&signal, 96, 10_000).0);
}

#[test]
fn parts_with_a_lead_join_without_a_seam() {
    // Knocks, one of them at the seam, so that windows are chosen anew.
    let mut signal = speech(40 * 1024);
    for knock in [9_000, 20 * 1024 - 300, 20 * 1024 + 500, 30_000] {
        signal[2 * knock..2 * knock + 200].iter_mut().for_each(|sample| *sample = 0.9 - *sample);
    }
    let whole = decoded(&encode(&signal, 128, 1024).0);
    for first in [7, 20, 21, 29] {
        let mut packets = encode(&signal[..2 * 1024 * (first + LEAD_FRAMES)], 128, 1024).0;
        packets.truncate(first);
        let lead = 2 * 1024 * (first - LEAD_FRAMES);
        packets.extend(encode(&signal[lead..], 128, 1024).0.into_iter().skip(LEAD_FRAMES));
        let joined = decoded(&packets);
        assert_eq!(joined.len(), whole.len());
        let around = 2 * 1024 * (first - 2)..2 * 1024 * (first + 2);
        let [of_joined, of_whole] =
            [&joined, &whole].map(|of| snr(&signal[around.clone()], &of[around.start..], 1024));
        assert!(of_joined > of_whole - 1.0, "at frame {first}: {of_joined} dB, {of_whole} dB in the whole");
    }
}

#[test]
fn what_is_no_sound_does_not_stop_the_encoder() {
    let (packets, _) = encode(&[f32::NAN, f32::INFINITY, -7.0, 0.0].repeat(3000), 128, 500);
    assert!(decoded(&packets).iter().all(|sample| sample.is_finite()));
    assert!(encode(&[], 128, 1).0.is_empty());
}

#[test]
fn bitrates_out_of_range_are_refused() {
    for kbps in [0, 15, 577, u32::MAX] {
        let problem = AacEncoder::new(kbps).err().map(|error| error.to_string()).unwrap();
        assert_eq!(problem, format!("AAC: a bitrate of {kbps} kbit/s; AAC takes 16 to 576"));
    }
    for kbps in [16, 576] {
        encode(&speech(3000), kbps, 1024);
    }
}
