//! Frames from 32 threads while layouts change and frames are composed: each composed frame is of one layout and of whole
//! pictures, and nobody waits for its painting.
//!
//! A layout can be told from its background, and a picture from its one colour: both name themselves and check their own bytes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, CanvasShape, Clock, Compositor, Frame, FrameBuffer, LayoutSpec, PixelFormat, PlaneBuffer,
    RenderMode, Rgb, Sharing, Timestamp, UnitRect, UserId,
};

use super::{layout, ms, size};

const SENDERS: u8 = 32;

fn uid(sender: u8) -> UserId {
    UserId::from(format!("sender {sender}"))
}

/// The colour of a sender's picture: its green is any number, its blue the check of both.
fn painted(sender: u8, number: u8) -> Rgb {
    Rgb { r: 100 + sender, g: number, b: (100 + sender) ^ number.rotate_left(3) ^ 0x5a }
}

/// The background of a layout: the same, but told from pictures by its red.
fn ground(number: u8) -> Rgb {
    Rgb { r: 7, g: number, b: 7 ^ number.rotate_left(3) ^ 0x5a }
}

/// Who stands where in the layout of that number: columns, and from which sender on.
fn columns(number: u8) -> (u32, u8) {
    (1 + u32::from(number) % 16, number.wrapping_mul(5))
}

/// Columns of users above a strip of the background.
fn numbered(number: u8) -> LayoutSpec {
    let (count, first) = columns(number);
    let region = |index: u32| RegionSpec {
        uid: Some(uid(first.wrapping_add(index as u8) % SENDERS)),
        rect: UnitRect::from_ratios((index, 1, count), (0, 9, 10)),
        alpha: Alpha::OPAQUE,
        render_mode: RenderMode::Crop,
    };
    LayoutSpec {
        background_color: ground(number),
        ..layout(Arrangement::Custom((0..count).map(region).collect()))
    }
}

fn flat(color: Rgb) -> Frame {
    let (shape, Rgb { r, g, b }) = (size(6, 4), color);
    let bytes = [r, g, b, 255].repeat(shape.area() as usize);
    FrameBuffer::from_packed(PixelFormat::Rgba, shape, bytes).expect("four bytes a pixel").into()
}

/// The one colour of those pixels.
fn one_color(canvas: &FrameBuffer, x: std::ops::Range<u32>, y: std::ops::Range<u32>) -> Rgb {
    let view = canvas.view();
    let row = |y: u32| &view.plane(0).row(y as usize)[4 * x.start as usize..4 * x.end as usize];
    let first: [u8; 4] = row(y.start)[..4].try_into().expect("four bytes");
    let is_one = y.clone().all(|y| row(y).chunks_exact(4).all(|pixel| pixel == first));
    assert!(is_one, "several colours within {x:?} by {y:?}, the first {first:?}");
    let [r, g, b, _] = first;
    Rgb { r, g, b }
}

/// What a composed frame was seen to show.
#[derive(Default)]
struct Seen {
    layouts: BTreeSet<u8>,
    pictures: BTreeSet<(u8, u8)>,
}

impl Seen {
    /// Finds the layout that all of a canvas belongs to, and looks at each of its regions.
    fn look(&mut self, canvas: &FrameBuffer) -> u8 {
        let (width, height) = (canvas.size().width(), canvas.size().height());
        let strip = UnitRect::from_ratios((0, 1, 1), (9, 1, 10)).snap(canvas.size());
        let background = one_color(canvas, 0..width, strip.y0..height);
        let number = background.g;
        assert_eq!(background, ground(number), "no layout has this background");
        let (count, first) = columns(number);
        for index in 0..count {
            let rect = UnitRect::from_ratios((index, 1, count), (0, 9, 10)).snap(canvas.size());
            let found = one_color(canvas, rect.x0..rect.x1, rect.y0..rect.y1);
            let sender = first.wrapping_add(index as u8) % SENDERS;
            assert_eq!(found, painted(sender, found.g), "column {index} of layout {number}");
            self.pictures.insert((sender, found.g));
        }
        self.layouts.insert(number);
        number
    }
}

#[test]
fn frames_show_one_layout_and_whole_pictures_whatever_32_threads_push() {
    let is_long = std::env::var_os("POLYPTYCH_LONG").is_some_and(|value| value == "1");
    let frame_count = if is_long { 100_000 } else { 300 };
    if !is_long {
        eprintln!("the short form, {frame_count} frames: set POLYPTYCH_LONG=1 for 100,000");
    }
    let small = CanvasShape { format: PixelFormat::Rgba, ..CanvasShape::new(size(64, 20)) };
    let builder = Compositor::builder(size(96, 40)).format(PixelFormat::Rgba).output(small);
    let compositor = builder.threads(2).sharing(Sharing::Always).build().expect("two threads");
    compositor.update_layout(ms(0), numbered(0));
    for sender in 0..SENDERS {
        compositor.join(ms(0), &uid(sender));
        compositor.push_frame(&uid(sender), ms(0), flat(painted(sender, 0)));
    }
    let (is_over, time) = (AtomicBool::new(false), AtomicI64::new(0));
    let [pushed, told] = [0, 0].map(AtomicU64::new);
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let (is_over, time, compositor) = (&is_over, &time, &compositor);
        let (pushed, told) = (&pushed, &told);
        // Ends the others also where a look at a frame panics.
        let end = End(is_over);
        for sender in 0..SENDERS {
            scope.spawn(move || {
                let mut number = 0_u8;
                while !is_over.load(Ordering::Relaxed) {
                    number = number.wrapping_add(1);
                    let stamp = ms(time.load(Ordering::Relaxed) + i64::from(number % 3));
                    compositor.push_frame(&uid(sender), stamp, flat(painted(sender, number)));
                    pushed.fetch_add(1, Ordering::Relaxed);
                    std::thread::yield_now();
                }
            });
        }
        scope.spawn(move || {
            let mut number = 0_u8;
            while !is_over.load(Ordering::Relaxed) {
                number = number.wrapping_add(1);
                compositor.update_layout(ms(time.load(Ordering::Relaxed)), numbered(number));
                told.fetch_add(1, Ordering::Relaxed);
                std::thread::yield_now();
            }
        });
        for t in 0..frame_count {
            let done = || [pushed, told].map(|count| count.load(Ordering::Relaxed));
            let before = done();
            time.store(t, Ordering::Relaxed);
            // The others get their turns, or nothing would change.
            while done().iter().zip(before).any(|(now, before)| *now == before) {
                std::thread::yield_now();
            }
            let frames = compositor.compose_all(ms(t)).expect("forward");
            let numbers: Vec<u8> = frames.iter().map(|frame| seen.look(frame)).collect();
            assert_eq!(numbers[0], numbers[1], "both outputs have the layout of one moment");
        }
        drop(end);
    });
    let Seen { layouts, pictures } = &seen;
    let pushed = pushed.into_inner();
    eprintln!(
        "{frame_count} frames of {} layouts and {} pictures; {pushed} pushed",
        layouts.len(),
        pictures.len()
    );
    assert!(layouts.len() > 1 && pictures.len() > usize::from(SENDERS), "they ran beside each other");
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Holds up whoever paints until another thread has made calls of the compositor, and answered.
struct Gate {
    is_open: AtomicBool,
    /// Whether planes have been asked for since the last moment: from then on time is told while a frame is painted.
    is_painting: AtomicBool,
    ask: Mutex<Sender<&'static str>>,
    answer: Mutex<Receiver<()>>,
}

impl Gate {
    fn pass(&self, stage: &'static str) {
        if self.is_open.load(Ordering::SeqCst) {
            return;
        }
        // Both are held for one question, so that no other thread takes its answer.
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = self.ask.lock().unwrap_or_else(PoisonError::into_inner);
        if ask.send(stage).is_ok() {
            answer.recv().expect("the other thread answers each");
        }
    }
}

struct Held(Arc<Gate>, FrameBuffer);

impl PlaneBuffer for Held {
    fn plane(&self, index: usize) -> &[u8] {
        if !self.0.is_open.load(Ordering::SeqCst) {
            self.0.is_painting.store(true, Ordering::SeqCst);
        }
        self.0.pass("plane");
        self.1.plane(index)
    }
}

struct GateClock(Arc<Gate>);

impl Clock for GateClock {
    fn now(&self) -> Duration {
        if self.0.is_painting.load(Ordering::SeqCst) {
            self.0.pass("clock");
        }
        Duration::ZERO
    }
}

// Where a lock that these calls need were held while pictures are read, made ready or painted, this test would never end.
#[test]
fn calls_of_other_threads_do_not_wait_for_the_frame_that_is_painted() {
    for thread_count in [1, 2] {
        let ((ask, asked), (reply, answer)) = (channel(), channel());
        let gate = Arc::new(Gate {
            is_open: AtomicBool::new(true),
            is_painting: AtomicBool::new(false),
            ask: Mutex::new(ask),
            answer: Mutex::new(answer),
        });
        let builder = Compositor::builder(size(64, 48)).threads(thread_count).sharing(Sharing::Always);
        let compositor = builder.clock(Box::new(GateClock(Arc::clone(&gate)))).build().expect("threads");
        compositor.update_layout(ms(0), layout(Arrangement::BestFit));
        for sender in 0..4 {
            compositor.join(ms(0), &uid(sender));
        }
        // RGBA is converted first, I420 is scaled from where it lies.
        let frame = |format| {
            let shape = size(20, 14);
            let buffer = FrameBuffer::new(format, shape);
            let strides = buffer.strides();
            Frame::new(Arc::new(Held(Arc::clone(&gate), buffer)), format, shape, strides).expect("a frame")
        };
        let [first, second] = [PixelFormat::Rgba, PixelFormat::I420].map(frame);
        compositor.push_frame(&uid(0), ms(0), first);
        compositor.push_frame(&uid(1), ms(0), second);
        let mut stages = BTreeSet::new();
        std::thread::scope(|scope| {
            let (compositor, stages) = (&compositor, &mut stages);
            scope.spawn(move || {
                for (stage, number) in asked.iter().zip(1_u8..) {
                    compositor.push_frame(&uid(2), ms(0), flat(painted(2, number)));
                    compositor.update_layout(Timestamp::MAX, numbered(number));
                    compositor.join(ms(0), &uid(number));
                    compositor.mute(ms(0), &uid(3));
                    compositor.leave(ms(0), &uid(number));
                    compositor.image_ready(ms(0), &super::url("any"), &super::bmp('a'));
                    _ = compositor.take_notices();
                    stages.insert(stage);
                    reply.send(()).expect("it waits for this");
                }
            });
            gate.is_open.store(false, Ordering::SeqCst);
            _ = compositor.compose(ms(0)).expect("the first time");
            gate.is_open.store(true, Ordering::SeqCst);
            // Nobody asks any more, so the other thread ends.
            let (nobody, _) = channel();
            *gate.ask.lock().unwrap_or_else(PoisonError::into_inner) = nobody;
        });
        assert_eq!(stages, BTreeSet::from(["clock", "plane"]), "{thread_count} threads");
    }
}
