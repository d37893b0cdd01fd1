//! Pictures in files.

mod png;

pub use png::encode_png;
