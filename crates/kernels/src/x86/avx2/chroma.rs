//! Chroma apart and together: the plain bodies, compiled once more for wider registers. The compiler finds the shuffles.

use crate::chroma::{deinterleave_body, interleave_body};

with_avx2! {
    fn interleave(u: &[i16], v: &[i16], uv: &mut [i16]) = interleave_body;
    fn deinterleave(uv: &[i16], u: &mut [i16], v: &mut [i16]) = deinterleave_body;
    fn interleave_bytes(u: &[u8], v: &[u8], uv: &mut [u8]) = interleave_body;
    fn deinterleave_bytes(uv: &[u8], u: &mut [u8], v: &mut [u8]) = deinterleave_body;
}
