//! `polyptych render`: small meetings whose pictures and sound say which frame and which sample of whom they are.

use std::fs;
use std::iter;
use std::path::Path;

use serde_json::{Value, json};

use crate::run::{Run, run_in};
use crate::wav::wav;

/// Columns and rows of every picture and canvas here.
const SIDE: usize = 64;
/// The luma of a canvas where nobody is.
const BLACK: u8 = 16;
const EMBEDDED: [&str; 4] = ["--backend", "embedded", "--encoder", "openh264"];

/// Grey pictures, whose luma is `first` for the first one and one more for each after it.
fn write_video(path: &Path, fps: usize, frames: u8, first: u8) {
    let mut file = format!("YUV4MPEG2 W{SIDE} H{SIDE} F{fps}:1 Ip A1:1 C420\n").into_bytes();
    for frame in 0..frames {
        file.extend_from_slice(b"FRAME\n");
        file.resize(file.len() + SIDE * SIDE, first + frame);
        file.resize(file.len() + SIDE * SIDE / 2, 128);
    }
    fs::write(path, file).expect("a video");
}

/// Sound of 48,000 Hz and 16 bits in one channel that has the same value all the time.
fn write_sound(path: &Path, samples: usize, value: i16) {
    fs::write(path, wav(48_000, iter::repeat_n(value, samples))).expect("sound");
}

/// User 1 in the left half of the canvas, user 2 in the right one.
fn description(fps: u32, users: &Value, events: &Value) -> Value {
    let half =
        |uid: &str, x: f64| json!({"uid": uid, "x_axis": x, "y_axis": 0.0, "width": 0.5, "height": 1.0});
    json!({
        "transcodingConfig": {"width": SIDE, "height": SIDE, "fps": fps, "bitrate": 100, "mixedVideoLayout": 3,
            "layoutConfig": [half("1", 0.0), half("2", 0.5)]},
        "users": users,
        "events": events,
    })
}

/// Renders what is described to `output` in `folder`.
fn render(folder: &Path, description: &Value, output: &str, more: &[&str]) -> Run {
    let args = [&["render", "-", "-o", output], &EMBEDDED[..], more].concat();
    run_in(folder, &args, description.to_string().as_bytes())
}

/// The luma in the middle of the left and of the right half of each canvas.
fn halves(y4m: &[u8]) -> Vec<(u8, u8)> {
    let header = y4m.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
    let frame = b"FRAME\n".len() + SIDE * SIDE * 3 / 2;
    let frames = y4m[header..].chunks(frame);
    let at = |frame: &[u8], x: usize| frame[b"FRAME\n".len() + SIDE / 2 * SIDE + x];
    frames.map(|frame| (at(frame, SIDE / 4), at(frame, SIDE * 3 / 4))).collect()
}

/// The samples of the left channel.
fn left_samples(wav: &[u8]) -> Vec<i16> {
    let data = wav.windows(4).position(|bytes| bytes == b"data").expect("samples") + 8;
    wav[data..].chunks_exact(4).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Two users: 1 with 30 frames from 0 s on, 2 with 20 frames from 1 s on, and things that happen to them.
fn eventful(folder: &Path) -> Value {
    write_video(&folder.join("1.y4m"), 10, 30, 30);
    write_video(&folder.join("2.y4m"), 10, 20, 120);
    let users = json!([
        {"uid": "1", "present": [[0.2, 0.5], [0.8, null]], "media": [{"file": "1.y4m", "start": 0}]},
        {"uid": "2", "joined": 1.0, "left": 2.8, "media": [{"file": "2.y4m", "start": 1.0}]}
    ]);
    let subscribe = |verb: &str, uids: Value| json!({"streamSubscribe": {"videoUidList": {verb: uids}}});
    let events = json!([
        {"at": 1.2, "mute": {"uid": "1", "video": true}},
        {"at": 1.6, "mute": {"uid": "1", "video": false}},
        {"at": 2.0, "update": subscribe("unSubscribeVideoUids", json!(["2"]))},
        {"at": 2.31, "update": subscribe("subscribeVideoUids", json!(["#allstream#"]))},
    ]);
    description(10, &users, &events)
}

#[test]
fn render_shows_the_right_frame_of_who_is_there_and_subscribed() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = render(folder.path(), &eventful(folder.path()), "-", &[]).exits_with(0);
    let shown = halves(&run.stdout);
    assert_eq!(shown.len(), 30);
    for (tick, (left, right)) in (0_u8..).zip(shown) {
        if !(12..16).contains(&tick) {
            let is_there = (2..5).contains(&tick) || tick >= 8;
            assert_eq!(left, if is_there { 30 + tick } else { BLACK }, "tick {tick}, left");
        } else {
            assert_eq!(left, 30 + 11, "tick {tick}: the last frame before the mute stays");
        }
        let is_there = (10..20).contains(&tick) || (24..28).contains(&tick);
        assert_eq!(right, if is_there { 110 + tick } else { BLACK }, "tick {tick}, right");
    }
}

#[test]
fn render_shows_the_newest_frame_of_other_frame_rates() {
    let folder = tempfile::tempdir().expect("a folder");
    write_video(&folder.path().join("1.y4m"), 25, 25, 30);
    write_video(&folder.path().join("2.y4m"), 60, 60, 120);
    let user = |uid: &str| json!({"uid": uid, "media": [{"file": format!("{uid}.y4m"), "start": 0}]});
    let description = description(30, &json!([user("1"), user("2")]), &json!([]));
    let run = render(folder.path(), &description, "-", &[]).exits_with(0);
    let expected: Vec<_> = (0_u8..30).map(|tick| (30 + tick * 5 / 6, 120 + tick * 2)).collect();
    assert_eq!(halves(&run.stdout), expected);
}

#[test]
fn render_of_a_part_equals_that_part_of_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = eventful(folder.path());
    let whole = halves(&render(folder.path(), &description, "-", &[]).exits_with(0).stdout);
    for (from, to) in [(3, 9), (7, 14), (13, 18), (21, 30), (29, 30)] {
        let times = [format!("{}.{}", from / 10, from % 10), format!("{}.{}", to / 10, to % 10)];
        let part = render(folder.path(), &description, "-", &["--from", &times[0], "--to", &times[1]]);
        assert_eq!(halves(&part.exits_with(0).stdout), whole[from..to], "{from}..{to}");
    }
}

#[test]
fn render_lets_who_is_heard_be_heard_to_the_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    write_sound(&folder.path().join("1.wav"), 48_000, 4000);
    write_sound(&folder.path().join("2.wav"), 24_000, 1000);
    let users = json!([
        {"uid": "1", "media": [{"file": "1.wav", "start": 0}]},
        {"uid": "2", "media": [{"file": "2.wav", "start": 0.25}]}
    ]);
    let unsubscribe = json!({"streamSubscribe": {"audioUidList": {"unSubscribeAudioUids": ["2"]}}});
    let events = json!([
        {"at": 0.5, "mute": {"uid": "1", "audio": true}},
        {"at": 0.6, "update": unsubscribe},
        {"at": 0.8, "mute": {"uid": "1", "audio": false}},
    ]);
    let description = description(10, &users, &events);
    render(folder.path(), &description, "whole.wav", &[]).exits_with(0);
    let whole = left_samples(&fs::read(folder.path().join("whole.wav")).expect("the sound"));
    assert_eq!(whole.len(), 48_000);
    // In between lie fades of 5 ms, 240 samples, within the ends of what is heard.
    for (range, value) in [
        (240..11_999, 4000),
        (12_240..23_760, 5000),
        (24_000..28_560, 1000),
        (28_800..38_400, 0),
        (38_640..47_760, 4000),
    ] {
        let odd = range.clone().find(|sample| whole[*sample].abs_diff(value) > 1);
        assert_eq!(odd, None, "{range:?}: {:?}", odd.map(|sample| whole[sample]));
    }
    render(folder.path(), &description, "part.wav", &["--from", "0.3", "--to", "0.9"]).exits_with(0);
    let part = left_samples(&fs::read(folder.path().join("part.wav")).expect("the sound"));
    assert_eq!(part.len(), 28_800);
    assert!(part == whole[14_400..43_200], "a part's sound is that of the whole");
}

#[test]
fn render_of_a_missing_or_broken_file_costs_that_user() {
    let folder = tempfile::tempdir().expect("a folder");
    write_video(&folder.path().join("1.y4m"), 10, 5, 30);
    fs::write(folder.path().join("2.mp4"), "no video at all").expect("a file");
    for file in ["2.mp4", "missing.mp4"] {
        let users = json!([
            {"uid": "1", "media": [{"file": "1.y4m", "start": 0}]},
            {"uid": "2", "media": [{"file": file, "start": 0}]}
        ]);
        let description = description(10, &users, &json!([]));
        let run = render(folder.path(), &description, "-", &[]).exits_with(0);
        let left: Vec<_> = halves(&run.stdout).iter().map(|(left, _)| *left).collect();
        assert_eq!(left, [30, 31, 32, 33, 34]);
        assert!(run.stderr.contains(file), "{}", run.stderr);
        let strict = render(folder.path(), &description, "-", &["--strict"]).exits_with(4);
        assert!(strict.stderr.contains(file), "{}", strict.stderr);
    }
}

#[test]
fn render_of_an_invalid_description_points_at_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = render(folder.path(), &json!({"users": [{"uid": "1", "media": [{"start": -1}]}]}), "-", &[]);
    let run = run.exits_with(3);
    assert!(run.stdout.is_empty());
    assert!(run.stderr.contains("users[0].media[0].start") && run.stderr.contains('^'), "{}", run.stderr);
}

#[test]
fn render_tells_a_flood_of_problems_shortened_and_names_no_command_that_does_not_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let stays = vec![json!([2, 1]); 100];
    let description = json!({"users": [{"uid": "1", "present": stays}]});
    let told = render(folder.path(), &description, "out.y4m", &[]).exits_with(3).stderr;
    assert_eq!(told.matches("error: ").count(), 30, "{told}");
    assert!(told.contains("… and 70 more\n"), "{told}");
}

#[test]
fn render_replaces_an_output_only_if_forced() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = eventful(folder.path());
    fs::write(folder.path().join("out.y4m"), "kept").expect("a file");
    let refused = render(folder.path(), &description, "out.y4m", &[]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("out.y4m"), "{}", refused.stderr);
    assert_eq!(fs::read(folder.path().join("out.y4m")).expect("there"), b"kept");
    render(folder.path(), &description, "out.y4m", &["--force"]).exits_with(0);
    assert_eq!(halves(&fs::read(folder.path().join("out.y4m")).expect("there")).len(), 30);
}

#[test]
fn render_of_one_moment_is_that_frame_of_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = eventful(folder.path());
    let whole = halves(&render(folder.path(), &description, "-", &[]).exits_with(0).stdout);
    for tick in [3_usize, 11, 18, 22] {
        let at = format!("{}.{}", tick / 10, tick % 10);
        render(folder.path(), &description, "one.y4m", &["--frame-at", &at, "--force"]).exits_with(0);
        let one = halves(&fs::read(folder.path().join("one.y4m")).expect("a frame"));
        assert_eq!(one, [whole[tick]], "tick {tick}");
    }
}

#[test]
fn render_reports_and_tells_its_progress_as_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let description = eventful(folder.path());
    let more = ["--report", "report.json", "--progress", "json"];
    let run = render(folder.path(), &description, "out.mp4", &more).exits_with(0);
    let mut lines = run.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = lines.rfind(Value::is_object).expect("a line of progress");
    assert_eq!((&last["done"], &last["total"]), (&json!(30), &json!(30)));
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).expect("a report"))
            .expect("JSON");
    assert_eq!(report["ticks"], 30);
    assert_eq!(report["seconds"], 3.0);
    assert_eq!(report["is_complete"], true);
    assert_eq!(report["users"]["2"]["failure_count"], 0);
    let inspected = run_in(folder.path(), &["inspect", "out.mp4", "--format", "json"], b"").exits_with(0);
    assert!(inspected.text().contains("H264"), "{}", inspected.text());
}

#[test]
fn render_of_a_folder_prints_a_description_that_renders() {
    let folder = tempfile::tempdir().expect("a folder");
    write_video(&folder.path().join("1.y4m"), 10, 5, 30);
    let run = run_in(folder.path(), &["render", "--from-folder", ".", "--print"], b"").exits_with(0);
    assert_eq!(run.json()["users"][0]["uid"], "1");
    let args = [&["render", "-", "-o", "out.wav"], &EMBEDDED[..]].concat();
    run_in(folder.path(), &args, &run.stdout).exits_with(0);
}

#[test]
fn render_with_embedded_decoders_runs_ffmpeg_only_for_encoders() {
    let folder = tempfile::tempdir().expect("a folder");
    write_video(&folder.path().join("1.y4m"), 10, 5, 30);
    let users = json!([{"uid": "1", "media": [{"file": "1.y4m", "start": 0}]}]);
    let text = description(10, &users, &json!([])).to_string();
    let run = |more: &[&str]| {
        let args = [&["render", "-", "--backend", "embedded", "--ffmpeg", "/no/such/ffmpeg"], more].concat();
        run_in(folder.path(), &args, text.as_bytes())
    };
    run(&["-o", "out.mp4", "--encoder", "openh264"]).exits_with(0);
    run(&["-o", "out.y4m"]).exits_with(0);
    run(&["--frame-at", "0", "-o", "out.png"]).exits_with(0);
    for needs in [["-o", "x264.mp4", "--encoder", "x264"], ["-o", "vp9.webm", "--encoder", "auto"]] {
        assert!(run(&needs).exits_with(2).stderr.contains("/no/such/ffmpeg"));
    }
}
