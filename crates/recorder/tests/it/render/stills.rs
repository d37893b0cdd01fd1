//! Stills, and media that have a picture only when something changes.

use polyptych_recorder::history::HistoryError;
use serde_json::{Value, json};

use super::{Meeting, NOTHING, columns, grey_png, luma_of, part};

const WHITE: u8 = 235;

fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting.write("still.png", &grey_png(255)).video("1.y4m", (10, 1), 30..80);
    meeting
}

fn described(users: &Value, duration: &Value) -> Value {
    json!({"transcodingConfig": columns(2, 10), "users": users, "duration": duration})
}

/// The first and the last tick but one at which column 2 shows the still, and how many ticks there are.
fn still_ticks(meeting: &Meeting, description: &Value) -> (usize, usize, usize) {
    let shown = meeting.render(description).columns::<2>();
    let is_white = |column: &[u8; 2]| column[1] == WHITE;
    let first = shown.iter().position(is_white).expect("the still");
    let end = first + shown[first..].iter().take_while(|column| is_white(column)).count();
    assert!(shown[end..].iter().all(|column| column[1] == NOTHING), "{shown:?}");
    (first, end, shown.len())
}

#[test]
fn a_still_lasts_to_its_end_else_to_the_end_of_presence_else_of_the_recording() {
    let meeting = meeting();
    let camera = json!({"uid": "1", "media": [{"file": "1.y4m"}]});
    let still = |more: Value| {
        let mut user = json!({"uid": "2", "media": [{"file": "still.png", "start": 1}]});
        user.as_object_mut().expect("a user").extend(more.as_object().expect("keys").clone());
        user
    };
    let none = Value::Null;
    // A user of whom nothing is said is there until their medium ends.
    let ends = json!({"media": [{"file": "still.png", "start": 1, "end": 2.5}]});
    assert_eq!(still_ticks(&meeting, &described(&json!([camera, still(ends)]), &none)), (10, 25, 50));
    let present = json!({"present": [[0.5, 3]]});
    assert_eq!(still_ticks(&meeting, &described(&json!([camera, still(present)]), &none)), (10, 30, 50));
    let stays = json!({"joined": 0.5});
    assert_eq!(still_ticks(&meeting, &described(&json!([camera, still(stays)]), &none)), (10, 50, 50));
    assert_eq!(
        still_ticks(&meeting, &described(&json!([camera, still(json!({}))]), &json!(7))),
        (10, 70, 70)
    );
    // A still that ends is the last thing of the recording.
    let late = json!({"media": [{"file": "still.png", "start": 1, "end": 6}]});
    assert_eq!(still_ticks(&meeting, &described(&json!([camera, still(late)]), &none)), (10, 60, 60));
}

#[test]
fn a_still_of_which_nobody_says_how_long_is_refused() {
    let meeting = meeting();
    let still = json!({"uid": "2", "media": [{"file": "still.png"}]});
    let camera = json!({"uid": "1", "media": [{"file": "1.y4m"}]});
    for users in [json!([still]), json!([camera, still])] {
        let refused = meeting.prepared(&described(&users, &Value::Null)).expect_err("no end");
        assert!(matches!(refused, HistoryError::Endless { .. }), "{refused}");
        assert!(refused.to_string().contains("still.png") && refused.to_string().contains('2'), "{refused}");
    }
    // Presence without an end says nothing either, where nothing else ends.
    let stays = json!([{"uid": "2", "joined": 0, "media": [{"file": "still.png"}]}]);
    assert_eq!(meeting.prepared(&described(&stays, &Value::Null)).expect_err("no end"), HistoryError::NoEnd);
}

#[test]
fn an_ended_still_gives_way_as_a_stopped_video_does() {
    let meeting = meeting();
    meeting.image("away.bmp", 100);
    let mut canvas = columns(2, 10);
    canvas["defaultUserBackgroundImage"] = json!("https://example.com/away.bmp");
    let description = json!({"transcodingConfig": canvas,
        "users": [{"uid": "2", "joined": 0, "media": [{"file": "still.png", "start": 1, "end": 6}]}],
        "images": {"https://example.com/away.bmp": "away.bmp"}, "duration": 11});
    let shown = meeting.render(&description).columns::<2>();
    let image = luma_of(100);
    for (tick, [_, luma]) in shown.into_iter().enumerate() {
        // Nothing was sent before 1 s; the still stands for 5 s, though nothing new comes, and 3.5 s beyond its end.
        let expected = if (10..=95).contains(&tick) { WHITE } else { image };
        assert_eq!(luma, expected, "tick {tick}");
    }
}

#[test]
fn a_share_in_mid_recording_stands_between_pictures_of_a_camera() {
    let meeting = meeting();
    let user = json!([{"uid": "2", "joined": 0, "media": [
        {"file": "1.y4m", "start": 0, "end": 2},
        {"file": "still.png", "start": 2.05, "end": 3.5},
        {"file": "1.y4m", "start": 3.5}
    ]}]);
    let shown = meeting.render(&described(&user, &Value::Null)).columns::<2>();
    let expected = |tick: usize| match tick {
        0..20 => 30 + tick as u8,
        20 => 49,
        21..35 => WHITE,
        _ => 30 + (tick - 35) as u8,
    };
    assert_eq!(shown.len(), 85);
    for (tick, [_, luma]) in shown.into_iter().enumerate() {
        assert_eq!(luma, expected(tick), "tick {tick}");
    }
}

#[test]
fn sparse_media_stand_though_nothing_comes() {
    let meeting = meeting();
    // Two pictures in 10 s: at 0 s and at 5 s.
    meeting.video("share.y4m", (1, 5), [90, 91]).image("away.bmp", 100);
    let mut canvas = columns(2, 10);
    canvas["defaultUserBackgroundImage"] = json!("https://example.com/away.bmp");
    let shown = |sparse: bool| {
        let description = json!({"transcodingConfig": canvas,
            "users": [{"uid": "2", "joined": 0, "media": [{"file": "share.y4m", "sparse": sparse}]}],
            "images": {"https://example.com/away.bmp": "away.bmp"}});
        meeting.render(&description).columns::<2>().into_iter().map(|[_, luma]| luma).collect::<Vec<_>>()
    };
    let expected = |is_sparse: bool| -> Vec<u8> {
        let luma = |tick: usize| match tick % 50 {
            36.. if !is_sparse => luma_of(100),
            _ => 90 + (tick / 50) as u8,
        };
        (0..100).map(luma).collect()
    };
    assert_eq!(shown(true), expected(true));
    assert_eq!(shown(false), expected(false));
}

#[test]
fn a_still_is_there_again_after_a_mute_and_for_who_comes_later() {
    let meeting = meeting();
    let description = json!({"transcodingConfig": columns(2, 10), "duration": 6,
        "users": [{"uid": "2", "present": [[1, 2], [3, null]], "media": [{"file": "still.png"}]}],
        "events": [{"at": 4, "mute": {"uid": "2", "video": true}}, {"at": 5, "mute": {"uid": "2", "video": false}}]});
    let history = meeting.history(&description);
    let all = part(&history, 0..60).columns::<2>();
    for (tick, [_, luma]) in all.iter().enumerate() {
        let is_there = (10..20).contains(&tick) || tick >= 30;
        assert_eq!(*luma, if is_there { WHITE } else { NOTHING }, "tick {tick}");
    }
    for from in [15, 25, 30, 35, 45, 50, 55] {
        assert_eq!(part(&history, from..60).columns::<2>(), all[from as usize..], "from {from}");
    }
}
