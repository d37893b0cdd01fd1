//! What a file is at every moment of its writing: whole fragments, or plain.

use std::io::{Read, Seek};
use std::process::Command;
use std::sync::{Arc, Mutex};

use polyptych::{ColorSpace, FrameRate, Size};

use super::*;
use crate::encode::{TrackConfig, VideoFormat};
use crate::write::EncodedVideo;

/// A frame of stereo silence, AAC-LC.
const SILENCE: [u8; 6] = [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c];

/// What was done to a medium.
#[derive(Clone, Debug)]
enum Step {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

/// Keeps every step, so that the file can be had as it was after any of them, and breaks where it is told to.
#[derive(Clone, Default)]
struct Recorder {
    steps: Arc<Mutex<Vec<Step>>>,
    at: u64,
    len: u64,
    full_at: Option<u64>,
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = bytes.len();
        if let Some(full_at) = self.full_at {
            count = count.min(usize::try_from(full_at.saturating_sub(self.at)).expect("a small file"));
            if count == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        self.steps.lock().expect("the steps").push(Step::Write(self.at, bytes[..count].to_vec()));
        self.at += count as u64;
        self.len = self.len.max(self.at);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Recorder {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.len.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

impl Medium for Recorder {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.steps.lock().expect("the steps").push(Step::Truncate(len));
        self.len = len;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file after some steps.
fn replay<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<u8> {
    let mut file = Vec::new();
    for step in steps {
        match step {
            Step::Write(at, bytes) => {
                let at = usize::try_from(*at).expect("a small file");
                file.resize(file.len().max(at + bytes.len()), 0);
                file[at..at + bytes.len()].copy_from_slice(bytes);
            }
            Step::Truncate(len) => file.truncate(usize::try_from(*len).expect("a small file")),
        }
    }
    file
}

fn tracks(fps: FrameRate) -> Tracks {
    let size = Size::from_wh(64, 48).expect("a size");
    Tracks {
        video: Some(EncodedVideo {
            format: VideoFormat { size, fps, color: ColorSpace::BT709_LIMITED },
            config: TrackConfig::H264 { sps: vec![0x67, 66, 0xc0, 30, 1], pps: vec![0x68, 1] },
        }),
        sound: Some(TrackConfig::Aac { config: vec![0x11, 0x90], priming: 1024 }),
    }
}

fn picture(tick: i64, is_key: bool) -> EncodedPacket {
    let data = vec![u8::try_from(tick % 251).expect("a byte"); 40];
    EncodedPacket { pts: tick, dts: tick, duration: 1, is_key, data }
}

fn silence(index: i64) -> EncodedPacket {
    let pts = index * 1024;
    EncodedPacket { pts, dts: pts, duration: 1024, is_key: true, data: SILENCE.to_vec() }
}

/// Writes `seconds` at 30 frames a second, a keyframe a second, sound as far as the pictures are.
fn write(mp4: &mut Mp4<impl Medium>, seconds: i64) -> io::Result<()> {
    let mut sound_packets = 0;
    for tick in 0..seconds * 30 {
        while sound_packets * 1024 < (tick + 1) * 1_600 + 1_024 {
            mp4.sound(silence(sound_packets))?;
            sound_packets += 1;
        }
        mp4.video(picture(tick, tick % 30 == 0))?;
    }
    Ok(())
}
