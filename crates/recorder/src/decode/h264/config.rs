//! How a container describes H.264 (ISO/IEC 14496-15, 5.3.3.1).

use super::nal::Framing;

/// A track's config.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Config<'a> {
    pub framing: Framing,
    /// NAL units of parameter sets.
    pub sets: Vec<&'a [u8]>,
}

impl<'a> Config<'a> {
    /// Reads an `AVCDecoderConfigurationRecord`; an empty one means Annex B byte streams.
    ///
    /// # Errors
    /// Where it is none, or cut off.
    pub fn parse(config: &'a [u8]) -> Result<Self, String> {
        let Some(version) = config.first() else {
            return Ok(Self { framing: Framing::AnnexB, sets: Vec::new() });
        };
        if *version != 1 {
            return Err(format!("an AVC configuration record of version {version}; 1 is known"));
        }
        Self::parse_record(config).ok_or_else(|| "the AVC configuration record is cut off".to_owned())
    }

    fn parse_record(config: &'a [u8]) -> Option<Self> {
        let length_bytes = usize::from(config.get(4)? & 3) + 1;
        let sequences = config.get(5)? & 0x1F;
        let mut rest = config.get(6..)?;
        let mut sets = Vec::new();
        for _ in 0..sequences {
            sets.push(take_unit(&mut rest)?);
        }
        let (pictures, behind) = rest.split_first()?;
        rest = behind;
        for _ in 0..*pictures {
            sets.push(take_unit(&mut rest)?);
        }
        Some(Self { framing: Framing::Lengths(length_bytes), sets })
    }
}

fn take_unit<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    let (unit, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = behind;
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_lengths_and_sets() {
        let record = [1, 100, 0, 31, 0xFF, 0xE1, 0, 2, 0x67, 1, 1, 0, 3, 0x68, 2, 3];
        let config = Config::parse(&record).expect("whole");
        assert_eq!(config, Config { framing: Framing::Lengths(4), sets: vec![&[0x67, 1], &[0x68, 2, 3]] });
        for length in 1..record.len() {
            assert!(Config::parse(&record[..length]).is_err(), "{length} bytes of it");
        }
        assert_eq!(Config::parse(&[]).expect("a byte stream").framing, Framing::AnnexB);
        assert!(Config::parse(&[0, 0, 0, 1]).is_err());
    }
}
