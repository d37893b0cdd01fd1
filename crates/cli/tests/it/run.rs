//! Runs the command and keeps what it said.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the command left behind.
pub struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the result is text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).expect("the result is JSON")
    }

    /// Asserts the exit code, showing what was said where it is another.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}", self.stderr);
        self
    }
}

/// Runs the command in `folder` with `stdin`.
pub fn run_in(folder: &Path, args: &[&str], stdin: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_polyptych"))
        .args(args)
        .current_dir(folder)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that refuses its flags does not read what it is given.
    let _ = child.stdin.take().expect("stdin is a pipe").write_all(stdin);
    let output = child.wait_with_output().expect("the command ends");
    Run {
        code: output.status.code().expect("no signal ended it"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("stderr is text"),
    }
}

/// What renders a folder's `recording.json` with what the command has in itself, in one thread, a keyframe every so many seconds.
pub const fn render_embedded(keyframe_interval: &str) -> [&str; 10] {
    [
        "render",
        "recording.json",
        "--backend",
        "embedded",
        "--encoder",
        "openh264",
        "--keyframe-interval",
        keyframe_interval,
        "--threads",
        "1",
    ]
}

/// Runs the command with a request on stdin.
pub fn run(args: &[&str], request: &str) -> Run {
    run_in(Path::new("."), args, request.as_bytes())
}
