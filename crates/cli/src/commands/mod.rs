//! What the command does, one command a file.

mod check;
mod concat;
mod doctor;
mod frame;
mod inspect;
mod layout;
mod pages;
mod recording;
mod render;
mod request;

pub use check::check;
pub use concat::concat;
pub use doctor::doctor;
pub use frame::frame;
pub use inspect::inspect;
pub use layout::layout;
pub use pages::{completions, man, schema};
pub use render::render;
