//! A file that was written in two goes holds the packets of one that was written in one.

use std::fs;
use std::time::Duration;

use polyptych::{ColorSpace, Size};

use super::*;
use crate::encode::{TrackConfig, VideoFormat};
use crate::media::{self, Packet, Reach, TrackKind};
use crate::write::EncodedVideo;

const GOP: u64 = 15;

/// What a file is, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mp4,
    /// H.264 and AAC.
    Mkv,
    /// VP9 and Opus.
    Webm,
}

impl Kind {
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
            _ => TrackConfig::H264 { sps: vec![0x67, 66, 0xc0, 30, 1], pps: vec![0x68, 1] },
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

fn format(fps: FrameRate) -> VideoFormat {
    VideoFormat { size: Size::from_wh(64, 48).expect("a size"), fps, color: ColorSpace::BT709_LIMITED }
}

/// `is_reordered` has every third picture of a group decoded before the second, as with B-frames.
fn encoded(kind: Kind, ticks: Range<u64>, fps: FrameRate, is_reordered: bool) -> Encoded {
    let sample = |tick| first_sample_of(fps, tick);
    let (first, end) = (sample(ticks.start), sample(ticks.end));
    let sound = kind.sound();
    let (priming, grid) = (i64::from(sound.priming()), sound.packet_grid().expect("sound"));
    let first_packet = grid.first_packet(first);
    let more = u32::try_from(first - first_packet * grid.samples).expect("little");
    let tracks = Tracks {
        video: Some(EncodedVideo { format: format(fps), config: kind.video() }),
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
        data: (ticks.start + shown(index)).to_be_bytes().into(),
    });
    let on_grid = (first_packet..).take_while(|packet| packet * grid.samples - priming < end);
    let sound = on_grid.map(|packet| {
        let pts = (packet - first_packet) * grid.samples;
        let heard = (end + priming - packet * grid.samples).min(grid.samples);
        let duration = if kind == Kind::Webm { heard } else { grid.samples } as u32;
        EncodedPacket { pts, dts: pts, duration, is_key: true, data: kind.piece(packet) }
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
    WriteOptions { force, expected_duration: Some(Duration::from_secs(1)), ..WriteOptions::default() }
}

fn packets(path: &Path) -> [Vec<Packet>; 2] {
    [TrackKind::Video, TrackKind::Sound].map(|kind| {
        let mut reader = media::packets(path, Reach::Folder, kind).expect("a track");
        std::iter::from_fn(|| reader.next_packet().expect("a packet")).collect()
    })
}

/// Renders so many hundredths of what is left and is killed; goes on, if anything is there to go on with. Says from where.
fn go(
    kind: Kind,
    path: &Path,
    ticks: &Range<u64>,
    fps: FrameRate,
    is_reordered: bool,
    percent: usize,
) -> u64 {
    let found = find(path, ticks.clone(), format(fps)).expect("nothing that is not ours");
    let (left, begun) = match found {
        Found::Begun(begun) => (begun.left(), Some(begun)),
        Found::Nothing => (ticks.clone(), None),
        Found::Whole => panic!("whole already"),
    };
    let rest = encoded(kind, left.clone(), fps, is_reordered);
    let mut writer = match begun {
        Some(begun) => begun.go_on(path, &rest.tracks, &options(false)).expect("a writer"),
        None => write::create(path, &rest.tracks, &options(true)).expect("a writer"),
    };
    write(&rest, &mut *writer, rest.video.len() * percent / 100);
    if percent == 100 {
        writer.finish().expect("finished");
    }
    left.start
}

#[test]
fn what_was_killed_several_times_is_in_the_end_what_was_not() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, fps, ticks, is_reordered) in [
        (Kind::Mp4, rate(30, 1), 0..600, false),
        (Kind::Mp4, rate(30_000, 1001), 37..500, true),
        (Kind::Mp4, rate(25, 1), 15..400, true),
        (Kind::Mp4, rate(10, 1), 7..133, false),
        (Kind::Mkv, rate(30_000, 1001), 37..500, true),
        (Kind::Webm, rate(30_000, 1001), 0..600, false),
        (Kind::Webm, rate(24, 1), 37..500, false),
    ] {
        let whole = folder.path().join(kind.name("whole"));
        let all = encoded(kind, ticks.clone(), fps, is_reordered);
        let mut writer = write::create(&whole, &all.tracks, &options(true)).expect("a writer");
        write(&all, &mut *writer, usize::MAX);
        writer.finish().expect("finished");

        let path = folder.path().join(kind.name("talk"));
        let mut starts = Vec::new();
        // The first is killed before anything is there, the fourth while it copies, or soon behind that.
        for percent in [2, 50, 60, 0, 60, 100] {
            starts.push(go(kind, &path, &ticks, fps, is_reordered, percent));
        }
        assert_eq!((starts[0], starts[1]), (ticks.start, ticks.start));
        assert!(starts.is_sorted() && starts[5] > ticks.start, "{starts:?}");
        assert!(starts.iter().all(|start| (start - ticks.start).is_multiple_of(GOP)), "{starts:?}");
        assert_eq!(packets(&path), packets(&whole), "{kind:?} {fps:?} {starts:?}");
        assert!(matches!(find(&path, ticks, format(fps)), Ok(Found::Whole)));
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("a file").file_name())
            .collect();
        names.sort();
        assert_eq!(names, [kind.name("talk").as_str(), &kind.name("whole")]);
        fs::remove_file(&path).expect("removed");
        fs::remove_file(&whole).expect("removed");
    }
}

#[test]
fn what_was_stopped_is_gone_on_with_and_stays_until_that_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in [Kind::Mp4, Kind::Webm] {
        let (path, fps, ticks) = (folder.path().join(kind.name("talk")), rate(30, 1), 0..200);
        // Its last packet of Opus is cut short: another one takes its place.
        let stopped = encoded(kind, 0..100, fps, false);
        let mut writer = write::create(&path, &stopped.tracks, &options(false)).expect("a writer");
        write(&stopped, &mut *writer, usize::MAX);
        writer.finish().expect("finished");

        assert_eq!(go(kind, &path, &ticks, fps, false, 40), 100, "all frames are of use");
        assert_eq!(packets(&path)[0].len(), 100, "until the new one is whole");
        go(kind, &path, &ticks, fps, false, 100);
        let found: Vec<_> = packets(&path)[0].iter().map(|packet| packet.data.clone()).collect();
        assert_eq!(found, (0..200_u64).map(|tick| tick.to_be_bytes().to_vec()).collect::<Vec<_>>());
        let [_, sound] = packets(&path);
        let expected = encoded(kind, ticks, fps, false).sound;
        assert_eq!(
            sound.iter().map(|packet| &packet.data).collect::<Vec<_>>(),
            expected.iter().map(|packet| &packet.data).collect::<Vec<_>>()
        );
        let (_, rest) = sound.split_last().expect("packets");
        assert!(rest.iter().all(|packet| packet.trim.1 == 0), "{kind:?}");
    }
}

#[test]
fn other_settings_and_strange_files_are_refused_and_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    fs::write(&path, b"a letter").expect("written");
    let error = find(&path, 0..100, format(fps)).expect_err("no recording");
    assert!(error.to_string().contains("talk.mp4"), "{error}");
    fs::remove_file(&path).expect("removed");

    let begun = encoded(Kind::Mp4, 0..90, fps, false);
    let mut writer = write::create(&path, &begun.tracks, &options(false)).expect("a writer");
    write(&begun, &mut *writer, usize::MAX);
    writer.finish().expect("finished");
    let before = fs::read(&path).expect("the file");
    let Ok(Found::Begun(found)) = find(&path, 0..100, format(fps)) else { panic!("90 frames are there") };
    let mut tracks = begun.tracks.clone();
    tracks.video.as_mut().expect("video").config = TrackConfig::H264 { sps: vec![0x67, 77], pps: vec![0x68] };
    let Err(error) = found.go_on(&path, &tracks, &options(false)) else { panic!("another encoder") };
    assert!(error.to_string().contains("other settings"), "{error}");
    assert_eq!(fs::read(&path).expect("the file"), before);
    let error = find(&path, 0..100, format(rate(25, 1))).expect_err("another frame rate has other ticks");
    assert!(error.to_string().contains("30/1"), "{error}");
}

#[test]
fn a_file_that_is_being_written_is_left_to_its_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    let all = encoded(Kind::Mp4, 0..120, fps, false);
    let mut writer = write::create(&path, &all.tracks, &options(false)).expect("a writer");
    write(&all, &mut *writer, 90);
    let error = find(&path, 0..120, format(fps)).expect_err("another one writes");
    assert!(error.to_string().contains("another process"), "{error}");
    let Err(error) = write::create(&path, &all.tracks, &options(true)) else { panic!("another one writes") };
    assert!(error.to_string().contains("another process"), "{error}");
    drop(writer);
    let Ok(Found::Begun(begun)) = find(&path, 0..120, format(fps)) else { panic!("60 frames are there") };
    assert_eq!(begun.left(), 60..120);
    find(&path, 0..120, format(fps)).expect_err("the first one has it");
}

#[test]
fn what_cannot_be_gone_on_with_is_not_thrown_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, fps) = (folder.path().join("talk.mp4"), rate(30, 1));
    let part = folder.path().join("talk.part.mp4");
    let begun = encoded(Kind::Mp4, 0..90, fps, false);
    let mut writer = write::create(&path, &begun.tracks, &options(false)).expect("a writer");
    write(&begun, &mut *writer, 89);
    drop(writer);
    let before = fs::read(&part).expect("the part");
    let error = find(&path, 0..100, format(rate(25, 1))).expect_err("another frame rate");
    assert!(error.to_string().contains("talk.part.mp4"), "{error}");
    assert_eq!(fs::read(&part).expect("the part"), before);
    fs::write(&part, b"").expect("hardly begun");
    assert!(matches!(find(&path, 0..100, format(fps)), Ok(Found::Nothing)));
    // What a resumed one was made of is not passed over either, unless it is to begin again.
    fs::rename(&part, folder.path().join("talk.earlier.part.mp4")).expect("renamed");
    let Err(error) = write::create(&path, &begun.tracks, &options(false)) else { panic!("set aside") };
    assert!(error.to_string().contains("earlier"), "{error}");
    forget(&path).expect("removed");
    write::create(&path, &begun.tracks, &options(false)).expect("a writer");
}
