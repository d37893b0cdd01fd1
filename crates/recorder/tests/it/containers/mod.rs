//! Containers' packets, compared with those that FFmpeg's own demuxers find.

mod mp4;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use polyptych::Timestamp;
use polyptych_recorder::media::{self, MediaError, Packet, TrackKind};
use tempfile::TempDir;

/// A folder with files that FFmpeg made; `None`, said aloud, where it is missing.
pub struct Studio {
    folder: TempDir,
}

impl Studio {
    /// Opens one.
    pub fn open() -> Option<Self> {
        let is_there = |program: &str| {
            Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        };
        if !is_there("ffmpeg") || !is_there("ffprobe") {
            println!("skipped: ffmpeg is not on this machine");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().expect("a folder") })
    }

    /// Where a file of that name is or will be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs FFmpeg with arguments that spaces part; the last one names the file, whose path is returned.
    pub fn make(&self, arguments: &str) -> PathBuf {
        let (arguments, name) = arguments.rsplit_once(' ').expect("arguments and a name");
        let path = self.path(name);
        let output = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-y"])
            .args(arguments.split_whitespace())
            .arg(&path)
            .current_dir(self.folder.path())
            .output()
            .expect("ffmpeg runs");
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        path
    }
}

/// A packet as ffprobe tells it.
#[derive(Debug, PartialEq)]
pub struct Probed {
    /// In nanoseconds, in the container's count.
    pub nanos: i64,
    pub size: usize,
    pub is_key: bool,
    pub is_shown: bool,
}

/// The packets of the first track of a kind, by ffprobe.
pub fn ffprobe(path: &Path, kind: TrackKind, options: &[&str]) -> Vec<Probed> {
    let stream = if kind == TrackKind::Video { "v:0" } else { "a:0" };
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", stream, "-show_streams"])
        .args(["-show_entries", "packet=pts,size,flags:stream=time_base", "-of", "compact=p=1:nk=0"])
        .args(options)
        .arg(path)
        .output()
        .expect("ffprobe runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let field = |line: &str, name: &str| {
        line.split('|').find_map(|cell| cell.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
    };
    let base =
        text.lines().find(|line| line.starts_with("stream|")).and_then(|line| field(line, "time_base"));
    let base = base.expect("a time base");
    let (num, den) = base.split_once('/').expect("a ratio");
    let (num, den): (i128, i128) = (num.parse().expect("a number"), den.parse().expect("a number"));
    text.lines()
        .filter(|line| line.starts_with("packet|"))
        .map(|line| {
            let pts: i128 = field(line, "pts").expect("a stamp").parse().expect("a number");
            let flags = field(line, "flags").expect("flags");
            Probed {
                nanos: ((pts * num * 1_000_000_000 + den / 2).div_euclid(den)) as i64,
                size: field(line, "size").expect("a size").parse().expect("a number"),
                is_key: flags.contains('K'),
                is_shown: !flags.contains('D'),
            }
        })
        .collect()
}

/// All packets of a track.
pub fn packets(path: &Path, kind: TrackKind) -> Vec<Packet> {
    read_all(path, kind).expect("the file is read")
}

fn read_all(path: &Path, kind: TrackKind) -> Result<Vec<Packet>, MediaError> {
    let mut reader = media::packets(path, kind)?;
    std::iter::from_fn(|| reader.next_packet().transpose()).collect()
}

/// Compares a track with what ffprobe finds; `zero` is the file's, in nanoseconds of the container's count.
pub fn assert_as_probed(path: &Path, kind: TrackKind, zero: i64) -> Vec<Packet> {
    let probed = ffprobe(path, kind, &[]);
    let ours = packets(path, kind);
    assert!(!probed.is_empty(), "ffprobe finds packets");
    let seen: Vec<Probed> = ours
        .iter()
        .map(|packet| Probed {
            nanos: packet.at.as_nanos() + zero,
            size: packet.data.len(),
            is_key: packet.is_key,
            is_shown: packet.is_shown,
        })
        .collect();
    for (index, (ours, theirs)) in seen.iter().zip(&probed).enumerate() {
        // Our zero is rounded by itself.
        let same =
            Probed { nanos: theirs.nanos, ..*ours } == *theirs && ours.nanos.abs_diff(theirs.nanos) <= 1;
        assert!(same, "packet {index} of {}: {ours:?}, by ffprobe {theirs:?}", path.display());
    }
    assert_eq!(seen.len(), probed.len());
    ours
}

/// A time in seconds.
pub fn seconds(seconds: f64) -> Timestamp {
    Timestamp::from_nanos((seconds * 1e9).round() as i64)
}
