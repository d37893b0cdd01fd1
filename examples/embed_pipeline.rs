//! Inside a recorder: decoders push frames from threads of their own, users come and go, the layout changes, and composed
//! frames leave as Y4M.
//!
//! ```sh
//! cargo run --release --example embed_pipeline -- meeting.y4m
//! cargo run --release --example embed_pipeline -- - | ffmpeg -i - meeting.mp4
//! ```
//!
//! There is no clock: time is computed, so ten seconds of meeting take as long as they take to compose, and the same bytes
//! come out at every run, however the threads are scheduled. A live recorder does the same and waits for each tick:
//! `crates/recorder/examples/live.rs`, which records sound as well and says what it drops.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use polyptych::request::{Context, parse};
use polyptych::{
    Compositor, Frame, FrameRate, PixelFormat, PlaneBuffer, PooledFrame, Rotation, Size, Timestamp, UserId,
};

/// The canvas: 640x360, 25 frames a second, 10 seconds.
const CANVAS: (u32, u32) = (640, 360);
const FPS: u32 = 25;
const TICKS: u64 = 250;
/// Decoders run this far ahead. Two steps of 30 frames a second stay below the 32 frames that are held for a user.
const TICKS_PER_STEP: u64 = 10;

/// When a user is in the channel, and what their camera sends.
struct Camera {
    uid: UserId,
    joins: Timestamp,
    leaves: Timestamp,
    rate: FrameRate,
    /// The sizes it sends, each for two seconds: senders change theirs with the network.
    sizes: [(u32, u32); 3],
    rotation: Rotation,
    luma: u8,
    chroma: (u8, u8),
}

fn cameras() -> Vec<Camera> {
    let camera = |uid, (joins, leaves), fps, sizes, luma, chroma| Camera {
        uid: UserId::new(uid),
        joins: Timestamp::from_millis(joins),
        leaves: Timestamp::from_millis(leaves),
        rate: FrameRate::new(fps, 1).expect("not zero"),
        sizes,
        rotation: Rotation::None,
        luma,
        chroma,
    };
    let phone = camera("phone", (1500, 7000), 24, [(320, 180), (640, 360), (160, 90)], 120, (90, 170));
    vec![
        camera("host", (0, 10_000), 30, [(640, 360), (1280, 720), (640, 360)], 90, (150, 110)),
        Camera { rotation: Rotation::Clockwise90, ..phone },
        camera("guest", (3000, 9000), 15, [(451, 301), (320, 240), (640, 480)], 150, (110, 120)),
    ]
}

/// A decoder's picture. The compositor holds it as long as it may be shown; then its memory goes back to the decoder.
struct DecodedPicture {
    /// Y, U and V, each with padded rows, as decoders lay them out.
    planes: [Vec<u8>; 3],
    back: Sender<[Vec<u8>; 3]>,
}

impl PlaneBuffer for DecodedPicture {
    fn plane(&self, index: usize) -> &[u8] {
        self.planes.get(index).map_or(&[], Vec::as_slice)
    }
}

impl Drop for DecodedPicture {
    fn drop(&mut self) {
        // Nobody takes it back once the decoder is gone.
        let _ = self.back.send(std::mem::take(&mut self.planes));
    }
}

/// Draws instead of decoding: a bar that moves over a flat colour.
struct Decoder<'a> {
    camera: &'a Camera,
    frame_index: u64,
    back: Sender<[Vec<u8>; 3]>,
    free: Receiver<[Vec<u8>; 3]>,
    allocated: u64,
}

impl<'a> Decoder<'a> {
    fn new(camera: &'a Camera) -> Self {
        let (back, free) = channel();
        Self { camera, frame_index: 0, back, free, allocated: 0 }
    }

    /// The camera's time of the frame that comes next.
    fn next_stamp(&self) -> Timestamp {
        self.camera.joins + self.camera.rate.tick(self.frame_index).since(Timestamp::ZERO)
    }

    /// Hands over every frame stamped before `until`.
    fn push_until(&mut self, until: Timestamp, compositor: &Compositor) -> Result<(), polyptych::FrameError> {
        while self.next_stamp() < until.min(self.camera.leaves) {
            let stamp = self.next_stamp();
            let frame = self.decode(stamp)?;
            compositor.push_frame(&self.camera.uid, stamp, frame);
            self.frame_index += 1;
        }
        Ok(())
    }

    fn decode(&mut self, stamp: Timestamp) -> Result<Frame, polyptych::FrameError> {
        let period = stamp.since(self.camera.joins).as_secs() / 2;
        let (width, height) = self.camera.sizes[period as usize % self.camera.sizes.len()];
        let size = Size::from_wh(width, height).expect("cameras send pictures that can be");
        let mut planes = self.free.try_recv().unwrap_or_else(|_| {
            self.allocated += 1;
            Default::default()
        });
        let strides = [0, 1, 2].map(|index| {
            let shape = PixelFormat::I420.plane_shape(index, size);
            let stride_bytes = shape.row_bytes.next_multiple_of(64);
            let value = [self.camera.luma, self.camera.chroma.0, self.camera.chroma.1][index];
            planes[index].clear();
            planes[index].resize(stride_bytes * shape.rows, value);
            stride_bytes
        });
        let bar = self.frame_index as usize * 4 % width as usize;
        let bar_end = (bar + width as usize / 16).min(width as usize);
        for row in planes[0].chunks_mut(strides[0]) {
            row[bar..bar_end].fill(235);
        }
        let picture = Arc::new(DecodedPicture { planes, back: self.back.clone() });
        Ok(Frame::new(picture, PixelFormat::I420, size, strides)?.with_rotation(self.camera.rotation))
    }
}

/// What the meeting's host asks for while it runs: a time in milliseconds and a request.
const REQUESTS: [(i64, &str); 3] = [
    (0, r##"{"mixedVideoLayout": 1, "backgroundColor": "#203040"}"##),
    (4000, r##"{"mixedVideoLayout": 2, "maxResolutionUid": "guest", "backgroundColor": "#203040"}"##),
    (
        6000,
        r##"{"mixedVideoLayout": 3, "backgroundColor": "#402030", "layoutConfig": [
            {"uid": "host", "x_axis": 0, "y_axis": 0, "width": 1, "height": 1},
            {"x_axis": 0.6, "y_axis": 0.6, "width": 0.35, "height": 0.35, "alpha": 0.8, "render_mode": 1}]}"##,
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).ok_or("usage: embed_pipeline OUT.y4m|-")?;
    let sink: Box<dyn Write> =
        if out == "-" { Box::new(io::stdout()) } else { Box::new(File::create(&out)?) };
    let canvas = Size::from_wh(CANVAS.0, CANVAS.1).ok_or("no canvas")?;
    let rate = FrameRate::new(FPS, 1).ok_or("no frame rate")?;
    let compositor = Compositor::builder(canvas).threads(2).build()?;

    // Events may be told ahead of their time; here all of them are known at the start.
    let cameras = cameras();
    for camera in &cameras {
        compositor.join(camera.joins, &camera.uid);
        compositor.leave(camera.leaves, &camera.uid);
    }
    for (at_ms, request) in REQUESTS {
        let request = parse(request.as_bytes(), &Context::default())?;
        compositor.update_layout(Timestamp::from_millis(at_ms), request.layout);
    }

    // The host's camera is switched off for a while: the last picture stays, as there is no image to stand in.
    compositor.mute(Timestamp::from_millis(8000), &UserId::new("host"));
    compositor.unmute(Timestamp::from_millis(9500), &UserId::new("host"));

    let allocated = run(&compositor, &cameras, rate, BufWriter::new(sink), canvas)?;
    for notice in compositor.take_notices() {
        eprintln!("notice: {notice}");
    }
    let statistics = compositor.statistics();
    eprintln!(
        "{} frames composed of {} pushed; {} plans, {} buffers of decoders",
        statistics.frames_composed, statistics.frames.taken, statistics.plan_builds, allocated
    );
    Ok(())
}

/// Decoders push step `k + 1` while step `k` is composed; a barrier keeps them one step apart.
fn run(
    compositor: &Compositor,
    cameras: &[Camera],
    rate: FrameRate,
    mut sink: impl Write,
    canvas: Size,
) -> Result<u64, Box<dyn Error>> {
    let step = Barrier::new(cameras.len() + 1);
    let steps = TICKS.div_ceil(TICKS_PER_STEP);
    let decode = |camera| {
        let mut decoder = Decoder::new(camera);
        let mut result = Ok(());
        for index in 1..=steps {
            // A decoder that fails still meets the others at the barrier.
            if result.is_ok() {
                result = decoder.push_until(rate.tick(index * TICKS_PER_STEP), compositor);
            }
            step.wait();
        }
        result.map(|()| decoder.allocated)
    };
    thread::scope(|scope| {
        let decoders: Vec<_> = cameras.iter().map(|camera| scope.spawn(move || decode(camera))).collect();
        let mut written =
            writeln!(sink, "YUV4MPEG2 W{} H{} F{FPS}:1 Ip A1:1 C420jpeg", canvas.width(), canvas.height());
        for index in 0..steps {
            step.wait();
            let ticks = index * TICKS_PER_STEP..((index + 1) * TICKS_PER_STEP).min(TICKS);
            for frame in ticks.map(|tick| compositor.compose(rate.tick(tick))) {
                let frame = frame.expect("ticks only grow");
                written = written.and_then(|()| write_frame(&mut sink, &frame));
            }
        }
        written.and_then(|()| sink.flush())?;
        let mut allocated = 0;
        for decoder in decoders {
            allocated += decoder.join().map_err(|_| "a decoder panicked")??;
        }
        Ok(allocated)
    })
}

fn write_frame(sink: &mut impl Write, frame: &PooledFrame) -> io::Result<()> {
    sink.write_all(b"FRAME\n")?;
    sink.write_all(frame.as_bytes())
}

/// How far a camera's frames may run ahead, as a check of the constants above.
const _: () = assert!(
    2 * TICKS_PER_STEP * 30 / FPS as u64 <= 32 && Duration::from_secs(10).as_secs() * FPS as u64 == TICKS
);
