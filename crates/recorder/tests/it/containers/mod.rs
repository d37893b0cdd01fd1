//! Containers' packets, compared with those that FFmpeg's own demuxers find.

mod built;
mod damage;
mod matroska;
mod mp4;

use std::path::{Path, PathBuf};
use std::process::Command;

use polyptych::Timestamp;
use polyptych_recorder::media::{self, MediaError, Packet, Reach, TrackKind};
use tempfile::TempDir;

use crate::programs::has_ffmpeg;

/// A folder with files that FFmpeg made; `None`, said aloud, where it is missing.
pub struct Studio {
    folder: TempDir,
}

impl Studio {
    /// Opens one.
    pub fn open() -> Option<Self> {
        has_ffmpeg().then(|| Self { folder: tempfile::tempdir().expect("a folder") })
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

/// All packets of a track, or why they cannot be read.
pub fn read_all(path: &Path, kind: TrackKind) -> Result<Vec<Packet>, MediaError> {
    let mut reader = media::packets(path, Reach::Folder, kind)?;
    std::iter::from_fn(|| reader.next_packet().transpose()).collect()
}

/// All packets of a track, and what was wrong in between. More than `limit` of both is a hang.
pub fn packets_and_errors(
    path: &Path,
    kind: TrackKind,
    limit: usize,
) -> Result<(Vec<Packet>, Vec<MediaError>), MediaError> {
    let mut reader = media::packets(path, Reach::Folder, kind)?;
    let (mut packets, mut errors) = (Vec::new(), Vec::new());
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return Ok((packets, errors)),
            Err(error) => errors.push(error),
        }
        assert!(packets.len() + errors.len() < limit, "it does not end");
    }
}

/// Compares a track with what ffprobe finds; `zero` is the file's, in nanoseconds of the container's count. Times may
/// differ by `tolerance` nanoseconds.
pub fn assert_as_probed(path: &Path, kind: TrackKind, zero: i64, tolerance: u64) -> Vec<Packet> {
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
        // That none of a packet's sound is heard shows by what is trimmed: there, ffprobe's flag depends on the
        // layout.
        let is_shown = if kind == TrackKind::Sound { theirs.is_shown } else { ours.is_shown };
        let is_like = Probed { nanos: theirs.nanos, is_shown, ..*ours } == *theirs;
        let same = is_like && ours.nanos.abs_diff(theirs.nanos) <= tolerance;
        assert!(same, "packet {index} of {}: {ours:?}, by ffprobe {theirs:?}", path.display());
    }
    assert_eq!(seen.len(), probed.len());
    ours
}

/// Seeks to many moments: what follows must be the track's end from the last key on that is not too late, and for
/// sound not much earlier.
pub fn assert_seeks(path: &Path, kind: TrackKind) {
    let all = packets(path, kind);
    let mut reader = media::packets(path, Reach::Folder, kind).expect("opened");
    for millis in [-100, 0, 1, 390, 400, 401, 799, 1000, 1500, 1960, 1999, 5000, 400] {
        let at = Timestamp::from_millis(millis);
        reader.seek(at).expect("sought");
        let rest: Vec<Packet> =
            std::iter::from_fn(|| reader.next_packet().transpose()).collect::<Result<_, _>>().expect("read");
        let start = all.len().checked_sub(rest.len()).expect("no more than there are");
        assert!(all[start..] == rest[..], "{}: {millis} ms: the end from packet {start} on", path.display());
        let last_key = all.iter().rposition(|packet| packet.is_key && packet.at <= at).unwrap_or(0);
        match kind {
            TrackKind::Video => assert_eq!(start, last_key, "{}: {millis} ms", path.display()),
            TrackKind::Sound => {
                assert!(start <= last_key, "{}: {millis} ms: {start} of {last_key}", path.display());
                let early = all[start].at + std::time::Duration::from_millis(150);
                assert!(start == 0 || early >= all[last_key].at, "{}: {millis} ms", path.display());
            }
        }
    }
}
