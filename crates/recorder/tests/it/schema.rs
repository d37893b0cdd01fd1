//! The JSON Schemas that are handed out, judged by a validator of another hand: they accept what is read, and refuse what a schema can.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use polyptych::request;
use polyptych_recorder::description::{self, Context, parse};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn validator(schema: &Value) -> Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).expect("a schema that a validator takes")
}

fn of_recordings() -> Validator {
    validator(&description::json_schema())
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What is wrong with it by the schema.
fn flaws(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn schemas_are_schemas() {
    let schemas = [description::json_schema(), request::json_schema(), request::update_json_schema()];
    for schema in schemas {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let title = &schema["title"];
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{title}: {error}"));
        // A validator that sees through all of it refuses what is no object.
        assert_ne!(flaws(&validator(&schema), &json!(7)), [""; 0], "{title}");
    }
}

/// Text of the repository.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// JSON between fences.
fn fenced(text: &str) -> Vec<Value> {
    let fences = text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    fences.map(value).collect()
}

const MEETING: &str = r##"{
    "transcodingConfig": {"width": 1280, "height": 720, "fps": 30, "bitrate": 1710, "mixedVideoLayout": 1, "backgroundColor": "#101820"},
    "cname": "weekly", "sid": "38f8e3cfdc474cd56fc1ceba380d7e1a",
    "users": [
        {"uid": "1", "present": [[0.0, 61.2], [80.0, null]],
         "media": [{"file": "1-a.mp4", "start": 0.4}, {"file": "1-b.webm", "start": 81.0, "end": 90, "sparse": true}]},
        {"uid": "2", "joined": 2.5, "left": 90.0, "media": [{"file": "2.m3u8", "start": 2.5}]}
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

/// Descriptions that are read; of each its schema says the same.
const ACCEPTED: &[&str] = &[
    r#"{"duration": 0.6000000000000001}"#,
    MEETING,
    "{}",
    r#"{"transcodingConfig": null, "cname": null, "sid": null, "users": null, "events": null, "images": null,
        "duration": null, "started": null}"#,
    r#"{"user": [], "users": [{"uid": "1", "jioned": 4}]}"#,
    r#"{"users": [{"uid": "1", "present": null, "joined": null, "left": 4, "media": null}]}"#,
    r#"{"users": [{"uid": "1", "present": [], "joined": null}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": "a b/#.mp4", "start": null, "end": null, "sparse": null}]}]}"#,
    r#"{"duration": 31536000, "events": [{"at": 0.000000001, "join": {"uid": "1"}}, {"at": 1e-9, "leave": {"uid": "1"}}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": {}}, {"at": 1, "update": {}}, {"at": 1, "mute": {"uid": "1", "audio": true, "video": null}}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": null, "leave": {"uid": "1"}}]}"#,
    r##"{"events": [
        {"at": 1, "updateLayout": {"cname": "a", "uid": "9", "clientRequest": {"mixedVideoLayout": 1}}},
        {"at": 2, "update": {"cname": "a", "clientRequest": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["#allstream#"]}}}}}
    ]}"##,
    r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"unsubscribeAudioUids": ["1"]}, "videoUidList": {"subscribeVideoUids": ["1"]}}}}]}"#,
    r#"{"transcodingConfig": {"fps": 29}, "started": "2026-03-01T09:30:00.250Z"}"#,
    r#"{"transcodingConfig": {"mixedVideoLayout": 3, "layoutConfig": [{"uid": "1", "x_axis": 0, "y_axis": 0, "width": 1, "height": 1}]}}"#,
];

/// Descriptions that are not read; a schema can say so.
const REFUSED: &[&str] = &[
    "[]",
    r#"{"duration": 0}"#,
    r#"{"duration": -1}"#,
    r#"{"duration": "9"}"#,
    r#"{"duration": 31536001}"#,
    r#"{"started": "yesterday"}"#,
    r#"{"started": 7}"#,
    r#"{"cname": "a/b"}"#,
    r#"{"cname": "a\u0085b"}"#,
    r#"{"cname": 7}"#,
    r#"{"sid": ""}"#,
    r#"{"transcodingConfig": 7}"#,
    r#"{"transcodingConfig": {"width": 1}}"#,
    r#"{"transcodingConfig": {"height": 8193}}"#,
    r#"{"transcodingConfig": {"fps": "30"}}"#,
    r#"{"transcodingConfig": {"mixedVideoLayout": 4}}"#,
    r#"{"transcodingConfig": {"mixedVideoLayout": 3}}"#,
    r#"{"transcodingConfig": {"backgroundColor": "red"}}"#,
    r#"{"users": {}}"#,
    r#"{"users": ["1"]}"#,
    r#"{"users": [{}]}"#,
    r#"{"users": [{"uid": ""}]}"#,
    r#"{"users": [{"uid": 1}]}"#,
    r#"{"users": [{"uid": null}]}"#,
    r#"{"users": [{"uid": "1", "joined": -1}]}"#,
    r#"{"users": [{"uid": "1", "joined": "1"}]}"#,
    r#"{"users": [{"uid": "1", "joined": 4, "present": []}]}"#,
    r#"{"users": [{"uid": "1", "present": [[1, 2, 3]]}]}"#,
    r#"{"users": [{"uid": "1", "present": [[1]]}]}"#,
    r#"{"users": [{"uid": "1", "present": [7]}]}"#,
    r#"{"users": [{"uid": "1", "present": [[null, 5]]}]}"#,
    r#"{"users": [{"uid": "1", "present": [[-1, 5]]}]}"#,
    r#"{"users": [{"uid": "1", "media": {}}]}"#,
    r#"{"users": [{"uid": "1", "media": ["1.mp4"]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{}]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": null}]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": ""}]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": "1", "start": -0.5}]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": "1", "sparse": 1}]}]}"#,
    r#"{"events": {}}"#,
    r#"{"events": [7]}"#,
    r#"{"events": [{"leave": {"uid": "1"}}]}"#,
    r#"{"events": [{"at": null, "leave": {"uid": "1"}}]}"#,
    r#"{"events": [{"at": 1}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": null}]}"#,
    r#"{"events": [{"at": 1, "leave": {"uid": "1"}, "updateLayout": {}}]}"#,
    r#"{"events": [{"at": 1, "leave": "1"}]}"#,
    r#"{"events": [{"at": 1, "join": {}}]}"#,
    r#"{"events": [{"at": 1, "mute": {"uid": "1"}}]}"#,
    r#"{"events": [{"at": 1, "mute": {"uid": "1", "video": null}}]}"#,
    r#"{"events": [{"at": 1, "mute": {"uid": "1", "video": 1}}]}"#,
    r#"{"events": [{"at": 1, "mute": {"video": true}}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": {"mixedVideoLayout": "1"}}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": {"clientRequest": {"mixedVideoLayout": 9}}}]}"#,
    r#"{"events": [{"at": 1, "updateLayout": {"cname": "a"}}]}"#,
    r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"videoUidList": {"subscribeVideoUids": ["1"], "unsubscribeVideoUids": ["2"]}}}}]}"#,
    r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["1"], "unsubscribeVideoUids": ["1"]}}}}]}"#,
    r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": []}}}}]}"#,
    r#"{"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": "1"}}}}]}"#,
    r##"{"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": ["#allstream#", "1"]}}}}]}"##,
    r##"{"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"unsubscribeAudioUids": ["#allstream#"]}}}}]}"##,
    r#"{"images": []}"#,
    r#"{"images": {"https://example.com/a": 7}}"#,
    r#"{"images": {"https://example.com/a": ""}}"#,
];

/// Descriptions that are not read, for reasons that no schema knows.
const BEYOND: &[&str] = &[
    r#"{"duration": 1e-10}"#,
    r#"{"users": [{"uid": "1"}, {"uid": "1"}]}"#,
    r#"{"users": [{"uid": "1", "joined": 4, "left": 4}]}"#,
    r#"{"users": [{"uid": "1", "present": [[2, 4], [3, 5]]}]}"#,
    r#"{"users": [{"uid": "1", "present": [[2, null], [3, 5]]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": "1", "start": 5, "end": 5}]}]}"#,
    r#"{"users": [{"uid": "1", "media": [{"file": "../1.mp4"}]}]}"#,
    r#"{"images": {"ftp://example.com/a": "a"}}"#,
    r#"{"duration": 1, "duration": 2}"#,
];

fn is_read(text: &str) -> bool {
    parse(text.as_bytes(), &Context::default()).is_ok()
}

#[test]
fn schema_of_recordings_accepts_what_is_read_and_refuses_what_it_can() {
    let schema = of_recordings();
    for text in ACCEPTED {
        assert!(is_read(text), "{text}");
        assert_eq!(flaws(&schema, &value(text)), [""; 0], "{text}");
    }
    for text in REFUSED {
        assert!(!is_read(text), "{text}");
        assert_ne!(flaws(&schema, &value(text)), [""; 0], "{text}");
    }
    for text in BEYOND {
        assert!(!is_read(text), "{text}");
        assert_eq!(flaws(&schema, &value(text)), [""; 0], "{text}");
    }
    let uids = vec!["1"; 33];
    let many = json!({"events": [{"at": 1, "update": {"streamSubscribe": {"audioUidList": {"subscribeAudioUids": uids}}}}]});
    assert!(!is_read(&many.to_string()));
    assert_ne!(flaws(&schema, &many), [""; 0]);
}

#[test]
fn schemas_accept_the_samples() {
    let recordings = of_recordings();
    let shown = fenced(&text("docs/recording.md"));
    assert!(!shown.is_empty(), "the page shows a description");
    for description in shown.iter().chain([&value(&text("assets/meeting/recording.json"))]) {
        assert_eq!(flaws(&recordings, description), [""; 0], "{description}");
        assert!(is_read(&description.to_string()), "{description}");
    }
    let layouts = validator(&request::json_schema());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/layouts");
    let files = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let mut samples: Vec<Value> =
        files.map(|path| value(&fs::read_to_string(path).expect("a sample"))).collect();
    assert!(samples.len() > 5, "{samples:?}");
    samples.extend(fenced(&text("docs/layout.md")));
    for sample in samples {
        assert_eq!(flaws(&layouts, &sample), [""; 0], "{sample}");
        let bytes = sample.to_string();
        assert!(request::parse(bytes.as_bytes(), &request::Context::default()).is_ok(), "{sample}");
    }
}

/// Where values stand in a document, as JSON pointers.
fn places(value: &Value, place: &str, places: &mut Vec<String>) {
    places.push(place.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            self::places(value, &format!("{place}/{}", key.replace('/', "~1")), places);
        }),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| self::places(value, &format!("{place}/{index}"), places));
        }
        _ => {}
    }
}

/// Values of every kind, and of the kinds that descriptions consist of.
fn drawn_value() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(1e9),
        json!(""),
        json!("1"),
        json!("a/b"),
        json!("#allstream#"),
        json!("2026-03-01T09:30:00Z"),
        json!([]),
        json!(["1"]),
        json!([[0, 1]]),
        json!([0, null]),
        json!({}),
        json!({"uid": "1"}),
        json!({"uid": "1", "video": true}),
        json!({"uid": "1", "at": 3}),
        json!({"file": "a"}),
        json!({"mixedVideoLayout": 1}),
        json!({"clientRequest": {}}),
        json!({"streamSubscribe": {}}),
        json!({"recordingConfig": {"transcodingConfig": {}}}),
        json!({"transcodingConfig": {"fps": 30}}),
        json!({"subscribeVideoUids": ["1"]}),
        json!({"layoutConfig": []}),
    ])
}

/// A sound description in which some values are others, and some keys are new.
fn drawn() -> impl Strategy<Value = Value> {
    let keys = select(vec![
        "transcodingConfig",
        "cname",
        "users",
        "events",
        "images",
        "duration",
        "started",
        "uid",
        "present",
        "joined",
        "left",
        "media",
        "file",
        "start",
        "end",
        "sparse",
        "at",
        "updateLayout",
        "update",
        "mute",
        "join",
        "leave",
        "videoStopped",
        "video",
        "audio",
        "clientRequest",
        "recordingConfig",
        "mixedVideoLayout",
        "layoutConfig",
        "streamSubscribe",
        "subscribeVideoUids",
        "unsubscribeVideoUids",
        "audioUidList",
        "fps",
        "backgroundColor",
        "other",
    ]);
    let edits =
        prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(keys), drawn_value()), 1..4);
    (select(ACCEPTED.to_vec()), edits).prop_map(|(text, edits)| {
        let mut description = value(text);
        for (place, key, new) in edits {
            let mut all = Vec::new();
            places(&description, "", &mut all);
            let place = description.pointer_mut(place.get::<String>(&all)).expect("a place of it");
            match (place, key) {
                (Value::Object(members), Some(key)) => _ = members.insert(key.to_owned(), new),
                (place, _) => *place = new,
            }
        }
        description
    })
}

/// Whether a problem is one that the schema states not to see: order of times, where paths, addresses and regions lead.
fn is_beyond(problem: &request::Problem) -> bool {
    let (expected, kind) = (&*problem.expected, problem.kind.to_string());
    ["a time after", "a time not before", "nothing after", "every uid once", "an http or https URL"]
        .iter()
        .any(|start| expected.starts_with(start))
        || kind.contains("a path that")
        || kind.contains("an absolute path")
        || kind.starts_with("beyond the canvas")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn schema_of_recordings_and_reader_agree(description in drawn()) {
        static SCHEMA: std::sync::LazyLock<Validator> = std::sync::LazyLock::new(of_recordings);
        let flaws = flaws(&SCHEMA, &description);
        match parse(description.to_string().as_bytes(), &Context::default()) {
            Ok(_) => prop_assert!(flaws.is_empty(), "read, but {:?}\n{}", flaws, description),
            Err(refusal) if !refusal.errors.iter().all(is_beyond) => {
                prop_assert!(!flaws.is_empty(), "by the schema it is right, but {}\n{}", refusal, description);
            }
            Err(_) => {}
        }
    }
}
