//! Fuzzes `checks/kernels.rs`.
#![no_main]

#[path = "../checks/kernels.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
