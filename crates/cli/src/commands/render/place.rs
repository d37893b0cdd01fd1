//! Where a rendered recording goes, and what its name says it is.

use std::path::PathBuf;
use std::time::Duration;

use polyptych_recorder::write::{OutputFormat, SegmentFormat, ServiceNames, WriteOptions};

use super::resume;
use crate::args::{RenderArgs, SegmentKind};
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Overwrite};

/// What a recording is rendered into.
#[derive(Debug)]
pub struct Place {
    /// The file, the folder, or `-`.
    pub path: PathBuf,
    /// What it is.
    pub format: OutputFormat,
}

impl Place {
    /// The place that the command line names, checked before any work is done.
    ///
    /// # Errors
    /// [`Failure::Usage`] where there is none, its name says nothing, or a file stands there and may not be replaced.
    pub fn of(args: &RenderArgs) -> Outcome<Self> {
        let output = output(args)?;
        let path = match output {
            Output::Stdout => PathBuf::from("-"),
            Output::File(path) => path.clone(),
        };
        let Some(format) = OutputFormat::of_name(&path) else {
            let message = format!(
                "{}: its name does not say what it is; use .mp4, .m3u8, .webm, .y4m, .yuv or .wav, or a folder",
                path.display()
            );
            return Err(Failure::Usage(message));
        };
        if args.resume && !resume::is_possible(args, format) {
            let message = format!(
                "--resume goes on with the video of .mp4, .webm, .mkv or a playlist, not with {}",
                path.display()
            );
            return Err(Failure::Usage(message));
        }
        if format != OutputFormat::HlsFolder && !args.resume {
            output.check(overwrite(args))?;
        }
        Ok(Self { path, format })
    }

    /// How it is written, with a recording of this length.
    pub fn write_options(&self, args: &RenderArgs, names: ServiceNames, length: Duration) -> WriteOptions {
        WriteOptions {
            format: Some(self.format),
            // What cannot be gone on with is left over from one that was killed at its beginning.
            force: args.force || args.resume,
            expected_duration: Some(length),
            segment_format: match args.encoding.hls_segments {
                SegmentKind::Mp4 => SegmentFormat::Fmp4,
                SegmentKind::Ts => SegmentFormat::Ts,
            },
            names: Some(names),
            ..WriteOptions::default()
        }
    }

    /// Whether it holds video, and whether sound.
    pub fn holds(&self) -> (bool, bool) {
        match self.format {
            OutputFormat::Wav => (false, true),
            OutputFormat::Y4m | OutputFormat::Raw => (true, false),
            _ => (true, true),
        }
    }
}

/// What the command line names with `-o`.
///
/// # Errors
/// [`Failure::Usage`] where it names nothing.
pub fn output(args: &RenderArgs) -> Outcome<&Output> {
    args.place.as_ref().ok_or_else(|| Failure::Usage("name a file with -o".to_owned()))
}

/// Whether what stands there may be replaced.
pub fn overwrite(args: &RenderArgs) -> Overwrite {
    if args.force { Overwrite::Force } else { Overwrite::Never }
}
