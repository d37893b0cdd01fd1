//! The stage that mixes sound and makes packets of it.

use std::sync::mpsc::SyncSender;

use super::RenderError;
use super::encode::{send_all, silent};
use super::span::SoundSpan;
use super::stages::{Stage, StageTimes};
use crate::encode::{EncodedPacket, SoundEncoder};
use crate::sound::{Blocks, SoundReport};

/// Samples a channel that are mixed at once.
pub(crate) const MIXED_SAMPLES: usize = 1024;

/// What makes packets of sound.
pub(super) struct Speaker<B> {
    pub(super) encoder: Box<dyn SoundEncoder>,
    pub(super) blocks: B,
    pub(super) span: SoundSpan,
    pub(super) is_strict: bool,
}

impl<B: Blocks> Speaker<B> {
    /// Mixes and encodes sound until its end, or until nobody takes packets any more.
    pub(super) fn speak(
        self,
        end: impl Fn() -> i64,
        out: &SyncSender<EncodedPacket>,
        times: &StageTimes,
    ) -> Result<(String, SoundReport), RenderError> {
        let Self { mut encoder, blocks: mut mix, span, is_strict } = self;
        let mut packets = Vec::new();
        // Of the part itself, without what only the encoder needs.
        let mut last = span.first;
        let (mut has_samples, mut has_packet) = (false, false);
        loop {
            mix.wait();
            let end = end();
            let left = usize::try_from(span.fed_until(end) - mix.position()).unwrap_or(0);
            let encoded = times.measure(Stage::Sound, || match mix.next_block(left.min(MIXED_SAMPLES)) {
                Some(block) if left > 0 => encoder.encode(block, &mut packets).map(|()| true),
                _ => encoder.finish(&mut packets).map(|()| false),
            })?;
            has_samples |= encoded;
            has_packet |= !packets.is_empty();
            if encoded {
                last = mix.position().min(end).max(last);
            }
            if let Some((uid, problem)) = mix.first_failure().filter(|_| is_strict) {
                return Err(RenderError::Sound { uid: uid.to_owned(), problem: problem.to_owned() });
            }
            if has_samples && !encoded && !has_packet {
                return Err(silent(encoder.name(), "it was given samples and gave no packet").into());
            }
            span.keep(&mut packets);
            if !send_all(&mut packets, out) || !encoded {
                let samples = (last - span.first).unsigned_abs();
                return Ok((encoder.name(), SoundReport { samples, ..mix.report() }));
            }
        }
    }
}
