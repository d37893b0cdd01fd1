//! Who sends no pictures any more: 3.5 s later their image stands there, if there is one.

use serde_json::{Value, json};

use super::{Meeting, NOTHING, columns, luma_of, part};

const URL: &str = "https://example.com/away.bmp";
const CANVAS: &str = "https://example.com/canvas.bmp";

/// User 1 with 10 pictures in the first second, there for 6 s.
fn stalled(canvas: &Value, events: &Value) -> Value {
    json!({"transcodingConfig": canvas, "events": events, "duration": 6,
        "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.y4m"}]}],
        "images": {URL: "away.bmp", CANVAS: "canvas.bmp"}})
}

fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting.video("1.y4m", (10, 1), 30..40).image("away.bmp", 100).image("canvas.bmp", 60);
    meeting
}

/// The first tick that shows `luma`, which all later ones show too.
fn first_with(lumas: &[u8], luma: u8) -> Option<usize> {
    let first = lumas.iter().position(|shown| *shown == luma)?;
    assert!(lumas[first..].iter().all(|shown| *shown == luma), "{lumas:?}");
    Some(first)
}

fn with_image(key: &str) -> Value {
    let mut canvas = columns(1, 10);
    canvas[key] = match key {
        "backgroundConfig" => json!([{"uid": "1", "image_url": URL, "render_mode": 0}]),
        _ => json!(URL),
    };
    canvas
}

#[test]
fn an_image_takes_the_place_of_one_who_stalls() {
    let meeting = meeting();
    // The last picture is stamped 0.9 s: 4.4 s is at most 3.5 s after that, 4.5 s is more.
    for key in ["defaultUserBackgroundImage", "backgroundConfig"] {
        let shown = meeting.render(&stalled(&with_image(key), &json!([]))).lumas();
        assert_eq!(shown[44], 39);
        assert_eq!(first_with(&shown, luma_of(100)), Some(45), "{key}");
    }
}

#[test]
fn without_an_image_the_last_picture_stays_or_the_canvas_shows() {
    let meeting = meeting();
    let shown = meeting.render(&stalled(&columns(1, 10), &json!([]))).lumas();
    assert_eq!(first_with(&shown, 39), Some(9));
    let mut canvas = columns(1, 10);
    canvas["backgroundImage"] = json!(CANVAS);
    let shown = meeting.render(&stalled(&canvas, &json!([]))).lumas();
    assert_eq!(shown[44], 39);
    assert_eq!(first_with(&shown, luma_of(60)), Some(45));
}

#[test]
fn an_image_that_is_missing_is_told_and_changes_nothing() {
    let meeting = meeting();
    let mut description = stalled(&with_image("defaultUserBackgroundImage"), &json!([]));
    meeting.write("away.bmp", b"no picture");
    let rendered = meeting.render(&description);
    assert_eq!(first_with(&rendered.lumas(), 39), Some(9));
    assert!(
        rendered.report.notices.iter().any(|notice| notice.contains(URL)),
        "{:?}",
        rendered.report.notices
    );
    description["images"] = json!({URL: "missing.bmp"});
    let prepared = meeting.prepared(&description).expect("a history");
    assert_eq!(prepared.unusable.len(), 1, "{:?}", prepared.unusable);
}

#[test]
fn a_stop_counts_from_its_own_time_if_it_is_earlier() {
    let meeting = meeting();
    let shown = |events: Value| {
        let description = stalled(&with_image("defaultUserBackgroundImage"), &events);
        first_with(&meeting.render(&description).lumas(), luma_of(100))
    };
    // Pictures resume a video that stopped, so only one behind the last picture counts; it is not earlier than that.
    assert_eq!(shown(json!([{"at": 0.5, "videoStopped": {"uid": "1"}}])), Some(45));
    assert_eq!(shown(json!([{"at": 0.95, "videoStopped": {"uid": "1"}}])), Some(45));
    // A mute hides the pictures from 0.5 s on: the last one is stamped 0.4 s.
    assert_eq!(shown(json!([{"at": 0.5, "mute": {"uid": "1", "video": true}}])), Some(40));
    // Who is unmuted has still sent nothing since.
    let events = json!([{"at": 0.5, "mute": {"uid": "1", "video": true}}, {"at": 2, "mute": {"uid": "1", "video": false}}]);
    assert_eq!(shown(events), Some(40));
}

#[test]
fn a_sparse_video_stalls_from_its_end_or_its_stop_only() {
    let meeting = meeting();
    let shown = |more: Value, events: Value| {
        let mut medium = json!({"file": "1.y4m", "sparse": true});
        medium.as_object_mut().expect("a medium").extend(more.as_object().expect("keys").clone());
        let mut description = stalled(&with_image("defaultUserBackgroundImage"), &events);
        description["users"][0]["media"] = json!([medium]);
        first_with(&meeting.render(&description).lumas(), luma_of(100))
    };
    // It ends at 1 s, by its pictures' rate or by what is stated: 4.5 s is at most 3.5 s after that.
    assert_eq!(shown(json!({}), json!([])), Some(46));
    assert_eq!(shown(json!({"end": 0.75}), json!([])), Some(43));
    let stop = json!([{"at": 0.95, "videoStopped": {"uid": "1"}}]);
    assert_eq!(shown(json!({}), stop), Some(45));
}

#[test]
fn who_has_sent_nothing_yet_shows_their_image_at_once() {
    let meeting = meeting();
    let mut description = stalled(&with_image("defaultUserBackgroundImage"), &json!([]));
    description["users"][0]["media"][0]["start"] = json!(2);
    let shown = meeting.render(&description).lumas();
    let image = luma_of(100);
    assert!(shown[..20].iter().all(|luma| *luma == image) && shown[20..30].iter().copied().eq(30..40));
    description["transcodingConfig"] = columns(1, 10);
    let shown = meeting.render(&description).lumas();
    assert!(shown[..20].iter().all(|luma| *luma == NOTHING));
}

#[test]
fn pictures_that_come_again_take_their_place_back() {
    let meeting = meeting();
    let mut description = stalled(&with_image("defaultUserBackgroundImage"), &json!([]));
    description["users"][0]["media"] = json!([{"file": "1.y4m"}, {"file": "1.y4m", "start": 5}]);
    let history = meeting.history(&description);
    let shown = part(&history, 0..60).lumas();
    assert_eq!(shown[44..51], [39, luma_of(100), luma_of(100), luma_of(100), luma_of(100), luma_of(100), 30]);
    for from in [5, 20, 44, 45, 49, 50, 55] {
        assert_eq!(part(&history, from..60).lumas(), shown[from as usize..], "from {from}");
    }
}
