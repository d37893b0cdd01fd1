//! What an `AudioSpecificConfig` says of AAC sound (ISO/IEC 14496-3, 1.6.2).

/// Sampling frequencies by index (ISO/IEC 14496-3, table 1.18).
pub(super) const SAMPLE_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Rate, channels and frame length of AAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AudioConfig {
    /// Samples a second that come out: those of the extension, where it is stated.
    pub sample_rate: u32,
    /// Channels, where the config states them by number.
    pub channels: Option<u16>,
    /// Samples a channel that a packet decodes to, at that rate.
    pub frame_samples: u32,
}

impl AudioConfig {
    /// Reads what is needed; `None` where the config is too short or names no rate.
    pub fn parse(config: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes: config, at: 0 };
        let object_type = object_type(&mut bits)?;
        let core_rate = sample_rate(&mut bits)?;
        let channels = match bits.take(4)? {
            0 => None,
            7 => Some(8),
            count @ 1..=6 => Some(count as u16),
            _ => return None,
        };
        // Spectral band replication, stated in front: the rate that comes out, and the core's object type.
        let (rate, doubled, core_type) = if matches!(object_type, 5 | 29) {
            let rate = sample_rate(&mut bits)?;
            (rate, rate == core_rate.saturating_mul(2), self::object_type(&mut bits)?)
        } else {
            (core_rate, false, object_type)
        };
        let is_short = matches!(core_type, 1..=4 | 6 | 7 | 17 | 19..=23) && bits.take(1)? == 1;
        let frame_samples = if is_short { 960 } else { 1024 };
        Some(Self {
            sample_rate: rate,
            channels,
            frame_samples: if doubled { 2 * frame_samples } else { frame_samples },
        })
    }
}

fn object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)?),
        short => Some(short),
    }
}

fn sample_rate(bits: &mut Bits<'_>) -> Option<u32> {
    let rate = match bits.take(4)? {
        15 => bits.take(24)?,
        index => *SAMPLE_RATES.get(index as usize)?,
    };
    (rate > 0).then_some(rate)
}

/// Bits, the highest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |value, _| {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(value << 1 | u32::from(bit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configs_of_lc_and_of_band_replication() {
        let config =
            |sample_rate, channels, frame_samples| Some(AudioConfig { sample_rate, channels, frame_samples });
        assert_eq!(AudioConfig::parse(&[0x11, 0x90]), config(48_000, Some(2), 1024));
        assert_eq!(AudioConfig::parse(&[0x12, 0x08]), config(44_100, Some(1), 1024));
        assert_eq!(AudioConfig::parse(&[0x11, 0x94]), config(48_000, Some(2), 960));
        assert_eq!(AudioConfig::parse(&[0x2b, 0x11, 0x88, 0x00]), config(48_000, Some(2), 2048));
        assert_eq!(AudioConfig::parse(&[0x17, 0x80, 0x56, 0x22, 0x08]), config(44_100, Some(1), 1024));
        for bad in [&[][..], &[0x11], &[0x16, 0xff], &[0x17, 0x80, 0, 0, 0]] {
            assert_eq!(AudioConfig::parse(bad), None, "{bad:02x?}");
        }
    }
}
