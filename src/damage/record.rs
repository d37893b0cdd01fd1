//! What a canvas holds, and where two canvases differ.

use std::sync::Arc;

use super::region::{Rects, Strip};
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::plan::{Op, Paint, Plan};

/// What a canvas holds: the plan that it was painted by, and the frame that was each of its pictures.
///
/// That is all the bytes depend on, so records compare by value: whoever painted, equal records mean equal bytes.
/// Frames are kept as serials; their buffers need not live.
#[derive(Debug, Default)]
pub struct Record {
    plan: Option<Arc<Plan>>,
    serials: Vec<u64>,
}

impl Record {
    /// Notes what `plan` makes of `frames`.
    pub fn note(&mut self, plan: &Arc<Plan>, frames: &[Frame]) {
        self.plan = Some(Arc::clone(plan));
        self.serials.clear();
        self.serials.extend(frames.iter().map(Frame::serial));
    }

    /// Becomes a copy, in the memory that is there.
    pub fn copy_from(&mut self, other: &Self) {
        self.plan.clone_from(&other.plan);
        self.serials.clone_from(&other.serials);
    }

    /// The plan, if anything is known.
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.plan.as_ref()
    }

    /// Whether both are known to be of the same plan and frames.
    pub fn is_same(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (&self.plan, &other.plan) else { return false };
        Arc::ptr_eq(a, b) && self.serials == other.serials
    }

    fn serial(&self, op: &Op) -> Option<u64> {
        match &op.paint {
            Paint::Fill(_) => None,
            Paint::Picture(picture) => self.serials.get(picture.picture).copied(),
        }
    }

    /// Whether pixels of `other` may stand here as they are: the same format, colours and filter.
    fn is_akin(&self, other: &Self) -> bool {
        let kind = |plan: &Arc<Plan>| (plan.canvas.format, plan.canvas.color, plan.filter);
        self.plan.is_some() && self.plan.as_ref().map(kind) == other.plan.as_ref().map(kind)
    }

    /// Adds what must be painted on a canvas that holds this, so that it holds `now`.
    ///
    /// Layers that are equal and in the same order are matched; the visible pixels of all others, old and new, have changed.
    /// That is enough: at any other pixel every layer that shows has its match, from the topmost opaque one up, so both stacks
    /// are the same there.
    pub fn push_changes(&self, now: &Self, rects: &mut Rects) {
        let Some(new) = &now.plan else { return };
        let old = self.plan.as_ref().filter(|old| old.canvas == new.canvas && self.is_akin(now));
        let Some(old) = old else { return rects.push(new.canvas.size.to_rect()) };
        let mut waiting = &old.ops[..];
        for op in &new.ops {
            let serial = now.serial(op);
            if let Some((first, rest)) = waiting.split_first()
                && (std::ptr::eq(first, op) || is_alike(first, op))
            {
                // Another frame in the same place.
                if self.serial(first) != serial {
                    push_visible(op, rects);
                    if !std::ptr::eq(first, op) {
                        push_visible(first, rects);
                    }
                }
                waiting = rest;
                continue;
            }
            let is_match = |old: &Op| is_alike(old, op) && self.serial(old) == serial;
            match waiting.iter().position(is_match) {
                Some(at) => {
                    waiting[..at].iter().for_each(|gone| push_visible(gone, rects));
                    waiting = &waiting[at + 1..];
                }
                None => push_visible(op, rects),
            }
        }
        waiting.iter().for_each(|gone| push_visible(gone, rects));
    }

    /// How far from its place in `now` a canvas that holds this has the picture of `op`, if it has all of it and nothing else there.
    pub fn find_moved(&self, now: &Self, op: &Op) -> Option<Offset> {
        let Paint::Picture(wanted) = &op.paint else { return None };
        if !op.is_opaque() || op.is_copy() || !self.is_akin(now) {
            return None;
        }
        let (serial, to) = (now.serial(op)?, wanted.placement.dst);
        self.plan.as_ref()?.ops.iter().find_map(|op| {
            let Paint::Picture(picture) = &op.paint else { return None };
            let from = picture.placement.dst;
            let is_same = self.serial(op) == Some(serial)
                && op.is_on_top
                && op.is_opaque()
                && (from.width(), from.height()) == (to.width(), to.height())
                && picture.placement.src_crop == wanted.placement.src_crop;
            let offset = Offset::between(to, from);
            // Chroma moves by whole samples alone.
            (is_same && offset.x % 2 == 0 && offset.y % 2 == 0).then_some(offset)
        })
    }
}

/// From a pixel to where it is copied from, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    pub x: i32,
    pub y: i32,
}

impl Offset {
    fn between(to: Rect, from: Rect) -> Self {
        Self { x: from.x0 as i32 - to.x0 as i32, y: from.y0 as i32 - to.y0 as i32 }
    }
}

/// Whether two layers differ at most in the frame that they show.
fn is_alike(a: &Op, b: &Op) -> bool {
    a.rect == b.rect
        && a.alpha == b.alpha
        && match (&a.paint, &b.paint) {
            (Paint::Fill(a), Paint::Fill(b)) => a == b,
            // A frame has one shape, so the serial says the rest.
            (Paint::Picture(a), Paint::Picture(b)) => a.placement == b.placement,
            _ => false,
        }
}

fn push_visible(op: &Op, rects: &mut Rects) {
    for Strip { y0, y1, spans } in op.slabs.iter().map(Strip::from) {
        spans.iter().for_each(|&(x0, x1)| rects.push(Rect { x0, y0, x1, y1 }));
    }
}
