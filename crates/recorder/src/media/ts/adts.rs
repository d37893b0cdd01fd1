//! AAC as streams carry it: frames with a header each (ISO/IEC 13818-7, 6.2; ISO/IEC 14496-3, 1.A.2.2).

use super::super::audio_config::SAMPLE_RATES;

/// Samples a channel of a frame.
pub(super) const FRAME_SAMPLES: u32 = 1_024;

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    object_type: u8,
    rate_index: u8,
    channel_config: u8,
    header_bytes: usize,
    frame_bytes: usize,
    block_count: u8,
}

impl Header {
    /// Reads a header; `None` where the bytes are none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, b, c, d, e, f, g] = bytes.first_chunk::<7>()?;
        // Twelve bits of ones, and two that are 0.
        if sync != 0xff || b & 0xf6 != 0xf0 {
            return None;
        }
        let header = Self {
            object_type: (c >> 6) + 1,
            rate_index: c >> 2 & 15,
            channel_config: (c & 1) << 2 | d >> 6,
            header_bytes: if b & 1 == 1 { 7 } else { 9 },
            frame_bytes: usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5),
            block_count: (g & 3) + 1,
        };
        let is_possible =
            header.frame_bytes > header.header_bytes && SAMPLE_RATES.len() > header.rate_index.into();
        is_possible.then_some(header)
    }

    /// Samples a second.
    pub fn sample_rate(self) -> u32 {
        SAMPLE_RATES.get(usize::from(self.rate_index)).copied().unwrap_or(48_000)
    }

    /// Channels; `None` where the frames state them themselves.
    pub fn channels(self) -> Option<u16> {
        match self.channel_config {
            0 => None,
            7 => Some(8),
            channels => Some(channels.into()),
        }
    }

    /// The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    pub fn config(self) -> Vec<u8> {
        vec![
            self.object_type << 3 | self.rate_index >> 1,
            (self.rate_index & 1) << 7 | self.channel_config << 3,
        ]
    }

    /// Whether both describe the same stream.
    pub fn is_like(self, other: Self) -> bool {
        (self.object_type, self.rate_index, self.channel_config)
            == (other.object_type, other.rate_index, other.channel_config)
    }
}

/// A frame without its header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AdtsFrame {
    pub header: Header,
    /// Its time in samples from the time of `base`.
    pub offset: u64,
    /// The time of the PES packet from which it is counted, in ticks of 1/90,000 s.
    pub base: i64,
    pub data: Vec<u8>,
}

/// Cuts payloads into frames, also those that go from one payload into the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Framer {
    rest: Vec<u8>,
    base: i64,
    offset: u64,
    /// Bytes that were in no frame.
    pub skipped_bytes: u64,
    /// Frames that were left out since they hold several blocks.
    pub refused_count: u64,
}

impl Framer {
    /// Takes the payload of a PES packet whose first frame to begin there is presented at `at`, and gives `each` frame.
    pub fn push(&mut self, at: Option<i64>, payload: &[u8], mut each: impl FnMut(AdtsFrame)) {
        let begun = self.rest.len();
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(payload);
        let (mut from, mut is_new) = (0, at.is_some());
        while let Some(rest) = bytes.get(from..).filter(|rest| rest.len() >= 7) {
            if is_new && from >= begun {
                (self.base, self.offset, is_new) = (at.unwrap_or(self.base), 0, false);
            }
            let Some(header) = Header::parse(rest).filter(|header| is_followed(rest, *header)) else {
                from += 1;
                self.skipped_bytes += 1;
                continue;
            };
            let Some(frame) = rest.get(..header.frame_bytes) else { break };
            if header.block_count == 1 {
                let data = frame.get(header.header_bytes..).unwrap_or_default().to_vec();
                each(AdtsFrame { header, offset: self.offset, base: self.base, data });
            } else {
                self.refused_count += 1;
            }
            self.offset += u64::from(FRAME_SAMPLES) * u64::from(header.block_count);
            from += header.frame_bytes;
        }
        if is_new && from >= begun {
            (self.base, self.offset) = (at.unwrap_or(self.base), 0);
        }
        self.rest = bytes.split_off(from.min(bytes.len()));
    }

    /// Forgets what has begun.
    pub fn reset(&mut self) {
        self.rest.clear();
    }
}

/// Whether behind the frame stands another, or nothing that could tell: a chance match has no second. It need not be coded in the same
/// way, which may change.
fn is_followed(bytes: &[u8], header: Header) -> bool {
    match bytes.get(header.frame_bytes..) {
        Some(next) if next.len() >= 7 => Header::parse(next).is_some(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize, fill: u8) -> Vec<u8> {
        let total = length + 7;
        let mut frame = vec![
            0xff,
            0xf1,
            0x50,
            0x80 | (total >> 11) as u8,
            (total >> 3) as u8,
            (total << 5) as u8 | 0x1f,
            0xfc,
        ];
        frame.resize(total, fill);
        frame
    }

    #[test]
    fn headers_give_the_config() {
        let header = Header::parse(&frame(10, 0)).expect("a header");
        assert_eq!(
            (header.sample_rate(), header.channels(), header.config()),
            (44_100, Some(2), vec![0x12, 0x10])
        );
        assert_eq!(Header::parse(&[0xff; 7]), None);
        assert_eq!(Header::parse(&frame(10, 0)[..6]), None);
    }

    #[test]
    fn frames_that_cross_payloads_count_from_where_they_begin() {
        let bytes: Vec<u8> = (1..=4).flat_map(|fill| frame(20 + usize::from(fill), fill)).collect();
        for cut in 0..bytes.len() {
            let (mut framer, mut frames) = (Framer::default(), Vec::new());
            framer.push(Some(1_000), &bytes[..cut], |frame| {
                frames.push((frame.base, frame.offset, frame.data));
            });
            framer.push(Some(9_000), &bytes[cut..], |frame| {
                frames.push((frame.base, frame.offset, frame.data));
            });
            let starts = [0, 28, 57, 87];
            let begun = starts.iter().filter(|&&start| start < cut).count();
            let expected: Vec<_> = (0..4)
                .map(|index: usize| {
                    let (base, first) = if index < begun { (1_000, 0) } else { (9_000, begun) };
                    (base, 1_024 * (index - first) as u64, vec![index as u8 + 1; 21 + index])
                })
                .collect();
            assert_eq!(frames, expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_frame_may_be_followed_by_one_that_is_coded_in_another_way() {
        let mut mono = frame(9, 3);
        mono[3] &= 0x7f;
        mono[3] |= 0x40;
        let bytes = [frame(9, 1), frame(9, 2), mono, frame(9, 4)].concat();
        let (mut framer, mut found) = (Framer::default(), Vec::new());
        framer.push(Some(0), &bytes, |frame| found.push((frame.header.channels(), frame.data[0])));
        assert_eq!(found, [(Some(2), 1), (Some(2), 2), (Some(1), 3), (Some(2), 4)]);
        assert_eq!(framer.skipped_bytes, 0);
    }

    #[test]
    fn bytes_between_frames_are_skipped() {
        let bytes =
            [&[1, 0xff, 0xf1, 0x3f][..], &frame(9, 1), &[0xff, 0xf1], &frame(9, 2), &frame(9, 3)].concat();
        let (mut framer, mut fills) = (Framer::default(), Vec::new());
        framer.push(Some(0), &bytes, |frame| fills.push(frame.data[0]));
        assert_eq!((fills, framer.skipped_bytes), (vec![2, 3], 4 + 16 + 2));
    }
}
