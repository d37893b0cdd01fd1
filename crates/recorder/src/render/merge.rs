//! Packets of video and of sound, made by two threads, reach the file in the order of their times.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use polyptych::FrameRate;

use super::flow::Flow;
use super::stages::{Stage, StageTimes};
use crate::encode::{EncodedPacket, SAMPLE_RATE};
use crate::write::{WriteError, Writer};

/// Packets as two encoders make them.
pub(super) struct Stream<'s> {
    pub(super) video: &'s Receiver<EncodedPacket>,
    pub(super) sound: &'s Receiver<EncodedPacket>,
    pub(super) fps: FrameRate,
    /// Samples at the front of the sound that are the encoder's own.
    pub(super) priming: i64,
    /// Whether a packet may say that only its beginning is heard, as one of Opus may.
    pub(super) may_end_early: bool,
    /// Where pictures are counted that the writer has taken.
    pub(super) flow: &'s Flow,
}

/// Writes packets until both encoders are done. The order depends on the packets' times alone, so that a recording rendered
/// twice is the same file.
///
/// Sound from the sample `end` on is left out, in whole packets where they cannot end early: it may have been ahead when rendering was
/// stopped.
///
/// # Errors
/// Where the writer fails; dropping the receivers then stops who sends.
pub(super) fn merge(
    stream: &Stream<'_>,
    end: impl Fn() -> i64,
    times: &StageTimes,
    writer: &mut dyn Writer,
) -> Result<(), WriteError> {
    let (mut picture, mut piece) = (stream.video.recv().ok(), stream.sound.recv().ok());
    loop {
        let is_videos_turn = match (&picture, &piece) {
            (None, None) => return Ok(()),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(picture), Some(piece)) => is_not_after(picture.dts, stream.fps, piece.dts),
        };
        if is_videos_turn {
            if let Some(packet) = picture.take() {
                times.measure(Stage::Write, || writer.video(packet))?;
                stream.flow.written.fetch_add(1, Ordering::Relaxed);
            }
            picture = stream.video.recv().ok();
        } else {
            let end = end().saturating_add(stream.priming);
            if let Some(mut packet) = piece.take().filter(|packet| packet.pts < end) {
                if stream.may_end_early {
                    let heard = u32::try_from(end - packet.pts).unwrap_or(u32::MAX);
                    packet.duration = packet.duration.min(heard);
                }
                times.measure(Stage::Write, || writer.sound(packet))?;
            }
            piece = stream.sound.recv().ok();
        }
    }
}

/// Whether a time in ticks lies not after one in samples.
pub(crate) fn is_not_after(tick: i64, fps: FrameRate, sample: i64) -> bool {
    i128::from(tick) * i128::from(fps.den()) * i128::from(SAMPLE_RATE)
        <= i128::from(sample) * i128::from(fps.num())
}
