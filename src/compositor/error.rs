//! Why a moment was not composed.

use super::OutputId;
use crate::frame::PixelFormat;
use crate::geometry::Size;
use crate::time::Timestamp;

/// Why a moment was not composed. Nothing has changed then, on no output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Recording time does not run backwards.
    #[error("{found} lies before {last}, which has been composed")]
    TimeBelowLast {
        /// The time asked for.
        found: Timestamp,
        /// The last composed time.
        last: Timestamp,
    },
    /// Not as many canvases as there are outputs; `compose` and `compose_into` have one.
    #[error("the compositor has {expected} outputs, found {found} canvases")]
    CanvasCount {
        /// Canvases given.
        found: usize,
        /// Outputs of the compositor.
        expected: usize,
    },
    /// The buffer is not a canvas of its output.
    #[error("the canvas of {output} is {expected_format} {expected_size}, found {found_format} {found_size}")]
    CanvasMismatch {
        /// The output that it was given for.
        output: OutputId,
        /// The buffer's format.
        found_format: PixelFormat,
        /// The buffer's size.
        found_size: Size,
        /// The canvas's format.
        expected_format: PixelFormat,
        /// The canvas's size.
        expected_size: Size,
    },
}
