//! The command line: every flag, its default and the words that `--help` explains it with.

mod frame;
mod media;
mod render;
mod segment;
mod shared;
mod value;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use frame::{FrameArgs, Participant};
pub use media::{DoctorArgs, InspectArgs, InspectFormat};
pub use render::{BackendKind, ProgressKind, RenderArgs, SegmentKind, SourceArgs};
pub use segment::{ConcatArgs, Segment};
pub use shared::{OutputArgs, RuleArgs, TargetArgs, UsersArgs, each_once};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Makes mixed recordings: many participants' video composed into one picture, from the layout requests that recorders already
/// send.
///
/// The result goes to stdout, everything else to stderr. `-` stands for stdin or stdout. Files are written
/// beside their place and renamed; none is overwritten without --force.
#[derive(Debug, Parser)]
#[command(name = "polyptych", version, styles = STYLES, arg_required_else_help = true, after_help = TOP_EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const TOP_EXAMPLES: &str = "\
Examples:
  polyptych check request.json
  polyptych layout request.json --canvas 1280x720 --users 1,2,3
  polyptych layout request.json --canvas 1280x720 --users 1,2,3 --format svg -o layout.svg
  polyptych frame request.json --canvas 1280x720 --user 1=anna.png --user 2=ben.jpg -o out.png
  polyptych render recording.json -o meeting.mp4
  polyptych render --from-folder recordings/ -o meeting.mp4

Exit codes:
  0  done
  1  failed while running
  2  the command line is wrong
  3  the request or the description is not valid
  4  an input cannot be read";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tells whether a layout request is valid, and every problem with its place.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Shows what goes where on the canvas.
    #[command(after_help = LAYOUT_EXAMPLES)]
    Layout(LayoutArgs),
    /// Composes one frame of users' pictures.
    #[command(after_help = frame::EXAMPLES)]
    Frame(FrameArgs),
    /// Renders a recording: participants' files and a meeting's history become one video with sound.
    #[command(after_help = render::EXAMPLES)]
    Render(RenderArgs),
    /// Joins parts of a recording that were rendered with --segment, without encoding again.
    #[command(after_help = segment::CONCAT_EXAMPLES)]
    Concat(ConcatArgs),
    /// Shows what participants' files hold: codecs, sizes, times, gaps.
    #[command(after_help = media::INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Tells what is on this machine and what is missing, for a recording or in general.
    #[command(after_help = media::DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// Prints the JSON Schema of a request or of a recording's description.
    Schema(SchemaArgs),
    /// Prints completions for a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Prints the manual page.
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManArgs),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  polyptych check request.json
  polyptych check request.json --users 1,2,3 --canvas 1280x720
  curl -s https://example.com/request.json | polyptych check - --strict --format json

Exits with 0 where the request is valid, 3 where it is not (text that is no JSON included), 4 where the file \
cannot be read. With --users it also finds uids that nobody bears, with --canvas regions that nobody sees. URLs are \
shown without user info, query and fragment.";

/// What `polyptych check` is asked.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub users: UsersArgs,
    /// Count warnings as errors
    #[arg(long)]
    pub strict: bool,
    /// How the verdict is told
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Each problem with its place in the JSON, for people
    Text,
    /// One object with `valid`, `errors` and `warnings`
    Json,
}

const LAYOUT_EXAMPLES: &str = "\
Examples:
  polyptych layout request.json --canvas 1280x720 --users 1,2,3
  polyptych layout request.json --canvas 1280x720 --users 1,2,3 --format json | jq '.regions[].uid'
  polyptych layout request.json --canvas 1280x720 --users 1,2,3 --format png -o layout.png
  echo '{\"mixedVideoLayout\":1}' | polyptych layout - --canvas 640x360 --users a,b,c,d --expand

Regions are listed bottom first, in pixels. --expand prints an equivalent custom layout to start your own \
from; it is a request that works, so its image URLs are whole.";

/// What `polyptych layout` is asked.
#[derive(Args, Debug)]
pub struct LayoutArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub users: UsersArgs,
    /// How the layout is told
    #[arg(long, value_enum, default_value_t = LayoutFormat::Text)]
    pub format: LayoutFormat,
    /// Print an equivalent custom layout (JSON) instead
    #[arg(long)]
    pub expand: bool,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayoutFormat {
    /// A table for people
    Text,
    /// One object with `canvas`, `regions`, `unplaced` and `warnings`
    Json,
    /// Labelled rectangles
    Svg,
    /// Labelled rectangles, a pixel of the canvas a pixel
    Png,
}

/// What `polyptych schema` is asked.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t = SchemaKind::Request)]
    pub of: SchemaKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A layout request
    Request,
    /// A recording's description
    Recording,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  polyptych completions bash > ~/.local/share/bash-completion/completions/polyptych
  polyptych completions fish > ~/.config/fish/completions/polyptych.fish";

/// What `polyptych completions` is asked.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  polyptych man | man -l -
  polyptych man layout | man -l -";

/// What `polyptych man` is asked.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command whose page is printed; without it the page of polyptych itself
    pub command: Option<String>,
}
