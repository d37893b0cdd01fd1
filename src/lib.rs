#![forbid(unsafe_code)]
//! polyptych composes many participants' video into one picture.

pub mod channel;
mod color;
mod compositor;
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
    BuildError, Clock, ComposeError, Compositor, CompositorBuilder, Notice, StageTimes, StalledPicture,
    Statistics,
};
pub use frame::{
    Frame, FrameBuffer, FrameError, FrameView, FrameViewMut, PixelAspect, PixelFormat, PlaneBuffer,
    PooledFrame, Rotation,
};
pub use geometry::{MAX_SIDE, Rect, Size, UnitRect, snap_to_even};
pub use id::UserId;
pub use layout::{ColumnOrder, LayoutSpec, RenderMode};
pub use paint::ThreadError;
pub use plan::{CanvasShape, Filter, Hidden};
pub use polyptych_kernels::Level;
pub use time::{FrameRate, Timestamp};
pub use url::{ImageUrl, UrlError};
