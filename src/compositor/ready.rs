//! Pictures that must be turned or converted before they are painted: each once, for all outputs that want it so.

use crate::frame::Frame;
use crate::paint::{Painter, PictureView, Preparation, Prepared};
use crate::plan::CanvasShape;

/// The pictures that have been made ready, and memory for the next ones.
#[derive(Debug, Default)]
pub(super) struct ReadyPictures(Vec<Prepared>);

impl ReadyPictures {
    /// Lets go of the frames that nobody wants any more; their memory waits for others.
    pub(super) fn release_unless(&mut self, is_wanted: impl Fn(&Frame, Preparation) -> bool) {
        for slot in &mut self.0 {
            if slot.frame().is_some_and(|(frame, preparation)| !is_wanted(frame, *preparation)) {
                slot.release();
            }
        }
    }

    /// Gives back the memory that waits: what is shown now has other shapes.
    pub(super) fn trim(&mut self) {
        self.0.retain(|slot| !slot.is_free());
    }

    /// Makes those frames ready for a canvas that need it and have not been yet.
    pub(super) fn prepare(&mut self, painter: &Painter, frames: &[Frame], canvas: CanvasShape) {
        for frame in frames {
            let Some(preparation) = Preparation::of(frame.shape(), canvas) else { continue };
            if self.0.iter().any(|slot| slot.holds(frame, preparation)) {
                continue;
            }
            match self.0.iter_mut().find(|slot| slot.is_free()) {
                Some(slot) => slot.claim(frame.clone(), preparation),
                None => {
                    let mut slot = Prepared::default();
                    slot.claim(frame.clone(), preparation);
                    self.0.push(slot);
                }
            }
        }
        painter.prepare(&mut self.0);
    }

    /// The planes to paint a frame from: its own, or those that have been made ready. `None` where its buffer has become
    /// too short.
    pub(super) fn view<'a>(&'a self, frame: &'a Frame, canvas: CanvasShape) -> Option<PictureView<'a>> {
        match Preparation::of(frame.shape(), canvas) {
            None => frame.view().ok().map(PictureView::from),
            Some(preparation) => {
                self.0.iter().find(|slot| slot.holds(frame, preparation)).map(Prepared::view)
            }
        }
    }
}
