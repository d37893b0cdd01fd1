//! Everyone's sound on one clock, at one rate, in one mix.
//!
//! ```text
//!  decode::Sound ─▶ pieces ─▶ track ── by the second, steered by clock, resampled by filter ─▶ gate ─┐
//!  decode::Sound ─▶ pieces ─▶ track ─────────────────────────────────────────────────────────▶ gate ─┤
//!                                                                                                    ▼
//!                                                                  Mix: their sum ─▶ limiter ─▶ blocks
//! ```
//!
//! The mix has 48,000 samples a second of two channels. Sample n is that of the time n / 48,000 s of the recording, exactly, from
//! the first to the last, however long it is.
//!
//! **Placed.** Each file's pieces are placed by their stamps. Within 8 ms of what the file's own clock lets expect, pieces follow
//! each other without a seam; beyond, a gap is silence of its exact length, and what comes twice is cut. A clock that runs fast or
//! slow is found by comparing stamps with counted samples, and corrected by resampling a hair more or less, at most by 0.5 %.
//! Sound of 48,000 Hz whose clock is true is not touched at all.
//!
//! **Gated.** Someone is heard in given intervals, to the sample, with 5 ms of fade within their ends.
//!
//! **Summed and limited.** All are added as they are. Where the sum is louder than −1 dB of full scale, a limiter with 50 ms of
//! look-ahead lowers it without clipping; everything else it passes bit for bit.
//!
//! **Repeatable.** Every sample is a function of the files and the intervals, not of blocks, of the processor, or of where rendering
//! began: parts equal the whole bit for bit. What is rendered later is decoded from the file's beginning for that reason.

mod clock;
mod downmix;
mod filter;
mod gate;
mod limiter;
mod live;
mod mix;
mod pieces;
mod position;
mod track;

#[cfg(test)]
mod tests;

pub use gate::FADE;
pub use limiter::{CEILING, LimiterReport, REACH};
pub(crate) use live::{Change, LOOK_AHEAD, LiveMix, LiveSound};
pub use live::{SOUND_AHEAD, Samples, SoundPiece, SoundTally};
pub(crate) use mix::Blocks;
pub use mix::{Mix, Opener, SoundReport, Voice, VoiceReport};
pub use pieces::{Failures, RATES};
pub use position::first_sample_at;
pub use track::TrackReport;
