//! The packets of one track.

use std::collections::VecDeque;
use std::time::Duration;

use polyptych::Timestamp;

use super::blocks::{Block, Blocks, Step, frame_sizes};
use super::header::Track;
use crate::media::input::Input;
use crate::media::packet_length::{preroll, samples_of};
use crate::media::{MediaError, Packet, PacketReader, SoundTrack, clock};

/// The largest block that is read, in bytes.
const MAX_BLOCK_BYTES: u64 = 64 << 20;

/// How a track's stamps become times.
#[derive(Clone, Debug)]
pub(super) struct Stamps {
    /// Nanoseconds of a tick.
    pub scale: u64,
    /// By how much stamps are late, in nanoseconds.
    pub codec_delay: u64,
}

impl Stamps {
    /// When a block is presented, in the container's count.
    pub fn at(&self, block: &Block) -> Timestamp {
        self.of(block.time)
    }

    /// When so many ticks are, in the container's count.
    fn of(&self, ticks: i64) -> Timestamp {
        let nanos = i128::from(ticks) * i128::from(self.scale) - i128::from(self.codec_delay);
        clock::moment(nanos, 1_000_000_000)
    }
}

/// Reads the blocks of one track from cluster to cluster.
///
/// Where something is damaged an error says so, and video goes on at the next picture at which decoding may begin.
pub(super) struct MatroskaReader {
    input: Input,
    track: Track,
    /// Where it is sound.
    sound: Option<SoundTrack>,
    stamps: Stamps,
    /// The file's, in the container's count.
    zero: Timestamp,
    /// Where the first cluster begins.
    start: u64,
    blocks: Blocks,
    queue: VecDeque<Packet>,
    /// Samples of the codec's delay that are still to be left out.
    delay_left: u32,
    is_waiting_for_key: bool,
    /// Where the clusters begin and their times; known from the first seek on.
    clusters: Option<Vec<(u64, i64)>>,
}

impl MatroskaReader {
    pub fn new(
        input: Input,
        track: Track,
        sound: Option<SoundTrack>,
        scale: u64,
        start: u64,
        zero: Timestamp,
    ) -> Self {
        let stamps = Stamps { scale, codec_delay: track.codec_delay };
        let mut reader = Self {
            input,
            track,
            sound,
            stamps,
            zero,
            start,
            blocks: Blocks::from(start),
            queue: VecDeque::new(),
            delay_left: 0,
            is_waiting_for_key: false,
            clusters: None,
        };
        reader.rewind();
        reader
    }

    fn rewind(&mut self) {
        self.blocks = Blocks::from(self.start);
        self.queue.clear();
        self.is_waiting_for_key = false;
        self.delay_left = self.samples(self.track.codec_delay);
    }

    /// So many nanoseconds as samples of the track.
    fn samples(&self, nanos: u64) -> u32 {
        let rate = self.sound.as_ref().map_or(0, |sound| u128::from(sound.sample_rate));
        u32::try_from((u128::from(nanos) * rate + 500_000_000) / 1_000_000_000).unwrap_or(u32::MAX)
    }

    /// Something is missing: video goes on where decoding may begin.
    fn wait_for_key(&mut self) {
        self.is_waiting_for_key = self.sound.is_none();
    }

    /// Adds the frames of a block to the queue.
    fn take(&mut self, block: &Block) -> Result<(), MediaError> {
        let (from, end) = block.data;
        let size = end.saturating_sub(from);
        if size > MAX_BLOCK_BYTES {
            let problem =
                format!("a block of {size} bytes at byte {from}; at most {MAX_BLOCK_BYTES} are read");
            return Err(self.input.malformed(problem));
        }
        let Some(data) = self.input.read(from, size as usize)? else { return Ok(()) };
        let Some((sizes, told)) = frame_sizes(block.lacing, &data) else {
            return Err(self
                .input
                .malformed(format!("the frames of the block at byte {from} are longer than the block")));
        };
        let count = sizes.len() as u64;
        let stated = block.duration.map(|ticks| ticks.saturating_mul(self.stamps.scale) / count);
        let mut at = clock::since(self.stamps.at(block), self.zero);
        let mut rest = data.get(told..).unwrap_or_default();
        for (index, size) in sizes.iter().enumerate() {
            let Some((frame, behind)) = rest.split_at_checked(*size) else { break };
            rest = behind;
            let mut data = self.track.stripped.clone();
            data.extend_from_slice(frame);
            if self.track.swapped_bytes > 0 {
                data.chunks_exact_mut(usize::from(self.track.swapped_bytes)).for_each(<[u8]>::reverse);
            }
            let is_last = index + 1 == sizes.len();
            let packet = self.packet(block, at, data, stated, is_last);
            at = packet.duration.map_or(at, |duration| at + duration);
            if !frame.is_empty() {
                self.queue.push_back(packet);
            }
        }
        Ok(())
    }

    fn packet(
        &mut self,
        block: &Block,
        at: Timestamp,
        data: Vec<u8>,
        stated: Option<u64>,
        is_last: bool,
    ) -> Packet {
        let Some(sound) = &self.sound else {
            let duration = stated.or(self.track.default_duration).map(Duration::from_nanos);
            return Packet {
                at,
                duration,
                is_key: block.is_key,
                is_shown: true,
                trim: (0, 0),
                change: None,
                data,
            };
        };
        let coded = samples_of(sound, &data, data.len() as u64);
        let coded_length =
            coded.map(|samples| clock::length(i128::from(samples), i128::from(sound.sample_rate)));
        let duration = coded_length.or(stated.or(self.track.default_duration).map(Duration::from_nanos));
        let nanos = duration.map_or(0, |duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        let count = coded.unwrap_or_else(|| self.samples(nanos));
        // A codec that does not tell how much a packet holds gives up all of the delay in its first.
        let front = if count > 0 { self.delay_left.min(count) } else { self.delay_left };
        self.delay_left -= front;
        let padding = if is_last { self.samples(block.padding.unsigned_abs()) } else { 0 };
        let trim = if block.padding >= 0 { (front, padding) } else { (front.saturating_add(padding), 0) };
        let is_shown = count == 0 || trim.0.saturating_add(trim.1) < count;
        Packet { at, duration, is_key: true, is_shown, trim, change: None, data }
    }

    /// Finds the clusters.
    fn index(&mut self) -> Result<Vec<(u64, i64)>, MediaError> {
        if self.clusters.is_none() {
            self.clusters = Some(clusters(&mut self.input, self.start)?);
        }
        Ok(self.clusters.clone().unwrap_or_default())
    }

    /// A walk to the last of our blocks in the cluster, in front of `next`, at which decoding may begin and that is not later than
    /// `target`.
    fn last_key(&mut self, cluster: u64, next: u64, target: Timestamp) -> Result<Option<Blocks>, MediaError> {
        let mut walk = Blocks::from(cluster).until(next);
        let mut found = None;
        loop {
            let before = walk;
            match walk.step(&mut self.input)? {
                Some(Step::Cluster(start)) if start != cluster => return Ok(found),
                Some(Step::Block(block)) if block.track == self.track.number => {
                    let is_key = block.is_key || self.sound.is_some();
                    if is_key && self.stamps.at(&block) <= target {
                        found = Some(before.until(u64::MAX));
                    }
                }
                Some(_) => {}
                None => return Ok(found),
            }
        }
    }
}

/// Where clusters begin, and their times in ticks.
pub(super) fn clusters(input: &mut Input, start: u64) -> Result<Vec<(u64, i64)>, MediaError> {
    let mut walk = Blocks::from(start);
    let mut found: Vec<(u64, i64)> = Vec::new();
    let mut is_timed = true;
    while let Some(step) = walk.step(input)? {
        match step {
            Step::Cluster(start) => {
                found.push((start, 0));
                is_timed = false;
            }
            // The time of a cluster stands before its blocks.
            Step::Block(_) if !is_timed => {
                if let Some((_, time)) = found.last_mut() {
                    *time = walk.cluster_time();
                }
                is_timed = true;
                walk.skip_cluster();
            }
            Step::Block(_) => {}
        }
    }
    Ok(found)
}

impl PacketReader for MatroskaReader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        while self.queue.is_empty() {
            let found = self.blocks.next_block(&mut self.input)?;
            let passed = self.blocks.take_passed();
            if passed.is_some() {
                self.wait_for_key();
            }
            if let Some(block) = found.filter(|block| block.track == self.track.number) {
                self.is_waiting_for_key &= !block.is_key;
                if !self.is_waiting_for_key {
                    let taken = self.take(&block);
                    taken.inspect_err(|_| self.wait_for_key())?;
                }
            }
            if let Some((from, to)) = passed {
                let problem = format!("what lies from byte {from} to {to} is damaged and left out");
                return Err(self.input.malformed(problem));
            }
            if found.is_none() {
                return Ok(None);
            }
        }
        Ok(self.queue.pop_front())
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        let early = self.sound.as_ref().map_or(Duration::ZERO, |sound| preroll(&sound.codec));
        let target = clock::from_zero(at - early, self.zero);
        let clusters = self.index()?;
        self.rewind();
        let first = clusters.partition_point(|&(_, time)| self.stamps.of(time) <= target);
        // Blocks may lie before the time of their cluster, so that the next one may be meant.
        for (index, &(cluster, _)) in clusters.iter().enumerate().take(first + 1).rev() {
            let next = clusters.get(index + 1).map_or(u64::MAX, |&(next, _)| next);
            if let Some(found) = self.last_key(cluster, next, target)? {
                // What was passed may have been the beginning, whose delay still counts.
                self.delay_left = if self.is_first(&found)? { self.delay_left } else { 0 };
                self.blocks = found;
                return Ok(());
            }
        }
        Ok(())
    }
}

impl MatroskaReader {
    /// Whether the next of our blocks on a walk is the first of the file.
    fn is_first(&mut self, walk: &Blocks) -> Result<bool, MediaError> {
        let (mut here, mut there) = (*walk, Blocks::from(self.start));
        let ours = |block: &Block| block.track == self.track.number;
        let here = next_of(&mut self.input, &mut here, &ours)?;
        let there = next_of(&mut self.input, &mut there, &ours)?;
        Ok(here == there)
    }
}

/// Where the data of the next block that is asked for begins.
fn next_of(
    input: &mut Input,
    walk: &mut Blocks,
    is_ours: &impl Fn(&Block) -> bool,
) -> Result<Option<u64>, MediaError> {
    while let Some(block) = walk.next_block(input)? {
        if is_ours(&block) {
            return Ok(Some(block.data.0));
        }
    }
    Ok(None)
}
