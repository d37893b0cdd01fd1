//! The pieces of sound that a file's decoder gives, with a look ahead, and what cannot be read stepped over.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use polyptych::Timestamp;
use serde::Serialize;

use super::downmix::{Planes, downmix};
use super::position;
use crate::decode::{Sound, SoundSource};

/// Rates that can be mixed, in samples a second.
pub const RATES: RangeInclusive<u32> = 8_000..=192_000;

/// Failures one after another after which a source is given up.
const PATIENCE: u32 = 64;

/// Failures that are kept word for word.
const KEPT: usize = 8;

/// A piece of sound on the recording's clock.
pub(super) struct Piece {
    /// What its stamp says, in ticks.
    pub(super) at: i64,
    /// Samples a second.
    pub(super) rate: u32,
    /// Its one or two channels.
    pub(super) planes: Planes,
}

impl Piece {
    pub(super) fn len(&self) -> usize {
        self.planes.left.len()
    }

    pub(super) fn is_mono(&self) -> bool {
        self.planes.right.is_empty()
    }
}

/// What went wrong with a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Failures {
    /// How often.
    pub count: u64,
    /// What was said the first times.
    pub first: Vec<String>,
}

impl Failures {
    /// Takes note of one.
    pub(super) fn add(&mut self, what: impl std::fmt::Display) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(what.to_string());
        }
    }

    /// Takes note of what went wrong later.
    pub(super) fn extend(&mut self, later: &Self) {
        self.count += later.count;
        let room = KEPT.saturating_sub(self.first.len());
        self.first.extend(later.first.iter().take(room).cloned());
    }
}

/// The pieces of one file.
pub(super) struct Pieces {
    source: Option<Box<dyn SoundSource>>,
    zero: Timestamp,
    queue: VecDeque<Piece>,
    pub(super) failures: Failures,
    pub(super) clipped: u64,
    /// Samples of all channels.
    pub(super) samples: u64,
}

impl Pieces {
    pub(super) fn new(source: Box<dyn SoundSource>, zero: Timestamp) -> Self {
        Self {
            source: Some(source),
            zero,
            queue: VecDeque::new(),
            failures: Failures::default(),
            clipped: 0,
            samples: 0,
        }
    }

    /// The piece that comes so many after the next one.
    pub(super) fn ahead(&mut self, index: usize) -> Option<&Piece> {
        while self.queue.len() <= index {
            let piece = self.pull()?;
            self.queue.push_back(piece);
        }
        self.queue.get(index)
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self) -> Option<Piece> {
        self.queue.pop_front().or_else(|| self.pull())
    }

    /// The next piece from the source that has sound in it.
    fn pull(&mut self) -> Option<Piece> {
        let mut failures_in_a_row = 0;
        loop {
            match self.source.as_mut()?.next_sound() {
                Ok(Some(sound)) => match self.accept(&sound) {
                    Some(piece) => return Some(piece),
                    None => continue,
                },
                Ok(None) => self.source = None,
                Err(error) => {
                    self.failures.add(error);
                    failures_in_a_row += 1;
                    if failures_in_a_row == PATIENCE {
                        self.source = None;
                    }
                }
            }
        }
    }

    fn accept(&mut self, sound: &Sound) -> Option<Piece> {
        let rate = sound.sample_rate;
        if !RATES.contains(&rate) {
            self.failures.add(format_args!(
                "sound of {rate} Hz; {} to {} Hz can be mixed",
                RATES.start(),
                RATES.end()
            ));
            return None;
        }
        let planes = downmix(&sound.samples, usize::from(sound.channels));
        self.clipped += planes.clipped;
        self.samples += sound.samples.len() as u64;
        let at = position::ticks(self.zero, sound.at);
        (!planes.left.is_empty()).then_some(Piece { at, rate, planes })
    }
}
