//! Plain bodies, compiled once more with wider registers: the compiler finds the right instructions.

use crate::chroma::{deinterleave_body, interleave_body};
use crate::convert::{WideWeights, combine_body, combine_rgba_body};

with_avx512! {
    fn combine(rows: [&[i16]; 3], weights: WideWeights, out: &mut [i16]) = combine_body;
    fn combine_rgba(rows: [&[i16]; 3], weights: [WideWeights; 3], alpha: i16, out: &mut [i16]) = combine_rgba_body;
    fn interleave(u: &[i16], v: &[i16], uv: &mut [i16]) = interleave_body;
    fn deinterleave(uv: &[i16], u: &mut [i16], v: &mut [i16]) = deinterleave_body;
    fn interleave_bytes(u: &[u8], v: &[u8], uv: &mut [u8]) = interleave_body;
    fn deinterleave_bytes(uv: &[u8], u: &mut [u8], v: &mut [u8]) = deinterleave_body;
}
