//! What a file is at every moment of its writing: whole fragments, or plain.

use std::io::Seek;
use std::process::Command;
use std::sync::{Arc, Mutex};

use polyptych::{ColorSpace, FrameRate, Size};

use super::*;
use crate::encode::{TrackConfig, VideoFormat};
use crate::programs::has_ffmpeg;
use crate::write::EncodedVideo;

/// A frame of stereo silence, AAC-LC.
const SILENCE: [u8; 6] = [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c];

/// What was done to a medium.
#[derive(Clone, Debug)]
enum Step {
    /// So many pictures have been handed over by now.
    Pictures(i64),
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
            Step::Pictures(_) => {}
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
fn write(mp4: &mut Mp4<impl Medium>, seconds: i64, mut after: impl FnMut(i64)) -> io::Result<()> {
    let mut sound_packets = 0;
    for tick in 0..seconds * 30 {
        while sound_packets * 1024 < (tick + 1) * 1_600 + 1_024 {
            mp4.sound(silence(sound_packets))?;
            sound_packets += 1;
        }
        mp4.video(picture(tick, tick % 30 == 0))?;
        after(tick + 1);
    }
    Ok(())
}

/// The boxes of some bytes: type, `half` where it is not all there, and content. A long size is understood.
fn boxes(mut bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut found = Vec::new();
    while let Some((header, _)) = bytes.split_first_chunk::<8>() {
        let (mut len, mut head) = (u64::from(u32::from_be_bytes(header[..4].try_into().expect("four"))), 8);
        if len == 1 {
            len = u64::from_be_bytes(bytes[8..16].try_into().expect("eight"));
            head = 16;
        }
        let end = usize::try_from(len).expect("a small file").min(bytes.len());
        assert!(len >= head as u64, "a box of {len} bytes");
        let is_whole = len <= bytes.len() as u64;
        let kind = if is_whole { header[4..].try_into().expect("four") } else { *b"half" };
        found.push((kind, &bytes[head.min(end)..end]));
        bytes = &bytes[end..];
    }
    found
}

/// The content of the first box of a path.
fn inside<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, kind| {
        boxes(bytes).into_iter().find(|(found, _)| found == *kind).map(|(_, content)| content)
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four"))
}

/// How many pictures a file shows, and whether it is plain. Every one's bytes are looked at.
fn pictures(file: &[u8]) -> (i64, bool) {
    let top = boxes(file);
    let Some((_, movie)) = top.iter().find(|(kind, _)| kind == b"moov") else { return (0, false) };
    let mut expected = 0_i64;
    let mut expect = |bytes: &[u8]| {
        assert_eq!(bytes, picture(expected, false).data, "picture {expected}");
        expected += 1;
    };
    if inside(movie, &[b"mvex"]).is_none() {
        assert_eq!(top.iter().map(|(kind, _)| kind).filter(|kind| *kind == b"mdat").count(), 1);
        assert!(top.iter().all(|(kind, _)| [b"ftyp", b"free", b"moov", b"mdat"].contains(&kind)), "plain");
        let table = inside(movie, &[b"trak", b"mdia", b"minf", b"stbl"]).expect("tables");
        let (sizes, offsets) =
            (inside(table, &[b"stsz"]).expect("stsz"), inside(table, &[b"co64"]).expect("co64"));
        let runs = inside(table, &[b"stsc"]).expect("stsc");
        let (mut sample, mut run) = (0, 0);
        for chunk in 0..u32_at(offsets, 4) as usize {
            if run < u32_at(runs, 4) as usize && u32_at(runs, 8 + run * 12) as usize == chunk + 1 {
                run += 1;
            }
            let mut at =
                u64::from_be_bytes(offsets[8 + chunk * 8..][..8].try_into().expect("eight")) as usize;
            for _ in 0..u32_at(runs, 8 + (run - 1) * 12 + 4) {
                let size = u32_at(sizes, 12 + sample * 4) as usize;
                expect(&file[at..at + size]);
                at += size;
                sample += 1;
            }
        }
        assert_eq!(sample, u32_at(sizes, 8) as usize);
        return (expected, true);
    }
    let mut start = 0;
    for (kind, content) in &top {
        if kind == b"moof" {
            let track = inside(content, &[b"traf"]).expect("traf");
            for (_, run) in boxes(track).into_iter().filter(|(kind, _)| kind == b"trun") {
                let flags = u32_at(run, 0);
                let mut at = start + u32_at(run, 8) as usize;
                let first = if flags & 4 == 0 { 12 } else { 16 };
                for sample in 0..u32_at(run, 4) as usize {
                    let size = u32_at(run, first + sample * 4) as usize;
                    expect(&file[at..at + size]);
                    at += size;
                }
            }
        }
        start += content.len() + 8;
    }
    (expected, false)
}

/// Where FFmpeg is there: how many pictures it finds; it must not complain.
fn ask_ffprobe(file: &[u8]) -> Option<i64> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    std::fs::write(&path, file).expect("written");
    let args = [
        "-v",
        "warning",
        "-select_streams",
        "v",
        "-count_packets",
        "-show_entries",
        "stream=nb_read_packets",
        "-of",
        "csv=p=0",
    ];
    if !has_ffmpeg() {
        return None;
    }
    let output = Command::new("ffprobe").args(args).arg(&path).output().expect("ffprobe runs");
    Some(String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0))
}

fn killed_anywhere(expected: Option<Duration>, seconds: i64) {
    let recorder = Recorder::default();
    let steps = recorder.steps.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let fps = FrameRate::new(30, 1).expect("a rate");
    let mut mp4 = Mp4::new(recorder, folder.path(), &tracks(fps), expected).expect("a writer");
    write(&mut mp4, seconds, |count| steps.lock().expect("the steps").push(Step::Pictures(count)))
        .expect("written");
    mp4.finish().expect("finished");
    let steps = steps.lock().expect("the steps");
    let (mut plain_seen, mut fragments_seen) = (0, 0);
    for kill in 0..=steps.len() {
        if matches!(steps.get(kill), Some(Step::Pictures(_))) {
            continue;
        }
        // Before a step, and where it is more than a header, in its middle.
        let half = match steps.get(kill) {
            Some(Step::Write(at, bytes)) if bytes.len() > 8 => {
                Some(Step::Write(*at, bytes[..bytes.len() / 2].to_vec()))
            }
            _ => None,
        };
        let handed_over = steps[..kill].iter().rev().find_map(|step| match step {
            Step::Pictures(count) => Some(*count),
            _ => None,
        });
        let handed_over = handed_over.unwrap_or(0);
        for half in std::iter::once(None).chain(half.map(Some)) {
            let file = replay(steps[..kill].iter().chain(&half));
            let (found, is_plain) = pictures(&file);
            // Two seconds, and the keyframe that ended them.
            assert!(found >= handed_over - 61, "{found} of {handed_over} pictures at step {kill}");
            if is_plain {
                assert_eq!(found, seconds * 30);
                plain_seen += 1;
            } else if found > 0 {
                fragments_seen += 1;
            }
        }
    }
    assert!(fragments_seen > 8, "{fragments_seen}");
    assert_eq!(plain_seen, 1, "the last step alone makes it plain");
    let whole = replay(steps.iter());
    let before = replay(steps[..steps.len() - 1].iter());
    let after_three = replay(steps[..steps.len() / 3].iter());
    let movie_first =
        boxes(&whole).iter().map(|(kind, _)| *kind).find(|kind| kind == b"moov" || kind == b"mdat");
    assert_eq!(movie_first == Some(*b"moov"), expected.is_some_and(|expected| expected.as_secs() > 1));
    for file in [&whole, &before, &after_three] {
        if let Some(found) = ask_ffprobe(file) {
            assert_eq!(found, pictures(file).0);
        }
    }
}

#[test]
fn a_process_killed_at_any_moment_leaves_whole_fragments() {
    killed_anywhere(Some(Duration::from_secs(9)), 9);
}

#[test]
fn an_index_without_room_in_front_goes_to_the_end_and_may_be_killed_too() {
    killed_anywhere(Some(Duration::from_secs(1)), 41);
}

#[test]
fn a_full_disk_leaves_what_was_written_and_says_so() {
    for full_at in [100, 9_000, 40_000, 60_000] {
        let recorder = Recorder { full_at: Some(full_at), ..Recorder::default() };
        let steps = recorder.steps.clone();
        let folder = tempfile::tempdir().expect("a folder");
        let fps = FrameRate::new(30, 1).expect("a rate");
        let mut mp4 =
            Mp4::new(recorder, folder.path(), &tracks(fps), Some(Duration::ZERO)).expect("a writer");
        let mut handed_over = 0;
        let error = write(&mut mp4, 100, |count| handed_over = count).expect_err("the disk is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        mp4.finish().map(drop).expect_err("it stays broken");
        let file = replay(steps.lock().expect("the steps").iter());
        let (found, is_plain) = pictures(&file);
        assert!(!is_plain && found >= handed_over - 61 || full_at < 9_000, "{found} of {handed_over}");
        assert!(file.len() as u64 <= full_at);
    }
}

/// A medium in memory.
#[derive(Default)]
struct Memory(io::Cursor<Vec<u8>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Medium for Memory {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.get_mut().truncate(usize::try_from(len).expect("a small file"));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_day_and_an_hour_keeps_its_durations_beyond_every_32_bit_wrap() {
    const SECONDS: i64 = 25 * 3_600;
    // A picture a second, and 90,000 units to it; sound in packets of a second.
    let fps = FrameRate::new(90_000, 90_000).expect("a rate");
    let folder = tempfile::tempdir().expect("a folder");
    let expected = Some(Duration::from_secs(SECONDS as u64));
    let mut mp4 = Mp4::new(Memory::default(), folder.path(), &tracks(fps), expected).expect("a writer");
    for second in 0..SECONDS {
        let at = second * 48_000;
        let data = SILENCE.to_vec();
        mp4.sound(EncodedPacket { pts: at, dts: at, duration: 48_000, is_key: true, data }).expect("written");
        mp4.video(picture(second, second % 4 == 0)).expect("written");
    }
    let file = mp4.finish().expect("finished").0.into_inner();
    let movie = inside(&file, &[b"moov"]).expect("moov");
    let tracks: Vec<&[u8]> =
        boxes(movie).into_iter().filter(|(kind, _)| kind == b"trak").map(|(_, content)| content).collect();
    let media_durations: Vec<u64> = tracks
        .iter()
        .map(|track| {
            let header = inside(track, &[b"mdia", b"mdhd"]).expect("mdhd");
            assert_eq!(header[0], 1, "the version with 64 bits");
            u64::from_be_bytes(header[24..32].try_into().expect("eight"))
        })
        .collect();
    assert_eq!(media_durations, [90_000 * SECONDS as u64, 48_000 * SECONDS as u64]);
    let at = file.windows(4).rposition(|bytes| bytes == b"moof").expect("a fragment");
    let time = inside(&file[at - 4..], &[b"moof"]).expect("moof");
    let time = inside(time, &[b"traf", b"tfdt"]).expect("tfdt");
    assert_eq!(time[0], 1);
    assert!(u64::from_be_bytes(time[4..12].try_into().expect("eight")) > u64::from(u32::MAX));
    assert_eq!(pictures(&file), (SECONDS, true));
}

#[test]
fn b_frames_are_presented_from_zero_on() {
    let fps = FrameRate::new(30_000, 1_001).expect("a rate");
    let folder = tempfile::tempdir().expect("a folder");
    let mut announced = tracks(fps);
    announced.sound = None;
    let mut mp4 = Mp4::new(Memory::default(), folder.path(), &announced, None).expect("a writer");
    // Coded in the order 0 3 1 2, 6 4 5 and so on, two ticks ahead of the earliest presentation.
    let order = |index: i64| match index {
        0 => 0,
        _ if index % 3 == 1 => index + 2,
        _ => index - 1,
    };
    for index in 0..100 {
        let packet = picture(index, index == 0);
        mp4.video(EncodedPacket { pts: order(index), dts: index - 2, ..packet }).expect("written");
    }
    let file = mp4.finish().expect("finished").0.into_inner();
    let track = inside(&file, &[b"moov", b"trak"]).expect("trak");
    let edit = inside(track, &[b"edts", b"elst"]).expect("elst");
    assert_eq!((u32_at(edit, 4), u32_at(edit, 8), u32_at(edit, 12)), (1, 100 * 1_001, 2 * 1_001));
    let offsets = inside(track, &[b"mdia", b"minf", b"stbl", b"ctts"]).expect("ctts");
    assert_eq!(u32_at(offsets, 12), 2 * 1_001);
    assert_eq!(u32_at(offsets, 20), 4 * 1_001);
}

#[test]
fn packets_that_cannot_be_told_apart_in_time_are_refused() {
    let fps = FrameRate::new(30, 1).expect("a rate");
    let folder = tempfile::tempdir().expect("a folder");
    let mut mp4 = Mp4::new(Memory::default(), folder.path(), &tracks(fps), None).expect("a writer");
    mp4.video(picture(5, true)).expect("kept");
    mp4.video(picture(3, false)).expect("kept");
    let error = mp4.finish().map(drop).expect_err("time falls");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}
