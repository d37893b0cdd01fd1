//! What a picture brings to the canvas: the canvas's kind of planes, multiplied by alpha, for a rectangle of pixels.

use polyptych::{ColorSpace, FrameBuffer, PixelFormat};

use super::color;
use super::picture::Picture;
use super::place::{Placement, Sites, axis};
use super::plane::{Plane, unpack};
use super::ratio::Ratio;
use super::sample::{Filter, resample};

/// Planes to be laid upon those of the canvas: Y, U, V or R, G, B.
pub struct Layer {
    /// Values times alpha.
    pub colors: Vec<Plane>,
    /// Alpha of each of those planes, 0..=1.
    pub alphas: Vec<Plane>,
}

/// What samples of the canvas are.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub format: PixelFormat,
    pub color: ColorSpace,
}

/// Scales a participant's picture to its place.
pub fn of_picture(picture: &Picture, place: Placement, filter: Filter, target: Target) -> Layer {
    let planes = picture.upright_planes();
    let scaler = Scaler { place, chroma_origin: picture.chroma_origin(), filter };
    match (picture.is_yuv(), target.format.is_yuv()) {
        (true, true) => yuv_on_yuv(&planes, &scaler, picture.color_on(target.color), target.color),
        (true, false) => yuv_on_rgb(&planes, &scaler, picture.color_on(target.color)),
        (false, true) => rgb_on_yuv(&planes, place, filter, target.color),
        (false, false) => {
            let [r, g, b, a] = premultiplied(&planes);
            let colors = [r, g, b].iter().map(|plane| scaler.scale(plane, Sites::Pixels)).collect();
            let alpha = scaler.scale(&a, Sites::Pixels);
            Layer { colors, alphas: vec![alpha; 3] }
        }
    }
}

/// Scales an image (RGBA, its alpha unused) as RGB with Lanczos3, whatever the filter of frames. A scaled image is a picture:
/// what the filter overshoots is cut before it is converted.
pub fn of_image(image: &FrameBuffer, place: Placement, target: Target) -> Layer {
    let scaler = Scaler { place, chroma_origin: (Ratio::ZERO, Ratio::ZERO), filter: Filter::Lanczos3 };
    let mut rgb =
        unpack(image.view())[..3].iter().map(|plane| scaler.scale(plane, Sites::Pixels)).collect::<Vec<_>>();
    let samples = rgb.iter_mut().flat_map(|plane| &mut plane.samples);
    samples.for_each(|sample| *sample = sample.clamp(0.0, 255.0));
    if !target.format.is_yuv() {
        return opaque(rgb);
    }
    let [y, u, v] = per_sample([&rgb[0], &rgb[1], &rgb[2]], |rgb| color::to_yuv(target.color, rgb));
    // The rectangle starts at an even pixel, so its pairs are those of the canvas.
    opaque(vec![y, u.mean_2x2(), v.mean_2x2()])
}

struct Scaler {
    place: Placement,
    chroma_origin: (Ratio, Ratio),
    filter: Filter,
}

impl Scaler {
    fn scale(&self, plane: &Plane, sites: Sites) -> Plane {
        let Placement { dst, across, down } = self.place;
        let across = axis(across, (dst.x0, dst.x1), sites, self.chroma_origin.0);
        let down = axis(down, (dst.y0, dst.y1), sites, self.chroma_origin.1);
        resample(plane, &across, &down, self.filter)
    }
}

/// Scales, then converts where matrix or range differ: luma with the chroma at its own place.
fn yuv_on_yuv(planes: &[Plane], scaler: &Scaler, from: ColorSpace, to: ColorSpace) -> Layer {
    let y = scaler.scale(&planes[0], Sites::Pixels);
    let [u, v] = [1, 2].map(|index| scaler.scale(&planes[index], Sites::ChromaPairs));
    if from == to {
        return opaque(vec![y, u, v]);
    }
    let convert = |yuv| color::to_yuv(to, color::to_rgb(from, yuv));
    let [fine_u, fine_v] = [1, 2].map(|index| scaler.scale(&planes[index], Sites::ChromaAtPixels));
    let [y, ..] = per_sample([&y, &fine_u, &fine_v], convert);
    // Luma has no part in converted chroma: grey stays grey.
    let [_, u, v] = per_sample([&u, &u, &v], |[_, u, v]| convert([128.0, u, v]));
    opaque(vec![y, u, v])
}

fn yuv_on_rgb(planes: &[Plane], scaler: &Scaler, from: ColorSpace) -> Layer {
    let y = scaler.scale(&planes[0], Sites::Pixels);
    let [u, v] = [1, 2].map(|index| scaler.scale(&planes[index], Sites::ChromaAtPixels));
    opaque(per_sample([&y, &u, &v], |yuv| color::to_rgb(from, yuv)).into())
}

/// Premultiplies, converts and halves chroma at the picture's own size; then scales.
fn rgb_on_yuv(planes: &[Plane], place: Placement, filter: Filter, to: ColorSpace) -> Layer {
    let [r, g, b, a] = premultiplied(planes);
    let pixels = (0..a.samples.len()).map(|index| {
        let rgb = [&r, &g, &b].map(|plane| plane.samples[index]);
        color::to_yuv_premultiplied(to, rgb, a.samples[index])
    });
    let [y, u, v] = planes_of(a.width, a.height, pixels);
    let scaler = Scaler { place, chroma_origin: (Ratio::ZERO, Ratio::ZERO), filter };
    let fine = [&y, &a].map(|plane| scaler.scale(plane, Sites::Pixels));
    let halved = [&u, &v, &a].map(|plane| scaler.scale(&plane.mean_2x2(), Sites::ChromaPairs));
    let ([y, luma_alpha], [u, v, chroma_alpha]) = (fine, halved);
    Layer { colors: vec![y, u, v], alphas: vec![luma_alpha, chroma_alpha.clone(), chroma_alpha] }
}

/// R·a, G·a, B·a and a, with a in 0..=1.
fn premultiplied(planes: &[Plane]) -> [Plane; 4] {
    let alpha = |x, y| planes[3].at(x, y) / 255.0;
    let (width, height) = (planes[3].width, planes[3].height);
    let color = |index: usize| Plane::from_fn(width, height, |x, y| planes[index].at(x, y) * alpha(x, y));
    [color(0), color(1), color(2), Plane::from_fn(width, height, alpha)]
}

fn opaque(colors: Vec<Plane>) -> Layer {
    let alphas = colors.iter().map(|plane| Plane::from_fn(plane.width, plane.height, |_, _| 1.0)).collect();
    Layer { colors, alphas }
}

/// Converts three planes of one size sample by sample.
fn per_sample(planes: [&Plane; 3], convert: impl Fn([f64; 3]) -> [f64; 3]) -> [Plane; 3] {
    let samples = (0..planes[0].samples.len()).map(|index| convert(planes.map(|plane| plane.samples[index])));
    planes_of(planes[0].width, planes[0].height, samples)
}

fn planes_of(width: usize, height: usize, pixels: impl Iterator<Item = [f64; 3]>) -> [Plane; 3] {
    let pixels: Vec<_> = pixels.collect();
    [0, 1, 2].map(|index| Plane { width, height, samples: pixels.iter().map(|pixel| pixel[index]).collect() })
}
