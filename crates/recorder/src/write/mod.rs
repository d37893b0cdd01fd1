//! Packets become files that play.

mod webm;

use std::io;
use std::path::PathBuf;

pub use webm::WebmWriter;

use crate::encode::EncodedPacket;

/// Takes the packets of one recording and puts them where they belong.
pub trait Writer: Send {
    /// Takes the next packet of video, in decoding order.
    ///
    /// # Errors
    /// Where it cannot be written; what was written plays.
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError>;

    /// Takes the next packet of sound.
    ///
    /// # Errors
    /// As [`Writer::video`].
    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError>;

    /// Writes what is left and makes the files plain.
    ///
    /// # Errors
    /// As [`Writer::video`].
    fn finish(self: Box<Self>) -> Result<(), WriteError>;
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}
