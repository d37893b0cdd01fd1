//! Sources against what `ffprobe` says about files that `ffmpeg` made.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use polyptych::{Matrix, Range, Rotation, Size, Timestamp};
use tempfile::TempDir;

use super::{Ffmpeg, InputOptions, find, open_sound, open_video};
use crate::decode::{Picture, Sound};
use crate::media::{Contents, Reach, TrackKind, packets, probe};
use crate::programs::has_ffmpeg;

/// The programs, asked once for all tests; `None`, said aloud, where they are missing.
pub(crate) fn programs() -> Option<Ffmpeg> {
    static FOUND: OnceLock<Ffmpeg> = OnceLock::new();
    has_ffmpeg().then(|| FOUND.get_or_init(|| find().expect("an FFmpeg that is new enough")).clone())
}

/// Makes files in a folder of its own.
pub(crate) struct Maker {
    pub(crate) ffmpeg: Ffmpeg,
    pub(crate) folder: TempDir,
}

impl Maker {
    pub(crate) fn new() -> Option<Self> {
        Some(Self { ffmpeg: programs()?, folder: TempDir::new().expect("a folder") })
    }

    fn has(&self, encoder: &str) -> bool {
        let has = self.ffmpeg.has_encoder(encoder);
        if !has {
            println!("skipped: ffmpeg has no {encoder}");
        }
        has
    }

    /// A file that ffmpeg makes with `options`, words with blanks between.
    pub(crate) fn make(&self, options: &str, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let mut command = Command::new(self.ffmpeg.program());
        command.args(["-v", "error", "-y", "-nostdin"]).args(options.split_whitespace()).arg(&path);
        let out = command.current_dir(self.folder.path()).output().expect("ffmpeg runs");
        assert!(out.status.success(), "{options}: {}", String::from_utf8_lossy(&out.stderr));
        path
    }

    /// What ffprobe prints for each frame of a stream: the entries asked for.
    fn frames(&self, path: &Path, stream: &str, entries: &str) -> Vec<Vec<String>> {
        let probe = self.ffmpeg.ffprobe().expect("checked before");
        let entries = format!("frame={entries}");
        let out = Command::new(probe)
            .args(["-v", "error", "-select_streams", stream, "-show_entries", &entries, "-of", "csv=p=0"])
            .arg(path)
            .output()
            .expect("ffprobe runs");
        let rows = String::from_utf8_lossy(&out.stdout).into_owned();
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        rows.lines().filter(|line| !line.is_empty()).map(row).collect()
    }

    /// The presentation times of a stream's frames by ffprobe, in ticks of `rate` a second behind `zero`.
    fn times(&self, path: &Path, stream: &str, rate: i64, zero: i64) -> Vec<Timestamp> {
        let at = |row: &Vec<String>| {
            let ticks: i64 = row.first().and_then(|cell| cell.parse().ok()).expect("a time");
            nanos(ticks - zero, rate)
        };
        self.frames(path, stream, "pts").iter().map(at).collect()
    }

    fn pictures(&self, path: &Path) -> Vec<Picture> {
        self.pictures_of(path, None)
    }

    fn pictures_of(&self, path: &Path, contents: Option<&Contents>) -> Vec<Picture> {
        let source = open_video(&self.ffmpeg, path, contents, &InputOptions::default());
        let mut source = source.expect("a video");
        std::iter::from_fn(|| source.next_picture().expect("a picture")).collect()
    }

    fn sounds(&self, path: &Path) -> Vec<Sound> {
        let mut source = open_sound(&self.ffmpeg, path, None, &InputOptions::default()).expect("sound");
        std::iter::from_fn(|| source.next_sound().expect("sound")).collect()
    }

    /// What ffmpeg itself makes of the file.
    fn raw(&self, path: &Path, options: &str) -> Vec<u8> {
        let mut command = Command::new(self.ffmpeg.program());
        command.args(["-v", "error", "-nostdin", "-i"]).arg(path).args(options.split_whitespace()).arg("-");
        command.output().expect("ffmpeg runs").stdout
    }
}

fn nanos(ticks: i64, rate: i64) -> Timestamp {
    let nanos = (i128::from(ticks) * 1_000_000_000 * 2 + i128::from(rate)).div_euclid(2 * i128::from(rate));
    Timestamp::from_nanos(i64::try_from(nanos).expect("small"))
}

fn times(pictures: &[Picture]) -> Vec<Timestamp> {
    pictures.iter().map(|picture| picture.at).collect()
}

fn bytes(pictures: &[Picture]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for picture in pictures {
        let view = picture.frame.view().expect("planes");
        for plane in [0, 1, 2].map(|index| view.plane(index)) {
            (0..plane.shape().rows).for_each(|y| bytes.extend(plane.row(y)));
        }
    }
    bytes
}

/// All samples, where each piece begins where the one before ends, as exactly as the container counts: milliseconds at worst.
fn joined(sounds: &[Sound]) -> Vec<f32> {
    let mut samples = Vec::new();
    for sound in sounds {
        let rate = i64::from(sound.sample_rate);
        let before = i64::try_from(samples.len() / usize::from(sound.channels)).expect("small");
        let off = (sound.at.as_nanos() - nanos(before, rate).as_nanos()).abs();
        assert!(off <= 1_000_000, "{off} ns off behind {before} samples");
        samples.extend(&sound.samples);
    }
    samples
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

const PICTURES: &str = "-f lavfi -i testsrc=s=98x76:r=30:d=1";
const TONE: &str = "-f lavfi -i sine=r=44100:d=1";

#[test]
fn pictures_are_those_that_ffmpeg_decodes() {
    let Some(maker) = Maker::new() else { return };
    let path = maker.make(
        &format!("{PICTURES} -pix_fmt yuv420p -c:v libx264 -bf 3 -color_range tv -colorspace bt709"),
        "a.mp4",
    );
    let pictures = maker.pictures(&path);
    assert_eq!(bytes(&pictures), maker.raw(&path, "-f rawvideo"));
    assert_eq!(times(&pictures), (0..30).map(|index| nanos(index, 30)).collect::<Vec<_>>());
    let shape = pictures[0].frame.shape();
    assert_eq!((shape.matrix, shape.range), (Some(Matrix::Bt709), Some(Range::Limited)));
    assert_eq!((shape.size, shape.rotation), (Size::from_wh(98, 76).expect("a size"), Rotation::None));
}

#[test]
fn pictures_keep_their_times_where_the_rate_varies() {
    let Some(maker) = Maker::new() else { return };
    let select = "select=lt(n\\,5)+gt(n\\,20)*not(mod(n\\,3)) -fps_mode passthrough";
    let mp4 = maker.make(&format!("{PICTURES} -vf {select} -pix_fmt yuv420p -c:v libx264"), "a.mp4");
    let pictures = maker.pictures(&mp4);
    assert_eq!(times(&pictures), maker.times(&mp4, "v:0", 15_360, 0));
    assert_eq!((pictures.len(), pictures[5].at), (8, nanos(21, 30)));
    // Sound that begins before the pictures is the file's zero.
    let late = format!("{TONE} -itsoffset 0.3 {PICTURES} -c:v libvpx -c:a pcm_s16le");
    let mkv = maker.make(&late, "a.mkv");
    let pictures = maker.pictures(&mkv);
    assert_eq!(times(&pictures), maker.times(&mkv, "v:0", 1000, 0));
    assert_eq!(pictures[0].at, Timestamp::from_millis(300));
    assert_eq!(maker.sounds(&mkv)[0].at, Timestamp::ZERO);
}

#[test]
fn pictures_of_streams_without_an_index_begin_at_a_keyframe() {
    let Some(maker) = Maker::new() else { return };
    let whole = maker
        .make(&format!("{PICTURES} {TONE} -c:v libx264 -pix_fmt yuv420p -g 15 -bf 2 -c:a aac"), "whole.ts");
    let mut bytes = std::fs::read(&whole).expect("readable");
    // Without its first packets, the file begins in the middle of a group of pictures, with sound.
    let cut = bytes.split_off(188 * 20);
    let tables = bytes.get(..188 * 3).expect("tables").to_vec();
    let path = maker.folder.path().join("cut.ts");
    std::fs::write(&path, [tables, cut].concat()).expect("writable");
    let pictures = maker.pictures(&path);
    let expected = maker.times(&path, "v:0", 90_000, 0);
    let shift = expected[0].since(pictures[0].at);
    let moved: Vec<_> = expected.iter().map(|&at| at - shift).collect();
    assert!(
        !pictures.is_empty() && times(&pictures).iter().zip(&moved).all(|(a, b)| a.since(*b).as_nanos() < 2)
    );
    assert_eq!(pictures.len(), expected.len());
    // Counted from the first packet, not from the first picture that can be decoded.
    assert!(pictures[0].at > Timestamp::ZERO);
}

#[test]
fn pictures_are_turned_by_nobody_but_told() {
    let Some(maker) = Maker::new() else { return };
    let path = maker.make(&format!("{PICTURES} -c:v libx264 -pix_fmt yuv420p"), "a.mp4");
    let mut bytes = std::fs::read(&path).expect("readable");
    let at = bytes.windows(4).position(|four| four == b"tkhd").expect("a track") + 4 + 40;
    // ISO/IEC 14496-12, 6.2.2: a quarter turn clockwise.
    let matrix = [0, 0x1_0000, 0, -0x1_0000, 0, 0, 76 << 16, 0, 0x4000_0000_i32];
    let matrix: Vec<u8> = matrix.iter().flat_map(|value| value.to_be_bytes()).collect();
    bytes[at..at + 36].copy_from_slice(&matrix);
    std::fs::write(&path, bytes).expect("writable");
    let pictures = maker.pictures(&path);
    assert_eq!(pictures.len(), 30);
    for picture in pictures {
        let shape = picture.frame.shape();
        assert_eq!((shape.rotation, shape.size.width()), (Rotation::Clockwise90, 98));
    }
}

#[test]
fn pictures_of_10_bits_and_full_range_and_444_come_as_420() {
    let Some(maker) = Maker::new() else { return };
    let forms = [("yuv420p10le", "", false), ("yuv444p", "", false), ("yuvj420p", "-color_range pc", true)];
    for (format, options, is_full) in forms {
        let path = maker.make(&format!("{PICTURES} -c:v libx264 -pix_fmt {format} {options}"), "a.mp4");
        let pictures = maker.pictures(&path);
        assert_eq!(times(&pictures), maker.times(&path, "v:0", 15_360, 0), "{format}");
        assert_eq!(pictures[0].frame.shape().range == Some(Range::Full), is_full, "{format}");
        let expected = if is_full { "-f rawvideo" } else { "-f rawvideo -pix_fmt yuv420p" };
        assert!(bytes(&pictures) == maker.raw(&path, expected), "{format}");
    }
}

#[test]
fn pictures_of_two_fields_keep_their_times() {
    let Some(maker) = Maker::new() else { return };
    let interlaced = "-vf format=yuv420p,setfield=tff -c:v libx264 -flags +ildct+ilme -x264opts tff=1";
    let path = maker.make(&format!("{PICTURES} {interlaced}"), "a.mp4");
    assert!(maker.frames(&path, "v:0", "interlaced_frame").iter().all(|row| row[0] == "1"));
    assert_eq!(times(&maker.pictures(&path)), maker.times(&path, "v:0", 15_360, 0));
}

#[test]
fn pictures_of_hevc_and_av1_keep_their_times() {
    let Some(maker) = Maker::new() else { return };
    let encoders = [
        ("libx265", "-x265-params log-level=none"),
        ("libsvtav1", "-preset 12"),
        ("libvpx-vp9", "-deadline realtime"),
    ];
    for (encoder, options) in encoders {
        if !maker.has(encoder) {
            continue;
        }
        let path = maker.make(&format!("{PICTURES} -pix_fmt yuv420p -c:v {encoder} {options}"), "a.mp4");
        let pictures = maker.pictures(&path);
        assert_eq!(times(&pictures), maker.times(&path, "v:0", 15_360, 0), "{encoder}");
        assert!(bytes(&pictures) == maker.raw(&path, "-f rawvideo"), "{encoder}");
    }
}

#[test]
fn pictures_keep_their_sizes_where_they_change() {
    let Some(maker) = Maker::new() else { return };
    let of = |size: &str| format!("-f lavfi -i testsrc=s={size}:r=25:d=0.4 -c:v libvpx");
    // The same number of samples lying and standing, and odd sides.
    let sizes = ["64x48", "48x64", "33x21"];
    for (size, index) in sizes.iter().zip(0..) {
        maker.make(&of(size), &format!("{index}.webm"));
    }
    let list: String = (0..3).map(|index| format!("file {index}.webm\n")).collect();
    std::fs::write(maker.folder.path().join("list"), list).expect("writable");
    let path = maker.make("-f concat -i list -c copy", "a.webm");
    let pictures = maker.pictures(&path);
    assert_eq!(times(&pictures), maker.times(&path, "v:0", 1000, 0));
    let seen: Vec<_> = pictures.iter().map(|picture| picture.frame.shape().size.to_string()).collect();
    assert_eq!(seen.chunks(10).map(|ten| &*ten[0]).collect::<Vec<_>>(), sizes);
    assert!(seen.chunks(10).all(|ten| ten.iter().all(|size| *size == ten[0])));
    let alone = maker.pictures(&maker.folder.path().join("1.webm"));
    assert!(bytes(&pictures[10..20]) == bytes(&alone));
}

#[test]
fn seek_finds_the_picture_or_an_earlier_one() {
    let Some(maker) = Maker::new() else { return };
    for name in ["a.mp4", "a.mkv", "a.ts"] {
        let path = maker
            .make("-f lavfi -i testsrc=s=98x76:r=30:d=4 -pix_fmt yuv420p -c:v libx264 -g 30 -bf 2", name);
        let whole = maker.pictures(&path);
        assert_eq!(whole[0].at, Timestamp::ZERO, "{name}");
        let mut source = open_video(&maker.ffmpeg, &path, None, &InputOptions::default()).expect("a video");
        for millis in [2_500, 0, 60_000] {
            let at = Timestamp::from_millis(millis);
            source.seek(at).expect("a place");
            let pictures: Vec<_> = std::iter::from_fn(|| source.next_picture().expect("a picture")).collect();
            let shown = whole.iter().rposition(|picture| picture.at <= at).expect("the first");
            let first =
                whole.iter().position(|picture| picture.at == pictures[0].at).expect("a time of the whole");
            assert!(first <= shown, "{name} at {at}: {} is too late", pictures[0].at);
            assert_eq!(times(&pictures), times(&whole[first..]), "{name} at {at}");
            assert!(bytes(&pictures) == bytes(&whole[first..]), "{name} at {at}");
        }
    }
}

#[test]
fn sound_is_exact_to_the_sample() {
    let Some(maker) = Maker::new() else { return };
    for (codec, name, rate) in
        [("pcm_s16le", "a.wav", 44_100), ("aac", "a.mp4", 44_100), ("libopus", "a.webm", 48_000)]
    {
        let path = maker.make(&format!("{TONE} -ac 2 -ar {rate} -c:a {codec}"), name);
        let sounds = maker.sounds(&path);
        assert_eq!((sounds[0].sample_rate, sounds[0].channels), (rate, 2), "{name}");
        let expected = floats(&maker.raw(&path, "-f f32le"));
        assert!(joined(&sounds) == expected, "{name}");
    }
}

#[test]
fn sound_shows_its_gaps() {
    let Some(maker) = Maker::new() else { return };
    let gap = "-af aselect=lt(t\\,0.25)+gt(t\\,0.75) -c:a pcm_s16le";
    let path = maker.make(&format!("-f lavfi -i sine=r=48000:d=1:samples_per_frame=480 {gap}"), "a.mkv");
    let sounds = maker.sounds(&path);
    assert_eq!(sounds.iter().map(|sound| sound.at).collect::<Vec<_>>(), maker.times(&path, "a:0", 1000, 0));
    let jumps = sounds.windows(2).filter(|two| two[1].at.since(two[0].at).as_millis() > 400).count();
    assert_eq!(jumps, 1);
}

#[test]
fn times_are_those_of_our_own_readers() {
    let Some(maker) = Maker::new() else { return };
    let files = [
        (format!("{PICTURES} {TONE} -pix_fmt yuv420p -c:v libx264 -bf 3 -c:a aac"), "a.mp4"),
        (
            format!("{TONE} -itsoffset 0.35 {PICTURES} -pix_fmt yuv420p -c:v libx264 -bf 2 -c:a aac"),
            "late.mp4",
        ),
        (format!("{PICTURES} -itsoffset 0.2 {TONE} -c:v libvpx -c:a libopus"), "a.webm"),
        (format!("{TONE} -itsoffset 0.2 {PICTURES} -c:v libvpx -c:a libopus"), "late.webm"),
        (format!("{PICTURES} {TONE} -c:v libvpx -c:a pcm_s16le"), "a.mkv"),
        (
            format!("{TONE} -itsoffset 0.1 {PICTURES} -c:v libvpx-vp9 -c:a libopus -output_ts_offset 71"),
            "far.webm",
        ),
        (
            format!("{PICTURES} -itsoffset 2.7 {TONE} -c:v libvpx-vp9 -c:a libopus -output_ts_offset 0.5"),
            "first.mkv",
        ),
    ];
    for (options, name) in files {
        let path = maker.make(&options, name);
        let mut reader = packets(&path, Reach::Folder, TrackKind::Video).expect("a video");
        let packets_of = std::iter::from_fn(|| reader.next_packet().expect("a packet"));
        let mut expected: Vec<_> =
            packets_of.filter(|packet| packet.is_shown).map(|packet| packet.at).collect();
        expected.sort_unstable();
        assert_eq!(times(&maker.pictures(&path)), expected, "{name}");
        let contents = probe(&path, Reach::Folder).expect("a file");
        assert_eq!(times(&maker.pictures_of(&path, Some(&contents))), expected, "{name}, known");
        let mut reader = packets(&path, Reach::Folder, TrackKind::Sound).expect("sound");
        let mut packets_of = std::iter::from_fn(|| reader.next_packet().expect("a packet"));
        let heard = packets_of.find(|packet| packet.is_shown).expect("sound");
        let sound = maker.sounds(&path).swap_remove(0);
        // Matroska counts milliseconds, and the program rounds its codec's delay to them.
        let tolerance = if name.ends_with("mp4") { 0 } else { 1_000_000 };
        let skipped = nanos(i64::from(heard.trim.0), i64::from(sound.sample_rate)).as_nanos();
        let off = (heard.at.as_nanos() + skipped - sound.at.as_nanos()).abs();
        assert!(off <= tolerance, "{name}: {off} ns");
    }
}

#[test]
fn files_without_what_is_asked_for_are_refused() {
    let Some(maker) = Maker::new() else { return };
    let tone = maker.make(TONE, "a.wav");
    let silent = maker.make(PICTURES, "a.mp4");
    let options = InputOptions::default();
    assert!(open_video(&maker.ffmpeg, &tone, None, &options).is_err());
    assert!(open_sound(&maker.ffmpeg, &silent, None, &options).is_err());
    let nonsense = maker.folder.path().join("-y");
    std::fs::write(&nonsense, "nonsense").expect("writable");
    let error = open_video(&maker.ffmpeg, &nonsense, None, &options).err().expect("no video").to_string();
    assert!(error.contains("Invalid data"), "{error}");
    assert!(open_video(&maker.ffmpeg, Path::new("/nowhere.mp4"), None, &options).is_err());
}
