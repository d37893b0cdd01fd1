//! Commands in the documents: each is run as it stands there, so that none goes stale.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::run::run_in;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder that looks like a fresh clone to the commands of the documents.
fn clone() -> TempDir {
    let folder = TempDir::new().expect("a folder for the test");
    fs::create_dir_all(folder.path().join("docs/layouts")).expect("a folder for pictures");
    for part in ["assets/layouts", "assets/pictures", "assets/meeting"] {
        let to = folder.path().join(part);
        fs::create_dir_all(&to).expect("a folder for assets");
        for file in fs::read_dir(root().join(part)).expect("assets are there") {
            let file = file.expect("assets can be listed");
            fs::copy(file.path(), to.join(file.file_name())).expect("assets can be copied");
        }
    }
    folder
}

/// Arguments of every line in a `sh` fence that runs the command.
fn commands(document: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(document)).expect("the document is there");
    let mut in_shell = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_shell = line == "```sh";
            continue;
        }
        let args = line.strip_prefix("polyptych ").or_else(|| line.strip_prefix("cargo run --release -- "));
        if let (true, Some(args)) = (in_shell, args) {
            assert!(!args.contains(['|', '\'', '"', '\\']), "{document}: a shell is needed for {line}");
            found.push(args.split_whitespace().map(str::to_owned).collect());
        }
    }
    found
}

/// Runs every command of a document in one folder, which is returned.
fn run_all(document: &str) -> TempDir {
    let folder = clone();
    let commands = commands(document);
    assert!(!commands.is_empty(), "{document} shows no command");
    for args in &commands {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = run_in(folder.path(), &args, b"");
        assert_eq!(run.code, 0, "{document}: polyptych {}\n{}", args.join(" "), run.stderr);
        if let Some(at) = args.iter().position(|&arg| arg == "-o") {
            let written = fs::metadata(folder.path().join(args[at + 1])).expect("the output is there");
            assert!(written.len() > 0, "{document}: {} is empty", args[at + 1]);
        }
    }
    folder
}

#[test]
fn readme_commands_run() {
    let folder = run_all("README.md");
    let meeting = fs::read(folder.path().join("meeting.mp4")).expect("the first command writes it");
    assert_eq!(meeting.get(4..8), Some(&b"ftyp"[..]));
    let picture = fs::read(folder.path().join("meeting.png")).expect("the second writes it");
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn recording_document_commands_run() {
    let folder = run_all("docs/recording.md");
    let poster = fs::read(folder.path().join("poster.png")).expect("a frame of the meeting");
    assert!(poster.starts_with(b"\x89PNG"));
}

#[test]
fn readme_shows_what_the_commands_say() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README is there");
    let folder = clone();
    let layout = ["layout", "assets/layouts/floating.json", "--canvas", "1280x720", "--users", "1,2,3"];
    let run = run_in(folder.path(), &layout, b"").exits_with(0);
    assert!(readme.contains(&format!("```text\n{}```", run.text())), "the table is now:\n{}", run.text());

    let request = r##"{
  "mixedVideoLayout": 3,
  "backgroudColor": "#101418",
  "layoutConfig": [
    { "uid": "1", "x_axis": 0.0, "y_axis": 0.0, "width": 0.5, "height": 1.0 },
    { "uid": "2", "x_axis": 0.5, "y_axis": 0.0, "width": 0.6, "height": 1.0 }
  ]
}
"##;
    fs::write(folder.path().join("request.json"), request).expect("the request can be written");
    let run = run_in(folder.path(), &["check", "request.json"], b"").exits_with(3);
    let told = format!("$ polyptych check request.json\n{}{}", run.stderr, run.text());
    assert!(readme.contains(told.trim_end()), "the report is now:\n{told}");
}

#[test]
fn layout_document_commands_run_and_make_its_pictures() {
    let folder = run_all("docs/layout.md");
    let mut pictures = 0;
    for file in fs::read_dir(root().join("docs/layouts")).expect("the pictures are there") {
        let file = file.expect("the pictures can be listed");
        let made = fs::read(folder.path().join("docs/layouts").join(file.file_name()));
        let made = made.unwrap_or_else(|_| panic!("no command makes {}", file.path().display()));
        assert!(made == fs::read(file.path()).expect("a picture"), "{} is stale", file.path().display());
        pictures += 1;
    }
    assert!(pictures > 10);
}
