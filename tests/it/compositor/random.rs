//! Random calls of the facade: none panics, and the same calls give the same bytes, whatever paints.

use std::time::Duration;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, Frame, FrameBuffer, LayoutSpec, PixelFormat, RenderMode, Rotation, Sharing,
    Statistics, UnitRect,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::{bmp, color, id, ms, size, url, with_images};
use crate::reference::Pattern;

/// Something that is told to a compositor.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Join(char),
    Leave(char),
    Subscribe(char, bool),
    Sparse(char, bool),
    Stop(char),
    Mute(char),
    Unmute(char),
    Push(char, Picture),
    /// A frame that may have been pushed before.
    Again(char, Frame),
    Layout(LayoutSpec),
    Image(&'static str, bool),
    Wait,
    Compose,
}

#[derive(Clone, Debug)]
pub(super) struct Picture {
    buffer: FrameBuffer,
    rotation: Rotation,
    pixel_aspect: (i32, i32),
}

impl Picture {
    fn frame(&self) -> Frame {
        let (num, den) = self.pixel_aspect;
        Frame::from(self.buffer.clone()).with_rotation(self.rotation).with_pixel_aspect(num, den)
    }
}

fn picture() -> impl Strategy<Value = Picture> {
    let format = select(vec![PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba]);
    let rotations = vec![Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180];
    let aspects = vec![(1, 1), (1, 1), (16, 1), (0, 5), (4, 3)];
    let buffer = (format, 1..40_u32, 1..40_u32, any::<u64>(), any::<bool>());
    (buffer, select(rotations), select(aspects)).prop_map(
        |((format, width, height, seed, has_alpha), rotation, pixel_aspect)| {
            let (size, pattern) = (size(width, height), Pattern::Noise(seed));
            let buffer = if has_alpha && format == PixelFormat::Rgba {
                pattern.picture_with_alpha(Pattern::Extremes(seed), size)
            } else {
                pattern.picture(format, size)
            };
            Picture { buffer, rotation, pixel_aspect }
        },
    )
}

const USERS: [char; 4] = ['a', 'b', 'c', 'd'];
const IMAGES: [&str; 3] = ["one", "two", "three"];

fn arrangement() -> impl Strategy<Value = Arrangement> {
    let uid = prop::option::of(select(&USERS[..]));
    let eighths = || (0..8_u32).prop_flat_map(|start| (Just(start), 1..=8 - start, Just(8)));
    let mode = select(vec![RenderMode::Crop, RenderMode::Fit]);
    let alpha = select(vec![0.0, 0.3, 1.0, 1.0]);
    let region =
        (uid.clone(), eighths(), eighths(), mode, alpha).prop_map(|(uid, x, y, render_mode, alpha)| {
            RegionSpec {
                uid: uid.map(id),
                rect: UnitRect::from_ratios(x, y),
                alpha: Alpha::new(alpha).expect("within 0 and 1"),
                render_mode,
            }
        });
    prop_oneof![
        Just(Arrangement::Floating),
        Just(Arrangement::BestFit),
        uid.prop_map(|large| Arrangement::Vertical { large: large.map(id) }),
        prop::collection::vec(region, 1..6).prop_map(Arrangement::Custom),
    ]
}

fn layout() -> impl Strategy<Value = LayoutSpec> {
    let image = || prop::option::of(select(&IMAGES[..]));
    let own = prop::collection::vec((select(vec!["a", "b"]), select(&IMAGES[..])), 0..2);
    (arrangement(), image(), image(), own).prop_map(|(arrangement, canvas, default, own)| LayoutSpec {
        arrangement,
        background_color: color('.'),
        ..with_images(canvas, default, &own)
    })
}

pub(super) fn call() -> impl Strategy<Value = Call> + Clone {
    let user = || select(&USERS[..]);
    prop_oneof![
        4 => user().prop_map(Call::Join),
        1 => user().prop_map(Call::Leave),
        1 => (user(), any::<bool>()).prop_map(|(uid, on)| Call::Subscribe(uid, on)),
        1 => (user(), any::<bool>()).prop_map(|(uid, on)| Call::Sparse(uid, on)),
        1 => user().prop_map(Call::Stop),
        1 => user().prop_map(Call::Mute),
        1 => user().prop_map(Call::Unmute),
        8 => (user(), picture()).prop_map(|(uid, picture)| Call::Push(uid, picture)),
        3 => layout().prop_map(Call::Layout),
        2 => (select(&IMAGES[..]), any::<bool>()).prop_map(|(name, is_whole)| Call::Image(name, is_whole)),
        1 => Just(Call::Wait),
        6 => Just(Call::Compose),
    ]
}

/// Makes any call but that which composes, for all outputs.
pub(super) fn tell(compositor: &Compositor, at: i64, call: &Call) {
    let at = ms(at);
    match call {
        Call::Join(uid) => compositor.join(at, &id(*uid)),
        Call::Leave(uid) => compositor.leave(at, &id(*uid)),
        Call::Subscribe(uid, on) => compositor.set_video_subscribed(at, &id(*uid), *on),
        Call::Sparse(uid, on) => compositor.set_video_sparse(at, &id(*uid), *on),
        Call::Stop(uid) => compositor.video_stopped(at, &id(*uid)),
        Call::Mute(uid) => compositor.mute(at, &id(*uid)),
        Call::Unmute(uid) => compositor.unmute(at, &id(*uid)),
        Call::Push(uid, picture) => compositor.push_frame(&id(*uid), at, picture.frame()),
        Call::Again(uid, frame) => compositor.push_frame(&id(*uid), at, frame.clone()),
        Call::Layout(layout) => compositor.update_layout(at, layout.clone()),
        Call::Image(name, is_whole) => {
            let bytes = bmp(name.chars().next().expect("a letter"));
            let len = if *is_whole { bytes.len() } else { 60 };
            compositor.image_ready(at, &url(name), &bytes[..len]);
        }
        Call::Wait => compositor.wait_for_images(Duration::ZERO),
        Call::Compose => {}
    }
}

/// Plays calls, each with its time; gives what was composed and what there was to tell.
fn play(
    calls: &[(i64, Call)],
    format: PixelFormat,
    thread_count: usize,
) -> (Vec<Option<Vec<u8>>>, String, Statistics) {
    let builder =
        Compositor::builder(size(34, 27)).format(format).threads(thread_count).sharing(Sharing::Always);
    let compositor = builder.build().expect("threads");
    let mut composed = Vec::new();
    for (at, call) in calls {
        if let Call::Compose = call {
            composed.push(compositor.compose(ms(*at)).ok().map(|frame| frame.as_bytes().to_vec()));
        } else {
            tell(&compositor, *at, call);
        }
    }
    let last = compositor.compose(ms(20_000)).expect("beyond all others");
    composed.push(Some(last.as_bytes().to_vec()));
    (composed, format!("{:?}", compositor.take_notices()), compositor.statistics())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_calls_give_the_same_bytes_whatever_paints(
        calls in prop::collection::vec((-8_i64..40, call()), 1..60),
        format in select(vec![PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba]),
    ) {
        let calls: Vec<_> = calls.into_iter().map(|(step, call)| (step * 250, call)).collect();
        let first = play(&calls, format, 1);
        prop_assert!(play(&calls, format, 1) == first, "the same again");
        prop_assert!(play(&calls, format, 3) == first, "three threads");
    }
}
