//! Pictures in files: participants' frames to read, composed frames to write.

mod convert;
mod png;
mod read;
mod write;
mod y4m;

pub use png::encode_png;
pub use read::{ReadError, read};
pub use write::{PictureFormat, encode, encode_rgb, to_rgb_image};
