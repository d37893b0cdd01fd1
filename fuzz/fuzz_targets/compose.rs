//! Fuzzes `checks/compose.rs`, with the padded pictures of the tests.
#![no_main]

#[path = "../checks/compose.rs"]
mod check;
#[path = "."]
mod equivalence {
    #[path = "../../tests/it/equivalence/padded.rs"]
    pub mod padded;
}

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
