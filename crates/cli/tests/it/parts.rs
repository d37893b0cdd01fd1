//! Parts of a recording: each equals its stretch of the whole, and joined they are the whole.

mod webm;

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use polyptych::Timestamp;
use polyptych_recorder::decode::{Backend, Decoders, Files};
use polyptych_recorder::ffmpeg::InputOptions;
use polyptych_recorder::media::{self, Reach, TrackKind};
use tempfile::TempDir;

use crate::run::{render_embedded, run_in};
use crate::wav::wav;

/// 74 frames in 8 keyframe intervals; the last one is short.
const DESCRIPTION: &str = r##"{
  "transcodingConfig": {"width": 96, "height": 64, "fps": 10, "bitrate": 200, "mixedVideoLayout": 1},
  "users": [
    {"uid": "1", "media": [{"file": "1.y4m", "start": 0.03}, {"file": "1.wav", "start": 0.2}]},
    {"uid": "2", "joined": 1.5, "left": 6.25,
     "media": [{"file": "2.y4m", "start": 0.5}, {"file": "2.wav", "start": 1.501}]}
  ],
  "events": [
    {"at": 2.96, "mute": {"uid": "1", "video": false, "audio": true}},
    {"at": 3.5, "updateLayout": {"mixedVideoLayout": 2, "maxResolutionUid": "2"}},
    {"at": 4.04, "mute": {"uid": "1", "video": true, "audio": false}}
  ],
  "duration": 7.35
}"##;
const FRAMES: usize = 74;

/// A folder with the description and what it names.
fn meeting() -> TempDir {
    let folder = TempDir::new().expect("a folder for the test");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("written");
    write("recording.json", DESCRIPTION.as_bytes());
    write("1.y4m", &pictures(90, 7));
    write("2.y4m", &pictures(70, 40));
    write("1.wav", &tone(44_100, 440.0, 7.0));
    write("2.wav", &tone(48_000, 315.0, 4.0));
    folder
}

/// Y4M, 12.5 pictures a second, each another grey on a slope.
fn pictures(count: usize, step: usize) -> Vec<u8> {
    let mut file = b"YUV4MPEG2 W64 H48 F25:2 Ip A1:1 C420jpeg\n".to_vec();
    for picture in 0..count {
        file.extend_from_slice(b"FRAME\n");
        file.extend((0..64 * 48).map(|at| (16 + (at % 64 + at / 64 + picture * step) % 220) as u8));
        file.extend([100; 32 * 24]);
        file.extend([150; 32 * 24]);
    }
    file
}

/// A WAV file of one channel: a tone that rises and falls in loudness.
fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<u8> {
    let samples = (0..(f64::from(rate) * seconds) as u32).map(|n| {
        let t = f64::from(n) / f64::from(rate);
        let loudness = 9000.0 * (1.0 + 0.5 * (TAU * 1.3 * t).sin());
        (loudness * (TAU * hertz * t).sin()) as i16
    });
    wav(rate, samples)
}

/// What every rendering is told.
const FLAGS: [&str; 10] = render_embedded("1");

/// The same for WebM, whose encoders ffmpeg has.
const WEBM_FLAGS: [&str; 10] = {
    let mut flags = FLAGS;
    flags[5] = "vp9";
    flags
};

/// Renders the whole, or a part of it.
fn render(folder: &Path, segment: Option<(usize, usize)>, ending: &str) -> PathBuf {
    let (name, segment) = match segment {
        Some((index, count)) => (format!("part-{index}-{count}.{ending}"), Some(format!("{index}/{count}"))),
        None => (format!("whole.{ending}"), None),
    };
    let flags = if ending == "webm" { WEBM_FLAGS } else { FLAGS };
    let mut args = [&flags[..], &["-o", &name]].concat();
    if let Some(segment) = &segment {
        args.extend(["--segment", segment]);
    }
    run_in(folder, &args, b"").exits_with(0);
    folder.join(name)
}

fn render_parts(folder: &Path, count: usize, ending: &str) -> Vec<PathBuf> {
    (0..count).map(|index| render(folder, Some((index, count)), ending)).collect()
}

/// What is behind the first `marker` and `skip` more bytes.
fn behind(path: &Path, marker: &[u8], skip: usize) -> Vec<u8> {
    let file = fs::read(path).expect("rendered");
    let at = file.windows(marker.len()).position(|window| window == marker).expect("the marker");
    file[at + marker.len() + skip..].to_vec()
}

#[test]
fn parts_have_the_frames_of_the_whole() {
    let folder = meeting();
    let frames = |path: &PathBuf| behind(path, b"\n", 0);
    let whole = frames(&render(folder.path(), None, "y4m"));
    assert_eq!(whole.len(), FRAMES * (6 + 96 * 64 * 3 / 2));
    for count in [1, 3, 7] {
        let joined: Vec<u8> = render_parts(folder.path(), count, "y4m").iter().flat_map(frames).collect();
        assert!(joined == whole, "{count} parts");
    }
}

#[test]
fn parts_have_the_sound_of_the_whole() {
    let folder = meeting();
    let samples = |path: &PathBuf| behind(path, b"data", 4);
    let whole = samples(&render(folder.path(), None, "wav"));
    assert_eq!(whole.len(), FRAMES * 4800 * 4);
    assert!(whole.iter().any(|byte| *byte != 0));
    for count in [1, 3, 7] {
        let joined: Vec<u8> = render_parts(folder.path(), count, "wav").iter().flat_map(samples).collect();
        assert!(joined == whole, "{count} parts");
    }
}

/// The stamps of a file's frames in decoding order, and which are keyframes.
fn stamps(path: &Path) -> Vec<(Timestamp, bool)> {
    let mut packets = media::packets(path, Reach::Folder, TrackKind::Video).expect("a reader");
    let mut stamps = Vec::new();
    while let Some(packet) = packets.next_packet().expect("a packet") {
        stamps.push((packet.at, packet.is_key));
    }
    stamps
}

/// A file's sound, from its zero on.
fn sound(path: &Path) -> Vec<f32> {
    let decoders = Decoders::new(Backend::Embedded, None, InputOptions::default());
    let files = Files::new(decoders, Reach::Folder);
    let mut source = files.open_sound(path).expect("a source");
    let mut samples = Vec::new();
    while let Some(piece) = source.next_sound().expect("sound") {
        let at = (piece.at.as_nanos() as f64 * 48e-6).round() as usize * 2;
        // A millisecond is the unit of Matroska; a packet of Opus is a multiple of it.
        let tolerance = if path.extension().is_some_and(|ending| ending == "mkv") { 2 * 25 } else { 0 };
        assert!(at.abs_diff(samples.len()) <= tolerance, "pieces follow each other: {at}, {}", samples.len());
        samples.extend(piece.samples);
    }
    samples
}

/// How far `other` is from `samples`, in dB below them: the worst 50 ms.
fn worst_snr(samples: &[f32], other: &[f32]) -> f64 {
    let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x).powi(2)).sum::<f64>();
    let mut worst = f64::INFINITY;
    for (ours, theirs) in samples.chunks(4800).zip(other.chunks(4800)) {
        let signal = energy(&mut ours.iter().copied());
        let noise = energy(&mut ours.iter().zip(theirs).map(|(a, b)| a - b));
        if signal > 1e-3 {
            worst = worst.min(10.0 * (signal / noise.max(1e-12)).log10());
        }
    }
    worst
}

/// Joins the parts in their folder.
fn join(folder: &Path, parts: &[PathBuf], name: &str) -> PathBuf {
    let mut args = vec!["concat", "-o", name];
    args.extend(parts.iter().map(|part| part.to_str().expect("text")));
    run_in(folder, &args, b"").exits_with(0);
    folder.join(name)
}

#[test]
fn joined_parts_have_every_frame_once_and_sound_without_a_seam() {
    let folder = meeting();
    for (ending, counts) in [("mp4", &[1, 3, 7][..]), ("mkv", &[3])] {
        let whole = render(folder.path(), None, ending);
        let (frames, samples) = (stamps(&whole), sound(&whole));
        assert_eq!(frames.len(), FRAMES);
        for &count in counts {
            let parts = render_parts(folder.path(), count, ending);
            let joined = join(folder.path(), &parts, &format!("joined-{count}.{ending}"));
            assert_eq!(stamps(&joined), frames, "{count} parts, {ending}");
            let heard = sound(&joined);
            assert_eq!(heard.len(), samples.len(), "{count} parts, {ending}");
            let snr = worst_snr(&samples, &heard);
            assert!(snr > MIN_SNR, "{count} parts, {ending}: {snr:.1} dB");
        }
    }
}

/// Two encodings of the same tones are that close; a packet of silence in its place would be 0 dB.
const MIN_SNR: f64 = 20.0;

#[test]
fn a_part_alone_is_heard_from_its_first_sample() {
    let folder = meeting();
    let whole = sound(&render(folder.path(), None, "mp4"));
    let part = render(folder.path(), Some((1, 7)), "mp4");
    let heard = sound(&part);
    // The second of eight keyframe intervals: from 1 s.
    let snr = worst_snr(&whole[2 * 48_000..2 * 96_000], &heard[..2 * 48_000]);
    assert!(snr > MIN_SNR, "{snr:.1} dB");
    assert_eq!(stamps(&part).first(), Some(&(Timestamp::ZERO, true)));
}

#[test]
fn processes_of_a_batch_engine_render_the_whole_together() {
    let folder = meeting();
    let start = |index: usize| {
        Command::new(env!("CARGO_BIN_EXE_polyptych"))
            .args(FLAGS)
            .args(["--segment", "/3", "-o", &format!("part-{index}.mp4")])
            .current_dir(folder.path())
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts")
    };
    for mut process in [0, 1, 2].map(start) {
        assert!(process.wait().expect("it ends").success());
    }
    let args = ["concat", "part-0.mp4", "part-1.mp4", "part-2.mp4", "-o", "joined.mp4"];
    run_in(folder.path(), &args, b"").exits_with(0);
    let whole = render(folder.path(), None, "mp4");
    assert_eq!(stamps(&folder.path().join("joined.mp4")), stamps(&whole));

    let wrong = ["concat", "part-1.mp4", "part-0.mp4", "-o", "wrong.mp4"];
    let run = run_in(folder.path(), &wrong, b"").exits_with(3);
    assert!(run.stderr.contains("part-0.mp4") && run.stderr.contains("order"), "{}", run.stderr);
    assert!(!folder.path().join("wrong.mp4").exists());
}

/// A playlist in a folder is called by the hash of its description.
fn playlist_in(folder: &Path) -> PathBuf {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    names
        .into_iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "m3u8"))
        .expect("a playlist")
}

#[test]
fn what_was_stopped_goes_on() {
    let folder = meeting();
    let whole = render(folder.path(), None, "mp4");
    for (name, more) in [("talk.mp4", ""), ("talk.m3u8", "ts"), ("talk/", "mp4")] {
        let flags = if more.is_empty() { Vec::new() } else { vec!["--hls-segments", more] };
        let resume = |more: &[&str]| {
            let args = [&FLAGS[..], &flags, &["--resume", "-o", name], more].concat();
            run_in(folder.path(), &args, b"")
        };
        // As Ctrl-C leaves it: whole frames, and sound as far.
        resume(&["--to", "2.7"]).exits_with(0);
        let run = resume(&["--report", "report.json"]).exits_with(0);
        assert!(run.stderr.contains("there up to 2.7 s"), "{}", run.stderr);
        let report = fs::read(folder.path().join("report.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(report["ticks"], FRAMES - 27, "what is there is not rendered again");
        let talk = folder.path().join(name);
        let talk = if talk.is_dir() { playlist_in(&talk) } else { talk };
        let times = |path: &Path| {
            let times: Vec<_> = stamps(path).into_iter().map(|(at, _)| at.as_nanos()).collect();
            // Transport streams count from the sound's priming.
            times.iter().map(|at| (at - times[0] + 50_000) / 100_000).collect::<Vec<_>>()
        };
        assert_eq!(times(&talk), times(&whole), "{name}");
        let counted = |path: &Path| {
            let mut packets = media::packets(path, Reach::Folder, TrackKind::Sound).expect("sound");
            std::iter::from_fn(|| packets.next_packet().expect("a packet")).count()
        };
        assert_eq!(counted(&talk), counted(&whole), "{name}");
        assert!(resume(&[]).exits_with(0).stderr.contains("nothing is left"));
        resume(&["--force"]).exits_with(2);
    }
    let y4m = [&FLAGS[..], &["--resume", "-o", "talk.y4m"]].concat();
    assert!(run_in(folder.path(), &y4m, b"").exits_with(2).stderr.contains("--resume"));
}
