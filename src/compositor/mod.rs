//! The facade: requests, users and frames go in from any thread; composed frames come out.

mod builder;
mod canvas;
mod choice;
mod easel;
mod error;
mod notice;
mod output;
mod output_id;
mod ready;
mod scaled;
mod scene;
mod state;
mod statistics;
mod targets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use builder::{BuildError, CompositorBuilder, StalledPicture};
pub use canvas::{Canvas, PooledFrame};
pub use easel::Unchanged;
pub use error::ComposeError;
pub use notice::Notice;
pub use output_id::{OutputId, UnknownOutput};
pub use statistics::{Clock, OutputStatistics, StageTimes, Statistics};

use crate::channel::UserEvent;
use crate::frame::{Frame, FrameViewMut};
use crate::geometry::Size;
use crate::id::UserId;
use crate::image::{ImageLimits, decode};
use crate::layout::LayoutSpec;
use crate::plan::CanvasShape;
use crate::time::Timestamp;
use crate::url::ImageUrl;
use scene::Scene;
use state::State;
use targets::Targets;

/// Composes the participants of a channel into one picture a tick.
///
/// Events carry the recording time at which they take effect, may be told ahead of it, and in any order; frames carry
/// their stamps. [`Compositor::compose`] lets everything up to a time take effect and paints that moment. Events, frames and
/// images wait for another call's bookkeeping alone: they may be pushed from other threads while a frame is composed.
///
/// At one and the same time events take effect in this order: layout requests, leaves, joins, subscriptions, stops,
/// mutes and unmutes, images, frames; within one kind, in the order of the calls.
///
/// # Outputs
/// A compositor has one canvas, or several of one meeting ([`CompositorBuilder::output`]): a landscape picture, one for phones,
/// a thumbnail. Users, frames, images and threads are theirs in common, and what must be done to a picture before it is painted is
/// done once for all that want it. Each has layouts of its own, and its bytes are those of a compositor that had no other.
///
/// # Guarantees
/// The bytes of a frame depend on the events and frames up to its time alone: not on threads, processor or clock,
/// nor on what canvas it is composed onto.
/// A missing user, a late frame or a broken image never fails a frame: it comes, and a [`Notice`] with it.
#[derive(Debug)]
pub struct Compositor {
    /// The canvas of each output; one at least.
    canvases: Vec<CanvasShape>,
    /// What waits for its time. Held for moments only.
    state: Mutex<State>,
    /// What paints. Held while a frame is composed; always taken before `state`.
    scene: Mutex<Scene>,
}

impl Compositor {
    /// Starts with a canvas of `size`, I420 in BT.709 limited range unless said otherwise.
    pub fn builder(size: Size) -> CompositorBuilder {
        CompositorBuilder::new(size)
    }

    /// The canvas of the first output: size, format and colours. It never changes.
    #[must_use]
    pub fn canvas(&self) -> CanvasShape {
        self.canvases[0]
    }

    /// The canvas of every output, in their order.
    #[must_use]
    pub fn canvases(&self) -> &[CanvasShape] {
        &self.canvases
    }

    /// Replaces the whole layout of every output at `at`. Its images begin to load now, unless they are there.
    pub fn update_layout(&self, at: Timestamp, layout: LayoutSpec) {
        self.state().update_layout(0..self.canvases.len(), at, &Arc::new(layout));
    }

    /// Replaces the whole layout of one output at `at`; the others keep theirs. Otherwise as [`Compositor::update_layout`].
    ///
    /// # Errors
    /// [`UnknownOutput`] where there is no such output; nothing changes then.
    pub fn update_layout_of(
        &self,
        output: OutputId,
        at: Timestamp,
        layout: LayoutSpec,
    ) -> Result<(), UnknownOutput> {
        let index = self.index_of(output)?;
        self.state().update_layout(index..index + 1, at, &Arc::new(layout));
        Ok(())
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

    /// Composes the moment `t` onto a canvas of the compositor's own pool, to be read and dropped, where there is one output.
    ///
    /// # Performance
    /// The cheapest way: a moment that looks like the last one is the same canvas once more. Else what the canvas has is kept,
    /// what the last one has is copied from there, even while that is read, and the rest is painted.
    ///
    /// # Errors
    /// [`ComposeError`] where a later time has been composed or there are more outputs; nothing changes then.
    pub fn compose(&self, t: Timestamp) -> Result<PooledFrame, ComposeError> {
        let mut frames = [None];
        self.compose_to(t, Targets::Pool(&mut frames))?;
        let [frame] = frames;
        Ok(frame.expect("every output has its frame"))
    }

    /// Composes the moment `t` onto a canvas that the caller keeps, whatever it holds, where there is one output.
    ///
    /// # Performance
    /// As [`Compositor::compose`], but that it is always the canvas that was given. Two or three in turn serve an encoder that
    /// holds one or two.
    ///
    /// # Errors
    /// [`ComposeError`] where it is not a canvas of this compositor, a later time has been composed, or there are more
    /// outputs; nothing changes then.
    pub fn compose_onto(&self, t: Timestamp, canvas: &mut Canvas) -> Result<(), ComposeError> {
        self.compose_all_onto(t, std::slice::from_mut(canvas))
    }

    /// Composes the moment `t` into a buffer of the caller's, every sample of it, where there is one output.
    ///
    /// # Performance
    /// Nothing is known of the buffer, so all of it is written: painted, or, while less than half of the canvas changes from
    /// frame to frame, copied from a canvas that the compositor keeps. [`Compositor::compose`] and [`Compositor::compose_onto`]
    /// do less.
    ///
    /// All three allocate nothing while neither layout, users nor the shapes of their pictures change, but for a block of
    /// rayon's queue now and then where there are several threads.
    ///
    /// # Errors
    /// [`ComposeError`] where the buffer is not a canvas of this compositor, a later time has been composed, or there are
    /// more outputs; nothing changes then.
    pub fn compose_into(&self, t: Timestamp, canvas: FrameViewMut<'_>) -> Result<(), ComposeError> {
        self.compose_all_into(t, &mut [canvas])
    }

    /// Composes the moment `t` for every output, onto canvases of the compositor's own pools, in the order of the outputs.
    ///
    /// # Performance
    /// As [`Compositor::compose`]. What an output composed before has in the same place, or in the same size in another, is
    /// copied from there; that holds for the other two ways as well.
    ///
    /// # Errors
    /// [`ComposeError::TimeBelowLast`] where a later time has been composed; nothing changes then.
    pub fn compose_all(&self, t: Timestamp) -> Result<Vec<PooledFrame>, ComposeError> {
        let mut frames: Vec<Option<PooledFrame>> = self.canvases.iter().map(|_| None).collect();
        self.compose_to(t, Targets::Pool(&mut frames))?;
        Ok(frames.into_iter().flatten().collect())
    }

    /// Composes the moment `t` for every output, onto canvases that the caller keeps, whatever they hold; as many as there are
    /// outputs, in their order.
    ///
    /// # Performance
    /// As [`Compositor::compose_onto`].
    ///
    /// # Errors
    /// [`ComposeError`] where they are not the canvases of this compositor or a later time has been composed; nothing
    /// changes then, in none of them.
    pub fn compose_all_onto(&self, t: Timestamp, canvases: &mut [Canvas]) -> Result<(), ComposeError> {
        self.compose_to(t, Targets::Kept(canvases))
    }

    /// Composes the moment `t` for every output, into buffers of the caller's, every sample of them; as many as there are
    /// outputs, in their order.
    ///
    /// # Performance
    /// As [`Compositor::compose_into`].
    ///
    /// # Errors
    /// [`ComposeError`] where the buffers are not the canvases of this compositor or a later time has been composed; nothing
    /// changes then, in none of them.
    pub fn compose_all_into(
        &self,
        t: Timestamp,
        canvases: &mut [FrameViewMut<'_>],
    ) -> Result<(), ComposeError> {
        self.compose_to(t, Targets::Buffers(canvases))
    }

    fn compose_to(&self, t: Timestamp, targets: Targets<'_, '_>) -> Result<(), ComposeError> {
        self.check(&targets)?;
        let mut scene = lock(&self.scene);
        scene.settle(&mut self.state(), t)?;
        scene.paint(targets);
        Ok(())
    }

    fn check(&self, targets: &Targets<'_, '_>) -> Result<(), ComposeError> {
        let (found, expected) = (targets.len(), self.canvases.len());
        if found != expected {
            return Err(ComposeError::CanvasCount { found, expected });
        }
        for (index, expected) in self.canvases.iter().enumerate() {
            let Some((found_format, found_size)) = targets.shape(index) else { continue };
            if (found_format, found_size) != (expected.format, expected.size) {
                return Err(ComposeError::CanvasMismatch {
                    output: OutputId::new(index),
                    found_format,
                    found_size,
                    expected_format: expected.format,
                    expected_size: expected.size,
                });
            }
        }
        Ok(())
    }

    /// Tells whose frames stand on the last composed canvases, bottom first, an output after the other: a user in two regions
    /// twice, one for whom an image stands in not at all. To count the pictures that were seen, compare with the last one's.
    ///
    /// # Performance
    /// Waits for the frame that is being composed, if one is; allocates nothing. `tell` must not compose or ask for statistics.
    pub fn tell_shown(&self, mut tell: impl FnMut(&UserId, &Frame)) {
        lock(&self.scene).shown_frames().for_each(|(uid, frame)| tell(uid, frame));
    }

    /// Takes what there is to tell since the last call, oldest first.
    ///
    /// The last 1,000 are kept; [`Statistics::notices_dropped`] counts the others.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Notice> {
        self.state().notices.take()
    }

    /// Counts and times since the beginning, of all outputs.
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

    /// Counts since the beginning, of one output.
    ///
    /// # Performance
    /// As [`Compositor::statistics`].
    ///
    /// # Errors
    /// [`UnknownOutput`] where there is no such output.
    pub fn output_statistics(&self, output: OutputId) -> Result<OutputStatistics, UnknownOutput> {
        let index = self.index_of(output)?;
        Ok(lock(&self.scene).output_statistics(index))
    }

    fn index_of(&self, output: OutputId) -> Result<usize, UnknownOutput> {
        let output_count = self.canvases.len();
        let known = Some(output.index()).filter(|&index| index < output_count);
        known.ok_or(UnknownOutput { found: output, output_count })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A caller's `Drop` or `PlaneBuffer` may panic while a lock is held; what it guards is whole between any two steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
