//! How far canvases have come.

use std::sync::atomic::{AtomicU64, Ordering};

/// Canvases on their way.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// Those that were handed over.
    pub(super) sent: AtomicU64,
    /// Those that the encoder has taken.
    pub(super) taken: AtomicU64,
    /// Those that it is done with.
    pub(super) encoded: AtomicU64,
    /// Those whose packets the writer has taken.
    pub(super) written: AtomicU64,
}

impl Flow {
    /// Canvases in the queue.
    pub(crate) fn waiting(&self) -> u64 {
        let taken = self.taken.load(Ordering::Acquire);
        self.sent.load(Ordering::Acquire).saturating_sub(taken)
    }

    /// Canvases that the encoder is done with.
    pub(crate) fn encoded(&self) -> u64 {
        self.encoded.load(Ordering::Acquire)
    }

    /// Pictures that the writer has taken.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// What became of a canvas that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It waits for the encoder.
    Taken,
    /// There was no room for it.
    Full,
    /// Nobody takes canvases any more.
    Ended,
}
