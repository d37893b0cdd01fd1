//! `polyptych render` where something breaks: files of users, the disk, the reader of its output, the process itself.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use polyptych::Timestamp;
use polyptych_recorder::media::{self, Reach, TrackKind};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::programs::has_ffmpeg;
use crate::run::{render_embedded, run_in};

/// How often a rendering is killed, if the environment does not say.
const KILLS: u32 = 8;
const FPS: u64 = 30;
/// Frames of a recording's fragment: 2 s.
const FRAGMENT: u64 = 2 * FPS;
/// A fragment ends when its sound is there, too, which the encoder's priming puts off by so many frames.
const BEHIND: u64 = 4;

fn meeting_file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting");
    fs::read(folder.join(name)).expect("a file of the sample meeting")
}

/// A folder with 4 s of a picture at 10 frames a second, and a description that lasts so long.
fn long_recording(seconds: u32) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let mut file = b"YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg\n".to_vec();
    for picture in 0..40_usize {
        file.extend_from_slice(b"FRAME\n");
        file.extend((0..64 * 48).map(|at| (16 + (at % 64 * 3 + at / 64 + picture * 5) % 220) as u8));
        file.extend([128; 32 * 24 * 2]);
    }
    fs::write(folder.path().join("1.y4m"), file).expect("written");
    let description = json!({
        "transcodingConfig": {"width": 64, "height": 48, "fps": FPS, "bitrate": 200, "mixedVideoLayout": 1},
        "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.y4m", "start": 0}]}],
        "duration": seconds,
    });
    fs::write(folder.path().join("recording.json"), description.to_string()).expect("written");
    folder
}

const RENDER: [&str; 10] = render_embedded("2");

/// Starts the command in a folder.
fn start(folder: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyptych"));
    // Without other programs: looking for them takes longer than many a test.
    command.args(RENDER).args(more).current_dir(folder).env("PATH", "");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

/// Video frames of a file, all of which must follow each other from 0 on; none where the file has no index yet.
fn frames_of(path: &Path) -> u64 {
    // Nothing of it was written where the process ended first.
    let Ok(bytes) = fs::metadata(path) else { return 0 };
    if bytes.len() == 0 {
        return 0;
    }
    let mut packets =
        media::packets(path, Reach::Folder, TrackKind::Video).unwrap_or_else(|error| panic!("{error}"));
    let mut count = 0;
    while let Some(packet) = packets.next_packet().unwrap_or_else(|error| panic!("{error}")) {
        let expected = (count * 1_000_000_000 + FPS / 2) / FPS;
        assert!(
            packet.at.since(Timestamp::ZERO).as_nanos().abs_diff(expected.into()) < 1000,
            "{}",
            packet.at
        );
        assert_eq!(packet.is_key, count % FRAGMENT == 0, "frame {count}");
        count += 1;
    }
    count
}

/// The last time for which sound is there, and whether it goes on without a gap.
fn sound_of(path: &Path) -> f64 {
    let mut packets =
        media::packets(path, Reach::Folder, TrackKind::Sound).unwrap_or_else(|error| panic!("{error}"));
    let mut end: Option<Timestamp> = None;
    while let Some(packet) = packets.next_packet().unwrap_or_else(|error| panic!("{error}")) {
        let follows = end.is_none_or(|end| packet.at.as_nanos().abs_diff(end.as_nanos()) < 1000);
        assert!(follows, "sound at {} does not follow {end:?}", packet.at);
        end = packet.duration.map(|duration| packet.at + duration);
    }
    end.map_or(0.0, |end| end.since(Timestamp::ZERO).as_secs_f64())
}

/// Waits for a time, then kills the command; gives how many frames its last line of progress told to be written.
fn kill_after(mut child: Child, wait: Duration) -> u64 {
    let lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let (sender, told) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let line: Option<Value> = serde_json::from_str(&line).ok();
            _ = sender.send(line.and_then(|line| line["written"].as_u64()));
        }
    });
    let (begun, mut last) = (Instant::now(), 0);
    while let Ok(written) = told.recv_timeout(wait.saturating_sub(begun.elapsed())) {
        last = written.unwrap_or(last);
    }
    child.kill().expect("killed");
    child.wait().expect("it has ended");
    reader.join().expect("all lines are read");
    told.try_iter().flatten().fold(last, u64::max)
}

#[test]
fn a_killed_rendering_leaves_a_file_that_plays_and_lacks_one_fragment_at_most() {
    let kills = env::var("POLYPTYCH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let folder = long_recording(3600);
    let part = folder.path().join("out.part.mp4");
    let (mut seed, mut most_lost, mut most_frames, mut empty) = (2026_u64, 0, 0, 0);
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // One in eight lives long enough to tell twice how far it is.
        let wait = Duration::from_micros((seed >> 33) % 200_000 + if kill % 8 == 7 { 1_000_000 } else { 0 });
        let child = start(folder.path(), &["-o", "out.mp4", "--force", "--progress", "json"]);
        let told = kill_after(child, wait);
        let frames = frames_of(&part);
        let lost = told.saturating_sub(frames);
        assert!(lost <= FRAGMENT + BEHIND, "kill {kill}: {frames} frames of {told} that were told");
        assert_eq!(frames % FRAGMENT, 0, "kill {kill}: whole fragments");
        if frames > 0 {
            let sound = sound_of(&part);
            assert!(sound > frames as f64 / FPS as f64 - 0.03, "kill {kill}: {sound} s for {frames} frames");
        }
        (most_lost, most_frames) = (most_lost.max(lost), most_frames.max(frames));
        empty += u32::from(frames == 0);
        if part.exists() {
            fs::remove_file(&part).expect("removed");
        }
    }
    println!(
        "{kills} killed, {empty} before the first fragment; at most {most_frames} frames, {most_lost} lost behind what was told"
    );
    assert!(most_frames > 0);
}

/// All descendants of a command keep a file of its shell open; where that is closed, all have gone.
#[cfg(unix)]
#[test]
fn other_programs_end_with_a_command_that_is_killed() {
    if !has_ffmpeg() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    for name in ["anna.mp4", "ben.webm"] {
        fs::write(folder.path().join(name), meeting_file(name)).expect("written");
    }
    let user = |uid, file| json!({"uid": uid, "joined": 0, "media": [{"file": file, "start": 0}]});
    let users = [user("1", "anna.mp4"), user("2", "ben.webm")];
    let config = json!({"width": 640, "height": 360, "fps": FPS, "bitrate": 500, "mixedVideoLayout": 1});
    let description = json!({"transcodingConfig": config, "users": users, "duration": 3600});
    fs::write(folder.path().join("recording.json"), description.to_string()).expect("written");
    let command = [env!("CARGO_BIN_EXE_polyptych"), "render", "recording.json", "--backend", "ffmpeg"];
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"exec "$@" 9>&1 >/dev/null"#, "sh"]).args(command);
    shell.args(["--encoder", "x264", "-o", "talk.mp4", "--progress", "json"]);
    shell.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().expect("a shell");
    let mut open = child.stdout.take().expect("what the shell keeps open");
    let lines = BufReader::new(child.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    let is_written = |line: &String| {
        let line: Option<Value> = serde_json::from_str(line).ok();
        line.is_some_and(|line| line["written"].as_u64() > Some(0))
    };
    assert!(lines.into_iter().any(|line| is_written(&line)), "it renders, and so all programs run");
    child.kill().expect("killed");
    child.wait().expect("it has ended");
    let (sender, gone) = mpsc::channel();
    thread::spawn(move || sender.send(open.read_to_end(&mut Vec::new())));
    let gone = gone.recv_timeout(Duration::from_secs(60)).expect("a program goes on without the command");
    assert_eq!(gone.expect("the end"), 0);
}

#[test]
fn a_full_disk_is_told_and_the_file_so_far_plays() {
    let folder = long_recording(600);
    let command = format!("trap '' XFSZ; ulimit -f 1000; exec \"$0\" {} -o out.mp4", RENDER.join(" "));
    let run = Command::new("sh")
        .args(["-c", &command, env!("CARGO_BIN_EXE_polyptych")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("sh runs");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write out.part.mp4: File too large"), "{stderr}");
    assert!(!folder.path().join("out.mp4").exists());
    let frames = frames_of(&folder.path().join("out.part.mp4"));
    assert!(frames > 0 && frames.is_multiple_of(FRAGMENT), "{frames} frames");
}

#[test]
fn a_full_device_behind_stdout_is_told() {
    let folder = long_recording(60);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyptych"));
    command.args(RENDER).args(["-o", "-"]).current_dir(folder.path()).stdin(Stdio::null()).stdout(full);
    let run = command.stderr(Stdio::piped()).output().expect("the command runs");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("No space left"), "{stderr}");
}

#[test]
fn a_reader_that_has_enough_ends_the_rendering_quietly() {
    let folder = long_recording(3600);
    let mut child = start(folder.path(), &["-o", "-"]);
    let mut head = [0; 1000];
    let mut stdout = child.stdout.take().expect("stdout");
    stdout.read_exact(&mut head).expect("the first bytes");
    assert!(head.starts_with(b"YUV4MPEG2 W64 H48 F30:1"));
    drop(stdout);
    let run = child.wait_with_output().expect("it ends");
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(0), ""));
}

/// A meeting of one user and 8 s at 7 frames a second.
fn described(file: &str) -> Value {
    json!({
        "transcodingConfig": {"width": 64, "height": 36, "fps": 7, "mixedVideoLayout": 1},
        "users": [{"uid": "anna", "joined": 0, "media": [{"file": file, "start": 0}]}],
        "duration": 8,
    })
}

/// Renders to Y4M and gives its frames, what was said, and what the report says of the user.
fn rendered(folder: &Path, description: &Value, more: &[&str]) -> (Vec<Vec<u8>>, String, Value) {
    let args =
        [&["render", "-", "-o", "-", "--backend", "embedded", "--report", "report.json"], more].concat();
    let run = run_in(folder, &args, description.to_string().as_bytes()).exits_with(0);
    let header = run.stdout.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
    let frames = run.stdout[header..].chunks(b"FRAME\n".len() + 64 * 36 * 3 / 2).map(<[u8]>::to_vec);
    let report = fs::read(folder.join("report.json")).expect("a report");
    // The last line is of the frames and of how long they took.
    let told = run.stderr.lines().rev().skip(1).map(|line| format!("{line}\n")).collect();
    (frames.collect(), told, serde_json::from_slice(&report).expect("JSON"))
}

#[test]
fn a_file_that_is_cut_off_costs_what_is_missing_and_is_told() {
    let folder = TempDir::new().expect("a folder");
    for name in ["anna.mp4", "ben.webm"] {
        let bytes = meeting_file(name);
        fs::write(folder.path().join(name), &bytes).expect("written");
        let cut = format!("cut-{name}");
        fs::write(folder.path().join(&cut), &bytes[..bytes.len() / 6]).expect("written");
        let (whole, stderr, report) = rendered(folder.path(), &described(name), &[]);
        assert_eq!(
            (whole.len(), report["users"]["anna"]["missing"].as_u64(), stderr.as_str()),
            (56, Some(0), "")
        );
        let (frames, stderr, report) = rendered(folder.path(), &described(&cut), &[]);
        let same = frames.iter().zip(&whole).take_while(|(ours, whole)| ours == whole).count();
        // What is there is there for 2 s at least; then the last picture stays. Those before it may be behind the cut.
        assert!((14..50).contains(&same), "{cut}: {same} frames");
        assert!(frames[same + 1..].iter().all(|frame| *frame == frames[same + 1]), "{cut}");
        assert_eq!(frames.len(), 56, "{cut}");
        let remarks = report["remarks"].as_array().expect("remarks");
        let is_told = remarks.iter().any(|remark| remark.as_str().is_some_and(|text| text.contains(&cut)));
        assert!(is_told && stderr.contains(&cut), "{cut}: {stderr}{report:#}");
    }
}

#[test]
fn garbage_costs_its_user_and_strictly_everything() {
    let folder = TempDir::new().expect("a folder");
    let garbage: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    // Garbage from a place on, among the first packets or behind them.
    let broken_from = |part: usize| {
        let mut bytes = meeting_file("anna.mp4");
        let from = bytes.len() * part / 100;
        bytes.truncate(from + 40_000);
        let rest = bytes.len() - from;
        bytes[from..].copy_from_slice(&garbage[..rest]);
        bytes
    };
    fs::write(folder.path().join("garbage.mp4"), &garbage).expect("written");
    fs::write(folder.path().join("early.mp4"), broken_from(10)).expect("written");
    fs::write(folder.path().join("late.mp4"), broken_from(20)).expect("written");
    // A codec that nobody knows, and sound that everybody does.
    let mut other = meeting_file("anna.mp4");
    while let Some(at) = other.windows(4).position(|word| word == b"avc1") {
        other[at] = b'x';
    }
    fs::write(folder.path().join("other.mp4"), other).expect("written");
    for file in ["garbage.mp4", "early.mp4", "late.mp4", "other.mp4"] {
        let mut description = described(file);
        description["users"]
            .as_array_mut()
            .expect("users")
            .push(json!({"uid": "ben", "joined": 0, "media": []}));
        let (frames, stderr, report) = rendered(folder.path(), &description, &[]);
        assert_eq!(frames.len(), 56, "{file}");
        assert!(stderr.contains(file) && report.to_string().contains(file), "{file}: {stderr}{report:#}");
        let args = ["render", "-", "-o", "out.y4m", "--backend", "embedded", "--strict"];
        let run = run_in(folder.path(), &args, description.to_string().as_bytes()).exits_with(4);
        let last = run.stderr.lines().last().expect("an error");
        assert!(last.contains(file) && last.contains("anna"), "{last}");
        assert!(!folder.path().join("out.y4m").exists(), "{file}: what is not whole does not count as whole");
        _ = fs::remove_file(folder.path().join("out.part.y4m"));
    }
}
