//! Coded streams that FFmpeg makes, their packets, and what FFmpeg decodes of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use polyptych::Timestamp;
use polyptych_recorder::decode::{DecodedVideo, Picture, VideoSource, video_decoder};
use polyptych_recorder::media::{
    MediaError, Packet, PacketReader, SoundCodec, SoundTrack, VideoCodec, VideoTrack,
};
use tempfile::TempDir;

pub use crate::programs::has_ffmpeg;

/// A folder of its own for a test's files.
pub struct Material {
    folder: TempDir,
}

impl Material {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Has FFmpeg write the file `name`. `None` where this FFmpeg cannot.
    pub fn make(&self, arguments: &str, name: &str) -> Option<PathBuf> {
        let path = self.folder.path().join(name);
        let output = run("ffmpeg", &format!("-v error -nostdin {arguments}"), &path)?;
        assert!(output.is_empty());
        Some(path)
    }
}

fn run(program: &str, arguments: &str, path: &Path) -> Option<Vec<u8>> {
    let output =
        Command::new(program).args(arguments.split_whitespace()).arg(path).output().expect("it runs");
    if !output.status.success() {
        eprintln!("skipped a case: {program} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(output.stdout)
}

/// What FFmpeg decodes: raw bytes of all frames or samples.
pub fn reference(path: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(arguments.split_whitespace())
        .arg("-")
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub fn video_track(codec: VideoCodec, config: Vec<u8>) -> VideoTrack {
    VideoTrack { config, ..VideoTrack::new(codec) }
}

pub fn packet(at: Timestamp, is_key: bool, data: Vec<u8>) -> Packet {
    Packet { is_key, ..Packet::new(at, data) }
}

/// The H.264 track of an MP4 file and its packets.
pub fn h264(path: &Path) -> (VideoTrack, Vec<Packet>) {
    let file = fs::read(path).expect("FFmpeg wrote it");
    (video_track(VideoCodec::H264, box_content(&file, b"avcC")), mp4_packets(path, &file))
}

/// The sound track of an MP4 file and its packets; the first samples are not trimmed.
pub fn sound(path: &Path, codec: SoundCodec, sample_rate: u32, channels: u16) -> (SoundTrack, Vec<Packet>) {
    let file = fs::read(path).expect("FFmpeg wrote it");
    let config = match codec {
        SoundCodec::Aac => {
            let description = box_content(&file, b"esds");
            let tag =
                description.windows(4).position(|bytes| bytes == [5, 0x80, 0x80, 0x80]).expect("a config");
            let length = usize::from(description[tag + 4]);
            description[tag + 5..tag + 5 + length].to_vec()
        }
        _ => Vec::new(),
    };
    (SoundTrack { codec, config, sample_rate, channels, span: None }, mp4_packets(path, &file))
}

/// What stands in the first box of that name, which FFmpeg's files have one of.
fn box_content(file: &[u8], name: &[u8; 4]) -> Vec<u8> {
    let at = file.windows(4).position(|bytes| bytes == name).expect("the box is there");
    let size = u32::from_be_bytes(file[at - 4..at].try_into().expect("four")) as usize;
    file[at + 4..at - 4 + size].to_vec()
}

/// Times, places and sizes as ffprobe gives them; the bytes from the file.
fn mp4_packets(path: &Path, file: &[u8]) -> Vec<Packet> {
    let arguments = "-v error -of csv=p=0 -show_entries packet=pts_time,size,pos,flags";
    let listed = run("ffprobe", arguments, path).expect("ffprobe reads what FFmpeg wrote");
    let listed = String::from_utf8(listed).expect("text");
    // Side data makes lines of its own.
    let packets = listed.lines().filter(|line| !line.is_empty()).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let seconds: f64 = fields[0].parse().expect("seconds");
        let [size, place] = [1, 2].map(|index| fields[index].parse::<usize>().expect("a number"));
        let at = Timestamp::from_nanos((seconds * 1e9).round() as i64);
        packet(at, fields[3].starts_with('K'), file[place..place + size].to_vec())
    });
    packets.collect()
}

/// The frames of an IVF file.
pub fn ivf(path: &Path, is_key: fn(&[u8]) -> bool) -> Vec<Packet> {
    let file = fs::read(path).expect("FFmpeg wrote it");
    let mut rest = &file[32..];
    let mut packets = Vec::new();
    while let Some((header, behind)) = rest.split_first_chunk::<12>() {
        let size = u32::from_le_bytes(header[..4].try_into().expect("four")) as usize;
        let time = u64::from_le_bytes(header[4..].try_into().expect("eight"));
        let (data, behind) = behind.split_at(size);
        packets.push(packet(Timestamp::from_millis(time as i64 * 40), is_key(data), data.to_vec()));
        rest = behind;
    }
    packets
}

/// Packets that a test has at hand.
pub struct Listed {
    packets: Vec<Packet>,
    next: usize,
}

impl PacketReader for Listed {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        self.next += 1;
        Ok(self.packets.get(self.next - 1).cloned())
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        self.next = self.packets.iter().rposition(|packet| packet.is_key && packet.at <= at).unwrap_or(0);
        Ok(())
    }
}

/// A source of those packets.
pub fn source(track: &VideoTrack, packets: &[Packet]) -> DecodedVideo {
    let packets = Box::new(Listed { packets: packets.to_vec(), next: 0 });
    DecodedVideo::new(Path::new("test"), packets, video_decoder(track).expect("a decoder"))
}

/// All pictures, and what the source says of those that it could not give.
pub fn pictures(source: &mut DecodedVideo) -> (Vec<Picture>, Vec<String>) {
    let (mut pictures, mut errors) = (Vec::new(), Vec::new());
    loop {
        match source.next_picture() {
            Ok(Some(picture)) => pictures.push(picture),
            Ok(None) => return (pictures, errors),
            Err(error) => errors.push(error.to_string()),
        }
    }
}

/// All planes of the pictures, packed.
pub fn samples(pictures: &[Picture]) -> Vec<u8> {
    let mut samples = Vec::new();
    for picture in pictures {
        let view = picture.frame.view().expect("the picture is there");
        for plane in [0, 1, 2].map(|index| view.plane(index)) {
            (0..plane.shape().rows).for_each(|row| samples.extend_from_slice(plane.row(row)));
        }
    }
    samples
}

/// Asserts without printing megabytes.
pub fn assert_same(name: &str, found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "{name}: bytes");
    let difference = found.iter().zip(expected).position(|(found, expected)| found != expected);
    assert_eq!(difference, None, "{name}: the first byte that differs");
}
