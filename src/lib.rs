#![forbid(unsafe_code)]
//! polyptych composes many participants' video into one picture, from the layout requests that recorders already send.
//!
//! It stands between decoders and an encoder. Requests, joins and leaves, and frames go in from any thread, each with its time;
//! [`Compositor::compose`] gives the picture of one moment. It decodes, encodes, waits and records nothing itself.
//!
//! # A picture of two users
//!
//! ```
//! use polyptych::request::{Context, parse};
//! use polyptych::{Compositor, FrameBuffer, PixelFormat, Size, Timestamp, UserId};
//!
//! let canvas = Size::from_wh(64, 36).expect("a canvas");
//! let compositor = Compositor::builder(canvas).build()?;
//!
//! // Best fit: two users share the canvas, left and right.
//! let request = parse(br#"{"mixedVideoLayout": 1}"#, &Context::default())?;
//! compositor.update_layout(Timestamp::ZERO, request.layout);
//!
//! for (uid, luma) in [("anna", 60), ("ben", 200)] {
//!     let uid = UserId::new(uid);
//!     let size = Size::from_wh(32, 18).expect("a picture");
//!     let mut samples = vec![128; PixelFormat::I420.packed_bytes(size)];
//!     samples[..32 * 18].fill(luma);
//!     let picture = FrameBuffer::from_packed(PixelFormat::I420, size, samples)?;
//!     compositor.join(Timestamp::ZERO, &uid);
//!     compositor.push_frame(&uid, Timestamp::ZERO, picture.into());
//! }
//!
//! let frame = compositor.compose(Timestamp::from_millis(40))?;
//! let luma = frame.view().plane(0);
//! assert_eq!((luma.row(0)[31], luma.row(0)[32]), (60, 200));
//! assert_eq!((luma.row(35)[0], luma.row(35)[63]), (60, 200));
//!
//! // Who leaves makes room: now ben fills the canvas.
//! compositor.leave(Timestamp::from_millis(80), &UserId::new("anna"));
//! let frame = compositor.compose(Timestamp::from_millis(80))?;
//! assert!(frame.view().plane(0).row(0).iter().all(|&sample| sample == 200));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The flow
//!
//! ```text
//!  JSON ──▶ request ──LayoutSpec──▶ layout ──regions──▶ plan ──────▶ paint ──▶ frame
//!                                     ▲                  ▲             ▲
//!  joins, leaves, mutes ──▶ channel ──┘                  │             │
//!  frames ─────────────────▶   └── who shows what at t ──┴─────────────┤
//!  image URLs or bytes ──▶ image ──────────────────────────────────────┘
//! ```
//!
//! - [`request`] reads JSON and names every problem, each with its place. What it accepts cannot be wrong any more.
//! - [`layout`] places users in fractions of the canvas: floating, best fit, vertical or custom.
//! - [`channel`], with [`roster`], [`source`] and [`timeline`] in it, knows who is there and which frame each shows.
//! - [`image`] brings background images, beside the frames and never in their way.
//! - [`plan`] rounds to even pixels, leaves out what nobody sees and computes the filters' weights; painting decides nothing any more.
//! - Between the two it is found out what canvases hold already, and what need not be painted for that reason.
//! - [`Compositor`] is all of it behind one type, for one output or several. Most programs need this, [`request::parse`] and [`Frame`].
//!
//! The stages are public, so that a program can ask one of them alone: `polyptych layout` never composes a pixel.
//!
//! # Limits
//!
//! - 8-bit I420, NV12 and RGBA, sides up to [`MAX_SIDE`] pixels; BT.601 or BT.709, limited or full range.
//! - At most [`layout::MAX_REGIONS`] regions. Images are JPEG or BMP within [`image::ImageLimits`].
//! - No text or transitions. Sound, codecs and containers are the business of the package `polyptych-recorder`.
//! - No clock, environment variable or file is read on the way from request to frame. The `Fetcher` of [`image`] opens connections
//!   and measures their time, in threads of its own, where a program asks for it.
//!
//! # Features
//!
//! - `fetch` (default): the `Fetcher`, which downloads images over http and https.
//! - `schema` (default): `request::json_schema`, the JSON Schema of a request.

pub mod channel;
mod color;
mod compositor;
mod damage;
pub mod frame;
mod geometry;
mod id;
pub mod image;
pub mod layout;
mod paint;
pub mod plan;
pub mod request;
pub mod roster;
pub mod source;
mod time;
pub mod timeline;
mod url;

pub use color::{Alpha, ColorSpace, Matrix, Range, Rgb};
pub use compositor::{
    BuildError, Canvas, Clock, ComposeError, Compositor, CompositorBuilder, Notice, OutputId,
    OutputStatistics, PooledFrame, StageTimes, StalledPicture, Statistics, Unchanged, UnknownOutput,
};
pub use damage::PixelCounts;
pub use frame::{
    Frame, FrameBuffer, FrameError, FrameView, FrameViewMut, PixelAspect, PixelFormat, PlaneBuffer, Rotation,
};
pub use geometry::{MAX_SIDE, Rect, Size, UnitRect, snap_to_even};
pub use id::UserId;
pub use layout::{ColumnOrder, LayoutSpec, RenderMode};
pub use paint::{Sharing, ThreadError};
pub use plan::{CanvasShape, Filter, Hidden};
pub use polyptych_kernels::Level;
pub use time::{FrameRate, Timestamp};
pub use url::{ImageUrl, UrlError};

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
