//! The sound of a file: its packets through a decoder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use polyptych::Timestamp;

use super::trim::duration_of;
use super::{Sound, SoundDecoder, SoundSource};
use crate::media::{MediaError, Packet, PacketReader};

/// Packets that begin so long after the last one's end do not follow it: what the decoder remembers has nothing to do
/// with them. Stamps in whole milliseconds, and those of live recorders, are off by less.
const GAP: Duration = Duration::from_millis(100);

/// Reads one track through a decoder. A broken packet is told, and leaves a gap of its length.
pub struct DecodedSound {
    path: PathBuf,
    packets: Box<dyn PacketReader>,
    decoder: Box<dyn SoundDecoder>,
    /// Where the last packet ended.
    end: Option<Timestamp>,
}

impl DecodedSound {
    /// Reads `packets`, which come from `path`.
    #[must_use]
    pub fn new(path: &Path, packets: Box<dyn PacketReader>, decoder: Box<dyn SoundDecoder>) -> Self {
        Self { path: path.to_owned(), packets, decoder, end: None }
    }

    fn take(&mut self, packet: &Packet) -> Result<Option<Sound>, MediaError> {
        if self.end.is_some_and(|end| packet.at > end + GAP || packet.at + GAP < end) {
            self.decoder.reset();
        }
        let decoded = self.decoder.decode(packet);
        self.end = match (&decoded, packet.duration) {
            (Ok(Some(sound)), _) => Some(sound.at + length_of(sound)),
            (_, Some(duration)) => Some(packet.at + duration),
            _ => None,
        };
        decoded.map_err(|error| MediaError::Malformed {
            path: self.path.clone(),
            problem: format!("at {}: {error}", packet.at),
        })
    }
}

fn length_of(sound: &Sound) -> Duration {
    duration_of((sound.samples.len() / usize::from(sound.channels.max(1))) as u64, sound.sample_rate)
}

impl SoundSource for DecodedSound {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        while let Some(packet) = self.packets.next_packet()? {
            if let Some(sound) = self.take(&packet)? {
                return Ok(Some(sound));
            }
        }
        Ok(None)
    }
}
