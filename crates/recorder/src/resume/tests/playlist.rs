//! The segments of a playlist that was written in several goes are those of one that was written in one.

use std::path::PathBuf;

use super::*;
use crate::write::{SegmentFormat, ServiceNames};

/// As `options(true)`, for playlists and folders.
fn segments_of(segment_format: SegmentFormat) -> WriteOptions {
    let names = ServiceNames {
        sid: "38f8e3cfdc474cd56fc1ceba380d7e1a".to_owned(),
        cname: "weekly".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
    };
    WriteOptions { segment_format, names: Some(names), ..options(true) }
}

#[test]
fn segments_of_what_was_killed_several_times_are_in_the_end_those_of_what_was_not() {
    for (segment_format, name) in [
        (SegmentFormat::Ts, "talk.m3u8"),
        (SegmentFormat::Ts, "folder/"),
        (SegmentFormat::Fmp4, "talk.m3u8"),
        (SegmentFormat::Fmp4, "folder/"),
    ] {
        for job in Job::all(Form::Mp4, &segments_of(segment_format)) {
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

/// A playlist of which 100 of 200 frames were written before it was stopped.
fn stopped_playlist(folder: &Path, segment_format: SegmentFormat) -> (PathBuf, Job) {
    let (path, fps) = (folder.join("talk.m3u8"), rate(30, 1));
    let job = Job {
        form: Form::Mp4,
        fps,
        ticks: 0..200,
        is_reordered: false,
        options: segments_of(segment_format),
    };
    Job { ticks: 0..100, ..job.clone() }.write_whole(&path);
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
        assert_eq!(packets(&path)[1].len(), encoded(Form::Mp4, 0..200, job.fps, false).sound.len());
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
    let job = Job { form: Form::Mp4, fps: rate(30, 1), ticks: 0..100, is_reordered: false, options };
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
    let all = encoded(Form::Mp4, 0..200, job.fps, false).sound.into_iter().map(|packet| packet.data);
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
        let rest = encoded(Form::Mp4, begun.left(), job.fps, false);
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
    let job = Job {
        form: Form::Mp4,
        fps: rate(30, 1),
        ticks: 0..120,
        is_reordered: false,
        options: segments_of(SegmentFormat::Ts),
    };
    let all = encoded(Form::Mp4, 0..120, job.fps, false);
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
