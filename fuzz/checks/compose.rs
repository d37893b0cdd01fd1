//! Any calls of the facade, on small canvases with odd frames: never a panic, and the bytes depend neither on threads nor
//! on instructions nor on what is skipped as hidden or unchanged nor on another output.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use polyptych::request::{Context, parse};
use polyptych::{
    Canvas, CanvasShape, ColorSpace, Compositor, Filter, Frame, FrameBuffer, Hidden, ImageUrl, LayoutSpec,
    Level, Matrix, PixelFormat, Range, Rotation, Sharing, Size, Timestamp, Unchanged, UserId,
};

use crate::equivalence::padded::padded;

#[derive(Debug, Clone)]
enum Call {
    Layout(LayoutSpec),
    Join(UserId),
    Leave(UserId),
    Subscribe(UserId, bool),
    Sparse(UserId, bool),
    Stop(UserId),
    Mute(UserId),
    Unmute(UserId),
    Push(UserId, Frame),
    Image(ImageUrl, Vec<u8>),
    Compose,
}

const URLS: [&str; 2] = ["http://example.com/a.jpg", "http://example.com/b.bmp"];
const FORMATS: [PixelFormat; 3] = [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba];
const FILTERS: [Filter; 5] =
    [Filter::Area, Filter::Triangle, Filter::CatmullRom, Filter::Lanczos3, Filter::Nearest];
const ROTATIONS: [Rotation; 4] =
    [Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270];

fn user(u: &mut Unstructured<'_>) -> Result<UserId> {
    Ok(UserId::from(u.int_in_range(1..=18)?.to_string()))
}

fn color(u: &mut Unstructured<'_>) -> Result<ColorSpace> {
    Ok(ColorSpace {
        matrix: *u.choose(&[Matrix::Bt601, Matrix::Bt709])?,
        range: *u.choose(&[Range::Limited, Range::Full])?,
    })
}

fn frame(u: &mut Unstructured<'_>) -> Result<Frame> {
    let size = Size::from_wh(u.int_in_range(1..=40)?, u.int_in_range(1..=40)?).expect("a size");
    let format = *u.choose(&FORMATS)?;
    let (seed, factor, padding) = (u8::arbitrary(u)?, u8::arbitrary(u)?, u.int_in_range(0..=33)?);
    let byte = |index| (index as u8).wrapping_mul(factor) ^ seed;
    let bytes = (0..format.packed_bytes(size)).map(byte).collect();
    let picture = FrameBuffer::from_packed(format, size, bytes).expect("as long as it takes");
    let mut frame = padded(&picture, padding).with_rotation(*u.choose(&ROTATIONS)?);
    if u.ratio(1, 4)? {
        frame = frame.with_pixel_aspect(u.int_in_range(-1..=20)?, u.int_in_range(-1..=20)?);
    }
    if u.ratio(1, 4)? {
        let color = color(u)?;
        frame = frame.with_matrix(color.matrix).with_range(color.range);
    }
    Ok(frame)
}

/// A layout by way of its JSON, so that it is one that a request can ask for.
fn layout(u: &mut Unstructured<'_>) -> Result<LayoutSpec> {
    let kind = u.int_in_range(0..=3)?;
    let mut text = format!(
        r##"{{"mixedVideoLayout":{kind},"backgroundColor":"#{:06x}""##,
        u.int_in_range(0..=0xFF_FFFF)?
    );
    if kind == 2 {
        text += &format!(r#","maxResolutionUid":"{}""#, user(u)?);
    }
    for key in ["backgroundImage", "defaultUserBackgroundImage"] {
        if u.ratio(1, 3)? {
            text += &format!(r#","{key}":"{}""#, u.choose(&URLS)?);
        }
    }
    if kind == 3 {
        let mut regions = Vec::new();
        for _ in 0..u.int_in_range(1..=6)? {
            let (x, y) = (u.int_in_range(0..=100)?, u.int_in_range(0..=100)?);
            let (width, height) = (u.int_in_range(0..=100 - x)?, u.int_in_range(0..=100 - y)?);
            let uid = if u.ratio(1, 3)? { String::new() } else { user(u)?.to_string() };
            let [x, y, width, height, alpha] = [x, y, width, height, u.int_in_range(0..=100)?]
                .map(|percent: i32| f64::from(percent) / 100.0);
            regions.push(format!(
                r#"{{"uid":"{uid}","x_axis":{x},"y_axis":{y},"width":{width},"height":{height},"alpha":{alpha},"render_mode":{}}}"#,
                u.int_in_range(0..=1)?
            ));
        }
        text += &format!(r#","layoutConfig":[{}]"#, regions.join(","));
    }
    text.push('}');
    Ok(parse(text.as_bytes(), &Context::default()).expect("made to be accepted").layout)
}

fn call(u: &mut Unstructured<'_>) -> Result<Call> {
    Ok(match u.int_in_range(0..=19)? {
        0 => Call::Leave(user(u)?),
        1 => Call::Subscribe(user(u)?, u.arbitrary()?),
        2 => Call::Sparse(user(u)?, u.arbitrary()?),
        3 => Call::Stop(user(u)?),
        4 => Call::Mute(user(u)?),
        5 => Call::Unmute(user(u)?),
        6 => {
            let bytes = match u.int_in_range(0..=2)? {
                0 => include_bytes!("../../tests/data/rgb.jpg").to_vec(),
                1 => include_bytes!("../../tests/data/baseline_420.jpg").to_vec(),
                _ => b"no image".to_vec(),
            };
            Call::Image(ImageUrl::parse(u.choose(&URLS)?).expect("an address"), bytes)
        }
        7..=8 => Call::Layout(layout(u)?),
        9..=11 => Call::Join(user(u)?),
        12..=15 => Call::Push(user(u)?, frame(u)?),
        _ => Call::Compose,
    })
}

pub fn check(bytes: &[u8]) {
    // Input that ends early is no finding.
    let _ = run(&mut Unstructured::new(bytes));
}

fn canvas(u: &mut Unstructured<'_>) -> Result<CanvasShape> {
    let size = Size::from_wh(u.int_in_range(1..=70)?, u.int_in_range(1..=70)?).expect("a size");
    Ok(CanvasShape { size, format: *u.choose(&FORMATS)?, color: color(u)? })
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (first, second, filter) = (canvas(u)?, canvas(u)?, *u.choose(&FILTERS)?);
    let builder = || Compositor::builder(first.size).format(first.format).color(first.color).filter(filter);
    let plain = builder().level(Level::SCALAR).hidden(Hidden::Painted).unchanged(Unchanged::Repainted);
    let plain = plain.build().expect("no threads");
    let threads = if u.ratio(1, 8)? { 2 } else { 1 };
    let other = builder().threads(threads).sharing(Sharing::Always).output(second).build().expect("threads");
    let canvas = |shape: CanvasShape| Canvas::new(shape.format, shape.size);
    let mut canvases = [0, 1].map(|_| [first, second].map(canvas));
    let mut now = Timestamp::ZERO;
    for _ in 0..u.int_in_range(1..=40)? {
        let at = match u.int_in_range(0..=9)? {
            0 => now - Duration::from_millis(u.int_in_range(0..=2000)?),
            1 => now + Duration::from_millis(u.int_in_range(0..=12_000)?),
            _ => now,
        };
        let call = call(u)?;
        if matches!(call, Call::Compose) {
            now = now + Duration::from_millis(u.int_in_range(0..=4000)?);
            let alone = plain.compose(now).expect("time grows");
            let both = match u.int_in_range(0..=3)? {
                0 => other.compose_all(now).expect("time grows")[0].clone(),
                1 => {
                    let mut buffers = [first, second].map(|shape| FrameBuffer::new(shape.format, shape.size));
                    let mut views = buffers.each_mut().map(FrameBuffer::view_mut);
                    other.compose_all_into(now, &mut views).expect("time grows");
                    buffers[0].clone()
                }
                index => {
                    let canvases = &mut canvases[index - 2];
                    other.compose_all_onto(now, canvases).expect("time grows");
                    canvases[0].clone()
                }
            };
            assert!(*alone == both, "the bytes differ at {now}");
            continue;
        }
        tell(&plain, at, call.clone());
        tell(&other, at, call);
    }
    assert_eq!(plain.take_notices(), other.take_notices());
    Ok(())
}

fn tell(compositor: &Compositor, at: Timestamp, call: Call) {
    match call {
        Call::Layout(layout) => compositor.update_layout(at, layout),
        Call::Join(uid) => compositor.join(at, &uid),
        Call::Leave(uid) => compositor.leave(at, &uid),
        Call::Subscribe(uid, on) => compositor.set_video_subscribed(at, &uid, on),
        Call::Sparse(uid, on) => compositor.set_video_sparse(at, &uid, on),
        Call::Stop(uid) => compositor.video_stopped(at, &uid),
        Call::Mute(uid) => compositor.mute(at, &uid),
        Call::Unmute(uid) => compositor.unmute(at, &uid),
        Call::Push(uid, frame) => compositor.push_frame(&uid, at, frame),
        Call::Image(url, bytes) => compositor.image_ready(at, &url, &bytes),
        Call::Compose => {}
    }
}
