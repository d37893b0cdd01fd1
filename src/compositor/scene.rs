//! One moment of all outputs: what has taken effect by then, and the painting of every canvas.

use std::cmp::Reverse;

use super::error::ComposeError;
use super::output::{Output, Settings};
use super::ready::ReadyPictures;
use super::scaled::ScaledImages;
use super::state::State;
use super::statistics::{OutputStatistics, StageTimes, Statistics, Stopwatch};
use super::targets::{Targets, pair};
use crate::channel::Advance;
use crate::frame::Frame;
use crate::id::UserId;
use crate::paint::Painter;
use crate::plan::CanvasShape;
use crate::time::Timestamp;

/// All that painting needs, kept from frame to frame so that nothing is allocated. Outputs have their layout, plan and canvas
/// to themselves; threads, prepared pictures and scaled images are shared.
#[derive(Debug)]
pub(super) struct Scene {
    outputs: Vec<Output>,
    /// The outputs as they are painted, the largest first: smaller ones find its pictures ready. With each the one before it
    /// that it may copy from, if there is one.
    order: Vec<(usize, Option<usize>)>,
    painter: Painter,
    ready: ReadyPictures,
    images: ScaledImages,
    composed: Option<Timestamp>,
    frames_composed: u64,
    stopwatch: Stopwatch,
    times: StageTimes,
    /// Frames that need not be held any more; dropped when the state's lock has been given back.
    released: Vec<Frame>,
}

impl Scene {
    pub(super) fn new(
        canvases: &[CanvasShape],
        settings: Settings,
        painter: Painter,
        stopwatch: Stopwatch,
    ) -> Self {
        let mut order: Vec<usize> = (0..canvases.len()).collect();
        order.sort_by_key(|&index| Reverse(canvases[index].size.area()));
        Self {
            outputs: canvases.iter().map(|&canvas| Output::new(canvas, settings)).collect(),
            order: with_siblings(&order, canvases),
            painter,
            ready: ReadyPictures::default(),
            images: ScaledImages::default(),
            composed: None,
            frames_composed: 0,
            stopwatch,
            times: StageTimes::default(),
            released: Vec::new(),
        }
    }

    pub(super) fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            frames_composed: self.frames_composed,
            images_scaled: self.images.count,
            times: self.times,
            ..Statistics::default()
        };
        self.outputs.iter().for_each(|output| statistics.add(output.statistics()));
        statistics
    }

    pub(super) fn output_statistics(&self, index: usize) -> OutputStatistics {
        self.outputs[index].statistics()
    }

    /// Whose frames stand on the last canvases, an output after the other.
    pub(super) fn shown_frames(&self) -> impl Iterator<Item = (&UserId, &Frame)> {
        self.outputs.iter().flat_map(Output::shown_frames)
    }

    /// Lets everything up to `t` take effect, and notes what each region shows then.
    pub(super) fn settle(&mut self, state: &mut State, t: Timestamp) -> Result<(), ComposeError> {
        if let Some(last) = self.composed.filter(|&last| t < last) {
            return Err(ComposeError::TimeBelowLast { found: t, last });
        }
        self.composed = Some(t);
        let mut time = self.stopwatch.now();
        self.outputs.iter_mut().for_each(|output| output.clear(&mut self.released));
        let Advance { users_changed } = state.advance(t, &mut self.released);
        for (output, layout) in self.outputs.iter_mut().zip(&state.layouts) {
            output.settle(layout, state, users_changed);
        }
        self.stopwatch.lap(&mut time, &mut self.times.settle);
        Ok(())
    }

    /// Paints what [`Scene::settle`] has noted, onto a canvas for each output.
    pub(super) fn paint(&mut self, mut targets: Targets<'_, '_>) {
        let Self { outputs, order, painter, ready, images, stopwatch, times, released, .. } = self;
        released.clear();
        let mut time = stopwatch.now();
        outputs.iter_mut().for_each(Output::drop_broken);
        ready.release_unless(|frame, how| outputs.iter().any(|output| output.wants(frame, how)));
        let mut has_new_plan = false;
        for &(index, other) in order.iter() {
            let (output, sibling) = pair(outputs, index, other);
            let sibling = other.zip(sibling.map(Output::record));
            loop {
                has_new_plan |= output.plan(painter, images);
                stopwatch.lap(&mut time, &mut times.plan);
                output.prepare(painter, ready);
                stopwatch.lap(&mut time, &mut times.prepare);
                let painted = output.paint(painter, ready, |easel, painter, moment| {
                    targets.compose(index, sibling, easel, painter, moment)
                });
                stopwatch.lap(&mut time, &mut times.paint);
                match painted {
                    Ok(()) => break,
                    Err(gone) => output.drop_frame(&gone),
                }
            }
        }
        images.forget_hidden();
        if has_new_plan {
            ready.trim();
        }
        self.frames_composed += 1;
    }
}

/// Finds for each output of `order` an earlier one whose pixels may be its own: of the same size before others, the nearest
/// before others.
fn with_siblings(order: &[usize], canvases: &[CanvasShape]) -> Vec<(usize, Option<usize>)> {
    let kind = |index: usize| (canvases[index].format, canvases[index].color);
    let find = |(place, &index): (usize, &usize)| {
        let earlier = order[..place].iter().rev().copied();
        let mut akin = earlier.filter(|&other| kind(other) == kind(index));
        let same_size = akin.clone().find(|&other| canvases[other].size == canvases[index].size);
        (index, same_size.or_else(|| akin.next()))
    };
    order.iter().enumerate().map(find).collect()
}
