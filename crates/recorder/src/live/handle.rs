//! What other threads push through: frames, sound, and what happens.

use std::sync::Arc;
use std::time::Duration;

use polyptych::{Clock, Compositor, Frame, LayoutSpec, Timestamp, UserId};

use super::statistics::{Counters, LiveStatistics};
use crate::sound::{Change, LiveSound, SoundPiece};

/// What all threads of a live recording have.
pub(super) struct Shared {
    compositor: Compositor,
    clock: Box<dyn Clock>,
    /// The clock's time at which the recording began.
    zero: Duration,
    sound: Option<Arc<LiveSound>>,
    counters: Counters,
}

impl Shared {
    pub(super) fn new(
        compositor: Compositor,
        clock: Box<dyn Clock>,
        sound: Option<Arc<LiveSound>>,
        counters: Counters,
    ) -> Self {
        let zero = clock.now();
        Self { compositor, clock, zero, sound, counters }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::ZERO + self.clock.now().saturating_sub(self.zero)
    }

    pub(super) fn compositor(&self) -> &Compositor {
        &self.compositor
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// Pushes into a live recording, from any thread; clones push into the same one.
///
/// Every call takes the recording time at which it takes effect, [`Self::now`] for most. What happens may be told ahead of its time,
/// in any order; what is told too late takes effect as soon as it can, for sound unless something later has. A join of one who is there and a
/// leave of one who is not change nothing, early or late. None of these calls waits for an encoder or a file, and
/// none but [`Self::statistics`] for a canvas.
/// After the recording has ended they change nothing.
#[derive(Clone)]
pub struct LiveHandle(Arc<Shared>);

impl LiveHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The recording time by the clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// The compositor: for layouts and images, notices, and how users' video is sent. Who joins, leaves, is muted or subscribed is
    /// told through the handle, which tells the sound as well. Nobody else may compose with it.
    #[must_use]
    pub fn compositor(&self) -> &Compositor {
        &self.0.compositor
    }

    /// Hands over a user's frame; see [`Compositor::push_frame`].
    pub fn push_frame(&self, uid: &UserId, at: Timestamp, frame: Frame) {
        self.0.compositor.push_frame(uid, at, frame);
    }

    /// Hands over a user's sound: pieces of any length, at any rate, in any order. It is copied; what is late, early or beyond what
    /// can be held is dropped and counted. Nothing happens where no sound is recorded.
    pub fn push_sound(&self, uid: &UserId, piece: &SoundPiece<'_>) {
        if let Some(sound) = &self.0.sound {
            sound.push(uid, piece, self.now());
        }
    }

    /// Replaces the layout.
    pub fn update_layout(&self, at: Timestamp, layout: LayoutSpec) {
        self.0.compositor.update_layout(at, layout);
    }

    /// Lets a user join, behind everyone else: subscribed and not muted.
    pub fn join(&self, at: Timestamp, uid: &UserId) {
        self.0.compositor.join(at, uid);
        self.tell(at, uid, Change::Join);
    }

    /// Lets a user leave.
    pub fn leave(&self, at: Timestamp, uid: &UserId) {
        self.0.compositor.leave(at, uid);
        self.tell(at, uid, Change::Leave);
    }

    /// Mutes a user's video, or lets it be seen again; see [`Compositor::mute`].
    pub fn set_video_muted(&self, at: Timestamp, uid: &UserId, is_muted: bool) {
        if is_muted {
            self.0.compositor.mute(at, uid);
        } else {
            self.0.compositor.unmute(at, uid);
        }
    }

    /// Mutes a user's sound, or lets it be heard again.
    pub fn set_sound_muted(&self, at: Timestamp, uid: &UserId, is_muted: bool) {
        self.tell(at, uid, Change::Mute(is_muted));
    }

    /// Says whether a user's video is subscribed; see [`Compositor::set_video_subscribed`].
    pub fn set_video_subscribed(&self, at: Timestamp, uid: &UserId, is_subscribed: bool) {
        self.0.compositor.set_video_subscribed(at, uid, is_subscribed);
    }

    /// Says whether a user's sound is subscribed: only then it is heard.
    pub fn set_sound_subscribed(&self, at: Timestamp, uid: &UserId, is_subscribed: bool) {
        self.tell(at, uid, Change::Subscribe(is_subscribed));
    }

    /// What became of everything so far.
    ///
    /// # Performance
    /// Waits for the canvas that is being composed, if one is.
    #[must_use]
    pub fn statistics(&self) -> LiveStatistics {
        let mut statistics = self.0.counters.statistics();
        statistics.frames = self.0.compositor.statistics().frames;
        statistics.sound = self.0.sound.as_ref().map(|sound| sound.tallies()).unwrap_or_default();
        statistics
    }

    fn tell(&self, at: Timestamp, uid: &UserId, change: Change) {
        if let Some(sound) = &self.0.sound {
            sound.tell(uid, at, change);
        }
    }
}
