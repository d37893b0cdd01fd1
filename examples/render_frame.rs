//! One frame from a layout request and pictures, as PNG: the shortest way through the library.
//!
//! ```sh
//! cargo run --release --example render_frame -- assets/layouts/floating.json 1280x720 meeting.png \
//!     1=assets/pictures/david.jpg 2=assets/pictures/anna.jpg 3=assets/pictures/ben.png
//! ```
//!
//! Users stand in join order. Images that the request names are not fetched here; `embed_pipeline` is the longer example,
//! and `polyptych frame` the command that does all of it.

use std::error::Error;

use polyptych::request::{Context, parse};
use polyptych::{Compositor, Frame, FrameBuffer, PixelFormat, Size, Timestamp, UserId};

const USAGE: &str = "usage: render_frame REQUEST.json WIDTHxHEIGHT OUT.png UID=PICTURE …";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [request, canvas, out, users @ ..] = args.as_slice() else {
        return Err(USAGE.into());
    };
    let canvas = size(canvas).ok_or(USAGE)?;

    // A request is refused as a whole, with every problem named, or it holds no problem any more.
    let request = parse(&std::fs::read(request)?, &Context::default())?;
    for warning in &request.warnings {
        eprintln!("warning: {warning}");
    }

    // An RGBA canvas for pictures; recorders keep the default, I420.
    let compositor = Compositor::builder(canvas).format(PixelFormat::Rgba).build()?;
    let t = Timestamp::ZERO;
    compositor.update_layout(t, request.layout);
    for user in users {
        let (uid, picture) = user.split_once('=').ok_or(USAGE)?;
        let uid = UserId::new(uid);
        compositor.join(t, &uid);
        compositor.push_frame(&uid, t, read(picture)?);
    }

    let frame = compositor.compose(t)?;
    image::save_buffer(out, frame.as_bytes(), canvas.width(), canvas.height(), image::ColorType::Rgba8)?;
    for notice in compositor.take_notices() {
        eprintln!("notice: {notice}");
    }
    Ok(())
}

fn size(text: &str) -> Option<Size> {
    let (width, height) = text.split_once('x')?;
    Size::from_wh(width.parse().ok()?, height.parse().ok()?)
}

fn read(path: &str) -> Result<Frame, Box<dyn Error>> {
    let pixels = image::open(path)?.into_rgba8();
    let size = Size::from_wh(pixels.width(), pixels.height()).ok_or("the picture is too large")?;
    Ok(FrameBuffer::from_packed(PixelFormat::Rgba, size, pixels.into_raw())?.into())
}
