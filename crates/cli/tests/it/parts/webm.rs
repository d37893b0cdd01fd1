//! Parts in VP9 and Opus, and what goes on in them.

use std::fs;
use std::path::Path;
use std::process::Command;

use polyptych_recorder::media::{self, Packet, Reach, TrackKind};

use super::{
    FRAMES, MIN_SNR, WEBM_FLAGS, behind, join, meeting, render, render_parts, sound, stamps, worst_snr,
};
use crate::programs::has_ffmpeg;
use crate::run::run_in;

/// How much farther from the mix joined sound may be than sound that one encoder made, in dB.
const SEAM: f64 = 3.0;
/// Samples of both channels in a second.
const SECOND: usize = 2 * 48_000;

/// Whether ffmpeg is there, with the encoders; says so where it is not.
fn can_encode() -> bool {
    if !has_ffmpeg() {
        return false;
    }
    let out = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output().expect("ffmpeg runs");
    let names = String::from_utf8_lossy(&out.stdout).into_owned();
    let has = ["libvpx-vp9", "libopus"].iter().all(|name| names.contains(name));
    if !has {
        println!("skipped: ffmpeg has no VP9 or Opus");
    }
    has
}

/// The mix before it is encoded.
fn mix(folder: &Path) -> Vec<f32> {
    let bytes = behind(&render(folder, None, "wav"), b"data", 4);
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0).collect()
}

fn pieces(path: &Path) -> Vec<Packet> {
    let mut packets = media::packets(path, Reach::Folder, TrackKind::Sound).expect("a reader");
    std::iter::from_fn(|| packets.next_packet().expect("a packet")).collect()
}

/// The samples that ffmpeg decodes, which it must do without a word.
fn decoded(path: &Path) -> usize {
    let mut decode = Command::new("ffmpeg");
    decode.args(["-v", "warning", "-nostdin", "-i"]).arg(path);
    let out = decode.args(["-f", "null", "-", "-vn", "-f", "s16le", "-"]).output().expect("ffmpeg runs");
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout.len() / 2
}

#[test]
fn joined_webm_has_every_frame_once_and_sound_without_a_seam() {
    if !can_encode() {
        return;
    }
    let folder = meeting();
    let (mix, whole) = (mix(folder.path()), render(folder.path(), None, "webm"));
    let least = worst_snr(&mix, &sound(&whole)) - SEAM;
    assert_eq!(stamps(&whole).len(), FRAMES);
    for count in [1, 3, 7] {
        let parts = render_parts(folder.path(), count, "webm");
        let joined = join(folder.path(), &parts, &format!("joined-{count}.webm"));
        assert_eq!(stamps(&joined), stamps(&whole), "{count} parts");
        let times = |path: &Path| {
            let told = |packet: &Packet| (packet.at, packet.duration, packet.trim);
            pieces(path).iter().map(told).collect::<Vec<_>>()
        };
        assert_eq!(times(&joined), times(&whole), "{count} parts");
        let heard = sound(&joined);
        assert_eq!(heard.len(), mix.len(), "{count} parts");
        let snr = worst_snr(&mix, &heard);
        assert!(snr > least, "{count} parts: {snr:.1} dB, not {least:.1}");
        assert_eq!(decoded(&joined), mix.len(), "{count} parts");
    }
    let run = run_in(folder.path(), &["inspect", "joined-3.webm"], b"").exits_with(0);
    assert_eq!(run.text().matches("from 0.000 s to 7.400 s").count(), 2, "{}", run.text());

    let wrong = ["concat", "part-0-3.webm", "part-1-3.webm", "part-2-3.webm", "-o", "joined.mp4"];
    let run = run_in(folder.path(), &wrong, b"").exits_with(1);
    assert!(run.stderr.contains("H.264"), "{}", run.stderr);
    let left = |name| folder.path().join(name).exists();
    assert!(!left("joined.mp4") && !left("joined.part.mp4"));
}

#[test]
fn a_part_in_opus_is_heard_from_its_first_sample_to_its_last() {
    if !can_encode() {
        return;
    }
    let folder = meeting();
    let mix = mix(folder.path());
    // The second of eight keyframe intervals: from 1 s to 2 s.
    let part = render(folder.path(), Some((1, 7)), "webm");
    let (expected, heard) = (&mix[SECOND..2 * SECOND], sound(&part));
    assert_eq!((heard.len(), decoded(&part)), (SECOND, SECOND));
    let snr = worst_snr(expected, &heard);
    assert!(snr > MIN_SNR, "{snr:.1} dB");
}

#[test]
fn webm_that_was_killed_goes_on() {
    if !can_encode() {
        return;
    }
    let folder = meeting();
    let (mix, whole) = (mix(folder.path()), render(folder.path(), None, "webm"));
    let talk = folder.path().join("talk.webm");
    let resume = |more: &[&str]| {
        run_in(folder.path(), &[&WEBM_FLAGS[..], &["--resume", "-o", "talk.webm"], more].concat(), b"")
    };
    // As a kill leaves it: the end of a cluster is missing, and there is no index.
    let bytes = fs::read(&whole).expect("rendered");
    fs::write(folder.path().join("talk.part.webm"), &bytes[..bytes.len() * 6 / 10]).expect("written");
    let run = resume(&["--report", "report.json"]).exits_with(0);
    assert!(run.stderr.contains("is there up to"), "{}", run.stderr);
    let report = fs::read(folder.path().join("report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    let rendered = report["ticks"].as_u64().expect("a number");
    assert!(rendered < FRAMES as u64 / 2, "{rendered}");
    let times = |path: &Path| stamps(path).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(times(&talk), times(&whole));
    assert_eq!(decoded(&talk), mix.len());
    let least = worst_snr(&mix, &sound(&whole)) - SEAM;
    let snr = worst_snr(&mix, &sound(&talk));
    assert!(snr > least, "{snr:.1} dB, not {least:.1}");
    assert!(resume(&[]).exits_with(0).stderr.contains("nothing is left"));

    // As Ctrl-C leaves it: whole frames, and sound as far.
    fs::remove_file(&talk).expect("removed");
    resume(&["--to", "2.7"]).exits_with(0);
    assert_eq!(decoded(&talk), 27 * SECOND / 10);
    let run = resume(&[]).exits_with(0);
    assert!(run.stderr.contains("there up to 2.7 s"), "{}", run.stderr);
    assert_eq!(times(&talk), times(&whole));
    assert_eq!(decoded(&talk), mix.len());
    let snr = worst_snr(&mix, &sound(&talk));
    assert!(snr > least, "{snr:.1} dB, not {least:.1}");
}
