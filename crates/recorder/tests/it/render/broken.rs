//! Coded video that is broken in its middle: what can be decoded is shown, in a part as in the whole.

use polyptych::{ColorSpace, FrameBuffer, FrameRate, PixelFormat, Size};
use polyptych_recorder::encode::VideoEncoder;
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::{VideoFormat, VideoSettings};
use polyptych_recorder::media::{self, Reach, TrackKind};
use polyptych_recorder::write::{self, EncodedVideo, Tracks, WriteOptions};
use serde_json::json;

use super::{Meeting, columns, part};

/// Writes 40 pictures of H.264, ten a second, a keyframe a second; then spoils some, by their number.
fn write_spoilt(meeting: &Meeting, name: &str, spoilt: &[usize]) {
    let size = Size::from_wh(32, 32).expect("a size");
    let fps = FrameRate::new(10, 1).expect("a rate");
    let format = VideoFormat { size, fps, color: ColorSpace::default() };
    let settings =
        VideoSettings { bitrate_kbps: 300, quality: None, keyframe_interval: 10, preset: None, threads: 1 };
    let mut encoder = OpenH264Encoder::new(format, &settings).expect("an encoder");
    let mut packets = Vec::new();
    for picture in 0..40_usize {
        let luma = (0..32 * 32).map(|at| (40 + picture * 4 + at % 32) as u8);
        let samples = luma.chain([128; 512]).collect();
        let canvas = FrameBuffer::from_packed(PixelFormat::I420, size, samples).expect("a canvas");
        encoder.encode(canvas.view(), &mut packets).expect("encoded");
    }
    encoder.finish(&mut packets).expect("encoded");
    let config = encoder.config().expect("parameter sets");
    let tracks = Tracks { video: Some(EncodedVideo { format, config }), sound: None };
    let path = meeting.path(name);
    let mut writer = write::create(&path, &tracks, &WriteOptions::default()).expect("a file");
    packets.into_iter().for_each(|packet| writer.video(packet).expect("written"));
    writer.finish().expect("written");

    let mut bytes = std::fs::read(&path).expect("the file");
    let mut reader = media::packets(&path, Reach::Folder, TrackKind::Video).expect("a reader");
    let mut number = 0;
    while let Some(packet) = reader.next_packet().expect("a packet") {
        if spoilt.contains(&number) {
            let at = bytes.windows(packet.data.len()).position(|window| window == packet.data);
            // A length that leads out of the packet.
            bytes[at.expect("its place")..][..4].fill(0xff);
        }
        number += 1;
    }
    meeting.write(name, &bytes);
}

#[test]
fn parts_of_a_broken_video_are_those_of_the_whole() {
    for spoilt in [&[][..], &[5], &[13, 14], &[20], &[15, 20, 30], &[10, 20, 30]] {
        let meeting = Meeting::new();
        write_spoilt(&meeting, "a.mp4", spoilt);
        let description = json!({"transcodingConfig": columns(1, 10),
            "users": [{"uid": "1", "joined": 0, "media": [{"file": "a.mp4"}]}]});
        let prepared = meeting.prepared(&description);
        let Ok(history) = prepared.map(|prepared| prepared.history) else {
            panic!("{spoilt:?}: not used at all");
        };
        let all = part(&history, 0..40);
        let tally = &all.report.users["1"];
        // Behind a broken picture nothing is decoded before the next keyframe.
        let mut seconds: Vec<usize> = spoilt.iter().map(|picture| picture / 10).collect();
        seconds.dedup();
        assert_eq!(tally.failure_count, seconds.len() as u64, "{spoilt:?}: {tally:?}");
        for from in [5, 8, 12, 13, 14, 16, 20, 25, 30, 35] {
            let cut = part(&history, from..40);
            assert!(cut.frames == all.frames[from as usize..], "{spoilt:?} from {from}");
        }
    }
}
