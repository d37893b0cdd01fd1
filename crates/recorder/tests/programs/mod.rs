//! The programs that tests compare with: where they are missing, a test says so and ends, unless it is told that they must be there.

use std::env;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Set where a missing program must fail a test, as the gate does.
const REQUIRED: &str = "POLYPTYCH_REQUIRE_FFMPEG";

/// Whether `ffmpeg` and `ffprobe` run on this machine; says so where they do not.
///
/// # Panics
/// Where they do not and `POLYPTYCH_REQUIRE_FFMPEG` is set.
pub fn has_ffmpeg() -> bool {
    static IS_THERE: OnceLock<bool> = OnceLock::new();
    let runs = |program| {
        let mut command = Command::new(program);
        command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let is_there = *IS_THERE.get_or_init(|| runs("ffmpeg") && runs("ffprobe"));
    if !is_there {
        assert!(env::var_os(REQUIRED).is_none(), "ffmpeg is not on this machine, and {REQUIRED} is set");
        println!("skipped: ffmpeg is not on this machine");
    }
    is_there
}
