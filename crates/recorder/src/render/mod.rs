//! Renders a recording: decoding, composing, encoding, mixing and writing at once, each at its own pace.
//!
//! ```text
//!  a thread a medium       the caller's thread          a thread        a thread
//!  decode ──2 pictures──▶  compose tick by tick ──2──▶  encode ──64──▶  merge by time, write
//!                          sound: decode, mix, encode, a thread ──128──▶
//! ```
//!
//! Between two stages stands a queue of the length that is written there; who is ahead waits, so memory does not grow with the
//! length of the recording. What is composed and mixed depends on the recording alone, not on threads or on who was slow.

mod attendance;
mod due;
mod encode;
mod feed;
mod flow;
mod images;
mod merge;
mod output;
mod pictures;
mod prepare;
mod report;
mod seed;
mod span;
mod speak;
mod stages;
mod ticks;
mod walled;

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use polyptych::{BuildError, ComposeError, Compositor, Filter, FrameRate, PooledFrame, Timestamp, UserId};

pub use feed::PICTURES_AHEAD;
pub(crate) use flow::{Flow, Offered};
pub(crate) use merge::is_not_after;
pub use output::{OpenWriter, Output};
pub(crate) use output::{Outputs, Queues, Span};
pub use prepare::{LeftOut, Prepared, prepare};
pub use report::{Gap, Report, Tally};
pub(crate) use span::first_sample_of;
pub(crate) use speak::MIXED_SAMPLES;
pub use stages::{Stage, StageTimes};

use crate::decode::OpenMedia;
use crate::encode::{EncodeError, SAMPLE_RATE};
use crate::history::{History, SoundUse};
use crate::media::MediaError;
use crate::sound::{Mix, Voice};
use crate::write::WriteError;
use pictures::Pictures;
use walled::WalledMedia;

/// How a recording is rendered.
#[derive(Clone)]
pub struct Options {
    /// Which ticks, of those that the history has; beyond its end there are none.
    pub ticks: Range<u64>,
    /// How pictures are scaled.
    pub filter: Filter,
    /// Threads that compose.
    pub threads: usize,
    /// What opens its media: [`Prepared::files`], or a program's own.
    pub files: Arc<dyn OpenMedia>,
    /// Whether what cannot be read of one user ends it all.
    pub is_strict: bool,
    /// Which addresses images may be downloaded from.
    pub images: polyptych::image::FetchPolicy,
}

/// Stops a rendering from another thread.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<AtomicBool>);

impl Control {
    /// Lets the rendering end after the tick that it is at: what is written until then plays.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a rendering is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Ticks composed.
    pub done: u64,
    /// Ticks of which the writer has taken the picture: the encoder and queues hold those in between. Of these a file that is
    /// written in fragments lacks those of the last fragment, at most, where the process is killed.
    pub written: u64,
    /// Ticks in all.
    pub total: u64,
    /// The recording time of the last one.
    pub at: Timestamp,
    /// Seconds of the recording that are composed.
    pub seconds_done: f64,
    /// Users with a picture on it.
    pub users_shown: usize,
    /// Time that each stage has worked.
    pub times: &'a StageTimes,
}

/// Why a rendering ended before its time. What was written plays.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The compositor cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A moment cannot be composed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A user's medium cannot be read, and it was asked to be strict.
    #[error("user {uid:?}: {source}")]
    Medium {
        /// Whose.
        uid: UserId,
        /// Why.
        source: MediaError,
    },
    /// The sound of a user's medium cannot be read, and it was asked to be strict.
    #[error("sound of user {uid:?}: {problem}")]
    Sound {
        /// Whose.
        uid: String,
        /// The file and why.
        problem: String,
    },
    /// An encoder fails.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The system gives no threads.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// An encoder or a writer panicked.
    #[error("the thread `{stage}` panicked: {message}")]
    Panicked {
        /// Its thread.
        stage: &'static str,
        /// What it said.
        message: String,
    },
}

/// Renders ticks of a recording into `output` and tells `watch` of each.
///
/// # Errors
/// [`RenderError`] where it cannot go on. A user whose medium cannot be read is told of in the report, unless
/// [`Options::is_strict`].
pub fn render(
    history: &History,
    output: Output,
    options: &Options,
    control: &Control,
    mut watch: impl FnMut(&Progress<'_>),
) -> Result<Report, RenderError> {
    let begun = Instant::now();
    let times = Arc::new(StageTimes::default());
    let ticks = options.ticks.start..options.ticks.end.min(history.tick_count());
    let fps = history.canvas().fps;
    let compositor = compositor(history, options)?;
    let files = walled(options);
    let mut report = Report::default();
    let composed = (|| {
        let start = fps.tick(ticks.start);
        let mix = |from, to| Mix::new(voices(history, &files), from, to);
        let is_strict = options.is_strict;
        let span = Span { fps, ticks: ticks.clone(), all: history.tick_count(), is_strict };
        let mut outputs = Outputs::start(output, mix, &span, Queues::OF_FILES, &times, control)?;
        let mut pictures = Pictures::new(history, start, &files, &times, &compositor);
        let mut done = 0;
        let mut failed = None;
        let composed = if outputs.takes_canvases() { ticks.clone() } else { 0..0 };
        for tick in composed {
            let t = fps.tick(tick);
            let pushed = pictures.push_until(t, start, &compositor, options.is_strict);
            let composed = pushed
                .map_err(|(uid, source)| RenderError::Medium { uid, source })
                .and_then(|()| Ok(times.measure(Stage::Compose, || compositor.compose(t))?));
            let canvas = match composed {
                Ok(canvas) => canvas,
                Err(error) => {
                    outputs.fail();
                    failed = Some(error);
                    break;
                }
            };
            if control.is_stopped() || !outputs.send(tick, canvas) {
                break;
            }
            done += 1;
            pictures.count(t, &compositor);
            let users_shown = compositor.statistics().users_shown;
            let seconds_done = seconds(fps.tick(tick + 1).since(start));
            watch(&Progress {
                done,
                written: outputs.flow().written(),
                total: ticks.end - ticks.start,
                at: t,
                seconds_done,
                users_shown,
                times: &times,
            });
        }
        report.ticks = done;
        report.users = pictures.into_tallies(fps.tick(ticks.start + done));
        let has_video = outputs.takes_canvases();
        outputs.finish(ticks.start + done, &mut report)?;
        if let (false, Some(sound)) = (has_video, &report.sound) {
            report.ticks = ticks_of(sound.samples, fps);
        }
        failed.map_or(Ok(()), Err)
    })();
    composed?;
    report.is_complete = report.ticks == ticks.end.saturating_sub(ticks.start);
    report.seconds = seconds(fps.tick(ticks.start + report.ticks).since(fps.tick(ticks.start)));
    report.notices = compositor.take_notices().iter().map(ToString::to_string).collect();
    report.stage_seconds = Stage::ALL.map(|stage| (stage.name(), seconds(times.of(stage)))).into();
    report.wall_seconds = seconds(begun.elapsed());
    Ok(report)
}

/// Composes one moment of a recording.
///
/// # Errors
/// As [`render`].
pub fn frame_at(history: &History, t: Timestamp, options: &Options) -> Result<PooledFrame, RenderError> {
    let times = Arc::new(StageTimes::default());
    let compositor = compositor(history, options)?;
    let files = walled(options);
    let mut pictures = Pictures::new(history, t, &files, &times, &compositor);
    pictures
        .push_until(t, t, &compositor, options.is_strict)
        .map_err(|(uid, source)| RenderError::Medium { uid, source })?;
    Ok(compositor.compose(t)?)
}

/// A compositor that has been told the whole history and has its images.
fn compositor(history: &History, options: &Options) -> Result<Compositor, RenderError> {
    let compositor = Compositor::builder(history.canvas().size)
        .filter(options.filter)
        .threads(options.threads)
        .image_loader(Box::new(images::Images::new(history, options.images.clone())))
        .build()?;
    history.tell(&compositor);
    compositor.wait_for_images(images::PATIENCE);
    Ok(compositor)
}

/// The ticks that begin within so many samples.
fn ticks_of(samples: u64, fps: FrameRate) -> u64 {
    let tick = u128::from(SAMPLE_RATE) * u128::from(fps.den());
    u64::try_from((u128::from(samples) * u128::from(fps.num())).div_ceil(tick)).unwrap_or(u64::MAX)
}

/// What opens media, with panics of it and of what it opens as errors of the medium.
fn walled(options: &Options) -> Arc<dyn OpenMedia> {
    Arc::new(WalledMedia(options.files.clone()))
}

/// Everyone's sound, to be opened when it is needed.
fn voices(history: &History, files: &Arc<dyn OpenMedia>) -> Vec<Voice> {
    let voice = |(uid, sound): (&UserId, &SoundUse)| {
        let (path, files) = (sound.path.clone(), files.clone());
        Voice {
            name: uid.to_string(),
            zero: sound.start,
            heard: sound.heard.clone(),
            open: Box::new(move || files.open_sound(&path)),
        }
    };
    history.sounds().map(voice).collect()
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
