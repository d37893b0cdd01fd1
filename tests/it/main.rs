//! The tests of the engine, one binary: a module a topic.

mod compositor;
mod cull;
mod engine;
mod equivalence;
mod fuzz;
mod golden;
mod image;
mod layout;
mod paint;
mod placement;
mod reference;
mod request;
mod source;
mod tidy;
