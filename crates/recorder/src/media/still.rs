//! Stills: the whole file is one packet at 0.

use std::path::Path;

use polyptych::Timestamp;

use super::input::Input;
use super::{Container, Contents, MediaError, Packet, PacketReader, TrackKind, VideoCodec, VideoTrack};
use crate::decode::still;

/// The largest file that is read, in bytes: beyond what 40 Mpx of any picture but noise take.
const MAX_BYTES: u64 = 128 << 20;

/// Finds out what a file holds. Its size is that of the upright picture: a still is turned when it is decoded.
pub(super) fn probe(path: &Path) -> Result<Contents, MediaError> {
    let mut input = Input::open(path)?;
    let bytes = read(&mut input)?;
    let (container, codec) = match bytes.first() {
        Some(0x89) => (Container::Png, VideoCodec::Png),
        _ => (Container::Jpeg, VideoCodec::Jpeg),
    };
    let size = still::size(&codec, &bytes).map_err(|problem| input.malformed(problem))?;
    let video = VideoTrack { size: Some(size), ..VideoTrack::new(codec) };
    Ok(Contents { container, video: Some(video), sound: None, began: None, remarks: Vec::new() })
}

/// A reader of the one packet.
pub(super) fn packets(path: &Path, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
    let mut input = Input::open(path)?;
    if track == TrackKind::Sound {
        return Err(input.unsupported("a still has no sound"));
    }
    let data = read(&mut input)?;
    Ok(Box::new(Reader { packet: Packet::new(Timestamp::ZERO, data), is_read: false }))
}

fn read(input: &mut Input) -> Result<Vec<u8>, MediaError> {
    let len = input.len();
    if len > MAX_BYTES {
        return Err(input.unsupported(format!("a still of {len} bytes; at most {MAX_BYTES} are read")));
    }
    let bytes = input.read(0, usize::try_from(len).unwrap_or(usize::MAX))?;
    bytes.ok_or_else(|| input.malformed("the file became shorter while it was read"))
}

struct Reader {
    packet: Packet,
    is_read: bool,
}

impl PacketReader for Reader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        let packet = (!self.is_read).then(|| self.packet.clone());
        self.is_read = true;
        Ok(packet)
    }

    fn seek(&mut self, _at: Timestamp) -> Result<(), MediaError> {
        self.is_read = false;
        Ok(())
    }
}
