//! A file that was written in two goes holds the packets of one that was written in one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use polyptych::{ColorSpace, Size};

use super::*;
use crate::encode::VideoFormat;
use crate::media::{self, Packet, Reach, TrackKind};
use crate::write::{EncodedVideo, SegmentFormat, ServiceNames};

const GOP: u64 = 15;
const SPS: [u8; 5] = [0x67, 66, 0xc0, 30, 1];
const PPS: [u8; 2] = [0x68, 1];
/// Samples that the encoder puts before the first.
const PRIMING: i64 = 1024;

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
fn encoded(ticks: Range<u64>, fps: FrameRate, is_reordered: bool) -> Encoded {
    let sample = |tick| first_sample_of(fps, tick);
    let (first, end) = (sample(ticks.start), sample(ticks.end));
    let first_packet = first.div_euclid(PACKET_SAMPLES);
    let tracks = Tracks {
        video: Some(EncodedVideo {
            format: format(fps),
            config: TrackConfig::H264 { sps: SPS.to_vec(), pps: PPS.to_vec() },
        }),
        sound: Some(TrackConfig::Aac {
            config: vec![0x11, 0x90],
            priming: u32::try_from(PRIMING + first % PACKET_SAMPLES).expect("little"),
        }),
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
    let on_grid = (first_packet..).take_while(|packet| packet * PACKET_SAMPLES - PRIMING < end);
    let sound = on_grid.map(|packet| {
        let pts = (packet - first_packet) * PACKET_SAMPLES;
        EncodedPacket { pts, dts: pts, duration: 1024, is_key: true, data: packet.to_be_bytes().into() }
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

/// As `options(true)`, for playlists and folders.
fn segments_of(segment_format: SegmentFormat) -> WriteOptions {
    let names = ServiceNames {
        sid: "38f8e3cfdc474cd56fc1ceba380d7e1a".to_owned(),
        cname: "weekly".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
    };
    WriteOptions { segment_format, names: Some(names), ..options(true) }
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
struct Job {
    fps: FrameRate,
    ticks: Range<u64>,
    is_reordered: bool,
    options: WriteOptions,
}

const JOBS: [(u32, u32, Range<u64>, bool); 4] =
    [(30, 1, 0..600, false), (30_000, 1001, 37..500, true), (25, 1, 15..400, true), (10, 1, 7..133, false)];

impl Job {
    fn all(options: &WriteOptions) -> impl Iterator<Item = Self> {
        JOBS.into_iter().map(|(num, den, ticks, is_reordered)| {
            let (fps, options) = (rate(num, den), options.clone());
            Self { fps, ticks, is_reordered, options }
        })
    }

    fn write_whole(&self, path: &Path) {
        let all = encoded(self.ticks.clone(), self.fps, self.is_reordered);
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
        let rest = encoded(left.clone(), self.fps, self.is_reordered);
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
        let starts = [3, 50, 60, 0, 60, 100].map(|percent| self.go(path, percent));
        let first = self.ticks.start;
        assert_eq!((starts[0], starts[1]), (first, first));
        assert!(starts.is_sorted() && starts[5] > first, "{starts:?}");
        assert!(starts.iter().all(|start| (start - first).is_multiple_of(GOP)), "{starts:?}");
        assert!(matches!(self.look(path), Found::Whole));
    }
}

#[test]
fn what_was_killed_several_times_is_in_the_end_what_was_not() {
    for job in Job::all(&options(true)) {
        let folder = tempfile::tempdir().expect("a folder");
        let [whole, path] = ["whole.mp4", "talk.mp4"].map(|name| folder.path().join(name));
        job.write_whole(&whole);
        job.go_and_die(&path);
        assert_eq!(packets(&path), packets(&whole), "{:?}", job.fps);
        let names: Vec<_> = files(folder.path()).into_keys().collect();
        assert_eq!(names, ["talk.mp4", "whole.mp4"]);
    }
}

#[test]
fn segments_of_what_was_killed_several_times_are_in_the_end_those_of_what_was_not() {
    for (segment_format, name) in [
        (SegmentFormat::Ts, "talk.m3u8"),
        (SegmentFormat::Ts, "folder/"),
        (SegmentFormat::Fmp4, "talk.m3u8"),
        (SegmentFormat::Fmp4, "folder/"),
    ] {
        for job in Job::all(&segments_of(segment_format)) {
            let [whole, killed] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
            job.write_whole(&whole.path().join(name));
            job.go_and_die(&killed.path().join(name));
            let [whole, killed] = [&whole, &killed].map(|folder| match name.strip_suffix('/') {
                Some(name) => files(&folder.path().join(name)),
                None => files(folder.path()),
            });
            assert!(whole.keys().eq(killed.keys()), "{:?}", killed.keys());
            let different: Vec<_> = whole.iter().filter(|(name, bytes)| killed[*name] != **bytes).collect();
            assert!(different.is_empty(), "{name} {segment_format:?} {:?}: {}", job.fps, different.len());
        }
    }
}

#[test]
fn what_was_stopped_is_gone_on_with_and_stays_until_that_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps, ticks) = (folder.path().join("talk.mp4"), rate(30, 1), 0..200);
    let job = Job { fps, ticks: ticks.clone(), is_reordered: false, options: options(true) };
    let stopped = encoded(0..100, fps, false);
    let mut writer = write::create(&path, &stopped.tracks, &options(false)).expect("a writer");
    write(&stopped, &mut *writer, usize::MAX);
    writer.finish().expect("finished");

    assert_eq!(job.go(&path, 40), 100, "all frames are of use");
    assert_eq!(packets(&path)[0].len(), 100, "until the new one is whole");
    job.go(&path, 100);
    let found: Vec<_> = packets(&path)[0].iter().map(|packet| packet.data.clone()).collect();
    let is_key = |tick: u64| if tick < 100 { tick } else { tick - 100 }.is_multiple_of(GOP);
    assert!(found.into_iter().eq((0..200).map(|tick| slice(tick, is_key(tick)))));
    let sound: Vec<_> = packets(&path)[1].iter().map(|packet| packet.data.clone()).collect();
    assert_eq!(
        sound,
        encoded(ticks, fps, false).sound.into_iter().map(|packet| packet.data).collect::<Vec<_>>()
    );
}

#[test]
fn other_settings_and_strange_files_are_refused_and_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    fs::write(&path, b"a letter").expect("written");
    let error = look(&path, &(0..100), fps).expect_err("no recording");
    assert!(error.to_string().contains("talk.mp4"), "{error}");
    fs::remove_file(&path).expect("removed");

    let begun = encoded(0..90, fps, false);
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
    let all = encoded(0..120, fps, false);
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
    let begun = encoded(0..90, fps, false);
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

/// A playlist of which 100 of 200 frames were written before it was stopped.
fn stopped_playlist(folder: &Path, segment_format: SegmentFormat) -> (PathBuf, Job) {
    let (path, fps) = (folder.join("talk.m3u8"), rate(30, 1));
    let job = Job { fps, ticks: 0..200, is_reordered: false, options: segments_of(segment_format) };
    let stopped = encoded(0..100, fps, false);
    let mut writer = write::create(&path, &stopped.tracks, &job.options).expect("a writer");
    write(&stopped, &mut *writer, usize::MAX);
    writer.finish().expect("finished");
    (path, job)
}

#[test]
fn the_last_segment_of_what_was_stopped_grows_to_its_length() {
    for segment_format in [SegmentFormat::Ts, SegmentFormat::Fmp4] {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, job) = stopped_playlist(folder.path(), segment_format);
        let text = || fs::read_to_string(&path).expect("a playlist");
        assert!(text().contains("#EXTINF:0.333333,\ntalk_00004") && text().contains("#EXT-X-ENDLIST"));
        let before = files(folder.path());
        assert_eq!(job.go(&path, 50), 100, "all frames are of use");
        // The keyframe at frame 100 is no beginning of a segment, the one at 130 is.
        assert!(
            text().contains("#EXTINF:1.333333,\ntalk_00004") && !text().contains("#EXT-X-ENDLIST"),
            "{}",
            text()
        );
        let is_kept = |name: &&OsString| {
            !name.to_string_lossy().contains("00004") && !name.to_string_lossy().contains("m3u8")
        };
        let after = files(folder.path());
        assert!(before.keys().filter(is_kept).all(|name| before[name] == after[name]));
        assert_eq!(job.go(&path, 100), 130);
        let ticks: Vec<_> = packets(&path)[0].iter().map(|packet| packet.at).collect();
        assert_eq!(ticks.len(), 200);
        assert!(ticks.windows(2).all(|pair| pair[1].since(pair[0]).as_millis() == 33), "{ticks:?}");
        assert_eq!(packets(&path)[1].len(), encoded(0..200, job.fps, false).sound.len());
        assert!(matches!(job.look(&path), Found::Whole));
    }
}

#[test]
fn a_playlist_is_whole_once_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, _) = stopped_playlist(folder.path(), SegmentFormat::Ts);
    let text = fs::read_to_string(&path).expect("a playlist");
    fs::write(&path, text.replace("#EXT-X-ENDLIST\n", "")).expect("written");
    let options = segments_of(SegmentFormat::Ts);
    let job = Job { fps: rate(30, 1), ticks: 0..100, is_reordered: false, options };
    assert_eq!(job.go(&path, 100), 90, "from the last keyframe");
    assert_eq!(fs::read_to_string(&path).expect("a playlist"), text);
}

#[test]
fn what_follows_a_missing_segment_is_rendered_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, job) = stopped_playlist(folder.path(), SegmentFormat::Ts);
    fs::remove_file(folder.path().join("talk_00003.ts")).expect("removed");
    assert_eq!(job.go(&path, 100), 60);
    let [video, sound] = packets(&path);
    assert_eq!(video.len(), 200);
    let all = encoded(0..200, job.fps, false).sound.into_iter().map(|packet| packet.data);
    assert!(sound.into_iter().map(|packet| packet.data).eq(all));
    assert!(matches!(job.look(&path), Found::Whole));
}

#[test]
fn a_playlist_that_was_written_otherwise_is_refused_and_stays() {
    for segment_format in [SegmentFormat::Ts, SegmentFormat::Fmp4] {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, job) = stopped_playlist(folder.path(), segment_format);
        let before = files(folder.path());
        let Found::Begun(begun) = job.look(&path) else { panic!("100 frames are there") };
        let rest = encoded(begun.left(), job.fps, false);
        let others = WriteOptions { segment: Duration::from_secs(2), ..job.options.clone() };
        let mut writer = begun.go_on(&path, &rest.tracks, &others, Control::default()).expect("a writer");
        let error = writer.video(rest.video[0].clone()).expect_err("not what would be written");
        assert!(error.to_string().contains("other settings"), "{error}");
        assert!(error.path.to_string_lossy().contains("talk_00001"), "{error}");
        drop(writer);

        let Found::Begun(begun) = job.look(&path) else { panic!("100 frames are there") };
        let mut tracks = rest.tracks;
        tracks.video.as_mut().expect("video").config =
            TrackConfig::H264 { sps: vec![0x67, 77, 1, 30, 1], pps: PPS.to_vec() };
        let refused = begun.go_on(&path, &tracks, &job.options, Control::default());
        assert!(refused.err().expect("another encoder").to_string().contains("other settings"));
        assert!(files(folder.path()) == before);
    }
}

#[test]
fn a_playlist_that_is_being_written_is_left_to_its_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.m3u8");
    let job =
        Job { fps: rate(30, 1), ticks: 0..120, is_reordered: false, options: segments_of(SegmentFormat::Ts) };
    let all = encoded(0..120, job.fps, false);
    let mut writer = write::create(&path, &all.tracks, &job.options).expect("a writer");
    write(&all, &mut *writer, 90);
    let is_busy = |error: String| assert!(error.contains("another process"), "{error}");
    let look = || find(&path, 0..120, format(job.fps), &job.options);
    is_busy(look().expect_err("another one writes").to_string());
    let mut other = write::create(&path, &all.tracks, &job.options).expect("a writer");
    let pushed = all.video.iter().try_for_each(|packet| other.video(packet.clone()));
    let pushed = pushed.and_then(|()| all.sound.iter().try_for_each(|packet| other.sound(packet.clone())));
    is_busy(pushed.expect_err("another one writes").to_string());
    drop(writer);
    let Ok(Found::Begun(begun)) = look() else { panic!("60 frames are there") };
    assert_eq!(begun.left(), 60..120);
    is_busy(look().expect_err("the first one has it").to_string());
}

#[test]
fn copying_can_be_stopped_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.mp4");
    let job = Job { fps: rate(30, 1), ticks: 0..200, is_reordered: false, options: options(true) };
    job.go(&path, 60);
    let Found::Begun(begun) = job.look(&path) else { panic!("frames are there") };
    let (left, control) = (begun.left(), Control::default());
    let rest = encoded(left.clone(), job.fps, false);
    let mut writer = begun.go_on(&path, &rest.tracks, &job.options, control.clone()).expect("a writer");
    control.stop();
    let error = writer.video(rest.video[0].clone()).expect_err("stopped");
    assert_eq!(error.source.kind(), io::ErrorKind::Interrupted, "{error}");
    drop(writer);
    let Found::Begun(begun) = job.look(&path) else { panic!("frames are there") };
    assert_eq!(begun.left(), left);
}
