//! Bits of a header, the most significant first.

/// Reads a header bit by bit. `None` behind the end, from every method.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// In bits.
    position: usize,
}

impl<'a> BitReader<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    /// The next bit.
    pub fn bit(&mut self) -> Option<bool> {
        let byte = *self.data.get(self.position / 8)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Some(bit == 1)
    }

    /// The next `count` bits as a number, at most 32.
    pub fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count.min(32) {
            value = value << 1 | u32::from(self.bit()?);
        }
        Some(value)
    }

    /// An unsigned Exp-Golomb number (ITU-T H.264, 9.1).
    pub fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let suffix = self.bits(zeros)?;
        Some((1_u32 << zeros) - 1 + suffix)
    }

    /// A signed Exp-Golomb number (ITU-T H.264, 9.1.1).
    pub fn signed(&mut self) -> Option<i32> {
        let code = self.unsigned()?;
        let magnitude = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 1 { magnitude } else { -magnitude })
    }

    /// Whether anything but the closing bit and its zeros is left (ITU-T H.264, 7.2, `more_rbsp_data`).
    pub fn has_more_payload(&self) -> bool {
        let Some(last_byte) = self.data.iter().rposition(|byte| *byte != 0) else { return false };
        let closing_bit = last_byte * 8 + 7 - self.data[last_byte].trailing_zeros() as usize;
        self.position < closing_bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_are_those_of_the_standards_table() {
        // 1, 010, 011, 00100, 00101 and then as signed numbers 010, 011, 00100.
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1010_0110, 0b0100_0000]);
        let unsigned: Vec<_> = (0..5).map_while(|_| reader.unsigned()).collect();
        assert_eq!(unsigned, [0, 1, 2, 3, 4]);
        let signed: Vec<_> = (0..3).map_while(|_| reader.signed()).collect();
        assert_eq!(signed, [1, -1, 2]);
    }

    #[test]
    fn the_end_and_codes_that_are_too_long_give_nothing() {
        assert_eq!(BitReader::new(&[]).bit(), None);
        assert_eq!(BitReader::new(&[0xFF]).bits(9), None);
        assert_eq!(BitReader::new(&[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]).unsigned(), None);
        assert_eq!(
            BitReader::new(&[0, 0, 0, 1, 0, 0, 0, 0]).unsigned(),
            Some(u32::MAX >> 1),
            "31 zeros, then 31 bits"
        );
    }

    #[test]
    fn the_closing_bit_is_no_payload() {
        let mut reader = BitReader::new(&[0b1011_0000, 0]);
        assert!(reader.has_more_payload());
        reader.bits(3);
        assert!(!reader.has_more_payload());
    }
}
