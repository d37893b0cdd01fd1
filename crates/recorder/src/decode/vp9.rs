//! VP9, with the crate `rusty_vp9`; only this file knows it.
//!
//! The crate believes any size and takes memory for it, and decodes formats that the engine has not. So each frame's
//! header is read here first.

use polyptych::{Matrix, Range};
use rusty_vp9::{Error, FrameHeader, Vp9Decoder as Decoder, parse_uncompressed_header};

use super::bits::BitReader;
use super::guard::guarded;
use super::look::{Look, Planes, Stated, check_size};
use super::{DecodeError, Picture, VideoDecoder};
use crate::media::{Packet, VideoTrack};

const CODEC: &str = "VP9";

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { codec: CODEC, problem: problem.into() }
}

/// Tells whether a track can be decoded, by its first keyframe.
///
/// # Errors
/// What cannot be decoded.
pub(super) fn supports(packets: &[Packet]) -> Result<(), String> {
    let frames = packets.iter().flat_map(|packet| split(&packet.data));
    let headers = frames.map(|frame| check(frame, &[(0, 0); 8]));
    for header in headers {
        match header {
            Ok(header) if header.key_frame => return Ok(()),
            // What refers to frames that are not there yet is no reason to refuse.
            Ok(_) => {}
            Err(problem) => return Err(problem),
        }
    }
    Err("no keyframe among its first packets".to_owned())
}

/// The frames of a packet: one, or those that a superframe's index at its end names (VP9 bitstream specification, annex
/// B).
fn split(packet: &[u8]) -> Vec<&[u8]> {
    split_superframe(packet).unwrap_or_else(|| vec![packet])
}

fn split_superframe(packet: &[u8]) -> Option<Vec<&[u8]>> {
    let marker = *packet.last()?;
    if marker & 0xE0 != 0xC0 {
        return None;
    }
    let (count, size_bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let index = packet.len().checked_sub(2 + count * size_bytes)?;
    let (mut frames, index) = packet.split_at_checked(index)?;
    let (first, sizes) = index.split_first()?;
    if *first != marker {
        return None;
    }
    let mut parts = Vec::with_capacity(count);
    for size in sizes.chunks_exact(size_bytes).take(count) {
        let size = size.iter().rev().fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
        let (frame, behind) = frames.split_at_checked(size)?;
        if !frame.is_empty() {
            parts.push(frame);
        }
        frames = behind;
    }
    Some(parts)
}

/// Reads the header of a frame, given the sizes of the eight frames that it may refer to.
fn check(frame: &[u8], references: &[(u32, u32); 8]) -> Result<FrameHeader, String> {
    let header = guarded(CODEC, || {
        parse_uncompressed_header(&mut rusty_vp9::BitReader::new(frame), references)
            .map_err(|problem| error(problem.to_string()))
    })
    .map_err(|error| error.problem)?;
    if header.profile != 0 {
        return Err(format!(
            "profile {}, which is not 4:2:0 with 8 bits; profile 0 can be decoded",
            header.profile
        ));
    }
    if !header.show_existing_frame {
        check_size(header.width.into(), header.height.into())?;
    }
    Ok(header)
}

/// What a keyframe states about its colours (VP9 bitstream specification, 7.2.2); the crate does not keep the range.
fn colors(key_frame: &[u8]) -> Option<Stated> {
    // Marker, profile, three flags and the kind of frame; then the start code.
    const BITS_BEFORE: u32 = 8 + 24;
    let mut reader = BitReader::new(key_frame);
    reader.bits(BITS_BEFORE)?;
    let matrix = match reader.bits(3)? {
        1 | 3 => Some(Matrix::Bt601),
        2 => Some(Matrix::Bt709),
        _ => None,
    };
    let range = if reader.bit()? { Range::Full } else { Range::Limited };
    Some(Stated { pixel_aspect: None, matrix, range: Some(range) })
}

/// Decodes VP9 of profile 0: pictures come in the order of presentation, hidden ones are for reference only.
pub(super) struct Vp9Decoder {
    look: Look,
    stated: Stated,
    /// `None` before the first keyframe and after an error.
    decoder: Option<Decoder>,
    /// Width and height of each of the eight frames that may be referred to.
    references: [(u32, u32); 8],
}

impl Vp9Decoder {
    /// A decoder of the packets of `track`.
    pub fn new(track: &VideoTrack) -> Self {
        Self { look: Look::of(track), stated: Stated::default(), decoder: None, references: [(0, 0); 8] }
    }

    fn decode_packet(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        let frames = split(&packet.data);
        let mut is_displayed = false;
        for frame in &frames {
            is_displayed |= self.note(frame)?;
        }
        let decoder = self
            .decoder
            .as_mut()
            .ok_or_else(|| error("a picture that refers to others where a keyframe is needed"))?;
        let mut decoded = None;
        guarded(CODEC, || {
            // Of several shown frames, layers of one picture, the last one is the whole.
            for frame in &frames {
                decoder.push(frame, None).map_err(|problem| error(problem.to_string()))?;
                match decoder.next_frame() {
                    Ok(picture) => decoded = Some(picture),
                    Err(Error::Again) => {}
                    Err(problem) => return Err(error(problem.to_string())),
                }
            }
            Ok(())
        })?;
        match decoded {
            Some(picture) if packet.is_shown => {
                let planes = <[Vec<u8>; 3]>::try_from(picture.planes)
                    .map_err(|_| error("a picture without three planes"))?;
                let planes = Planes::packed(CODEC, picture.width as usize, picture.height as usize, planes)?;
                pictures.push(Picture {
                    at: packet.at,
                    frame: self.look.with_stream(self.stated).frame(CODEC, planes)?,
                });
                Ok(())
            }
            None if is_displayed => Err(error("a packet gave no picture")),
            _ => Ok(()),
        }
    }

    /// Reads the header of a frame before it is decoded, and says whether it is to be displayed.
    fn note(&mut self, frame: &[u8]) -> Result<bool, DecodeError> {
        let header = check(frame, &self.references).map_err(error)?;
        if header.show_existing_frame {
            return Ok(true);
        }
        if header.key_frame {
            self.decoder.get_or_insert_default();
            self.stated = colors(frame).unwrap_or_default();
        }
        let refreshed = if header.key_frame { 0xFF } else { header.refresh_frame_flags };
        for (index, reference) in self.references.iter_mut().enumerate() {
            if refreshed >> index & 1 == 1 {
                *reference = (header.width, header.height);
            }
        }
        Ok(header.show_frame)
    }
}

impl VideoDecoder for Vp9Decoder {
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        if let Some(track) = &packet.change {
            self.look = Look::of(track);
        }
        if packet.data.is_empty() {
            return Ok(());
        }
        let result = self.decode_packet(packet, pictures);
        if result.is_err() {
            self.decoder = None;
            self.references = [(0, 0); 8];
        }
        result
    }

    fn flush(&mut self, _pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        self.decoder = None;
        self.references = [(0, 0); 8];
        Ok(())
    }
}
