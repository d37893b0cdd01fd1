//! Bands: the canvas's rows in pieces of about equal cost, one a task.

use crate::damage::Work;
use crate::plan::Plan;

/// Pieces a thread, so that one that is done early finds another.
pub(super) const BANDS_PER_THREAD: usize = 4;

/// The least cost of a band, in thirds of a byte copied: what a thread does while another is woken (see `docs/performance.md`).
const MIN_BAND_COST: u64 = 400_000;

/// Edges of bands, and the room to find them. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Bands {
    edges: Vec<u32>,
    /// By pair of rows, how much more it costs than the pair above.
    rises: Vec<i64>,
}

impl Bands {
    /// Splits the canvas's rows into bands of even height and about equal cost, few where there is little to do.
    /// Gives their edges, 0 and the canvas's height included.
    pub(super) fn split(&mut self, plan: &Plan, work: &Work, thread_count: usize) -> &[u32] {
        let Self { edges, rises } = self;
        edges.clear();
        edges.push(0);
        let height = plan.canvas.size.height();
        if thread_count > 1 {
            let pair_count = height.div_ceil(2) as usize;
            rises.clear();
            rises.resize(pair_count + 1, 0);
            let mut total = 0;
            for (task, strips) in work.tasks() {
                let cost_per_pixel = task.cost_per_pixel(plan);
                for strip in strips {
                    let (first, end) = (strip.y0 / 2, strip.y1.div_ceil(2));
                    let cost = strip.width() * cost_per_pixel * 2;
                    total += cost * u64::from(end - first);
                    rises[first as usize] += cost.cast_signed();
                    rises[end as usize] -= cost.cast_signed();
                }
            }
            cut(edges, rises, total, thread_count);
        }
        edges.push(height);
        edges
    }
}

/// Adds the edges between bands.
fn cut(edges: &mut Vec<u32>, rises: &[i64], total: u64, thread_count: usize) {
    let count = (thread_count * BANDS_PER_THREAD).min((total / MIN_BAND_COST) as usize);
    let (mut cost, mut sum) = (0, 0);
    for (pair, rise) in rises.iter().enumerate() {
        if edges.len() >= count {
            break;
        }
        if pair > 0 && sum >= total * edges.len() as u64 / count as u64 {
            edges.push(2 * pair as u32);
        }
        cost += rise;
        sum += cost.cast_unsigned();
    }
}
