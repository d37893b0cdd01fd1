//! What descriptions are accepted, what they mean, and what is said of those that are not.

use polyptych::layout::Arrangement;
use polyptych::request::{Refusal, Strictness, UidList, WarningKind};
use polyptych::{FrameRate, Size, Timestamp, UserId};

use super::{Action, Context, Description, Folder, Limits, MAX_SECONDS, parse};

fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn accept(text: &str) -> Description {
    parse(text.as_bytes(), &Context::default()).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

fn refuse(text: &str) -> Refusal {
    parse(text.as_bytes(), &Context::default()).expect_err(text)
}

fn paths(refusal: &Refusal) -> Vec<&str> {
    refusal.errors.iter().map(|problem| &*problem.path).collect()
}

const MEETING: &str = r##"{
  "transcodingConfig": {"width": 1280, "height": 720, "fps": 30, "bitrate": 1710, "mixedVideoLayout": 1, "backgroundColor": "#101820"},
  "cname": "weekly", "sid": "38f8e3cfdc474cd56fc1ceba380d7e1a",
  "users": [
    {"uid": "1", "present": [[0.0, 61.2], [80.0, null]],
     "media": [{"file": "1-a.mp4", "start": 0.4}, {"file": "1-b.webm", "start": 81.0}]},
    {"uid": "2", "joined": 2.5, "left": 90.0, "media": [{"file": "2.m3u8", "start": 2.5, "sparse": true}]}
  ],
  "events": [
    {"at": 10.0, "updateLayout": {"mixedVideoLayout": 2, "maxResolutionUid": "2"}},
    {"at": 20.0, "update": {"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["2"]}}}},
    {"at": 31.0, "mute": {"uid": "1", "video": true, "audio": false}},
    {"at": 80.0, "join": {"uid": "1"}}, {"at": 81, "leave": {"uid": "1"}}, {"at": 82, "videoStopped": {"uid": "1"}}
  ],
  "images": {"https://example.com/stage.jpg": "stage.jpg"},
  "started": "2026-03-01T09:30:00+01:00",
  "duration": 95.0
}"##;

#[test]
fn description_of_a_meeting_means_what_it_says() {
    let Description { recording, warnings } = accept(MEETING);
    assert_eq!(warnings, []);
    assert_eq!(Some(recording.transcoding.size), Size::from_wh(1280, 720));
    assert_eq!(Some(recording.transcoding.fps), FrameRate::new(30, 1));
    assert_eq!((recording.transcoding.bitrate_kbps, recording.layout.background_color.b), (1710, 0x20));
    assert_eq!(recording.layout.arrangement, Arrangement::BestFit);
    assert_eq!(recording.cname.as_str(), "weekly");
    assert_eq!(recording.sid.expect("a name").as_str(), "38f8e3cfdc474cd56fc1ceba380d7e1a");
    assert_eq!(recording.started.stamp(), "20260301083000000");
    assert_eq!(recording.duration, Some(ms(95_000)));
    assert_eq!(recording.images[0].url.as_str(), "https://example.com/stage.jpg");
    let [one, two] = &recording.users[..] else { panic!("two users") };
    assert_eq!(one.present, Some(vec![(ms(0), Some(ms(61_200))), (ms(80_000), None)]));
    assert_eq!(two.present, Some(vec![(ms(2_500), Some(ms(90_000)))]));
    assert_eq!((one.media[0].start, one.media[0].is_sparse), (ms(400), false));
    assert_eq!((two.media[0].file.to_str(), two.media[0].is_sparse), (Some("2.m3u8"), true));
    let uid = |uid: &str| UserId::new(uid);
    let actions: Vec<_> = recording.events.iter().map(|event| &event.action).collect();
    let Action::UpdateLayout(layout) = actions[0] else { panic!("a layout") };
    assert_eq!(layout.arrangement, Arrangement::Vertical { large: Some(uid("2")) });
    let Action::Update(update) = actions[1] else { panic!("an update") };
    assert_eq!((&update.audio, &update.video), (&None, &Some(UidList::AllBut(vec![uid("2")]))));
    assert_eq!(actions[2], &Action::Mute { uid: uid("1"), video: Some(true), audio: Some(false) });
    assert_eq!(
        actions[3..],
        [&Action::Join(uid("1")), &Action::Leave(uid("1")), &Action::StopVideo(uid("1"))]
    );
}

#[test]
fn description_takes_defaults_for_what_it_omits() {
    let nulls = r#"{"transcodingConfig": null, "cname": null, "sid": null, "users": null, "events": null,
        "images": null, "duration": null, "started": null}"#;
    for text in ["{}", nulls] {
        let Description { recording, warnings } = accept(text);
        assert_eq!(warnings, []);
        assert_eq!(Some(recording.transcoding.size), Size::from_wh(360, 640));
        assert_eq!((recording.transcoding.fps.num(), recording.transcoding.bitrate_kbps), (15, 500));
        assert_eq!(
            (recording.cname.as_str(), recording.started.stamp().as_str()),
            ("recording", "19700101000000000")
        );
        assert_eq!(recording.duration, None);
    }
    // SHA-256 of the two bytes.
    assert_eq!(accept("{}").recording.sid.expect("a name").as_str(), "44136fa355b3678a1146ad16f7e8649e");
    let user = r#"{"users": [{"uid": "1", "joined": 4, "media": [{"file": "1.mp4"}]}, {"uid": "2", "left": 4}, {"uid": "3"}]}"#;
    let users = accept(user).recording.users;
    assert_eq!(users[0].present, Some(vec![(ms(4_000), None)]));
    assert_eq!(users[0].media[0].start, ms(0));
    assert_eq!(users[1].present, Some(vec![(ms(0), Some(ms(4_000)))]));
    assert_eq!(users[2].present, None);
}

#[test]
fn description_takes_bodies_whole_and_bare() {
    let text = r##"{"events": [
        {"at": 1, "updateLayout": {"cname": "a", "uid": "9", "clientRequest": {"mixedVideoLayout": 1}}},
        {"at": 2, "update": {"cname": "a", "uid": "9", "clientRequest": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["#allstream#"]}},
            "storageConfig": {"accessKey": "hidden"}}}}
    ]}"##;
    let Description { recording, warnings } = accept(text);
    assert_eq!(warnings, []);
    assert!(
        matches!(&recording.events[0].action, Action::UpdateLayout(layout) if layout.arrangement == Arrangement::BestFit)
    );
    assert!(
        matches!(&recording.events[1].action, Action::Update(update) if update.audio == Some(UidList::All))
    );
}

/// One thing wrong in each; where it stands, what it is, what is allowed.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("[]", "", "wrong type", "an object"),
    (r#"{"duration": 0}"#, "duration", "out of range", "seconds above 0"),
    (r#"{"duration": "9"}"#, "duration", "wrong type", "seconds from 0 to 31536000"),
    (r#"{"duration": 1e-10}"#, "duration", "out of range", "seconds above 0"),
    (r#"{"duration": 31536001}"#, "duration", "out of range", "seconds from 0 to 31536000"),
    (
        r#"{"started": "yesterday"}"#,
        "started",
        "value not allowed",
        "a date and a time (RFC 3339), such as 2026-03-01T09:30:00Z",
    ),
    (
        r#"{"cname": "a/b"}"#,
        "cname",
        "'/' cannot stand in a file's name",
        "1 to 100 bytes without /, \\ and control characters",
    ),
    (r#"{"sid": ""}"#, "sid", "empty", "1 to 100 bytes without /, \\ and control characters"),
    (
        r#"{"transcodingConfig": {"width": 1}}"#,
        "transcodingConfig.width",
        "out of range",
        "an integer from 2 to 8192",
    ),
    (r#"{"transcodingConfig": 7}"#, "transcodingConfig", "wrong type", "an object"),
    (r#"{"users": {}}"#, "users", "wrong type", "an array"),
    (r#"{"users": ["1"]}"#, "users[0]", "wrong type", "an object"),
    (r#"{"users": [{}]}"#, "users[0].uid", "missing", "a uid that is not empty"),
    (r#"{"users": [{"uid": ""}]}"#, "users[0].uid", "missing", "a uid that is not empty"),
    (r#"{"users": [{"uid": 1}]}"#, "users[0].uid", "wrong type", "a string"),
    (
        r#"{"users": [{"uid": "1"}, {"uid": "1"}]}"#,
        "users[1].uid",
        "user of users[0] again",
        "every uid once",
    ),
    (
        r#"{"users": [{"uid": "1", "joined": -1}]}"#,
        "users[0].joined",
        "out of range",
        "seconds from 0 to 31536000",
    ),
    (
        r#"{"users": [{"uid": "1", "joined": 4, "left": 4}]}"#,
        "users[0].left",
        "out of range",
        "a time after joined",
    ),
    (
        r#"{"users": [{"uid": "1", "joined": 4, "present": []}]}"#,
        "users[0].joined",
        "present is there too",
        "either present, or joined and left",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [[1, 2, 3]]}]}"#,
        "users[0].present[0]",
        "value not allowed",
        "[from, to] in seconds, or [from, null]",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [7]}]}"#,
        "users[0].present[0]",
        "wrong type",
        "[from, to] in seconds, or [from, null]",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [[2, 2]]}]}"#,
        "users[0].present[0][1]",
        "out of range",
        "a time after the first of the pair",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [[2, 4], [3, 5]]}]}"#,
        "users[0].present[1][0]",
        "out of range",
        "a time not before the end of the pair before",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [[2, null], [3, 5]]}]}"#,
        "users[0].present[1]",
        "value not allowed",
        "nothing after [from, null]",
    ),
    (
        r#"{"users": [{"uid": "1", "present": [[null, 5]]}]}"#,
        "users[0].present[0][0]",
        "wrong type",
        "seconds from 0 to 31536000",
    ),
    (
        r#"{"users": [{"uid": "1", "media": [{}]}]}"#,
        "users[0].media[0].file",
        "missing",
        "a file's path, from the folder of the description",
    ),
    (
        r#"{"users": [{"uid": "1", "media": [{"file": "/1.mp4"}]}]}"#,
        "users[0].media[0].file",
        "an absolute path",
        "a file's path, from the folder of the description",
    ),
    (
        r#"{"users": [{"uid": "1", "media": [{"file": "a/../../1.mp4"}]}]}"#,
        "users[0].media[0].file",
        "a path that leaves the folder",
        "a file's path, from the folder of the description",
    ),
    (
        r#"{"users": [{"uid": "1", "media": [{"file": "1", "sparse": 1}]}]}"#,
        "users[0].media[0].sparse",
        "wrong type",
        "true or false",
    ),
    (
        r#"{"users": [{"uid": "1", "media": [{"file": "1", "start": 5, "end": 5}]}]}"#,
        "users[0].media[0].end",
        "out of range",
        "a time after start",
    ),
    (r#"{"events": [{"leave": {"uid": "1"}}]}"#, "events[0].at", "missing", "seconds from 0 to 31536000"),
    (
        r#"{"events": [{"at": 1}]}"#,
        "events[0]",
        "missing",
        "one of updateLayout, update, mute, join, leave, videoStopped",
    ),
    (
        r#"{"events": [{"at": 1, "leave": {"uid": "1"}, "updateLayout": {}}]}"#,
        "events[0].leave",
        "second thing in one event",
        "one of updateLayout, update, mute, join, leave, videoStopped",
    ),
    (r#"{"events": [{"at": 1, "leave": "1"}]}"#, "events[0].leave", "wrong type", "an object"),
    (r#"{"events": [{"at": 1, "join": {}}]}"#, "events[0].join.uid", "missing", "a uid that is not empty"),
    (
        r#"{"events": [{"at": 1, "mute": {"uid": "1"}}]}"#,
        "events[0].mute",
        "missing",
        "video, audio or both, true or false",
    ),
    (
        r#"{"events": [{"at": 1, "mute": {"uid": "1", "video": "yes"}}]}"#,
        "events[0].mute.video",
        "wrong type",
        "true or false",
    ),
    (
        r#"{"events": [{"at": 1, "updateLayout": {"mixedVideoLayout": 3, "layoutConfig": [{"x_axis": 0, "y_axis": 0, "width": 2, "height": 1}]}}]}"#,
        "events[0].updateLayout.layoutConfig[0].width",
        "out of range",
        "a number from 0 to 1",
    ),
    (
        r#"{"events": [{"at": 1, "updateLayout": {"clientRequest": {"mixedVideoLayout": 9}}}]}"#,
        "events[0].updateLayout.clientRequest.mixedVideoLayout",
        "out of range",
        "0 (floating), 1 (best fit), 2 (vertical) or 3 (custom)",
    ),
    (
        r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"videoUidList": {"subscribeVideoUids": []}}}}]}"#,
        "events[0].update.streamSubscribe.videoUidList.subscribeVideoUids",
        "empty",
        r##"an array of 1 to 32 uids, or ["#allstream#"]"##,
    ),
    (
        r#"{"images": {"https://example.com/a": 7}}"#,
        r#"images["https://example.com/a"]"#,
        "wrong type",
        "a file's path, from the folder of the description",
    ),
    (
        r#"{"images": {"ftp://example.com/a": "a"}}"#,
        r#"images["ftp://example.com/a"]"#,
        "not the address of an image: neither http nor https",
        "an http or https URL without user info, at most 2048 bytes, once",
    ),
    (
        r#"{"images": {"https://example.com/a": "a", "HTTPS://EXAMPLE.com:443/a": "a"}}"#,
        r#"images["HTTPS://EXAMPLE.com:443/a"]"#,
        "address that is listed already",
        "an http or https URL without user info, at most 2048 bytes, once",
    ),
    (r#"{"duration": 1, "duration": 2}"#, "duration", "duplicate key", "every key once"),
];

#[test]
fn description_problems_name_place_reason_and_what_is_allowed() {
    for (text, path, kind, expected) in REFUSED {
        let refusal = refuse(text);
        let problem = &refusal.errors[0];
        assert_eq!(
            (&*problem.path, &*problem.kind.to_string(), &*problem.expected),
            (*path, *kind, *expected),
            "{text}"
        );
        assert_eq!(refusal.errors.len(), 1, "{text}: {refusal}");
        assert!(text.get(problem.span.start..problem.span.end()).is_some(), "{text}");
    }
}

#[test]
fn description_problems_are_told_all_at_once_in_the_order_of_the_document() {
    let text = r#"{"cname": "", "users": [{"media": [{"file": "..", "start": -1}], "joined": "x"}],
        "events": [{"at": -2, "mute": {}}, 7], "transcodingConfig": {"fps": "30"}, "duration": 0}"#;
    assert_eq!(
        paths(&refuse(text)),
        [
            "cname",
            "users[0].uid",
            "users[0].media[0].file",
            "users[0].media[0].start",
            "users[0].joined",
            "events[0].at",
            "events[0].mute.uid",
            "events[0].mute",
            "events[1]",
            "transcodingConfig.fps",
            "duration",
        ]
    );
}

#[test]
fn description_problems_show_what_was_found_but_no_secrets() {
    let refusal =
        refuse(r#"{"duration": "soon", "users": [{"uid": "1", "media": {"file": "a", "token": "hidden"}}]}"#);
    assert_eq!(refusal.errors[0].found, "soon");
    assert_eq!(refusal.errors[1].found, serde_json::json!({"file": "a", "token": "…"}));
    let refusal = refuse(r#"{"images": {"https://u:hidden@example.com/a?hidden": 1}}"#);
    assert!(!format!("{refusal:?}{refusal}").contains("hidden"), "{refusal:?}");
}

#[test]
fn description_doubts_are_warnings_or_errors() {
    for (text, path, kind) in [
        (r#"{"user": []}"#, "user", WarningKind::UnknownKey { meant: Some("users") }),
        (
            r#"{"users": [{"uid": "1", "jioned": 4}]}"#,
            "users[0].jioned",
            WarningKind::UnknownKey { meant: Some("joined") },
        ),
        (
            r#"{"users": [{"uid": "1", "media": [{"file": "a", "begin": 4}]}]}"#,
            "users[0].media[0].begin",
            WarningKind::UnknownKey { meant: None },
        ),
        (
            r#"{"events": [{"at": 1, "leave": {"uid": "9"}}]}"#,
            "events[0].leave.uid",
            WarningKind::NobodyBears,
        ),
        (
            r#"{"events": [{"at": 1, "updateLayout": {"mixedVideoLayout": 2, "maxResolutionUid": "9"}}]}"#,
            "events[0].updateLayout.maxResolutionUid",
            WarningKind::NobodyBears,
        ),
        (r#"{"transcodingConfig": {"fps": 29}}"#, "transcodingConfig.fps", WarningKind::FrameRate),
        (
            r#"{"events": [{"at": 1, "updateLayout": {"width": 9}}]}"#,
            "events[0].updateLayout.width",
            WarningKind::CanvasKey,
        ),
    ] {
        let warnings = accept(text).warnings;
        assert_eq!(warnings.len(), 1, "{text}");
        assert_eq!((&*warnings[0].path, &warnings[0].kind), (path, &kind));
        let strict = Context { strictness: Strictness::Strict, ..Context::default() };
        assert_eq!(paths(&parse(text.as_bytes(), &strict).expect_err(text)), [path]);
    }
    let start = r#"{"events": [{"at": 1, "updateLayout": {"transcodingConfig": {"mixedVideoLayout": 1}}}]}"#;
    let warnings = accept(start).warnings;
    assert!(matches!(warnings[0].kind, WarningKind::Other { .. }), "{warnings:?}");
}

#[test]
fn description_is_bounded() {
    let few = Limits { users: 1, media: 1, events: 1, images: 1, ..Limits::default() };
    let context = Context { limits: few, ..Context::default() };
    for (text, path) in [
        (r#"{"users": [{"uid": "1"}, {"uid": "2"}]}"#, "users"),
        (r#"{"users": [{"uid": "1", "media": [{"file": "1"}, {"file": "2"}]}]}"#, "users[0].media"),
        (r#"{"events": [{"at": 1, "join": {"uid": "1"}}, {"at": 1, "join": {"uid": "1"}}]}"#, "events"),
        (r#"{"images": {"http://a.com/1": "1", "http://a.com/2": "2"}}"#, "images"),
    ] {
        assert_eq!(paths(&parse(text.as_bytes(), &context).expect_err(text)), [path]);
    }
    let large = " ".repeat(Limits::default().request.body_bytes + 1);
    assert_eq!(refuse(&large).errors.len(), 1);
}

#[test]
fn description_may_name_files_outside_where_that_is_allowed() {
    let text = r#"{"users": [{"uid": "1", "media": [{"file": "/1.mp4"}, {"file": "../2.mp4"}]}]}"#;
    assert_eq!(refuse(text).errors.len(), 2);
    let folder = Folder { allows_outside: true, ..Folder::default() };
    assert!(parse(text.as_bytes(), &Context { folder, ..Context::default() }).is_ok());
}

#[test]
fn description_times_are_exact() {
    let text = format!(
        r#"{{"duration": {MAX_SECONDS}, "events": [{{"at": 0.1, "join": {{"uid": "1"}}}}, {{"at": 86399.999999999, "join": {{"uid": "1"}}}}]}}"#
    );
    let recording = accept(&text).recording;
    let times: Vec<_> = recording.events.iter().map(|event| event.at.as_nanos()).collect();
    assert_eq!(times, [100_000_000, 86_399_999_999_999]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn description_of_any_bytes_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, &Context::default());
        }

        /// A sound description with a few bytes changed, left out or doubled.
        #[test]
        fn description_with_mutations_does_not_panic(
            edits in prop::collection::vec((0..MEETING.len(), 0..4_u8, any::<u8>()), 1..6),
        ) {
            let mut bytes = MEETING.as_bytes().to_vec();
            for (at, kind, byte) in edits {
                let at = at.min(bytes.len() - 1);
                match kind {
                    0 => bytes[at] = byte,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, byte),
                    _ => bytes[at] = br#"0-9.e"[]{},:n"#[usize::from(byte) % 13],
                }
            }
            match parse(&bytes, &Context::default()) {
                Ok(_) => {}
                Err(refusal) => {
                    prop_assert!(!refusal.errors.is_empty());
                    for problem in &refusal.errors {
                        prop_assert!(problem.span.end() <= bytes.len());
                    }
                }
            }
        }

        /// Values of every kind in every place.
        #[test]
        fn description_with_wrong_values_does_not_panic(at in 0..60_usize, value in 0..9_usize) {
            let value = ["null", "7", "-1", "1e400", "true", "\"\"", "[]", "{}", "[[0,1],[1,null]]"][value];
            let mut values: Vec<(usize, usize)> = Vec::new();
            for (start, _) in MEETING.match_indices(": ") {
                let start = start + 2;
                let end = MEETING[start..].find([',', '}', '\n']).map_or(MEETING.len(), |end| start + end);
                values.push((start, end));
            }
            let (start, end) = values[at % values.len()];
            let text = format!("{}{value}{}", &MEETING[..start], &MEETING[end..]);
            let _ = parse(text.as_bytes(), &Context::default());
        }
    }
}
