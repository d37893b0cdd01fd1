//! The engine, made to compose what the reference composes: a scene as a custom layout, its pictures as users' frames.

use std::io::Cursor;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Compositor, CompositorBuilder, FrameBuffer, ImageUrl, LayoutSpec, Rect, Size, Timestamp, UnitRect, UserId,
};

use crate::reference::{Content, Filter, Scene};

/// Composes a scene with the engine's defaults.
pub fn engine(scene: &Scene) -> FrameBuffer {
    engine_with(scene, |builder| builder)
}

/// Composes a scene with other settings.
pub fn engine_with(scene: &Scene, set: impl Fn(CompositorBuilder) -> CompositorBuilder) -> FrameBuffer {
    let builder = Compositor::builder(scene.size)
        .format(scene.target.format)
        .color(scene.target.color)
        .filter(filter(scene.filter));
    let compositor = set(builder).build().expect("threads");
    let start = Timestamp::ZERO;
    let url = |name: &str| ImageUrl::parse(&format!("http://images.test/{name}")).expect("a URL");
    let mut layout = LayoutSpec { background_color: scene.background_color, ..LayoutSpec::default() };
    if let Some(image) = &scene.background_image {
        layout.background_image = Some(url("canvas"));
        compositor.image_ready(start, &url("canvas"), &bmp(image));
    }
    let mut regions = Vec::new();
    for (index, region) in scene.regions.iter().enumerate() {
        let uid = UserId::from(format!("user {index}"));
        compositor.join(start, &uid);
        match &region.content {
            Content::Frame(picture) => compositor.push_frame(&uid, start, picture.to_frame()),
            Content::Image(image) => {
                let url = url(&index.to_string());
                compositor.image_ready(start, &url, &bmp(image));
                let own = polyptych::layout::UserBackground {
                    uid: uid.clone(),
                    image: url,
                    render_mode: region.mode,
                };
                layout.user_backgrounds.push(own);
            }
        }
        let rect = fractions(region.rect, scene.size);
        regions.push(RegionSpec { uid: Some(uid), rect, alpha: region.alpha, render_mode: region.mode });
    }
    if !regions.is_empty() {
        layout.arrangement = Arrangement::Custom(regions);
    }
    compositor.update_layout(start, layout);
    let composed = compositor.compose(start).expect("the first time").into_buffer();
    assert_eq!(compositor.take_notices(), []);
    composed
}

fn filter(filter: Filter) -> polyptych::Filter {
    match filter {
        Filter::Area => polyptych::Filter::Area,
        Filter::Triangle => polyptych::Filter::Triangle,
        Filter::Nearest => polyptych::Filter::Nearest,
        Filter::CatmullRom => polyptych::Filter::CatmullRom,
        Filter::Lanczos3 => polyptych::Filter::Lanczos3,
    }
}

/// Fractions that snap to these pixels.
pub fn fractions(rect: Rect, canvas: Size) -> UnitRect {
    let (width, height) = (canvas.width(), canvas.height());
    UnitRect::from_ratios((rect.x0, rect.width(), width), (rect.y0, rect.height(), height))
}

/// An RGBA picture as a BMP, its alpha dropped.
pub fn bmp(picture: &FrameBuffer) -> Vec<u8> {
    let (width, height) = (picture.size().width(), picture.size().height());
    let rgba =
        image::RgbaImage::from_raw(width, height, picture.as_bytes().to_vec()).expect("four bytes a pixel");
    let rgb = image::DynamicImage::from(rgba).to_rgb8();
    let mut bytes = Cursor::new(Vec::new());
    rgb.write_to(&mut bytes, image::ImageFormat::Bmp).expect("memory holds it");
    bytes.into_inner()
}
