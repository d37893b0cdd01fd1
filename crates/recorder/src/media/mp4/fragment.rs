//! The samples of fragments (ISO/IEC 14496-12, 8.8).

use std::collections::VecDeque;

use super::boxes::{Box4, Children, Fields, TfdtBox, TfhdBox, TrunBox};
use super::movie::{Defaults, Track};
use super::table::Sample;
use super::top::{TopBox, TopBoxes};
use crate::media::MediaError;
use crate::media::input::Input;

/// As many samples as a fragment may have: an hour of video. A few bytes can claim thousands of millions.
const MAX_SAMPLES: u32 = 1 << 18;

/// The flag of a sample at which decoding may not begin (ISO/IEC 14496-12, 8.8.3.1).
const IS_NON_SYNC: u32 = 0x1_0000;

/// Goes through the fragments of a file for one track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragments {
    boxes: TopBoxes,
    /// When the next sample is decoded where a fragment does not say it, in ticks.
    next_time: i64,
    /// What runs may still claim; `None` before the first fragment.
    room: Option<Room>,
}

impl Fragments {
    /// Begins behind `moov`, whose samples end at `next_time`.
    pub fn behind(moov: &TopBox, next_time: i64) -> Self {
        Self { boxes: TopBoxes::behind(moov), next_time, room: None }
    }

    /// Adds the samples of the next fragment that has some. Returns whether there was one; what the file does not
    /// have whole counts as its end.
    ///
    /// # Errors
    /// Where a fragment is damaged. The next one may be asked for.
    pub fn next(
        &mut self,
        input: &mut Input,
        track: &Track,
        samples: &mut VecDeque<Sample>,
    ) -> Result<bool, MediaError> {
        while let Some(moof) = next_moof(&mut self.boxes, input)? {
            let bytes = moof.read(input)?;
            let len = input.len();
            let room = self.room.get_or_insert_with(|| Room::of(len));
            let read = parse(&bytes, moof.start, track, (&mut self.next_time, room), samples);
            read.map_err(|problem| input.malformed(format!("moof at byte {}: {problem}", moof.start)))?;
            let whole = samples.iter().take_while(|sample| sample.end() <= input.len()).count();
            if whole < samples.len() {
                samples.truncate(whole);
                return Ok(whole > 0);
            }
            if !samples.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The next `moof` that the file has whole.
pub(super) fn next_moof(boxes: &mut TopBoxes, input: &mut Input) -> Result<Option<TopBox>, MediaError> {
    while let Some(top) = boxes.next(input)? {
        if top.name == *b"moof" {
            return Ok(top.is_whole.then_some(top));
        }
    }
    Ok(None)
}

/// How many bytes the samples of runs may still have that list nothing of each. Such a run takes a few bytes and can claim any number, and
/// many may lie one upon the other: all together have no more than the file, and one may reach beyond its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    len: u64,
    left: u64,
}

impl Room {
    /// In a file of `len` bytes.
    pub fn of(len: u64) -> Self {
        Self { len, left: len.saturating_mul(2) }
    }

    fn take(&mut self, bytes: u64) -> Option<()> {
        self.left = self.left.checked_sub(bytes.min(self.len)).filter(|_| bytes > 0)?;
        Some(())
    }
}

/// Adds what a `moof`, which begins at `start`, says of a track's samples.
pub(super) fn parse(
    moof: &[u8],
    start: u64,
    track: &Track,
    (next_time, room): (&mut i64, &mut Room),
    samples: &mut VecDeque<Sample>,
) -> Result<(), String> {
    let moof = Children::of(moof).next().ok_or("it is no box")?;
    let mut data_end = start;
    let mut left = MAX_SAMPLES;
    for traf in moof.children().filter(|child| child.name == *b"traf") {
        let header: TfhdBox = traf.child(b"tfhd").ok_or("traf has no tfhd")?.decode()?;
        let is_ours = header.track_id == track.id;
        let base =
            header.base_data_offset.unwrap_or(if header.default_base_is_moof { start } else { data_end });
        let defaults = Defaults {
            description: header.sample_description_index.unwrap_or(track.defaults.description),
            duration: header.default_sample_duration.unwrap_or(track.defaults.duration),
            size: header.default_sample_size.unwrap_or(track.defaults.size),
            flags: header.default_sample_flags.map_or(track.defaults.flags, |flags| flags.get()),
        };
        if is_ours && let Some(tfdt) = traf.child(b"tfdt") {
            *next_time = decode_time(&tfdt.decode()?, *next_time);
        }
        data_end = base;
        for run in traf.children().filter(|child| child.name == *b"trun") {
            let (count, lists_each) = claimed(run).ok_or("trun: its content is cut off")?;
            left = left.checked_sub(count).ok_or("trun: too many samples")?;
            if !lists_each && count > 0 {
                room.take(u64::from(count) * u64::from(defaults.size))
                    .ok_or("trun: its samples have no size, or all more bytes than the file")?;
            }
            let run: TrunBox = run.decode()?;
            if let Some(offset) = run.data_offset {
                data_end = base.saturating_add_signed(i64::from(offset));
            }
            for (index, one) in run.samples.iter().enumerate() {
                let first = if index == 0 { run.first_sample_flags } else { None };
                let flags = first.or(one.flags).map_or(defaults.flags, |flags| flags.get());
                let size = one.size.unwrap_or(defaults.size);
                let place = data_end;
                data_end = data_end.saturating_add(u64::from(size));
                if is_ours {
                    let duration = one.duration.unwrap_or(defaults.duration);
                    let dts = *next_time;
                    *next_time = dts.saturating_add(i64::from(duration));
                    samples.push_back(Sample {
                        place,
                        size,
                        dts,
                        cts: dts.saturating_add(one.composition_time_offset.unwrap_or(0)),
                        duration,
                        is_sync: flags & IS_NON_SYNC == 0,
                        description: defaults.description.max(1),
                    });
                }
            }
        }
    }
    Ok(())
}

/// When the first sample of a fragment is decoded. A time of 32 bits comes round again, at 90 kHz after 13 hours: it
/// is taken as the one that is nearest to the end of the fragment before.
fn decode_time(tfdt: &TfdtBox, expected: i64) -> i64 {
    let time = i64::try_from(tfdt.base_media_decode_time).unwrap_or(i64::MAX);
    let round = 1_i64 << 32;
    if tfdt.version == 0 && expected.saturating_sub(time) > round / 2 {
        let rounds = expected.saturating_sub(time).saturating_add(round / 2) / round;
        return time.saturating_add(rounds.saturating_mul(round));
    }
    time
}

/// How many samples a `trun` claims to have, and whether it lists something of each (ISO/IEC 14496-12, 8.8.8.1).
fn claimed(trun: Box4<'_>) -> Option<(u32, bool)> {
    let mut fields = Fields::of(trun.body);
    let flags = fields.u32()?;
    Some((fields.u32()?, flags & 0xf00 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_32_bits_come_round() {
        let tfdt = |version, base_media_decode_time| TfdtBox { version, base_media_decode_time };
        let day = 86_400 * 90_000_i64;
        assert_eq!(decode_time(&tfdt(0, (day as u64) & 0xffff_ffff), day - 3000), day);
        assert_eq!(decode_time(&tfdt(0, (day as u64) & 0xffff_ffff), day + 3000), day);
        assert_eq!(decode_time(&tfdt(0, 5000), 9000), 5000);
        assert_eq!(decode_time(&tfdt(0, 0), 1 << 31), 0);
        assert_eq!(decode_time(&tfdt(0, u64::from(u32::MAX)), 0), i64::from(u32::MAX));
        assert_eq!(decode_time(&tfdt(1, 7), day), 7);
        let _ = decode_time(&tfdt(0, 0), i64::MAX);
    }
}
