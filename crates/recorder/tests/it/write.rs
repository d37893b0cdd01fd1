//! Files as FFmpeg reads them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use polyptych::{ColorSpace, FrameBuffer, FrameRate, PixelFormat, Size};
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::{EncodedPacket, TrackConfig, VideoEncoder, VideoFormat, VideoSettings};
use polyptych_recorder::write::{self, EncodedVideo, Tracks, WriteOptions, Writer};

/// Whether `ffmpeg` and `ffprobe` are there; says so where not.
fn has_ffmpeg() -> bool {
    let is_there = |name: &str| Command::new(name).arg("-version").output().is_ok();
    let both = is_there("ffmpeg") && is_there("ffprobe");
    if !both {
        eprintln!("skipped: ffmpeg is not on this machine");
    }
    both
}

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
    let source = format!(
        "sine=frequency=1000:sample_rate=48000:duration={seconds},volume='between(t,1.5,1.6)':eval=frame,asetnsamples=480,aformat=channel_layouts=stereo"
    );
    let source = source.replace(
        "sine=frequency=1000:sample_rate=48000",
        "sine=frequency=1000:sample_rate=48000:samples_per_frame=480",
    );
    let output = Command::new("ffmpeg")
        .args([
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", &source, "-c:a", "aac", "-b:a", "96k", "-f",
            "adts", "-",
        ])
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

fn options() -> WriteOptions {
    WriteOptions { force: false, expected_duration: Some(Duration::from_secs(5)) }
}

/// Writes both tracks, packet by packet in turn.
fn write_all(mut writer: Box<dyn Writer>, video: &[EncodedPacket], sound: &[EncodedPacket]) {
    let (mut video, mut sound) = (video.iter(), sound.iter());
    loop {
        let (picture, samples) = (video.next(), sound.next());
        if picture.is_none() && samples.is_none() {
            break;
        }
        if let Some(packet) = picture {
            writer.video(packet.clone()).expect("written");
        }
        if let Some(packet) = samples {
            writer.sound(packet.clone()).expect("written");
        }
    }
    writer.finish().expect("finished");
}

#[test]
fn mp4_with_sound_plays_from_the_start_in_step() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    let format = format(rate(30, 1));
    let (config, video) = pictures(format, 150, 30);
    let (sound_config, sound) = sound(5.0);
    let tracks = Tracks { video: Some(EncodedVideo { format, config }), sound: Some(sound_config) };
    write_all(write::create(&path, &tracks, &options()).expect("a file"), &video, &sound);
    expect_no_warning(&path);
    std::fs::copy(&path, "/tmp/g-try.mp4").unwrap();
}
