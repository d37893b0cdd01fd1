//! Picture parameter sets: which tools a picture may use (ITU-T H.264, 7.3.2.2).

use super::sequence::skip_scaling_list;
use crate::decode::bits::BitReader;

/// What of a picture parameter set counts here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PictureParameters {
    pub id: u32,
    pub sequence_id: u32,
}

impl PictureParameters {
    /// Reads a set's payload.
    ///
    /// # Errors
    /// What about it cannot be decoded here, or that it is cut off.
    pub fn parse(payload: &[u8]) -> Result<Self, String> {
        let mut reader = BitReader::new(payload);
        parse(&mut reader).unwrap_or_else(|| Err("a picture parameter set is cut off".to_owned()))
    }
}

fn parse(reader: &mut BitReader<'_>) -> Option<Result<PictureParameters, String>> {
    let set = PictureParameters { id: reader.unsigned()?, sequence_id: reader.unsigned()? };
    if set.id > 255 || set.sequence_id > 31 {
        return Some(Err(format!("picture parameter set {} of sequence {}", set.id, set.sequence_id)));
    }
    reader.bits(2)?;
    if reader.unsigned()? != 0 {
        return Some(Err("slice groups (flexible macroblock order)".to_owned()));
    }
    reader.unsigned()?;
    reader.unsigned()?;
    reader.bit()?;
    if reader.bits(2)? == 1 {
        return Some(Err(
            "explicit weights of pictures predicted from two (weighted_bipred_idc is 1)".to_owned()
        ));
    }
    reader.signed()?;
    reader.signed()?;
    let chroma_offset = reader.signed()?;
    reader.bits(2)?;
    if reader.bit()? {
        return Some(Err("redundant pictures".to_owned()));
    }
    if reader.has_more_payload() {
        let has_large_transform = reader.bit()?;
        if reader.bit()? {
            for index in 0..if has_large_transform { 8 } else { 6 } {
                if reader.bit()? {
                    skip_scaling_list(reader, if index < 6 { 16 } else { 64 })?;
                }
            }
        }
        let second_offset = reader.signed()?;
        if second_offset != chroma_offset {
            return Some(Err(format!(
                "different quantisers of the two chroma planes ({chroma_offset} and {second_offset})"
            )));
        }
    }
    Some(Ok(set))
}
