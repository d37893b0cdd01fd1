//! Lays pictures upon a canvas, the lowest first.

use polyptych::layout::RenderMode;
use polyptych::{Alpha, FrameBuffer, PixelFormat, Rect, Rgb, Size};

use super::color;
use super::layer::{self, Layer, Target};
use super::picture::Picture;
use super::place::{self, Placement, Upright};
use super::plane::{Plane, pack, plane_sizes};
use super::ratio::Ratio;
use super::sample::Filter;

/// All that a composed frame depends on.
#[derive(Clone, Debug)]
pub struct Scene {
    pub size: Size,
    pub target: Target,
    pub background_color: Rgb,
    /// RGBA, its alpha unused; covers the canvas, cropped.
    pub background_image: Option<FrameBuffer>,
    /// The lowest first.
    pub regions: Vec<Region>,
    /// How frames are scaled.
    pub filter: Filter,
}

/// A rectangle of the canvas and what it shows.
#[derive(Clone, Debug)]
pub struct Region {
    /// Even edges, or the canvas's; see [`place::snap`].
    pub rect: Rect,
    pub mode: RenderMode,
    pub alpha: Alpha,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// What the participant sent.
    Frame(Picture),
    /// What stands in for it: RGBA, its alpha unused.
    Image(FrameBuffer),
}

/// A composed canvas before it is rounded: Y, U, V or R, G, B, A.
#[derive(Clone, Debug)]
pub struct Canvas {
    pub format: PixelFormat,
    pub size: Size,
    pub planes: Vec<Plane>,
}

impl Canvas {
    /// The nearest bytes.
    pub fn round(&self) -> FrameBuffer {
        pack(self.format, self.size, &self.planes)
    }
}

/// Composes a scene from its definition.
pub fn compose(scene: &Scene) -> Canvas {
    let mut canvas = fill(scene);
    if let Some(image) = &scene.background_image {
        let rect = Rect::new(0, 0, scene.size.width(), scene.size.height());
        let place = place::crop(upright_image(image), rect);
        canvas.lay(&layer::of_image(image, place, scene.target), place.dst, 1.0);
    }
    for region in scene.regions.iter().filter(|region| !region.rect.is_empty()) {
        show(&mut canvas, scene, region);
    }
    canvas
}

fn fill(scene: &Scene) -> Canvas {
    let Scene { size, target, background_color: rgb, .. } = *scene;
    let values = plain_values(target, rgb);
    let planes = plane_sizes(target.format, size).into_iter().zip(values);
    let planes = planes.map(|((width, height), value)| Plane::from_fn(width, height, |_, _| value)).collect();
    Canvas { format: target.format, size, planes }
}

/// The values of a plain colour: Y, U, V or R, G, B, A.
fn plain_values(target: Target, rgb: Rgb) -> Vec<f64> {
    if target.format.is_yuv() {
        color::plain(target.color, rgb).into()
    } else {
        vec![rgb.r.into(), rgb.g.into(), rgb.b.into(), 255.0]
    }
}

fn show(canvas: &mut Canvas, scene: &Scene, region: &Region) {
    let upright = match &region.content {
        Content::Frame(picture) => picture.upright(),
        Content::Image(image) => upright_image(image),
    };
    let place = match region.mode {
        RenderMode::Crop => place::crop(upright, region.rect),
        RenderMode::Fit => place::fit(upright, region.rect, scene.size),
    };
    let layer = match &region.content {
        Content::Frame(picture) => layer::of_picture(picture, place, scene.filter, scene.target),
        Content::Image(image) => layer::of_image(image, place, scene.target),
    };
    canvas.bars(region, place, &plain_values(scene.target, Rgb::BLACK));
    canvas.lay(&layer, place.dst, region.alpha.get());
}

fn upright_image(image: &FrameBuffer) -> Upright {
    Upright { size: image.size(), sample_aspect: Ratio::ONE }
}

impl Canvas {
    /// picture·a·A + below·(1 − a·A), where the layer holds picture·a and a.
    fn lay(&mut self, layer: &Layer, dst: Rect, region_alpha: f64) {
        for (index, (colors, alphas)) in layer.colors.iter().zip(&layer.alphas).enumerate() {
            let (left, top, right, bottom) = self.samples_of(index, dst);
            assert_eq!((colors.width, colors.height), (right - left, bottom - top), "plane {index}");
            for y in top..bottom {
                for x in left..right {
                    let color = colors.at(x - left, y - top) * region_alpha;
                    let alpha = alphas.at(x - left, y - top) * region_alpha;
                    self.blend(index, (x, y), color, alpha);
                }
            }
        }
    }

    /// Opaque black times the region's alpha, around the picture.
    fn bars(&mut self, region: &Region, place: Placement, black: &[f64]) {
        let region_alpha = region.alpha.get();
        for (index, value) in black.iter().take(3).enumerate() {
            let (left, top, right, bottom) = self.samples_of(index, region.rect);
            let inner = self.samples_of(index, place.dst);
            for y in top..bottom {
                for x in left..right {
                    let is_picture = (inner.0..inner.2).contains(&x) && (inner.1..inner.3).contains(&y);
                    if !is_picture {
                        self.blend(index, (x, y), value * region_alpha, region_alpha);
                    }
                }
            }
        }
    }

    /// Left, top, right, bottom of the samples that plane `index` has for a rectangle of pixels.
    fn samples_of(&self, index: usize, rect: Rect) -> (usize, usize, usize, usize) {
        let [x0, y0, x1, y1] = [rect.x0, rect.y0, rect.x1, rect.y1].map(|edge| edge as usize);
        if self.format.is_yuv() && index > 0 {
            (x0 / 2, y0 / 2, x1.div_ceil(2), y1.div_ceil(2))
        } else {
            (x0, y0, x1, y1)
        }
    }

    fn blend(&mut self, index: usize, (x, y): (usize, usize), color: f64, alpha: f64) {
        let plane = &mut self.planes[index];
        let below = &mut plane.samples[y * plane.width + x];
        // A canvas holds what can be stored, and the next layer is blended with that.
        *below = (color + *below * (1.0 - alpha)).clamp(0.0, 255.0);
    }
}
