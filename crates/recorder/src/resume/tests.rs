//! A file that was written in two goes holds the packets of one that was written in one.

mod playlist;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use polyptych::{ColorSpace, Size};

use super::*;
use crate::encode::{TrackConfig, VideoFormat};
use crate::media::{self, Packet, Reach, TrackKind};
use crate::write::EncodedVideo;

const GOP: u64 = 15;
const SPS: [u8; 5] = [0x67, 66, 0xc0, 30, 1];
const PPS: [u8; 2] = [0x68, 1];

/// What a file is, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Mp4,
    /// H.264 and AAC.
    Mkv,
    /// VP9 and Opus.
    Webm,
}

impl Form {
    fn name(self, stem: &str) -> String {
        let ending = match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "mkv",
            Self::Webm => "webm",
        };
        format!("{stem}.{ending}")
    }

    fn video(self) -> TrackConfig {
        match self {
            Self::Webm => TrackConfig::Vp9 { config: vec![0, 10, 0x80] },
            _ => TrackConfig::H264 { sps: SPS.to_vec(), pps: PPS.to_vec() },
        }
    }

    /// As the encoder has it.
    fn sound(self) -> TrackConfig {
        match self {
            Self::Webm => TrackConfig::Opus { priming: 312 },
            _ => TrackConfig::Aac { config: vec![0x11, 0x90], priming: 1024 },
        }
    }

    /// A packet of sound as its container wants it: by its first byte, one of Opus lasts 20 ms.
    fn piece(self, number: i64) -> Vec<u8> {
        let toc: &[u8] = if self == Self::Webm { &[0xfc] } else { &[] };
        [toc, &number.to_be_bytes()].concat()
    }
}

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).expect("a rate")
}

/// What encoders make of some ticks of a recording, each packet with the number of its tick or of its place on the grid.
struct Encoded {
    tracks: Tracks,
    video: Vec<EncodedPacket>,
    sound: Vec<EncodedPacket>,
}

/// What stands for a picture: a NAL unit of a slice behind its length.
fn slice(tick: u64, is_key: bool) -> Vec<u8> {
    let kind = if is_key { 0x65 } else { 0x41 };
    // Of no zeros: they would look like start codes.
    [&9_u32.to_be_bytes()[..], &[kind], format!("{tick:08}").as_bytes()].concat()
}

fn format(fps: FrameRate) -> VideoFormat {
    VideoFormat { size: Size::from_wh(64, 48).expect("a size"), fps, color: ColorSpace::BT709_LIMITED }
}

/// `is_reordered` has every third picture of a group decoded before the second, as with B-frames.
fn encoded(form: Form, ticks: Range<u64>, fps: FrameRate, is_reordered: bool) -> Encoded {
    let sample = |tick| first_sample_of(fps, tick);
    let (first, end) = (sample(ticks.start), sample(ticks.end));
    let sound = form.sound();
    let (priming, grid) = (i64::from(sound.priming()), sound.packet_grid().expect("sound"));
    let first_packet = grid.first_packet(first);
    let more = u32::try_from(first - first_packet * grid.samples).expect("little");
    let tracks = Tracks {
        video: Some(EncodedVideo { format: format(fps), config: form.video() }),
        sound: Some(sound.with_more_priming(more)),
    };
    let count = ticks.end - ticks.start;
    let shown = |index: u64| match index % GOP {
        0 => index,
        at if is_reordered && at % 2 == 1 && at + 1 < GOP && index + 1 < count => index + 1,
        at if is_reordered && at % 2 == 0 => index - 1,
        _ => index,
    };
    let video = (0..count).map(|index| EncodedPacket {
        pts: shown(index) as i64,
        // Encoders say more than a few pictures need.
        dts: index as i64 - if is_reordered { 2 } else { 0 },
        duration: 1,
        is_key: index.is_multiple_of(GOP),
        data: slice(ticks.start + shown(index), index.is_multiple_of(GOP)),
    });
    let on_grid = (first_packet..).take_while(|packet| packet * grid.samples - priming < end);
    let sound = on_grid.map(|packet| {
        let pts = (packet - first_packet) * grid.samples;
        let heard = (end + priming - packet * grid.samples).min(grid.samples);
        let duration = if form == Form::Webm { heard } else { grid.samples } as u32;
        EncodedPacket { pts, dts: pts, duration, is_key: true, data: form.piece(packet) }
    });
    Encoded { tracks, video: video.collect(), sound: sound.collect() }
}

/// Writes the packets by their times, as far as so many pictures.
fn write(encoded: &Encoded, writer: &mut dyn Writer, pictures: usize) {
    let fps = encoded.tracks.video.as_ref().expect("video").format.fps;
    let mut sound = encoded.sound.iter().peekable();
    let is_before = |piece: &EncodedPacket, tick: i64| {
        i128::from(piece.pts) * i128::from(fps.num()) < i128::from(tick) * 48_000 * i128::from(fps.den())
    };
    for picture in &encoded.video[..pictures.min(encoded.video.len())] {
        while let Some(piece) = sound.next_if(|piece| is_before(piece, picture.dts)) {
            writer.sound(piece.clone()).expect("written");
        }
        writer.video(picture.clone()).expect("written");
    }
    if pictures >= encoded.video.len() {
        sound.for_each(|piece| writer.sound(piece.clone()).expect("written"));
    }
}

fn options(force: bool) -> WriteOptions {
    WriteOptions {
        force,
        expected_duration: Some(Duration::from_secs(1)),
        segment: Duration::from_secs(1),
        ..WriteOptions::default()
    }
}

/// The files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    entries.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("its bytes"))).collect()
}

fn packets(path: &Path) -> [Vec<Packet>; 2] {
    [TrackKind::Video, TrackKind::Sound].map(|kind| {
        let mut reader = media::packets(path, Reach::Folder, kind).expect("a track");
        std::iter::from_fn(|| reader.next_packet().expect("a packet")).collect()
    })
}

fn look(path: &Path, ticks: &Range<u64>, fps: FrameRate) -> Result<Found, ResumeError> {
    find(path, ticks.clone(), format(fps), &options(true))
}

/// The recording that is rendered, and how.
#[derive(Clone)]
struct Job {
    form: Form,
    fps: FrameRate,
    ticks: Range<u64>,
    is_reordered: bool,
    options: WriteOptions,
}

const JOBS: [(u32, u32, Range<u64>, bool); 4] =
    [(30, 1, 0..600, false), (30_000, 1001, 37..500, true), (25, 1, 15..400, true), (10, 1, 7..133, false)];

impl Job {
    fn all(form: Form, options: &WriteOptions) -> impl Iterator<Item = Self> {
        JOBS.into_iter().map(move |(num, den, ticks, is_reordered)| {
            let (fps, options) = (rate(num, den), options.clone());
            // VP9 decodes pictures in their order.
            Self { form, fps, ticks, is_reordered: is_reordered && form != Form::Webm, options }
        })
    }

    fn write_whole(&self, path: &Path) {
        let all = encoded(self.form, self.ticks.clone(), self.fps, self.is_reordered);
        let mut writer = write::create(path, &all.tracks, &self.options).expect("a writer");
        write(&all, &mut *writer, usize::MAX);
        writer.finish().expect("finished");
    }

    fn look(&self, path: &Path) -> Found {
        let found = find(path, self.ticks.clone(), format(self.fps), &self.options);
        found.expect("nothing that is not ours")
    }

    /// Renders so many hundredths of what is left and is killed; goes on, if anything is there to go on with. Says from where.
    fn go(&self, path: &Path, percent: usize) -> u64 {
        let (left, begun) = match self.look(path) {
            Found::Begun(begun) => (begun.left(), Some(begun)),
            Found::Nothing => (self.ticks.clone(), None),
            Found::Whole => panic!("whole already"),
        };
        let rest = encoded(self.form, left.clone(), self.fps, self.is_reordered);
        let writer = match begun {
            Some(begun) => begun.go_on(path, &rest.tracks, &self.options, Control::default()),
            None => write::create(path, &rest.tracks, &self.options),
        };
        let mut writer = writer.expect("a writer");
        write(&rest, &mut *writer, rest.video.len() * percent / 100);
        if percent == 100 {
            writer.finish().expect("finished");
        }
        left.start
    }

    /// Is killed several times: the first time before anything is there, the fourth while it copies, or soon behind that.
    fn go_and_die(&self, path: &Path) {
        let starts = [2, 50, 60, 0, 60, 100].map(|percent| self.go(path, percent));
        let first = self.ticks.start;
        assert_eq!((starts[0], starts[1]), (first, first));
        assert!(starts.is_sorted() && starts[5] > first, "{starts:?}");
        assert!(starts.iter().all(|start| (start - first).is_multiple_of(GOP)), "{starts:?}");
        assert!(matches!(self.look(path), Found::Whole));
    }
}

#[test]
fn what_was_killed_several_times_is_in_the_end_what_was_not() {
    for form in [Form::Mp4, Form::Mkv, Form::Webm] {
        for job in Job::all(form, &options(true)) {
            let folder = tempfile::tempdir().expect("a folder");
            let [whole, path] = ["whole", "talk"].map(|stem| folder.path().join(form.name(stem)));
            job.write_whole(&whole);
            job.go_and_die(&path);
            assert_eq!(packets(&path), packets(&whole), "{form:?} {:?}", job.fps);
            let names: Vec<_> = files(folder.path()).into_keys().collect();
            assert_eq!(names, [form.name("talk").as_str(), &form.name("whole")]);
        }
    }
}

#[test]
fn what_was_stopped_is_gone_on_with_and_stays_until_that_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    for form in [Form::Mp4, Form::Webm] {
        let (path, fps) = (folder.path().join(form.name("talk")), rate(30, 1));
        let job = Job { form, fps, ticks: 0..200, is_reordered: false, options: options(true) };
        // Its last packet of Opus is cut short: another one takes its place.
        Job { ticks: 0..100, ..job.clone() }.write_whole(&path);
        assert_eq!(job.go(&path, 40), 100, "all frames are of use");
        assert_eq!(packets(&path)[0].len(), 100, "until the new one is whole");
        job.go(&path, 100);
        let [video, sound] = packets(&path);
        let is_key = |tick: u64| if tick < 100 { tick } else { tick - 100 }.is_multiple_of(GOP);
        let expected = (0..200).map(|tick| slice(tick, is_key(tick)));
        assert!(video.into_iter().map(|packet| packet.data).eq(expected), "{form:?}");
        let expected = encoded(form, 0..200, fps, false).sound;
        assert!(sound.iter().map(|packet| &packet.data).eq(expected.iter().map(|packet| &packet.data)));
        let (_, rest) = sound.split_last().expect("packets");
        assert!(rest.iter().all(|packet| packet.trim.1 == 0), "{form:?}");
    }
}

#[test]
fn other_settings_and_strange_files_are_refused_and_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    fs::write(&path, b"a letter").expect("written");
    let error = look(&path, &(0..100), fps).expect_err("no recording");
    assert!(error.to_string().contains("talk.mp4"), "{error}");
    fs::remove_file(&path).expect("removed");

    let begun = encoded(Form::Mp4, 0..90, fps, false);
    let mut writer = write::create(&path, &begun.tracks, &options(false)).expect("a writer");
    write(&begun, &mut *writer, usize::MAX);
    writer.finish().expect("finished");
    let before = fs::read(&path).expect("the file");
    let Ok(Found::Begun(found)) = look(&path, &(0..100), fps) else { panic!("90 frames are there") };
    let mut tracks = begun.tracks.clone();
    tracks.video.as_mut().expect("video").config = TrackConfig::H264 { sps: vec![0x67, 77], pps: vec![0x68] };
    let Err(error) = found.go_on(&path, &tracks, &options(false), Control::default()) else {
        panic!("another encoder")
    };
    assert!(error.to_string().contains("other settings"), "{error}");
    assert_eq!(fs::read(&path).expect("the file"), before);
    let error = look(&path, &(0..100), rate(25, 1)).expect_err("another frame rate has other ticks");
    assert!(error.to_string().contains("30/1"), "{error}");
}

#[test]
fn a_file_that_is_being_written_is_left_to_its_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    let all = encoded(Form::Mp4, 0..120, fps, false);
    let mut writer = write::create(&path, &all.tracks, &options(false)).expect("a writer");
    write(&all, &mut *writer, 90);
    let error = look(&path, &(0..120), fps).expect_err("another one writes");
    assert!(error.to_string().contains("another process"), "{error}");
    let Err(error) = write::create(&path, &all.tracks, &options(true)) else { panic!("another one writes") };
    assert!(error.to_string().contains("another process"), "{error}");
    drop(writer);
    let Ok(Found::Begun(begun)) = look(&path, &(0..120), fps) else { panic!("60 frames are there") };
    assert_eq!(begun.left(), 60..120);
    look(&path, &(0..120), fps).expect_err("the first one has it");
}

#[test]
fn what_cannot_be_gone_on_with_is_not_thrown_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    let part = folder.path().join("talk.part.mp4");
    let begun = encoded(Form::Mp4, 0..90, fps, false);
    let mut writer = write::create(&path, &begun.tracks, &options(false)).expect("a writer");
    write(&begun, &mut *writer, 89);
    drop(writer);
    let before = fs::read(&part).expect("the part");
    let error = look(&path, &(0..100), rate(25, 1)).expect_err("another frame rate");
    assert!(error.to_string().contains("talk.part.mp4"), "{error}");
    assert_eq!(fs::read(&part).expect("the part"), before);
    fs::write(&part, b"").expect("hardly begun");
    assert!(matches!(look(&path, &(0..100), fps), Ok(Found::Nothing)));
    // What a resumed one was made of is not passed over either, unless it is to begin again.
    fs::rename(&part, folder.path().join("talk.earlier.part.mp4")).expect("renamed");
    let Err(error) = write::create(&path, &begun.tracks, &options(false)) else { panic!("set aside") };
    assert!(error.to_string().contains("earlier"), "{error}");
    forget(&path).expect("removed");
    write::create(&path, &begun.tracks, &options(false)).expect("a writer");
}

#[test]
fn copying_can_be_stopped_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    let job =
        Job { form: Form::Mp4, fps: rate(30, 1), ticks: 0..200, is_reordered: false, options: options(true) };
    job.go(&path, 60);
    let Found::Begun(begun) = job.look(&path) else { panic!("frames are there") };
    let (left, control) = (begun.left(), Control::default());
    let rest = encoded(Form::Mp4, left.clone(), job.fps, false);
    let mut writer = begun.go_on(&path, &rest.tracks, &job.options, control.clone()).expect("a writer");
    control.stop();
    let error = writer.video(rest.video[0].clone()).expect_err("stopped");
    assert_eq!(error.source.kind(), io::ErrorKind::Interrupted, "{error}");
    drop(writer);
    let Found::Begun(begun) = job.look(&path) else { panic!("frames are there") };
    assert_eq!(begun.left(), left);
}
