//! Events act at the first tick not before them, and at one time in the contract's order.

use serde_json::{Value, json};

use super::{Meeting, NOTHING, column_layout, columns, part};

/// Two users with 30 pictures each at 10 a second, from luma 30 and from 120 on, and a second user who is there as said.
fn two(events: &Value) -> Value {
    json!({
        "transcodingConfig": columns(2, 10),
        "users": [
            {"uid": "1", "joined": 0, "media": [{"file": "1.y4m"}]},
            {"uid": "2", "joined": 0, "media": [{"file": "2.y4m"}]}
        ],
        "events": events,
    })
}

fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting.video("1.y4m", (10, 1), 30..60).video("2.y4m", (10, 1), 120..150);
    meeting
}

/// Does something at 1 s or a nanosecond beside it, and expects what both columns show from its first tick on.
fn expect_change(what: &Value, after: impl Fn(u8) -> [u8; 2]) {
    let meeting = meeting();
    for (at, first) in [(0.999_999_999, 10), (1.0, 10), (1.000_000_001, 11)] {
        let mut event = what.clone();
        event["at"] = json!(at);
        let shown = meeting.render(&two(&json!([event]))).columns::<2>();
        assert_eq!(shown.len(), 30);
        for (tick, shown) in (0..30_u8).zip(shown) {
            let expected = if tick < first { [30 + tick, 120 + tick] } else { after(tick) };
            assert_eq!(shown, expected, "{event}: tick {tick}");
        }
    }
}

#[test]
fn a_leave_acts_at_its_tick() {
    expect_change(&json!({"leave": {"uid": "1"}}), |tick| [NOTHING, 120 + tick]);
}

#[test]
fn a_layout_acts_at_its_tick() {
    let only_2 = json!({"mixedVideoLayout": 3, "layoutConfig": [
        {"uid": "2", "x_axis": 0, "y_axis": 0, "width": 0.5, "height": 1}]});
    expect_change(&json!({"updateLayout": only_2}), |tick| [120 + tick, NOTHING]);
}

#[test]
fn a_subscription_acts_at_its_tick() {
    let lists = json!({"streamSubscribe": {"videoUidList": {"unSubscribeVideoUids": ["1"]}}});
    expect_change(&json!({"update": lists}), |tick| [NOTHING, 120 + tick]);
}

#[test]
fn a_mute_keeps_the_last_picture_stamped_before_it() {
    let meeting = meeting();
    for (at, last) in [(0.999_999_999, 9), (1.0, 9), (1.000_000_001, 10)] {
        let events = json!([{"at": at, "mute": {"uid": "1", "video": true}}]);
        let shown = meeting.render(&two(&events)).columns::<2>();
        for (tick, [left, _]) in (0..30_u8).zip(shown) {
            assert_eq!(left, 30 + tick.min(last), "muted at {at}: tick {tick}");
        }
    }
    for (at, first) in [(1.999_999_999, 20), (2.0, 20), (2.000_000_001, 21)] {
        let events = json!([
            {"at": 1, "mute": {"uid": "1", "video": true}},
            {"at": at, "mute": {"uid": "1", "video": false}}
        ]);
        let shown = meeting.render(&two(&events)).columns::<2>();
        for (tick, [left, _]) in (0..30_u8).zip(shown) {
            let is_muted = (10..first).contains(&tick);
            assert_eq!(left, 30 + if is_muted { 9 } else { tick }, "unmuted at {at}: tick {tick}");
        }
    }
}

#[test]
fn a_join_acts_at_its_tick() {
    let meeting = meeting();
    for (at, first) in [(0.999_999_999, 10), (1.0, 10), (1.000_000_001, 11)] {
        for description in [
            json!({"transcodingConfig": columns(1, 10), "users": [{"uid": "1", "joined": at, "media": [{"file": "1.y4m"}]}]}),
            json!({"transcodingConfig": columns(1, 10), "users": [{"uid": "1", "media": [{"file": "1.y4m"}]}],
                "events": [{"at": at, "join": {"uid": "1"}}], "duration": 3}),
        ] {
            let shown = meeting.render(&description).lumas();
            for (tick, luma) in (0..30_u8).zip(shown) {
                let expected = if tick < first { NOTHING } else { 30 + tick };
                assert_eq!(luma, expected, "{description}: tick {tick}");
            }
        }
    }
}

#[test]
fn times_of_nine_decimals_name_their_tick() {
    let meeting = Meeting::new();
    meeting.video("1.y4m", (7, 1), 30..51);
    for tick in 1..21_u8 {
        let nanos = (u64::from(tick) * 1_000_000_000 + 3) / 7;
        let at = nanos as f64 / 1e9;
        let description = json!({"transcodingConfig": columns(1, 7),
            "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.y4m"}]}],
            "events": [{"at": at, "leave": {"uid": "1"}}], "duration": 3});
        let shown = meeting.render(&description).lumas();
        let expected: Vec<u8> = (0..21).map(|at| if at < tick { 30 + at } else { NOTHING }).collect();
        assert_eq!(shown, expected, "leaves at {at}");
    }
}

#[test]
fn events_of_one_time_act_in_the_contracts_order_then_in_the_files() {
    let meeting = meeting();
    let uid = json!({"uid": "1"});
    let at_1_s = |what: &[(&str, Value)]| -> Vec<[u8; 2]> {
        let event = |(key, value): &(&str, Value)| json!({"at": 1, *key: value});
        let events: Value = what.iter().map(event).collect();
        meeting.render(&two(&events)).columns::<2>()[9..12].to_vec()
    };
    let (before, right) = (39, 129);
    let mute = |on: bool| ("mute", json!({"uid": "1", "video": on}));
    let (leave, join) = (("leave", uid.clone()), ("join", uid.clone()));
    let rows = |a: u8, b: u8| vec![[before, right], [a, right + 1], [b, right + 2]];

    // Leaves, then joins, then mutes: who comes back muted has shown nothing yet.
    for order in [[mute(true), leave.clone(), join.clone()], [join.clone(), mute(true), leave.clone()]] {
        assert_eq!(at_1_s(&order), rows(NOTHING, NOTHING), "{order:?}");
    }
    // A join that stands before the leave of the same time follows it all the same.
    assert_eq!(at_1_s(&[join.clone(), leave.clone()]), rows(40, 41));
    // Of one kind, the file's order: the last one stands.
    assert_eq!(at_1_s(&[mute(true), mute(false)]), rows(40, 41));
    assert_eq!(at_1_s(&[mute(false), mute(true)]), rows(39, 39));
    // A stop, then a mute and an unmute: the picture of that moment resumes.
    assert_eq!(at_1_s(&[mute(true), mute(false), ("videoStopped", uid)]), rows(40, 41));
    // Of two layouts the second, whole.
    let only_2 = json!({"mixedVideoLayout": 3, "layoutConfig": [
        {"uid": "2", "x_axis": 0, "y_axis": 0, "width": 0.5, "height": 1}]});
    let both = json!({"mixedVideoLayout": 3, "layoutConfig": column_layout(2)});
    assert_eq!(
        at_1_s(&[("updateLayout", both.clone()), ("updateLayout", only_2.clone())]),
        [[39, 129], [130, NOTHING], [131, NOTHING]]
    );
    assert_eq!(at_1_s(&[("updateLayout", only_2), ("updateLayout", both)]), rows(40, 41));
}

#[test]
fn who_joins_at_one_time_stands_in_the_descriptions_order() {
    let meeting = meeting();
    let canvas = json!({"width": super::WIDTH, "height": super::HEIGHT, "fps": 10, "mixedVideoLayout": 1});
    let description = json!({
        "transcodingConfig": canvas,
        "users": [
            {"uid": "b", "joined": 1, "media": [{"file": "2.y4m", "start": 0}]},
            {"uid": "a", "joined": 1, "media": [{"file": "1.y4m", "start": 0}]}
        ],
        "events": [{"at": 2, "leave": {"uid": "b"}}, {"at": 2, "join": {"uid": "b"}}],
    });
    let shown = meeting.render(&description).columns::<2>();
    assert_eq!(shown[9], [NOTHING; 2]);
    assert_eq!(shown[10], [130, 40]);
    assert_eq!(shown[19], [139, 49]);
    assert_eq!(shown[20], [50, 140], "who comes back stands last");
}

#[test]
fn gates_of_sound_open_and_close_at_their_sample() {
    let meeting = Meeting::new();
    meeting.sound("1.wav", 96_000, 8000);
    let change = |event: Value| {
        let description = json!({"transcodingConfig": columns(1, 10), "duration": 2,
            "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.wav"}]}], "events": event});
        meeting.render(&description).left()
    };
    // The first sample that is not before the event.
    for (at, first) in
        [(0.999_999_999, 48_000), (1.0, 48_000), (1.000_000_001, 48_001), (1.000_020_833, 48_001)]
    {
        let unsubscribe = json!({"streamSubscribe": {"audioUidList": {"unsubscribeAudioUids": ["1"]}}});
        for what in [
            json!({"at": at, "leave": {"uid": "1"}}),
            json!({"at": at, "mute": {"uid": "1", "audio": true}}),
            json!({"at": at, "update": unsubscribe}),
        ] {
            let left = change(json!([what]));
            assert_eq!(left.len(), 96_000);
            assert_eq!(left.iter().rposition(|sample| *sample != 0), Some(first - 1), "{what}");
            assert!(left[240..first - 240].iter().all(|sample| *sample == 8000), "{what}");
        }
        let left = change(json!([{"at": 0, "mute": {"uid": "1", "audio": true}},
            {"at": at, "mute": {"uid": "1", "audio": false}}]));
        assert_eq!(left.iter().position(|sample| *sample != 0), Some(first), "unmuted at {at}");
    }
}

#[test]
fn a_part_that_begins_at_an_event_has_it() {
    let meeting = meeting();
    let history = meeting.history(&two(&json!([
        {"at": 1, "mute": {"uid": "1", "video": true}},
        {"at": 1.000_000_001, "leave": {"uid": "2"}},
        {"at": 2, "mute": {"uid": "1", "video": false}},
    ])));
    let all = part(&history, 0..30).columns::<2>();
    for from in [10, 11, 20] {
        assert_eq!(part(&history, from..30).columns::<2>(), all[from as usize..], "from {from}");
    }
}

#[test]
fn however_much_happens_between_two_ticks_the_last_counts() {
    let meeting = Meeting::new();
    // A picture every 2 ms, a canvas every 100 ms.
    meeting.video("1.y4m", (500, 1), (0..250).map(|index| 20 + (index % 50) as u8 * 2));
    let at = |millis: f64| millis / 1000.0;
    let described = |events: Vec<Value>| {
        json!({"transcodingConfig": columns(1, 10), "events": events,
            "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.y4m"}]}]})
    };
    let turns = |what: fn(bool) -> Value| {
        let turn = |index: u32| {
            let mut event = what(index.is_multiple_of(2));
            event["at"] = json!(at(101.0 + f64::from(index)));
            event
        };
        (0..98).map(turn).collect::<Vec<_>>()
    };
    // The picture of 200 ms is there at its tick, after 49 mutes and as many stays.
    let mutes = turns(|is_muted| json!({"mute": {"uid": "1", "video": is_muted}}));
    assert_eq!(meeting.render(&described(mutes.clone())).lumas(), [20; 5]);
    let stays =
        turns(|leaves| if leaves { json!({"leave": {"uid": "1"}}) } else { json!({"join": {"uid": "1"}}) });
    assert_eq!(meeting.render(&described(stays)).lumas(), [20; 5]);
    // Muted from 197 ms on: the picture of 196 ms stays. Ever new mutes change nothing.
    let muted = mutes[..97].iter().cloned();
    assert_eq!(meeting.render(&described(muted.collect())).lumas(), [20, 20, 116, 116, 116]);
    let again = |index: u32| json!({"at": at(103.0 + f64::from(index)), "mute": {"uid": "1", "video": true}});
    assert_eq!(meeting.render(&described((0..90).map(again).collect())).lumas(), [20, 20, 22, 22, 22]);
}
