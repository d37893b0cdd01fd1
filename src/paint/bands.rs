//! Bands: the canvas's rows in pieces of about equal cost, one a task.

use super::Op;

/// Pieces a thread, so that one that is done early finds another.
const BANDS_PER_THREAD: usize = 4;

/// Splits `height` rows into bands of even height and about equal cost; the result holds their edges, 0 and `height` included.
#[must_use]
pub fn split(ops: &[Op], height: u32, thread_count: usize) -> Vec<u32> {
    let count = if thread_count <= 1 { 1 } else { thread_count * BANDS_PER_THREAD };
    let mut costs = vec![0_u64; height.div_ceil(2) as usize];
    for op in ops {
        for slab in &op.slabs {
            let row_cost = slab.area() / u64::from(slab.y1 - slab.y0) * op.cost_per_pixel();
            let rows = (slab.y0 / 2) as usize..slab.y1.div_ceil(2) as usize;
            costs[rows].iter_mut().for_each(|cost| *cost += row_cost);
        }
    }
    let total: u64 = costs.iter().sum::<u64>().max(1);
    let (mut edges, mut sum) = (vec![0], 0);
    for (pair, cost) in costs.iter().enumerate() {
        let due = total * edges.len() as u64 / count as u64;
        if sum >= due && edges.len() < count {
            edges.push(2 * pair as u32);
        }
        sum += cost;
    }
    edges.push(height);
    edges.dedup();
    edges
}
