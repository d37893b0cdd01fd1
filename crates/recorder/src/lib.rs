#![forbid(unsafe_code)]
//! Makes one mixed recording: participants' files and the history of a meeting in, one video with sound out.
//!
//! ```text
//!  JSON ──▶ description ──Recording──▶ history ── what happens when ──┐
//!                                                                     ▼
//!  files ──▶ media ──packets──▶ decode ──pictures──▶  render: engine, a canvas a tick ──▶ encode ──┐
//!                                  └─────sound─────▶  sound: aligned, mixed, limited ────▶ encode ──┤
//!                                                                                                  ▼
//!                                                                           write: MP4, HLS, Y4M, WAV
//! ```
//!
//! The stages are public, and a program can put its own in their places: `docs/embedding.md` shows a recording that a program builds,
//! drives and watches, encoders and sources of its own, and how to record while it happens.
//!
//! - [`description`] reads what a recording consists of and names every problem, each with its place.
//! - [`history`] turns it into what happens at which time: who is present, subscribed, muted, and which layout is asked for.
//! - [`media`] finds the tracks of a file and hands out their packets, whatever the container.
//! - [`decode`] makes pictures and sound of packets, with decoders that cargo brings; [`ffmpeg`] has another program do it.
//! - [`sound`] brings everyone's sound to one clock and one rate and mixes it.
//! - [`encode`] makes packets of canvases and of mixed sound; [`write`](mod@write) puts packets into files that play.
//! - [`render`] runs all of it at once, stage beside stage.
//! - [`live`] records frames and sound that a program pushes while they happen, by its clock.
//! - [`parts`] cuts a recording for many machines; [`concat`](mod@concat) joins what they made, without encoding again.
//! - [`resume`] goes on with a rendering that was stopped or killed.

pub mod concat;
pub mod decode;
pub mod description;
pub mod encode;
pub mod ffmpeg;
pub mod history;
pub mod live;
pub mod media;
pub mod parts;
pub mod render;
pub mod resume;
pub mod sound;
pub mod write;

/// Compiles and runs the code of the page on embedding.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct Embedding;

#[cfg(test)]
#[path = "../tests/programs/mod.rs"]
mod programs;
