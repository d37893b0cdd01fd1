//! Sound through files of several kinds comes out where it went in.

use std::path::Path;
use std::process::Command;

use polyptych::Timestamp;
use polyptych_recorder::decode::{Backend, Decoders, Files};
use polyptych_recorder::encode::SoundEncoder;
use polyptych_recorder::encode::aac::AacEncoder;
use polyptych_recorder::ffmpeg::InputOptions;
use polyptych_recorder::media::Reach;
use polyptych_recorder::sound::{Mix, SoundReport, Voice};
use polyptych_recorder::write::wav::{SampleFormat, WavWriter};
use polyptych_recorder::write::{self, Tracks, WriteOptions};

use crate::programs::has_ffmpeg;

const SECONDS: usize = 2;

/// Bursts of low noise, which nowhere repeat: interleaved stereo, the right side quieter.
fn bursts() -> Vec<f32> {
    let (mut seed, mut low, mut lower) = (3_u32, 0.0_f32, 0.0_f32);
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (seed >> 8) as f32 / (1 << 23) as f32 - 1.0;
        low += 0.1 * (noise - low);
        lower += 0.1 * (low - lower);
        if (n / 4800).is_multiple_of(3) { 0.0 } else { lower * 2.0 }
    };
    (0..48_000 * SECONDS).map(&mut next).flat_map(|sample| [sample, 0.5 * sample]).collect()
}

/// A file's sound through the mix.
fn mixed(path: &Path) -> (Vec<f32>, SoundReport) {
    let decoders = Decoders::new(Backend::Embedded, None, InputOptions::default());
    let files = Files::new(decoders, Reach::Folder);
    let file = path.to_owned();
    let voice = Voice {
        name: "1".to_owned(),
        zero: Timestamp::ZERO,
        heard: vec![(Timestamp::from_secs(-1), Timestamp::from_secs(SECONDS as i64 + 1))],
        open: Box::new(move || files.open_sound(&file)),
    };
    let mut mix = Mix::new(vec![voice], Timestamp::ZERO, Timestamp::from_secs(SECONDS as i64));
    let mut samples = Vec::new();
    while let Some(block) = mix.next_block(1024) {
        samples.extend_from_slice(block);
    }
    (samples, mix.report())
}

/// By how many samples the left side of `heard` is late, found by comparing; and how well it agrees there, in decibels.
fn lag(signal: &[f32], heard: &[f32]) -> (i32, f64) {
    const MOST: i32 = 200;
    let left = |of: &[f32]| of.iter().step_by(2).map(|&sample| f64::from(sample)).collect::<Vec<_>>();
    let (signal, heard) = (left(signal), left(heard));
    let middle = MOST as usize..signal.len() - MOST as usize;
    let product = |lag: i32| -> f64 {
        middle.clone().step_by(5).map(|n| signal[n] * heard[(n as i32 + lag) as usize]).sum()
    };
    let best = (-MOST..MOST).max_by(|&a, &b| product(a).total_cmp(&product(b))).expect("some");
    let power: f64 = middle.clone().map(|n| signal[n] * signal[n]).sum();
    let noise: f64 = middle.map(|n| (signal[n] - heard[(n as i32 + best) as usize]).powi(2)).sum();
    (best, 10.0 * (power / noise).log10())
}

#[test]
fn our_own_file_gives_back_its_sound_in_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mp4");
    let (signal, mut packets) = (bursts(), Vec::new());
    let mut encoder = AacEncoder::new(128).expect("an encoder");
    encoder.encode(&signal, &mut packets).expect("packets");
    encoder.finish(&mut packets).expect("packets");
    let tracks = Tracks { video: None, sound: Some(encoder.config()) };
    let options = WriteOptions::default();
    let mut writer = write::create(&path, &tracks, &options).expect("a file");
    packets.into_iter().for_each(|packet| writer.sound(packet).expect("written"));
    writer.finish().expect("written");

    let (heard, report) = mixed(&path);
    let (late, decibels) = lag(&signal, &heard);
    assert_eq!(late, 0);
    assert!(decibels > 25.0, "{decibels} dB");
    assert_eq!((report.voices[0].track.gaps, report.voices[0].track.overlaps), (0, 0), "{report:?}");
}

#[test]
fn files_of_another_program_give_their_sound_in_place() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.wav");
    let signal = bursts();
    let mut writer = WavWriter::create(&source, SampleFormat::F32).expect("a file");
    writer.write(&signal).expect("written");
    writer.finish().expect("written");
    let cases = [
        ("a.webm", &["-c:a", "libopus", "-b:a", "128k"][..], 1),
        ("b.mkv", &["-c:a", "libopus", "-b:a", "96k", "-frame_duration", "60"], 1),
        ("c.mp4", &["-c:a", "aac", "-b:a", "160k"], 0),
        ("d.mp4", &["-c:a", "aac", "-b:a", "160k", "-ar", "44100"], 1),
        (
            "e.mp4",
            &["-c:a", "aac", "-b:a", "160k", "-ar", "32000", "-movflags", "frag_keyframe+delay_moov"],
            1,
        ),
    ];
    for (name, arguments, tolerance) in cases {
        let path = folder.path().join(name);
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(&source).args(arguments).arg(&path);
        let made = ffmpeg.output().expect("ffmpeg runs");
        assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
        let (heard, report) = mixed(&path);
        let (late, decibels) = lag(&signal, &heard);
        println!("{name}: {late} samples late, {decibels:.1} dB; {:?}", report.voices[0].track);
        assert!(late.abs() <= tolerance, "{name}: {late} samples late");
        assert!(decibels > 12.0, "{name}: {decibels} dB");
        let track = &report.voices[0].track;
        assert_eq!((track.gaps, track.overlaps, track.failures.count), (0, 0, 0), "{name}: {track:?}");
    }
}
