//! The stages behind the compositor: encoding, sound, and writing, each in a thread.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use polyptych::{FrameRate, PooledFrame, Timestamp};

use super::merge::{Stream, merge};
use super::report::Report;
use super::span::{SoundSpan, first_sample_of, time_of_sample};
use super::stages::{Stage, StageTimes};
use super::{Control, RenderError};
use crate::encode::{EncodeError, EncodedPacket, SoundEncoder, TrackConfig, VideoEncoder, VideoFormat};
use crate::sound::{Mix, SoundReport};
use crate::write::{EncodedVideo, Tracks, WriteError, Writer};

/// Canvases that wait for the encoder, at most.
const CANVASES_AHEAD: usize = 2;
/// Packets of video that wait to be written, at most.
const VIDEO_PACKETS_AHEAD: usize = 64;
/// Packets of sound that wait to be written, at most: so far, some 3 s, sound may be ahead of the picture.
const SOUND_PACKETS_AHEAD: usize = 128;
/// Samples a channel that are mixed at once.
const MIXED_SAMPLES: usize = 1024;

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
pub(super) struct Span {
    pub(super) fps: FrameRate,
    pub(super) ticks: Range<u64>,
    /// The ticks of the whole recording.
    pub(super) all: u64,
    /// Whether sound that cannot be read ends it all.
    pub(super) is_strict: bool,
}

/// A stage's thread.
type Running<'scope, T> = ScopedJoinHandle<'scope, T>;

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

    /// Notes a failure. The channels of the stage that failed must be open still: who finds them closed asks why.
    fn note<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        result.inspect_err(|_| self.set())
    }
}

/// The running stages.
pub(super) struct Outputs<'scope> {
    canvases: Option<SyncSender<PooledFrame>>,
    fps: FrameRate,
    /// The sample of the recording at which sound ends; moved forward where rendering is stopped.
    end: Arc<AtomicI64>,
    failed: Failed,
    /// Pictures that the writer has taken.
    written: Arc<AtomicU64>,
    video: Option<Running<'scope, Result<String, EncodeError>>>,
    sound: Option<Running<'scope, Result<(String, SoundReport), RenderError>>>,
    writer: Running<'scope, Result<(), WriteError>>,
}

impl<'scope> Outputs<'scope> {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        output: Output,
        mix: impl FnOnce(Timestamp, Timestamp) -> Mix,
        span: &Span,
        times: &'scope StageTimes,
        control: &'scope Control,
    ) -> Result<Self, RenderError> {
        let Output { video, sound, open_writer } = output;
        let Span { fps, ref ticks, all, is_strict } = *span;
        let thread = |name: &str| Builder::new().name(name.to_owned());
        let first_sample = first_sample_of(fps, ticks.start);
        let end = Arc::new(AtomicI64::new(first_sample_of(fps, ticks.end)));
        let failed = Failed::default();

        let (canvases_out, canvases) = sync_channel(CANVASES_AHEAD);
        let has_video = video.is_some();
        let (format, video) = video.map(|(encoder, format)| (format, encoder)).unzip();
        let (configs_out, configs) = sync_channel(1);
        let (video_out, video_packets) = sync_channel(VIDEO_PACKETS_AHEAD);
        let video = video
            .map(|encoder| {
                let mut sender = Sender { configs: configs_out, packets: video_out, is_config_sent: false };
                let failed = failed.clone();
                thread("encode")
                    .spawn_scoped(scope, move || failed.note(encode(encoder, &canvases, &mut sender, times)))
            })
            .transpose()?;

        let whole_end = first_sample_of(fps, all.max(ticks.end));
        let (span, sound_config) =
            sound.as_ref().map(|encoder| SoundSpan::new(encoder.config(), first_sample, whole_end)).unzip();
        let priming = sound_config.as_ref().map_or(0, |config| i64::from(config.priming()));
        let (sound_out, sound_packets) = sync_channel(SOUND_PACKETS_AHEAD);
        let sound = sound
            .zip(span)
            .map(|(encoder, span)| {
                let mix_end = span.fed_until(end.load(Ordering::Acquire));
                let mix = mix(time_of_sample(span.fed_from), time_of_sample(mix_end));
                let end = end.clone();
                // Where there is video, its end is that of the sound.
                let is_stopped = move || !has_video && control.is_stopped();
                let end = move || if is_stopped() { 0 } else { end.load(Ordering::Acquire) };
                let speaker = Speaker { encoder, mix, span, is_strict };
                let failed = failed.clone();
                thread("sound")
                    .spawn_scoped(scope, move || failed.note(speaker.speak(end, &sound_out, times)))
            })
            .transpose()?;

        let (sound_end, has_failed) = (end.clone(), failed.clone());
        let written = Arc::new(AtomicU64::new(0));
        let count = written.clone();
        let writer = thread("write").spawn_scoped(scope, move || {
            // An encoder that ends without a packet has failed, and says so itself.
            let config = if has_video { configs.recv().ok() } else { None };
            let video = format.zip(config).map(|(format, config)| EncodedVideo { format, config });
            if has_video && video.is_none() {
                return Ok(());
            }
            let mut writer =
                times.measure(Stage::Write, || open_writer(&Tracks { video, sound: sound_config }))?;
            let stream =
                Stream { video: &video_packets, sound: &sound_packets, fps, priming, written: &count };
            let end = || sound_end.load(Ordering::Acquire) - first_sample;
            merge(&stream, end, times, &mut *writer)?;
            if has_failed.is_set() {
                return Ok(());
            }
            times.measure(Stage::Write, || writer.finish())
        })?;
        Ok(Self {
            canvases: has_video.then_some(canvases_out),
            fps,
            end,
            failed,
            written,
            video,
            sound,
            writer,
        })
    }

    /// Whether canvases are wanted.
    pub(super) fn takes_canvases(&self) -> bool {
        self.canvases.is_some()
    }

    /// Hands a canvas on; waits where the encoder is behind. `false` where it is not wanted any more.
    pub(super) fn send(&self, canvas: PooledFrame) -> bool {
        !self.failed.is_set() && self.canvases.as_ref().is_some_and(|canvases| canvases.send(canvas).is_ok())
    }

    /// Pictures that the writer has taken so far.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Says that what is written will not be whole.
    pub(super) fn fail(&self) {
        self.failed.set();
    }

    /// Ends the stages at a tick, or lets sound alone go on to its end, and waits until all is written.
    ///
    /// # Errors
    /// The failure of a stage: of writing first, which makes the others end.
    pub(super) fn finish(self, tick: u64, report: &mut Report) -> Result<(), RenderError> {
        if let Some(canvases) = self.canvases {
            self.end.fetch_min(first_sample_of(self.fps, tick), Ordering::AcqRel);
            drop(canvases);
        }
        let video = self.video.map(join);
        let sound = self.sound.map(join);
        join(self.writer)?;
        if let Some(video) = video {
            report.encoders.push(video?);
        }
        if let Some(sound) = sound {
            let (encoder, heard) = sound?;
            report.encoders.push(encoder);
            report.sound = Some(heard);
        }
        Ok(())
    }
}

fn join<T>(thread: Running<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Where a video encoder's packets go: how they are coded first.
struct Sender {
    configs: SyncSender<TrackConfig>,
    packets: SyncSender<EncodedPacket>,
    is_config_sent: bool,
}

impl Sender {
    /// Sends what an encoder has made; `false` where nobody takes it any more.
    fn send(&mut self, encoder: &dyn VideoEncoder, packets: &mut Vec<EncodedPacket>) -> bool {
        if !self.is_config_sent && !packets.is_empty() {
            let Some(config) = encoder.config() else { return false };
            self.is_config_sent = true;
            if self.configs.send(config).is_err() {
                return false;
            }
        }
        send_all(packets, &self.packets)
    }
}

/// Encodes until the compositor ends, or nobody takes packets any more. Gives the encoder's name.
fn encode(
    mut encoder: Box<dyn VideoEncoder>,
    canvases: &Receiver<PooledFrame>,
    sender: &mut Sender,
    times: &StageTimes,
) -> Result<String, EncodeError> {
    let mut packets = Vec::new();
    for canvas in canvases {
        times.measure(Stage::Encode, || encoder.encode(canvas.view(), &mut packets))?;
        drop(canvas);
        if !sender.send(&*encoder, &mut packets) {
            return Ok(encoder.name());
        }
    }
    times.measure(Stage::Encode, || encoder.finish(&mut packets))?;
    sender.send(&*encoder, &mut packets);
    Ok(encoder.name())
}

/// What makes packets of sound.
struct Speaker {
    encoder: Box<dyn SoundEncoder>,
    mix: Mix,
    span: SoundSpan,
    is_strict: bool,
}

impl Speaker {
    /// Mixes and encodes sound until its end, or until nobody takes packets any more.
    fn speak(
        self,
        end: impl Fn() -> i64,
        out: &SyncSender<EncodedPacket>,
        times: &StageTimes,
    ) -> Result<(String, SoundReport), RenderError> {
        let Self { mut encoder, mut mix, span, is_strict } = self;
        let mut packets = Vec::new();
        // Of the part itself, without what only the encoder needs.
        let mut last = span.first;
        loop {
            let end = end();
            let left = usize::try_from(span.fed_until(end) - mix.position()).unwrap_or(0);
            let encoded = times.measure(Stage::Sound, || match mix.next_block(left.min(MIXED_SAMPLES)) {
                Some(block) if left > 0 => encoder.encode(block, &mut packets).map(|()| true),
                _ => encoder.finish(&mut packets).map(|()| false),
            })?;
            if encoded {
                last = mix.position().min(end).max(last);
            }
            if let Some((uid, problem)) = mix.first_failure().filter(|_| is_strict) {
                return Err(RenderError::Sound { uid: uid.to_owned(), problem: problem.to_owned() });
            }
            span.keep(&mut packets);
            if !send_all(&mut packets, out) || !encoded {
                let samples = (last - span.first).unsigned_abs();
                return Ok((encoder.name(), SoundReport { samples, ..mix.report() }));
            }
        }
    }
}

fn send_all(packets: &mut Vec<EncodedPacket>, out: &SyncSender<EncodedPacket>) -> bool {
    packets.drain(..).all(|packet| out.send(packet).is_ok())
}
