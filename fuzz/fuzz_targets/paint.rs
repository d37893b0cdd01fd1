//! Fuzzes `checks/paint.rs`, with the scenes and the reference of the tests.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the tests use more of their modules")]

#[path = "../checks/paint.rs"]
mod check;
#[path = "../../tests/it/engine.rs"]
mod engine;
#[path = "."]
mod equivalence {
    #[path = "../../tests/it/equivalence/padded.rs"]
    pub mod padded;
    #[path = "../../tests/it/equivalence/scenes.rs"]
    pub mod scenes;
}
#[path = "../../tests/it/reference/mod.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
