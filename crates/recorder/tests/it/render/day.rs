//! The end of a day: behind the wraps of 32-bit clocks everything is where it belongs.

use serde_json::json;

use super::{Meeting, NOTHING, columns, part};

/// Seconds of a day.
const DAY: u64 = 86_400;

#[test]
fn the_last_minutes_of_a_day_are_those_of_the_whole_day() {
    let meeting = Meeting::new();
    // A picture every 10 s for a day, and sound whose file begins late in it. 2³² ticks of 90,000 Hz are 47,722 s.
    meeting.video("day.y4m", (1, 10), (0..DAY / 10).map(|picture| 30 + (picture % 180) as u8));
    meeting.sound("late.wav", 48_000, 4000);
    let description = json!({
        "transcodingConfig": columns(2, 24), "duration": DAY,
        "users": [
            {"uid": "1", "joined": 0, "media": [{"file": "day.y4m", "sparse": true}]},
            {"uid": "2", "joined": 86_390, "left": 86_398.5, "media": [{"file": "late.wav", "start": 86_395.25}]}
        ],
        "events": [{"at": 86_399.5, "leave": {"uid": "1"}}],
    });
    let history = meeting.history(&description);
    assert_eq!(history.tick_count(), DAY * 24);
    let first = (DAY - 12) * 24;
    let rendered = part(&history, first..DAY * 24);
    assert!(rendered.report.is_complete);
    let shown = rendered.columns::<2>();
    assert_eq!(shown.len(), 12 * 24);
    for (tick, [left, _]) in (first..).zip(shown) {
        let is_there = tick < DAY * 24 - 12;
        let picture = 30 + (tick / 240 % 180) as u8;
        assert_eq!(left, if is_there { picture } else { NOTHING }, "tick {tick}");
    }
    let left = rendered.left();
    assert_eq!(left.len(), 12 * 48_000);
    let begin = 7 * 48_000 + 12_000;
    assert_eq!(left.iter().position(|sample| *sample != 0), Some(begin));
    assert_eq!(left.iter().rposition(|sample| *sample != 0), Some(begin + 47_999));
    assert!(left[begin + 240..begin + 47_760].iter().all(|sample| *sample == 4000));
}
