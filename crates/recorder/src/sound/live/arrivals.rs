//! One user's sound as it comes in: in the order of its stamps, cut where it is too late, bounded.

use std::collections::VecDeque;
use std::time::Duration;

use polyptych::Timestamp;
use serde::Serialize;

use crate::decode::Sound;
use crate::sound::RATES;

/// How far ahead of the recording's clock sound may be stamped.
pub const SOUND_AHEAD: Duration = Duration::from_secs(2);

/// What is held of one user besides what the latency asks for: what is mixed is looked at 1.6 s ahead, and what comes early waits.
const HELD: Duration = Duration::from_secs(4);

/// Longest piece that is held in one: longer ones are cut, so that what is held is looked at in small steps.
const PIECE: Duration = Duration::from_millis(20);

/// Sound that begins so long after the end of what came before it is a beginning of its own.
const PAUSE: Duration = Duration::from_millis(100);

/// Samples of one piece of sound, interleaved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Samples<'s> {
    /// Floating point, nominally within `-1.0..=1.0`.
    F32(&'s [f32]),
    /// 16 bits, signed.
    S16(&'s [i16]),
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(samples) => samples.len(),
            Self::S16(samples) => samples.len(),
        }
    }

    fn part(&self, from: usize, to: usize) -> Vec<f32> {
        match self {
            Self::F32(samples) => samples[from..to].to_vec(),
            Self::S16(samples) => samples[from..to].iter().map(|&s| f32::from(s) / 32_768.0).collect(),
        }
    }
}

/// A piece of a participant's sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundPiece<'s> {
    /// When its first sample is heard.
    pub at: Timestamp,
    /// Samples a second of each channel: within [`RATES`].
    pub sample_rate: u32,
    /// Channels, in the order of the WAVE format: 1 and more.
    pub channels: u16,
    /// What is heard; a rest that is no sample of every channel is left out.
    pub samples: Samples<'s>,
}

/// What became of a user's sound, in samples of one channel at the rate that it was pushed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SoundTally {
    /// Those that came in time.
    pub taken: u64,
    /// Those that came after the mix was closed for their time, and were dropped.
    pub late: u64,
    /// Those that were stamped more than [`SOUND_AHEAD`] ahead of the clock, and were dropped.
    pub early: u64,
    /// Those for which there was no room, because mixing or writing is behind; they were dropped.
    pub overflowed: u64,
    /// Those at a rate that cannot be mixed, or of no channel; they were dropped.
    pub unusable: u64,
    /// How much waits to be mixed.
    pub waiting: Duration,
}

/// Until when sound is taken, and what is too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// What is before this is closed.
    pub(super) closed: Timestamp,
    /// The recording's clock.
    pub(super) now: Timestamp,
    /// How late sound may be.
    pub(super) latency: Duration,
}

/// What a user has sent and is not mixed yet.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    queue: VecDeque<Sound>,
    tally: SoundTally,
}

impl Arrivals {
    /// Takes what is in time.
    pub(super) fn push(&mut self, piece: &SoundPiece<'_>, window: Window) {
        let channels = usize::from(piece.channels);
        let frames = piece.samples.len().checked_div(channels).unwrap_or(0);
        if channels == 0 || !RATES.contains(&piece.sample_rate) {
            self.tally.unusable += frames.max(usize::from(channels == 0)) as u64;
            return;
        }
        let rate = piece.sample_rate;
        let late = frames_until(window.closed, piece.at, rate).min(frames);
        self.tally.late += late as u64;
        let step = (PIECE.as_millis() as usize * rate as usize / 1000).max(1);
        for from in (late..frames).step_by(step) {
            let to = (from + step).min(frames);
            let at = piece.at + length(from, rate);
            let count = (to - from) as u64;
            if at.since(window.now) > SOUND_AHEAD {
                self.tally.early += count;
            } else if self.tally.waiting + length(to - from, rate) > HELD + window.latency {
                self.tally.overflowed += count;
            } else {
                self.tally.taken += count;
                let samples = piece.samples.part(from * channels, to * channels);
                self.insert(Sound { at, sample_rate: rate, channels: piece.channels, samples });
            }
        }
    }

    fn insert(&mut self, sound: Sound) {
        self.tally.waiting += length_of(&sound);
        let index = self.queue.partition_point(|other| other.at <= sound.at);
        self.queue.insert(index, sound);
    }

    /// When what comes next begins.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.queue.front().map(|sound| sound.at)
    }

    /// Takes what comes next, if nothing can come before it any more and it follows on what ended at `end`.
    pub(super) fn take(&mut self, closed: Timestamp, end: Option<Timestamp>) -> Option<Sound> {
        let follows = |sound: &Sound| end.is_none_or(|end| sound.at.since(end) <= PAUSE);
        let sound = self.queue.pop_front_if(|sound| sound.at < closed && follows(sound))?;
        self.tally.waiting = self.tally.waiting.saturating_sub(length_of(&sound));
        Some(sound)
    }

    pub(super) fn tally(&self) -> SoundTally {
        self.tally
    }
}

/// How long a piece lasts.
pub(super) fn length_of(sound: &Sound) -> Duration {
    length(sound.samples.len() / usize::from(sound.channels.max(1)), sound.sample_rate)
}

fn length(frames: usize, rate: u32) -> Duration {
    let nanos = frames as u128 * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Samples from `at` on that are before `closed`.
fn frames_until(closed: Timestamp, at: Timestamp, rate: u32) -> usize {
    let frames = (closed.since(at).as_nanos() * u128::from(rate)).div_ceil(1_000_000_000);
    usize::try_from(frames).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn window(closed: i64, now: i64) -> Window {
        let latency = Duration::from_millis((now - closed).unsigned_abs());
        Window { closed: at(closed), now: at(now), latency }
    }

    fn piece(millis: i64, samples: &[f32]) -> SoundPiece<'_> {
        SoundPiece { at: at(millis), sample_rate: 8000, channels: 1, samples: Samples::F32(samples) }
    }

    #[test]
    fn sound_is_cut_where_the_mix_is_closed() {
        let mut arrivals = Arrivals::default();
        arrivals.push(&piece(95, &[0.5; 80]), window(100, 300));
        assert_eq!((arrivals.tally.late, arrivals.tally.taken), (40, 40));
        assert_eq!(arrivals.next_at(), Some(at(100)));
        arrivals.push(&piece(50, &[0.5; 80]), window(100, 300));
        assert_eq!((arrivals.tally.late, arrivals.tally.taken), (120, 40));
    }

    #[test]
    fn sound_is_given_in_order_once_nothing_can_come_before_it() {
        let mut arrivals = Arrivals::default();
        for millis in [20, 0, 10] {
            arrivals.push(&piece(millis, &[0.0; 80]), window(0, 200));
        }
        let mut order = Vec::new();
        while let Some(sound) = arrivals.take(at(20), None) {
            order.push(sound.at);
        }
        assert_eq!(order, [at(0), at(10)]);
        assert_eq!(arrivals.tally.waiting, Duration::from_millis(10));
        assert_eq!(arrivals.take(at(21), None).map(|sound| sound.at), Some(at(20)));
    }

    #[test]
    fn sound_behind_a_pause_is_a_beginning_of_its_own() {
        let mut arrivals = Arrivals::default();
        arrivals.push(&piece(300, &[0.0; 80]), window(0, 200));
        assert_eq!(arrivals.take(at(1000), Some(at(190))), None);
        assert!(arrivals.take(at(1000), Some(at(200))).is_some());
    }

    #[test]
    fn sound_far_ahead_or_beyond_what_is_held_is_dropped_and_counted() {
        let mut arrivals = Arrivals::default();
        arrivals.push(&piece(2201, &[0.0; 80]), window(0, 200));
        assert_eq!((arrivals.tally.early, arrivals.tally.taken), (80, 0));
        for _ in 0..1000 {
            arrivals.push(&piece(100, &[0.0; 80]), window(0, 200));
        }
        assert_eq!((arrivals.tally.taken, arrivals.tally.overflowed), (420 * 80, 580 * 80));
        assert_eq!(arrivals.tally.waiting, HELD + Duration::from_millis(200));
    }

    #[test]
    fn sound_that_cannot_be_mixed_is_counted() {
        let mut arrivals = Arrivals::default();
        let samples = [0_i16; 90];
        let sound = piece(0, &[]);
        arrivals.push(&SoundPiece { channels: 0, samples: Samples::S16(&samples), ..sound }, window(0, 0));
        arrivals.push(&SoundPiece { sample_rate: 7, samples: Samples::S16(&samples), ..sound }, window(0, 0));
        assert_eq!(arrivals.tally, SoundTally { unusable: 91, ..SoundTally::default() });
        arrivals.push(&SoundPiece { samples: Samples::S16(&[i16::MIN]), ..sound }, window(0, 0));
        assert_eq!(arrivals.take(at(1), None).map(|sound| sound.samples), Some(vec![-1.0]));
    }
}
