//! Random scenes: 1 to 17 regions of any shape, each with a frame or an image.

use polyptych::layout::{Arrangement, RegionSpec, UserBackground};
use polyptych::{
    Alpha, ColorSpace, Compositor, CompositorBuilder, Filter, Frame, FrameBuffer, ImageUrl, LayoutSpec,
    Matrix, PixelFormat, Range, RenderMode, Rgb, Rotation, Size, Timestamp, UnitRect, UserId,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::bmp;
use crate::reference::{self, Pattern, Picture};

/// All that a composed frame depends on.
#[derive(Clone, Debug)]
pub struct Scene {
    pub format: PixelFormat,
    pub size: Size,
    pub color: ColorSpace,
    pub filter: Filter,
    pub background: Rgb,
    pub background_image: Option<FrameBuffer>,
    pub regions: Vec<Region>,
}

#[derive(Clone, Debug)]
pub struct Region {
    pub rect: UnitRect,
    pub alpha: Alpha,
    pub mode: RenderMode,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Frame(Picture),
    Image(FrameBuffer),
}

impl Picture {
    /// States of a frame what is known of the picture.
    pub fn state(&self, frame: Frame) -> Frame {
        let (num, den) = (self.pixel_aspect.0.cast_signed(), self.pixel_aspect.1.cast_signed());
        let mut frame = frame.with_rotation(self.rotation).with_pixel_aspect(num, den);
        frame = self.matrix.map_or(frame.clone(), |matrix| frame.with_matrix(matrix));
        self.range.map_or(frame.clone(), |range| frame.with_range(range))
    }
}

impl Scene {
    /// One frame, of the canvas's own size.
    pub fn of_one(format: PixelFormat, size: Size, buffer: FrameBuffer) -> Self {
        let region = Region {
            rect: UnitRect::WHOLE,
            alpha: Alpha::OPAQUE,
            mode: RenderMode::Crop,
            content: Content::Frame(buffer.into()),
        };
        Self {
            format,
            size,
            color: ColorSpace::BT709_LIMITED,
            filter: Filter::Area,
            background: Rgb::BLACK,
            background_image: None,
            regions: vec![region],
        }
    }

    /// The scene as the reference takes it: regions in pixels.
    pub fn as_reference(&self) -> reference::Scene {
        let regions = self.regions.iter().map(|region| reference::Region {
            rect: reference::snap(region.rect, self.size),
            mode: region.mode,
            alpha: region.alpha,
            content: match &region.content {
                Content::Frame(picture) => reference::Content::Frame(picture.clone()),
                Content::Image(image) => reference::Content::Image(image.clone()),
            },
        });
        reference::Scene {
            size: self.size,
            target: reference::Target { format: self.format, color: self.color },
            background_color: self.background,
            background_image: self.background_image.clone(),
            regions: regions.collect(),
            filter: match self.filter {
                Filter::Area => reference::Filter::Area,
                Filter::Triangle => reference::Filter::Triangle,
                Filter::Nearest => reference::Filter::Nearest,
                Filter::CatmullRom => reference::Filter::CatmullRom,
                Filter::Lanczos3 => reference::Filter::Lanczos3,
            },
        }
    }

    pub fn compose(&self, set: impl Fn(CompositorBuilder) -> CompositorBuilder) -> FrameBuffer {
        self.compositor(set).compose(Timestamp::ZERO).expect("the first time").into_buffer()
    }

    /// Composes with frames made another way than by copying a picture.
    pub fn compose_as(
        &self,
        set: impl Fn(CompositorBuilder) -> CompositorBuilder,
        frame: impl Fn(&Picture) -> Frame,
    ) -> FrameBuffer {
        self.compositor_as(set, frame).compose(Timestamp::ZERO).expect("the first time").into_buffer()
    }

    pub fn compositor(&self, set: impl Fn(CompositorBuilder) -> CompositorBuilder) -> Compositor {
        self.compositor_as(set, |picture| picture.state(picture.buffer.clone().into()))
    }

    pub fn compositor_as(
        &self,
        set: impl Fn(CompositorBuilder) -> CompositorBuilder,
        frame: impl Fn(&Picture) -> Frame,
    ) -> Compositor {
        let builder =
            Compositor::builder(self.size).format(self.format).color(self.color).filter(self.filter);
        let compositor = set(builder).build().expect("threads");
        let start = Timestamp::ZERO;
        let hand_in = |name: &str, image: &FrameBuffer| {
            let url = ImageUrl::parse(&format!("http://images.test/{name}")).expect("a URL");
            compositor.image_ready(start, &url, &bmp(image));
            url
        };
        let background_image = self.background_image.as_ref().map(|image| hand_in("canvas", image));
        let (mut regions, mut user_backgrounds) = (Vec::new(), Vec::new());
        for (index, region) in self.regions.iter().enumerate() {
            let Region { rect, alpha, mode: render_mode, ref content } = *region;
            let uid = UserId::from(index.to_string());
            compositor.join(start, &uid);
            match content {
                Content::Frame(picture) => compositor.push_frame(&uid, start, frame(picture)),
                Content::Image(image) => {
                    let image = hand_in(uid.as_str(), image);
                    user_backgrounds.push(UserBackground { uid: uid.clone(), image, render_mode });
                }
            }
            regions.push(RegionSpec { uid: Some(uid), rect, alpha, render_mode });
        }
        let layout = LayoutSpec {
            arrangement: Arrangement::Custom(regions),
            background_color: self.background,
            background_image,
            default_user_background_image: None,
            user_backgrounds,
        };
        compositor.update_layout(start, layout);
        compositor
    }
}

fn size(sides: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Size> {
    (sides.clone(), sides).prop_map(|(width, height)| Size::from_wh(width, height).expect("within bounds"))
}

fn format() -> impl Strategy<Value = PixelFormat> {
    select(vec![PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgba])
}

fn picture() -> impl Strategy<Value = Picture> {
    let rotations =
        vec![Rotation::None, Rotation::Clockwise90, Rotation::Clockwise180, Rotation::Clockwise270];
    let aspects = vec![(1, 1), (1, 1), (4, 3), (12, 11), (16, 1), (1, 16), (159, 160)];
    let matrix = select(vec![None, Some(Matrix::Bt601), Some(Matrix::Bt709)]);
    let range = select(vec![None, Some(Range::Limited), Some(Range::Full)]);
    let shape = (format(), size(1..=97), any::<u64>(), any::<bool>());
    (shape, select(rotations), select(aspects), matrix, range).prop_map(
        |((format, size, seed, has_alpha), rotation, pixel_aspect, matrix, range)| {
            let buffer = if has_alpha && format == PixelFormat::Rgba {
                Pattern::Noise(seed).picture_with_alpha(Pattern::Extremes(seed ^ 1), size)
            } else {
                Pattern::Noise(seed).picture(format, size)
            };
            Picture { rotation, pixel_aspect, matrix, range, ..buffer.into() }
        },
    )
}

fn image() -> impl Strategy<Value = FrameBuffer> {
    let pattern = |(size, seed)| Pattern::Noise(seed).picture(PixelFormat::Rgba, size);
    (size(1..=40), any::<u64>()).prop_map(pattern)
}

fn rect() -> impl Strategy<Value = UnitRect> {
    let axis =
        || (0.0..=1.0, 0.0..=1.0).prop_map(|(start, share): (f64, f64)| (start, share * (1.0 - start)));
    let any = (axis(), axis()).prop_map(|(x, y)| UnitRect::from_fractions(x.0, y.0, x.1, y.1));
    let eighths = || (0..8_u32).prop_flat_map(|start| (Just(start), 1..=8 - start, Just(8)));
    let even = (eighths(), eighths()).prop_map(|(x, y)| UnitRect::from_ratios(x, y));
    prop_oneof![2 => any, 2 => even, 1 => Just(UnitRect::WHOLE)]
}

fn region() -> impl Strategy<Value = Region> {
    let alpha = prop_oneof![4 => Just(1.0), 1 => Just(0.0), 3 => 0.0..=1.0];
    let content = prop_oneof![4 => picture().prop_map(Content::Frame), 1 => image().prop_map(Content::Image)];
    let mode = select(vec![RenderMode::Crop, RenderMode::Fit]);
    (rect(), alpha, mode, content).prop_map(|(rect, alpha, mode, content)| {
        let alpha = Alpha::new(alpha).expect("within 0 and 1");
        Region { rect, alpha, mode, content }
    })
}

/// Any scene on a canvas of 1×1 to 97×97.
pub fn scene() -> impl Strategy<Value = Scene> {
    let filters = vec![
        Filter::Area,
        Filter::Area,
        Filter::Triangle,
        Filter::Nearest,
        Filter::CatmullRom,
        Filter::Lanczos3,
    ];
    let size = prop_oneof![1 => size(1..=3), 4 => size(1..=97)];
    let matrix = select(vec![Matrix::Bt709, Matrix::Bt601]);
    let range = select(vec![Range::Limited, Range::Full]);
    let color = (matrix, range).prop_map(|(matrix, range)| ColorSpace { matrix, range });
    let background = any::<[u8; 3]>().prop_map(|[r, g, b]| Rgb { r, g, b });
    let regions = prop::collection::vec(region(), 1..=17);
    let canvas = (format(), size, color, select(filters));
    (canvas, background, prop::option::of(image()), regions).prop_map(
        |((format, size, color, filter), background, background_image, regions)| Scene {
            format,
            size,
            color,
            filter,
            background,
            background_image,
            regions,
        },
    )
}
