//! The stages behind the compositor: encoding, sound, and writing, each in a thread.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use polyptych::{FrameRate, PooledFrame, Timestamp};

use super::encode::{Sender, Ticked, encode};
use super::flow::{Flow, Offered};
use super::merge::{Stream, merge};
use super::report::Report;
use super::span::{SoundSpan, first_sample_of, time_of_sample};
use super::speak::Speaker;
use super::stages::{Stage, StageTimes};
use super::{Control, RenderError};
use crate::decode::panic_text;
use crate::encode::{EncodeError, SoundEncoder, TrackConfig, VideoEncoder, VideoFormat};
use crate::sound::{Blocks, SoundReport};
use crate::write::{EncodedVideo, Tracks, WriteError, Writer};

/// How much may wait between two stages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queues {
    /// Canvases for the encoder.
    pub(crate) canvases: usize,
    /// Packets of video for the writer.
    pub(crate) video: usize,
    /// Packets of sound for the writer.
    pub(crate) sound: usize,
}

impl Queues {
    /// Of files: so far, some 3 s, sound may be ahead of the picture.
    pub(super) const OF_FILES: Self = Self { canvases: 2, video: 64, sound: 128 };
}

/// Makes the writer, once it is known how its tracks are coded.
pub type OpenWriter = Box<dyn FnOnce(&Tracks) -> Result<Box<dyn Writer>, WriteError> + Send>;

/// Where a recording goes: either of video and sound may be left out.
pub struct Output {
    /// What encodes the canvases, and what they are.
    pub video: Option<(Box<dyn VideoEncoder>, VideoFormat)>,
    /// What encodes the sound.
    pub sound: Option<Box<dyn SoundEncoder>>,
    /// What takes the packets.
    pub open_writer: OpenWriter,
}

/// What of a recording is rendered.
pub(crate) struct Span {
    pub(crate) fps: FrameRate,
    pub(crate) ticks: Range<u64>,
    /// The ticks of the whole recording.
    pub(crate) all: u64,
    /// Whether sound that cannot be read ends it all.
    pub(crate) is_strict: bool,
}

/// Whether a stage has failed: the others end then, and what they have written does not count as whole.
#[derive(Clone, Debug, Default)]
struct Failed(Arc<AtomicBool>);

impl Failed {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Runs a stage and notes its failure, or its panic. The stage's channels must be open still then: who finds them closed asks
    /// why.
    fn watch<T, E>(&self, run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let panicking = OnPanic(self);
        let result = run();
        drop(panicking);
        result.inspect_err(|_| self.set())
    }
}

/// Notes a panic.
struct OnPanic<'f>(&'f Failed);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set();
        }
    }
}

/// The running stages. Dropped, they end with what they were given, and are waited for.
pub(crate) struct Outputs {
    canvases: Option<SyncSender<Ticked>>,
    flow: Arc<Flow>,
    fps: FrameRate,
    /// The tick behind the last canvas that was sent, counted from the recording's beginning.
    sent_until: u64,
    first_tick: u64,
    /// The sample of the recording at which sound ends; moved forward where rendering is stopped.
    end: Arc<AtomicI64>,
    failed: Failed,
    video: Option<JoinHandle<Result<String, EncodeError>>>,
    sound: Option<JoinHandle<Result<(String, SoundReport), RenderError>>>,
    writer: Option<JoinHandle<Result<(), WriteError>>>,
}

impl Outputs {
    /// Starts the threads. `blocks` gives the sound from one time to another.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(crate) fn start<B: Blocks + 'static>(
        output: Output,
        blocks: impl FnOnce(Timestamp, Timestamp) -> B,
        span: &Span,
        queues: Queues,
        times: &Arc<StageTimes>,
        control: &Control,
    ) -> Result<Self, RenderError> {
        let Output { video, sound, open_writer } = output;
        let Span { fps, ref ticks, all, is_strict } = *span;
        let thread = |name: &str| Builder::new().name(name.to_owned());
        let first_sample = first_sample_of(fps, ticks.start);
        let end = Arc::new(AtomicI64::new(first_sample_of(fps, ticks.end)));
        let failed = Failed::default();

        let flow = Arc::new(Flow::default());
        let (canvases_out, canvases) = sync_channel(queues.canvases);
        let has_video = video.is_some();
        let (format, video) = video.map(|(encoder, format)| (format, encoder)).unzip();
        let (configs_out, configs) = sync_channel(1);
        let (video_out, video_packets) = sync_channel(queues.video);
        let video = video
            .map(|encoder| {
                let mut sender = Sender::new(configs_out, video_out);
                let (failed, flow, times) = (failed.clone(), flow.clone(), times.clone());
                thread("encode")
                    .spawn(move || failed.watch(|| encode(encoder, &canvases, &mut sender, &flow, &times)))
            })
            .transpose()?;

        let whole_end = first_sample_of(fps, all.max(ticks.end));
        let (span, sound_config) =
            sound.as_ref().map(|encoder| SoundSpan::new(encoder.config(), first_sample, whole_end)).unzip();
        let may_end_early = matches!(sound_config, Some(TrackConfig::Opus { .. }));
        let priming = sound_config.as_ref().map_or(0, |config| i64::from(config.priming()));
        let (sound_out, sound_packets) = sync_channel(queues.sound);
        let sound = sound
            .zip(span)
            .map(|(encoder, span)| {
                let mix_end = span.fed_until(end.load(Ordering::Acquire));
                let blocks = blocks(time_of_sample(span.fed_from), time_of_sample(mix_end));
                let (end, times, control) = (end.clone(), times.clone(), control.clone());
                // Where there is video, its end is that of the sound.
                let is_stopped = move || !has_video && control.is_stopped();
                let end = move || if is_stopped() { 0 } else { end.load(Ordering::Acquire) };
                let speaker = Speaker { encoder, blocks, span, is_strict };
                let failed = failed.clone();
                thread("sound").spawn(move || failed.watch(|| speaker.speak(end, &sound_out, &times)))
            })
            .transpose()?;

        let (sound_end, has_failed, times) = (end.clone(), failed.clone(), times.clone());
        let count = flow.clone();
        let writer = thread("write").spawn(move || {
            // An encoder that ends without a packet had no canvas or has failed, which it says itself.
            let config = if has_video { configs.recv().ok() } else { None };
            let video = format.zip(config).map(|(format, config)| EncodedVideo { format, config });
            if has_video && video.is_none() {
                return Ok(());
            }
            let mut writer =
                times.measure(Stage::Write, || open_writer(&Tracks { video, sound: sound_config }))?;
            let (video, sound, flow) = (&video_packets, &sound_packets, &*count);
            let stream = Stream { video, sound, fps, priming, may_end_early, flow };
            let end = || sound_end.load(Ordering::Acquire) - first_sample;
            merge(&stream, end, &times, &mut *writer)?;
            if has_failed.is_set() {
                return Ok(());
            }
            times.measure(Stage::Write, || writer.finish())
        })?;
        Ok(Self {
            canvases: has_video.then_some(canvases_out),
            flow,
            fps,
            sent_until: ticks.start,
            first_tick: ticks.start,
            end,
            failed,
            video,
            sound,
            writer: Some(writer),
        })
    }

    /// Whether canvases are wanted.
    pub(crate) fn takes_canvases(&self) -> bool {
        self.canvases.is_some()
    }

    /// How far canvases have come.
    pub(crate) fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }

    /// The tick behind the last canvas that was handed over.
    pub(crate) fn sent_until(&self) -> u64 {
        self.sent_until
    }

    /// Whether a stage has ended. Where all are to go on, it has failed.
    pub(crate) fn is_ended(&self) -> bool {
        self.failed.is_set()
            || self.writer.as_ref().is_none_or(JoinHandle::is_finished)
            || self.video.as_ref().is_some_and(JoinHandle::is_finished)
            || self.sound.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Says that what is written will not be whole.
    pub(crate) fn fail(&self) {
        self.failed.set();
    }

    /// Hands the canvas of a tick on; waits where the encoder is behind. `false` where it is not wanted any more.
    pub(crate) fn send(&mut self, tick: u64, canvas: PooledFrame) -> bool {
        let ticked = Ticked { tick: tick - self.first_tick, canvas };
        let is_sent = !self.failed.is_set()
            && self.canvases.as_ref().is_some_and(|canvases| canvases.send(ticked).is_ok());
        self.note(tick, is_sent)
    }

    /// Hands the canvas of a tick on if the encoder is not behind.
    pub(crate) fn offer(&mut self, tick: u64, canvas: PooledFrame) -> Offered {
        let Some(canvases) = self.canvases.as_ref().filter(|_| !self.failed.is_set()) else {
            return Offered::Ended;
        };
        match canvases.try_send(Ticked { tick: tick - self.first_tick, canvas }) {
            Ok(()) => {
                self.note(tick, true);
                Offered::Taken
            }
            Err(TrySendError::Full(_)) => Offered::Full,
            Err(TrySendError::Disconnected(_)) => Offered::Ended,
        }
    }

    fn note(&mut self, tick: u64, is_sent: bool) -> bool {
        if is_sent {
            self.flow.sent.fetch_add(1, Ordering::AcqRel);
            self.sent_until = tick + 1;
        }
        is_sent
    }

    /// Lets sound end at a tick, where it would not end before.
    pub(crate) fn end_sound_at(&self, tick: u64) {
        self.end.fetch_min(first_sample_of(self.fps, tick), Ordering::AcqRel);
    }

    /// Ends the stages at a tick, or lets sound alone go on to its end, and waits until all is written.
    ///
    /// # Errors
    /// The failure of a stage: of writing first, which makes the others end.
    pub(crate) fn finish(mut self, tick: u64, report: &mut Report) -> Result<(), RenderError> {
        if self.takes_canvases() {
            self.end_sound_at(tick);
            self.canvases = None;
        }
        let video = self.video.take().map(|thread| join("encode", thread));
        let sound = self.sound.take().map(|thread| join("sound", thread));
        self.writer.take().map_or(Ok(Ok(())), |thread| join("write", thread))??;
        if let Some(video) = video {
            report.encoders.push(video??);
        }
        if let Some(sound) = sound {
            let (encoder, heard) = sound??;
            report.encoders.push(encoder);
            report.sound = Some(heard);
        }
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        // Sound alone ends where its end was told.
        if self.takes_canvases() {
            self.end_sound_at(self.sent_until);
        }
        self.canvases = None;
        // Whoever drops them has an error of his own, or wants none.
        let _ = self.video.take().map(JoinHandle::join);
        let _ = self.sound.take().map(JoinHandle::join);
        let _ = self.writer.take().map(JoinHandle::join);
    }
}

/// Waits for a stage. One that panics has failed.
fn join<T>(stage: &'static str, thread: JoinHandle<T>) -> Result<T, RenderError> {
    thread.join().map_err(|panic| RenderError::Panicked { stage, message: panic_text(&*panic).to_owned() })
}
