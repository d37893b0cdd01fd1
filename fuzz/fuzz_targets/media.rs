//! Fuzzes `checks/media.rs`.
#![no_main]

#[path = "../checks/media.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
