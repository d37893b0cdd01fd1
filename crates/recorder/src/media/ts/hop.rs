//! Goes ahead in a stream without reading all of it.
//!
//! A stamp within 10 s of the one before goes on with its clock, whatever lies between (see `timeline`). So it is enough to look at one
//! PES packet every few seconds, as long as it is known that it was a few seconds: stamps alone do not say so, as a clock that began anew
//! on the way can stand right again by chance. Bytes do. Each hop is as long as what was read before it says that 2.5 s are, and where
//! stamps do not follow so closely, at a gap, a new clock, damage or other contents, the stretch is read and measured.

use polyptych::Timestamp;

use super::super::{MediaError, clock};
use super::CLOCK_HZ;
use super::timeline::distance;
use super::units::{Place, Units};

/// What a hop is to be, in ticks of 1/90,000 s: 2.5 s. A clock that goes back does so by more than the timeline's bound of 10 s; for a
/// hop over that to look right, the stream's rate would have to fall to less than a quarter at that very place.
const HOP: i64 = 225_000;
/// What a hop may turn out to be: a quarter to twice of that.
const STEPS: std::ops::RangeInclusive<i64> = HOP / 4..=2 * HOP;
/// The shortest and the longest hop, in bytes: a look reads about 16 KiB.
const HOP_BYTES: (u64, u64) = (32 << 10, 64 << 20);
/// The least that is read where it is not hopped, in bytes; and [`HOP`] in time, so that keyframes weigh what they do.
const STRETCH_BYTES: u64 = 64 << 10;

/// A stamp, its time and its place.
#[derive(Clone, Debug)]
struct Stamped {
    stamp: i64,
    time: i64,
    place: Place,
}

impl Stamped {
    /// How long a hop is at the rate from here to there, in bytes.
    fn hop(&self, there: &Self) -> u64 {
        let bytes = i128::from(there.place.at) - i128::from(self.place.at);
        let ticks = i128::from(there.time) - i128::from(self.time);
        let hop = bytes.saturating_mul(i128::from(HOP)) / ticks.max(1);
        u64::try_from(hop).unwrap_or(0).min(HOP_BYTES.1)
    }
}

/// Places from the beginning on, the last of them where `until` has come or where the stream ends. Times count from `zero`.
///
/// The last place is no more than a hint: a clock that begins anew right behind it would go on from pictures that were not seen.
pub(super) fn places(units: &mut Units, until: Timestamp, zero: i64) -> Result<Vec<Place>, MediaError> {
    let beginning = units.beginning();
    units.go_to(beginning.clone());
    let Some(first) = stamped(units)? else { return Ok(vec![beginning]) };
    let mut last = Stamped { place: beginning, ..first };
    let mut places = Vec::new();
    let (mut hop, mut is_hopped) = (0, false);
    let moment = |time: i64| clock::moment(i128::from(time) - i128::from(zero), CLOCK_HZ);
    while moment(last.time) <= until {
        let mut found = None;
        if hop >= HOP_BYTES.0 {
            units.go_to(Place { at: last.place.at.saturating_add(hop), ..last.place.clone() });
            found = stamped(units)?.filter(|found| STEPS.contains(&distance(last.stamp, found.stamp)));
        }
        let from = match (&found, is_hopped) {
            (None, true) => places.pop().unwrap_or_else(|| last.clone()),
            _ => last.clone(),
        };
        is_hopped = found.is_some();
        let least = last.place.at.saturating_add(STRETCH_BYTES);
        let Some(next) = found.map_or_else(|| read(units, &from, least), |found| Ok(Some(found)))? else {
            last = from;
            break;
        };
        hop = from.hop(&next);
        places.push(from);
        last = next;
    }
    places.push(last);
    Ok(places.into_iter().map(|stamped| stamped.place).collect())
}

/// Reads from a place on for the time of a hop and to `least` at least; `None` where the stream ends before.
fn read(units: &mut Units, from: &Stamped, least: u64) -> Result<Option<Stamped>, MediaError> {
    units.go_to(from.place.clone());
    while let Some(found) = stamped(units)? {
        if found.place.at >= least && found.time.saturating_sub(from.time) >= HOP {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The next stamp.
fn stamped(units: &mut Units) -> Result<Option<Stamped>, MediaError> {
    while let Some((time, unit)) = units.next()? {
        if let Some(stamp) = unit.pts {
            return Ok(Some(Stamped { stamp, time, place: units.place_of(&unit) }));
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
        uneven(stamps.map(|stamp| (stamp, 4)))
    }

    /// The same of pictures that take so many transport packets more than one.
    fn uneven(pictures: impl Iterator<Item = (i64, usize)>) -> Arc<[u8]> {
        let mut bytes = table(0, 0, &[0, 1, 0xf0, 0]);
        bytes.extend(table(0x1000, 2, &[0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0]));
        let mut counter = 0;
        for (index, (stamp, more)) in pictures.enumerate() {
            let flags = if index % 50 == 0 { 0x40 } else { 0 };
            let [a, b, c, d, e] =
                [stamp >> 29 & 14 | 0x21, stamp >> 22, stamp >> 14 | 1, stamp >> 7, stamp << 1 | 1];
            let pes = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, a as u8, b as u8, c as u8, d as u8, e as u8];
            bytes.extend([0x47, 0x41, 0, 0x30 | counter, 1, flags]);
            bytes.extend(pes);
            // Which picture it is.
            bytes.extend((index as u32 | 1 << 31).to_be_bytes());
            bytes.resize(bytes.len() + 178 - pes.len(), 0);
            counter = (counter + 1) & 15;
            for _ in 0..more {
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
            let before = all.iter().enumerate().take_while(|(_, packet)| packet.at <= at);
            let first = before.filter(|(_, packet)| packet.is_key).last().map_or(0, |(index, _)| index);
            let (mut reader, read) = opened(bytes);
            reader.seek(at).expect("sought");
            for expected in all[first..].iter().take(60) {
                let found = reader.next_packet().expect("read").expect("a packet");
                assert_eq!((found.at, found.is_key), (expected.at, expected.is_key), "{at}");
                assert!(found.data == expected.data, "{at}: another picture of that time");
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
        let stamps = pictures(10_000).map(|stamp| ((1 << 33) - 9_000_000 + stamp) % (1 << 33));
        let bytes = uneven(stamps.map(|stamp| (stamp, 15)));
        assert_found(&bytes, &[-1, 0, 5, 99, 100, 101, 240, 390, 500], bytes.len() as u64 / 8);
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

    /// Seconds of pictures, by their stamps' first second.
    fn stretch(from: i64, seconds: i64) -> impl Iterator<Item = i64> {
        pictures(seconds * 25).map(move |stamp| stamp + from * 90_000)
    }

    #[test]
    fn seeking_is_right_where_a_clock_goes_back_within_a_hop() {
        let times: Vec<i64> = (0..60).map(|step| step * 5).collect();
        // What stands some seconds ahead once a clock began anew is not what stood there before.
        for back in 11..45 {
            let once = stream(stretch(1_000, 20).chain(stretch(1_020 - back, 300)));
            assert_found(&once, &times, u64::MAX);
        }
        // A clock for every segment.
        for len in [11, 12, 15, 21] {
            let segments = stream((0..30).flat_map(|_| stretch(0, len)));
            assert_found(&segments, &times, u64::MAX);
        }
        // An hour back and forth, for shorter and longer than the former clock is remembered.
        for len in [1, 3, 6, 9, 12, 30] {
            let there = move |round: i64| stretch(9_000 + round * 40, 40 - len);
            let away = move |round: i64| stretch(5_400 + round * 40 + 40 - len, len);
            let both = stream((0..6).flat_map(|round| there(round).chain(away(round))));
            assert_found(&both, &times, u64::MAX);
        }
    }

    #[test]
    fn seeking_is_right_where_a_clock_begins_anew_behind_pictures_out_of_order() {
        // Each fourth picture comes before the two that it follows.
        let coded = |count: i64| (0..count).map(|index| (index + [0, 2, -1, -1][index as usize % 4]) * 3_600);
        for (count, phase) in (500..570).flat_map(|count| (0..4).map(move |phase| (count, phase))) {
            let former = coded(count).skip(phase).map(|stamp| stamp + 900_000_000);
            assert_found(&stream(former.chain(coded(800))), &[31], u64::MAX);
        }
    }

    #[test]
    fn what_comes_before_the_tables_is_read_alike_whatever_the_last_ones_said() {
        // The pictures of both names have the same packets; the tables come behind the first of them, and then name others.
        let pictures = stream(pictures(80));
        let (tables, pictures) = pictures.split_at(2 * 188);
        let others = table(0x1000, 2, &[0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 1, 0xf0, 0]);
        let bytes = [pictures, tables, pictures, &others, pictures].concat().into();
        let (mut reader, _) = opened(&bytes);
        let mut count = || std::iter::from_fn(|| reader.next_packet().expect("read")).count();
        let all = count();
        assert_eq!(all, 160);
        let mut again = || {
            reader.seek(Timestamp::ZERO).expect("sought");
            std::iter::from_fn(|| reader.next_packet().expect("read")).count()
        };
        assert_eq!([again(), again()], [all; 2]);
    }

    #[test]
    fn seeking_reads_little_where_the_rate_changes() {
        // A minute in which nothing moves, and one in which everything does.
        let bytes =
            uneven(pictures(9_000).map(|stamp| (stamp, if stamp / 5_400_000 % 2 == 0 { 1 } else { 60 })));
        assert_found(&bytes, &[0, 30, 59, 60, 61, 119, 121, 179, 182, 359], bytes.len() as u64 / 4);
    }
}
