//! The parameter sets that are in force, and the first words of slices, which cannot be read without them.

use std::collections::BTreeMap;

use super::nal::{self, NalKind};
use super::picture_parameters::PictureParameters;
use super::sequence::Sequence;
use crate::decode::bits::BitReader;

/// A set with timing and scaling lists takes some hundred bytes.
const MAX_SET_BYTES: usize = 16 * 1024;
/// The words of a slice that are read here take fewer, with each number at its longest.
const SLICE_START_BYTES: usize = 32;

/// All parameter sets by their ids, with the NAL units that they came in.
#[derive(Default)]
pub(super) struct ParameterSets {
    sequences: BTreeMap<u32, (Vec<u8>, Sequence)>,
    pictures: BTreeMap<u32, (Vec<u8>, PictureParameters)>,
    have_changed: bool,
}

/// What a slice says of its picture (ITU-T H.264, 7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SliceStart {
    /// The macroblock that it begins with; a picture begins with 0.
    pub first_block: u32,
    sequence_id: u32,
    pub frame_num: u32,
    pub is_idr: bool,
    /// Whether other pictures may refer to its picture.
    pub is_reference: bool,
}

impl ParameterSets {
    /// Keeps a set in place of the one with its id.
    ///
    /// # Errors
    /// What about it cannot be decoded here.
    pub fn keep(&mut self, unit: &[u8]) -> Result<(), String> {
        if unit.len() > MAX_SET_BYTES {
            return Err(format!("a parameter set of {} bytes; {MAX_SET_BYTES} are allowed", unit.len()));
        }
        let payload = || nal::payload(unit, MAX_SET_BYTES);
        match NalKind::of(unit) {
            NalKind::SequenceParameters => {
                if self.sequences.values().any(|(known, _)| known == unit) {
                    return Ok(());
                }
                let sequence = Sequence::parse(&payload())?;
                self.sequences.insert(sequence.id, (unit.to_vec(), sequence));
                self.have_changed = true;
            }
            NalKind::PictureParameters => {
                if self.pictures.values().any(|(known, _)| known == unit) {
                    return Ok(());
                }
                let set = PictureParameters::parse(&payload())?;
                self.pictures.insert(set.id, (unit.to_vec(), set));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a picture could be decoded with what there is.
    pub fn is_complete(&self) -> bool {
        self.pictures.values().any(|(_, set)| self.sequences.contains_key(&set.sequence_id))
    }

    /// Whether a sequence has become another since [`Self::have_been_taken`].
    pub fn have_changed(&self) -> bool {
        self.have_changed
    }

    /// States that a decoder has all of them.
    pub fn have_been_taken(&mut self) {
        self.have_changed = false;
    }

    /// All sets as NAL units, in the order in which a decoder needs them.
    pub fn units(&self) -> impl Iterator<Item = &[u8]> {
        let sequences = self.sequences.values().map(|(unit, _)| unit.as_slice());
        sequences.chain(self.pictures.values().map(|(unit, _)| unit.as_slice()))
    }

    /// Reads the first words of a slice.
    ///
    /// # Errors
    /// Where its parameter sets are not there, it is cut off, or of a kind that cannot be decoded.
    pub fn slice_start(&self, unit: &[u8]) -> Result<SliceStart, String> {
        let payload = nal::payload(unit, SLICE_START_BYTES);
        let mut reader = BitReader::new(&payload);
        let cut_off = || "a slice is cut off".to_owned();
        let first_block = reader.unsigned().ok_or_else(cut_off)?;
        let kind = reader.unsigned().ok_or_else(cut_off)?;
        if kind > 9 || kind % 5 > 2 {
            return Err(format!("a slice of type {kind}; I, P and B can be decoded"));
        }
        let set_id = reader.unsigned().ok_or_else(cut_off)?;
        let (_, set) = self.pictures.get(&set_id).ok_or_else(|| missing("picture", set_id))?;
        let sequence = self.sequence(set.sequence_id)?;
        Ok(SliceStart {
            first_block,
            sequence_id: set.sequence_id,
            frame_num: reader.bits(sequence.frame_num_bits).ok_or_else(cut_off)?,
            is_idr: NalKind::of(unit) == NalKind::Slice { is_idr: true },
            is_reference: nal::is_reference(unit),
        })
    }

    /// The sequence that a slice's picture belongs to.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn sequence_of(&self, slice: &SliceStart) -> Result<&Sequence, String> {
        self.sequence(slice.sequence_id)
    }

    fn sequence(&self, id: u32) -> Result<&Sequence, String> {
        self.sequences.get(&id).map(|(_, sequence)| sequence).ok_or_else(|| missing("sequence", id))
    }
}

fn missing(kind: &str, id: u32) -> String {
    format!("{kind} parameter set {id} is missing")
}
