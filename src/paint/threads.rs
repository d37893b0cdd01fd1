//! The one file that names rayon: a pool of the engine's own, and bands of a canvas shared out to it.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::band::Band;
use super::scratch::Scratch;

/// Why no threads could be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {thread_count} threads: {reason}")]
pub struct ThreadError {
    /// How many were asked for.
    pub thread_count: usize,
    /// What the system says.
    pub reason: String,
}

/// The threads that paint: those of a pool, or the caller's alone.
#[derive(Debug)]
pub(super) struct Workers(Option<ThreadPool>);

impl Workers {
    /// Starts `thread_count` threads; none where one is enough.
    pub(super) fn start(thread_count: usize) -> Result<Self, ThreadError> {
        if thread_count <= 1 {
            return Ok(Self(None));
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(thread_count)
            .thread_name(|index| format!("polyptych-paint-{index}"))
            .build()
            .map_err(|error| ThreadError { thread_count, reason: error.to_string() })?;
        Ok(Self(Some(pool)))
    }

    pub(super) fn thread_count(&self) -> usize {
        self.0.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Paints a canvas in bands: `edges` are their first rows, and the row after the last.
    pub(super) fn paint(
        &self,
        band: Band<'_>,
        edges: &[u32],
        scratch: &mut [Scratch],
        paint: &(dyn Fn(Band<'_>, &mut Scratch) + Sync),
    ) {
        match &self.0 {
            Some(pool) if edges.len() > 2 => pool.install(|| halve(band, edges, scratch, paint)),
            _ => paint(band, &mut scratch[0]),
        }
    }

    /// Runs a task on every element.
    pub(super) fn for_each<T: Send>(&self, elements: &mut [T], task: &(dyn Fn(&mut T) + Sync)) {
        match &self.0 {
            Some(pool) if elements.len() > 1 => pool.install(|| each(elements, task)),
            _ => elements.iter_mut().for_each(task),
        }
    }
}

/// Splits in two until a piece is one band: no list of bands is made, so nothing is allocated.
fn halve(
    band: Band<'_>,
    edges: &[u32],
    scratch: &mut [Scratch],
    paint: &(dyn Fn(Band<'_>, &mut Scratch) + Sync),
) {
    let count = edges.len() - 1;
    if count == 1 {
        return paint(band, &mut scratch[0]);
    }
    let middle = count / 2;
    let (above, below) = band.split_at_row(edges[middle] as usize);
    let (scratch_above, scratch_below) = scratch.split_at_mut(middle);
    rayon::join(
        || halve(above, &edges[..=middle], scratch_above, paint),
        || halve(below, &edges[middle..], scratch_below, paint),
    );
}

fn each<T: Send>(elements: &mut [T], task: &(dyn Fn(&mut T) + Sync)) {
    match elements {
        [] => {}
        [element] => task(element),
        _ => {
            let (left, right) = elements.split_at_mut(elements.len() / 2);
            rayon::join(|| each(left, task), || each(right, task));
        }
    }
}
