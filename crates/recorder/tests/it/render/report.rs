//! What a report says became of pictures: decoded, shown, late, missing, and gaps.

use polyptych_recorder::history::History;
use polyptych_recorder::render::Tally;
use serde_json::{Value, json};

use super::{Meeting, columns, grey_png, part, whole};

fn tally_of(history: &History, ticks: std::ops::Range<u64>, uid: &str) -> Tally {
    part(history, ticks).report.users.remove(uid).expect("the user's tally")
}

/// Decoded, shown, late, missing.
fn counts(tally: &Tally) -> [u64; 4] {
    [tally.decoded, tally.shown, tally.late, tally.missing]
}

fn gaps(tally: &Tally) -> Vec<(f64, f64)> {
    assert_eq!(tally.gap_count as usize, tally.gaps.len());
    tally.gaps.iter().map(|gap| (gap.from_seconds, gap.to_seconds)).collect()
}

fn one(media: &Value, events: &Value, duration: &Value) -> Value {
    json!({"transcodingConfig": columns(1, 10), "events": events, "duration": duration,
        "users": [{"uid": "1", "joined": 0, "media": media}]})
}

fn tally(meeting: &Meeting, description: &Value) -> Tally {
    let history = meeting.history(description);
    tally_of(&history, 0..history.tick_count(), "1")
}

#[test]
fn every_picture_is_shown_or_late_where_nothing_is_in_its_way() {
    let meeting = Meeting::new();
    meeting.video("same.y4m", (10, 1), 30..60).video("fast.y4m", (60, 1), 30..90).video(
        "slow.y4m",
        (4, 1),
        30..42,
    );
    let of = |file: &str| tally(&meeting, &one(&json!([{"file": file}]), &json!([]), &Value::Null));
    assert_eq!(counts(&of("same.y4m")), [30, 30, 0, 0]);
    // Of 60 a second ten are shown; what comes behind the last tick is not waited for.
    assert_eq!(counts(&of("fast.y4m")), [55, 10, 45, 0]);
    assert_eq!(counts(&of("slow.y4m")), [12, 12, 0, 0]);
    assert_eq!(of("fast.y4m"), Tally { decoded: 55, shown: 10, late: 45, ..Tally::default() });
}

#[test]
fn pictures_without_a_place_are_decoded_and_not_shown() {
    let meeting = Meeting::new();
    meeting.video("a.y4m", (10, 1), 30..60);
    let of =
        |events: Value| counts(&tally(&meeting, &one(&json!([{"file": "a.y4m"}]), &events, &Value::Null)));
    let mute = |at: f64, on: bool| json!({"at": at, "mute": {"uid": "1", "video": on}});
    assert_eq!(of(json!([mute(1.0, true), mute(2.0, false)])), [30, 20, 0, 0]);
    let lists = |verb: &str| json!({"streamSubscribe": {"videoUidList": {verb: ["1"]}}});
    let events = json!([{"at": 1, "update": lists("unsubscribeVideoUids")}, {"at": 2, "update": lists("subscribeVideoUids")}]);
    assert_eq!(of(events), [30, 20, 0, 0]);
    let nobody = json!({"mixedVideoLayout": 3, "layoutConfig": [{"uid": "2", "x_axis": 0, "y_axis": 0, "width": 1, "height": 1}]});
    assert_eq!(of(json!([{"at": 1.5, "updateLayout": nobody}])), [30, 15, 0, 0]);
    // What a leave takes is not decoded: it lies outside presence.
    assert_eq!(
        of(json!([{"at": 1.5, "leave": {"uid": "1"}}, {"at": 2, "join": {"uid": "1"}}])),
        [25, 25, 0, 0]
    );
}

#[test]
fn a_video_that_pauses_has_a_gap_and_missing_frames() {
    let meeting = Meeting::new();
    // Pictures at 0, 5 and 10 s, the last one until 15 s.
    meeting.video("a.y4m", (1, 5), [30, 31, 32]);
    let of = |more: Value, events: Value| {
        let mut medium = json!({"file": "a.y4m"});
        medium.as_object_mut().expect("a medium").extend(more.as_object().expect("keys").clone());
        tally(&meeting, &one(&json!([medium]), &events, &Value::Null))
    };
    let plain = of(json!({}), json!([]));
    // From more than 3.5 s behind each picture to the next: 3.6 … 4.9 s.
    assert_eq!(counts(&plain), [3, 3, 0, 3 * 14]);
    assert_eq!(gaps(&plain), [(0.0, 5.0), (5.0, 10.0), (10.0, 15.0)]);
    let sparse = of(json!({"sparse": true}), json!([]));
    assert_eq!((counts(&sparse), gaps(&sparse)), ([3, 3, 0, 0], vec![]));
    let ended = of(json!({"end": 9}), json!([]));
    assert_eq!((counts(&ended), gaps(&ended)), ([2, 2, 0, 14 + 4], vec![(0.0, 5.0), (5.0, 9.0)]));
    // Nobody misses the frames of who is muted.
    let muted = of(json!({}), json!([{"at": 4, "mute": {"uid": "1", "video": true}}]));
    assert_eq!((counts(&muted)[3], gaps(&muted).len()), (4, 3));
}

#[test]
fn a_file_that_ends_before_it_says_is_missing_from_there_on() {
    let meeting = Meeting::new();
    // 20 pictures of which the twelfth and what follows is garbage.
    let mut file = super::grey_pictures((16, 8), (2, 1), 30..50);
    let frame = b"FRAME\n".len() + 16 * 8 * 3 / 2;
    let at = file.len() - 9 * frame;
    file[at..].fill(0);
    meeting.write("a.y4m", &file);
    let tally = tally(&meeting, &one(&json!([{"file": "a.y4m"}]), &json!([]), &Value::Null));
    // The last one stands at 5 s; 8.6 … 9.9 s are missing.
    assert_eq!(counts(&tally), [11, 11, 0, 14]);
    assert_eq!(gaps(&tally), [(5.0, 10.0)]);
    assert_eq!((tally.failure_count, tally.failures.len()), (1, 1));
    assert!(tally.gaps[0].file.ends_with("a.y4m"));
}

#[test]
fn stills_and_parts_are_counted_like_the_whole() {
    let meeting = Meeting::new();
    meeting.write("still.png", &grey_png(9)).video("a.y4m", (10, 1), 30..60);
    let description = one(
        &json!([{"file": "a.y4m"}, {"file": "still.png", "start": 5, "end": 12}]),
        &json!([]),
        &json!(15),
    );
    let history = meeting.history(&description);
    let all = whole(&history).report.users.remove("1").expect("the tally");
    assert_eq!((counts(&all), gaps(&all)), ([31, 31, 0, 0], vec![]));
    // The picture from just before is the part's, too; neither medium is in use between 3 s and 5 s.
    assert_eq!(counts(&tally_of(&history, 15..40, "1")), [16, 15, 0, 0]);
    assert_eq!(counts(&tally_of(&history, 35..40, "1")), [1, 1, 0, 0]);
    assert_eq!(counts(&tally_of(&history, 60..70, "1")), [1, 1, 0, 0]);
    assert_eq!(counts(&tally_of(&history, 130..150, "1")), [1, 1, 0, 0]);
}
