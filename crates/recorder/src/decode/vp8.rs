//! VP8, with the crate `oxideav-vp8`; only this file knows it.

use oxideav_vp8::Vp8DecoderState;
use polyptych::{Matrix, Range};

use super::guard::guarded;
use super::look::{Look, Planes, Stated, check_size};
use super::{DecodeError, Picture, VideoDecoder};
use crate::media::Packet;
use crate::media::VideoTrack;

const CODEC: &str = "VP8";

/// The format has one meaning of its samples only (RFC 6386, 9.2).
const STATED: Stated =
    Stated { pixel_aspect: None, matrix: Some(Matrix::Bt601), range: Some(Range::Limited) };

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { codec: CODEC, problem: problem.into() }
}

/// Tells whether a track can be decoded, by its first keyframe.
///
/// # Errors
/// What cannot be decoded.
pub(super) fn supports(packets: &[Packet]) -> Result<(), String> {
    let Some(key) = packets.iter().find(|packet| is_key(&packet.data)) else {
        return Err("no keyframe among its first packets".to_owned());
    };
    check_key(&key.data)
}

/// The lowest bit of a frame is 0 in keyframes (RFC 6386, 9.1).
fn is_key(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte & 1 == 0)
}

/// The version, the start code and the size of a keyframe (RFC 6386, 9.1).
fn check_key(data: &[u8]) -> Result<(), String> {
    let Some([tag, _, _, start @ .., width_0, width_1, height_0, height_1]) = data.first_chunk::<10>() else {
        return Err(format!("a keyframe of {} bytes; its header takes 10", data.len()));
    };
    if *start != [0x9D, 0x01, 0x2A] {
        return Err("a keyframe without its start code".to_owned());
    }
    let version = tag >> 1 & 7;
    if version > 3 {
        return Err(format!("version {version}; 0 to 3 are known"));
    }
    // The two upper bits ask for a scaling that no player does.
    let side = |low: &u8, high: &u8| u64::from(u16::from_le_bytes([*low, *high]) & 0x3FFF);
    let (width, height) = (side(width_0, width_1), side(height_0, height_1));
    check_size(width, height).map(drop)
}

/// Decodes VP8: pictures come in the order of presentation, hidden ones are for reference only.
pub(super) struct Vp8Decoder {
    look: Look,
    /// `None` before the first keyframe and after an error.
    decoder: Option<Vp8DecoderState>,
}

impl Vp8Decoder {
    /// A decoder of the packets of `track`.
    pub fn new(track: &VideoTrack) -> Self {
        Self { look: Look::of(track), decoder: None }
    }

    fn decode_packet(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        if is_key(&packet.data) {
            check_key(&packet.data).map_err(error)?;
            self.decoder.get_or_insert_default();
        }
        let decoder = self
            .decoder
            .as_mut()
            .ok_or_else(|| error("a picture that refers to others where a keyframe is needed"))?;
        let picture = guarded(CODEC, || {
            decoder.decode_frame(&packet.data).map_err(|problem| error(problem.to_string()))
        })?;
        if decoder.last_frame_shown() == Some(false) || !packet.is_shown {
            return Ok(());
        }
        let planes = [picture.y, picture.u, picture.v];
        let planes = Planes::packed(CODEC, picture.width as usize, picture.height as usize, planes)?;
        pictures.push(Picture { at: packet.at, frame: self.look.with_stream(STATED).frame(CODEC, planes)? });
        Ok(())
    }
}

impl VideoDecoder for Vp8Decoder {
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        if let Some(track) = &packet.change {
            self.look = Look::of(track);
        }
        // An encoder that drops a picture may write an empty packet: the last picture stays.
        if packet.data.is_empty() {
            return Ok(());
        }
        let result = self.decode_packet(packet, pictures);
        if result.is_err() {
            self.decoder = None;
        }
        result
    }

    fn flush(&mut self, _pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        self.decoder = None;
        Ok(())
    }
}
