#![forbid(unsafe_code)]
//! polyptych composes many participants' video into one picture.

pub mod channel;
pub mod color;
pub mod frame;
pub mod geometry;
mod id;
pub mod image;
pub mod layout;
pub mod paint;
pub mod plan;
pub mod request;
pub mod roster;
pub mod source;
mod time;
pub mod timeline;
mod url;

pub use color::{Alpha, ColorSpace, Matrix, Range, Rgb};
pub use frame::{
    Frame, FrameBuffer, FrameError, FrameView, FrameViewMut, PixelFormat, PlaneBuffer, Rotation,
};
pub use geometry::{Rect, Size, UnitRect};
pub use id::UserId;
pub use layout::LayoutSpec;
pub use time::{FrameRate, Timestamp};
pub use url::{ImageUrl, UrlError};
