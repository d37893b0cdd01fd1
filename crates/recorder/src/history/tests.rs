//! Who is there, seen and heard when.

use polyptych::{Compositor, FrameRate, Timestamp, UserId};

use super::{Doubt, Extent, History, HistoryError, Source, Sources, What};
use crate::description::{Context, Recording, parse};

fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn recording(text: &str) -> Recording {
    parse(text.as_bytes(), &Context::default())
        .unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
        .recording
}

/// Files of which each holds video and sound of the seconds that its name begins with; `still…` are stills, `sound…`
/// have no video and `video…` no sound, `broken…` cannot be used.
fn sources(recording: &Recording) -> Sources {
    let source = |medium: &crate::description::Medium| {
        let name = medium.file.display().to_string();
        let stem = name.split('.').next().unwrap_or_default();
        let seconds: String = stem.chars().filter(char::is_ascii_digit).collect();
        let extent =
            Extent { from: Timestamp::ZERO, to: Some(ms(seconds.parse::<i64>().unwrap_or(0) * 1000)) };
        let is_still = name.starts_with("still");
        let video = if is_still { Extent::default() } else { extent };
        (!name.starts_with("broken")).then(|| Source {
            path: format!("/media/{name}").into(),
            video: (!name.starts_with("sound")).then_some(video),
            sound: (!is_still && !name.starts_with("video")).then_some(extent),
            is_still,
        })
    };
    let media = recording.users.iter().map(|user| user.media.iter().map(source).collect()).collect();
    Sources { media, images: Vec::new() }
}

fn history(text: &str) -> History {
    let recording = recording(text);
    History::new(&recording, sources(&recording)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> HistoryError {
    let recording = recording(text);
    History::new(&recording, sources(&recording)).expect_err(text)
}

fn millis(intervals: &[(Timestamp, Timestamp)]) -> Vec<(i64, i64)> {
    intervals.iter().map(|(from, to)| (from.as_nanos() / 1_000_000, to.as_nanos() / 1_000_000)).collect()
}

fn uid(uid: &str) -> UserId {
    UserId::new(uid)
}

/// What happens, in few words.
fn told(history: &History) -> Vec<String> {
    let word = |what: &What| match what {
        What::Layout(_) => "layout".to_owned(),
        What::Leave(uid) => format!("{uid} leaves"),
        What::Join(uid) => format!("{uid} joins"),
        What::SubscribeVideo(uid, is) => format!("{uid} subscribed {is}"),
        What::DeclareSparse(uid, is) => format!("{uid} sparse {is}"),
        What::StopVideo(uid) => format!("{uid} stops"),
        What::Mute(uid) => format!("{uid} muted"),
        What::Unmute(uid) => format!("{uid} unmuted"),
    };
    let happenings = history.happenings().iter();
    happenings.map(|one| format!("{} {}", one.at.as_nanos() / 1_000_000, word(&one.what))).collect()
}

/// The description that the task of rendering is explained with.
const MEETING: &str = r##"{
    "transcodingConfig": {"width": 1280, "height": 720, "fps": 30, "mixedVideoLayout": 1},
    "users": [
        {"uid": "1", "present": [[0.0, 61.2], [80.0, null]],
         "media": [{"file": "60.mp4", "start": 0.4}, {"file": "10.webm", "start": 81.0}]},
        {"uid": "2", "joined": 2.5, "left": 90.0, "media": [{"file": "100.m3u8", "start": 2.5}]}
    ],
    "events": [
        {"at": 10.0, "updateLayout": {"mixedVideoLayout": 2, "maxResolutionUid": "2"}},
        {"at": 20.0, "update": {"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["2"]}}}},
        {"at": 31.0, "mute": {"uid": "1", "video": true, "audio": false}}
    ],
    "duration": 95.0
}"##;

#[test]
fn history_of_a_meeting() {
    let history = history(MEETING);
    assert_eq!(
        told(&history),
        [
            "0 layout",
            "0 1 joins",
            "2500 2 joins",
            "10000 layout",
            "20000 2 subscribed false",
            "31000 1 muted",
            "60400 1 stops",
            "61200 1 leaves",
            "80000 1 joins",
            "90000 2 leaves",
            "91000 1 stops",
        ]
    );
    assert_eq!(history.tick_count(), 95 * 30);
    assert_eq!(millis(history.presence(&uid("1"))), [(0, 61_200), (80_000, 95_000)]);
    assert_eq!(millis(history.seen(&uid("1"))), [(0, 31_000), (80_000, 95_000)]);
    assert_eq!(millis(history.heard(&uid("2"))), [(2_500, 90_000)]);
    let uses: Vec<_> = history
        .media()
        .map(|(uid, medium)| (uid.to_string(), medium.index, millis(&[(medium.from, medium.to)])[0]))
        .collect();
    assert_eq!(
        uses,
        [
            ("1".to_owned(), 0, (400, 60_400)),
            ("1".to_owned(), 1, (81_000, 91_000)),
            ("2".to_owned(), 0, (2_500, 90_000))
        ]
    );
    let compositor = Compositor::builder(history.canvas().size).threads(1).build().expect("a compositor");
    history.tell(&compositor);
    compositor.compose(ms(94_000)).expect("a frame");
    assert_eq!(compositor.take_notices(), [], "all of it means something to the engine");
}

#[test]
fn history_ends_with_the_last_medium_in_presence() {
    for (text, end) in [
        (r#"{"users": [{"uid": "1", "media": [{"file": "7.mp4", "start": 1.5}]}]}"#, 8_500),
        (r#"{"users": [{"uid": "1", "left": 3, "media": [{"file": "7.mp4"}]}]}"#, 3_000),
        (r#"{"users": [{"uid": "1", "present": [[0, 2], [9, null]], "media": [{"file": "7.mp4"}]}]}"#, 2_000),
        (r#"{"users": [{"uid": "1", "media": [{"file": "7.mp4", "end": 2}]}]}"#, 2_000),
        (r#"{"users": [{"uid": "1", "media": [{"file": "still", "end": 2}]}]}"#, 2_000),
        (r#"{"users": [{"uid": "1", "present": [[1, 4]], "media": [{"file": "still"}]}]}"#, 4_000),
        (
            r#"{"users": [{"uid": "1", "joined": 1, "media": [{"file": "still"}]}, {"uid": "2", "media": [{"file": "7.mp4"}]}]}"#,
            7_000,
        ),
        (r#"{"duration": 0.5, "users": [{"uid": "1", "media": [{"file": "7.mp4"}]}]}"#, 500),
        (r#"{"duration": 9, "users": [{"uid": "1", "media": [{"file": "still"}]}]}"#, 9_000),
        (r#"{"users": [{"uid": "1", "media": [{"file": "broken9"}, {"file": "7.mp4"}]}]}"#, 7_000),
    ] {
        assert_eq!(history(text).end(), ms(end), "{text}");
    }
    for text in [
        "{}",
        r#"{"users": [{"uid": "1", "media": [{"file": "broken9"}]}]}"#,
        r#"{"users": [{"uid": "1", "joined": 0, "media": [{"file": "still"}]}]}"#,
        r#"{"users": [{"uid": "1", "present": [], "media": [{"file": "7.mp4"}]}]}"#,
    ] {
        assert_eq!(error(text), HistoryError::NoEnd, "{text}");
    }
    let endless = r#"{"users": [{"uid": "1", "media": [{"file": "still"}, {"file": "7.mp4"}]}]}"#;
    assert_eq!(error(endless), HistoryError::Endless { uid: uid("1"), file: "still".into() });
}

#[test]
fn history_ticks_are_those_before_the_end_whatever_the_rate() {
    let mut recording = recording(r#"{"users": [{"uid": "1", "media": [{"file": "1.mp4"}]}]}"#);
    for (num, den) in [(24, 1), (29, 1), (30, 1), (59, 1), (60, 1), (30_000, 1001)] {
        recording.transcoding.fps = FrameRate::new(num, den).expect("a rate");
        for index in [1, 2, 3, 7, 1000, 86_400 * u64::from(num / den) + 1] {
            let (nanos, num) = (u128::from(index) * u128::from(den) * 1_000_000_000, u128::from(num));
            // The last nanosecond not behind the tick.
            let at = i64::try_from(nanos / num).expect("a day");
            for (end, ticks) in [(at - 1, index), (at, index), (at + 1, index + 1)] {
                recording.duration = Some(Timestamp::from_nanos(end));
                let history = History::new(&recording, sources(&recording)).expect("a history");
                assert_eq!((history.tick_count(), history.end().as_nanos()), (ticks, end), "{num}/{den}");
            }
            // Files end at the nearest nanosecond, which may lie behind the tick at which they do.
            recording.duration = None;
            let mut sources = sources(&recording);
            let source = sources.media[0][0].as_mut().expect("a source");
            let end = Timestamp::from_nanos(i64::try_from((nanos + num / 2) / num).expect("a day"));
            let whole = Some(Extent { from: Timestamp::ZERO, to: Some(end) });
            (source.video, source.sound) = (whole, None);
            let history = History::new(&recording, sources).expect("a history");
            assert_eq!((history.tick_count(), history.end()), (index, end), "{num}/{den}");
        }
    }
}

#[test]
fn history_counts_ticks_exactly() {
    for (fps, duration, ticks) in [
        (30, "1", 30),
        (30, "0.033333333", 1),
        (30, "0.033333334", 2),
        (7, "86400", 604_800),
        (60, "0.000000001", 1),
        (30, "0.066666666", 2),
        (30, "0.066666667", 3),
    ] {
        let text = format!(r#"{{"transcodingConfig": {{"fps": {fps}}}, "duration": {duration}}}"#);
        assert_eq!(history(&text).tick_count(), ticks, "{text}");
    }
}

#[test]
fn history_keeps_the_order_of_kinds_at_one_time() {
    let history = history(
        r##"{"duration": 9, "users": [{"uid": "1", "left": 5}, {"uid": "2", "joined": 5}], "events": [
            {"at": 5, "mute": {"uid": "2", "video": true}},
            {"at": 5, "videoStopped": {"uid": "2"}},
            {"at": 5, "update": {"streamSubscribe": {"videoUidList": {"subscribeVideoUids": ["3"]}}}},
            {"at": 5, "join": {"uid": "3"}},
            {"at": 5, "updateLayout": {}}
        ]}"##,
    );
    assert_eq!(
        told(&history),
        [
            "0 layout",
            "0 1 joins",
            "5000 layout",
            "5000 1 leaves",
            "5000 2 joins",
            "5000 3 joins",
            "5000 2 subscribed false",
            "5000 2 stops",
            "5000 2 muted",
        ]
    );
    assert_eq!(millis(history.seen(&uid("2"))), []);
}

#[test]
fn history_joins_and_leaves_by_events() {
    let history = history(
        r##"{"users": [
            {"uid": "1", "media": [{"file": "20.mp4", "start": 1}]},
            {"uid": "2", "media": [{"file": "20.mp4", "start": 2}]},
            {"uid": "3", "present": [[0, 4]], "media": [{"file": "20.mp4"}]}
        ], "events": [
            {"at": 3, "leave": {"uid": "1"}}, {"at": 3, "leave": {"uid": "1"}},
            {"at": 6, "join": {"uid": "2"}}, {"at": 8, "leave": {"uid": "2"}}, {"at": 8, "join": {"uid": "2"}},
            {"at": 2, "leave": {"uid": "3"}}, {"at": 3, "join": {"uid": "3"}}
        ]}"##,
    );
    assert_eq!(millis(history.presence(&uid("1"))), [(1_000, 3_000)]);
    assert_eq!(millis(history.presence(&uid("2"))), [(6_000, 8_000), (8_000, 22_000)]);
    assert_eq!(millis(history.presence(&uid("3"))), [(0, 2_000), (3_000, 4_000)]);
}

#[test]
fn subscriptions_stand_for_those_who_join_later() {
    let history = history(
        r##"{"duration": 40, "users": [{"uid": "1"}, {"uid": "2"}], "events": [
            {"at": 0, "join": {"uid": "1"}},
            {"at": 10, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["1"]}}}},
            {"at": 12, "join": {"uid": "2"}},
            {"at": 20, "update": {"streamSubscribe": {"videoUidList": {"unsubscribeVideoUids": ["2"]}}}},
            {"at": 24, "leave": {"uid": "2"}},
            {"at": 26, "join": {"uid": "2"}},
            {"at": 30, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["#allstream#"]}}}},
            {"at": 35, "update": {"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["1"]}}}}
        ]}"##,
    );
    assert_eq!(
        told(&history),
        [
            "0 layout",
            "0 1 joins",
            "12000 2 joins",
            "20000 2 subscribed false",
            "24000 2 leaves",
            "26000 2 joins",
            "26000 2 subscribed false",
            "35000 1 subscribed false",
            "35000 2 subscribed true",
        ]
    );
    assert_eq!(millis(history.heard(&uid("1"))), [(0, 40_000)]);
    assert_eq!(millis(history.heard(&uid("2"))), [(30_000, 40_000)]);
}

#[test]
fn mutes_close_the_gates_and_are_forgotten_by_those_who_leave() {
    let history = history(
        r##"{"users": [{"uid": "1", "present": [[0, 20], [25, 40]], "media": [{"file": "50.mp4"}]}], "events": [
            {"at": 5, "mute": {"uid": "1", "audio": true}},
            {"at": 6, "mute": {"uid": "1", "video": true}},
            {"at": 7, "mute": {"uid": "1", "audio": false}},
            {"at": 10, "mute": {"uid": "1", "video": false, "audio": true}},
            {"at": 30, "mute": {"uid": "1", "video": true, "audio": true}}
        ]}"##,
    );
    assert_eq!(millis(history.heard(&uid("1"))), [(0, 5_000), (7_000, 10_000), (25_000, 30_000)]);
    assert_eq!(millis(history.seen(&uid("1"))), [(0, 6_000), (10_000, 20_000), (25_000, 30_000)]);
    let sounds: Vec<_> = history.sounds().map(|(_, sound)| millis(&sound.heard)).collect();
    assert_eq!(sounds, [[(0, 5_000), (7_000, 10_000), (25_000, 30_000)]]);
    assert_eq!(millis(&history.stretches_seen(&uid("1"), ms(12_000))), [(0, 6_000), (10_000, 12_000)]);
    assert_eq!(millis(&history.stretches_seen(&uid("1"), ms(28_000))), [(25_000, 28_000)]);
    for absent in [20_000, 22_000, 25_000, 40_000] {
        assert_eq!(millis(&history.stretches_seen(&uid("1"), ms(absent))), [], "{absent}");
    }
    let turns: Vec<_> = history.turns(&uid("1")).iter().map(|turn| turn.as_nanos() / 1_000_000_000).collect();
    assert_eq!(turns, [0, 6, 10, 20, 25, 30]);
}

#[test]
fn media_that_start_later_take_over_in_video_and_sound_apart() {
    let history = history(
        r##"{"users": [{"uid": "1", "media": [
            {"file": "10.mp4"}, {"file": "sound8", "start": 2}, {"file": "video3", "start": 4}, {"file": "still", "start": 6, "end": 9}
        ]}]}"##,
    );
    let uses: Vec<_> = history
        .media_of(&uid("1"))
        .map(|medium| (medium.index, millis(&[(medium.from, medium.to)])[0]))
        .collect();
    assert_eq!(uses, [(0, (0, 4_000)), (2, (4_000, 6_000)), (3, (6_000, 9_000))]);
    let sounds: Vec<_> = history.sounds().map(|(_, sound)| (sound.index, millis(&sound.heard))).collect();
    assert_eq!(sounds, [(0, vec![(0, 2_000)]), (1, vec![(2_000, 10_000)])]);
    assert_eq!(
        told(&history),
        ["0 layout", "0 1 joins", "4000 1 stops", "6000 1 sparse true", "6000 1 stops", "9000 1 stops"]
    );
    assert_eq!(history.doubts().len(), 3, "{:?}", history.doubts());
}

#[test]
fn stills_come_again_after_a_mute() {
    let history = history(
        r##"{"users": [{"uid": "1", "present": [[3, 20]], "media": [{"file": "still", "start": 1}]}], "events": [
            {"at": 5, "mute": {"uid": "1", "video": true}}, {"at": 8, "mute": {"uid": "1", "video": false}},
            {"at": 20, "updateLayout": {}}, {"at": 30, "updateLayout": {}}
        ]}"##,
    );
    let uses: Vec<_> = history
        .media_of(&uid("1"))
        .map(|medium| (medium.is_sparse, millis(&[(medium.from, medium.to)])[0]))
        .collect();
    assert_eq!(uses, [(true, (3_000, 5_000)), (true, (8_000, 20_000))]);
    assert_eq!(history.doubts(), [Doubt::TooLate { count: 2, first: ms(20_000) }]);
    let medium = history.media_of(&uid("1")).next().expect("a still");
    assert_eq!((medium.in_file(ms(3_000)), medium.in_recording(Timestamp::ZERO)), (ms(2_000), ms(1_000)));
}

#[test]
fn media_outside_presence_are_not_used() {
    let history = history(
        r##"{"duration": 30, "users": [{"uid": "1", "joined": 10, "left": 20, "media": [
            {"file": "5.mp4"}, {"file": "6.mp4", "start": 8}, {"file": "5.mp4", "start": 25}]}]}"##,
    );
    let uses: Vec<_> = history.media().map(|(_, medium)| millis(&[(medium.from, medium.to)])[0]).collect();
    assert_eq!(uses, [(10_000, 14_000)]);
    let unused = history.doubts().iter().filter(|doubt| matches!(doubt, Doubt::Unused { .. }));
    assert_eq!(unused.count(), 2);
}

#[test]
fn history_refuses_a_user_listed_twice() {
    let mut recording = recording(r#"{"users": [{"uid": "1", "media": [{"file": "7.mp4"}]}]}"#);
    recording.users.push(recording.users[0].clone());
    let error = History::new(&recording, sources(&recording)).expect_err("two of one name");
    assert_eq!(error, HistoryError::RepeatedUser { uid: uid("1") });
}

#[test]
fn sources_that_cannot_be_used_cost_their_owner() {
    use std::io;

    use super::{Owner, SourceError};
    use crate::media::{Container, Contents, MediaError};

    let folder = tempfile::tempdir().expect("a folder");
    for file in ["1.mp4", "2.png", "3.mp4", "a.jpg"] {
        std::fs::write(folder.path().join(file), "x").expect("a file");
    }
    let mut recording = recording(
        r#"{"users": [
            {"uid": "1", "media": [{"file": "1.mp4"}, {"file": "none.mp4"}]}, {"uid": "2", "media": [{"file": "2.png"}]},
            {"uid": "3", "media": [{"file": "3.mp4"}]}
        ], "images": {"https://example.com/a": "a.jpg", "https://example.com/b": "b.jpg"}}"#,
    );
    recording.folder.path = folder.path().to_owned();
    let (sources, unusable) = Sources::find(&recording, |path| {
        let name = path.file_name().unwrap_or_default();
        if name == "3.mp4" {
            return Err(MediaError::Io { path: path.to_owned(), source: io::Error::other("broken") });
        }
        let container = if name == "2.png" { Container::Png } else { Container::Mp4 };
        Ok(Contents { container, video: None, sound: None, began: None, remarks: Vec::new() })
    });
    let found: Vec<Vec<_>> = sources
        .media
        .iter()
        .map(|media| media.iter().map(|source| source.as_ref().map(|source| source.is_still)).collect())
        .collect();
    assert_eq!(found, [vec![Some(false), None], vec![Some(true)], vec![None]]);
    assert_eq!(sources.images.len(), 1);
    let owners: Vec<_> =
        unusable.iter().map(|one| (&one.owner, one.file.to_str().unwrap_or_default())).collect();
    let address = &recording.images[1].url;
    assert_eq!(
        owners,
        [
            (&Owner::User(uid("1")), "none.mp4"),
            (&Owner::User(uid("3")), "3.mp4"),
            (&Owner::Image(address.clone()), "b.jpg"),
        ]
    );
    assert!(matches!(unusable[1].error, SourceError::Media(MediaError::Io { .. })));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Events of two users within ten seconds, at whole seconds so that many share a time.
    fn event() -> impl Strategy<Value = String> {
        let who = prop_oneof![Just("1"), Just("2")];
        let flag = any::<bool>();
        (0..11_u8, 0..8_u8, who, flag).prop_map(|(at, kind, uid, flag)| {
            let list = if flag { "subscribe" } else { "unSubscribe" };
            let what = match kind {
                0 => format!(r#""join": {{"uid": "{uid}"}}"#),
                1 => format!(r#""leave": {{"uid": "{uid}"}}"#),
                2 => format!(r#""mute": {{"uid": "{uid}", "audio": {flag}}}"#),
                3 => format!(r#""mute": {{"uid": "{uid}", "video": {flag}}}"#),
                4 => format!(r#""videoStopped": {{"uid": "{uid}"}}"#),
                5 => format!(
                    r#""update": {{"streamSubscribe": {{"audioUidList": {{"{list}AudioUids": ["{uid}"]}}}}}}"#
                ),
                6 => format!(
                    r#""update": {{"streamSubscribe": {{"videoUidList": {{"{list}VideoUids": ["{uid}"]}}}}}}"#
                ),
                _ => r#""updateLayout": {}"#.to_owned(),
            };
            format!(r#"{{"at": {at}, {what}}}"#)
        })
    }

    /// Whether a user is heard at a time, found by walking the events one by one.
    fn is_heard(recording: &Recording, uid: &UserId, at: Timestamp) -> bool {
        use crate::description::Action;
        let user = recording.users.iter().find(|user| user.uid == *uid).expect("a user");
        let told = recording
            .events
            .iter()
            .any(|event| matches!(&event.action, Action::Join(who) | Action::Leave(who) if who == uid));
        let mut steps: Vec<_> =
            recording.events.iter().map(|event| (event.at, event.action.clone())).collect();
        for (from, to) in user.present.iter().flatten() {
            steps.push((*from, Action::Join(uid.clone())));
            steps.extend(to.map(|to| (to, Action::Leave(uid.clone()))));
        }
        let rank = |action: &Action| match action {
            Action::Leave(_) => 0,
            Action::Join(_) => 1,
            Action::Update(_) => 2,
            _ => 3,
        };
        steps.sort_by_key(|(at, action)| (*at, rank(action)));
        let first = steps
            .iter()
            .find(|(_, action)| matches!(action, Action::Join(who) | Action::Leave(who) if who == uid));
        let leaves_first = matches!(first, Some((_, Action::Leave(_))));
        let mut is_there = user.present.is_none() && (!told || leaves_first);
        let (mut is_subscribed, mut is_muted) = (true, false);
        for (_, action) in steps.iter().filter(|(when, _)| *when <= at) {
            match action {
                Action::Leave(who) if who == uid => is_there = false,
                Action::Join(who) if who == uid && !is_there => (is_there, is_muted) = (true, false),
                Action::Update(lists) => {
                    is_subscribed = lists.audio.as_ref().map_or(is_subscribed, |list| list.includes(uid));
                }
                Action::Mute { uid: who, audio: Some(muted), .. } if who == uid && is_there => {
                    is_muted = *muted;
                }
                _ => {}
            }
        }
        is_there && is_subscribed && !is_muted
    }

    proptest! {
        #[test]
        fn gates_are_those_of_walking_the_events(events in prop::collection::vec(event(), 0..12), present in 0..3_u8) {
            let present = ["", r#""joined": 2,"#, r#""present": [[1, 3], [3, 6]],"#][usize::from(present)];
            let text = format!(
                r#"{{"duration": 10, "users": [{{"uid": "1", {present} "media": [{{"file": "20.mp4"}}]}},
                    {{"uid": "2", "media": [{{"file": "20.mp4"}}]}}], "events": [{}]}}"#,
                events.join(",")
            );
            let recording = recording(&text);
            let history = History::new(&recording, sources(&recording)).expect("a history");
            for (name, at) in ["1", "2"].into_iter().flat_map(|name| (0..20).map(move |half| (name, ms(half * 500)))) {
                let uid = uid(name);
                let is_open = history.heard(&uid).iter().any(|(from, to)| *from <= at && at < *to);
                prop_assert_eq!(is_open, is_heard(&recording, &uid, at), "{} at {}: {}", name, at, text);
            }
            let order: Vec<_> = history.happenings().iter().map(|one| (one.at, one.what.rank())).collect();
            prop_assert!(order.is_sorted());
            prop_assert!(history.happenings().iter().all(|one| one.at < history.end()));
        }
    }
}
