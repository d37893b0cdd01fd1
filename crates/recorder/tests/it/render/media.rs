//! Several media of a user, and pictures that do not come when ticks do.

use serde_json::{Value, json};

use super::{Meeting, NOTHING, columns, grey_pictures, part};

fn one(media: &Value, fps: u32) -> Value {
    json!({"transcodingConfig": columns(1, fps), "users": [{"uid": "1", "joined": 0, "media": media}]})
}

#[test]
fn a_gap_between_two_media_keeps_the_last_picture() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..40).video("b.y4m", (10, 1), 130..140);
    let media = json!([{"file": "b.y4m", "start": 2.5}, {"file": "a.y4m", "start": 0.5}]);
    let shown = meeting.render(&one(&media, 10)).lumas();
    let expected = |tick: u8| match tick {
        0..5 => NOTHING,
        5..15 => 30 + tick - 5,
        15..25 => 39,
        _ => 130 + tick - 25,
    };
    assert_eq!(shown, (0..35).map(expected).collect::<Vec<_>>());
}

#[test]
fn of_two_media_at_one_time_the_later_one_is_used_and_it_is_told() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..60).video("b.y4m", (10, 1), 130..140);
    let media = json!([{"file": "a.y4m"}, {"file": "b.y4m", "start": 1.25}]);
    let history = meeting.history(&one(&media, 10));
    let shown = part(&history, 0..history.tick_count()).lumas();
    // The first is cut at 1.25 s, where the second one's zero lies, and does not come back.
    let expected = |tick: u8| if tick < 13 { 30 + tick } else { 130 + (tick - 13).min(9) };
    assert_eq!(shown, (0..30).map(expected).collect::<Vec<_>>());
    assert!(history.doubts().iter().any(|doubt| doubt.to_string().contains("a.y4m is cut")));
}

#[test]
fn sound_of_two_media_at_one_time_is_that_of_the_later_one() {
    let meeting = Meeting::new();
    meeting.sound("a.wav", 96_000, 4000).sound("b.wav", 24_000, 1000);
    let media = json!([{"file": "a.wav"}, {"file": "b.wav", "start": 1}]);
    let left = meeting.render(&one(&media, 10)).left();
    assert_eq!(left.len(), 96_000);
    assert!(left[240..47_760].iter().all(|sample| *sample == 4000));
    assert!(left[48_240..71_760].iter().all(|sample| *sample == 1000));
    assert!(left[72_000..].iter().all(|sample| *sample == 0));
}

#[test]
fn what_is_odd_is_told_once_for_each_user_and_file() {
    let meeting = Meeting::new();
    let mut cut = grey_pictures((16, 8), (10, 1), 30..40);
    cut.truncate(cut.len() - 10);
    meeting.write("cut.y4m", &cut).write("none.mp4", b"none");
    // Sound that is fine beside video that nobody here decodes.
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting");
    let mut clip = std::fs::read(assets.join("anna.mp4")).expect("the clip");
    let entries = clip.windows(4).enumerate().filter(|(_, name)| name == b"avc1").map(|(at, _)| at);
    let entries: Vec<usize> = entries.collect();
    for at in entries {
        clip[at..at + 4].copy_from_slice(b"xyz1");
    }
    meeting.write("odd.mp4", &clip);
    let media = json!([{"file": "cut.y4m"}, {"file": "odd.mp4", "start": 5}, {"file": "none.mp4"},
        {"file": "cut.y4m", "start": 1}, {"file": "odd.mp4", "start": 25}, {"file": "none.mp4", "start": 3}]);
    let user = |uid: &str| json!({"uid": uid, "media": media});
    let description = json!({"transcodingConfig": columns(2, 10), "users": [user("1"), user("2")]});
    let prepared = meeting.prepared(&description).expect("prepared");
    assert_eq!(prepared.remarks.len(), 1, "{:?}", prepared.remarks);
    let uids: Vec<_> = prepared.left_out.iter().map(|left_out| left_out.uid.to_string()).collect();
    assert_eq!(uids, ["1", "2"], "{:?}", prepared.left_out);
    assert_eq!(prepared.unusable.len(), 2, "{:?}", prepared.unusable);
}

#[test]
fn media_are_used_in_presence_alone() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..80).sound("a.wav", 240_000, 4000);
    let description = json!({"transcodingConfig": columns(1, 10), "users": [
        {"uid": "1", "present": [[1, 1.5], [2.05, 3]], "media": [{"file": "a.y4m"}, {"file": "a.wav"}]}]});
    let rendered = meeting.render(&description);
    // The later start of two that begin together is used: each for what it holds.
    let is_there = |tick: u8| (10..15).contains(&tick) || tick >= 21;
    let expected = |tick| if is_there(tick) { 30 + tick } else { NOTHING };
    assert_eq!(rendered.lumas(), (0..30).map(expected).collect::<Vec<_>>());
    let left = rendered.left();
    assert_eq!(left.len(), 144_000);
    for (range, level) in
        [(0..48_000, 0), (48_240..71_760, 4000), (72_000..98_400, 0), (98_640..143_760, 4000)]
    {
        assert!(left[range.clone()].iter().all(|sample| *sample == level), "{range:?}");
    }
}

#[test]
fn sound_may_be_longer_or_shorter_than_the_picture() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..50).sound("long.wav", 144_000, 4000).sound("short.wav", 24_000, 4000);
    let with = |sound: &str| meeting.render(&one(&json!([{"file": "a.y4m"}, {"file": sound}]), 10));
    let long = with("long.wav");
    assert_eq!((long.frames.len(), long.samples.len()), (30, 2 * 144_000));
    assert!(long.lumas()[19..].iter().all(|luma| *luma == 49));
    let short = with("short.wav");
    assert_eq!((short.frames.len(), short.samples.len()), (20, 2 * 96_000));
    assert!(short.left()[24_000..].iter().all(|sample| *sample == 0));
    assert!(short.left()[240..23_760].iter().all(|sample| *sample == 4000));
}

/// The ticks' pictures: the newest at most half a millisecond behind each, compared exactly.
fn newest((num, den): (u64, u64), pictures: u64, fps: u64, ticks: u64) -> Vec<u8> {
    let picture = |tick: u64| ((2000 * tick + fps) * num / (2000 * fps * den)).min(pictures - 1);
    (0..ticks).map(|tick| 30 + picture(tick) as u8).collect()
}

#[test]
fn every_rate_into_every_rate_shows_the_newest_picture() {
    let meeting = Meeting::new();
    for (rate, pictures) in [
        ((60, 1), 180_u8),
        ((30, 1), 90),
        ((25, 1), 77),
        ((24, 1), 72),
        ((30_000, 1001), 90),
        ((60_000, 1001), 200),
        ((24_000, 1001), 50),
        ((15, 2), 22),
        ((1, 1), 3),
        ((1, 2), 2),
    ] {
        meeting.video("a.y4m", rate, (30..).take(pictures.into()));
        for fps in [1, 7, 10, 15, 24, 30, 60] {
            let (num, den) = (u64::from(rate.0), u64::from(rate.1));
            // The ticks before the end of the last picture, k / fps < pictures × den / num.
            let ticks = (u64::from(pictures) * den * u64::from(fps)).div_ceil(num);
            let rendered = meeting.render(&one(&json!([{"file": "a.y4m"}]), fps));
            let expected = newest((num, den), u64::from(pictures), fps.into(), ticks);
            assert_eq!(rendered.lumas(), expected, "{num}/{den} into {fps}");
            // Sound lasts as long as the pictures, to the sample.
            let samples = (ticks * 48_000).div_ceil(fps.into());
            assert_eq!(rendered.samples.len() as u64, 2 * samples, "{num}/{den} into {fps}");
        }
    }
}

#[test]
fn a_picture_half_a_millisecond_behind_a_tick_is_the_ticks() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..60);
    for (start, shift) in
        [(0.0, 0), (0.000_4, 0), (0.034, 1), (0.099, 1), (0.1, 1), (0.1005, 1), (0.100_6, 2)]
    {
        let mut description = one(&json!([{"file": "a.y4m", "start": start}]), 10);
        description["duration"] = json!(3);
        let shown = meeting.render(&description).lumas();
        let expected = |tick: u8| if tick < shift { NOTHING } else { 30 + tick - shift };
        assert_eq!(shown, (0..30).map(expected).collect::<Vec<_>>(), "{start}");
    }
}

#[test]
fn the_first_picture_counts_where_its_user_comes_with_it() {
    let meeting = Meeting::new();
    // A picture every 2 s: the first must not be taken for one from before the join, which lies between it and the tick.
    meeting.video("a.y4m", (1, 2), 30..33);
    for start in [0.999_6, 1.0, 1.000_4, 1.000_6] {
        let description = json!({"transcodingConfig": columns(1, 10),
            "users": [{"uid": "1", "media": [{"file": "a.y4m", "start": start}]}]});
        let history = meeting.history(&description);
        let shown = part(&history, 0..70).lumas();
        let first = if start > 1.0 { 11 } else { 10 };
        let luma = |tick: usize| if tick < first { NOTHING } else { 30 + ((tick - 10) / 20) as u8 };
        let expected: Vec<u8> = (0..70).map(luma).collect();
        assert_eq!(shown[..30], expected[..30], "{start}");
        for from in [10, 11, 12, 30, 31, 32, 50] {
            assert_eq!(part(&history, from..70).lumas(), shown[from as usize..], "{start}, from {from}");
        }
    }
}

#[test]
fn an_explicit_duration_cuts_and_extends() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..60).sound("a.wav", 144_000, 4000);
    let rendered = |duration: f64| {
        let mut description = one(&json!([{"file": "a.y4m"}, {"file": "a.wav"}]), 10);
        description["duration"] = json!(duration);
        let history = meeting.history(&description);
        let warned = history.doubts().len();
        (part(&history, 0..history.tick_count()), warned)
    };
    let (short, _) = rendered(1.25);
    assert_eq!(short.lumas(), (30..43).collect::<Vec<_>>(), "ticks below 1.25 s");
    // Sound ends with the last tick's picture, and its gate at the end of the recording.
    assert_eq!(short.samples.len(), 2 * 62_400);
    assert_eq!(short.left().iter().rposition(|sample| *sample != 0), Some(59_999));
    let (long, _) = rendered(4.0);
    assert_eq!(long.lumas()[29..], [59; 11]);
    assert_eq!(long.samples.len(), 2 * 192_000);
    assert!(long.left()[144_000..].iter().all(|sample| *sample == 0));
}

#[test]
fn pictures_of_other_shapes_fill_their_region() {
    let meeting = Meeting::new();
    for (width, height) in [(1, 1), (3, 5), (17, 8), (640, 2), (2, 360)] {
        meeting.write("a.y4m", &grey_pictures((width, height), (10, 1), 30..35));
        let rendered = meeting.render(&one(&json!([{"file": "a.y4m"}]), 10));
        for (frame, luma) in rendered.frames.iter().zip(30..) {
            let is_plain = frame[..super::WIDTH * super::HEIGHT].iter().all(|sample| *sample == luma);
            assert!(is_plain, "{width}x{height}: a picture's luma is nowhere another");
        }
    }
}
