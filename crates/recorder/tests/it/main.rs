//! The recorder through its public interface.

mod decode;
mod media;
