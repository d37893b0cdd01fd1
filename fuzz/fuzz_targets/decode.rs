//! Fuzzes `checks/decode.rs`.
#![no_main]

#[path = "../checks/decode.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        // The decoders' own panics are errors; only one that comes out of the check ends it.
        std::panic::set_hook(Box::new(|_| {}))
    },
    |bytes: &[u8]| check::check(bytes)
);
