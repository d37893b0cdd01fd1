//! Everyone who is heard, in one.

use polyptych::Timestamp;
use serde::Serialize;

use super::gate::Gate;
use super::limiter::{Limiter, LimiterReport, REACH};
use super::pieces::Failures;
use super::position::first_sample_at;
use super::track::{Track, TrackReport};
use crate::decode::SoundSource;
use crate::media::MediaError;

/// Frames that are mixed at once.
pub(super) const CHUNK: usize = 1024;

/// Opens a file's sound, once it is needed.
pub type Opener = Box<dyn FnOnce() -> Result<Box<dyn SoundSource>, MediaError> + Send>;

/// One file of one who takes part.
pub struct Voice {
    /// Who or which, for the report.
    pub name: String,
    /// Where the file's zero lies in the recording.
    pub zero: Timestamp,
    /// When it is heard: from, and to but without, in any order. What overlaps or touches is one.
    pub heard: Vec<(Timestamp, Timestamp)>,
    /// Opens it. Called when the recording comes to the file's zero, if it is heard at all after that; dropped after the last of
    /// these times.
    pub open: Opener,
}

/// What became of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VoiceReport {
    /// As [`Voice::name`].
    pub name: String,
    /// Samples at 48,000 Hz for which its gate was open, so far. What lies outside the part that is rendered but is needed to
    /// limit it counts, too.
    pub heard_samples: u64,
    /// What was found in it.
    #[serde(flatten)]
    pub track: TrackReport,
}

/// What became of all sound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoundReport {
    /// Samples (of both channels at once) that came out.
    pub samples: u64,
    /// What the limiter did.
    #[serde(flatten)]
    pub limiter: LimiterReport,
    /// Every file, in the order given.
    pub voices: Vec<VoiceReport>,
}

/// Where a file is.
enum State {
    Waiting(Opener),
    Open(Box<Track>),
    Done,
}

struct Slot {
    /// The first sample that is not before the file's zero.
    zero: i64,
    /// The same, as it was given.
    zero_time: Timestamp,
    gate: Gate,
    state: State,
    report: VoiceReport,
}

/// The mixed sound of a part of a recording: interleaved stereo at 48,000 samples a second.
///
/// # Guarantees
/// - Sample n is that of the time n / 48,000 s of the recording. A part from one time to another has the samples that are not
///   before the first and are before the second, so parts that follow each other leave none out and have none twice.
/// - A part equals the same samples of the whole bit for bit, given the same voices in the same order.
/// - No sample is above [`CEILING`](super::CEILING).
/// - Memory does not grow with the length: for each open file about one and a quarter seconds, and 0.2 s of the mix.
pub struct Mix {
    slots: Vec<Slot>,
    limiter: Limiter,
    /// The next sample that is mixed, [`REACH`] before the next that comes out.
    next: i64,
    from: i64,
    to: i64,
    /// Samples that came out of the limiter and were not asked for yet, behind the block that was given out last.
    ready: Vec<f32>,
    given: usize,
    chunk: Vec<f32>,
    voice: Vec<f32>,
    report: LimiterReport,
}

/// Mixed sound, block by block.
pub(crate) trait Blocks: Send {
    /// Waits until the next block can be had without waiting for anyone who is heard.
    fn wait(&mut self) {}

    /// The sample of the recording that comes out next.
    fn position(&self) -> i64;

    /// The next `len` samples of both channels, interleaved; fewer at the end, then `None`.
    fn next_block(&mut self, len: usize) -> Option<&[f32]>;

    /// What was found so far.
    fn report(&self) -> SoundReport;

    /// What could not be read first, whose it was, and what was said; nothing where nothing is read.
    fn first_failure(&self) -> Option<(&str, &str)> {
        None
    }
}

impl Blocks for Mix {
    fn position(&self) -> i64 {
        self.position()
    }

    fn next_block(&mut self, len: usize) -> Option<&[f32]> {
        self.next_block(len)
    }

    fn report(&self) -> SoundReport {
        self.report()
    }

    fn first_failure(&self) -> Option<(&str, &str)> {
        self.first_failure()
    }
}

impl Mix {
    /// The mix of the voices from one time of the recording to another.
    #[must_use]
    pub fn new(voices: Vec<Voice>, from: Timestamp, to: Timestamp) -> Self {
        let slot = |voice: Voice| {
            let gate = Gate::new(&voice.heard);
            Slot::new(voice, gate)
        };
        let from = first_sample_at(from);
        Self {
            slots: voices.into_iter().map(slot).collect(),
            limiter: Limiter::new(),
            next: from - REACH,
            from,
            to: first_sample_at(to).max(from),
            ready: Vec::new(),
            given: 0,
            chunk: vec![0.0; 2 * CHUNK],
            voice: vec![0.0; 2 * CHUNK],
            report: LimiterReport { limited_samples: 0, lowest_gain: 1.0 },
        }
    }

    /// How many samples come out, of both channels at once.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.to - self.from).unsigned_abs()
    }

    /// Whether none do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to == self.from
    }

    /// The sample of the recording that comes out next.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.out_position() - ((self.ready.len() - self.given) / 2) as i64
    }

    /// The next `len` samples of both channels, interleaved; fewer at the end, then `None`. A `len` of 0 gives one.
    pub fn next_block(&mut self, len: usize) -> Option<&[f32]> {
        let len = len.max(1);
        self.ready.drain(..self.given);
        self.given = 0;
        while self.ready.len() / 2 < len && self.out_position() < self.to {
            self.mix_chunk();
        }
        self.given = len.saturating_mul(2).min(self.ready.len());
        (self.given > 0).then(|| &self.ready[..self.given])
    }

    /// What was found so far; all of it once no block is left.
    #[must_use]
    pub fn report(&self) -> SoundReport {
        let voices = self.slots.iter().map(|slot| match &slot.state {
            State::Open(track) => VoiceReport { track: track.report(), ..slot.report.clone() },
            State::Waiting(_) | State::Done => slot.report.clone(),
        });
        SoundReport {
            samples: (self.position() - self.from).unsigned_abs(),
            limiter: self.report,
            voices: voices.collect(),
        }
    }

    /// Adds a voice that is heard when `gate` says, whatever [`Voice::heard`] says.
    pub(super) fn add(&mut self, voice: Voice, gate: Gate) {
        self.slots.push(Slot::new(voice, gate));
    }

    /// Whether there is a voice of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.slots.iter().any(|slot| slot.report.name == name)
    }

    /// Says anew when a voice is heard.
    pub(super) fn set_gate(&mut self, name: &str, gate: Gate) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.report.name == name) {
            slot.gate = gate;
        }
    }

    /// Takes out the voices of which nothing comes any more.
    pub(super) fn take_done(&mut self, mut take: impl FnMut(VoiceReport)) {
        for slot in self.slots.extract_if(.., |slot| matches!(slot.state, State::Done)) {
            take(slot.report);
        }
    }

    /// The sample of the recording up to which voices have been asked.
    pub(super) fn mixed_until(&self) -> i64 {
        self.next
    }

    /// What could not be read first of a file: its name as given, and what was said. For who wants to end there.
    #[must_use]
    pub fn first_failure(&self) -> Option<(&str, &str)> {
        self.slots.iter().find_map(|slot| {
            let failures = match &slot.state {
                State::Open(track) => track.failures(),
                State::Waiting(_) | State::Done => &slot.report.track.failures,
            };
            Some((slot.report.name.as_str(), failures.first.first()?.as_str()))
        })
    }

    /// The sample that comes out of the limiter next, as long as it is in the part.
    fn out_position(&self) -> i64 {
        (self.next - REACH).clamp(self.from, self.to)
    }

    fn mix_chunk(&mut self) {
        // The limiter gives the part's last sample with the one that is REACH behind it.
        let frames = (self.to + REACH - self.next).clamp(0, CHUNK as i64) as usize;
        let chunk = &mut self.chunk[..2 * frames];
        chunk.fill(0.0);
        for slot in &mut self.slots {
            slot.add_to(self.next, chunk, &mut self.voice);
        }
        for frame in chunk.chunks_exact(2) {
            let (out, gain) = self.limiter.push([frame[0], frame[1]]);
            if self.next - REACH >= self.from {
                self.ready.extend(out);
                if gain < 1.0 {
                    self.report.limited_samples += 1;
                    self.report.lowest_gain = self.report.lowest_gain.min(gain);
                }
            }
            self.next += 1;
        }
    }
}

impl VoiceReport {
    /// Adds what became of a later file of the same one.
    pub(super) fn add(&mut self, later: &Self) {
        self.heard_samples += later.heard_samples;
        self.track.add(&later.track);
    }
}

impl Slot {
    fn new(voice: Voice, gate: Gate) -> Self {
        Self {
            zero: first_sample_at(voice.zero),
            zero_time: voice.zero,
            gate,
            state: State::Waiting(voice.open),
            report: VoiceReport { name: voice.name, ..VoiceReport::default() },
        }
    }

    /// Adds what is heard of this file from sample `from` of the recording on.
    fn add_to(&mut self, from: i64, sum: &mut [f32], scratch: &mut [f32]) {
        let to = from + (sum.len() / 2) as i64;
        let mut at = from;
        while at < to && !matches!(self.state, State::Done) {
            let Some(interval) = self.gate.next(at) else { return self.close(None) };
            if self.zero < to {
                self.open();
            }
            if interval.0 >= to {
                // Its decoder goes along, so that there is no long wait when it is heard.
                if let State::Open(track) = &mut self.state {
                    track.skip_to(to);
                    if track.is_finished() {
                        self.close(None);
                    }
                }
                return;
            }
            let (start, end) = (interval.0.max(at), interval.1.min(to));
            self.report.heard_samples += (end - start).unsigned_abs();
            // Nothing is before the file's zero, whatever a stamp says: it was not open then.
            let start = start.max(self.zero).min(end);
            if let State::Open(track) = &mut self.state {
                let part = 2 * (start - from) as usize..2 * (end - from) as usize;
                let heard = &mut scratch[..part.len()];
                if track.read(start, heard) {
                    Gate::fade(interval, start, heard);
                    sum[part].iter_mut().zip(&*heard).for_each(|(sum, sample)| *sum += sample);
                }
                if track.is_finished() {
                    self.close(None);
                }
            }
            at = end;
        }
    }

    fn open(&mut self) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(open) => match open() {
                Ok(source) => self.state = State::Open(Box::new(Track::new(source, self.zero_time))),
                Err(error) => self.close(Some(&error)),
            },
            state => self.state = state,
        }
    }

    /// Drops the file and keeps what was found in it.
    fn close(&mut self, failure: Option<&MediaError>) {
        if let State::Open(track) = std::mem::replace(&mut self.state, State::Done) {
            self.report.track = track.report();
        }
        if let Some(failure) = failure {
            let failures: &mut Failures = &mut self.report.track.failures;
            failures.add(failure);
        }
    }
}
