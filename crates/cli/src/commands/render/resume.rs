//! `polyptych render --resume`: what an earlier rendering has left.

use std::ops::Range;

use polyptych_recorder::concat::ConcatError;
use polyptych_recorder::description::print_seconds;
use polyptych_recorder::encode::VideoFormat;
use polyptych_recorder::resume::{self, Begun, Found, ResumeError};
use polyptych_recorder::write::{OutputFormat, WriteOptions};

use super::place::Place;
use crate::args::RenderArgs;
use crate::failure::{self, Failure, Outcome};

/// Whether a rendering into this can be gone on with.
pub fn is_possible(args: &RenderArgs, format: OutputFormat) -> bool {
    use OutputFormat::{Hls, HlsFolder, Matroska, Mp4, Webm};
    matches!(format, Mp4 | Webm | Matroska | Hls | HlsFolder) && !args.sound_only
}

/// What is left to be done.
pub enum Rest {
    /// All of it.
    All,
    /// What follows this.
    After(Begun),
    /// Nothing.
    Nothing,
}

/// Looks for what there is of `ticks`, and tells of it.
///
/// # Errors
/// [`Failure::Unreadable`] where something else is there, [`Failure::Running`] where another process writes it.
pub fn look(place: &Place, ticks: Range<u64>, format: VideoFormat, options: &WriteOptions) -> Outcome<Rest> {
    let name = place.path.display();
    let found = resume::find(&place.path, ticks, format, options).map_err(|error| match error {
        ResumeError::Unusable(ConcatError::Part { path, problem }) => {
            Failure::unreadable(path.display(), format!("{problem}; --force begins again"))
        }
        error @ ResumeError::Unusable(_) => Failure::unreadable(&name, error),
        error @ ResumeError::Write(_) => Failure::Running(error.to_string()),
    })?;
    Ok(match found {
        Found::Nothing => {
            failure::tell(&format!("note: nothing is there of {name}; it is rendered from the beginning\n"));
            Rest::All
        }
        Found::Begun(begun) => {
            let at = print_seconds(format.fps.tick(begun.left().start));
            failure::tell(&format!("note: {name} is there up to {at} s of the recording\n"));
            Rest::After(begun)
        }
        Found::Whole => {
            failure::tell(&format!("{name} is whole; nothing is left to be rendered\n"));
            Rest::Nothing
        }
    })
}
