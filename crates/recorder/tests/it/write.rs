//! Files as FFmpeg reads them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use polyptych::{ColorSpace, FrameBuffer, FrameRate, PixelFormat, Size};
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::raw::RawVideo;
use polyptych_recorder::encode::{EncodedPacket, TrackConfig, VideoEncoder, VideoFormat, VideoSettings};
use polyptych_recorder::media::{self, Reach, TrackKind};
use polyptych_recorder::write::{
    self, EncodedVideo, SegmentFormat, ServiceNames, Tracks, WriteOptions, Writer,
};

use crate::programs::has_ffmpeg;

/// What a program prints on its two outputs.
fn run(program: &str, args: &[&str]) -> (String, String) {
    let output = Command::new(program).args(args).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Decodes all of a file and expects no complaint.
fn expect_no_warning(path: &Path) {
    let path = path.to_str().expect("a path");
    let (_, complaints) = run("ffmpeg", &["-v", "warning", "-nostdin", "-i", path, "-f", "null", "-"]);
    assert_eq!(complaints, "", "{path}");
}

const FLASH_AT: i64 = 45;

/// Black pictures, the one at [`FLASH_AT`] white.
fn pictures(format: VideoFormat, count: i64, keyframe_interval: u32) -> (TrackConfig, Vec<EncodedPacket>) {
    let settings =
        VideoSettings { bitrate_kbps: 300, quality: None, keyframe_interval, preset: None, threads: 1 };
    let mut encoder = OpenH264Encoder::new(format, &settings).expect("an encoder");
    let mut packets = Vec::new();
    let luma_len = format.size.area() as usize;
    for tick in 0..count {
        let mut samples = vec![128; PixelFormat::I420.packed_bytes(format.size)];
        samples[..luma_len].fill(if tick == FLASH_AT { 235 } else { 16 });
        let canvas = FrameBuffer::from_packed(PixelFormat::I420, format.size, samples).expect("a canvas");
        encoder.encode(canvas.view(), &mut packets).expect("a packet");
    }
    encoder.finish(&mut packets).expect("an end");
    (encoder.config().expect("parameter sets"), packets)
}

/// FFmpeg's AAC of silence with a beep of 100 ms at the time of the flash; it puts 1,024 samples before the first.
fn sound(seconds: f64) -> (TrackConfig, Vec<EncodedPacket>) {
    let beep = "if(between(t,1.5,1.6),0.5*sin(2*PI*1000*t),0)";
    let source = format!("aevalsrc='{beep}|{beep}':s=48000:d={seconds}");
    let input = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", &source];
    let output = Command::new("ffmpeg")
        .args(input)
        .args(["-c:a", "aac", "-b:a", "96k", "-f", "adts", "-"])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut packets = Vec::new();
    let mut rest = output.stdout.as_slice();
    while let &[_, _, _, a, b, c, _, ..] = rest {
        let len = usize::from(a & 3) << 11 | usize::from(b) << 3 | usize::from(c) >> 5;
        let pts = packets.len() as i64 * 1024;
        packets.push(EncodedPacket {
            pts,
            dts: pts,
            duration: 1024,
            is_key: true,
            data: rest[7..len].to_vec(),
        });
        rest = &rest[len..];
    }
    (TrackConfig::Aac { config: vec![0x11, 0x90], priming: 1024 }, packets)
}

fn format(fps: FrameRate) -> VideoFormat {
    VideoFormat { size: Size::from_wh(64, 48).expect("a size"), fps, color: ColorSpace::BT709_LIMITED }
}

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).expect("a rate")
}

/// Tracks of 5 s, and their packets.
struct Talk {
    tracks: Tracks,
    video: Vec<EncodedPacket>,
    sound: Vec<EncodedPacket>,
}

/// 150 pictures at 30 a second, a keyframe a second; the flash and the beep are at 1.5 s.
fn talk() -> Talk {
    let format = format(rate(30, 1));
    let (config, video) = pictures(format, 150, 30);
    let (sound_config, sound) = sound(5.0);
    let tracks = Tracks { video: Some(EncodedVideo { format, config }), sound: Some(sound_config) };
    Talk { tracks, video, sound }
}

fn options() -> WriteOptions {
    WriteOptions { expected_duration: Some(Duration::from_secs(5)), ..WriteOptions::default() }
}

/// Writes both tracks, packet by packet in turn.
fn write_all(mut writer: Box<dyn Writer>, video: &[EncodedPacket], sound: &[EncodedPacket]) {
    for index in 0..video.len().max(sound.len()) {
        if let Some(packet) = video.get(index) {
            writer.video(packet.clone()).expect("written");
        }
        if let Some(packet) = sound.get(index) {
            writer.sound(packet.clone()).expect("written");
        }
    }
    writer.finish().expect("finished");
}

/// What `ffprobe` says of a stream, by entries of `stream=`, one a line.
fn stream(path: &Path, stream: &str, entries: &str) -> Vec<String> {
    let path = path.to_str().expect("a path");
    let entries = format!("stream={entries}");
    let args = ["-v", "warning", "-count_packets", "-select_streams", stream, "-show_entries", &entries];
    let (found, complaints) = run("ffprobe", &[&args[..], &["-of", "default=nk=1:nw=1", path]].concat());
    assert_eq!(complaints, "", "{path}");
    found.lines().map(str::to_owned).collect()
}

/// When the picture flashes and when the sound begins to beep, in seconds, as FFmpeg presents them.
fn flash_and_beep(path: &Path) -> (f64, f64) {
    let path = path.to_str().expect("a path");
    let input = ["-v", "error", "-nostdin", "-copyts", "-i", path];
    let video = ["-map", "0:v", "-vf", "scale=1:1,format=gray,showinfo", "-f", "null", "-"];
    let mut args = [&input[..], &video[..]].concat();
    args[1] = "info";
    let (_, log) = run("ffmpeg", &args);
    let flash = log
        .lines()
        .filter_map(|line| {
            let time = line.split("pts_time:").nth(1)?.split_whitespace().next()?.parse::<f64>().ok()?;
            let mean = line.split("mean:[").nth(1)?.split([' ', ']']).next()?.parse::<f64>().ok()?;
            (mean > 120.0).then_some(time)
        })
        .next()
        .expect("a flash");
    let sound = ["-map", "0:a", "-af", "asetnsamples=48,silencedetect=n=-30dB:d=0.2", "-f", "null", "-"];
    let mut args = [&input[..], &sound[..]].concat();
    args[1] = "info";
    let (_, log) = run("ffmpeg", &args);
    let beep = log.split("silence_end: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    (flash, beep.expect("a beep").parse().expect("a time"))
}

fn expect_in_step(path: &Path) {
    let (flash, beep) = flash_and_beep(path);
    assert!(
        (flash - beep).abs() < 1.0 / 30.0,
        "{}: the flash is at {flash}, the beep at {beep}",
        path.display()
    );
}

#[test]
fn mp4_with_sound_plays_in_step_from_the_start_on() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    let talk = talk();
    write_all(write::create(&path, &talk.tracks, &options()).expect("a file"), &talk.video, &talk.sound);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
    expect_no_warning(&path);
    expect_in_step(&path);
    let (flash, _) = flash_and_beep(&path);
    assert!((flash - 1.5).abs() < 0.001, "{flash}");
    let entries = "codec_name,width,height,sample_aspect_ratio,color_range,color_space,color_transfer,color_primaries,start_time,duration,nb_read_packets";
    assert_eq!(
        stream(&path, "v", entries),
        ["h264", "64", "48", "1:1", "tv", "bt709", "bt709", "bt709", "0.000000", "5.000000", "150"]
    );
    let sound = stream(&path, "a", "codec_name,sample_rate,channels,start_time");
    assert_eq!(sound, ["aac", "48000", "2", "0.000000"]);
    let file = std::fs::read(&path).expect("the file");
    let at = |kind: &[u8]| file.windows(4).rposition(|bytes| bytes == kind);
    assert!(at(b"moov") < at(b"mdat"), "the index comes first");
}

#[test]
fn rates_that_are_no_whole_numbers_are_exact() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    let format = format(rate(30_000, 1_001));
    let (config, video) = pictures(format, 90, 30);
    let tracks = Tracks { video: Some(EncodedVideo { format, config }), sound: None };
    write_all(write::create(&path, &tracks, &options()).expect("a file"), &video, &[]);
    expect_no_warning(&path);
    let entries = "r_frame_rate,avg_frame_rate,time_base,duration_ts,nb_read_packets";
    let found = stream(&path, "v", entries);
    assert_eq!(found, ["30000/1001", "30000/1001", "1/30000", "90090", "90"]);
}

#[test]
fn sound_alone_is_a_file_too() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (config, sound) = sound(5.0);
    let tracks = Tracks { video: None, sound: Some(config) };
    for name in ["talk.m4a", "talk.m3u8"] {
        let path = folder.path().join(name);
        let options = WriteOptions { segment: Duration::from_secs(2), ..options() };
        write_all(write::create(&path, &tracks, &options).expect("a file"), &[], &sound);
        expect_no_warning(&path);
        // Of a transport stream the same stream is listed twice: in its program, and by itself.
        assert_eq!(stream(&path, "a", "nb_read_packets").last(), Some(&sound.len().to_string()), "{name}");
    }
}

#[test]
fn playlists_are_cut_at_keyframes_and_play_in_step() {
    if !has_ffmpeg() {
        return;
    }
    let talk = talk();
    for (segment_format, first) in
        [(SegmentFormat::Ts, "talk_00001.ts"), (SegmentFormat::Fmp4, "talk_00001.m4s")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talk.m3u8");
        let options = WriteOptions { segment: Duration::from_secs(2), segment_format, ..options() };
        write_all(
            write::create(&path, &talk.tracks, &options).expect("a playlist"),
            &talk.video,
            &talk.sound,
        );
        expect_no_warning(&path);
        expect_in_step(&path);
        assert_eq!(stream(&path, "v", "nb_read_packets").last().map(String::as_str), Some("150"));
        let playlist = std::fs::read_to_string(&path).expect("a playlist");
        let durations: Vec<&str> = playlist.lines().filter(|line| line.starts_with("#EXTINF")).collect();
        assert_eq!(durations, ["#EXTINF:2.000000,", "#EXTINF:2.000000,", "#EXTINF:1.000000,"]);
        assert!(playlist.contains("#EXT-X-TARGETDURATION:2\n") && playlist.ends_with("#EXT-X-ENDLIST\n"));
        assert!(playlist.contains(first), "{playlist}");
        m3u8_rs::parse_media_playlist_res(playlist.as_bytes()).expect("another reader takes it");
        let error = write::create(&path, &talk.tracks, &options).err().expect("there is one");
        assert!(error.to_string().contains("--force"), "{error}");
    }
}

#[test]
fn a_playlist_that_is_not_finished_names_whole_segments() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let talk = talk();
    let names = ServiceNames {
        sid: "38f8e3cfdc474cd56fc1ceba380d7e1a".to_owned(),
        cname: "weekly".to_owned(),
        started: "2026-03-01T12:00:00Z".parse().expect("a time"),
    };
    let options = WriteOptions { segment: Duration::from_secs(1), names: Some(names), ..options() };
    let mut writer = write::create(folder.path(), &talk.tracks, &options).expect("a playlist");
    for packet in talk.sound {
        writer.sound(packet).expect("written");
    }
    for packet in talk.video.into_iter().take(100) {
        writer.video(packet).expect("written");
    }
    drop(writer);
    let path = folder.path().join("38f8e3cfdc474cd56fc1ceba380d7e1a_weekly.m3u8");
    let playlist = std::fs::read_to_string(&path).expect("a playlist");
    let segments: Vec<&str> = playlist.lines().filter(|line| !line.starts_with('#')).collect();
    let name = |millis: u32| format!("38f8e3cfdc474cd56fc1ceba380d7e1a_weekly_20260301120{millis:06}.ts");
    assert_eq!(segments, [name(0), name(1_000), name(2_000)]);
    for segment in segments {
        expect_no_warning(&folder.path().join(segment));
    }
}

#[test]
fn a_playlist_of_any_name_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let talk = talk();
    for segment_format in [SegmentFormat::Ts, SegmentFormat::Fmp4] {
        let cname = format!("#1? 100%25: \"{segment_format:?}\"");
        let started = "2026-03-01T12:00:00Z".parse().expect("a time");
        let names = ServiceNames { sid: "38f8".to_owned(), cname: cname.clone(), started };
        let options =
            WriteOptions { segment: Duration::from_secs(1), names: Some(names), segment_format, ..options() };
        let writer = write::create(folder.path(), &talk.tracks, &options).expect("a playlist");
        write_all(writer, &talk.video, &talk.sound);
        let path = folder.path().join(format!("38f8_{cname}.m3u8"));
        let mut reader = media::packets(&path, Reach::Folder, TrackKind::Video).expect("a reader");
        let read = std::iter::from_fn(|| reader.next_packet().expect("a packet")).count();
        assert_eq!(read, talk.video.len(), "{segment_format:?}");
    }
}

#[test]
fn y4m_holds_every_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = VideoFormat { size: Size::from_wh(5, 3).expect("a size"), ..format(rate(25, 2)) };
    let samples: Vec<u8> = (0..15 + 2 * 6).collect();
    let canvas = FrameBuffer::from_packed(PixelFormat::I420, format.size, samples.clone()).expect("a canvas");
    let mut encoder = RawVideo::new(format);
    let mut packets = Vec::new();
    for _ in 0..2 {
        encoder.encode(canvas.view(), &mut packets).expect("a packet");
    }
    let config = encoder.config().expect("a config");
    let tracks = Tracks { video: Some(EncodedVideo { format, config }), sound: None };
    let path = folder.path().join("talk.y4m");
    write_all(write::create(&path, &tracks, &WriteOptions::default()).expect("a file"), &packets, &[]);
    let frame = [&b"FRAME\n"[..], &samples].concat();
    let header = b"YUV4MPEG2 W5 H3 F25:2 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n";
    assert!(std::fs::read(&path).expect("the file") == [header, &frame[..], &frame].concat());
    let path = folder.path().join("talk.yuv");
    write_all(write::create(&path, &tracks, &WriteOptions::default()).expect("a file"), &packets, &[]);
    assert!(std::fs::read(&path).expect("the file") == [&samples[..], &samples].concat());
}

#[test]
fn formats_say_what_they_cannot_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = format(rate(30, 1));
    let video = Some(EncodedVideo { format, config: TrackConfig::I420 });
    let tracks = Tracks { video, sound: Some(TrackConfig::PcmF32) };
    for (name, expected) in
        [("a.mp4", "H.264"), ("a.m3u8", "H.264"), ("a.wav", "sound alone"), ("a.avi", ".mp4"), ("a", ".mp4")]
    {
        let error = write::create(&folder.path().join(name), &tracks, &WriteOptions::default());
        let error = error.err().expect(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let empty = Tracks { video: None, sound: None };
    write::create(&folder.path().join("a.mp4"), &empty, &WriteOptions::default())
        .err()
        .expect("nothing to write");
}
