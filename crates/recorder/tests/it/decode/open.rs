//! Whole files: the built-in decoders and FFmpeg give the same pictures and the same sound at the same times.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use polyptych::Timestamp;
use polyptych_recorder::decode::{
    Backend, Choice, Decoders, Files, MediaFile, Picture, SoundSource, VideoSource,
};
use polyptych_recorder::ffmpeg::{self, Ffmpeg, InputOptions};
use polyptych_recorder::media::{Reach, TrackKind};

use super::material::{Material, assert_same, has_ffmpeg, samples};

fn files(backend: Backend) -> Files {
    static FOUND: OnceLock<Option<Ffmpeg>> = OnceLock::new();
    let program = || FOUND.get_or_init(ffmpeg::find).clone();
    let program = if backend == Backend::Embedded { None } else { program() };
    Files::new(Decoders::new(backend, program, InputOptions::default()), Reach::Folder)
}

fn without_program() -> Files {
    Files::new(Decoders::new(Backend::Auto, None, InputOptions::default()), Reach::Folder)
}

/// More than the files have that are made here; of the sample meeting's, what is compared.
const MOST: usize = 50;

/// The first pictures, all of them where there are no more.
fn first_pictures(mut video: Box<dyn VideoSource>) -> Vec<Picture> {
    let next = || video.next_picture().expect("the file is whole");
    std::iter::from_fn(next).take(MOST).collect()
}

/// The sound as one piece, each sample at its place; where it begins and its rate.
fn all_sound(mut sound: Box<dyn SoundSource>) -> (Timestamp, u32, Vec<f32>) {
    let first = sound.next_sound().expect("the file is whole").expect("it has sound");
    let (at, rate, width) = (first.at, first.sample_rate, usize::from(first.channels));
    let mut samples = first.samples;
    while let Some(next) = sound.next_sound().expect("the file is whole") {
        let place = next.at.since(at).as_nanos() as f64 * f64::from(rate) / 1e9;
        // Matroska counts in milliseconds.
        let stray = (place - (samples.len() / width) as f64).abs() / f64::from(rate);
        assert!(stray < 0.002, "{} does not follow by {stray} s", next.at);
        samples.extend(next.samples);
    }
    (at, rate, samples)
}

fn assert_alike(path: &Path, has_sound: bool) {
    let name = path.display().to_string();
    let [built_in, program] = [Backend::Embedded, Backend::Ffmpeg].map(files);
    let [found, expected] =
        [&built_in, &program].map(|all| first_pictures(all.open_video(path).expect(&name)));
    let times = |pictures: &[Picture]| pictures.iter().map(|picture| picture.at).collect::<Vec<_>>();
    assert_eq!(times(&found), times(&expected), "{name}");
    for (found, expected) in found.iter().zip(&expected) {
        let (found, expected) = (found.frame.shape(), expected.frame.shape());
        assert_eq!((found.size, found.rotation), (expected.size, expected.rotation), "{name}");
        assert_eq!(found.pixel_aspect, expected.pixel_aspect, "{name}");
        assert_eq!((found.matrix, found.range), (expected.matrix, expected.range), "{name}");
    }
    assert_same(&name, &samples(&found), &samples(&expected));
    if has_sound {
        let [found, expected] =
            [&built_in, &program].map(|all| all_sound(all.open_sound(path).expect(&name)));
        assert_eq!(found.1, expected.1, "{name}");
        let stray = found.0.as_nanos().abs_diff(expected.0.as_nanos());
        assert!(stray < 2_000_000, "{name}: sound begins at {} and {}", found.0, expected.0);
        // FFmpeg does not always leave out what pads the last packet.
        let longer = expected.2.len() as i64 - found.2.len() as i64;
        assert!((-200..2200).contains(&longer), "{name}: {} {}", found.2.len(), expected.2.len());
        // Only AAC in MP4 is the same to the sample: FFmpeg's own decoder of Opus shifts speech by a part of one.
        if stray == 0 && !name.contains("opus") && !name.ends_with("webm") {
            let worst = found.2.iter().zip(&expected.2).map(|(found, expected)| (found - expected).abs());
            let worst = worst.fold(0.0, f32::max);
            assert!(worst < 0.01, "{name}: sound differs by {worst}");
        }
    }
}

#[test]
fn built_in_decoders_and_ffmpeg_agree_on_whole_files() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let video = "-f lavfi -i testsrc=size=98x66:rate=25:duration=1";
    let sound = "-f lavfi -i sine=frequency=500:sample_rate=48000:duration=1.3";
    let cases = [
        ("plain.mp4", format!("{video} {sound} -pix_fmt yuv420p -c:v libx264 -bf 3 -c:a aac")),
        ("late-sound.mp4", format!("{video} -itsoffset 0.3 {sound} -pix_fmt yuv420p -c:v libx264 -c:a aac")),
        (
            "late-video.mp4",
            format!("{sound} -itsoffset 0.7 {video} -pix_fmt yuv420p -c:v libx264 -bf 2 -c:a aac"),
        ),
        (
            "fragments.mp4",
            format!("{video} {sound} -pix_fmt yuv420p -c:v libx264 -g 10 -movflags frag_keyframe+delay_moov"),
        ),
        (
            "late-fragments.mp4",
            format!(
                "{sound} -itsoffset 0.7 {video} -pix_fmt yuv420p -c:v libx264 -movflags frag_keyframe+delay_moov"
            ),
        ),
        ("vp8.mkv", format!("{video} {sound} -c:v libvpx -deadline realtime -cpu-used 8 -c:a aac")),
        (
            "opus-vp9.mp4",
            format!(
                "{video} {sound} -pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"
            ),
        ),
    ];
    for (name, arguments) in cases {
        let path = material.make(&arguments, name).expect("FFmpeg encodes");
        assert_alike(&path, true);
        let (_, _, samples) = all_sound(files(Backend::Embedded).open_sound(&path).expect(name));
        if name == "plain.mp4" {
            assert_eq!(samples.len(), 62_400, "{name}: 1.3 s of it");
        }
    }
}

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting").join(name)
}

#[test]
fn the_sample_meeting_is_decoded_without_ffmpeg() {
    let alone = without_program();
    for name in ["anna.mp4", "ben.webm", "elif.mp4"] {
        let pictures = first_pictures(alone.open_video(&asset(name)).expect(name));
        assert!(
            pictures.len() == MOST && pictures.is_sorted_by_key(|picture| picture.at),
            "{name}: {}",
            pictures.len()
        );
        assert_eq!(pictures[0].at.as_nanos() / 1_000_000_000, 0, "{name}");
        let (_, rate, samples) = all_sound(alone.open_sound(&asset(name)).expect(name));
        assert!(samples.len() as u32 > rate, "{name}");
    }
}

#[test]
fn the_sample_meeting_is_decoded_alike() {
    if has_ffmpeg() {
        ["anna.mp4", "ben.webm", "elif.mp4"].iter().for_each(|name| assert_alike(&asset(name), true));
    }
}

#[test]
fn a_file_is_looked_into_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("slides.png");
    std::fs::copy(asset("slides.png"), &path).expect("copied");
    let mut files = without_program();
    let found = files.look(&path).expect("read").contents().clone();
    let before = files.clone();
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(*files.look(&path).expect("known").contents(), found);
    assert_eq!(before.iter().map(MediaFile::path).collect::<Vec<_>>(), [path.as_path()]);
    std::fs::copy(asset("slides.png"), &path).expect("copied");
    assert_eq!(first_pictures(files.open_video(&path).expect("known")).len(), 1);
    assert!(without_program().look(&folder.path().join("none.png")).is_err());
}

#[test]
fn who_decodes_is_known_before() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let input =
        "-f lavfi -i testsrc=size=64x64:rate=25:duration=0.2 -f lavfi -i sine=duration=0.2 -c:v libx264";
    let plain = material.make(&format!("{input} -pix_fmt yuv420p"), "plain.mp4").expect("x264 does it");
    let deep = material.make(&format!("{input} -pix_fmt yuv422p"), "deep.mp4").expect("x264 does it");
    let [mut auto, mut built_in] = [Backend::Auto, Backend::Embedded].map(files);
    let mut alone = without_program();
    assert_eq!(auto.look(&plain).expect("read").choice(TrackKind::Video).expect("anybody"), Choice::Embedded);
    let ben = asset("ben.webm");
    assert_eq!(
        auto.look(&ben).expect("read").choice(TrackKind::Video).expect("anybody"),
        Choice::Ffmpeg,
        "VP8 is faster there"
    );
    assert_eq!(auto.look(&plain).expect("read").choice(TrackKind::Sound).expect("anybody"), Choice::Embedded);
    assert_eq!(
        alone.look(&plain).expect("read").choice(TrackKind::Video).expect("built in"),
        Choice::Embedded
    );
    assert_eq!(auto.look(&deep).expect("read").choice(TrackKind::Video).expect("ffmpeg"), Choice::Ffmpeg);
    let refused =
        built_in.look(&deep).expect("read").choice(TrackKind::Video).expect_err("4:2:2").to_string();
    assert!(refused.contains("4:2:2") && !refused.contains("ffmpeg"), "{refused}");
    let refused = alone.open_video(&deep).map(|_| ()).expect_err("4:2:2").to_string();
    assert!(refused.contains("4:2:2") && refused.contains("ffmpeg is not on this machine"), "{refused}");
    let nothing = alone.open_sound(&asset("slides.png")).map(|_| ()).expect_err("a still").to_string();
    assert!(nothing.contains("slides.png"), "{nothing}");
}
