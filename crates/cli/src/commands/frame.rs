//! `polyptych frame`: one composed frame, from the same engine that composes recordings.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use polyptych::image::{Fetcher, ImageError, ImageLimits};
use polyptych::request::Request;
use polyptych::{ColorSpace, Compositor, Frame, FrameBuffer, Notice, Size, Timestamp, UserId};

use super::request::{self, Body};
use crate::args::{FrameArgs, Participant};
use crate::failure::{self, Failure, Outcome};
use crate::picture::{self, PictureFormat};
use crate::placement::printable;

/// How long each image of the request is waited for, as offline commands do.
const IMAGE_PATIENCE: Duration = Duration::from_secs(10);

/// When everyone joins, and when those who have stalled sent their frame.
const START: Timestamp = Timestamp::ZERO;
/// When the frame is composed: more than the 3.5 s later that make a stalled user.
const NOW: Timestamp = Timestamp::from_secs(5);

/// Composes one frame of what the users of the command line send.
pub fn frame(args: &FrameArgs) -> Outcome {
    let participants = args.participants()?;
    let format = PictureFormat::of(&args.output.place)?;
    args.output.check()?;
    let users: Vec<UserId> = participants.iter().map(|participant| participant.uid.clone()).collect();
    let body = Body::read(&args.target.request)?;
    let request = body.accept(args.target.canvas, Some(&users))?;
    failure::tell(&body.document().explain(&[], &request.warnings));
    let canvas = request::canvas(args.target.canvas, &request)?;
    let composed = compose(args, canvas, request, &participants)?;
    args.output.write(&picture::encode(&composed, ColorSpace::default(), format)?)
}

/// Lets everyone join, waits for the images, tells what did not come, and composes the moment.
fn compose(
    args: &FrameArgs,
    canvas: Size,
    request: Request,
    participants: &[Participant],
) -> Outcome<FrameBuffer> {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let compositor = Compositor::builder(canvas)
        .format(args.pixel_format.into())
        .filter(args.filter.into())
        .threads(args.threads.map_or_else(cores, usize::from))
        .column_order(args.rules.column_order.into())
        .image_loader(Box::new(Fetcher::new(
            request::fetch_policy(args.allow_private),
            ImageLimits::default(),
        )))
        .build()
        .map_err(|error| Failure::Running(format!("{error}; fewer of them with --threads")))?;
    compositor.update_layout(START, request.layout);
    for participant in participants {
        compositor.join(START, &participant.uid);
        if let Some(frame) = read(participant, args.at)? {
            // Silence since the start is what makes a stalled user.
            let stamp = if participant.stalled { START } else { NOW };
            compositor.push_frame(&participant.uid, stamp, frame);
        }
    }
    compositor.wait_for_images(IMAGE_PATIENCE);
    tell(&compositor.take_notices());
    let frame = compositor.compose(NOW).map_err(|error| Failure::Running(error.to_string()))?;
    tell(&compositor.take_notices());
    Ok(frame.into_buffer())
}

fn tell(notices: &[Notice]) {
    for notice in notices {
        let mends = match notice {
            Notice::Image(failure) => match failure.error {
                ImageError::RefusedAddress { .. } | ImageError::RefusedPort { .. } => {
                    "; trusted? --allow-private"
                }
                _ => "",
            },
            _ => "",
        };
        failure::tell(&format!("warning: {}{mends}\n", printable(&notice.to_string())));
    }
}

/// What a user sends, as the flags describe it.
fn read(participant: &Participant, at_secs: f64) -> Outcome<Option<Frame>> {
    let Some(input) = &participant.picture else { return Ok(None) };
    let mut frame =
        picture::read(input.open()?, at_secs).map_err(|error| Failure::unreadable(input, error))?;
    frame = frame.with_rotation(participant.rotation);
    if let Some((num, den)) = participant.pixel_aspect {
        frame = frame.with_pixel_aspect(num, den);
    }
    if let Some(matrix) = participant.matrix {
        frame = frame.with_matrix(matrix);
    }
    Ok(Some(frame))
}
