//! Recordings made while they happen, driven by a clock that is moved by hand: what is dropped, what stays at its time.

mod drops;
mod ends;
mod sound;
pub mod stage;
