//! Rectangles of a plane, copied as they are.

use crate::level::Instructions;
use crate::{Level, Rows, RowsMut};

/// Copies `height` rows of `width_bytes` bytes.
///
/// # Panics
/// Where `from` or `onto` holds fewer.
pub fn copy(level: Level, from: Rows<'_>, width_bytes: usize, height: usize, mut onto: RowsMut<'_>) {
    if width_bytes == 0 || height == 0 {
        return;
    }
    // Checked: a stride that makes the end wrap around must not pass for a short picture.
    let end = |stride: usize| (height - 1).checked_mul(stride).and_then(|last| last.checked_add(width_bytes));
    assert!(end(from.stride_bytes).is_some_and(|end| end <= from.data.len()), "rows hold too few samples");
    assert!(
        end(onto.stride_bytes).is_some_and(|end| end <= onto.data.len()),
        "the canvas holds too few samples"
    );
    match level.0 {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => crate::x86::avx512::copy(from, width_bytes, height, &mut onto),
        _ => {
            for row in 0..height {
                let from = &from.data[row * from.stride_bytes..][..width_bytes];
                onto.data[row * onto.stride_bytes..][..width_bytes].copy_from_slice(from);
            }
        }
    }
}
