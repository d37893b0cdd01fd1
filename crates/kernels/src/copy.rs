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
    from.assert_holds(width_bytes, height);
    onto.assert_holds(width_bytes, height);
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
