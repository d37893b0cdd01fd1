//! RGB and YUV at the command's edges, in floating point: a picture at a time, so exactness counts and speed does not.
//!
//! Chroma samples lie at the centre of their 2×2 luma samples, as on the engine's canvases.

use polyptych::frame::PlaneView;
use polyptych::{ColorSpace, FrameBuffer, FrameView, PixelFormat};

/// The picture as packed R, G, B, without its alpha: composed frames are opaque.
pub fn to_rgb(frame: FrameView<'_>, space: ColorSpace) -> Vec<u8> {
    let (width, height) = (frame.size().width() as usize, frame.size().height() as usize);
    let luma = frame.plane(0);
    let mut rgb = Vec::with_capacity(3 * width * height);
    if frame.format() == PixelFormat::Rgba {
        for y in 0..height {
            rgb.extend(luma.row(y).as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]));
        }
        return rgb;
    }
    let [u_plane, v_plane] = chroma_planes(frame);
    let rows = space.to_rgb();
    let luma_offset = f64::from(space.range.luma_offset());
    let (mut us, mut vs) = (vec![0.0; width], vec![0.0; width]);
    for y in 0..height {
        u_plane.upsample(y, &mut us);
        v_plane.upsample(y, &mut vs);
        for ((&luma, &u), &v) in luma.row(y).iter().zip(&us).zip(&vs) {
            let yuv = [f64::from(luma) - luma_offset, u - 128.0, v - 128.0];
            rgb.extend(rows.map(|row| to_code(row[0] * yuv[0] + row[1] * yuv[1] + row[2] * yuv[2])));
        }
    }
    rgb
}

/// The picture as I420.
pub fn to_i420(frame: FrameView<'_>, space: ColorSpace) -> FrameBuffer {
    let mut picture = FrameBuffer::new(PixelFormat::I420, frame.size());
    let [mut luma, u, v] = picture.view_mut().into_planes();
    if frame.format() == PixelFormat::Rgba {
        let [luma_row, u_row, v_row] = space.from_rgb();
        let source = frame.plane(0);
        for y in 0..luma.shape().rows {
            let pixels = source.row(y).as_chunks::<4>().0;
            for (sample, pixel) in luma.row_mut(y).iter_mut().zip(pixels) {
                *sample = to_code(weigh(luma_row, *pixel));
            }
        }
        for (mut plane, weights) in [(u, u_row), (v, v_row)] {
            for y in 0..plane.shape().rows {
                for (x, sample) in plane.row_mut(y).iter_mut().enumerate() {
                    *sample = to_code(mean_2x2(source, x, y, weights));
                }
            }
        }
        return picture;
    }
    for y in 0..luma.shape().rows {
        luma.row_mut(y).copy_from_slice(frame.plane(0).row(y));
    }
    for (mut plane, source) in [u, v].into_iter().zip(chroma_planes(frame)) {
        for y in 0..plane.shape().rows {
            let samples = source.samples(y);
            plane.row_mut(y).iter_mut().zip(samples).for_each(|(to, from)| *to = from);
        }
    }
    picture
}

fn to_code(value: f64) -> u8 {
    // `as` saturates, which is the clamp.
    (value + 0.5) as u8
}

fn weigh(row: [f64; 4], [r, g, b, _]: [u8; 4]) -> f64 {
    row[0] * f64::from(r) + row[1] * f64::from(g) + row[2] * f64::from(b) + row[3]
}

/// The mean of the (at most) four pixels that chroma sample `x`, `y` stands for.
fn mean_2x2(source: PlaneView<'_>, x: usize, y: usize, weights: [f64; 4]) -> f64 {
    let rows = 2 * y..source.shape().rows.min(2 * y + 2);
    let values = rows.flat_map(|y| {
        let pixels = source.row(y).as_chunks::<4>().0;
        pixels[2 * x..pixels.len().min(2 * x + 2)].iter().map(|pixel| weigh(weights, *pixel))
    });
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// The U and V samples of a YUV picture, wherever its format keeps them.
fn chroma_planes(frame: FrameView<'_>) -> [Chroma<'_>; 2] {
    match frame.format() {
        PixelFormat::Nv12 => [0, 1].map(|first| Chroma { plane: frame.plane(1), first, step: 2 }),
        _ => [1, 2].map(|index| Chroma { plane: frame.plane(index), first: 0, step: 1 }),
    }
}

/// One kind of chroma sample: every `step`th byte of each row, from `first` on.
#[derive(Clone, Copy)]
struct Chroma<'a> {
    plane: PlaneView<'a>,
    first: usize,
    step: usize,
}

impl<'a> Chroma<'a> {
    fn samples(self, y: usize) -> impl Iterator<Item = u8> + 'a {
        self.plane.row(y).iter().skip(self.first).step_by(self.step).copied()
    }

    /// Linear interpolation at the pixels of luma row `y`.
    fn upsample(self, y: usize, row: &mut [f64]) {
        let width = self.plane.shape().row_bytes / self.step;
        let (above, below, weight) = neighbours(y, self.plane.shape().rows);
        let (above, below) = (self.plane.row(above), self.plane.row(below));
        let column = |x: usize| {
            let at = self.first + x * self.step;
            f64::from(above[at]) * (1.0 - weight) + f64::from(below[at]) * weight
        };
        for (x, value) in row.iter_mut().enumerate() {
            let (left, right, weight) = neighbours(x, width);
            *value = column(left) * (1.0 - weight) + column(right) * weight;
        }
    }
}

/// The chroma samples on both sides of luma position `at`, and the weight of the second: 3/4 or 1/4.
/// Beyond the edge the edge sample repeats.
fn neighbours(at: usize, count: usize) -> (usize, usize, f64) {
    let nearest = at / 2;
    if at.is_multiple_of(2) {
        (nearest.saturating_sub(1), nearest, 0.75)
    } else {
        (nearest, (nearest + 1).min(count - 1), 0.25)
    }
}

#[cfg(test)]
mod tests {
    use polyptych::Size;

    use super::*;

    const SPACE: ColorSpace = ColorSpace::BT709_LIMITED;

    fn picture(format: PixelFormat, (width, height): (u32, u32), samples: &[u8]) -> FrameBuffer {
        let size = Size::from_wh(width, height).expect("small");
        FrameBuffer::from_packed(format, size, samples.to_vec()).expect("enough samples")
    }

    #[test]
    fn flat_colours_survive_the_way_to_yuv_and_back() {
        for color in [[0, 0, 0], [255, 255, 255], [230, 30, 40], [1, 254, 3], [90, 90, 200]] {
            for size in [(1, 1), (2, 2), (5, 3)] {
                let [r, g, b] = color;
                let rgba = [r, g, b, 255].repeat(15);
                let yuv = to_i420(picture(PixelFormat::Rgba, size, &rgba).view(), SPACE);
                let rgb = to_rgb(yuv.view(), SPACE);
                assert!(
                    rgb.iter().zip(color.iter().cycle()).all(|(a, b)| a.abs_diff(*b) <= 2),
                    "{color:?} {rgb:?}"
                );
            }
        }
    }

    #[test]
    fn chroma_is_the_mean_of_the_pixels_there_are() {
        let rgba = [[0, 0, 0, 255], [0, 0, 0, 255], [0, 0, 255, 255]].concat();
        let yuv = to_i420(picture(PixelFormat::Rgba, (3, 1), &rgba).view(), SPACE);
        assert_eq!(yuv.as_bytes(), [16, 16, 32, 128, 240, 128, 118]);
    }

    /// Chroma lies at the centre of its 2×2 pixels, so pixels are a quarter and three quarters of the way to the next one.
    #[test]
    fn chroma_is_interpolated_from_the_centre_of_its_pixels() {
        let yuv = picture(PixelFormat::I420, (4, 1), &[0, 0, 0, 0, 100, 140, 7, 7]);
        let mut row = [0.0; 4];
        chroma_planes(yuv.view())[0].upsample(0, &mut row);
        assert_eq!(row, [100.0, 110.0, 130.0, 140.0]);
        let yuv = picture(PixelFormat::I420, (1, 4), &[0, 0, 0, 0, 100, 140, 7, 7]);
        let column = [0, 1, 2, 3].map(|y| {
            let mut row = [0.0];
            chroma_planes(yuv.view())[0].upsample(y, &mut row);
            row[0]
        });
        assert_eq!(column, [100.0, 110.0, 130.0, 140.0]);
    }

    #[test]
    fn nv12_reads_like_i420() {
        let planar =
            picture(PixelFormat::I420, (3, 3), &[9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 20, 30, 40, 50, 60, 70, 80]);
        let woven =
            picture(PixelFormat::Nv12, (3, 3), &[9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 50, 20, 60, 30, 70, 40, 80]);
        assert_eq!(to_rgb(planar.view(), SPACE), to_rgb(woven.view(), SPACE));
        assert_eq!(to_i420(woven.view(), SPACE), planar);
        assert_eq!(to_i420(planar.view(), SPACE), planar);
    }
}
