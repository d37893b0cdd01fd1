//! The facade: requests, users and frames go in from any thread; composed frames come out.

mod builder;
mod canvas;
mod choice;
mod easel;
mod notice;
mod scene;
mod state;
mod statistics;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use builder::{BuildError, CompositorBuilder, StalledPicture};
pub use canvas::{Canvas, PooledFrame};
pub use easel::Unchanged;
pub use notice::Notice;
pub use statistics::{Clock, StageTimes, Statistics};

use crate::channel::UserEvent;
use crate::frame::{Frame, FrameViewMut, PixelFormat};
use crate::geometry::Size;
use crate::id::UserId;
use crate::image::{ImageLimits, decode};
use crate::layout::LayoutSpec;
use crate::plan::CanvasShape;
use crate::time::Timestamp;
use crate::url::ImageUrl;
use easel::Easel;
use scene::Scene;
use state::State;

/// Composes the participants of a channel into one picture a tick.
///
/// Events carry the recording time at which they take effect, may be told ahead of it, and in any order; frames carry
/// their stamps. [`Compositor::compose`] lets everything up to a time take effect and paints that moment. Events, frames and
/// images wait for another call's bookkeeping alone: they may be pushed from other threads while a frame is composed.
///
/// At one and the same time events take effect in this order: layout requests, leaves, joins, subscriptions, stops,
/// mutes and unmutes, images, frames; within one kind, in the order of the calls.
///
/// A compositor has one canvas. For several of one meeting, tell each the same events and push clones of the same frames:
/// they share their buffers.
///
/// # Guarantees
/// The bytes of a frame depend on the events and frames up to its time alone: not on threads, processor or clock.
/// A missing user, a late frame or a broken image never fails a frame: it comes, and a [`Notice`] with it.
#[derive(Debug)]
pub struct Compositor {
    canvas: CanvasShape,
    /// What waits for its time. Held for moments only.
    state: Mutex<State>,
    /// What paints. Held while a frame is composed; always taken before `state`.
    scene: Mutex<Scene>,
}

/// Why a frame was not composed. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Recording time does not run backwards.
    #[error("{found} lies before {last}, which has been composed")]
    TimeBelowLast {
        /// The time asked for.
        found: Timestamp,
        /// The last composed time.
        last: Timestamp,
    },
    /// The buffer is not a canvas of this compositor.
    #[error("the canvas is {expected_format} {expected_size}, found {found_format} {found_size}")]
    CanvasMismatch {
        /// The buffer's format.
        found_format: PixelFormat,
        /// The buffer's size.
        found_size: Size,
        /// The canvas's format.
        expected_format: PixelFormat,
        /// The canvas's size.
        expected_size: Size,
    },
}

impl Compositor {
    /// Starts with a canvas of `size`, I420 in BT.709 limited range unless said otherwise.
    pub fn builder(size: Size) -> CompositorBuilder {
        CompositorBuilder::new(size)
    }

    /// The canvas: size, format and colours. It never changes.
    #[must_use]
    pub const fn canvas(&self) -> CanvasShape {
        self.canvas
    }

    /// Replaces the whole layout at `at`. Its images begin to load now, unless they are there.
    pub fn update_layout(&self, at: Timestamp, layout: LayoutSpec) {
        self.state().update_layout(at, layout);
    }

    /// Lets a user join at `at`, behind everyone else. A second join of one present changes nothing.
    pub fn join(&self, at: Timestamp, uid: &UserId) {
        self.event(at, uid, UserEvent::Join);
    }

    /// Lets a user leave at `at`: everyone behind moves up, and the frames held for the user are dropped.
    pub fn leave(&self, at: Timestamp, uid: &UserId) {
        self.event(at, uid, UserEvent::Leave);
    }

    /// Says from `at` on whether a user's video is subscribed. One whose is not takes no place; frames are taken all the same.
    pub fn set_video_subscribed(&self, at: Timestamp, uid: &UserId, is_subscribed: bool) {
        let event = if is_subscribed { UserEvent::Subscribe } else { UserEvent::Unsubscribe };
        self.event(at, uid, event);
    }

    /// Says from `at` on whether a user sends frames only when something changes, as a still screen share does:
    /// silence then does not mean that the video has stopped.
    pub fn set_video_sparse(&self, at: Timestamp, uid: &UserId, is_sparse: bool) {
        let event = if is_sparse { UserEvent::DeclareSparse } else { UserEvent::DeclareContinuous };
        self.event(at, uid, event);
    }

    /// Says that a user's video stopped at `at`; a frame stamped then or later resumes it.
    pub fn video_stopped(&self, at: Timestamp, uid: &UserId) {
        self.event(at, uid, UserEvent::StopVideo);
    }

    /// Stops a user's video at `at`: frames stamped from then on are ignored, until [`Compositor::unmute`].
    pub fn mute(&self, at: Timestamp, uid: &UserId) {
        self.event(at, uid, UserEvent::Mute);
    }

    /// Lets frames stamped from `at` on count again.
    pub fn unmute(&self, at: Timestamp, uid: &UserId) {
        self.event(at, uid, UserEvent::Unmute);
    }

    fn event(&self, at: Timestamp, uid: &UserId, event: UserEvent) {
        self.state().channel.push_event(at, uid, event);
    }

    /// Hands over a user's frame, to be shown from `stamp` on until a newer one is.
    ///
    /// The buffer is held, not copied. Frames that come out of order, too late or too far ahead are counted, never fatal:
    /// see [`Statistics::frames`].
    pub fn push_frame(&self, uid: &UserId, stamp: Timestamp, frame: Frame) {
        let mut released = Vec::new();
        self.state().push_frame(uid, stamp, frame, &mut released);
        // Callers' buffers are dropped here, outside the lock.
        drop(released);
    }

    /// Hands in the bytes of an image (JPEG or BMP) that a layout names or will name; they take effect at `at`.
    /// What cannot be used is told by a [`Notice`].
    ///
    /// # Performance
    /// Decodes before it returns; not for a thread that must keep time.
    pub fn image_ready(&self, at: Timestamp, url: &ImageUrl, bytes: &[u8]) {
        let picture = decode(bytes, &ImageLimits::default());
        self.state().image_ready(at, url, picture);
    }

    /// Waits until every image that a request has named so far is there or has failed: for offline work, before the first
    /// frame. At most `per_image` for each; failures become notices. Frames cannot be pushed meanwhile.
    pub fn wait_for_images(&self, per_image: Duration) {
        self.state().wait_for_images(per_image);
    }

    /// Composes the moment `t` onto a canvas of the compositor's own pool, to be read and dropped.
    ///
    /// # Performance
    /// The cheapest way: a moment that looks like the last one is the same canvas once more; else what the canvas has not is
    /// copied from the last one, even while that is read, and painted where neither has it.
    ///
    /// # Errors
    /// [`ComposeError::TimeBelowLast`] where a later time has been composed; nothing changes then.
    pub fn compose(&self, t: Timestamp) -> Result<PooledFrame, ComposeError> {
        let mut scene = self.settle(t)?;
        Ok(scene.paint(Easel::compose))
    }

    /// Composes the moment `t` onto a canvas that the caller keeps, whatever it holds.
    ///
    /// # Performance
    /// What has not changed since the canvas was composed is kept; what the last canvas has is copied from there, even while that
    /// is read elsewhere. Two or three canvases in turn serve an encoder that holds one or two.
    ///
    /// # Errors
    /// [`ComposeError`] where it is not a canvas of this compositor or a later time has been composed; nothing changes then.
    pub fn compose_onto(&self, t: Timestamp, canvas: &mut Canvas) -> Result<(), ComposeError> {
        self.check(canvas.format(), canvas.size())?;
        let mut scene = self.settle(t)?;
        scene.paint(|easel, painter, moment| ((), easel.compose_onto(painter, moment, canvas)));
        Ok(())
    }

    /// Composes the moment `t` into a buffer of the caller's, every sample of it.
    ///
    /// # Performance
    /// Nothing is known of the buffer, so all of it is written: painted, or, while less than half of the canvas changes from
    /// frame to frame, copied from a canvas that the compositor keeps. [`Compositor::compose`] and [`Compositor::compose_onto`]
    /// do less.
    ///
    /// Like the other two, it allocates nothing while neither layout, users nor the shapes of their pictures change, but for a
    /// block of rayon's queue now and then where there are several threads.
    ///
    /// # Errors
    /// [`ComposeError`] where the buffer is not a canvas of this compositor or a later time has been composed; nothing
    /// changes then.
    pub fn compose_into(&self, t: Timestamp, canvas: FrameViewMut<'_>) -> Result<(), ComposeError> {
        self.check(canvas.format(), canvas.size())?;
        let mut scene = self.settle(t)?;
        scene.paint(|easel, painter, moment| ((), easel.compose_into(painter, moment, canvas)));
        Ok(())
    }

    /// Whether a picture is a canvas of this compositor.
    fn check(&self, found_format: PixelFormat, found_size: Size) -> Result<(), ComposeError> {
        let CanvasShape { size: expected_size, format: expected_format, .. } = self.canvas;
        if (found_format, found_size) == (expected_format, expected_size) {
            return Ok(());
        }
        Err(ComposeError::CanvasMismatch { found_format, found_size, expected_format, expected_size })
    }

    fn settle(&self, t: Timestamp) -> Result<MutexGuard<'_, Scene>, ComposeError> {
        let mut scene = lock(&self.scene);
        scene.settle(&mut self.state(), t)?;
        Ok(scene)
    }

    /// Takes what there is to tell since the last call, oldest first.
    ///
    /// The last 1,000 are kept; [`Statistics::notices_dropped`] counts the others.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Notice> {
        self.state().notices.take()
    }

    /// Counts and times since the beginning.
    ///
    /// # Performance
    /// Waits for the frame that is being composed, if one is.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut statistics = lock(&self.scene).statistics();
        let state = self.state();
        statistics.frames = state.channel.total_counts();
        statistics.notices_dropped = state.notices.dropped();
        statistics
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A caller's `Drop` or `PlaneBuffer` may panic while a lock is held; what it guards is whole between any two steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
