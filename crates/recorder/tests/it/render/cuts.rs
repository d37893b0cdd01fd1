//! Any stretch of any recording equals that stretch of the whole, frames and sound, bit for bit.

use polyptych_recorder::history::History;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Meeting, column_layout, columns, grey_png, part};

/// Users of the drawn meetings, and their columns.
const USERS: usize = 3;
/// How long they may be, in seconds.
const LONGEST: f64 = 9.0;

/// The files that drawn descriptions name: cameras of several rates, a screen share, a still, sound of two lengths, an image.
fn meeting() -> Meeting {
    let meeting = Meeting::new();
    meeting
        .video("camera.y4m", (10, 1), 30..70)
        .video("fast.y4m", (60, 1), 100..190)
        .video("film.y4m", (24_000, 1001), 20..80)
        .video("share.y4m", (1, 2), [200, 210, 220])
        .video("one.y4m", (5, 1), [77])
        .write("still.png", &grey_png(255))
        .sound("long.wav", 240_000, 3000)
        .sound("short.wav", 20_000, -9000)
        .image("away.bmp", 100);
    meeting
}

/// A time within the meeting: of ticks, of milliseconds, or of nanoseconds beside a tick.
fn time() -> impl Strategy<Value = f64> {
    let tick = (0..90_u32).prop_map(|tick| f64::from(tick) / 10.0);
    let milli = (0..9000_u32).prop_map(|milli| f64::from(milli) / 1000.0);
    let beside = (1..90_u32, select(vec![-1.0, 1.0]))
        .prop_map(|(tick, nano): (u32, f64)| (f64::from(tick) * 1e8 + nano).round() / 1e9);
    prop_oneof![3 => tick, 2 => milli, 1 => beside]
}

fn medium() -> impl Strategy<Value = Value> {
    let files =
        ["camera.y4m", "fast.y4m", "film.y4m", "share.y4m", "one.y4m", "still.png", "long.wav", "short.wav"];
    let file = select(files.to_vec());
    (file, time(), prop::option::weighted(0.3, time()), any::<bool>()).prop_map(
        |(file, start, length, sparse)| {
            let end = length.map(|length| ((start + length + 0.01) * 1e9).round() / 1e9);
            json!({"file": file, "start": start, "end": end, "sparse": sparse})
        },
    )
}

fn user(uid: String) -> impl Strategy<Value = Value> {
    let presence = prop::option::weighted(0.7, (time(), prop::option::of(time())));
    (presence, prop::collection::vec(medium(), 0..4)).prop_map(move |(presence, media)| {
        let mut user = json!({"uid": uid, "media": media});
        if let Some((from, to)) = presence {
            let to = to.map(|to| ((from + to + 0.01) * 1e9).round() / 1e9);
            user["present"] = json!([[from, to]]);
        }
        user
    })
}

fn event() -> impl Strategy<Value = Value> {
    let uid = select(vec!["1", "2", "3"]);
    (time(), uid, 0..9_u8, any::<bool>()).prop_map(|(at, uid, kind, flag)| {
        let verb = if flag { "subscribe" } else { "unSubscribe" };
        let lists = |medium: &str| {
            let list = format!("{}UidList", medium.to_lowercase());
            json!({"streamSubscribe": {list: {format!("{verb}{medium}Uids"): [uid]}}})
        };
        let layout = if flag {
            json!({"mixedVideoLayout": 3, "layoutConfig": column_layout(USERS)})
        } else {
            json!({"mixedVideoLayout": 1, "defaultUserBackgroundImage": "https://example.com/away.bmp"})
        };
        let (key, value) = match kind {
            0 | 1 => ("mute", json!({"uid": uid, "video": flag})),
            2 | 3 => ("mute", json!({"uid": uid, "audio": flag, "video": !flag})),
            4 => ("join", json!({"uid": uid})),
            5 => ("leave", json!({"uid": uid})),
            6 => ("videoStopped", json!({"uid": uid})),
            7 => ("updateLayout", layout),
            _ => ("update", lists(if flag { "Video" } else { "Audio" })),
        };
        json!({"at": at, key: value})
    })
}

/// A description, and where it is cut, as parts of the whole.
fn drawn() -> impl Strategy<Value = (Value, Vec<f64>)> {
    let users: Vec<_> = (1..=USERS).map(|uid| user(uid.to_string())).collect();
    let fps = select(vec![7_u32, 10, 15, 24]);
    let events = prop::collection::vec(event(), 0..8);
    let cuts = prop::collection::vec(0.0..1.0, 3);
    (users, events, fps, any::<bool>(), cuts).prop_map(|(users, events, fps, has_image, cuts)| {
        let mut canvas = columns(USERS, fps);
        if has_image {
            canvas["defaultUserBackgroundImage"] = json!("https://example.com/away.bmp");
        }
        let description = json!({"transcodingConfig": canvas, "users": users, "events": events,
            "images": {"https://example.com/away.bmp": "away.bmp"}, "duration": LONGEST});
        (description, cuts)
    })
}

fn check(history: &History, cuts: &[f64]) -> Result<(), TestCaseError> {
    let count = history.tick_count();
    let all = part(history, 0..count);
    let fps = history.canvas().fps;
    let sample = |tick: u64| (tick * 48_000 * u64::from(fps.den())).div_ceil(u64::from(fps.num())) as usize;
    for cut in cuts {
        let from = (*cut * count as f64) as u64;
        let to = (from + count / 4).min(count);
        let cut = part(history, from..to);
        for (tick, (ours, whole)) in
            (from..).zip(cut.frames.iter().zip(&all.frames[from as usize..to as usize]))
        {
            prop_assert!(ours == whole, "from tick {}: tick {} differs", from, tick);
        }
        prop_assert_eq!(cut.frames.len() as u64, to - from);
        let whole = &all.samples[2 * sample(from)..2 * sample(to)];
        prop_assert!(cut.samples == whole, "from tick {}: sound differs", from);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]
    #[test]
    fn any_part_of_any_recording_equals_that_part_of_the_whole((description, cuts) in drawn()) {
        let meeting = meeting();
        // Contradictions have no history.
        if let Ok(prepared) = meeting.prepared(&description) {
            check(&prepared.history, &cuts).map_err(|error| match error {
                TestCaseError::Fail(reason) => TestCaseError::fail(format!("{reason}\n{description}")),
                other => other,
            })?;
        }
    }
}

/// Each renders 9 s four times.
const CASES: u32 = 16;
