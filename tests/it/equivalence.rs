//! What the bytes of a composed frame do not depend on: threads, instructions, skipping of what is hidden, how samples
//! lie in memory, and what a buffer held before. Over random scenes.

pub mod padded;
pub mod scenes;

use polyptych::{FrameBuffer, FrameViewMut, Hidden, Level, PixelFormat, Sharing, Size, Timestamp};
use proptest::prelude::*;

use padded::{PADDING, pad, padded};
use scenes::{Content, Scene, scene};

/// The same YUV picture with U and V apart or side by side; RGBA as it is.
fn as_yuv(format: PixelFormat, picture: &FrameBuffer) -> FrameBuffer {
    let view = picture.view();
    let mut out = FrameBuffer::new(format, picture.size());
    let mut planes = out.view_mut().into_planes();
    for y in 0..view.plane(0).shape().rows {
        planes[0].row_mut(y).copy_from_slice(view.plane(0).row(y));
    }
    for y in 0..view.plane(1).shape().rows {
        let (u, v): (Vec<u8>, Vec<u8>) = match picture.format() {
            PixelFormat::I420 => (view.plane(1).row(y).to_vec(), view.plane(2).row(y).to_vec()),
            _ => view.plane(1).row(y).chunks_exact(2).map(|pair| (pair[0], pair[1])).unzip(),
        };
        match format {
            PixelFormat::I420 => {
                planes[1].row_mut(y).copy_from_slice(&u);
                planes[2].row_mut(y).copy_from_slice(&v);
            }
            _ => {
                let pairs = planes[1].row_mut(y).chunks_exact_mut(2).zip(u.into_iter().zip(v));
                pairs.for_each(|(pair, (u, v))| pair.copy_from_slice(&[u, v]));
            }
        }
    }
    out
}

/// The same scene with every YUV frame in that format.
fn with_sources(scene: &Scene, format: PixelFormat) -> Scene {
    let mut scene = scene.clone();
    for region in &mut scene.regions {
        if let Content::Frame(picture) = &mut region.content
            && picture.buffer.format().is_yuv()
        {
            picture.buffer = as_yuv(format, &picture.buffer);
        }
    }
    scene
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn bytes_do_not_depend_on_threads(scene in scene()) {
        let expected = scene.compose(|builder| builder.threads(1));
        for thread_count in [2, 3, 8] {
            prop_assert!(scene.compose(|builder| builder.threads(thread_count).sharing(Sharing::Always)) == expected, "{} threads", thread_count);
        }
    }

    #[test]
    fn bytes_do_not_depend_on_instructions(scene in scene()) {
        let expected = scene.compose(|builder| builder.level(Level::SCALAR));
        for level in Level::available() {
            prop_assert!(scene.compose(|builder| builder.level(level)) == expected, "{}", level.name());
        }
    }

    #[test]
    fn bytes_do_not_depend_on_skipping_what_is_hidden(scene in scene()) {
        let skipped = scene.compose(|builder| builder.hidden(Hidden::Skipped));
        prop_assert!(scene.compose(|builder| builder.hidden(Hidden::Painted)) == skipped);
        if scene.format == PixelFormat::Rgba {
            // Section 3: the composed canvas is opaque.
            prop_assert!(skipped.as_bytes().chunks_exact(4).all(|pixel| pixel[3] == 255));
        }
    }

    #[test]
    fn bytes_do_not_depend_on_how_chroma_lies_in_sources(scene in scene()) {
        let [i420, nv12] = [PixelFormat::I420, PixelFormat::Nv12].map(|format| with_sources(&scene, format));
        prop_assert!(i420.compose(|builder| builder) == nv12.compose(|builder| builder));
    }

    #[test]
    fn bytes_do_not_depend_on_how_chroma_lies_in_the_canvas(scene in scene()) {
        let [i420, nv12] = [PixelFormat::I420, PixelFormat::Nv12]
            .map(|format| Scene { format, ..scene.clone() }.compose(|builder| builder));
        prop_assert!(as_yuv(PixelFormat::Nv12, &i420) == nv12);
    }

    #[test]
    fn bytes_do_not_depend_on_padding_of_sources(scene in scene(), padding in 0..40_usize) {
        let found = scene.compose_as(|builder| builder, |picture| picture.state(padded(&picture.buffer, padding)));
        prop_assert!(found == scene.compose(|builder| builder));
    }

    #[test]
    fn bytes_do_not_depend_on_the_buffer_of_the_canvas(
        scene in scene(), padding in 0..40_usize, thread_count in 1..4_usize,
    ) {
        let compositor = scene.compositor(|builder| builder.threads(thread_count).sharing(Sharing::Always));
        let fresh = compositor.compose(Timestamp::ZERO).expect("the first time").clone();
        // Again at the same time; the buffer is the one that has been used.
        prop_assert!(*compositor.compose(Timestamp::ZERO).expect("the same time") == fresh);
        // Every pixel is written, whatever was there.
        let dirt = vec![PADDING; fresh.as_bytes().len()];
        let mut dirty = FrameBuffer::from_packed(fresh.format(), fresh.size(), dirt).expect("as long");
        compositor.compose_into(Timestamp::ZERO, dirty.view_mut()).expect("the same time");
        prop_assert!(dirty == fresh);
        // A caller's buffer with rows farther apart: the same samples, and padding is left alone.
        let (expected, strides) = pad(&fresh, padding);
        let mut planes: Vec<Vec<u8>> = expected.iter().map(|plane| vec![PADDING; plane.len()]).collect();
        compositor.compose_into(Timestamp::ZERO, view_mut(&fresh, &mut planes, strides)).expect("the same time");
        prop_assert!(planes == expected);
    }
}

fn view_mut<'a>(like: &FrameBuffer, planes: &'a mut [Vec<u8>], strides: [usize; 3]) -> FrameViewMut<'a> {
    let mut planes = planes.iter_mut().zip(strides).map(|(plane, stride)| (&mut plane[..], stride));
    let planes = [0; 3].map(|_| planes.next().unwrap_or((&mut [], 0)));
    FrameViewMut::new(like.format(), like.size(), planes).expect("long enough")
}

#[test]
fn scenes_of_every_size_up_to_five_are_written_whole() {
    use crate::reference::Pattern;
    let sizes = (1..6).flat_map(|width| (1..6).filter_map(move |height| Size::from_wh(width, height)));
    for size in sizes {
        for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba] {
            let scene = Scene::of_one(format, size, Pattern::Noise(1).picture(format, size));
            let found = scene.compose(|builder| builder.threads(2).sharing(Sharing::Always));
            assert!(found == Pattern::Noise(1).picture(format, size), "{format} {size}");
        }
    }
}
