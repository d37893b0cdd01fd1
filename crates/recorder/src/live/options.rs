//! What a live recording is told once, and why it ends.

use std::time::Duration;

use polyptych::FrameRate;

use crate::render::RenderError;

/// The most that [`LiveOptions::sound_latency`] can be; longer ones are taken as this.
pub const MAX_SOUND_LATENCY: Duration = Duration::from_secs(10);

/// The most that [`LiveOptions::canvases_ahead`] can be; more are taken as this.
pub const MAX_CANVASES_AHEAD: usize = 1024;

/// How a live recording is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// Canvases a second; those that the encoder was made for. Default: 30.
    pub fps: FrameRate,
    /// Canvases that wait for the encoder, at most, 0 to [`MAX_CANVASES_AHEAD`]; one more is being encoded. Each takes the memory of
    /// a canvas. Default: 8.
    pub canvases_ahead: usize,
    /// What becomes of a canvas for which there is no room. Default: it is dropped.
    pub when_behind: WhenBehind,
    /// How long after its time sound may come to be heard, counted from the last tick; 0 to [`MAX_SOUND_LATENCY`]. What is written
    /// is later by that and by 1.6 s, for which the mix looks ahead. Default: 200 ms.
    pub sound_latency: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            fps: FrameRate::new(30, 1).expect("not zero"),
            canvases_ahead: 8,
            when_behind: WhenBehind::default(),
            sound_latency: Duration::from_millis(200),
        }
    }
}

/// What becomes of a canvas for which the encoder has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WhenBehind {
    /// It is dropped and counted, and the one before it is shown as much longer. For what cannot be held up: cameras.
    #[default]
    Drop,
    /// The caller waits, for the mix too where that is half a second behind. Every canvas is encoded, and whoever pushes must
    /// wait as well: of each user 32 frames are held ahead of the last canvas, and others are dropped by the compositor. For
    /// what can be held up: files, simulations.
    Wait,
}

/// Why a live recording cannot begin, or has ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The compositor's canvas is not what the encoder was made for.
    #[error("{problem}")]
    Canvas {
        /// What was found, and what is expected.
        problem: String,
    },
    /// A stage fails. What was written plays.
    #[error(transparent)]
    Stage(#[from] RenderError),
    /// It has failed, and that was told.
    #[error("the recording has ended")]
    Ended,
}
