//! Files against what `ffprobe` and `ffmpeg` make of them.

use std::io::{Cursor, Seek, Write};
use std::process::Command;

use polyptych::{ColorSpace, FrameBuffer, PixelFormat, Size};

use super::*;
use crate::encode::{SoundEncoder as _, VideoEncoder as _, VideoFormat, VideoSettings};
use crate::ffmpeg::tests::programs as found;
use crate::ffmpeg::{Ffmpeg, SoundCoder, SoundEncoder, VideoCoder, VideoEncoder};
use crate::write::EncodedVideo;

fn format() -> VideoFormat {
    let (size, fps) = (Size::from_wh(96, 80).expect("a size"), FrameRate::new(25, 1).expect("a rate"));
    VideoFormat { size, fps, color: ColorSpace::BT709_LIMITED }
}

fn video_alone(format: VideoFormat) -> Tracks {
    let config = TrackConfig::Vp9 { config: Vec::new() };
    Tracks { video: Some(EncodedVideo { format, config }), sound: None }
}

fn packet(pts: i64, duration: u32, is_key: bool) -> EncodedPacket {
    EncodedPacket { pts, dts: pts, duration, is_key, data: vec![7; 10] }
}

fn programs() -> Option<Ffmpeg> {
    let ffmpeg = found()?;
    let has = ffmpeg.has_encoder("libvpx-vp9") && ffmpeg.has_encoder("libopus");
    if !has {
        println!("skipped: ffmpeg has no VP9 or Opus");
    }
    has.then_some(ffmpeg)
}

/// What a program says; nothing on stderr.
fn said(program: &Path, path: &Path, before: &str, after: &str) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(["-v", "warning"]).args(before.split_whitespace()).arg(path).args(after.split_whitespace());
    let out = command.output().expect("the program runs");
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn probe(ffmpeg: &Ffmpeg, path: &Path, options: &str) -> String {
    let bytes = said(ffmpeg.ffprobe().expect("checked before"), path, &format!("-of csv=p=0 {options}"), "");
    String::from_utf8(bytes).expect("text")
}

/// Two seconds of VP9 and Opus; gives the file as it was before its end.
fn write(ffmpeg: &Ffmpeg, path: &Path) -> Vec<u8> {
    let settings =
        VideoSettings { bitrate_kbps: 200, quality: None, keyframe_interval: 10, preset: None, threads: 1 };
    let mut video = VideoEncoder::new(ffmpeg, VideoCoder::Vp9, format(), &settings).expect("an encoder");
    let mut sound = SoundEncoder::new(ffmpeg, SoundCoder::Opus, 64).expect("an encoder");
    let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
    let mut canvas = FrameBuffer::new(PixelFormat::I420, format().size);
    for index in 0..50 {
        let [mut luma, _, _] = canvas.view_mut().into_planes();
        luma.row_mut(index).fill(200);
        video.encode(canvas.view(), &mut pictures).expect("a frame");
    }
    video.finish(&mut pictures).expect("the rest");
    sound.encode(&[0.1; 2 * 96_000], &mut sounds).expect("sound");
    sound.finish(&mut sounds).expect("the rest");
    let config = video.config().expect("a config");
    let tracks =
        Tracks { video: Some(EncodedVideo { format: format(), config }), sound: Some(sound.config()) };
    let mut writer = WebmWriter::create(path, Kind::Webm, &tracks, &WriteOptions::default()).expect("a file");
    let mut pictures = pictures.into_iter();
    for (index, packet) in sounds.into_iter().enumerate() {
        writer.sound(packet).expect("written");
        if index % 2 == 1 {
            pictures.next().map(|packet| writer.video(packet)).transpose().expect("written");
        }
    }
    pictures.for_each(|packet| writer.video(packet).expect("written"));
    let before = std::fs::read(path.with_extension("part.webm")).expect("readable");
    Box::new(writer).finish().expect("finished");
    before
}

#[test]
fn webm_plays_whole_and_cut_off() {
    let Some(ffmpeg) = programs() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.webm");
    let before = write(&ffmpeg, &path);
    assert_eq!(probe(&ffmpeg, &path, "-show_entries format=duration").trim(), "2.000000");
    let entries = "-show_entries stream=codec_name,color_range,color_space,width,channels";
    assert_eq!(probe(&ffmpeg, &path, entries), "vp9,96,tv,bt709\nopus,2\n");
    let packets = "-select_streams v -show_entries packet=pts,flags";
    let expected = |count: u32| {
        let flags = |index: u32| if index.is_multiple_of(10) { "K_" } else { "__" };
        (0..count).map(|index| format!("{},{}\n", index * 40, flags(index))).collect::<String>()
    };
    assert_eq!(probe(&ffmpeg, &path, packets), expected(50));
    let samples = said(ffmpeg.program(), &path, "-nostdin -i", "-vn -f s16le -");
    assert_eq!(samples.len(), 96_000 * 4);
    // As a kill leaves it: all whole clusters are there, and nothing is said to be wrong.
    let cut = folder.path().join("cut.webm");
    std::fs::write(&cut, &before).expect("writable");
    assert_eq!(probe(&ffmpeg, &cut, packets), expected(40));
    said(ffmpeg.program(), &cut, "-nostdin -i", "-f null -");
    let tracks = video_alone(format());
    assert!(WebmWriter::create(&path, Kind::Webm, &tracks, &WriteOptions::default()).is_err(), "overwritten");
}

#[test]
fn webm_of_a_day_counts_right() {
    let fps = FrameRate::new(30_000, 1001).expect("a rate");
    let format = VideoFormat { fps, ..format() };
    let file = Full(Cursor::new(Vec::new()), usize::MAX);
    let place = Place::new(Path::new("a.webm"), false);
    let mut writer = WebmWriter::new(file, place, Kind::Webm, &video_alone(format)).expect("a writer");
    // 240 keyframes, the last one a frame short of 86,400 seconds.
    for index in (0..=2_589_360).step_by(10_789) {
        writer.video(packet(index, 1, true)).expect("written");
    }
    writer.end().expect("ended");
    let end_ms = 2_589_361_u64 * 1001 / 30;
    assert_eq!((writer.end_ms, writer.cues.len()), (end_ms.cast_signed(), 241));
    let bytes = writer.file.0.into_inner();
    let at = usize::try_from(writer.places.duration).expect("small");
    assert_eq!(bytes[at..at + 8], (end_ms as f64).to_be_bytes());
    assert_eq!(bytes.len() as u64, writer.written);
    let at = usize::try_from(writer.places.segment_size).expect("small");
    assert_eq!(bytes[at..at + 8], sized8(writer.written - writer.places.segment));
}

#[test]
fn matroska_takes_what_webm_does_not() {
    let video = TrackConfig::H264 { sps: vec![0x67, 66, 0, 30, 1], pps: vec![0x68, 1] };
    let sound = TrackConfig::Aac { config: vec![0x11, 0x90], priming: 1024 };
    let tracks = Tracks { video: Some(EncodedVideo { format: format(), config: video }), sound: Some(sound) };
    assert!(head(Kind::Webm, &tracks).is_err());
    let (head, _) = head(Kind::Matroska, &tracks).expect("a head");
    let has = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    assert!(has(b"matroska") && has(b"V_MPEG4/ISO/AVC") && has(b"A_AAC"));
    assert!(has(&[1, 66, 0, 30, 0xff, 0xe1, 0, 5, 0x67, 66, 0, 30, 1, 1, 0, 2, 0x68, 1]));
}

/// Takes so many bytes and no more.
struct Full(Cursor<Vec<u8>>, usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 = self.1.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Medium for Full {
    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn webm_on_a_full_disk_is_an_error() {
    let file = Full(Cursor::new(Vec::new()), 1000);
    let place = Place::new(Path::new("a.webm"), false);
    let mut writer = WebmWriter::new(file, place, Kind::Webm, &video_alone(format())).expect("a writer");
    let error = (0..1000).find_map(|index| writer.video(packet(index, 1, true)).err()).expect("an error");
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("a.part.webm"));
}
