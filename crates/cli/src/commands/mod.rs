//! What the command does, one command a file.

mod check;
mod frame;
mod layout;
mod pages;
mod request;

pub use check::check;
pub use frame::frame;
pub use layout::layout;
pub use pages::{completions, man, schema};
