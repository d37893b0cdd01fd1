//! From a plan and pictures to the canvas's samples. Nothing is decided here, and nothing can fail half-way.

mod band;
mod bands;
mod direct;
mod image;
mod prepare;
mod row;
mod scratch;
mod threads;

use polyptych_kernels::Level;

pub use bands::Sharing;
pub use prepare::{PictureView, Preparation, Prepared, source_shape};
pub use threads::ThreadError;

use crate::damage::{Source, Work};
use crate::frame::FrameViewMut;
use crate::plan::Plan;
use band::Band;
use bands::{BANDS_PER_THREAD, Bands};
use scratch::Scratch;
use threads::Workers;

/// Paints plans, on threads of its own.
#[derive(Debug)]
pub struct Painter {
    workers: Workers,
    level: Level,
    bands: Bands,
    /// One a band.
    scratch: Vec<Scratch>,
}

/// What to paint, and from what.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Which layers there are.
    pub plan: &'a Plan,
    /// What of them is painted or copied.
    pub work: &'a Work,
    /// The pictures of the plan.
    pub pictures: &'a [PictureView<'a>],
    /// The canvases that the work copies from.
    pub sources: &'a [Source<'a>],
}

impl Painter {
    /// Starts `thread_count` threads; with one, the caller's paints.
    ///
    /// # Errors
    /// [`ThreadError`] where the system refuses a thread.
    pub fn new(thread_count: usize, level: Level, sharing: Sharing) -> Result<Self, ThreadError> {
        Ok(Self {
            workers: Workers::start(thread_count)?,
            level,
            bands: Bands::new(sharing),
            scratch: Vec::new(),
        })
    }

    /// The instructions that plans must be made for.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Makes room for a plan. Called once a plan, so that painting it allocates nothing.
    pub fn fit(&mut self, plan: &Plan) {
        let bands = match self.workers.thread_count() {
            1 => 1,
            thread_count => thread_count * BANDS_PER_THREAD,
        };
        self.scratch.resize_with(bands, Scratch::default);
        self.scratch.iter_mut().for_each(|scratch| scratch.fit(plan));
    }

    /// Makes the pictures ready that are not.
    pub fn prepare(&self, pictures: &mut [Prepared]) {
        // Threads that have nothing to do are not woken: most frames need no preparation.
        if pictures.iter().any(Prepared::is_due) {
            self.workers.for_each(pictures, &|picture| picture.run(self.level));
        }
    }

    /// Does the work of a plan that [`Painter::fit`] has seen.
    ///
    /// # Panics
    /// Where `canvas`, a picture or a source has another shape than the plan says.
    pub fn paint(&mut self, job: Job<'_>, canvas: FrameViewMut<'_>) {
        let Self { workers, level, bands, scratch } = self;
        let edges = bands.split(job.plan, job.work, workers.thread_count());
        let paint = |band: Band<'_>, scratch: &mut Scratch| band.paint(*level, &job, scratch);
        workers.paint(Band::whole(canvas), edges, scratch, &paint);
    }
}
