#![forbid(unsafe_code)]
//! The command `polyptych`.
fn main() {}
