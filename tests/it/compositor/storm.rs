//! Frames from thirty-two threads while layouts change and frames are composed: every canvas is of one layout and of whole frames, and
//! nobody waits for paint.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, Frame, FrameBuffer, LayoutSpec, PixelFormat, PlaneBuffer, RenderMode, Rgb, Sharing,
    UnitRect, UserId,
};

use super::{Shot, ms, size};

const PUSHERS: u8 = 32;
/// Users of each layout, side by side below a strip of its colour.
const SHOWN: u8 = 16;
const SIDE: usize = 64;
const STRIP: usize = 8;
/// Canvases that are looked at; in the long form.
const TICKS: [i64; 2] = [100, 20_000];

fn uid(user: u8) -> UserId {
    UserId::from(user.to_string())
}

/// A colour that says whose it is and which, and holds together.
fn signed(user: u8, number: u8) -> Rgb {
    Rgb { r: user * 8 + 7, g: number, b: checksum(user * 8 + 7, number) }
}

fn checksum(r: u8, g: u8) -> u8 {
    (r.wrapping_mul(3) ^ g.wrapping_mul(29)).wrapping_add(91)
}

/// A picture of one signed colour; sizes differ from one to the next.
fn frame(user: u8, number: u8) -> Frame {
    let Rgb { r, g, b } = signed(user, number);
    let size = size(3 + u32::from(number % 11), 5 + u32::from(number % 7));
    let samples = [r, g, b, 255].repeat(size.area() as usize);
    FrameBuffer::from_packed(PixelFormat::Rgba, size, samples).expect("four bytes a pixel").into()
}

/// Of two layouts: their colours, and their users in columns from left to right, or from right to left.
fn layout(number: u8) -> LayoutSpec {
    let region = |column: u8| {
        let user = if number == 0 { column } else { PUSHERS - 1 - column };
        let across = (u32::from(column), 1, u32::from(SHOWN));
        RegionSpec {
            uid: Some(uid(user)),
            rect: UnitRect::from_ratios(across, (STRIP as u32, (SIDE - STRIP) as u32, SIDE as u32)),
            alpha: Alpha::OPAQUE,
            render_mode: RenderMode::Crop,
        }
    };
    let arrangement = Arrangement::Custom((0..SHOWN).map(region).collect());
    LayoutSpec { arrangement, background_color: strip(number), ..LayoutSpec::default() }
}

fn strip(number: u8) -> Rgb {
    Rgb { r: 1, g: number, b: 200 }
}

/// Asserts that a canvas is of one layout, and each of its regions of one frame of its user.
fn assert_whole(shot: &Shot) {
    let number = (0..2).find(|&number| shot.pixel(0, 0) == strip(number)).expect("the colour of a layout");
    for y in 0..SIDE {
        for x in 0..SIDE {
            let column = x * usize::from(SHOWN) / SIDE;
            let found = shot.pixel(x, y);
            if y < STRIP {
                assert_eq!(found, strip(number), "{x},{y}");
                continue;
            }
            assert_eq!(found, shot.pixel(column * SIDE / usize::from(SHOWN), STRIP), "{x},{y}: torn");
            let user = if number == 0 { column as u8 } else { PUSHERS - 1 - column as u8 };
            assert_eq!(found, signed(user, found.g), "{x},{y}: of layout {number}");
        }
    }
}

/// The tick that everybody works for; `None` at the end.
struct Beat {
    tick: Mutex<Option<i64>>,
    is_next: Condvar,
}

impl Default for Beat {
    fn default() -> Self {
        Self { tick: Mutex::new(Some(0)), is_next: Condvar::new() }
    }
}

impl Beat {
    fn tell(&self, tick: Option<i64>) {
        *self.tick.lock().unwrap_or_else(PoisonError::into_inner) = tick;
        self.is_next.notify_all();
    }

    /// Each tick that is told, or the newest where some are missed.
    fn ticks(&self) -> impl Iterator<Item = i64> {
        let mut last = 0;
        std::iter::from_fn(move || {
            let tick = self.tick.lock().unwrap_or_else(PoisonError::into_inner);
            let tick = self.is_next.wait_while(tick, |tick| *tick == Some(last));
            last = (*tick.unwrap_or_else(PoisonError::into_inner))?;
            Some(last)
        })
    }
}

#[test]
fn canvases_are_of_one_layout_and_of_whole_frames_whoever_pushes_meanwhile() {
    let is_long = std::env::var_os("POLYPTYCH_LONG").is_some();
    let ticks = TICKS[usize::from(is_long)];
    for threads in [1, 3] {
        let side = size(SIDE as u32, SIDE as u32);
        let builder = Compositor::builder(side).format(PixelFormat::Rgba).sharing(Sharing::Always);
        let compositor = builder.threads(threads).build().expect("threads");
        for user in 0..PUSHERS {
            compositor.join(ms(0), &uid(user));
            compositor.push_frame(&uid(user), ms(0), frame(user, 0));
        }
        compositor.update_layout(ms(0), layout(0));
        let (beat, pushes) = (Beat::default(), AtomicU64::new(0));
        let (mut layouts_seen, mut frames_seen) = ([0; 2], [false; 256]);
        thread::scope(|scope| {
            let (compositor, beat, pushes) = (&compositor, &beat, &pushes);
            for user in 0..PUSHERS {
                scope.spawn(move || {
                    for tick in beat.ticks() {
                        for number in 0..3 {
                            let number_of_all = (tick * 3 + number) as u8;
                            compositor.push_frame(&uid(user), ms(tick + number), frame(user, number_of_all));
                            pushes.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            scope.spawn(move || {
                for tick in beat.ticks() {
                    compositor.update_layout(ms(tick), layout((tick / 3 % 2) as u8));
                    let restless = uid((tick % i64::from(PUSHERS)) as u8);
                    compositor.set_video_sparse(ms(tick), &restless, tick % 2 == 0);
                    _ = (compositor.statistics(), compositor.take_notices());
                }
            });
            let composed = catch_unwind(AssertUnwindSafe(|| {
                for tick in 1..=ticks {
                    let before = pushes.load(Ordering::Relaxed);
                    beat.tell(Some(tick));
                    // Somebody has begun, and nobody need have ended.
                    while pushes.load(Ordering::Relaxed) == before {
                        thread::yield_now();
                    }
                    let shot = Shot(compositor.compose(ms(tick)).expect("forward").clone());
                    assert_whole(&shot);
                    layouts_seen[usize::from(shot.pixel(0, 0).g)] += 1;
                    frames_seen[usize::from(shot.pixel(0, SIDE - 1).g)] = true;
                }
            }));
            beat.tell(None);
            composed.unwrap_or_else(|panic| resume_unwind(panic));
        });
        assert!(layouts_seen.iter().all(|&count| count > 0), "{layouts_seen:?}");
        assert!(frames_seen.iter().filter(|seen| **seen).count() > 1);
    }
}

/// Samples that are not read before somebody has said so.
struct Guarded {
    samples: Vec<u8>,
    /// Says that they are about to be read, and waits for the others; once.
    gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

/// No failure takes longer to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

impl PlaneBuffer for Guarded {
    fn plane(&self, _: usize) -> &[u8] {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((painting, go_on)) = gate {
            painting.send(()).expect("somebody waits for it");
            go_on.recv_timeout(PATIENCE).expect("the others are done, who wait for no paint");
        }
        &self.samples
    }
}

#[test]
fn what_is_pushed_waits_for_no_paint() {
    let compositor = Compositor::builder(size(16, 16)).format(PixelFormat::Rgba).build().expect("threads");
    compositor.update_layout(ms(0), layout(0));
    let (painting, is_painted) = channel();
    let (others_done, go_on) = channel();
    let guarded = Arc::new(Guarded { samples: vec![9; 4 * 64], gate: Mutex::new(None) });
    let buffer: Arc<dyn PlaneBuffer> = guarded.clone();
    let seen = Frame::new(buffer, PixelFormat::Rgba, size(8, 8), [32, 0, 0]).expect("its planes");
    for user in 0..4 {
        compositor.join(ms(0), &uid(user));
    }
    compositor.push_frame(&uid(0), ms(0), seen);
    *guarded.gate.lock().expect("not poisoned") = Some((painting, go_on));
    thread::scope(|scope| {
        let compositor = &compositor;
        scope.spawn(move || {
            is_painted.recv_timeout(PATIENCE).expect("it is painted");
            compositor.push_frame(&uid(1), ms(1), frame(1, 1));
            compositor.update_layout(ms(1), layout(1));
            compositor.join(ms(1), &uid(9));
            compositor.leave(ms(1), &uid(2));
            compositor.mute(ms(1), &uid(3));
            compositor.image_ready(ms(1), &super::url("any"), &super::bmp('i'));
            _ = compositor.take_notices();
            others_done.send(()).expect("somebody waits for it");
        });
        _ = compositor.compose(ms(0)).expect("forward");
    });
    assert!(guarded.gate.lock().expect("not poisoned").is_none(), "its samples were read");
}
