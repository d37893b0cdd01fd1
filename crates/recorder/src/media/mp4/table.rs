//! The samples of a track that `moov` lists: where they lie and when they are (ISO/IEC 14496-12, 8.5 to 8.7).

use super::boxes::{Box4, Co64Box, CttsBox, Fields, StcoBox, StscBox, StssBox, StszBox, SttsBox};
use super::times::{Stretch, TimeCursor, Times};

/// A sample of a track, whether `moov` or a fragment lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// Where it begins in the file, in bytes.
    pub place: u64,
    /// In bytes.
    pub size: u32,
    /// When it is decoded, in ticks of the track.
    pub dts: i64,
    /// When it is composed, in ticks of the track.
    pub cts: i64,
    /// How long until the next one is decoded, in ticks of the track.
    pub duration: u32,
    /// Whether decoding may begin here.
    pub is_sync: bool,
    /// Which of the track's descriptions holds for it, from 1 on.
    pub description: u32,
}

impl Sample {
    /// Where it ends in the file, in bytes.
    pub fn end(&self) -> u64 {
        self.place.saturating_add(u64::from(self.size))
    }
}

#[derive(Clone, Debug)]
enum Sizes {
    Fixed(u32),
    Each(Vec<u32>),
}

impl Sizes {
    fn of(&self, index: u64) -> u32 {
        match self {
            Self::Fixed(size) => *size,
            Self::Each(sizes) => {
                usize::try_from(index).ok().and_then(|index| sizes.get(index)).copied().unwrap_or(0)
            }
        }
    }
}

/// From which chunk on, counted from 1, how many samples each holds and what describes them.
#[derive(Clone, Copy, Debug)]
struct ChunkRun {
    first_chunk: u32,
    samples: u32,
    description: u32,
}

/// All samples that `moov` lists for a track.
#[derive(Clone, Debug)]
pub(super) struct SampleTable {
    count: u64,
    times: Times,
    sizes: Sizes,
    chunk_runs: Vec<ChunkRun>,
    chunks: Vec<u64>,
    /// The numbers of those at which decoding may begin, from 1 on, rising; `None` where it may at all.
    sync: Option<Vec<u32>>,
}

/// A place in the table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TableCursor {
    index: u64,
    time: TimeCursor,
    chunk: usize,
    chunk_run: usize,
    in_chunk: u32,
    /// Bytes of the chunk that lie behind.
    passed: u64,
    sync: usize,
}

impl SampleTable {
    /// Reads an `stbl`.
    ///
    /// # Errors
    /// Where a table in it is cut off, or one that is needed is missing.
    pub fn parse(stbl: Box4<'_>) -> Result<Self, String> {
        let needed = |name: &[u8; 4]| stbl.child(name).ok_or_else(|| format!("no {}", name.escape_ascii()));
        let durations: SttsBox = needed(b"stts")?.decode()?;
        let offsets: Option<CttsBox> = stbl.child(b"ctts").map(Box4::decode).transpose()?;
        let runs: StscBox = needed(b"stsc")?.decode()?;
        let sync: Option<StssBox> = stbl.child(b"stss").map(Box4::decode).transpose()?;
        let (sizes, count) = parse_sizes(stbl)?;
        let durations =
            durations.entries.into_iter().map(|run| (run.sample_count, run.sample_delta)).collect();
        // Version 0 has no signs, but QuickTime wrote negative offsets into it all the same.
        let signed = |offset: i64| (offset as u32).cast_signed();
        let offsets = offsets.map(|ctts| ctts.entries).unwrap_or_default();
        let offsets = offsets.into_iter().map(|run| (run.sample_count, signed(run.sample_offset))).collect();
        let chunk_runs = runs.entries.into_iter().map(|run| ChunkRun {
            first_chunk: run.first_chunk.get(),
            samples: run.sample_per_chunk,
            description: run.sample_description_index.get(),
        });
        Ok(Self {
            count,
            times: Times::new(durations, offsets),
            sizes,
            chunk_runs: chunk_runs.collect(),
            chunks: parse_chunks(stbl)?,
            sync: sync.map(|stss| stss.sample_numbers.into_iter().map(std::num::NonZero::get).collect()),
        })
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// A cursor behind the last sample.
    pub fn behind(&self) -> TableCursor {
        TableCursor { index: self.count, ..TableCursor::default() }
    }

    /// The samples in stretches of evenly rising times.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch> {
        self.times.stretches(self.count)
    }

    /// For sound that is not compressed and whose samples are said to be of one byte each, as QuickTime wrote: their
    /// true size.
    pub fn correct_size(&mut self, frame_bytes: u32) {
        if let Sizes::Fixed(size @ 1) = &mut self.sizes {
            *size = frame_bytes;
        }
    }

    /// Forgets the samples that do not lie within a file of `len` bytes, those beyond as many bytes as the file has, and all behind them.
    /// Returns how many there were before. A few chunks that lie one upon the other could claim more samples than anyone reads.
    pub fn keep_whole(&mut self, len: u64) -> u64 {
        let listed = self.count;
        let mut cursor = TableCursor::default();
        let (mut kept, mut room) = (0, len);
        while kept < listed {
            let Some((place, samples, _)) = self.chunk(&mut cursor) else { break };
            let samples = u64::from(samples).min(listed - kept);
            let bytes = match &self.sizes {
                Sizes::Fixed(size) => u64::from(*size).saturating_mul(samples),
                Sizes::Each(_) => (kept..kept + samples).map(|index| u64::from(self.sizes.of(index))).sum(),
            };
            if place.saturating_add(bytes) > len || bytes > room {
                let (mut end, len) = (place, len.min(place.saturating_add(room)));
                kept += (kept..kept + samples)
                    .take_while(|&index| {
                        end = end.saturating_add(u64::from(self.sizes.of(index)));
                        end <= len
                    })
                    .count() as u64;
                break;
            }
            room -= bytes;
            kept += samples;
            cursor.chunk += 1;
        }
        self.count = kept;
        listed
    }

    /// Where the chunk at the cursor begins, how many samples it holds and what describes them.
    fn chunk(&self, cursor: &mut TableCursor) -> Option<(u64, u32, u32)> {
        let place = *self.chunks.get(cursor.chunk)?;
        while let Some(next) = self.chunk_runs.get(cursor.chunk_run + 1)
            && u64::from(next.first_chunk) <= cursor.chunk as u64 + 1
        {
            cursor.chunk_run += 1;
        }
        let run = self.chunk_runs.get(cursor.chunk_run)?;
        Some((place, run.samples, run.description))
    }

    /// The sample at the cursor, which goes to the next; `None` behind the last one.
    pub fn next(&self, cursor: &mut TableCursor) -> Option<Sample> {
        if cursor.index >= self.count {
            return None;
        }
        let (place, description) = loop {
            let (place, samples, description) = self.chunk(cursor)?;
            if cursor.in_chunk < samples {
                break (place, description);
            }
            cursor.chunk += 1;
            cursor.in_chunk = 0;
            cursor.passed = 0;
        };
        let size = self.sizes.of(cursor.index);
        let time = self.times.next(&mut cursor.time);
        let sample = Sample {
            place: place.saturating_add(cursor.passed),
            size,
            dts: time.dts,
            cts: time.cts,
            duration: time.duration,
            is_sync: self.is_sync(cursor),
            description,
        };
        cursor.index += 1;
        cursor.in_chunk += 1;
        cursor.passed = cursor.passed.saturating_add(u64::from(size));
        Some(sample)
    }

    fn is_sync(&self, cursor: &mut TableCursor) -> bool {
        let Some(sync) = &self.sync else { return true };
        let number = cursor.index + 1;
        while sync.get(cursor.sync).is_some_and(|&next| u64::from(next) < number) {
            cursor.sync += 1;
        }
        sync.get(cursor.sync).is_some_and(|&next| u64::from(next) == number)
    }

    /// A cursor at the last sample at which decoding may begin and that is composed at `cts` or before; at the first
    /// where there is none.
    pub fn seek(&self, cts: i64) -> TableCursor {
        let mut found = 0;
        if self.sync.is_none() && self.times.is_plain() {
            let mut passed = 0;
            for stretch in self.stretches().take_while(|stretch| stretch.first_cts <= cts) {
                let distance = u64::try_from(cts.saturating_sub(stretch.first_cts)).unwrap_or(0);
                let within = distance.checked_div(u64::from(stretch.duration)).unwrap_or(u64::MAX);
                found = passed + within.min(stretch.count.saturating_sub(1));
                passed += stretch.count;
            }
        } else {
            let mut cursor = TableCursor::default();
            while cursor.index < self.count {
                let is_sync = self.is_sync(&mut cursor);
                if self.times.next(&mut cursor.time).cts <= cts && is_sync {
                    found = cursor.index;
                }
                cursor.index += 1;
            }
        }
        self.cursor_at(found)
    }

    /// A cursor at the sample of that index.
    fn cursor_at(&self, index: u64) -> TableCursor {
        let mut cursor = TableCursor { index, time: self.times.cursor_at(index), ..TableCursor::default() };
        let mut left = index;
        while let Some((_, samples, _)) = self.chunk(&mut cursor)
            && left >= u64::from(samples)
        {
            left -= u64::from(samples);
            cursor.chunk += 1;
        }
        cursor.in_chunk = u32::try_from(left).unwrap_or(u32::MAX);
        cursor.passed = match &self.sizes {
            Sizes::Fixed(size) => u64::from(*size).saturating_mul(left),
            Sizes::Each(_) => (index - left..index).map(|before| u64::from(self.sizes.of(before))).sum(),
        };
        cursor
    }
}

/// `stsz`, or the compact `stz2` of small samples.
fn parse_sizes(stbl: Box4<'_>) -> Result<(Sizes, u64), String> {
    if let Some(stsz) = stbl.child(b"stsz") {
        return Ok(match stsz.decode::<StszBox>()? {
            StszBox::Fixed { sample_size, sample_count } => {
                (Sizes::Fixed(sample_size.get()), u64::from(sample_count))
            }
            StszBox::Variable { entry_sizes } => {
                let count = entry_sizes.len() as u64;
                (Sizes::Each(entry_sizes), count)
            }
        });
    }
    let stz2 = stbl.child(b"stz2").ok_or("no stsz")?;
    let mut fields = Fields::of(stz2.body);
    let (Some(_), Some(form), Some(count)) = (fields.u32(), fields.u32(), fields.u32()) else {
        return Err("stz2: its content is cut off".to_owned());
    };
    let bytes = fields.rest();
    let mut sizes: Vec<u32> = match form & 0xff {
        4 => bytes.iter().flat_map(|&two| [u32::from(two >> 4), u32::from(two & 15)]).collect(),
        8 => bytes.iter().map(|&size| u32::from(size)).collect(),
        16 => bytes.as_chunks::<2>().0.iter().map(|&size| u32::from(u16::from_be_bytes(size))).collect(),
        other => return Err(format!("stz2: sizes of {other} bits; 4, 8 and 16 are allowed")),
    };
    if (sizes.len() as u64) < u64::from(count) {
        return Err(format!("stz2: {count} sizes are claimed and {} are there", sizes.len()));
    }
    sizes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    Ok((Sizes::Each(sizes), u64::from(count)))
}

fn parse_chunks(stbl: Box4<'_>) -> Result<Vec<u64>, String> {
    if let Some(co64) = stbl.child(b"co64") {
        return Ok(co64.decode::<Co64Box>()?.chunk_offsets);
    }
    let stco: StcoBox = stbl.child(b"stco").ok_or("no stco")?.decode()?;
    Ok(stco.chunk_offsets.into_iter().map(u64::from).collect())
}
