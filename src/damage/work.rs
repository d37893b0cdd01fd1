//! What is left to do to a canvas: pixels to paint, and pixels to copy from canvases that have them.

use std::ops::Range;

use super::record::{Offset, Record};
use super::region::{Rects, Region, Strip};
use crate::frame::FrameView;
use crate::plan::{COPY_COST_PER_PIXEL, Plan};

/// Pixels of one frame, counted in luma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixelCounts {
    /// Scaled, converted, blended or filled.
    pub painted: u64,
    /// Copied from pictures as they are.
    pub copied: u64,
    /// Copied from another canvas, which had them.
    pub reused: u64,
    /// Left as they are, because the canvas had them.
    pub kept: u64,
    /// Not painted, because an opaque region covers them.
    pub skipped: u64,
}

impl std::ops::AddAssign for PixelCounts {
    fn add_assign(&mut self, other: Self) {
        self.painted += other.painted;
        self.copied += other.copied;
        self.reused += other.reused;
        self.kept += other.kept;
        self.skipped += other.skipped;
    }
}

/// A canvas to copy from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What it holds.
    pub record: &'a Record,
    /// Its samples.
    pub canvas: FrameView<'a>,
}

/// What is done to some strips of a canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// They are painted by this operation of the plan.
    Paint {
        /// Its index.
        op: usize,
    },
    /// They are copied from another canvas.
    Copy {
        /// Its index among those that the work was made for.
        source: usize,
        /// From a pixel to where it stands there.
        offset: Offset,
    },
}

impl Task {
    /// What a pixel costs, in the unit of [`Op::cost_per_pixel`](crate::plan::Op::cost_per_pixel).
    pub fn cost_per_pixel(self, plan: &Plan) -> u64 {
        match self {
            Self::Paint { op } => plan.ops[op].cost_per_pixel(),
            Self::Copy { .. } => COPY_COST_PER_PIXEL,
        }
    }
}

/// Tasks in their order, and the strips of each. Its memory is used again.
#[derive(Debug, Default)]
pub struct Work {
    tasks: Vec<(Task, Range<usize>)>,
    /// Those of all tasks, one after the other.
    strips: Region,
    /// Pixels that differ from what is to be shown.
    changed_area: u64,
    room: Room,
}

/// Regions on the way to the work.
#[derive(Debug, Default)]
struct Room {
    rects: Rects,
    /// What is neither painted nor copied yet.
    left: Region,
    /// What a source has not either.
    missing: Region,
    /// What is left after that source.
    after: Region,
}

impl Work {
    /// Becomes the painting of all that shows, upon a canvas of which nothing is known.
    pub fn become_everything(&mut self, plan: &Plan) {
        self.clear();
        self.changed_area = plan.canvas.size.area();
        for (op, layer) in plan.ops.iter().enumerate() {
            self.add(Task::Paint { op }, |strips| {
                layer.slabs.iter().for_each(|slab| strips.push_strip(slab.into()));
            });
        }
    }

    /// Becomes what makes `now` of a canvas that holds `held`, with as little painting as the canvases of `sources` allow.
    pub fn become_difference(&mut self, now: &Record, held: &Record, sources: &[Source<'_>]) {
        self.clear();
        let Some(plan) = now.plan() else { return };
        let mut room = std::mem::take(&mut self.room);
        let Room { rects, left, missing, after } = &mut room;
        held.push_changes(now, rects);
        rects.drain_into(left);
        self.changed_area = left.area();
        for (source, Source { record, .. }) in sources.iter().enumerate() {
            if left.is_empty() {
                break;
            }
            record.push_changes(now, rects);
            rects.drain_into(missing);
            let task = Task::Copy { source, offset: Offset::default() };
            self.add(task, |strips| strips.push_rest(left.strips(), missing.strips()));
            after.clear();
            after.push_common(left.strips(), missing.strips());
            std::mem::swap(left, after);
        }
        for (op, layer) in plan.ops.iter().enumerate() {
            if left.is_empty() {
                break;
            }
            let slabs = layer.slabs.iter().map(Strip::from);
            if self.add(Task::Paint { op }, |strips| strips.push_common(slabs, left.strips())) {
                let mut found = sources.iter().zip(0..).filter_map(|(Source { record, .. }, source)| {
                    record.find_moved(now, layer).map(|offset| Task::Copy { source, offset })
                });
                if let (Some(copy), Some((task, _))) = (found.next(), self.tasks.last_mut()) {
                    *task = copy;
                }
            }
        }
        self.room = room;
    }

    fn clear(&mut self) {
        self.tasks.clear();
        self.strips.clear();
        self.changed_area = 0;
    }

    /// Adds a task for the strips that `push` adds. Says whether there are any.
    fn add(&mut self, task: Task, push: impl FnOnce(&mut Region)) -> bool {
        let first = self.strips.len();
        push(&mut self.strips);
        let end = self.strips.len();
        if first < end {
            self.tasks.push((task, first..end));
        }
        first < end
    }

    /// Pixels that differ from what is to be shown.
    pub fn changed_area(&self) -> u64 {
        self.changed_area
    }

    /// The tasks in their order, each with its strips.
    pub fn tasks(&self) -> impl Iterator<Item = (Task, impl Iterator<Item = Strip<'_>>)> {
        self.tasks.iter().map(|(task, range)| (*task, self.strips.strips_of(range.clone())))
    }

    /// What doing it comes to, by `plan`, for which it was made.
    pub fn pixels(&self, plan: &Plan) -> PixelCounts {
        let kept = plan.canvas.size.area() - self.changed_area;
        let mut pixels = PixelCounts { kept, skipped: plan.skipped, ..PixelCounts::default() };
        for (task, strips) in self.tasks() {
            let count = match task {
                Task::Paint { op } if plan.ops[op].is_copy() => &mut pixels.copied,
                Task::Paint { .. } => &mut pixels.painted,
                Task::Copy { .. } => &mut pixels.reused,
            };
            *count += strips.map(Strip::area).sum::<u64>();
        }
        pixels
    }
}
