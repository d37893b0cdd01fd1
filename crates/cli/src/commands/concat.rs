//! `polyptych concat`: parts of a recording become one file.

use std::path::PathBuf;

use polyptych_recorder::concat::{self, ConcatError};
use polyptych_recorder::write::{OutputFormat, SegmentFormat, WriteOptions};

use crate::args::{ConcatArgs, SegmentKind};
use crate::failure::{self, Failure, Outcome};
use crate::output::{Output, Overwrite};

/// Joins the parts that the command line names.
pub fn concat(args: &ConcatArgs) -> Outcome {
    let path = match &args.place {
        Output::Stdout => PathBuf::from("-"),
        Output::File(path) => path.clone(),
    };
    let format = OutputFormat::of_name(&path);
    let is_joinable = |format| {
        use OutputFormat::{Hls, Matroska, Mp4, Webm};
        matches!(format, Mp4 | Hls | Webm | Matroska)
    };
    if !format.is_some_and(is_joinable) {
        let message = format!(
            "parts are joined into .mp4, .webm, .mkv or .m3u8, not into {}; name one with -o",
            path.display()
        );
        return Err(Failure::Usage(message));
    }
    args.place.check(if args.force { Overwrite::Force } else { Overwrite::Never })?;
    let options = WriteOptions {
        format,
        force: args.force,
        segment_format: match args.hls_segments {
            SegmentKind::Mp4 => SegmentFormat::Fmp4,
            SegmentKind::Ts => SegmentFormat::Ts,
        },
        ..WriteOptions::default()
    };
    let joined = concat::concat(&args.parts, &path, &options).map_err(|error| match error {
        ConcatError::Media(error) => Failure::unreadable("a part", error),
        ConcatError::Part { path, problem } => {
            Failure::Contradiction(format!("cannot join {}: {problem}", path.display()))
        }
        error => Failure::Running(error.to_string()),
    })?;
    failure::tell(&format!("{} frames of {} parts\n", joined.ticks, args.parts.len()));
    Ok(())
}
