//! The flags of `polyptych inspect` and `polyptych doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::render::SourceArgs;

pub const INSPECT_EXAMPLES: &str = "\
Examples:
  polyptych inspect anna.mp4 ben.webm
  polyptych inspect --format json recordings/*.m3u8 | jq '.video.gaps'

Reads every packet and decodes nothing. Times are counted from the earliest of a file's video and sound, as `start` of a \
recording's description is. Exits with 4 where a file cannot be read.";

/// What `polyptych inspect` is asked.
#[derive(Args, Debug)]
pub struct InspectArgs {
    /// Files of participants
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Let playlists name files outside their folders
    #[arg(long)]
    pub allow_outside: bool,
    /// How they are told of
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub format: InspectFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// For people
    Text,
    /// An object a file, each on its line
    Json,
}

pub const DOCTOR_EXAMPLES: &str = "\
Examples:
  polyptych doctor
  polyptych doctor recording.json
  polyptych doctor recording.json --backend embedded

Without a description it tells what is on this machine. With one it also opens every file and image, and tells who will decode \
what. Exits with 4 where something cannot be read or decoded, 3 where the description is not valid.";

/// What `polyptych doctor` is asked.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub source: SourceArgs,
}
