//! H.264, with the crate `rusty_h264`; only this file knows it.
//!
//! The crate takes one access unit and gives its picture, in decoding order. What it does not do is done here: framing,
//! parameter sets that change, the order of presentation, and telling beforehand what it cannot decode. It says nothing
//! where slices are lost; so every access unit must give one picture, and a frame number that jumps is an error (ITU-T
//! H.264, 7.4.3).

mod config;
mod nal;
mod picture_parameters;
mod reorder;
mod sequence;
mod sets;

use polyptych::Timestamp;
use rusty_h264::Decoder;

use super::guard::guarded;
use super::look::{Look, Planes};
use super::{DecodeError, Picture, VideoDecoder};
use crate::media::{Packet, VideoTrack};
use config::Config;
pub(crate) use nal::AvcSample;
use nal::{Framing, NalKind};
use reorder::Reorder;
use sequence::Sequence;
use sets::{ParameterSets, SliceStart};

const CODEC: &str = "H.264";

fn error(problem: impl Into<String>) -> DecodeError {
    DecodeError { codec: CODEC, problem: problem.into() }
}

/// Tells whether a track can be decoded, by the parameter sets of its config and of its first packets.
///
/// # Errors
/// What cannot be decoded.
pub(super) fn supports(track: &VideoTrack, packets: &[Packet]) -> Result<(), String> {
    let config = Config::parse(&track.config)?;
    let mut sets = ParameterSets::default();
    config.sets.iter().try_for_each(|unit| sets.keep(unit))?;
    for packet in packets {
        // One that is damaged says nothing of the others, and is an error when it comes.
        let Ok(units) = nal::split(&packet.data, config.framing) else { continue };
        for unit in units {
            match NalKind::of(unit) {
                NalKind::SequenceParameters | NalKind::PictureParameters => sets.keep(unit)?,
                NalKind::DataPartition => return Err(PARTITIONED.to_owned()),
                NalKind::Slice { .. } | NalKind::Other => {}
            }
        }
    }
    if sets.is_complete() {
        Ok(())
    } else {
        Err("no parameter sets in its header and first packets".to_owned())
    }
}

const PARTITIONED: &str = "slices in parts (data partitioning)";

/// Decodes H.264 of 4:2:0 with 8 bits, progressive, Baseline to High.
pub(super) struct H264Decoder {
    look: Look,
    framing: Framing,
    config: Vec<u8>,
    sets: ParameterSets,
    /// `None` before the first keyframe and after an error.
    decoder: Option<Decoder>,
    reorder: Reorder,
    /// Of the last picture that others may refer to, where that is known.
    last_frame_num: Option<u32>,
    /// The access unit as a byte stream, kept for its memory.
    stream: Vec<u8>,
}

impl H264Decoder {
    /// A decoder of the packets of `track`.
    ///
    /// # Errors
    /// Where the track's config cannot be read, or asks for what cannot be decoded.
    pub fn new(track: &VideoTrack) -> Result<Self, DecodeError> {
        let mut decoder = Self {
            look: Look::of(track),
            framing: Framing::AnnexB,
            config: Vec::new(),
            sets: ParameterSets::default(),
            decoder: None,
            reorder: Reorder::default(),
            last_frame_num: None,
            stream: Vec::new(),
        };
        decoder.configure(&track.config).map_err(error)?;
        Ok(decoder)
    }

    fn configure(&mut self, config: &[u8]) -> Result<(), String> {
        let parsed = Config::parse(config)?;
        self.framing = parsed.framing;
        config.clone_into(&mut self.config);
        parsed.sets.iter().try_for_each(|unit| self.sets.keep(unit))
    }

    fn change(&mut self, track: &VideoTrack, pictures: &mut Vec<Picture>) -> Result<(), String> {
        self.look = Look::of(track);
        if track.config != self.config {
            self.reorder.drain(pictures);
            self.decoder = None;
            self.sets = ParameterSets::default();
            self.configure(&track.config)?;
        }
        Ok(())
    }

    fn decode_packet(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        if let Some(track) = &packet.change {
            self.change(track, pictures).map_err(error)?;
        }
        let Some(start) = self.gather(&packet.data).map_err(error)? else { return Ok(()) };
        let sequence = self.sets.sequence_of(&start).map_err(error)?.clone();
        let is_first = self.decoder.is_none();
        if is_first && !(packet.is_key || start.is_idr) {
            return Err(error("a picture that refers to others where a keyframe is needed"));
        }
        if is_first || start.is_idr {
            self.reorder.drain(pictures);
        }
        if is_first || (start.is_idr && self.sets.have_changed()) {
            self.restart();
        }
        self.check_frame_num(&start, &sequence)?;
        self.reorder.set_depth(sequence.reorder_depth);
        let picture = self.decode_stream(packet.at, &sequence)?;
        self.note_frame_num(&start, is_first);
        if packet.is_shown {
            self.reorder.push(picture, pictures);
        }
        Ok(())
    }

    /// Puts slices and parameter sets of a packet into one byte stream and keeps the sets. `None` where there is no
    /// slice.
    fn gather(&mut self, packet: &[u8]) -> Result<Option<SliceStart>, String> {
        self.stream.clear();
        let mut first: Option<SliceStart> = None;
        for unit in nal::split(packet, self.framing)? {
            match NalKind::of(unit) {
                NalKind::SequenceParameters | NalKind::PictureParameters => self.sets.keep(unit)?,
                NalKind::Slice { .. } => {
                    let start = self.sets.slice_start(unit)?;
                    match (start.first_block, first) {
                        (0, None) => first = Some(start),
                        (0, Some(_)) => return Err("two pictures in one packet".to_owned()),
                        (_, None) => return Err("the first slice of a picture is missing".to_owned()),
                        (_, Some(_)) => {}
                    }
                }
                NalKind::DataPartition => return Err(PARTITIONED.to_owned()),
                NalKind::Other => continue,
            }
            push_unit(&mut self.stream, unit);
        }
        Ok(first)
    }

    /// Begins anew, with all parameter sets that are in force.
    fn restart(&mut self) {
        let mut stream = Vec::with_capacity(self.stream.len() + 1024);
        self.sets.units().for_each(|unit| push_unit(&mut stream, unit));
        stream.append(&mut self.stream);
        self.stream = stream;
        self.sets.have_been_taken();
        self.decoder = Some(Decoder::new());
        self.last_frame_num = None;
    }

    /// A jump means that pictures are missing to which others refer. 0 and 1 may follow anything: a picture may reset
    /// the count.
    fn check_frame_num(&self, start: &SliceStart, sequence: &Sequence) -> Result<(), DecodeError> {
        let Some(last) = self.last_frame_num else { return Ok(()) };
        let next = (last + 1) % (1 << sequence.frame_num_bits);
        let follows = [last, next, 0, 1].contains(&start.frame_num);
        if start.is_idr || follows || sequence.allows_frame_num_gaps {
            return Ok(());
        }
        Err(error(format!("pictures are missing between frame numbers {last} and {}", start.frame_num)))
    }

    /// Behind a keyframe that is no IDR picture, the numbers of pictures that were left out are not known.
    fn note_frame_num(&mut self, start: &SliceStart, is_first: bool) {
        if start.is_reference && (start.is_idr || !is_first) {
            self.last_frame_num = Some(start.frame_num);
        }
    }

    /// The picture of the access unit in `stream`.
    fn decode_stream(&mut self, at: Timestamp, sequence: &Sequence) -> Result<Picture, DecodeError> {
        let decoder = self.decoder.get_or_insert_default();
        let stream = &self.stream;
        let decoded =
            guarded(CODEC, || decoder.decode(stream).map_err(|problem| error(problem.to_string())))?;
        let picture = decoded.ok_or_else(|| error("slices of a picture are missing"))?;
        let planes = Planes::packed(CODEC, picture.width, picture.height, [picture.y, picture.u, picture.v])?;
        let (left, top) = sequence.crop;
        let planes = if (left, top) == (0, 0) { planes } else { planes.cropped(CODEC, left, top)? };
        let frame = self.look.with_stream(sequence.stated).frame(CODEC, planes)?;
        Ok(Picture { at, frame })
    }
}

fn push_unit(stream: &mut Vec<u8>, unit: &[u8]) {
    stream.extend_from_slice(&[0, 0, 0, 1]);
    stream.extend_from_slice(unit);
}

impl VideoDecoder for H264Decoder {
    fn decode(&mut self, packet: &Packet, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        let result = self.decode_packet(packet, pictures);
        if result.is_err() {
            self.decoder = None;
        }
        result
    }

    fn flush(&mut self, pictures: &mut Vec<Picture>) -> Result<(), DecodeError> {
        self.reorder.drain(pictures);
        self.decoder = None;
        Ok(())
    }
}
