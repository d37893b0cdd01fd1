//! Fuzzes `checks/request.rs`.
#![no_main]

#[path = "../checks/request.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
