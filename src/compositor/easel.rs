//! Where one output's canvases are composed: what is to be shown, what the last canvas holds, and the work between them.

use std::sync::{Arc, Weak};

use super::canvas::{Canvas, Pool, PooledFrame};
use crate::damage::{PixelCounts, Record, Source, Work};
use crate::frame::{Frame, FrameBuffer, FrameViewMut};
use crate::paint::{Job, Painter, PictureView};
use crate::plan::Plan;

/// What becomes of pixels that a canvas, or the last one, holds already. The bytes are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unchanged {
    /// They are kept or copied.
    #[default]
    Kept,
    /// They are painted again: to measure what keeping saves, and to test it.
    Repainted,
}

/// All that one frame is painted from.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) plan: &'a Arc<Plan>,
    /// The frames of the plan's pictures.
    pub(super) frames: &'a [Frame],
    /// Their planes.
    pub(super) pictures: &'a [PictureView<'a>],
    /// The canvas of another output, composed before this one.
    pub(super) sibling: Option<Source<'a>>,
}

/// The canvases of one output.
#[derive(Debug, Default)]
pub(super) struct Easel {
    unchanged: Unchanged,
    pool: Pool,
    /// What is to be shown; between two frames, what the last one showed.
    now: Record,
    /// What the frame before that showed, wherever it was painted.
    previous: Record,
    /// The last canvas.
    last: Last,
    /// Frames in a row that changed less than half of the canvas.
    calm_count: u32,
    work: Work,
}

/// The last canvas, to copy from. Its owner may change it or take it away: then it is not there any more.
#[derive(Debug, Default)]
struct Last {
    buffer: Weak<FrameBuffer>,
    record: Record,
}

impl Last {
    fn note(&mut self, buffer: &Arc<FrameBuffer>, held: &Record) {
        self.buffer = Arc::downgrade(buffer);
        self.record.copy_from(held);
    }
}

/// From this many calm frames in a row on, what is composed into a plain buffer goes round by a canvas of the pool. With one,
/// pictures that change every other tick would be painted onto both.
const CALM_FRAMES: u32 = 2;

impl Easel {
    pub(super) fn new(unchanged: Unchanged) -> Self {
        Self { unchanged, ..Self::default() }
    }

    /// What the last frame showed.
    pub(super) const fn record(&self) -> &Record {
        &self.now
    }

    fn begin(&mut self, moment: Moment<'_>) {
        std::mem::swap(&mut self.previous, &mut self.now);
        self.now.note(moment.plan, moment.frames);
    }

    /// Composes onto a canvas of the pool; onto none where the last of them shows the same.
    pub(super) fn compose(
        &mut self,
        painter: &mut Painter,
        moment: Moment<'_>,
    ) -> (PooledFrame, PixelCounts) {
        self.begin(moment);
        self.pooled(painter, moment)
    }

    /// Composes onto a canvas of the caller's.
    pub(super) fn compose_onto(
        &mut self,
        painter: &mut Painter,
        moment: Moment<'_>,
        canvas: &mut Canvas,
    ) -> PixelCounts {
        self.begin(moment);
        self.renew(painter, moment, canvas)
    }

    /// Composes into a buffer of which nothing is known.
    ///
    /// While little changes, a canvas of the pool is renewed and copied whole: that costs a copy of the canvas and the little.
    pub(super) fn compose_into(
        &mut self,
        painter: &mut Painter,
        moment: Moment<'_>,
        canvas: FrameViewMut<'_>,
    ) -> PixelCounts {
        self.begin(moment);
        let mut pixels = PixelCounts::default();
        if self.is_calm(moment.plan) {
            let (_, renewed) = self.pooled(painter, moment);
            pixels = PixelCounts { kept: 0, skipped: 0, ..renewed };
        }
        pixels += self.paint(painter, moment, &Record::default(), canvas);
        pixels
    }

    /// Whether less than half of the canvas has changed, and had before.
    fn is_calm(&mut self, plan: &Plan) -> bool {
        if self.unchanged == Unchanged::Repainted {
            return false;
        }
        self.work.become_difference(&self.now, &self.previous, &[]);
        let is_calm = 2 * self.work.changed_area() < plan.canvas.size.area();
        self.calm_count = if is_calm { self.calm_count.saturating_add(1) } else { 0 };
        self.calm_count >= CALM_FRAMES
    }

    /// A canvas of the pool that shows what is to be shown; it is the last one then.
    fn pooled(&mut self, painter: &mut Painter, moment: Moment<'_>) -> (PooledFrame, PixelCounts) {
        let is_shown = |record: &Record| self.unchanged == Unchanged::Kept && record.is_same(&self.now);
        if let Some(frame) = self.pool.share_last(is_shown) {
            self.last.note(frame.buffer(), &self.now);
            let kept = moment.plan.canvas.size.area();
            return (frame, PixelCounts { kept, ..PixelCounts::default() });
        }
        let mut canvas = self.pool.take(moment.plan.canvas);
        let pixels = self.renew(painter, moment, &mut canvas);
        (self.pool.put(canvas), pixels)
    }

    /// Brings a canvas up to date; it is the last one then.
    fn renew(&mut self, painter: &mut Painter, moment: Moment<'_>, canvas: &mut Canvas) -> PixelCounts {
        if std::ptr::eq(self.last.buffer.as_ptr(), Arc::as_ptr(&canvas.buffer)) {
            // Nobody else may look at what is written.
            self.last.buffer = Weak::new();
        }
        // Nothing is known of it until all of it is painted.
        let held = std::mem::take(&mut canvas.record);
        let pixels = self.paint(painter, moment, &held, Arc::make_mut(&mut canvas.buffer).view_mut());
        canvas.record = held;
        canvas.record.copy_from(&self.now);
        self.last.note(&canvas.buffer, &self.now);
        pixels
    }

    /// Paints or copies what a canvas that holds `held` lacks.
    fn paint(
        &mut self,
        painter: &mut Painter,
        moment: Moment<'_>,
        held: &Record,
        canvas: FrameViewMut<'_>,
    ) -> PixelCounts {
        let Moment { plan, pictures, .. } = moment;
        let last = self.last.buffer.upgrade();
        let last = last.as_ref().map(|buffer| Source { record: &self.last.record, canvas: buffer.view() });
        let sources: &[Source<'_>] = match (last, moment.sibling) {
            (Some(last), Some(sibling)) => &[last, sibling],
            (Some(source), None) | (None, Some(source)) => &[source],
            (None, None) => &[],
        };
        match self.unchanged {
            Unchanged::Kept => self.work.become_difference(&self.now, held, sources),
            Unchanged::Repainted => self.work.become_everything(plan),
        }
        painter.paint(Job { plan, work: &self.work, pictures, sources }, canvas);
        self.work.pixels(plan)
    }
}
