//! Records while it happens: frames and sound are pushed by the program, and a clock of the program's says when a canvas is due.
//!
//! ```text
//!  any thread: frames, joins, layouts ─▶ Compositor ─┐           8 canvases      packets
//!  the caller's: tick, by the clock ─────────────────┴─ compose ──────▶ encode ────▶ merge by time, write
//!  any thread: sound, mutes ──▶ taken while in time ──▶ mix, 1.8 s behind ──▶ encode ────▶
//! ```
//!
//! The stages behind the compositor are those of [`crate::render`]. Queues have bounds ([`LiveOptions`]), and what finds no room is
//! dropped and counted ([`LiveStatistics`]), or waited for where [`WhenBehind::Wait`] says so:
//!
//! - **A canvas** for which the encoder has no room. The canvas before it is shown as much longer: every canvas and every sample
//!   stays at its time, whatever was dropped, so sound and picture stay together. The first and the last one are never dropped.
//! - **A frame** that comes too late, or too far ahead of its time: [`polyptych::Compositor`] counts it.
//! - **Sound** that comes more than [`LiveOptions::sound_latency`] after its time, more than [`SOUND_AHEAD`] before it, or finds
//!   some 4 s of the user waiting already. Where nothing came, there is silence; nobody is waited for.
//!
//! Nothing here reads a clock or sleeps. [`LiveRecording::tick`] composes what is due by the [`Clock`] that was handed in and says
//! when the next canvas is; so a meeting can be tested, or replayed, as fast as it is composed.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use std::time::Duration;
//!
//! use polyptych::{Clock, Compositor, FrameBuffer, PixelFormat, Size, UserId};
//! use polyptych_recorder::encode::raw::RawVideo;
//! use polyptych_recorder::encode::{VideoEncoder, VideoFormat};
//! use polyptych_recorder::live::{LiveOptions, LiveRecording};
//! use polyptych_recorder::render::Output;
//! use polyptych_recorder::write::{self, WriteOptions};
//!
//! /// A clock that is moved by hand; a program's own gives the time since it started.
//! #[derive(Clone, Default)]
//! struct Millis(Arc<AtomicU64>);
//!
//! impl Clock for Millis {
//!     fn now(&self) -> Duration {
//!         Duration::from_millis(self.0.load(Ordering::Relaxed))
//!     }
//! }
//!
//! let size = Size::from_wh(64, 36).expect("a canvas");
//! let compositor = Compositor::builder(size).build()?;
//! let options = LiveOptions::default();
//! let format = VideoFormat { size, fps: options.fps, color: compositor.canvas().color };
//! let encoder: Box<dyn VideoEncoder> = Box::new(RawVideo::new(format));
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("meeting.y4m");
//! let file = path.clone();
//! let output = Output {
//!     video: Some((encoder, format)),
//!     sound: None,
//!     open_writer: Box::new(move |tracks| write::create(&file, tracks, &WriteOptions::default())),
//! };
//!
//! let clock = Millis::default();
//! let mut recording = LiveRecording::start(compositor, output, Box::new(clock.clone()), &options)?;
//! let handle = recording.handle();
//! let anna = UserId::new("anna");
//! handle.join(handle.now(), &anna);
//! handle.push_frame(&anna, handle.now(), FrameBuffer::new(PixelFormat::I420, size).into());
//! for millis in [0, 40, 80] {
//!     clock.0.store(millis, Ordering::Relaxed);
//!     let next = recording.tick()?; // a program waits until then
//!     assert!(next > handle.now());
//! }
//! let report = recording.finish()?;
//! assert_eq!((report.statistics.ticks, report.statistics.encoded), (3, 3));
//! assert!(path.exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod handle;
mod options;
mod statistics;

use std::sync::Arc;
use std::time::Duration;

use polyptych::{Clock, Compositor, FrameRate, PixelFormat, PooledFrame, Timestamp};

pub use crate::sound::{SOUND_AHEAD, Samples, SoundPiece, SoundTally};
pub use handle::LiveHandle;
pub use options::{LiveError, LiveOptions, MAX_CANVASES_AHEAD, MAX_SOUND_LATENCY, WhenBehind};
pub use statistics::{LiveReport, LiveStatistics};

use crate::render::{
    Control, MIXED_SAMPLES, Offered, Output, Outputs, Queues, Report, Span, Stage, StageTimes,
};
use crate::sound::{LOOK_AHEAD, LiveMix, LiveSound};
use handle::Shared;
use statistics::Counters;

/// How far a canvas may be overdue until it is not even composed, where canvases may be dropped.
const OVERDUE: Duration = Duration::from_secs(1);

/// The ticks that a recording may have: four years of them at 30 a second.
const LONGEST: u64 = 1 << 32;

/// Packets of sound that wait for the picture, at most: 87 s of AAC, longer than encoders look ahead at any frame rate in use.
const SOUND_PACKETS: usize = 4096;

/// A recording that is being made.
///
/// One thread calls [`Self::tick`]; all others have [`LiveHandle`]s. Dropped without [`Self::finish`], it ends at the last canvas that
/// the encoder was given, and what was handed over by then is written and plays; dropping waits for that.
pub struct LiveRecording {
    shared: Arc<Shared>,
    times: Arc<StageTimes>,
    /// `None` once it has failed.
    outputs: Option<Outputs>,
    sound: Option<Arc<LiveSound>>,
    fps: FrameRate,
    when_behind: WhenBehind,
    /// The tick that is due next.
    next: u64,
}

impl LiveRecording {
    /// Starts the stages; the recording begins now, by the clock.
    ///
    /// # Errors
    /// [`LiveError::Canvas`] where the compositor's one canvas is not what the encoder expects; [`LiveError::Stage`] where the system
    /// gives no threads.
    pub fn start(
        compositor: Compositor,
        output: Output,
        clock: Box<dyn Clock>,
        options: &LiveOptions,
    ) -> Result<Self, LiveError> {
        check(&compositor, &output, options.fps)?;
        let latency = options.sound_latency.min(MAX_SOUND_LATENCY);
        let sound = output.sound.is_some().then(|| Arc::new(LiveSound::new(latency)));
        let mixed = sound.clone();
        // Only called where there is sound.
        let blocks = move |from, to| {
            let sound = mixed.unwrap_or_else(|| Arc::new(LiveSound::new(latency)));
            LiveMix::new(sound, from, to, MIXED_SAMPLES)
        };
        let span = Span { fps: options.fps, ticks: 0..LONGEST, all: LONGEST, is_strict: false };
        let queues = Queues {
            canvases: options.canvases_ahead.min(MAX_CANVASES_AHEAD),
            video: packets_ahead(latency, options.fps),
            sound: SOUND_PACKETS,
        };
        let times = Arc::new(StageTimes::default());
        let started = Outputs::start(output, blocks, &span, queues, &times, &Control::default());
        // Where one thread could not be had, that of the sound is not to wait for a clock.
        let outputs = started.inspect_err(|_| sound.iter().for_each(|sound| sound.end()))?;
        let counters = Counters::new(outputs.flow().clone());
        let shared = Arc::new(Shared::new(compositor, clock, sound.clone(), counters));
        Ok(Self {
            shared,
            times,
            outputs: Some(outputs),
            sound,
            fps: options.fps,
            when_behind: options.when_behind,
            next: 0,
        })
    }

    /// What other threads push through.
    #[must_use]
    pub fn handle(&self) -> LiveHandle {
        LiveHandle::new(self.shared.clone())
    }

    /// Composes every canvas that is due by the clock and hands it to the encoder; says when the next one is due.
    ///
    /// Where the encoder is behind, [`LiveOptions::when_behind`] says what becomes of a canvas. One that is more than a second overdue
    /// and may be dropped is not even composed. The first one is composed and handed over whatever the clock says.
    ///
    /// # Errors
    /// [`LiveError::Stage`] with the failure of a stage, composing among them, or its panic: the recording has ended, and what was written plays.
    /// [`LiveError::Ended`] after that.
    pub fn tick(&mut self) -> Result<Timestamp, LiveError> {
        if self.outputs.as_ref().ok_or(LiveError::Ended)?.is_ended() {
            return Err(self.fail());
        }
        let now = self.shared.now();
        while self.fps.tick(self.next) <= now {
            self.compose(now)?;
        }
        Ok(self.fps.tick(self.next))
    }

    /// Ends the recording behind the last tick, and waits until all is written. The last canvas waits for the encoder; sound that was
    /// not pushed yet is silence.
    ///
    /// # Errors
    /// As [`Self::tick`].
    pub fn finish(mut self) -> Result<LiveReport, LiveError> {
        let outputs = self.outputs.as_ref().ok_or(LiveError::Ended)?;
        if let Some(last) = self.next.checked_sub(1)
            && outputs.takes_canvases()
            && outputs.sent_until() <= last
        {
            let canvas = self.canvas(self.fps.tick(last))?;
            if self.outputs.as_mut().is_some_and(|outputs| outputs.send(last, canvas)) {
                self.shared.counters().not_dropped();
            }
        }
        let report = self.end()?;
        Ok(LiveReport {
            seconds: self.fps.tick(self.next).since(Timestamp::ZERO).as_secs_f64(),
            encoders: report.encoders,
            statistics: self.handle().statistics(),
            sound: report.sound,
            notices: self.shared.compositor().take_notices().iter().map(ToString::to_string).collect(),
            stage_seconds: Stage::ALL
                .map(|stage| (stage.name(), self.times.of(stage).as_secs_f64()))
                .into_iter()
                .collect(),
        })
    }

    /// Composes the next tick.
    fn compose(&mut self, now: Timestamp) -> Result<(), LiveError> {
        let outputs = self.outputs.as_ref().ok_or(LiveError::Ended)?;
        let (tick, t) = (self.next, self.fps.tick(self.next));
        // The first canvas is never dropped: files begin with it.
        let may_drop = self.when_behind == WhenBehind::Drop && outputs.sent_until() > 0;
        let offered = if !outputs.takes_canvases() {
            Offered::Taken
        } else if may_drop && now.since(t) > OVERDUE {
            Offered::Full
        } else {
            let canvas = self.canvas(t)?;
            self.shared.counters().composed();
            let outputs = self.outputs.as_mut().ok_or(LiveError::Ended)?;
            if may_drop {
                outputs.offer(tick, canvas)
            } else if outputs.send(tick, canvas) {
                Offered::Taken
            } else {
                Offered::Ended
            }
        };
        let counters = self.shared.counters();
        match offered {
            Offered::Taken => {}
            Offered::Full => counters.dropped(),
            Offered::Ended => return Err(self.fail()),
        }
        counters.ticked();
        self.next += 1;
        if let Some(sound) = &self.sound {
            sound.advance(t);
            if self.when_behind == WhenBehind::Wait {
                sound.wait_for_mix();
            }
        }
        Ok(())
    }

    /// The canvas of a time. Where it cannot be composed, the recording ends.
    fn canvas(&mut self, t: Timestamp) -> Result<PooledFrame, LiveError> {
        let composed = self.times.measure(Stage::Compose, || self.shared.compositor().compose(t));
        composed.map_err(|error| {
            if let Some(outputs) = &self.outputs {
                outputs.fail();
            }
            // Composing failed first.
            let _ = self.end();
            LiveError::Stage(error.into())
        })
    }

    /// Ends the stages and waits for them.
    fn end(&mut self) -> Result<Report, LiveError> {
        let outputs = self.outputs.take().ok_or(LiveError::Ended)?;
        self.silence(&outputs, self.next);
        let mut report = Report::default();
        outputs.finish(self.next, &mut report)?;
        Ok(report)
    }

    /// Lets sound end at a tick, whatever the clock says.
    fn silence(&self, outputs: &Outputs, tick: u64) {
        outputs.end_sound_at(tick);
        if let Some(sound) = &self.sound {
            sound.end();
        }
    }

    /// Why a stage has ended.
    fn fail(&mut self) -> LiveError {
        self.end().err().unwrap_or(LiveError::Ended)
    }
}

impl Drop for LiveRecording {
    fn drop(&mut self) {
        if let Some(outputs) = self.outputs.take() {
            let end = if outputs.takes_canvases() { outputs.sent_until() } else { self.next };
            self.silence(&outputs, end);
        }
    }
}

/// Packets of video that wait for their sound, at most, and 2 s more: with fewer, the encoder would wait for the mix, and the mix
/// for the clock.
fn packets_ahead(latency: Duration, fps: FrameRate) -> usize {
    let wait = (latency + LOOK_AHEAD).as_millis() + 2000;
    let packets = wait * u128::from(fps.num()) / (u128::from(fps.den()) * 1000);
    usize::try_from(packets).unwrap_or(usize::MAX).saturating_add(64).min(1 << 16)
}

fn check(compositor: &Compositor, output: &Output, fps: FrameRate) -> Result<(), LiveError> {
    let Some((_, format)) = &output.video else { return Ok(()) };
    let canvas = compositor.canvas();
    let problem = if compositor.canvases().len() > 1 {
        format!("the compositor has {} canvases; one can be recorded", compositor.canvases().len())
    } else if canvas.format != PixelFormat::I420 {
        format!("a canvas of {}; encoders take i420", canvas.format)
    } else if (canvas.size, canvas.color) != (format.size, format.color) {
        format!(
            "a canvas of {} in {:?}; the encoder expects {} in {:?}",
            canvas.size, canvas.color, format.size, format.color
        )
    } else if format.fps != fps {
        format!("{fps} frames a second; the encoder expects {}", format.fps)
    } else {
        return Ok(());
    };
    Err(LiveError::Canvas { problem })
}
