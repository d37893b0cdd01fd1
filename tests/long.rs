#![forbid(unsafe_code)]
//! A day of a restless meeting in simulated time: nothing that it leaves behind grows, and the last tick is as exact as the first.
//! A process of its own with one test, because every byte of it is counted.
//!
//! Some minutes of it, unless `POLYPTYCH_LONG` is set; then 24 hours at the same pace.

use std::alloc::System;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec, UserBackground};
use polyptych::{
    Alpha, ComposeError, Compositor, Frame, FrameBuffer, FrameRate, ImageUrl, LayoutSpec, PixelFormat,
    PlaneBuffer, PooledFrame, RenderMode, Rgb, Rotation, Size, Timestamp, UnitRect, UserId,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const FPS: u32 = 30;
const DAY_TICKS: u64 = 24 * 3600 * FPS as u64;
/// A minute and a half, before counting begins and after: the short form.
const SHORT_TICKS: u64 = 90 * FPS as u64;
/// One joins and, half of it later, one leaves: 103,680 times a day each.
const CHURN_TICKS: u64 = 25;
/// Ticks in which all that was sent ahead comes, when everyone has left.
const QUIET_TICKS: u64 = 20 * FPS as u64;
/// What memory that stays with the compositor may gain: lists that have met a longer one, one canvas more and its plan.
const LIVE_SLACK_BYTES: usize = 8 * 1024;
const RESIDENT_SLACK_KIB: u64 = 2 * 1024;
/// Room for 16 small images, each of which counts as 64 KiB.
const MAX_IMAGE_BYTES: u64 = 1024 * 1024;

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Memory of the process that is in use, where the system tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn size(width: u32, height: u32) -> Size {
    Size::from_wh(width, height).expect("a size")
}

/// Numbers without a pattern, the same every day: SplitMix64 (Steele, Lea, Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// Names are of one length, so that what remembers the last ones always weighs the same.
fn user(number: usize) -> UserId {
    UserId::from(format!("user {number:012}"))
}

fn image(number: usize) -> ImageUrl {
    ImageUrl::parse(&format!("https://images.test/{number:012}")).expect("a URL")
}

fn bmp() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(8, 6, |x, y| image::Rgb([x as u8, y as u8, 200]));
    picture.write_to(&mut bytes, image::ImageFormat::Bmp).expect("memory holds it");
    bytes.into_inner()
}

/// What happened, to be held against the day that was promised.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    joins: u64,
    leaves: u64,
    size_changes: u64,
    layouts: u64,
    images: u64,
    odd_stamps: u64,
}

struct Meeting {
    compositor: Compositor,
    rate: FrameRate,
    tick: u64,
    numbers: Numbers,
    /// One buffer for every picture that may come; a frame of it is new each time.
    buffers: Vec<Arc<FrameBuffer>>,
    bmp: Vec<u8>,
    present: Vec<UserId>,
    last_user: usize,
    last_image: usize,
    /// What the encoder is still reading.
    reading: [Option<PooledFrame>; 3],
    counts: Counts,
}

impl Meeting {
    fn new() -> Self {
        let canvas = size(48, 36);
        let builder = Compositor::builder(canvas).threads(1).max_image_bytes(MAX_IMAGE_BYTES);
        let formats = [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba];
        let buffers = (0..48_u32).map(|index| {
            let (format, size) = (formats[index as usize % 3], size(1 + index * 7 % 24, 1 + index * 5 % 16));
            let bytes = (0..format.packed_bytes(size)).map(|byte| (byte as u32 * 7 + index) as u8);
            Arc::new(FrameBuffer::from_packed(format, size, bytes.collect()).expect("enough bytes"))
        });
        Self {
            compositor: builder.build().expect("one thread"),
            rate: FrameRate::new(FPS, 1).expect("a rate"),
            tick: 0,
            numbers: Numbers(2026),
            buffers: buffers.collect(),
            bmp: bmp(),
            present: Vec::with_capacity(64),
            last_user: 0,
            last_image: 0,
            reading: [const { None }; 3],
            counts: Counts::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.rate.tick(self.tick)
    }

    fn frame(&mut self, index: usize) -> Frame {
        let buffer = Arc::clone(&self.buffers[index]);
        let (format, size, strides) = (buffer.format(), buffer.size(), buffer.strides());
        let buffer: Arc<dyn PlaneBuffer> = buffer;
        let rotation = if self.numbers.below(4) == 0 { Rotation::Clockwise90 } else { Rotation::None };
        Frame::new(buffer, format, size, strides).expect("its own planes").with_rotation(rotation)
    }

    fn member(&mut self) -> Option<UserId> {
        let count = self.present.len();
        (count > 0).then(|| self.present[self.numbers.below(count)].clone())
    }

    fn join(&mut self) {
        self.last_user += 1;
        let uid = user(self.last_user);
        self.compositor.join(self.now(), &uid);
        self.present.push(uid);
        self.counts.joins += 1;
    }

    fn leave(&mut self, at: Timestamp) {
        let index = self.numbers.below(self.present.len());
        let uid = self.present.remove(index);
        self.compositor.leave(at, &uid);
        self.counts.leaves += 1;
    }

    fn layout(&mut self) -> LayoutSpec {
        let arrangement = match self.numbers.below(4) {
            0 => Arrangement::Floating,
            1 => Arrangement::BestFit,
            2 => Arrangement::Vertical { large: self.member() },
            _ => {
                let count = 1 + self.numbers.below(8) as u32;
                let region = |index| RegionSpec {
                    uid: None,
                    rect: UnitRect::from_ratios((index, 2, count + 1), (index, 1, count)),
                    alpha: Alpha::new(if index % 3 == 1 { 0.6 } else { 1.0 }).expect("an alpha"),
                    render_mode: RenderMode::Fit,
                };
                Arrangement::Custom((0..count).map(region).collect())
            }
        };
        // One image is new in each, some stay, and some are named once more.
        self.last_image += 1;
        let recent = |back: usize| image(self.last_image.saturating_sub(back));
        let own = |uid: &UserId| UserBackground {
            uid: uid.clone(),
            image: recent(3),
            render_mode: RenderMode::Crop,
        };
        LayoutSpec {
            arrangement,
            background_color: Rgb { r: self.last_image as u8, g: 8, b: 7 },
            background_image: Some(recent(2)).filter(|_| self.last_image.is_multiple_of(3)),
            default_user_background_image: Some(recent(0)),
            user_backgrounds: self.present.iter().take(2).map(own).collect(),
        }
    }

    /// Events that change what is there for a while.
    fn disturb(&mut self) {
        let (at, kind) = (self.now(), self.numbers.below(7));
        let Some(uid) = self.member() else { return };
        match kind {
            0 => self.compositor.mute(at, &uid),
            1 => self.compositor.unmute(Timestamp::MIN, &uid),
            2 => self.compositor.video_stopped(Timestamp::MIN, &uid),
            3 => self.compositor.video_stopped(at, &uid),
            4 => self.compositor.set_video_subscribed(at, &uid, self.tick.is_multiple_of(2)),
            5 => self.compositor.set_video_sparse(at, &uid, self.tick.is_multiple_of(2)),
            // Of someone who is not there.
            _ => self.compositor.leave(at, &user(self.last_user + 1_000)),
        }
    }

    /// Stamps as a broken clock gives them.
    fn send_oddly(&mut self) {
        let Some(uid) = self.member() else { return };
        let now = self.now();
        let stamps = [
            Timestamp::MIN,
            Timestamp::MAX,
            Timestamp::from_nanos(i64::MIN + 1),
            Timestamp::from_nanos(i64::MAX - 1),
            Timestamp::from_nanos(-1),
            Timestamp::ZERO,
            now - Duration::from_secs(3600),
            now + Duration::from_secs(3600),
            now + Duration::from_secs(9),
        ];
        let stamp = stamps[self.numbers.below(stamps.len())];
        let index = self.numbers.below(self.buffers.len());
        let frame = self.frame(index);
        self.compositor.push_frame(&uid, stamp, frame);
        self.counts.odd_stamps += 1;
    }

    fn one_tick(&mut self) {
        let now = self.now();
        if self.tick.is_multiple_of(CHURN_TICKS) || self.present.len() < 4 {
            self.join();
        }
        if self.tick % CHURN_TICKS == CHURN_TICKS / 2 && self.present.len() > 12 {
            self.leave(now);
        }
        if self.tick.is_multiple_of(u64::from(FPS)) {
            let layout = self.layout();
            self.compositor.update_layout(now, layout);
            self.counts.layouts += 1;
            // Most come, some are broken, and some were never named.
            let url = image(if self.tick % 7 == 6 { 900_000_000 + self.last_image } else { self.last_image });
            let len = if self.tick % 11 == 3 { 20 } else { self.bmp.len() };
            self.compositor.image_ready(now, &url, &self.bmp[..len]);
            self.counts.images += 1;
        }
        if self.tick.is_multiple_of(13) {
            self.disturb();
        }
        if self.tick.is_multiple_of(101) {
            self.send_oddly();
            let frame = self.frame(0);
            self.compositor.push_frame(&user(self.last_user + 2_000), now, frame);
        }
        // Two send; in two of five ticks the first sends another size than ever before.
        if self.tick % 5 < 2
            && let Some(uid) = self.member()
        {
            let index = (self.tick as usize).wrapping_mul(11) % self.buffers.len();
            let frame = self.frame(index);
            self.compositor.push_frame(&uid, now, frame);
            self.counts.size_changes += 1;
        }
        if let Some(uid) = self.present.first().cloned() {
            let frame = self.frame(5);
            self.compositor.push_frame(&uid, now + Duration::from_millis(50), frame);
        }
        let composed = self.compositor.compose(now).expect("time goes on");
        self.reading[(self.tick % 3) as usize] = Some(composed);
        self.tick += 1;
    }

    /// Lets everyone leave and all that was sent ahead pass.
    fn empty(&mut self) {
        while !self.present.is_empty() {
            self.leave(self.now());
        }
        self.tick += QUIET_TICKS;
        // Canvases remember what was painted on them: each is painted anew, while others are read.
        for shade in 0..12 {
            let background_color = Rgb { r: shade, ..Rgb::BLACK };
            let layout = LayoutSpec { background_color, ..LayoutSpec::default() };
            self.compositor.update_layout(self.now(), layout);
            let composed = self.compositor.compose(self.now()).expect("time goes on");
            self.reading[usize::from(shade % 3)] = Some(composed);
            self.tick += 1;
        }
        self.reading = [const { None }; 3];
        _ = self.compositor.take_notices();
    }
}

/// A user alone, as the compositor paints them at `t`.
fn alone(compositor: &Compositor, t: Timestamp, frame: Frame) -> Vec<u8> {
    let uid = UserId::from("alone");
    compositor.join(t, &uid);
    compositor.push_frame(&uid, t, frame);
    compositor.compose(t).expect("time goes on").as_bytes().to_vec()
}

#[test]
fn a_day_leaves_nothing_behind() {
    let is_long = std::env::var_os("POLYPTYCH_LONG").is_some_and(|value| value == "1");
    let ticks = if is_long { DAY_TICKS } else { SHORT_TICKS };
    if !is_long {
        eprintln!("the short form, {ticks} ticks: set POLYPTYCH_LONG=1 for 24 hours");
    }
    let before = live_bytes();
    let mut meeting = Meeting::new();
    (0..SHORT_TICKS.max(ticks / 24)).for_each(|_| meeting.one_tick());
    meeting.empty();
    let (baseline, resident) = (live_bytes(), resident_kib());

    let (first, begun) = (meeting.tick, meeting.counts);
    let mut most = 0;
    while meeting.tick < first + ticks {
        meeting.one_tick();
        if meeting.tick.is_multiple_of(1000) {
            most = most.max(live_bytes());
        }
    }
    meeting.empty();
    let (end, resident_end) = (live_bytes(), resident_kib());
    let Meeting { compositor, rate, tick, counts, .. } = &meeting;
    eprintln!("{ticks} ticks, counts with warm-up {counts:?}, {:?}", compositor.statistics());
    eprintln!(
        "live bytes: {baseline} at first, {most} at most, {end} at last; resident KiB: {resident:?} to {resident_end:?}"
    );
    assert!(end <= baseline + LIVE_SLACK_BYTES, "{baseline} bytes have become {end}");
    if let (Some(begin), Some(end)) = (resident, resident_end) {
        assert!(end <= begin + RESIDENT_SLACK_KIB, "{begin} KiB resident have become {end}");
    }

    // The pace that was promised, of all that happens in a day.
    let paced = |count: u64, a_day: u64| assert!(count >= a_day * ticks / DAY_TICKS, "{counts:?}");
    paced(counts.joins + counts.leaves - begun.joins - begun.leaves, 100_000);
    paced(counts.size_changes - begun.size_changes, 1_000_000);
    paced(counts.layouts - begun.layouts, 24 * 3600);
    let statistics = compositor.statistics();
    assert!(statistics.notices_dropped > 0 || !is_long, "nobody took them: {statistics:?}");

    // The last tick stands where exact arithmetic puts it.
    let nanos = i128::from(*tick - 1) * 1_000_000_000;
    let last = Timestamp::from_nanos(((nanos + i128::from(FPS / 2)) / i128::from(FPS)) as i64);
    let below = last - Duration::from_nanos(1);
    assert_eq!(rate.tick(tick - 1), last);
    assert_eq!(compositor.compose(below).err(), Some(ComposeError::TimeBelowLast { found: below, last }));

    // One who comes now is painted as by a compositor that has seen nothing.
    let now = meeting.now();
    let frame = meeting.frame(9);
    let fresh = Compositor::builder(size(48, 36)).build().expect("one thread");
    assert_eq!(alone(&meeting.compositor, now, frame.clone()), alone(&fresh, now, frame.clone()));
    drop(fresh);

    // To the end of time: what waits there comes, and goes.
    let compositor = &meeting.compositor;
    for stamp in [Timestamp::MAX, Timestamp::from_nanos(i64::MAX - 1), Timestamp::MIN] {
        compositor.join(stamp, &user(1));
        compositor.mute(stamp, &user(1));
        compositor.update_layout(stamp, LayoutSpec::default());
        compositor.push_frame(&user(1), stamp, frame.clone());
    }
    _ = compositor.compose(Timestamp::MAX).expect("the last moment");
    compositor.leave(Timestamp::MAX, &user(1));
    compositor.leave(Timestamp::MAX, &UserId::from("alone"));
    _ = compositor.compose(Timestamp::MAX).expect("the last moment again");
    _ = compositor.take_notices();
    drop(frame);
    let after = live_bytes();
    assert!(after <= baseline + LIVE_SLACK_BYTES, "{baseline} bytes have become {after}");
    drop(meeting);
    let left = live_bytes().saturating_sub(before);
    eprintln!("{left} bytes outlive the compositor");
    assert!(left <= LIVE_SLACK_BYTES, "{left} bytes outlive the compositor");
}
