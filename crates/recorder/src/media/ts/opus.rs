//! Opus as transport streams carry it: access units with a control header each (Opus in MPEG-2 TS, `opus_control_header`).

/// An access unit without its header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OpusUnit {
    /// Samples of 48,000 a second that are not presented: at the front, at the back.
    pub trim: (u32, u32),
    /// Samples that it decodes to.
    pub samples: u32,
    pub data: Vec<u8>,
}

/// The access units of a payload; what does not read as one ends them.
pub(super) fn units(payload: &[u8]) -> Vec<OpusUnit> {
    let (mut units, mut rest) = (Vec::new(), payload);
    while let Some((unit, behind)) = unit(rest) {
        units.push(unit);
        rest = behind;
    }
    units
}

fn unit(bytes: &[u8]) -> Option<(OpusUnit, &[u8])> {
    let (&[high, low], mut rest) = bytes.split_first_chunk::<2>()?;
    // Eleven bits that are always the same.
    if high != 0x7f || low & 0xe0 != 0xe0 {
        return None;
    }
    let mut length = 0;
    loop {
        let (&byte, behind) = rest.split_first()?;
        (length, rest) = (length + usize::from(byte), behind);
        if byte != 0xff {
            break;
        }
    }
    let mut trim = [0; 2];
    for (trim, flag) in trim.iter_mut().zip([0x10, 0x08]) {
        if low & flag != 0 {
            let (&[high, low], behind) = rest.split_first_chunk::<2>()?;
            *trim = u32::from(high & 0x1f) << 8 | u32::from(low);
            rest = behind;
        }
    }
    if low & 0x04 != 0 {
        let (&length, behind) = rest.split_first()?;
        rest = behind.get(length.into()..)?;
    }
    let (data, behind) = rest.split_at_checked(length)?;
    let samples = samples(data)?;
    Some((OpusUnit { trim: (trim[0], trim[1]), samples, data: data.to_vec() }, behind))
}

/// Samples of 48,000 a second that a packet decodes to (RFC 6716, 3.1 and 3.2); `None` where it is none, or beyond 120 ms.
fn samples(packet: &[u8]) -> Option<u32> {
    let &toc = packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    Some(frame * count).filter(|samples| (1..=5_760).contains(samples))
}

/// The identification header for so many channels (RFC 7845, 5.1): transport streams have none. What is to be skipped stands in
/// the control headers.
pub(super) fn head(channels: u8) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend_from_slice(&0_u16.to_le_bytes());
    head.extend_from_slice(&48_000_u32.to_le_bytes());
    head.extend_from_slice(&[0, 0, 0]);
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_headers_come_off() {
        let first = [&[0x7f, 0xf0, 0xff, 0x01, 0x01, 0x38, 0x0c << 3 | 1 << 3][..], &[7; 255]].concat();
        let second = [0x7f, 0xe0, 0x02, 0xfc, 1];
        let found = units(&[&first[..], &second, &[0x7f, 0xe0, 9]].concat());
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].trim, found[0].samples, found[0].data.len()), ((312, 0), 960, 256));
        assert_eq!(
            (found[1].trim, found[1].samples, found[1].data.as_slice()),
            ((0, 0), 960, &[0xfc, 1][..])
        );
    }
}
