//! The flags of `polyptych render`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use polyptych::Timestamp;

use super::frame::Scaling;
use super::segment::Segment;
use super::value;
use crate::input::Input;
use crate::output::Output;

pub const EXAMPLES: &str = "\
Examples:
  polyptych render recording.json -o meeting.mp4
  polyptych render --from-folder recordings/ -o meeting.mp4
  polyptych render recording.json --from 600 --to 660 --encoder x264 -o minute.mp4
  polyptych render recording.json -o - | ffmpeg -i - -c:v libx265 meeting.mkv
  polyptych render recording.json --frame-at 41:07 -o poster.png
  polyptych render recording.json --segment 0/3 -o part-0.mp4
  polyptych render recording.json --storyboard -o layouts.png

The output's name says what it is: .mp4, .m3u8 (transport streams, or --hls-segments mp4), .webm (with ffmpeg), .y4m and - \
(uncompressed video), .wav; a folder gets an HLS playlist as cloud recorders name it. While it runs, the file plays: it is \
written as FILE.part.mp4 and renamed at the end. Ctrl-C ends it after the frame that it is at, and what is there plays; after \
that, or where it was killed, the same command with --resume goes on.";

/// What `polyptych render` is asked.
#[derive(Args, Debug)]
pub struct RenderArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// Where the recording goes; - is Y4M on stdout
    #[arg(short = 'o', long = "output", value_name = "FILE|FOLDER|-", required_unless_present = "print")]
    pub place: Option<Output>,
    /// Replace the output file where it exists
    #[arg(long)]
    pub force: bool,
    /// Go on where an earlier rendering of the same to the same .mp4, .webm, .mkv or playlist was stopped or killed; begin where
    /// there is none
    #[arg(long, conflicts_with_all = ["force", "frame_at", "storyboard"])]
    pub resume: bool,
    /// Print the description that --from-folder makes, to be edited, and render nothing
    #[arg(long, requires = "from_folder")]
    pub print: bool,
    /// Begin at this time of the recording
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub from: Option<Timestamp>,
    /// End before this time of the recording
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub to: Option<Timestamp>,
    /// Render part I (from 0) of N that are cut at keyframes, for polyptych concat. /N takes I from JOB_COMPLETION_INDEX,
    /// AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID
    #[arg(long, value_name = "I/N|/N", conflicts_with_all = ["from", "to"])]
    pub segment: Option<Segment>,
    /// Write one frame, that of this time, as .png, .jpg, .bmp or .y4m
    #[arg(long, value_name = "TIME", value_parser = value::time, conflicts_with_all = ["from", "to", "segment"])]
    pub frame_at: Option<Timestamp>,
    /// Write a sheet of frames, one at every change of layout, as .png, .jpg or .bmp
    #[arg(long, conflicts_with_all = ["from", "to", "segment", "frame_at"])]
    pub storyboard: bool,
    #[command(flatten)]
    pub encoding: EncodingArgs,
    /// Leave out the sound
    #[arg(long, conflicts_with = "sound_only")]
    pub video_only: bool,
    /// Leave out the video
    #[arg(long)]
    pub sound_only: bool,
    /// How pictures are scaled
    #[arg(long, value_enum, default_value_t = Scaling::Area)]
    pub filter: Scaling,
    /// How many threads compose and encode, 1 to 256; by default one a core. Decoders have one each beside them
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// End where a user's file cannot be read, instead of leaving that user out
    #[arg(long)]
    pub strict: bool,
    /// Let image URLs lead to private addresses and to any port
    #[arg(long)]
    pub allow_private: bool,
    /// How progress is told on stderr
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto)]
    pub progress: ProgressKind,
    /// Write what was done, by user and stage, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// What is rendered, and who decodes it.
#[derive(Args, Debug)]
pub struct SourceArgs {
    /// The description of the recording; - reads stdin
    // Whoever cannot do without says so: `doctor` can.
    #[arg(value_name = "RECORDING.json|-", conflicts_with = "from_folder")]
    pub description: Option<Input>,
    /// Make the description of a folder of files named by user
    #[arg(long, value_name = "DIR")]
    pub from_folder: Option<PathBuf>,
    /// Let the description, and playlists, name files outside their folders
    #[arg(long)]
    pub allow_outside: bool,
    /// Who decodes
    #[arg(long, value_enum, default_value_t = BackendKind::Auto)]
    pub backend: BackendKind,
    /// The program ffmpeg; by default the one on the path
    #[arg(long, value_name = "PROGRAM", env = "POLYPTYCH_FFMPEG", hide_env_values = true)]
    pub ffmpeg: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendKind {
    /// The embedded decoders; ffmpeg, where it is on the machine, for what it decodes faster or they cannot
    Auto,
    /// The embedded decoders alone
    Embedded,
    /// ffmpeg alone
    Ffmpeg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressKind {
    /// A bar where stderr is a terminal, otherwise nothing
    Auto,
    /// A bar
    Bar,
    /// A line of JSON each second
    Json,
    /// Nothing
    None,
}

/// How video and sound are encoded.
#[derive(Args, Debug)]
pub struct EncodingArgs {
    /// What encodes video: auto, openh264 (embedded), or an encoder of ffmpeg: x264, svt-av1, vp9, …
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub encoder: String,
    /// Of the video, in kbit/s; that of the description otherwise
    #[arg(long, value_name = "KBPS", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub bitrate: Option<u32>,
    /// Constant quality in the encoder's own numbers instead of a bitrate
    #[arg(long, value_name = "N", conflicts_with = "bitrate")]
    pub quality: Option<u32>,
    /// Seconds from one keyframe to the next; files are cut there
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = value_parser!(u32).range(1..=3600))]
    pub keyframe_interval: u32,
    /// How hard the encoder tries, in its own words, such as veryfast
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Of the sound, in kbit/s
    #[arg(long, value_name = "KBPS", default_value_t = 128, value_parser = value_parser!(u32).range(16..=512))]
    pub sound_bitrate: u32,
    /// What segments of an HLS playlist are
    #[arg(long, value_enum, default_value_t = SegmentKind::Ts)]
    pub hls_segments: SegmentKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SegmentKind {
    /// Fragmented MP4
    Mp4,
    /// MPEG transport streams
    Ts,
}
