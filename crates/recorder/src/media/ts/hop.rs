//! Goes ahead in a stream without reading all of it.
//!
//! A stamp within 10 s of the one before goes on with its clock, whatever lies between (see `timeline`). So it is enough to look at one
//! PES packet every few seconds. Where stamps do not follow so closely, at a gap, a new clock or damage, no further place is given:
//! from the last one on everything must be read.

use polyptych::Timestamp;

use super::super::{MediaError, clock};
use super::CLOCK_HZ;
use super::timeline::{Timeline, distance};
use super::units::Units;

/// The longest step between two stamps, in ticks of 1/90,000 s: 8 s, below the timeline's bound by more than pictures are reordered.
const MAX_STEP: i64 = 8 * 90_000;
/// The first hop, and the shortest and the longest one, in bytes.
const HOPS: (u64, u64, u64) = (1 << 20, 32 << 10, 64 << 20);

/// Where reading can go on as if it had come there from the beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub at: u64,
    pub timeline: Timeline,
}

/// Places from the beginning on, the last of them where `until` has come or where hopping ends. Times count from `zero`.
///
/// The last place is no more than a hint: a clock that begins anew right behind it would go on from pictures that were not seen. Between
/// two places no clock begins anew.
pub(super) fn places(units: &mut Units, until: Timestamp, zero: i64) -> Result<Vec<Place>, MediaError> {
    let mut places = vec![Place::default()];
    units.go_to(0, Timeline::default());
    let Some((mut stamp, mut time, mut place)) = stamped(units)? else { return Ok(places) };
    let len = units.input().len();
    let (mut hop, shortest, longest) = HOPS;
    let moment = |time: i64| clock::moment(i128::from(time) - i128::from(zero), CLOCK_HZ);
    while moment(time) <= until && hop >= shortest {
        let next = place.at.saturating_add(hop);
        let found = if next < len {
            units.go_to(next, place.timeline.clone());
            stamped(units)?
        } else {
            None
        };
        let step = |found: i64| distance(stamp, found);
        match found {
            Some((found, at, behind)) if (1..=MAX_STEP).contains(&step(found)) => {
                if step(found) < MAX_STEP / 3 {
                    hop = hop.saturating_mul(2).min(longest);
                }
                (stamp, time, place) = (found, at, behind);
                places.push(place.clone());
            }
            _ => hop /= 2,
        }
    }
    Ok(places)
}

/// The next stamp, its time and its place.
fn stamped(units: &mut Units) -> Result<Option<(i64, i64, Place)>, MediaError> {
    while let Some((time, unit)) = units.next()? {
        if let Some(stamp) = unit.pts {
            let place = Place { at: unit.start, timeline: units.checkpoint() };
            return Ok(Some((stamp, time, place)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Seek, SeekFrom};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::super::super::input::Input;
    use super::super::super::{PacketReader, TrackKind};
    use super::super::reader;
    use super::super::tables::crc32;
    use super::*;

    /// Counts the bytes that are read.
    struct Counted(Cursor<Arc<[u8]>>, Arc<AtomicU64>);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read(buffer)?;
            self.1.fetch_add(count as u64, Ordering::Relaxed);
            Ok(count)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    /// A packet that holds a section.
    fn table(pid: u16, id: u8, body: &[u8]) -> Vec<u8> {
        let len = body.len() + 9;
        let mut section = vec![id, 0xb0, len as u8, 0, 1, 0xc1, 0, 0];
        section.extend_from_slice(body);
        section.extend(crc32(&section).to_be_bytes());
        let mut packet = vec![0x47, 0x40 | (pid >> 8) as u8, pid as u8, 0x10, 0];
        packet.extend(section);
        packet.resize(188, 0xff);
        packet
    }

    /// H.264 at 25 pictures a second, 918 bytes each, a keyframe every 50, with these stamps.
    fn stream(stamps: impl Iterator<Item = i64>) -> Arc<[u8]> {
        let mut bytes = table(0, 0, &[0, 1, 0xf0, 0]);
        bytes.extend(table(0x1000, 2, &[0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0]));
        let mut counter = 0;
        for (index, stamp) in stamps.enumerate() {
            let flags = if index % 50 == 0 { 0x40 } else { 0 };
            let [a, b, c, d, e] =
                [stamp >> 29 & 14 | 0x21, stamp >> 22, stamp >> 14 | 1, stamp >> 7, stamp << 1 | 1];
            let pes = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, a as u8, b as u8, c as u8, d as u8, e as u8];
            bytes.extend([0x47, 0x41, 0, 0x30 | counter, 1, flags]);
            bytes.extend(pes);
            bytes.resize(bytes.len() + 182 - pes.len(), 0);
            counter = (counter + 1) & 15;
            for _ in 0..4 {
                bytes.extend([0x47, 1, 0, 0x10 | counter]);
                bytes.resize(bytes.len() + 184, 0);
                counter = (counter + 1) & 15;
            }
        }
        bytes.into()
    }

    fn opened(bytes: &Arc<[u8]>) -> (Box<dyn PacketReader>, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let mut open = || {
            let source = Counted(Cursor::new(bytes.clone()), count.clone());
            Input::new(Path::new("x.ts"), Box::new(source))
        };
        (reader(&mut open, &[], TrackKind::Video).expect("a reader"), count.clone())
    }

    /// Seeks, and compares with what all packets say.
    fn assert_found(bytes: &Arc<[u8]>, seconds: &[i64], most_read: u64) {
        let all: Vec<_> = {
            let (mut reader, _) = opened(bytes);
            std::iter::from_fn(|| reader.next_packet().expect("read")).collect()
        };
        for &at in seconds {
            let at = Timestamp::from_secs(at);
            let before = all.iter().take_while(|packet| packet.at <= at);
            let expected = before.filter(|packet| packet.is_key).last().unwrap_or(&all[0]);
            let (mut reader, read) = opened(bytes);
            reader.seek(at).expect("sought");
            for expected in all.iter().skip_while(|packet| packet.at < expected.at).take(60) {
                let found = reader.next_packet().expect("read").expect("a packet");
                assert_eq!((found.at, found.is_key), (expected.at, expected.is_key), "{at}");
            }
            let read = read.load(Ordering::Relaxed);
            assert!(read <= most_read, "{at}: {read} bytes of {}", bytes.len());
        }
    }

    fn pictures(count: i64) -> impl Iterator<Item = i64> {
        (0..count).map(|index| index * 3_600)
    }

    #[test]
    fn seeking_reads_little_of_a_long_stream() {
        // Past the wrap.
        let bytes = stream(pictures(30_000).map(|stamp| ((1 << 33) - 9_000_000 + stamp) % (1 << 33)));
        assert_found(&bytes, &[-1, 0, 5, 99, 100, 101, 640, 1_190, 1_300], bytes.len() as u64 / 6);
    }

    #[test]
    fn seeking_is_right_past_gaps_and_new_clocks() {
        let all = u64::MAX;
        let gap = stream(pictures(2_000).chain(pictures(9_000).map(|stamp| stamp + 90_000 * 3_600)));
        assert_found(&gap, &[30, 79, 80, 3_000, 3_605, 3_670, 3_900], all);
        let back = stream(pictures(2_000).map(|stamp| stamp + 900_000_000).chain(pictures(9_000)));
        assert_found(&back, &[30, 79, 80, 81, 120, 158, 400], all);
        let damaged =
            stream(pictures(4_000).map(|stamp| if stamp % 9_000_000 == 36_000 { 1 << 32 } else { stamp }));
        assert_found(&damaged, &[30, 99, 100, 101, 120, 158], all);
    }
}
