//! `polyptych inspect` and `polyptych doctor`, of the sample meeting.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::run::run_in;

fn meeting() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting")
}

#[test]
fn inspect_as_json_has_a_line_a_file() {
    let args = ["inspect", "--format", "json", "anna.mp4", "ben.webm", "elif.mp4", "slides.png"];
    let run = run_in(&meeting(), &args, b"").exits_with(0);
    let files: Vec<Value> =
        run.text().lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let codecs: Vec<_> = files.iter().map(|file| &file["video"]["codec"]).collect();
    assert_eq!(codecs, ["H264", "Vp8", "H264", "Png"]);
    assert_eq!([&files[1]["video"]["width"], &files[1]["video"]["height"]], [640, 360]);
    assert_eq!(files[0]["sound"]["codec"], "Aac");
    assert_eq!(files[1]["sound"]["codec"], "Opus");
    assert_eq!(files[3]["sound"], json!(null));
    for file in &files {
        assert_eq!(file["video"]["unreadable_packets"], 0, "{file}");
    }
    assert_ne!(files[2]["video"]["rotation"], 0, "a phone held upright");
}

#[test]
fn inspect_tells_of_a_missing_file_after_the_others() {
    let run = run_in(&meeting(), &["inspect", "missing.mp4", "anna.mp4"], b"").exits_with(4);
    assert!(run.text().starts_with("anna.mp4: Mp4\n  video  H264, "), "{}", run.text());
    assert!(run.stderr.contains("missing.mp4"), "{}", run.stderr);
}

#[test]
fn doctor_tells_who_decodes_the_sample_meeting() {
    let run = run_in(&meeting(), &["doctor", "recording.json", "--backend", "embedded"], b"").exits_with(0);
    assert!(run.text().contains("4 users, 24.000 s, 720 frames of 1280x720\n"), "{}", run.text());
    for file in ["anna.mp4", "ben.webm", "elif.mp4"] {
        let line = run.text().lines().find(|line| line.contains(file)).expect("a line");
        assert!(line.ends_with("video embedded, sound embedded"), "{line}");
    }
}

#[test]
fn doctor_exits_with_4_where_a_file_is_missing() {
    let description = br#"{"users": [{"uid": "1", "media": [{"file": "missing.mp4"}]}], "duration": 1}"#;
    let run = run_in(&meeting(), &["doctor", "-", "--backend", "embedded"], description).exits_with(4);
    assert!(run.stderr.contains("missing.mp4"), "{}", run.stderr);
}

#[test]
fn inspect_tells_when_a_playlist_began() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(meeting().join("anna.mp4"), folder.path().join("anna.mp4")).expect("copied");
    let text =
        "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T09:30:00Z\n#EXTINF:12,\nanna.mp4\n#EXT-X-ENDLIST\n";
    std::fs::write(folder.path().join("anna.m3u8"), text).expect("written");
    let run = run_in(folder.path(), &["inspect", "anna.m3u8"], b"").exits_with(0);
    assert!(run.text().starts_with("anna.m3u8: Hls\n  began  2026-03-01T09:30:00Z\n"), "{}", run.text());
    let run = run_in(folder.path(), &["inspect", "--format", "json", "anna.m3u8"], b"").exits_with(0);
    assert_eq!(run.json()["began"], "2026-03-01T09:30:00Z");
}

#[test]
fn inspect_follows_a_playlist_out_of_its_folder_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("in")).expect("a folder");
    std::fs::copy(meeting().join("anna.mp4"), folder.path().join("anna.mp4")).expect("copied");
    let text = "#EXTM3U\n#EXTINF:12,\n../anna.mp4\n#EXT-X-ENDLIST\n";
    std::fs::write(folder.path().join("in/anna.m3u8"), text).expect("written");
    let run = run_in(folder.path(), &["inspect", "in/anna.m3u8"], b"").exits_with(4);
    assert!(run.stderr.contains("line 3") && run.stderr.contains("../anna.mp4"), "{}", run.stderr);
    let run = run_in(folder.path(), &["inspect", "--allow-outside", "in/anna.m3u8"], b"").exits_with(0);
    assert!(run.text().contains("video  H264, ") && run.text().contains("sound  Aac, "), "{}", run.text());
}

#[test]
fn doctor_without_a_recording_tells_what_is_on_the_machine() {
    let run = run_in(&meeting(), &["doctor"], b"").exits_with(0);
    assert!(run.text().contains("ffmpeg"), "{}", run.text());
    let run = run_in(&meeting(), &["render", "-o", "out.mp4"], b"").exits_with(2);
    assert!(run.stderr.contains("--from-folder"), "{}", run.stderr);
}

#[test]
fn doctor_looks_at_the_named_ffmpeg_whoever_decodes() {
    let arguments = ["doctor", "--backend", "embedded", "--ffmpeg", "/nowhere/ffmpeg"];
    let run = run_in(&meeting(), &arguments, b"").exits_with(2);
    assert!(run.stderr.contains("/nowhere/ffmpeg"), "{}", run.stderr);
}
