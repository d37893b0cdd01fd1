//! Has `ffmpeg` do it, where it is on the machine: read and decode what we do not, and encode.
//!
//! The program runs as a child, found when we run; nothing is linked. Samples and packets cross once.
//!
//! ```text
//!  file ──▶ ffmpeg ──raw samples──▶ stdout ──▶ source ──▶ pictures, sound
//!              └── a line a frame ─▶ stderr ──▶┘  its time, size, colours
//!
//!  canvases, sound ──▶ stdin ──▶ ffmpeg ──fragments──▶ stdout ──▶ encoder ──▶ packets
//! ```
//!
//! A program that dies, stalls or writes nonsense is an error that says what it wrote last; one that nobody needs is ended.

mod carrier;
mod child;
mod clock;
mod encoding;
mod fragments;
mod given;
mod input;
mod lines;
mod pool;
mod probe;
mod program;
mod sound;
mod sound_encoder;
#[cfg(test)]
pub(crate) mod tests;
mod video;
mod video_encoder;

pub use given::Given;
pub use input::InputOptions;
pub use probe::probe;
pub use program::{Ffmpeg, FfmpegError, find};
pub use sound::open_sound;
pub use sound_encoder::{SoundCoder, SoundEncoder};
pub use video::open_video;
pub use video_encoder::{VideoCoder, VideoEncoder};
