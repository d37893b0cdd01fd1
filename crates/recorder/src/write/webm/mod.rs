//! WebM, and Matroska for what WebM does not allow: EBML as RFC 8794 and RFC 9559 describe it.
//!
//! A cluster begins at each keyframe of the video and is written whole, with its size; the segment's size stays unknown until the
//! end. So a file whose writing ends anywhere plays up to its last whole cluster, as a live stream does. At the end, the index is
//! appended, and the places that were kept for it, for the segment's size and for the duration are filled in: nothing moves.

mod ebml;
mod head;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, SeekFrom};
use std::path::Path;

use ebml::{element, id, padded, sized8, uint};
pub(super) use head::Kind;
use head::{Places, SEEK_HEAD_BYTES, head};
use polyptych::FrameRate;

use super::medium::{Medium, Place};
use super::{Tracks, WriteError, WriteOptions, Writer};
use crate::encode::{EncodedPacket, SAMPLE_RATE, TrackConfig};

/// A cluster without video ends after so long, and one with video where no keyframe comes: blocks count 16 bits from its start.
const MAX_CLUSTER_MS: i64 = 5_000;
/// Packets that wait for the other track, in milliseconds of its time. Encoders that look ahead hold back less.
const MAX_WAIT_MS: i64 = 20_000;
/// Writes one file. `W` is the file, or what stands for it in a test.
pub(super) struct WebmWriter<W> {
    file: W,
    place: Place,
    fps: Option<FrameRate>,
    sound: Option<Priming>,
    /// Packets of video and of sound that wait for each other, in order.
    waiting: [VecDeque<Block>; 2],
    cluster: Option<Cluster>,
    /// Where the segment's payload begins, and the duration's number.
    places: Places,
    /// Time and place of each cluster that begins with a keyframe.
    cues: Vec<(i64, u64)>,
    written: u64,
    /// The end of the last packet, in milliseconds.
    end_ms: i64,
}

/// What of the sound's packets is the encoder's own.
#[derive(Clone, Copy)]
struct Priming {
    samples: i64,
    /// Of a whole packet, where a shorter one tells of padding.
    packet: u32,
}

struct Block {
    at_ms: i64,
    end_ms: i64,
    track: u8,
    is_key: bool,
    /// How much of its sound at the end is the encoder's padding, in nanoseconds.
    discard_ns: i64,
    data: Vec<u8>,
}

struct Cluster {
    at_ms: i64,
    is_indexed: bool,
    payload: Vec<u8>,
}

impl WebmWriter<File> {
    /// Makes the file beside its place; WebM alone where `kind` says so.
    pub fn create(
        output: &Path,
        kind: Kind,
        tracks: &Tracks,
        options: &WriteOptions,
    ) -> Result<Self, WriteError> {
        // What cannot be written is refused before a file is there.
        head(kind, tracks).map_err(|source| WriteError { path: output.to_owned(), source })?;
        let place = Place::new(output, options.force);
        let file = place.create()?;
        Self::new(file, place, kind, tracks)
    }
}

impl<W: Medium> WebmWriter<W> {
    fn new(mut file: W, place: Place, kind: Kind, tracks: &Tracks) -> Result<Self, WriteError> {
        let told = |source| place.error(source);
        let (head, places) = head(kind, tracks).map_err(told)?;
        file.write_all(&head).and_then(|()| file.flush()).map_err(told)?;
        let sound = tracks.sound.as_ref().map(|config| match config {
            TrackConfig::Opus { priming } => Priming { samples: i64::from(*priming), packet: 960 },
            TrackConfig::Aac { priming, .. } => Priming { samples: i64::from(*priming), packet: 0 },
            _ => Priming { samples: 0, packet: 0 },
        });
        Ok(Self {
            file,
            place,
            fps: tracks.video.as_ref().map(|video| video.format.fps),
            sound,
            waiting: Default::default(),
            cluster: None,
            places,
            cues: Vec::new(),
            written: head.len() as u64,
            end_ms: 0,
        })
    }

    fn told<T>(&self, result: io::Result<T>) -> Result<T, WriteError> {
        result.map_err(|source| self.place.error(source))
    }

    /// Writes the waiting packets that nothing earlier can precede any more.
    fn advance(&mut self, is_end: bool) -> io::Result<()> {
        let is_there = [self.fps.is_some(), self.sound.is_some()];
        loop {
            let fronts = [0, 1].map(|track: usize| self.waiting[track].front().map(|block| block.at_ms));
            let next = match fronts {
                [Some(video), Some(sound)] => usize::from(sound < video),
                [Some(_), None] if is_end || !is_there[1] || self.waits_long(0) => 0,
                [None, Some(_)] if is_end || !is_there[0] || self.waits_long(1) => 1,
                _ => return Ok(()),
            };
            let Some(block) = self.waiting[next].pop_front() else { return Ok(()) };
            self.push(&block)?;
        }
    }

    fn waits_long(&self, track: usize) -> bool {
        let queue = &self.waiting[track];
        queue.front().zip(queue.back()).is_some_and(|(front, back)| back.at_ms - front.at_ms > MAX_WAIT_MS)
    }

    fn push(&mut self, block: &Block) -> io::Result<()> {
        let is_video = block.track == 1;
        let begins = is_video && block.is_key;
        let is_far =
            |cluster: &Cluster| !(-MAX_CLUSTER_MS..=MAX_CLUSTER_MS).contains(&(block.at_ms - cluster.at_ms));
        if self.cluster.as_ref().is_none_or(|cluster| begins || is_far(cluster)) {
            self.end_cluster()?;
            let at_ms = block.at_ms.max(0);
            let is_indexed = begins || self.fps.is_none();
            self.cluster =
                Some(Cluster { at_ms, is_indexed, payload: element(0xe7, &uint(at_ms.cast_unsigned())) });
        }
        let Some(cluster) = &mut self.cluster else { return Ok(()) };
        // Within 16 bits: at most five seconds before or behind.
        let behind = i16::try_from(block.at_ms - cluster.at_ms).unwrap_or(i16::MAX).to_be_bytes();
        let is_simple = block.discard_ns == 0;
        let flags = if block.is_key && is_simple { 0x80 } else { 0 };
        let mut payload = vec![0x80 | block.track, behind[0], behind[1], flags];
        payload.extend(&block.data);
        cluster.payload.extend(if is_simple {
            element(0xa3, &payload)
        } else {
            element(
                0xa0,
                &[element(0xa1, &payload), element(0x75a2, &block.discard_ns.to_be_bytes())].concat(),
            )
        });
        self.end_ms = self.end_ms.max(block.end_ms);
        Ok(())
    }

    fn end_cluster(&mut self) -> io::Result<()> {
        let Some(cluster) = self.cluster.take() else { return Ok(()) };
        let bytes = element(id::CLUSTER, &cluster.payload);
        if cluster.is_indexed {
            self.cues.push((cluster.at_ms, self.written - self.places.segment));
        }
        self.file.write_all(&bytes)?;
        self.file.flush()?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.advance(true)?;
        self.end_cluster()?;
        let track = if self.fps.is_some() { 1 } else { 2 };
        let mut cues = Vec::new();
        for &(at_ms, place) in &self.cues {
            let positions = [element(0xf7, &uint(track)), element(0xf1, &uint(place))].concat();
            cues.extend(element(
                0xbb,
                &[element(0xb3, &uint(at_ms.cast_unsigned())), element(0xb7, &positions)].concat(),
            ));
        }
        let cues_at = self.written - self.places.segment;
        let cues = if cues.is_empty() { Vec::new() } else { element(id::CUES, &cues) };
        self.file.write_all(&cues)?;
        self.written += cues.len() as u64;

        let mut seeks = Vec::new();
        let known = [(id::INFO, self.places.info), (id::TRACKS, self.places.tracks), (id::CUES, cues_at)];
        for (kind, place) in known.into_iter().filter(|(kind, _)| *kind != id::CUES || !cues.is_empty()) {
            let place = element(0x53ac, &uint(place));
            seeks.extend(element(0x4dbb, &[element(0x53ab, &kind.to_be_bytes()), place].concat()));
        }
        let seek_head = padded(element(id::SEEK_HEAD, &seeks), SEEK_HEAD_BYTES);
        let size = sized8(self.written - self.places.segment);
        // The size last: until then the file is a live stream's, which ends where it ends.
        self.patch(self.places.duration, &(self.end_ms as f64).to_be_bytes())?;
        self.patch(self.places.segment, &seek_head)?;
        self.patch(self.places.segment_size, &size)?;
        self.file.flush()?;
        self.file.sync()
    }

    fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(bytes)
    }
}

impl<W: Medium> Writer for WebmWriter<W> {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let Some(fps) = self.fps else { return Ok(()) };
        let at_ms =
            |ticks: i64| rounded(i128::from(ticks) * i128::from(fps.den()) * 1000, i128::from(fps.num()));
        let end_ms = at_ms(packet.pts.saturating_add(i64::from(packet.duration)));
        let (at_ms, is_key) = (at_ms(packet.pts), packet.is_key);
        self.waiting[0].push_back(Block {
            at_ms,
            end_ms,
            track: 1,
            is_key,
            discard_ns: 0,
            data: packet.data,
        });
        let advanced = self.advance(false);
        self.told(advanced)
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let Some(priming) = self.sound else { return Ok(()) };
        // Blocks of a track with a codec delay count from before it (RFC 9559, 5.1.4.1.28).
        let at_ms = |samples: i64| rounded(i128::from(samples) * 1000, i128::from(SAMPLE_RATE));
        let end = packet.pts.saturating_add(i64::from(packet.duration)).saturating_sub(priming.samples);
        let padding = i64::from(priming.packet.saturating_sub(packet.duration));
        let discard_ns = padding * 1_000_000_000 / i64::from(SAMPLE_RATE);
        let (at_ms, end_ms) = (at_ms(packet.pts), at_ms(end));
        let block = Block { at_ms, end_ms, track: 2, is_key: true, discard_ns, data: packet.data };
        self.waiting[1].push_back(block);
        let advanced = self.advance(false);
        self.told(advanced)
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        let ended = self.end();
        self.told(ended)?;
        self.place.settle()
    }
}

/// To the nearest whole number, halves upwards.
fn rounded(num: i128, den: i128) -> i64 {
    i64::try_from((num + den / 2).div_euclid(den)).unwrap_or(i64::MAX)
}
