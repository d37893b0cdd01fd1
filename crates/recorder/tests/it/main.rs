//! The recorder through its public API, and its files through other programs, where they are there.

mod containers;
mod decode;
mod fuzz;
mod live;
#[path = "../programs/mod.rs"]
mod programs;
mod render;
mod schema;
mod sound;
mod streams;
mod write;
