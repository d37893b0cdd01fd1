//! Uncompressed media and stills as ffmpeg writes them, through the decoders.

use std::fs;

use polyptych::Range;
use polyptych_recorder::decode::{sound_decoder, video_decoder};
use polyptych_recorder::media::{self, Reach, TrackKind};

use super::ffmpeg;
use crate::containers::packets;

#[test]
fn y4m_pictures_are_the_planes_that_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = "-f lavfi -i testsrc=s=50x38:r=30000/1001:d=0.5 -pix_fmt yuv420p";
    if !ffmpeg(folder.path(), &format!("{source} -color_range pc a.y4m {source} -f rawvideo a.yuv")) {
        return;
    }
    let path = folder.path().join("a.y4m");
    let track = media::probe(&path, Reach::Folder).expect("contents").video.expect("video");
    let mut decoder = video_decoder(&track).expect("a decoder");
    let (mut pictures, mut planes) = (Vec::new(), Vec::new());
    for packet in packets(&path, TrackKind::Video) {
        decoder.decode(&packet, &mut pictures).expect("decoded");
    }
    for (index, picture) in pictures.iter().enumerate() {
        let exact = (index as i64 * 1_001_000_000_000 + 15_000) / 30_000;
        assert_eq!(picture.at.as_nanos(), exact);
        assert_eq!(picture.frame.shape().range, Some(Range::Full));
        let view = picture.frame.view().expect("planes");
        for plane in [0, 1, 2].map(|index| view.plane(index)) {
            (0..plane.shape().rows).for_each(|y| planes.extend_from_slice(plane.row(y)));
        }
    }
    assert!(planes == fs::read(folder.path().join("a.yuv")).expect("read"));
}

#[test]
fn wav_samples_are_those_that_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = "-f lavfi -i sine=r=44100:d=0.5 -ac 2";
    if !ffmpeg(folder.path(), &format!("{source} -f f32le -c:a pcm_f32le a.raw")) {
        return;
    }
    let raw = fs::read(folder.path().join("a.raw")).expect("read");
    let expected: Vec<f32> = raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    for (codec, options) in [
        ("pcm_s16le", ""),
        ("pcm_s24le", ""),
        ("pcm_s32le", ""),
        ("pcm_f32le", ""),
        ("pcm_s16le", "-rf64 always"),
    ] {
        assert!(ffmpeg(folder.path(), &format!("{source} -c:a {codec} {options} a.wav")));
        let path = folder.path().join("a.wav");
        let contents = media::probe(&path, Reach::Folder).expect("contents");
        assert_eq!(contents.remarks, [""; 0], "{codec} {options}");
        let track = contents.sound.expect("sound");
        let mut decoder = sound_decoder(&track).expect("a decoder");
        let mut samples = Vec::new();
        for packet in packets(&path, TrackKind::Sound) {
            let sound = decoder.decode(&packet).expect("decoded").expect("sound");
            assert_eq!((sound.sample_rate, sound.channels), (44_100, 2));
            samples.extend(sound.samples);
        }
        assert_eq!(samples.len(), expected.len());
        let difference = samples.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-4, "{codec}: {difference}");
    }
}

#[test]
fn stills_are_one_picture_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = "-f lavfi -i color=red:s=20x10:d=1 -frames:v 1";
    if !ffmpeg(
        folder.path(),
        &format!("{source} -pix_fmt rgba a.png {source} -f image2 -c:v mjpeg -pix_fmt yuvj420p a.jpg"),
    ) {
        return;
    }
    for name in ["a.png", "a.jpg"] {
        let path = folder.path().join(name);
        let track = media::probe(&path, Reach::Folder).expect("contents").video.expect("video");
        assert_eq!(track.size.map(|size| (size.width(), size.height())), Some((20, 10)));
        let mut pictures = Vec::new();
        let found = packets(&path, TrackKind::Video);
        assert_eq!(found.len(), 1);
        video_decoder(&track).expect("a decoder").decode(&found[0], &mut pictures).expect("decoded");
        let view = pictures[0].frame.view().expect("planes");
        let pixel = &view.plane(0).row(5)[..4];
        assert!(pixel[0] > 240 && pixel[1] < 16 && pixel[2] < 16 && pixel[3] == 255, "{name}: {pixel:?}");
    }
}
