//! Sound that is pushed while it is heard: who takes part comes and goes, pieces come late or never, and nobody is waited for.
//!
//! ```text
//!  pushed ──▶ arrivals, in order ──what is closed──▶ a voice of the mix, from each pause to the next
//!  told   ──▶ hearing ─────────────────intervals───▶ its gate
//!
//!                mixed          looked ahead: 1.6 s       latency
//!  ──────────────────┤───────────────────────────────┤──────────────┤ the recording's clock
//!  sample                                     closed ┘              └ now
//! ```
//!
//! What is stamped before `closed` is there, or never will be: so the mix is that of files, clocks corrected and loudness limited, and
//! depends on stamps and on what came in time, not on threads. It needs to see ahead, which costs a delay of what is written and
//! nothing else: pictures wait for it as packets.

mod arrivals;
mod hearing;
mod mix;

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polyptych::{Timestamp, UserId};

pub use arrivals::{SOUND_AHEAD, Samples, SoundPiece, SoundTally};
pub(crate) use hearing::Change;
pub(crate) use mix::LiveMix;

use super::gate::FADE;
use super::position::first_sample_at;
use crate::encode::SAMPLE_RATE;
use arrivals::{Arrivals, Window};
use hearing::Hearing;

/// How far mixing looks ahead: a second and a quarter to tell a jump from a late stamp, a pause, pieces in between, the limiter, and
/// what is mixed at once; the rest is room.
pub(crate) const LOOK_AHEAD: Duration = Duration::from_millis(1600);

/// How far mixing may be behind what it could mix, where it is waited for.
const BEHIND: Duration = Duration::from_millis(500);

/// The sound of a live recording, on its way from those who push to the one thread that mixes.
pub(crate) struct LiveSound {
    state: Mutex<State>,
    /// The clock went on.
    advanced: Condvar,
    /// The mix went on, or has ended.
    mixed: Condvar,
}

struct State {
    users: BTreeMap<UserId, User>,
    /// What is before this is there, or never will be.
    closed: Timestamp,
    latency: Duration,
    /// The sample up to which nothing can be changed any more.
    mixed_until: i64,
    is_ended: bool,
    /// Whether nobody mixes any more.
    is_mix_gone: bool,
}

#[derive(Default)]
struct User {
    arrivals: Arrivals,
    hearing: Hearing,
}

impl State {
    /// What nothing can be pushed before any more.
    fn closed(&self) -> Timestamp {
        if self.is_ended { Timestamp::MAX } else { self.closed }
    }
}

impl LiveSound {
    /// Sound that may come `latency` after its time.
    pub(crate) fn new(latency: Duration) -> Self {
        let state = State {
            users: BTreeMap::new(),
            closed: Timestamp::MIN,
            latency,
            // What is told before anything is mixed is in time.
            mixed_until: -FADE,
            is_ended: false,
            is_mix_gone: false,
        };
        Self { state: Mutex::new(state), advanced: Condvar::new(), mixed: Condvar::new() }
    }

    /// Hands in what is to be heard of a user; nothing happens where nobody mixes any more.
    pub(crate) fn push(&self, uid: &UserId, piece: &SoundPiece<'_>, now: Timestamp) {
        let mut state = self.state();
        if state.is_mix_gone {
            return;
        }
        let window = Window { closed: state.closed(), now, latency: state.latency };
        state.user(uid).arrivals.push(piece, window);
    }

    /// Takes note of a change; one that comes too late to be followed takes effect as soon as it can, unless a later one of its
    /// kind has, or nobody mixes any more.
    pub(crate) fn tell(&self, uid: &UserId, at: Timestamp, change: Change) {
        let mut state = self.state();
        if state.is_mix_gone {
            return;
        }
        let earliest = state.mixed_until + FADE;
        state.user(uid).hearing.tell(first_sample_at(at), earliest, change);
    }

    /// Moves the clock on; never back.
    pub(crate) fn advance(&self, now: Timestamp) {
        let mut state = self.state();
        state.closed = state.closed.max(now - state.latency);
        drop(state);
        self.advanced.notify_all();
    }

    /// Waits until mixing is no more than half a second behind what it could mix.
    pub(crate) fn wait_for_mix(&self) {
        let mut state = self.state();
        let behind = samples(LOOK_AHEAD + BEHIND);
        while !state.is_mix_gone && first_sample_at(state.closed) - state.mixed_until > behind {
            state = self.mixed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that nothing comes any more.
    pub(crate) fn end(&self) {
        self.state().is_ended = true;
        self.advanced.notify_all();
    }

    /// What became of everyone's sound.
    pub(crate) fn tallies(&self) -> BTreeMap<UserId, SoundTally> {
        let state = self.state();
        state.users.iter().map(|(uid, user)| (uid.clone(), user.arrivals.tally())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many samples are mixed in so long.
const fn samples(duration: Duration) -> i64 {
    duration.as_millis() as i64 * SAMPLE_RATE as i64 / 1000
}

impl State {
    fn user(&mut self, uid: &UserId) -> &mut User {
        // Looked up first: an entry would need the name's clone.
        if !self.users.contains_key(uid) {
            self.users.insert(uid.clone(), User::default());
        }
        self.users.get_mut(uid).expect("it was just made where it was not")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_collected_once_nobody_mixes_any_more() {
        let sound = std::sync::Arc::new(LiveSound::new(Duration::ZERO));
        let mix = LiveMix::new(sound.clone(), Timestamp::ZERO, Timestamp::from_secs(1), 1024);
        sound.tell(&UserId::new("anna"), Timestamp::ZERO, Change::Join);
        drop(mix);
        let late = UserId::new("ben");
        sound.tell(&late, Timestamp::ZERO, Change::Join);
        let samples = Samples::F32(&[0.0; 80]);
        let piece = SoundPiece { at: Timestamp::ZERO, sample_rate: 8000, channels: 1, samples };
        sound.push(&late, &piece, Timestamp::ZERO);
        assert_eq!(sound.tallies().into_keys().collect::<Vec<_>>(), [UserId::new("anna")]);
    }
}
