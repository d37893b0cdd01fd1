//! Sequence parameter sets: what kind of video it is, and whether it can be decoded here (ITU-T H.264, 7.3.2.1.1 and
//! annex E).

use polyptych::{Matrix, Range};

use crate::decode::bits::BitReader;
use crate::decode::look::{Stated, check_size};

/// What of a sequence parameter set counts here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    pub id: u32,
    profile: u32,
    level: u32,
    /// Of luma samples, before cropping.
    coded_size: (u64, u64),
    /// `log2_max_frame_num`, 4 to 16.
    pub frame_num_bits: u32,
    pub allows_frame_num_gaps: bool,
    order_count_type: u32,
    /// Samples that are left out at the left and at the top.
    pub crop: (usize, usize),
    /// Pictures that may stand before one in decoding order and behind it in presentation.
    pub reorder_depth: usize,
    pub stated: Stated,
}

/// The profiles whose sets state chroma format and bit depth (7.3.2.1.1).
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// Baseline, Main, High, and the ones above High where they use nothing that High has not.
const PROFILES: [u32; 5] = [66, 77, 100, 110, 122];
/// No picture waits for more than these, and none refers to more (7.4.2.1.1, A.3.1).
const MAX_PICTURES: u64 = 16;
/// What no level's buffer is larger than, in blocks of 16×16 pixels (level 6.2 of table A-1): 267 MB of pictures. Streams that are
/// larger than the level that they state exist and are decoded, up to this.
const MAX_BUFFER_BLOCKS: u64 = 696_320;

impl Sequence {
    /// Reads a set's payload.
    ///
    /// # Errors
    /// What about it cannot be decoded here, or that it is cut off.
    pub fn parse(payload: &[u8]) -> Result<Self, String> {
        let mut reader = BitReader::new(payload);
        let cut_off = || "a sequence parameter set is cut off".to_owned();
        let profile = reader.bits(8).ok_or_else(cut_off)?;
        let constraints = reader.bits(8).ok_or_else(cut_off)?;
        let level = reader.bits(8).ok_or_else(cut_off)?;
        let id = reader.unsigned().ok_or_else(cut_off)?;
        if id > 31 {
            return Err(format!("sequence parameter set {id}; ids go from 0 to 31"));
        }
        if !PROFILES.contains(&profile) {
            return Err(format!("profile {profile}; Baseline (66), Main (77) and High (100) can be decoded"));
        }
        if HIGH_PROFILES.contains(&profile) {
            refuse_high_formats(&mut reader).ok_or_else(cut_off)??;
        }
        let mut sequence = Self::parse_common(&mut reader, profile, level, id).ok_or_else(cut_off)??;
        let unused_intra_only = profile != 66 && profile != 77 && constraints & 0x10 != 0;
        sequence.reorder_depth = if unused_intra_only { 0 } else { sequence.inferred_depth() };
        if reader.bit() == Some(true) {
            sequence.parse_usability(&mut reader);
        }
        Ok(sequence)
    }

    /// From `log2_max_frame_num_minus4` to the cropping.
    fn parse_common(
        reader: &mut BitReader<'_>,
        profile: u32,
        level: u32,
        id: u32,
    ) -> Option<Result<Self, String>> {
        let frame_num_bits = reader.unsigned()?.saturating_add(4);
        if frame_num_bits > 16 {
            return Some(Err(format!("frame numbers of {frame_num_bits} bits; 4 to 16 are allowed")));
        }
        let order_count_type = reader.unsigned()?;
        match order_count_type {
            0 => {
                let bits = reader.unsigned()?.saturating_add(4);
                if bits > 16 {
                    return Some(Err(format!("picture order counts of {bits} bits; 4 to 16 are allowed")));
                }
            }
            1 if profile == 66 => {
                reader.bit()?;
                reader.signed()?;
                reader.signed()?;
                for _ in 0..reader.unsigned()?.min(255) {
                    reader.signed()?;
                }
            }
            2 => {}
            other => {
                return Some(Err(format!(
                    "picture order count type {other} in profile {profile}; 0 and 2 can be decoded"
                )));
            }
        }
        let reference_count = u64::from(reader.unsigned()?);
        let allows_frame_num_gaps = reader.bit()?;
        let width = (u64::from(reader.unsigned()?) + 1) * 16;
        let height = (u64::from(reader.unsigned()?) + 1) * 16;
        if !reader.bit()? {
            return Some(Err("interlaced video (frame_mbs_only_flag is 0)".to_owned()));
        }
        if let Err(problem) = check_size(width, height) {
            return Some(Err(problem));
        }
        let most = buffered(MAX_BUFFER_BLOCKS, (width, height));
        if reference_count > most {
            return Some(Err(format!(
                "{reference_count} reference pictures of {width}x{height} pixels; {most} of that size are allowed"
            )));
        }
        reader.bit()?;
        let mut edges = [0; 4];
        if reader.bit()? {
            for edge in &mut edges {
                *edge = u64::from(reader.unsigned()?) * 2;
            }
        }
        let [left, right, top, bottom] = edges;
        if left + right >= width || top + bottom >= height {
            return Some(Err(format!(
                "{left}+{right} columns and {top}+{bottom} rows cut off {width}x{height} pixels"
            )));
        }
        Some(Ok(Self {
            id,
            profile,
            level,
            coded_size: (width, height),
            frame_num_bits,
            allows_frame_num_gaps,
            order_count_type,
            crop: (usize::try_from(left).ok()?, usize::try_from(top).ok()?),
            reorder_depth: 0,
            stated: Stated::default(),
        }))
    }

    /// How far pictures may be out of order where the stream does not say: as many as the level's buffer holds (A.3.1,
    /// table A-1).
    fn inferred_depth(&self) -> usize {
        if self.profile == 66 || self.order_count_type == 2 {
            return 0;
        }
        let buffer_blocks: u64 = match self.level {
            0..=10 => 396,
            11 => 900,
            12..=20 => 2376,
            21 => 4752,
            22..=30 => 8100,
            31 => 18_000,
            32 => 20_480,
            33..=41 => 32_768,
            42 => 34_816,
            43..=50 => 110_400,
            51..=52 => 184_320,
            _ => MAX_BUFFER_BLOCKS,
        };
        buffered(buffer_blocks, self.coded_size) as usize
    }

    /// The video usability information (E.1.1). It may be broken where the pictures are not: what is cut off says
    /// nothing.
    fn parse_usability(&mut self, reader: &mut BitReader<'_>) {
        self.stated.pixel_aspect = match pixel_aspect(reader) {
            Some(aspect) => aspect,
            None => return,
        };
        let Some((matrix, range)) = colors(reader) else { return };
        (self.stated.matrix, self.stated.range) = (matrix, range);
        if let Some(Some(depth)) = reorder_depth(reader) {
            self.reorder_depth = u64::from(depth).min(buffered(MAX_BUFFER_BLOCKS, self.coded_size)) as usize;
        }
    }
}

/// How many pictures of a size, in pixels, a buffer of so many blocks holds (A.3.1).
fn buffered(blocks: u64, (width, height): (u64, u64)) -> u64 {
    (blocks * 256 / (width * height).max(1)).min(MAX_PICTURES)
}

/// From `chroma_format_idc` to the scaling lists.
fn refuse_high_formats(reader: &mut BitReader<'_>) -> Option<Result<(), String>> {
    let chroma = reader.unsigned()?;
    if chroma != 1 {
        let name =
            ["monochrome", "4:2:0", "4:2:2", "4:4:4"].get(chroma as usize).copied().unwrap_or("unknown");
        return Some(Err(format!("chroma format {name}; 4:2:0 can be decoded")));
    }
    let (luma_depth, chroma_depth) = (reader.unsigned()?, reader.unsigned()?);
    if luma_depth != 0 || chroma_depth != 0 {
        let depth = luma_depth.max(chroma_depth).saturating_add(8);
        return Some(Err(format!("{depth} bits a sample; 8 can be decoded")));
    }
    if reader.bit()? {
        return Some(Err("lossless blocks (qpprime_y_zero_transform_bypass_flag is 1)".to_owned()));
    }
    if reader.bit()? {
        for index in 0..8 {
            if reader.bit()? {
                skip_scaling_list(reader, if index < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(Ok(()))
}

/// A scaling list (7.3.2.1.1.1).
pub(super) fn skip_scaling_list(reader: &mut BitReader<'_>, length: usize) -> Option<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..length {
        if next != 0 {
            next = (last + i64::from(reader.signed()?)).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// Width over height of a pixel, where it is stated (table E-1).
fn pixel_aspect(reader: &mut BitReader<'_>) -> Option<Option<(i32, i32)>> {
    const ASPECTS: [(i32, i32); 17] = [
        (0, 0),
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    if !reader.bit()? {
        return Some(None);
    }
    let (num, den) = match reader.bits(8)? {
        255 => (i32::try_from(reader.bits(16)?).ok()?, i32::try_from(reader.bits(16)?).ok()?),
        index => ASPECTS.get(index as usize).copied().unwrap_or((0, 0)),
    };
    Some((num > 0 && den > 0).then_some((num, den)))
}

/// Matrix and range, where they are stated (tables E-2 to E-5), with what stands before and between.
fn colors(reader: &mut BitReader<'_>) -> Option<(Option<Matrix>, Option<Range>)> {
    if reader.bit()? {
        reader.bit()?;
    }
    let mut stated = (None, None);
    if reader.bit()? {
        reader.bits(3)?;
        stated.1 = Some(if reader.bit()? { Range::Full } else { Range::Limited });
        if reader.bit()? {
            reader.bits(16)?;
            stated.0 = match reader.bits(8)? {
                1 => Some(Matrix::Bt709),
                5 | 6 => Some(Matrix::Bt601),
                _ => None,
            };
        }
    }
    Some(stated)
}

/// From the place of chroma samples to `max_num_reorder_frames`.
fn reorder_depth(reader: &mut BitReader<'_>) -> Option<Option<u32>> {
    if reader.bit()? {
        reader.unsigned()?;
        reader.unsigned()?;
    }
    if reader.bit()? {
        reader.bits(32)?;
        reader.bits(32)?;
        reader.bit()?;
    }
    let has_nal_timing = reader.bit()?;
    if has_nal_timing {
        skip_buffer_model(reader)?;
    }
    let has_vcl_timing = reader.bit()?;
    if has_vcl_timing {
        skip_buffer_model(reader)?;
    }
    if has_nal_timing || has_vcl_timing {
        reader.bit()?;
    }
    reader.bit()?;
    if !reader.bit()? {
        return Some(None);
    }
    reader.bit()?;
    for _ in 0..4 {
        reader.unsigned()?;
    }
    Some(Some(reader.unsigned()?))
}

/// The parameters of a decoder's buffer (E.1.2).
fn skip_buffer_model(reader: &mut BitReader<'_>) -> Option<()> {
    let count = reader.unsigned()?.min(31) + 1;
    reader.bits(8)?;
    for _ in 0..count {
        reader.unsigned()?;
        reader.unsigned()?;
        reader.bit()?;
    }
    reader.bits(20)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::bits::BitWriter;

    /// What a set says, from the start.
    #[derive(Clone)]
    struct Said {
        profile: u32,
        level: u32,
        chroma: u32,
        depth: u32,
        order_type: u32,
        references: u32,
        blocks: (u32, u32),
        is_progressive: bool,
        crop: [u32; 4],
    }

    const PLAIN: Said = Said {
        profile: 100,
        level: 31,
        chroma: 1,
        depth: 8,
        order_type: 0,
        references: 4,
        blocks: (80, 45),
        is_progressive: true,
        crop: [0; 4],
    };

    impl Said {
        fn written(&self) -> BitWriter {
            let mut writer =
                BitWriter::default().bits(8, self.profile).bits(8, 0).bits(8, self.level).unsigned(0);
            if HIGH_PROFILES.contains(&self.profile) {
                writer = writer.unsigned(self.chroma).unsigned(self.depth - 8).unsigned(0).bits(2, 0);
            }
            writer = writer.unsigned(4).unsigned(self.order_type);
            writer = match self.order_type {
                0 => writer.unsigned(2),
                1 => writer.bits(1, 0).signed(-1).signed(1).unsigned(1).signed(2),
                _ => writer,
            };
            writer = writer.unsigned(self.references).bits(1, 0);
            writer = writer.unsigned(self.blocks.0 - 1).unsigned(self.blocks.1 - 1);
            writer = writer.bits(1, self.is_progressive.into()).bits(1, 1).bits(1, 1);
            self.crop.into_iter().fold(writer, BitWriter::unsigned)
        }

        fn parsed(&self) -> Result<Sequence, String> {
            Sequence::parse(&self.written().bits(1, 0).closed())
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_named() {
        let refused = |said: Said| said.parsed().expect_err("it cannot be decoded");
        assert!(refused(Said { is_progressive: false, ..PLAIN }).contains("interlaced"));
        assert!(refused(Said { depth: 10, ..PLAIN }).contains("10 bits"));
        assert!(refused(Said { chroma: 2, ..PLAIN }).contains("4:2:2"));
        assert!(refused(Said { chroma: 0, ..PLAIN }).contains("monochrome"));
        assert!(refused(Said { profile: 88, ..PLAIN }).contains("profile 88"));
        assert!(refused(Said { profile: 118, ..PLAIN }).contains("profile 118"));
        assert!(refused(Said { order_type: 1, ..PLAIN }).contains("order count type 1"));
        assert!(refused(Said { blocks: (514, 45), ..PLAIN }).contains("8224x720"));
        assert!(refused(Said { blocks: (512, 273), ..PLAIN }).contains("at most 35651584 pixels"));
        assert!(refused(Said { blocks: (1 << 30, 45), ..PLAIN }).contains("x720"));
        assert!(refused(Said { crop: [320, 320, 0, 0], ..PLAIN }).contains("640+640 columns"));
    }

    #[test]
    fn no_more_pictures_are_kept_than_the_largest_level_allows() {
        let said = |references, blocks| Said { references, blocks, level: 30, ..PLAIN };
        for (most, blocks) in [(16, (120, 68)), (16, (240, 135)), (5, (512, 272))] {
            said(most, blocks).parsed().expect("the size of a level");
            let refused = said(most + 1, blocks).parsed().expect_err("it would take too much");
            assert!(refused.contains(&format!("; {most} of that size")), "{refused}");
        }
        let waiting = said(5, (512, 272)).written().bits(1, 1).bits(8, 0).bits(1, 1).bits(1, 1);
        let waiting = waiting.unsigned(0).unsigned(0).unsigned(9).unsigned(9).unsigned(16).unsigned(16);
        assert_eq!(Sequence::parse(&waiting.closed()).expect("it can be decoded").reorder_depth, 5);
    }

    #[test]
    fn sets_that_are_cut_off_are_refused() {
        let whole = PLAIN.written().bits(1, 0).closed();
        for length in 0..whole.len() - 2 {
            assert!(Sequence::parse(&whole[..length]).is_err(), "{length} bytes of it");
        }
    }

    #[test]
    fn reordering_is_as_deep_as_the_levels_buffer_unless_it_is_stated() {
        let depth = |said: Said| said.parsed().expect("it can be decoded").reorder_depth;
        assert_eq!(depth(PLAIN), 5, "1280x720 at level 3.1");
        assert_eq!(depth(Said { blocks: (4, 4), ..PLAIN }), 16);
        assert_eq!(depth(Said { profile: 66, ..PLAIN }), 0);
        assert_eq!(depth(Said { order_type: 2, ..PLAIN }), 0);
        assert_eq!(depth(Said { profile: 66, order_type: 1, ..PLAIN }), 0);
        // Nothing about aspect, overscan, signal, chroma place, timing, buffers and structure; then the restriction.
        let restricted = PLAIN.written().bits(1, 1).bits(8, 0).bits(1, 1).bits(1, 1);
        let restricted = restricted.unsigned(0).unsigned(0).unsigned(9).unsigned(9).unsigned(2).unsigned(4);
        assert_eq!(Sequence::parse(&restricted.closed()).expect("it can be decoded").reorder_depth, 2);
    }

    #[test]
    fn colours_and_pixels_are_read_and_what_is_cut_off_says_nothing() {
        let usable = |writer: BitWriter| Sequence::parse(&writer.closed()).expect("it can be decoded").stated;
        let signal = PLAIN.written().bits(1, 1).bits(1, 1).bits(8, 255).bits(16, 4).bits(16, 3).bits(1, 0);
        let signal = signal.bits(1, 1).bits(3, 5).bits(1, 1).bits(1, 1).bits(16, 0x0101).bits(8, 6);
        assert_eq!(
            usable(signal),
            Stated { pixel_aspect: Some((4, 3)), matrix: Some(Matrix::Bt601), range: Some(Range::Full) }
        );
        assert_eq!(usable(PLAIN.written().bits(1, 1)), Stated::default());
    }

    #[test]
    fn cropping_counts_samples() {
        let sequence = Said { crop: [1, 2, 3, 4], ..PLAIN }.parsed().expect("it can be decoded");
        assert_eq!(sequence.crop, (2, 6));
    }
}
