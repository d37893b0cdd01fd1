//! Coded files as cameras, phones and browsers leave them, rendered by the built-in decoders and by ffmpeg: both show the same, and
//! each canvas the picture whose time has come.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use polyptych_recorder::decode::{Backend, Decoders, Files};
use polyptych_recorder::ffmpeg::{self, InputOptions};
use polyptych_recorder::media::Reach;
use polyptych_recorder::render::{Control, Options, Tally, render};
use serde_json::{Value, json};

use super::{HEIGHT, Kept, Meeting, NOTHING, Rendered, WIDTH, columns, options, prepared_in};
use crate::programs::has_ffmpeg;

pub const BACKENDS: [Backend; 2] = [Backend::Embedded, Backend::Ffmpeg];
/// How far greys may stray by coding; pictures differ by twice that and more.
const STRAY: u8 = 2;

/// Has ffmpeg write a file of the meeting; spaces part arguments, the last of which is its name.
pub fn make(meeting: &Meeting, arguments: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(arguments.split_whitespace());
    let output = command.current_dir(meeting.path("")).output().expect("ffmpeg runs");
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Renders all of a description with a backend.
pub fn rendered(meeting: &Meeting, description: &Value, backend: Backend) -> Rendered {
    let program = if backend == Backend::Embedded { None } else { ffmpeg::find() };
    let decoders = Decoders::new(backend, program, InputOptions::default());
    let prepared = prepared_in(&meeting.path(""), description.to_string().as_bytes(), &decoders);
    let prepared = prepared.unwrap_or_else(|error| panic!("{error}: {description}"));
    assert!(prepared.unusable.is_empty() && prepared.left_out.is_empty(), "{:?}", prepared.left_out);
    let history = prepared.history;
    let files = Arc::new(Files::new(decoders, Reach::Folder));
    let (kept, options) = (Kept::default(), Options { files, ..options(&history) });
    let report = render(&history, kept.output(&history), &options, &Control::default(), |_| {});
    kept.rendered(report.expect("rendered"))
}

/// One user with one file, from the beginning on.
pub fn one(file: &str, fps: u32) -> Value {
    json!({"transcodingConfig": columns(1, fps),
        "users": [{"uid": "1", "joined": 0, "media": [{"file": file}]}]})
}

/// The luma of a numbered picture; 40 of them keep their distance.
pub fn grey(number: usize) -> u8 {
    30 + 5 * number as u8
}

/// The numbers of the pictures on the canvases, each of which must be plain.
pub fn numbers(rendered: &Rendered, name: &str) -> Vec<Option<usize>> {
    let number = |(tick, frame): (usize, &Vec<u8>)| {
        let luma = &frame[..WIDTH * HEIGHT];
        let (low, high) = (*luma.iter().min().expect("a canvas"), *luma.iter().max().expect("a canvas"));
        if high == NOTHING {
            return None;
        }
        let number = usize::from((low.saturating_add(STRAY)).saturating_sub(grey(0)) / 5);
        let is_plain = low.abs_diff(grey(number)) <= STRAY && high.abs_diff(grey(number)) <= STRAY;
        assert!(is_plain, "{name}: tick {tick} has lumas of {low} to {high}");
        Some(number)
    };
    rendered.frames.iter().enumerate().map(number).collect()
}

fn tally(rendered: &Rendered) -> &Tally {
    &rendered.report.users["1"]
}

/// The first sample that is heard.
pub fn first_heard(rendered: &Rendered) -> usize {
    rendered.left().iter().position(|sample| *sample > 1000).expect("sound")
}

#[test]
fn pictures_of_irregular_times_stand_until_the_next_one() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    meeting.video("a.y4m", (25, 1), (0..40).map(grey));
    // In milliseconds: 40 apart, 15 more or less, and two pauses.
    let millis = |n: u64| n * 40 + n * n * 37 % 31 + 430 * u64::from(n >= 10) + 1700 * u64::from(n >= 20);
    let times = "settb=1/1000,setpts=N*40+mod(N*N*37\\,31)+430*gte(N\\,10)+1700*gte(N\\,20)";
    for (name, codec) in [
        ("x264.mp4", "-c:v libx264 -qp 10 -bf 3 -video_track_timescale 1000"),
        (
            "fragments.mp4",
            "-c:v libx264 -qp 10 -video_track_timescale 1000 -g 7 -movflags frag_keyframe+delay_moov",
        ),
        ("x264.ts", "-c:v libx264 -qp 10 -bf 2"),
        ("vp8.webm", "-c:v libvpx -b:v 2M -deadline realtime -cpu-used 8"),
        ("vp9.webm", "-c:v libvpx-vp9 -b:v 2M -deadline realtime -cpu-used 8"),
    ] {
        make(
            &meeting,
            &format!(
                "-i a.y4m -vf scale=64:32,{times} -vsync passthrough -enc_time_base 1:1000 {codec} {name}"
            ),
        );
        for fps in [10, 24, 30, 60] {
            for backend in BACKENDS {
                let name = format!("{name} at {fps} by {backend:?}");
                let rendered =
                    rendered(&meeting, &one(name.split(' ').next().expect("a name"), fps), backend);
                // At most half a millisecond behind a tick.
                let newest = |tick: usize| {
                    let micros = tick as u64 * 1_000_000 / u64::from(fps) + 500;
                    (0..40).rev().find(|n| millis(*n) * 1000 <= micros)
                };
                let expected: Vec<_> =
                    (0..rendered.frames.len()).map(|tick| newest(tick).map(|n| n as usize)).collect();
                assert_eq!(numbers(&rendered, &name), expected, "{name}");
                assert!(rendered.frames.len() as u64 * 1000 / u64::from(fps) >= millis(39), "{name}");
                // What comes behind the last tick is not waited for.
                let decoded = expected.last().copied().flatten().map_or(0, |last| last as u64 + 1);
                let shown = expected.iter().flatten().collect::<BTreeSet<_>>().len() as u64;
                let tally = tally(&rendered);
                let counts = (tally.decoded, tally.shown, tally.late, tally.missing);
                assert_eq!(counts, (decoded, shown, decoded - shown, 0), "{name}");
            }
        }
    }
}

/// Ten pictures a second that count, and two seconds of silence before two of sound.
fn counted(meeting: &Meeting) {
    let mut sound = super::steady_sound(192_000, 8000);
    sound[44..44 + 2 * 96_000].fill(0);
    meeting.video("a.y4m", (10, 1), (0..40).map(grey)).write("a.wav", &sound);
    let codec = "-c:v libx264 -qp 10 -bf 0 -x264-params keyint=10:min-keyint=10:scenecut=0";
    make(meeting, &format!("-i a.y4m -i a.wav -vf scale=64:32 {codec} -c:a pcm_s16le whole.mkv"));
}

/// Sees which picture is shown at each tick, ten a second, when sound begins, and how many canvases miss a picture.
fn assert_shown(meeting: &Meeting, file: &str, expected: &[Option<usize>], heard: f64, missing: u64) {
    for backend in BACKENDS {
        let rendered = rendered(meeting, &one(file, 10), backend);
        let name = format!("{file} by {backend:?}");
        let mut shown = numbers(&rendered, &name);
        // The last packet of sound may be longer than the picture.
        if shown.len() == expected.len() + 1 {
            assert_eq!(shown.pop().as_ref(), expected.last(), "{name}");
        }
        assert_eq!(shown, expected, "{name}");
        let found = first_heard(&rendered) as f64 / 48_000.0;
        // Packets of AAC are 21 ms, of which the one before may ring.
        assert!((found - heard).abs() < 0.015, "{name}: heard from {found} s on, not {heard}");
        let shown = expected.iter().flatten().collect::<BTreeSet<_>>().len() as u64;
        let tally = tally(&rendered);
        assert_eq!((tally.shown, tally.late, tally.missing), (shown, 0, missing), "{name}: {tally:?}");
        assert_eq!((tally.decoded, tally.failure_count), (shown, 0), "{name}: {tally:?}");
    }
}

/// The same so many ticks later.
fn behind(ticks: usize, pictures: Vec<Option<usize>>) -> Vec<Option<usize>> {
    std::iter::repeat_n(None, ticks).chain(pictures).collect()
}

#[test]
fn a_late_first_keyframe_costs_what_comes_before_it_and_moves_nothing() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    counted(&meeting);
    // From the fourth picture on, which refers to those before; the next keyframe is the tenth.
    make(&meeting, "-i whole.mkv -ss 0.4 -c copy -copyinkf late.mkv");
    make(&meeting, "-i late.mkv -c copy -copyinkf late.mov");
    let expected: Vec<_> = (0..36).map(|tick| (tick >= 6).then_some(tick + 4)).collect();
    for file in ["late.mkv", "late.mov"] {
        assert_shown(&meeting, file, &expected, 1.6, 6);
    }
}

#[test]
fn files_that_begin_elsewhere_than_at_zero_are_in_time() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    counted(&meeting);
    let from = |picture: usize| (picture..40).map(Some).collect::<Vec<_>>();
    make(&meeting, "-i whole.mkv -c copy -output_ts_offset 7 later.mkv");
    assert_shown(&meeting, "later.mkv", &from(0), 2.0, 0);
    // The sound's first packet, which a decoder needs before what is heard, comes before the picture and is the file's zero.
    for file in ["later.ts", "later.mp4"] {
        make(&meeting, &format!("-i whole.mkv -c:v copy -c:a aac -output_ts_offset 7 {file}"));
        assert_shown(&meeting, file, &behind(1, from(0)), 2.021, 0);
    }
    // An edit list cuts within a group of pictures, and another one delays.
    make(&meeting, "-i whole.mkv -c:v copy -c:a aac whole.mp4");
    make(&meeting, "-ss 0.6 -i whole.mp4 -c copy cut.mp4");
    assert_shown(&meeting, "cut.mp4", &from(6), 1.4, 0);
    make(&meeting, "-itsoffset 0.5 -i whole.mkv -i a.wav -map 0:v -map 1:a -c:v copy -c:a aac delayed.mp4");
    assert_shown(&meeting, "delayed.mp4", &behind(5, from(0)), 2.0, 0);
}

#[test]
fn sound_of_a_file_may_end_before_and_behind_its_picture() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    counted(&meeting);
    for (file, form, ticks, heard) in [
        ("short.mkv", "-c copy", 0, 2.0),
        ("short.mp4", "-c:v copy -c:a aac", 0, 2.0),
        ("short.ts", "-c:v copy -c:a aac", 1, 2.021),
    ] {
        make(&meeting, &format!("-t 1.5 -i whole.mkv -i a.wav -map 0:v -map 1:a {form} {file}"));
        let stays = (0..40 - ticks).map(|tick| Some(tick.min(14))).collect();
        assert_shown(&meeting, file, &behind(ticks, stays), heard, 0);
        make(&meeting, &format!("-i whole.mkv -t 2.5 -i a.wav -map 0:v -map 1:a {form} {file}"));
        assert_shown(&meeting, file, &behind(ticks, (0..40).map(Some).collect()), heard, 0);
    }
}
