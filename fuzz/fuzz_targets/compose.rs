//! Fuzzes `checks/compose.rs`.
#![no_main]

#[path = "../checks/compose.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
