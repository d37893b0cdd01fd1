//! From a plan and pictures to the canvas's samples. Nothing is decided here, and nothing can fail half-way.

mod band;
mod image;
mod prepare;
mod row;
mod scratch;
mod threads;

use polyptych_kernels::Level;

pub use prepare::{PictureView, Preparation, Prepared, source_shape};
pub use threads::ThreadError;

use crate::frame::FrameViewMut;
use crate::plan::Plan;
use band::Band;
use scratch::Scratch;
use threads::Workers;

/// Paints plans, on threads of its own.
#[derive(Debug)]
pub struct Painter {
    workers: Workers,
    level: Level,
    /// One a band.
    scratch: Vec<Scratch>,
}

impl Painter {
    /// Starts `thread_count` threads; with one, the caller's paints.
    ///
    /// # Errors
    /// [`ThreadError`] where the system refuses a thread.
    pub fn new(thread_count: usize, level: Level) -> Result<Self, ThreadError> {
        Ok(Self { workers: Workers::start(thread_count)?, level, scratch: Vec::new() })
    }

    /// Threads that paint.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        self.workers.thread_count()
    }

    /// The instructions that plans must be made for.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Makes room for a plan. Called once a plan, so that painting it allocates nothing.
    pub fn fit(&mut self, plan: &Plan) {
        let bands = plan.bands.len().saturating_sub(1).max(1);
        if self.scratch.len() < bands {
            self.scratch.resize_with(bands, Scratch::default);
        }
        self.scratch[..bands].iter_mut().for_each(|scratch| scratch.fit(plan));
    }

    /// Makes the pictures ready that are not.
    pub fn prepare(&self, pictures: &mut [Prepared]) {
        // Threads that have nothing to do are not woken: most frames need no preparation.
        if pictures.iter().any(Prepared::is_due) {
            self.workers.for_each(pictures, &|picture| picture.run(self.level));
        }
    }

    /// Paints a plan that [`Painter::fit`] has seen.
    ///
    /// # Panics
    /// Where `canvas` or a picture has another shape than the plan says.
    pub fn paint(&mut self, plan: &Plan, pictures: &[PictureView<'_>], canvas: FrameViewMut<'_>) {
        let level = self.level;
        let paint = |band: Band<'_>, scratch: &mut Scratch| band.paint(level, plan, pictures, scratch);
        self.workers.paint(Band::whole(canvas), &plan.bands, &mut self.scratch, &paint);
    }
}
