//! The tests of the engine, one binary: a module a topic.

mod compositor;
mod engine;
mod image;
mod layout;
mod paint;
mod reference;
mod request;
mod source;
