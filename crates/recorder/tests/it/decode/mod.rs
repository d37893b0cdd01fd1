//! The built-in decoders against FFmpeg's.

mod broken;
mod h264;
mod material;
mod open;
mod own;
mod sound;
mod vpx;
