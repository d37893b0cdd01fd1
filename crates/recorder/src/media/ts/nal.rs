//! Where decoding may begin, told by the NAL units of an access unit.

use super::super::VideoCodec;

/// Whether decoding may begin at an Annex B access unit: H.264 (ISO/IEC 14496-10, table 7-1) at an IDR picture, or where a
/// recovery point follows a sequence parameter set; HEVC (ISO/IEC 23008-2, table 7-1) at any intra random access picture.
pub(super) fn is_key(codec: &VideoCodec, access_unit: &[u8]) -> bool {
    match codec {
        VideoCodec::H264 => {
            let (mut has_sps, mut recovers) = (false, false);
            for unit in units(access_unit) {
                match unit.first().map_or(0, |byte| byte & 0x1f) {
                    5 => return true,
                    // Slices of other pictures: nothing behind them says more.
                    1 | 2 => break,
                    6 => recovers |= unit.get(1) == Some(&6),
                    7 => has_sps = true,
                    _ => {}
                }
            }
            has_sps && recovers
        }
        VideoCodec::Hevc => units(access_unit)
            .map(|unit| unit.first().map_or(0, |byte| byte >> 1 & 0x3f))
            .find(|&kind| kind < 32)
            .is_some_and(|kind| (16..=23).contains(&kind)),
        _ => false,
    }
}

/// The beginnings of NAL units: what follows each start code, to the end of the access unit.
fn units(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = rest.windows(3).position(|window| window == [0, 0, 1])?;
        rest = rest.get(start + 3..)?;
        Some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_units() {
        for (unit, expected) in [
            (&[0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65, 1][..], true),
            (&[0, 0, 1, 0x67, 1, 0, 0, 1, 6, 6, 1, 0, 0, 1, 0x41], true),
            (&[0, 0, 1, 0x67, 1, 0, 0, 1, 6, 5, 1, 0, 0, 1, 0x41], false),
            (&[0, 0, 1, 0x41, 0, 0, 1, 0x65], false),
            (&[0, 0, 1], false),
            (&[], false),
        ] {
            assert_eq!(is_key(&VideoCodec::H264, unit), expected, "{unit:02x?}");
        }
        assert!(is_key(&VideoCodec::Hevc, &[0, 0, 1, 0x40, 1, 0, 0, 1, 0x26, 1]));
        assert!(!is_key(&VideoCodec::Hevc, &[0, 0, 1, 0x40, 1, 0, 0, 1, 0x02, 1]));
    }
}
