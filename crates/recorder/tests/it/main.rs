//! The recorder through its public API.

mod containers;
mod decode;
