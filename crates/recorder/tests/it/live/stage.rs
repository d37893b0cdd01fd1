//! What stands around a live recording in tests: a clock, users, an encoder that waits to be told, a writer that remembers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyptych::{
    Clock, ColorSpace, Compositor, FrameBuffer, FrameRate, FrameView, LayoutSpec, PixelFormat, Size,
    Timestamp, UserId,
};
use polyptych_recorder::encode::raw::{RawSound, RawVideo};
use polyptych_recorder::encode::{EncodeError, EncodedPacket, TrackConfig, VideoEncoder, VideoFormat};
use polyptych_recorder::live::{
    LiveError, LiveHandle, LiveOptions, LiveRecording, Samples, SoundPiece, WhenBehind,
};
use polyptych_recorder::render::Output;
use polyptych_recorder::write::{WriteError, Writer};

pub const FPS: u64 = 30;

/// A clock that stands until it is moved.
#[derive(Clone, Default)]
pub struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub fn set(&self, t: Timestamp) {
        self.0.store(t.since(Timestamp::ZERO).as_nanos() as u64, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

pub fn fps() -> FrameRate {
    FrameRate::new(FPS as u32, 1).expect("a rate")
}

pub fn size() -> Size {
    Size::from_wh(32, 18).expect("a size")
}

pub fn format() -> VideoFormat {
    VideoFormat { size: size(), fps: fps(), color: ColorSpace::BT709_LIMITED }
}

pub fn compositor() -> Compositor {
    Compositor::builder(size()).build().expect("a compositor")
}

pub fn options(when_behind: WhenBehind) -> LiveOptions {
    LiveOptions { fps: fps(), canvases_ahead: 2, when_behind, ..LiveOptions::default() }
}

/// A picture of one luma.
pub fn picture(luma: u8) -> polyptych::Frame {
    let mut samples = vec![128; PixelFormat::I420.packed_bytes(size())];
    samples[..size().area() as usize].fill(luma);
    FrameBuffer::from_packed(PixelFormat::I420, size(), samples).expect("a picture").into()
}

pub fn uid(name: &str) -> UserId {
    UserId::new(name)
}

/// Canvases as they are, each when the test lets it through.
pub struct HeldEncoder {
    raw: RawVideo,
    entered: Sender<()>,
    permits: Receiver<()>,
}

/// The test's end of a [`HeldEncoder`].
pub struct Hold {
    entered: Receiver<()>,
    permits: Sender<()>,
}

impl Hold {
    /// Waits until the encoder has taken a canvas.
    pub fn wait_for_canvas(&self) {
        self.entered.recv().expect("the encoder takes a canvas");
    }

    /// Lets a canvas through.
    pub fn let_through(&self) {
        self.permits.send(()).expect("the encoder waits");
    }
}

pub fn held_encoder() -> (HeldEncoder, Hold) {
    let (entered, entered_end) = channel();
    let (permits_end, permits) = channel();
    let encoder = HeldEncoder { raw: RawVideo::new(format()), entered, permits };
    (encoder, Hold { entered: entered_end, permits: permits_end })
}

impl VideoEncoder for HeldEncoder {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        // Once the test has let go of its end, everything passes.
        let _ = self.entered.send(());
        let _ = self.permits.recv();
        self.raw.encode(canvas, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.raw.finish(packets)
    }

    fn config(&self) -> Option<TrackConfig> {
        self.raw.config()
    }

    fn name(&self) -> String {
        "held".to_owned()
    }
}

/// What a writer was given.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub video: Vec<EncodedPacket>,
    pub sound: Vec<EncodedPacket>,
    pub is_finished: bool,
}

impl Written {
    pub fn ticks(&self) -> Vec<i64> {
        self.video.iter().map(|packet| packet.pts).collect()
    }

    /// The luma of the canvas of a tick.
    pub fn luma(&self, tick: i64) -> u8 {
        self.video.iter().find(|packet| packet.pts == tick).expect("a canvas").data[0]
    }

    /// The left channel.
    pub fn left(&self) -> Vec<f32> {
        let bytes = self.sound.iter().flat_map(|packet| packet.data.as_chunks::<8>().0);
        bytes.map(|&[a, b, c, d, ..]| f32::from_le_bytes([a, b, c, d])).collect()
    }
}

/// Remembers what it is given.
#[derive(Clone, Default)]
pub struct Memory {
    pub written: Arc<Mutex<Written>>,
    /// Packets of video after which it fails.
    pub fails_after: Option<usize>,
}

impl Memory {
    pub fn take(&self) -> Written {
        self.written.lock().expect("whole").clone()
    }
}

impl Writer for Memory {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let mut written = self.written.lock().expect("whole");
        if Some(written.video.len()) == self.fails_after {
            let source = std::io::Error::new(std::io::ErrorKind::StorageFull, "no space left");
            return Err(WriteError { path: "meeting.mp4".into(), source });
        }
        written.video.push(packet);
        Ok(())
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.written.lock().expect("whole").sound.push(packet);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        self.written.lock().expect("whole").is_finished = true;
        Ok(())
    }
}

/// A recording, its clock and what it writes.
pub struct Meeting {
    pub recording: LiveRecording,
    pub handle: LiveHandle,
    pub clock: HandClock,
    pub memory: Memory,
    next: u64,
}

impl Meeting {
    /// One with sound; `video` encodes, if any.
    pub fn new(video: Option<Box<dyn VideoEncoder>>, memory: Memory, when_behind: WhenBehind) -> Self {
        let clock = HandClock::default();
        let writer = memory.clone();
        let output = Output {
            video: video.map(|encoder| (encoder, format())),
            sound: Some(Box::new(RawSound::default())),
            open_writer: Box::new(move |_| Ok(Box::new(writer))),
        };
        let started =
            LiveRecording::start(compositor(), output, Box::new(clock.clone()), &options(when_behind));
        let recording = started.expect("it starts");
        let handle = recording.handle();
        handle.update_layout(Timestamp::ZERO, LayoutSpec::default());
        Self { recording, handle, clock, memory, next: 0 }
    }

    /// One of canvases as they are, of which none is dropped.
    pub fn raw() -> Self {
        Self::new(Some(Box::new(RawVideo::new(format()))), Memory::default(), WhenBehind::Wait)
    }

    /// One whose canvases are let through, and what lets them. A test that fails lets go of that first, so that the recording ends.
    pub fn held(when_behind: WhenBehind) -> (Self, Hold) {
        let (encoder, hold) = held_encoder();
        (Self::new(Some(Box::new(encoder)), Memory::default(), when_behind), hold)
    }

    /// Moves the clock to the next tick and composes it.
    pub fn tick(&mut self) -> Result<Timestamp, LiveError> {
        self.clock.set(fps().tick(self.next));
        self.next += 1;
        self.recording.tick()
    }

    pub fn ticks(&mut self, count: u64) {
        for _ in 0..count {
            self.tick().expect("composed");
        }
    }

    /// Pushes a frame of one luma at the next tick's time.
    pub fn show(&self, name: &str, luma: u8) {
        self.handle.push_frame(&uid(name), fps().tick(self.next), picture(luma));
    }

    /// Pushes a constant at 48,000 Hz.
    pub fn say(&self, name: &str, at: Timestamp, level: f32, len: usize) {
        let samples = vec![level; len];
        let samples = Samples::F32(&samples);
        let piece = SoundPiece { at, sample_rate: 48_000, channels: 1, samples };
        self.handle.push_sound(&uid(name), &piece);
    }
}
