//! Transport streams, playlists, uncompressed media and stills, as other programs write them.

mod hls;
mod plain;
mod ts;

use std::path::Path;
use std::process::Command;

use polyptych_recorder::media::Packet;

use crate::programs::has_ffmpeg;

/// Runs ffmpeg in a folder; `false`, told aloud, where it is not on this machine.
fn ffmpeg(folder: &Path, arguments: &str) -> bool {
    if !has_ffmpeg() {
        return false;
    }
    let arguments = arguments.split_whitespace();
    let common = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-bitexact"];
    let status = Command::new("ffmpeg").current_dir(folder).args(common).args(arguments).status();
    assert!(status.expect("ffmpeg runs").success());
    true
}

/// A packet as ffprobe tells it: seconds, whether decoding may begin, bytes.
struct Probed {
    at: f64,
    is_key: bool,
    bytes: usize,
}

/// The packets of a file's first video (`v:0`) or sound (`a:0`), in decoding order.
fn ffprobe(path: &Path, stream: &str) -> Vec<Probed> {
    let entries = ["-show_entries", "packet=pts_time,flags,size", "-of", "csv=p=0", "-loglevel", "error"];
    let output = Command::new("ffprobe").args(entries).args(["-select_streams", stream]).arg(path).output();
    let text = String::from_utf8(output.expect("ffprobe stands beside ffmpeg").stdout).expect("text");
    let line = |line: &str| {
        let fields: Vec<_> = line.trim_end_matches(',').split(',').collect();
        let &[at, bytes, flags] = fields.as_slice() else { panic!("ffprobe says {line:?}") };
        Probed {
            at: at.parse().expect("seconds"),
            is_key: flags.starts_with('K'),
            bytes: bytes.parse().expect("bytes"),
        }
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

fn seconds(packet: &Packet) -> f64 {
    packet.at.as_nanos() as f64 / 1e9
}

/// Compares with ffprobe: as many packets, at the same times from `zero` on.
fn assert_times(found: &[Packet], expected: &[Probed], zero: f64) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let expected = expected.at - zero;
        assert!(
            (seconds(found) - expected).abs() < 2.5e-5,
            "packet {index}: {} instead of {expected}",
            seconds(found)
        );
    }
}

/// The earliest time of both tracks.
fn zero_of(tracks: &[&[Probed]]) -> f64 {
    tracks.iter().flat_map(|track| track.iter()).map(|packet| packet.at).fold(f64::INFINITY, f64::min)
}
