//! The mix of sound that is pushed: each user is a voice from the end of one pause to the beginning of the next.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use polyptych::{Timestamp, UserId};

use super::arrivals::length_of;
use super::{LOOK_AHEAD, LiveSound, samples};
use crate::decode::{Sound, SoundSource};
use crate::media::MediaError;
use crate::sound::gate::Gate;
use crate::sound::limiter::REACH;
use crate::sound::mix::{Blocks, CHUNK, Mix, SoundReport, Voice, VoiceReport};
use crate::sound::position::first_sample_at;

/// Mixes what is closed, and waits for the clock where it must; never for a user.
pub(crate) struct LiveMix {
    sound: Arc<LiveSound>,
    mix: Mix,
    /// The most samples that are asked for at once.
    block: usize,
    /// What became of voices that have ended.
    done: BTreeMap<String, VoiceReport>,
}

impl LiveMix {
    /// The mix of all that is pushed from one time to another, in blocks of up to `block` samples.
    pub(crate) fn new(sound: Arc<LiveSound>, from: Timestamp, to: Timestamp, block: usize) -> Self {
        Self { sound, mix: Mix::new(Vec::new(), from, to), block, done: BTreeMap::new() }
    }

    /// The sample before which the next block looks for sound, but for what tracks look ahead.
    fn next_until(&self) -> i64 {
        self.mix.position() + self.block as i64 + CHUNK as i64 + REACH
    }

    /// Brings the voices up to date with who is there and has something to say.
    fn follow(&mut self) {
        let until = self.next_until();
        let done = &mut self.done;
        self.mix.take_done(|report| match done.get_mut(&report.name) {
            Some(earlier) => earlier.add(&report),
            None => drop(done.insert(report.name.clone(), report)),
        });
        let mut state = self.sound.state();
        state.mixed_until = until;
        self.sound.mixed.notify_all();
        let mixed = self.mix.mixed_until();
        for (uid, user) in &mut state.users {
            user.hearing.settle(mixed);
            let gate = |intervals| Gate::of_samples(intervals);
            let is_speaking = self.mix.has(uid.as_str());
            if is_speaking {
                if user.hearing.take_changed() {
                    self.mix.set_gate(uid.as_str(), gate(user.hearing.intervals()));
                }
            } else if user.arrivals.next_at().is_some_and(|at| first_sample_at(at) <= until) {
                user.hearing.take_changed();
                self.mix.add(voice(&self.sound, uid), gate(user.hearing.intervals()));
            }
        }
    }
}

impl Blocks for LiveMix {
    fn wait(&mut self) {
        let needed = self.next_until() + samples(LOOK_AHEAD);
        let mut state = self.sound.state();
        while !state.is_ended && first_sample_at(state.closed) < needed {
            state = self.sound.advanced.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn position(&self) -> i64 {
        self.mix.position()
    }

    fn next_block(&mut self, len: usize) -> Option<&[f32]> {
        self.follow();
        self.mix.next_block(len.min(self.block))
    }

    fn report(&self) -> SoundReport {
        let mut voices = self.done.clone();
        let report = self.mix.report();
        for voice in report.voices {
            match voices.get_mut(&voice.name) {
                Some(earlier) => earlier.add(&voice),
                None => drop(voices.insert(voice.name.clone(), voice)),
            }
        }
        SoundReport { voices: voices.into_values().collect(), ..report }
    }
}

impl Drop for LiveMix {
    fn drop(&mut self) {
        self.sound.state().is_mix_gone = true;
        self.sound.mixed.notify_all();
    }
}

fn voice(sound: &Arc<LiveSound>, uid: &UserId) -> Voice {
    let source = Spurt { sound: Arc::clone(sound), uid: uid.clone(), end: None };
    Voice {
        name: uid.to_string(),
        zero: Timestamp::ZERO,
        heard: Vec::new(),
        open: Box::new(move || Ok(Box::new(source))),
    }
}

/// What a user says until the next pause.
struct Spurt {
    sound: Arc<LiveSound>,
    uid: UserId,
    /// Where what was given out ends.
    end: Option<Timestamp>,
}

impl SoundSource for Spurt {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        let mut state = self.sound.state();
        let closed = state.closed();
        let next = state.users.get_mut(&self.uid).and_then(|user| user.arrivals.take(closed, self.end));
        if let Some(sound) = &next {
            let end = sound.at + length_of(sound);
            self.end = Some(self.end.map_or(end, |last| last.max(end)));
        }
        Ok(next)
    }
}
