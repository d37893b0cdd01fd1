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
}

impl Fragments {
    /// Begins behind `moov`, whose samples end at `next_time`.
    pub fn behind(moov: &TopBox, next_time: i64) -> Self {
        Self { boxes: TopBoxes::behind(moov), next_time }
    }

    /// Adds the samples of the next fragment that has some. Returns whether there was one; what the file does not have whole counts
    /// as its end.
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
            let read = parse(&bytes, moof.start, track, &mut self.next_time, samples);
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

/// Adds what a `moof`, which begins at `start`, says of a track's samples.
pub(super) fn parse(
    moof: &[u8],
    start: u64,
    track: &Track,
    next_time: &mut i64,
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
            *next_time = i64::try_from(tfdt.decode::<TfdtBox>()?.base_media_decode_time).unwrap_or(i64::MAX);
        }
        data_end = base;
        for run in traf.children().filter(|child| child.name == *b"trun") {
            left = claimed(run).and_then(|count| left.checked_sub(count)).ok_or("trun: too many samples")?;
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

/// How many samples a `trun` claims to list.
fn claimed(trun: Box4<'_>) -> Option<u32> {
    let mut fields = Fields::of(trun.body);
    fields.take(4)?;
    fields.u32()
}
