//! Numbers of the arithmetic of premultiplied RGBA in 32 bits.
//!
//! The sum of code values times alpha, over 255, would not fit: whole parts and fractions are summed apart. Rounded and
//! with the fraction gone, the sum is below 2¹⁶ where it counts, and (n + 1 + n / 256) / 256 is n / 255.

use crate::rgba::RGB_BITS;

/// Half of 255, in `RGB_BITS` of fraction.
pub(super) const HALF_OF_255: i32 = 255 << (RGB_BITS - 1);

/// 255 times the largest code value, and what is rounded down to it.
pub(super) const LARGEST: i32 = 255 * 256 - 1;
