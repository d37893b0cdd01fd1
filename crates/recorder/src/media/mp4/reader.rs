//! The packets of one track, in decoding order.

use std::collections::VecDeque;

use polyptych::Timestamp;

use super::description::{Description, SoundDescription};
use super::fragment::Fragments;
use super::movie::Track;
use super::table::{Sample, TableCursor};
use super::top::TopBox;
use crate::media::input::Input;
use crate::media::packet_length::{preroll, samples_of};
use crate::media::{MediaError, Packet, PacketReader, clock};

/// The largest packet that is read, in bytes.
const MAX_PACKET_BYTES: u32 = 64 << 20;
/// Uncompressed sound is read in pieces of so many samples a channel; the container lists each by itself.
const PCM_SAMPLES: u32 = 1024;

/// Reads the samples that `moov` lists and then those of the fragments.
pub(super) struct Mp4Reader {
    input: Input,
    track: Track,
    /// In the movie's count.
    zero: Timestamp,
    /// Of the first fragment; `None` where there are none.
    fragments: Option<Fragments>,
    state: State,
    /// Which description the last packet had.
    described: u32,
    /// What went wrong ahead of the last packet.
    pending: Option<MediaError>,
}

/// How far the reader is.
struct State {
    cursor: TableCursor,
    fragments: Option<Fragments>,
    /// Of the last fragment, those that were not handed out.
    queue: VecDeque<Sample>,
}

impl Mp4Reader {
    /// Reads `track` of the movie whose `moov` is given, from the start. `zero` is the file's, in the movie's count.
    pub fn new(input: Input, track: Track, moov: &TopBox, is_fragmented: bool, zero: Timestamp) -> Self {
        let end = track.table.stretches().last().map_or(0, |stretch| stretch.end());
        let fragments = is_fragmented.then(|| Fragments::behind(moov, end));
        let state = State { cursor: TableCursor::default(), fragments, queue: VecDeque::new() };
        Self { input, track, zero, fragments, state, described: 1, pending: None }
    }

    fn next_sample(&mut self) -> Result<Option<Sample>, MediaError> {
        if let Some(sample) = self.track.table.next(&mut self.state.cursor) {
            return Ok(Some(sample));
        }
        if self.state.queue.is_empty() {
            if let Some(error) = self.pending.take() {
                return Err(error);
            }
            self.next_fragment()?;
        }
        Ok(self.state.queue.pop_front())
    }

    /// Fills the queue from the next fragment, if there is one.
    fn next_fragment(&mut self) -> Result<bool, MediaError> {
        match &mut self.state.fragments {
            Some(fragments) => fragments.next(&mut self.input, &self.track, &mut self.state.queue),
            None => Ok(false),
        }
    }

    /// The sample that follows, left where it is. An error is kept for when it is its turn.
    fn peek_sample(&mut self) -> Option<Sample> {
        let mut ahead = self.state.cursor;
        if let Some(sample) = self.track.table.next(&mut ahead) {
            return Some(sample);
        }
        if self.state.queue.is_empty() && self.pending.is_none() {
            self.pending = self.next_fragment().err();
        }
        self.state.queue.front().copied()
    }

    fn data(&mut self, place: u64, size: u32) -> Result<Option<Vec<u8>>, MediaError> {
        if size > MAX_PACKET_BYTES {
            let problem =
                format!("a packet of {size} bytes at byte {place}; at most {MAX_PACKET_BYTES} are read");
            return Err(self.input.malformed(problem));
        }
        self.input.read(place, size as usize)
    }

    /// What a sample becomes, but for what its coding adds.
    fn packet(&self, sample: &Sample, data: Vec<u8>) -> Packet {
        let edits = &self.track.edits;
        Packet {
            at: clock::since(edits.presentation(sample.cts), self.zero),
            duration: (sample.duration > 0)
                .then(|| clock::length(i128::from(sample.duration), i128::from(edits.media_scale()))),
            is_key: sample.is_sync,
            is_shown: edits.is_shown(sample.cts),
            trim: (0, 0),
            change: None,
            data,
        }
    }

    fn sound_packet(
        &mut self,
        mut sample: Sample,
        sound: &SoundDescription,
    ) -> Result<Option<Packet>, MediaError> {
        if let Some(pcm) = sound.pcm {
            let frame_bytes = u32::from(pcm.bytes) * u32::from(sound.track.channels.max(1));
            self.gather(&mut sample, PCM_SAMPLES.saturating_mul(frame_bytes))?;
        }
        let Some(mut data) = self.data(sample.place, sample.size)? else { return Ok(None) };
        if let Some(pcm) = sound.pcm
            && pcm.is_big_endian
        {
            data.chunks_exact_mut(usize::from(pcm.bytes)).for_each(<[u8]>::reverse);
        }
        let rate = sound.track.sample_rate;
        let samples = |ticks: i64| {
            let ticks = i128::from(ticks) * i128::from(rate);
            let scale = i128::from(self.track.edits.media_scale());
            u32::try_from((ticks + scale / 2) / scale).unwrap_or(u32::MAX)
        };
        let duration = i64::from(sample.duration);
        let (front, back) = self.track.edits.outside(sample.cts, duration);
        let mut trim = (samples(front), samples(back));
        let is_shown = front + back < duration || duration == 0 && self.track.edits.is_shown(sample.cts);
        let (coded, stated) = (samples_of(&sound.track, &data, u64::from(sample.size)), samples(duration));
        // Muxers end a track where its sound ends by a last packet that is stated to be shorter than what it decodes to.
        if let Some(coded) = coded
            && stated > 0
            && stated < coded
            && self.peek_sample().is_none()
            && self.pending.is_none()
        {
            trim.1 = trim.1.saturating_add(coded - stated);
        }
        Ok(Some(Packet { is_key: true, is_shown, trim, ..self.packet(&sample, data) }))
    }

    /// Makes one sample of those that follow it without a gap, up to so many bytes.
    fn gather(&mut self, sample: &mut Sample, max_bytes: u32) -> Result<(), MediaError> {
        while sample.size < max_bytes
            && let Some(next) = self.peek_sample()
            && next.place == sample.end()
            && next.description == sample.description
            && next.dts == sample.dts.saturating_add(i64::from(sample.duration))
        {
            let (Some(size), Some(duration)) =
                (sample.size.checked_add(next.size), sample.duration.checked_add(next.duration))
            else {
                break;
            };
            (sample.size, sample.duration) = (size, duration);
            self.next_sample()?;
        }
        Ok(())
    }
}

impl PacketReader for Mp4Reader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        while let Some(sample) = self.next_sample()? {
            if sample.size == 0 {
                continue;
            }
            let index = (sample.description as usize).saturating_sub(1);
            let Some(description) = self.track.descriptions.get(index).cloned() else {
                let (number, count) = (sample.description, self.track.descriptions.len());
                let problem =
                    format!("a packet at byte {} of description {number}; there are {count}", sample.place);
                return Err(self.input.malformed(problem));
            };
            let is_changed = sample.description != self.described;
            return match description {
                Description::Sound(_) if is_changed => {
                    Err(self.input.unsupported("sound whose coding changes on the way, which is not read"))
                }
                Description::Sound(sound) => self.sound_packet(sample, &sound),
                Description::Video(video) => {
                    let Some(data) = self.data(sample.place, sample.size)? else { return Ok(None) };
                    self.described = sample.description;
                    let change = is_changed.then(|| Box::new(video));
                    Ok(Some(Packet { change, ..self.packet(&sample, data) }))
                }
            };
        }
        Ok(None)
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        let preroll = match self.track.descriptions.first() {
            Some(Description::Sound(sound)) => preroll(&sound.track.codec),
            _ => std::time::Duration::ZERO,
        };
        let target = self.track.edits.cts_at(clock::from_zero(at - preroll, self.zero));
        self.state = State {
            cursor: self.track.table.seek(target),
            fragments: self.fragments,
            queue: VecDeque::new(),
        };
        let Some(mut fragments) = self.fragments else { return Ok(()) };
        let behind = self.track.table.behind();
        let mut samples = VecDeque::new();
        // A damaged fragment is told when it is read, not here.
        while fragments.next(&mut self.input, &self.track, &mut samples).unwrap_or(!samples.is_empty()) {
            if samples.iter().all(|sample| sample.cts > target) {
                break;
            }
            if let Some(found) = samples.iter().rposition(|sample| sample.is_sync && sample.cts <= target) {
                let queue = samples.split_off(found);
                self.state = State { cursor: behind, fragments: Some(fragments), queue };
            }
            samples.clear();
        }
        Ok(())
    }
}
