//! A wall around other people's decoders.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::DecodeError;

/// Runs a third-party decoder. Its panic becomes an error: files come from anywhere, these decoders are young, and a
/// broken file may cost its user but not the recording.
///
/// What `decode` was working on is in no known state after an error that came of a panic: drop it.
pub(super) fn guarded<T>(
    codec: &'static str,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        Err(DecodeError { codec, problem: format!("the decoder failed: {}", panic_text(&*panic)) })
    })
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_says_why() {
        let result = guarded::<()>("VP8", || panic!("row {} is not there", 7));
        assert_eq!(
            result.expect_err("it panicked").to_string(),
            "VP8: the decoder failed: row 7 is not there"
        );
        assert_eq!(guarded("VP8", || Ok(5)).expect("no panic"), 5);
    }
}
