//! Pictures turned: squares of 16-byte rows transposed by interleaving, rows reversed by one shuffle.
//!
//! AVX-512 turns no faster: what a square costs is the sixteen rows that it is read from and written to.

use std::arch::x86_64::*;

use crate::rotate::{Plane, Turn};

/// Turns as much of a plane as whole registers hold; returns the columns and rows of the result that are made.
pub(crate) fn rotate<const BYTES: usize>(plane: &mut Plane<'_, '_>) -> (usize, usize) {
    #[target_feature(enable = "avx2")]
    fn avx2<const BYTES: usize>(plane: &mut Plane<'_, '_>) -> (usize, usize) {
        if plane.turn == Turn::Half {
            return reverse::<BYTES>(plane);
        }
        // SAFETY: the square lies within both planes, and this function runs on processors with AVX2 alone.
        each_square::<BYTES>(plane, |square| unsafe { transpose::<BYTES>(square) })
    }
    // SAFETY: a `Level` of AVX2 is only made after the processor was asked for it.
    unsafe { avx2::<BYTES>(plane) }
}

/// Bytes of a row of a square.
const SQUARE_BYTES: usize = 16;

/// Bytes of a cache line: squares are taken in blocks that use up the lines that they touch, on both sides.
const LINE: usize = 64;

/// A square of samples on its way: rows are read from `from` on, `from_step` bytes apart, and columns written as rows from
/// `onto` on, `onto_step` bytes apart. Steps may be negative.
#[derive(Clone, Copy)]
struct Square {
    from: *const u8,
    from_step: isize,
    onto: *mut u8,
    onto_step: isize,
}

impl Square {
    /// Where row `index` begins.
    #[inline(always)]
    fn row(self, index: usize) -> *const u8 {
        self.from.wrapping_offset(index as isize * self.from_step)
    }

    /// Where column `index` goes.
    #[inline(always)]
    fn column(self, index: usize) -> *mut u8 {
        self.onto.wrapping_offset(index as isize * self.onto_step)
    }
}

/// Gives every whole square of a plane that is turned a quarter or three to `transpose`, and returns the columns and rows
/// of the result that they make.
///
/// Each row of a square that `transpose` is given lies within the plane, and each of its columns within the result.
#[inline(always)]
fn each_square<const BYTES: usize>(
    plane: &mut Plane<'_, '_>,
    mut transpose: impl FnMut(Square),
) -> (usize, usize) {
    let side = SQUARE_BYTES / BYTES;
    let Plane { turn, from, size: (width, height), .. } = *plane;
    let (from_stride, onto_stride) = (from.stride_bytes, plane.onto.stride_bytes);
    let (from_data, onto_data) = (from.data.as_ptr(), plane.onto.data.as_mut_ptr());
    let (columns, rows) = (height / side * side, width / side * side);
    let block = LINE / BYTES;
    for block_y in (0..rows).step_by(block) {
        for block_x in (0..columns).step_by(block) {
            for y in (block_y..rows.min(block_y + block)).step_by(side) {
                for x in (block_x..columns.min(block_x + block)).step_by(side) {
                    // A quarter turn reads rows upwards; one of three quarters writes columns upwards.
                    let (from_x, from_y, onto_y) = match turn {
                        Turn::Quarter => (y, height - 1 - x, y),
                        Turn::Half | Turn::ThreeQuarters => (width - side - y, x, y + side - 1),
                    };
                    let (from_sign, onto_sign) = if turn == Turn::Quarter { (-1, 1) } else { (1, -1) };
                    transpose(Square {
                        from: from_data.wrapping_add(from_y * from_stride + from_x * BYTES),
                        from_step: from_sign * from_stride as isize,
                        onto: onto_data.wrapping_add(onto_y * onto_stride + x * BYTES),
                        onto_step: onto_sign * onto_stride as isize,
                    });
                }
            }
        }
    }
    (columns, rows)
}

/// Each register holds a row of the upper half of the square and one of the lower half. To interleave the first rows with
/// the last ones turns the sequence of samples by one bit of their index: done as often as the index of a row has bits,
/// it leaves the columns in order, two a register.
///
/// # Safety
/// Every row of the square can be read, and every column be written, 16 bytes of each.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn transpose<const BYTES: usize>(square: Square) {
    let pairs = 8 / BYTES;
    let mut rows = [_mm256_setzero_si256(); 8];
    for (index, row) in rows[..pairs].iter_mut().enumerate() {
        // SAFETY: as the caller says.
        let [upper, lower] =
            [index, index + pairs].map(|index| unsafe { _mm_loadu_si128(square.row(index).cast()) });
        *row = _mm256_set_m128i(lower, upper);
    }
    for _ in 0..pairs.ilog2() {
        let before = rows;
        for index in 0..pairs / 2 {
            let (a, b) = (before[index], before[index + pairs / 2]);
            (rows[2 * index], rows[2 * index + 1]) = match BYTES {
                1 => (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)),
                2 => (_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)),
                _ => (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)),
            };
        }
    }
    for (index, row) in rows[..pairs].iter().enumerate() {
        let columns = _mm256_permute4x64_epi64::<0b11_01_10_00>(*row);
        // SAFETY: as the caller says.
        unsafe {
            _mm_storeu_si128(square.column(2 * index).cast(), _mm256_castsi256_si128(columns));
            _mm_storeu_si128(square.column(2 * index + 1).cast(), _mm256_extracti128_si256::<1>(columns));
        }
    }
}

/// Half a turn: rows in reverse order, each reversed.
#[target_feature(enable = "avx2")]
fn reverse<const BYTES: usize>(plane: &mut Plane<'_, '_>) -> (usize, usize) {
    let (width, height) = plane.size;
    let order: [u8; 16] =
        std::array::from_fn(|byte| (16 - BYTES - byte / BYTES * BYTES + byte % BYTES) as u8);
    // SAFETY: the order holds 16 bytes.
    let order = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(order.as_ptr().cast()) });
    let blocks = width * BYTES / 32;
    for y in 0..height {
        let from = &plane.from.data[(height - 1 - y) * plane.from.stride_bytes..][..width * BYTES];
        let onto = &mut plane.onto.data[y * plane.onto.stride_bytes..][..width * BYTES];
        for (onto, from) in onto.chunks_exact_mut(32).zip(from.rchunks_exact(32)) {
            // SAFETY: both hold 32 bytes.
            unsafe {
                let samples = _mm256_shuffle_epi8(_mm256_loadu_si256(from.as_ptr().cast()), order);
                let samples = _mm256_permute2x128_si256::<1>(samples, samples);
                _mm256_storeu_si256(onto.as_mut_ptr().cast(), samples);
            }
        }
    }
    (blocks * 32 / BYTES, height)
}
