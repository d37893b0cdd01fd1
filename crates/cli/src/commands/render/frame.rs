//! `polyptych render --frame-at`: one frame of a recording.

use polyptych::{ColorSpace, Timestamp};
use polyptych_recorder::history::History;
use polyptych_recorder::render::{Options, frame_at};

use super::failure_of;
use super::place::Place;
use crate::args::RenderArgs;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, Overwrite};
use crate::picture::{self, PictureFormat};

/// Composes the frame of a time and writes it as a picture.
pub fn write(
    args: &RenderArgs,
    place: &Place,
    history: &History,
    at: Timestamp,
    options: &Options,
) -> Outcome {
    let output = Output::File(place.path().to_owned());
    let format = PictureFormat::of(&output)?;
    if at >= history.end() {
        let end = polyptych_recorder::description::print_seconds(history.end());
        return Err(Failure::Usage(format!("--frame-at lies at or after the end of the recording, {end} s")));
    }
    let frame = frame_at(history, at, options).map_err(failure_of)?.into_buffer();
    let overwrite = if args.force { Overwrite::Force } else { Overwrite::Never };
    output.write(&picture::encode(&frame, ColorSpace::default(), format)?, overwrite)
}
