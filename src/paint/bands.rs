//! Bands: the canvas's rows in pieces of about equal cost, one a task.

use crate::damage::Work;
use crate::plan::Plan;

/// Pieces a thread, so that one that is done early finds another.
pub(super) const BANDS_PER_THREAD: usize = 4;

/// The least cost of a band, in the unit of [`Op::cost_per_pixel`](crate::plan::Op::cost_per_pixel): what one thread paints while
/// another is woken, 100,000 pixels in 15 µs (see `docs/performance.md`).
const MIN_BAND_COST: u64 = 800_000;

/// Which work is shared between threads. The bytes are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// What is done sooner so; less is left to the thread that composes.
    #[default]
    WhereItPays,
    /// All of it: to measure what sharing costs, and to test it on small canvases.
    Always,
}

/// Edges of bands, and the room to find them. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Bands {
    sharing: Sharing,
    edges: Vec<u32>,
    /// By pair of rows, how much more it costs than the pair above.
    rises: Vec<i64>,
}

impl Bands {
    pub(super) fn new(sharing: Sharing) -> Self {
        Self { sharing, ..Self::default() }
    }

    /// Splits the canvas's rows into bands of even height and about equal cost, few where there is little to do.
    /// Gives their edges, 0 and the canvas's height included.
    pub(super) fn split(&mut self, plan: &Plan, work: &Work, thread_count: usize) -> &[u32] {
        let Self { sharing, edges, rises } = self;
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
            let most = match sharing {
                Sharing::WhereItPays => total / MIN_BAND_COST,
                Sharing::Always => total,
            };
            cut(edges, &rises[..pair_count], total, most.min((thread_count * BANDS_PER_THREAD) as u64));
        }
        edges.push(height);
        edges
    }
}

/// Adds the edges between `count` bands.
fn cut(edges: &mut Vec<u32>, rises: &[i64], total: u64, count: u64) {
    let (mut cost, mut sum) = (0, 0);
    for (pair, rise) in rises.iter().enumerate() {
        if edges.len() as u64 >= count {
            break;
        }
        if pair > 0 && sum >= total * edges.len() as u64 / count {
            edges.push(2 * pair as u32);
        }
        cost += rise;
        sum += cost.cast_unsigned();
    }
}
