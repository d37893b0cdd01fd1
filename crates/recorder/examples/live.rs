//! Records a meeting while it happens: participants are threads that draw and hum in real time, users come and go, the layout
//! changes, and an MP4 grows that plays at any moment.
//!
//! ```sh
//! cargo run --release -p polyptych-recorder --example live -- meeting.mp4
//! cargo run --release -p polyptych-recorder --example live -- meeting.mp4 --seconds 20 --slow-encoder 80
//! cargo run --release -p polyptych-recorder --example live -- meeting.mp4 --fast
//! ```
//!
//! `--slow-encoder MS` makes each canvas take so many milliseconds more: canvases are dropped and counted, and the file stays as long
//! and as much in time as it was. `--fast` has no clock but a computed one, and everybody waits for the encoder. Nothing that runs on
//! the way of a live recording sleeps but this program.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use polyptych::request::{Context, parse};
use polyptych::{
    Clock, Compositor, Frame, FrameBuffer, FrameRate, FrameView, PixelFormat, Size, Timestamp, UserId,
};
use polyptych_recorder::encode::aac::AacEncoder;
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::{
    EncodeError, EncodedPacket, TrackConfig, VideoEncoder, VideoFormat, VideoSettings,
};
use polyptych_recorder::live::{
    LiveHandle, LiveOptions, LiveRecording, LiveReport, Samples, SoundPiece, WhenBehind,
};
use polyptych_recorder::render::Output;
use polyptych_recorder::write::{self, WriteOptions};

/// What is asked for on the command line.
struct Args {
    output: PathBuf,
    seconds: i64,
    is_fast: bool,
    /// What each canvas takes longer.
    pause: Duration,
}

const USAGE: &str = "usage: live OUT.mp4 [--seconds 8] [--slow-encoder MS] [--fast]";

fn args() -> Result<Args, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let output = words.next().ok_or(USAGE)?.into();
    let mut args = Args { output, seconds: 8, is_fast: false, pause: Duration::ZERO };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => args.seconds = words.next().ok_or(USAGE)?.parse()?,
            "--slow-encoder" => args.pause = Duration::from_millis(words.next().ok_or(USAGE)?.parse()?),
            "--fast" => args.is_fast = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(args)
}

/// Time since the program began.
struct SystemClock(Instant);

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Time as the program says it is, in nanoseconds.
#[derive(Clone, Default)]
struct ComputedClock(Arc<AtomicU64>);

impl Clock for ComputedClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// An encoder of the program's own: here another one, and a rest after each canvas.
struct SlowEncoder {
    encoder: OpenH264Encoder,
    pause: Duration,
}

impl VideoEncoder for SlowEncoder {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        thread::sleep(self.pause);
        self.encoder.encode(canvas, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.encoder.finish(packets)
    }

    fn config(&self) -> Option<TrackConfig> {
        self.encoder.config()
    }

    fn name(&self) -> String {
        format!("{}, {} ms slower", self.encoder.name(), self.pause.as_millis())
    }
}

/// How long a piece of sound is, as calls send them.
const PIECE: Duration = Duration::from_millis(20);

/// Someone with a camera and a microphone.
struct Participant {
    uid: UserId,
    joins: Timestamp,
    leaves: Timestamp,
    camera: FrameRate,
    size: Size,
    chroma: (u8, u8),
    tone_hz: f32,
    sample_rate: u32,
    frames_sent: u64,
    pieces_sent: u32,
}

impl Participant {
    /// Sends what camera and microphone have made until `now`: a frame when it is taken, sound when a piece of it is whole.
    fn send_until(&mut self, now: Timestamp, recording: &LiveHandle) -> Result<(), polyptych::FrameError> {
        let now = now.min(self.leaves);
        loop {
            let at = self.joins + self.camera.tick(self.frames_sent).since(Timestamp::ZERO);
            if at > now {
                break;
            }
            recording.push_frame(&self.uid, at, self.draw()?);
            self.frames_sent += 1;
        }
        while self.joins + PIECE * (self.pieces_sent + 1) <= now {
            let samples = self.hum();
            let piece = SoundPiece {
                at: self.joins + PIECE * self.pieces_sent,
                sample_rate: self.sample_rate,
                channels: 1,
                samples: Samples::S16(&samples),
            };
            recording.push_sound(&self.uid, &piece);
            self.pieces_sent += 1;
        }
        Ok(())
    }

    /// A bar that moves over a flat colour.
    fn draw(&self) -> Result<Frame, polyptych::FrameError> {
        let (width, luma_len) = (self.size.width() as usize, self.size.area() as usize);
        let mut samples = vec![self.chroma.0; PixelFormat::I420.packed_bytes(self.size)];
        samples[..luma_len].fill(110);
        samples[luma_len * 5 / 4..].fill(self.chroma.1);
        let bar = self.frames_sent as usize * 4 % (width - 16);
        for row in samples[..luma_len].chunks_mut(width) {
            row[bar..bar + 16].fill(235);
        }
        Ok(FrameBuffer::from_packed(PixelFormat::I420, self.size, samples)?.into())
    }

    fn hum(&self) -> Vec<i16> {
        let len = self.sample_rate / 50;
        let first = self.pieces_sent * len;
        let wave = |n: u32| (n as f32 / self.sample_rate as f32 * self.tone_hz * std::f32::consts::TAU).sin();
        (first..first + len).map(|n| (wave(n) * 3000.0) as i16).collect()
    }

    /// Sends in real time, until the recording ends.
    fn run(mut self, recording: &LiveHandle, end: &Receiver<()>) -> Result<(), polyptych::FrameError> {
        while end.recv_timeout(PIECE / 2) == Err(RecvTimeoutError::Timeout) {
            self.send_until(recording.now(), recording)?;
        }
        Ok(())
    }
}

/// Who takes part in a meeting of so many seconds.
fn participants(seconds: i64) -> Vec<Participant> {
    let part = |of_eight: i64| Timestamp::from_millis(seconds * 1000 * of_eight / 8);
    let participant =
        |uid, (joins, leaves), fps, (width, height), chroma, tone_hz, sample_rate| Participant {
            uid: UserId::new(uid),
            joins: part(joins),
            leaves: part(leaves),
            camera: FrameRate::new(fps, 1).expect("not zero"),
            size: Size::from_wh(width, height).expect("a camera's picture"),
            chroma,
            tone_hz,
            sample_rate,
            frames_sent: 0,
            pieces_sent: 0,
        };
    vec![
        participant("host", (0, 8), 30, (640, 360), (150, 110), 220.0, 48_000),
        participant("guest", (1, 8), 15, (320, 240), (110, 120), 277.2, 16_000),
        participant("phone", (2, 6), 24, (360, 640), (90, 170), 329.6, 44_100),
    ]
}

/// What is known before: here all joins, leaves and layouts. A program tells them when it hears of them.
fn tell(recording: &LiveHandle, participants: &[Participant], seconds: i64) -> Result<(), Box<dyn Error>> {
    for participant in participants {
        recording.join(participant.joins, &participant.uid);
        recording.leave(participant.leaves, &participant.uid);
    }
    let best_fit = parse(br##"{"mixedVideoLayout": 1, "backgroundColor": "#203040"}"##, &Context::default())?;
    recording.update_layout(Timestamp::ZERO, best_fit.layout);
    let vertical = parse(br#"{"mixedVideoLayout": 2, "maxResolutionUid": "guest"}"#, &Context::default())?;
    recording.update_layout(Timestamp::from_millis(seconds * 500), vertical.layout);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = args()?;
    let compositor = Compositor::builder(Size::from_wh(1280, 720).ok_or("no canvas")?).threads(2).build()?;
    let when_behind = if args.is_fast { WhenBehind::Wait } else { WhenBehind::Drop };
    let options = LiveOptions { when_behind, ..LiveOptions::default() };
    let canvas = compositor.canvas();
    let format = VideoFormat { size: canvas.size, fps: options.fps, color: canvas.color };
    let settings =
        VideoSettings { bitrate_kbps: 1500, quality: None, keyframe_interval: 60, preset: None, threads: 1 };
    let encoder = SlowEncoder { encoder: OpenH264Encoder::new(format, &settings)?, pause: args.pause };
    let (path, write_options) = (args.output, WriteOptions { force: true, ..WriteOptions::default() });
    let output = Output {
        video: Some((Box::new(encoder), format)),
        sound: Some(Box::new(AacEncoder::new(128)?)),
        open_writer: Box::new(move |tracks| write::create(&path, tracks, &write_options)),
    };
    let participants = participants(args.seconds);
    let report = if args.is_fast {
        let clock = ComputedClock::default();
        let recording = LiveRecording::start(compositor, output, Box::new(clock.clone()), &options)?;
        tell(&recording.handle(), &participants, args.seconds)?;
        record_fast(recording, participants, &clock, args.seconds)?
    } else {
        let clock = Box::new(SystemClock(Instant::now()));
        let recording = LiveRecording::start(compositor, output, clock, &options)?;
        tell(&recording.handle(), &participants, args.seconds)?;
        record_live(recording, participants, args.seconds)?
    };
    print(&report);
    Ok(())
}

/// Everyone in a thread of their own; this one composes what is due, and sleeps in between.
fn record_live(
    mut recording: LiveRecording,
    participants: Vec<Participant>,
    seconds: i64,
) -> Result<LiveReport, Box<dyn Error>> {
    let handle = recording.handle();
    let mut threads = Vec::new();
    for participant in participants {
        let (end, ended) = channel();
        let handle = handle.clone();
        threads.push((end, thread::spawn(move || participant.run(&handle, &ended))));
    }
    let end = Timestamp::from_secs(seconds);
    let mut told = Timestamp::ZERO;
    loop {
        let next = recording.tick()?;
        if next >= end {
            break;
        }
        if next.since(told) >= Duration::from_secs(2) {
            let now = handle.statistics();
            eprintln!("{next}: {} ticks, {} dropped, {} waiting", now.ticks, now.dropped, now.waiting);
            told = next;
        }
        thread::sleep(next.since(handle.now()));
    }
    // The last sound may still be on its way.
    thread::sleep(LiveOptions::default().sound_latency);
    for (end, thread) in threads {
        drop(end);
        thread.join().map_err(|_| "a participant panicked")??;
    }
    Ok(recording.finish()?)
}

/// The same without a clock: time goes on when all is done.
fn record_fast(
    mut recording: LiveRecording,
    mut participants: Vec<Participant>,
    clock: &ComputedClock,
    seconds: i64,
) -> Result<LiveReport, Box<dyn Error>> {
    let (handle, end) = (recording.handle(), Timestamp::from_secs(seconds));
    let mut next = Timestamp::ZERO;
    while next < end {
        clock.0.store(next.as_nanos().unsigned_abs(), Ordering::Relaxed);
        for participant in &mut participants {
            participant.send_until(next, &handle)?;
        }
        next = recording.tick()?;
    }
    for participant in &mut participants {
        participant.send_until(end, &handle)?;
    }
    Ok(recording.finish()?)
}

fn print(report: &LiveReport) {
    let now = &report.statistics;
    println!("{:.3} s by {}", report.seconds, report.encoders.join(" and "));
    println!("canvases: {} ticks, {} encoded, {} dropped", now.ticks, now.encoded, now.dropped);
    println!(
        "frames: {} taken, {} late, {} too far ahead",
        now.frames.taken, now.frames.late, now.frames.dropped_ahead
    );
    for (uid, sound) in &now.sound {
        println!("sound of {uid}: {} samples taken, {} late", sound.taken, sound.late);
    }
    for notice in &report.notices {
        println!("notice: {notice}");
    }
}
