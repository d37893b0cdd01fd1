//! Formats, colours, blends and turns: every level gives the bits of the plain code at every length, writes nothing beyond
//! it, and the plain code gives what the arithmetic says.

mod support;

use polyptych_kernels::*;
use support::{Guarded, Numbers, on_every_level};

fn lengths() -> impl Iterator<Item = usize> {
    (0..=130).chain([640])
}

/// Alphas for all: opaque, transparent and between.
fn alphas(numbers: &mut Numbers) -> [i16; 3] {
    [ONE, 0, numbers.below(u64::from(ONE as u16)) as i16]
}

#[test]
fn blend_levels_agree_at_every_length() {
    let mut numbers = Numbers(7);
    for length in lengths() {
        let (row, below) = (numbers.wide(length), Guarded::new(&numbers.bytes(length), 99));
        for alpha in alphas(&mut numbers) {
            on_every_level(|level| {
                let [mut stored, mut blended, mut multiplied] = [(); 3].map(|()| below.clone());
                store(level, &row, stored.get());
                blend(level, &row, alpha, blended.get());
                blend_multiplied(level, &row, alpha, multiplied.get());
                (stored, blended, multiplied)
            });
        }
    }
}

#[test]
fn fills_agree_at_every_length_with_rows_of_one_colour() {
    let mut numbers = Numbers(12);
    let color = [7, 250, 100, 255];
    for length in lengths() {
        let canvases = [1, 2, 4].map(|channels| Guarded::new(&numbers.bytes(channels * length), 99));
        let row: Vec<i16> =
            (0..4 * length).map(|index| i16::from(color[index % 4]) << FRACTION_BITS).collect();
        for alpha in alphas(&mut numbers) {
            on_every_level(|level| {
                let [mut one, mut two, mut four] = canvases.clone();
                blend_fill(level, [color[0]], alpha, one.get());
                blend_fill(level, [color[0], color[1]], alpha, two.get());
                let mut blended = four.clone();
                blend_fill(level, color, alpha, four.get());
                blend(level, &row, alpha, blended.get());
                assert_eq!(four, blended, "{}", level.name());
                (one, two, four)
            });
        }
    }
}

#[test]
fn blends_of_pictures_with_alpha_agree_at_every_length() {
    let mut numbers = Numbers(8);
    for length in lengths() {
        let (row, own) = (numbers.wide(4 * length), numbers.wide(length));
        let [one, two, four] = [1, 2, 4].map(|channels| Guarded::new(&numbers.bytes(channels * length), 99));
        for alpha in alphas(&mut numbers) {
            on_every_level(|level| {
                let [mut planar, mut interleaved, mut rgba] = [one.clone(), two.clone(), four.clone()];
                blend_picture::<1>(level, &row[..length], &own, alpha, planar.get());
                blend_picture::<2>(level, &row[..2 * length], &own, alpha, interleaved.get());
                blend_rgba(level, &row, alpha, rgba.get());
                (planar, interleaved, rgba)
            });
        }
    }
}

/// Samples as far out as a number goes: what saturates or wraps does so on every level.
#[test]
fn extreme_samples_agree() {
    let mut numbers = Numbers(10);
    let extremes = [i16::MIN, i16::MIN + 1, -1, 0, 1, ONE, 16_320, 32_639, 32_640, i16::MAX - 1, i16::MAX];
    let mut draw = |count: usize| -> Vec<i16> {
        (0..count).map(|_| extremes[numbers.below(extremes.len() as u64) as usize]).collect()
    };
    let weights = WideWeights::new([-8.0, -8.0, 8.0], 4096.0);
    for _ in 0..50 {
        let (row, own, third) = (draw(400), draw(400), draw(400));
        on_every_level(|level| {
            let mut out = [0; 400];
            combine(level, [&row, &own, &third], weights, &mut out);
            out
        });
        for alpha in [0, 1, ONE / 3, ONE - 1, ONE] {
            on_every_level(|level| {
                let mut canvases = [(); 5].map(|()| (0..=255).cycle().take(400).collect::<Vec<u8>>());
                let [a, b, c, d, e] = &mut canvases;
                blend(level, &row, alpha, a);
                blend_multiplied(level, &row, alpha, b);
                blend_picture::<1>(level, &row, &own, alpha, c);
                blend_picture::<2>(level, &row, &own, alpha, d);
                blend_rgba(level, &row, alpha, e);
                canvases
            });
        }
    }
}

#[test]
fn combine_levels_agree_at_every_length() {
    let mut numbers = Numbers(9);
    let weights = [[1.164, -0.213, -0.533], [1.164, 2.112, 0.0], [-8.0, 8.0, 8.0]]
        .map(|weights| WideWeights::new(weights, -16.0 * 1.164 + 128.0 * 0.746));
    for length in lengths() {
        let rows = [numbers.wide(length), numbers.wide(length), numbers.wide(length)];
        let rows = [&rows[0][..], &rows[1], &rows[2]];
        on_every_level(|level| {
            let mut sums = weights.map(|_| Guarded::new(&vec![0; length], 99));
            let mut pixels = Guarded::new(&vec![0; 4 * length], 99);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                combine(level, rows, weights, sum.get());
            }
            combine_rgba(level, rows, weights, 7_000, pixels.get());
            for (index, pixel) in pixels.get().chunks_exact(4).enumerate() {
                let [red, green, blue] = [0, 1, 2].map(|channel| sums[channel].get()[index]);
                assert_eq!(pixel, [red, green, blue, 7_000]);
            }
            (sums, pixels)
        });
    }
}

#[test]
fn chroma_levels_agree_at_every_length_and_undo_each_other() {
    let mut numbers = Numbers(21);
    for length in lengths() {
        let (u, v) = (numbers.wide(length), numbers.wide(length));
        on_every_level(|level| {
            let mut uv = Guarded::new(&vec![0; 2 * length], 99);
            interleave(level, &u, &v, uv.get());
            let [mut new_u, mut new_v] = [(); 2].map(|()| Guarded::new(&vec![0; length], 99));
            deinterleave(level, uv.get(), new_u.get(), new_v.get());
            assert_eq!((&*new_u.get(), &*new_v.get()), (&u[..], &v[..]), "{}", level.name());
            (uv, new_u, new_v)
        });
    }
}

#[test]
fn chroma_rectangles_agree_at_every_width_and_undo_each_other() {
    let mut numbers = Numbers(22);
    for width in lengths() {
        for height in [0, 1, 3] {
            let (stride, pair_stride) = (width + 3, 2 * width + 5);
            let (u, v) = (numbers.bytes(stride * height), numbers.bytes(stride * height));
            on_every_level(|level| {
                let mut uv = Guarded::new(&vec![50; pair_stride * height], 99);
                let planes = [&u, &v].map(|data| Rows { data, stride_bytes: stride });
                let onto = RowsMut { data: uv.get(), stride_bytes: pair_stride };
                interleave_bytes(level, planes, width, height, onto);
                let [mut new_u, mut new_v] = [(); 2].map(|()| Guarded::new(&vec![50; stride * height], 99));
                let planes =
                    [&mut new_u, &mut new_v].map(|plane| RowsMut { data: plane.get(), stride_bytes: stride });
                let from = Rows { data: uv.get(), stride_bytes: pair_stride };
                deinterleave_bytes(level, from, width, height, planes);
                for row in 0..height {
                    let columns = row * stride..row * stride + width;
                    assert_eq!(new_u.get()[columns.clone()], u[columns.clone()], "{}", level.name());
                    assert_eq!(new_v.get()[columns.clone()], v[columns], "{}", level.name());
                }
                (uv, new_u, new_v)
            });
        }
    }
}

/// Luma and chroma of BT.709, limited range, and weights as large as they may be.
fn matrices() -> [[RgbWeights; 3]; 2] {
    let limited = [[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]];
    let extreme = [[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [1.0, -1.0, 1.0]];
    [limited, extreme]
        .map(|rows| [0, 1, 2].map(|row| RgbWeights::new(rows[row], if row == 0 { 16.0 } else { 128.0 })))
}

#[test]
fn rgba_levels_agree_at_every_width() {
    let mut numbers = Numbers(23);
    for width in lengths() {
        let mut rows = [numbers.bytes(4 * width), numbers.bytes(4 * width)];
        // Some pixels opaque, some transparent, some white.
        for pixel in rows.iter_mut().flat_map(|row| row.chunks_exact_mut(4)) {
            match numbers.below(5) {
                0 => pixel[3] = 0,
                1 => pixel[3] = 255,
                2 => pixel.fill(255),
                _ => {}
            }
        }
        for [to_y, to_u, to_v] in matrices() {
            on_every_level(|level| {
                let [mut luma, mut luma_times, mut own] = [(); 3].map(|()| Guarded::new(&vec![0; width], 99));
                rgba_to_luma(level, &rows[0], to_y, luma.get(), None);
                rgba_to_luma(level, &rows[0], to_y, luma_times.get(), Some(own.get()));
                let mut chroma = [(); 5].map(|()| Guarded::new(&vec![0; width.div_ceil(2)], 99));
                let [u, v, u_times, v_times, alphas] = &mut chroma;
                let rows = [&rows[0][..], &rows[1]];
                rgba_to_chroma(level, rows, [to_u, to_v], [u.get(), v.get()], None);
                let uv = [u_times.get(), v_times.get()];
                rgba_to_chroma(level, rows, [to_u, to_v], uv, Some(alphas.get()));
                ([luma, luma_times, own], chroma)
            });
        }
        on_every_level(|level| {
            let mut out = Guarded::new(&vec![0; 4 * width], 99);
            premultiply(level, &rows[0], out.get());
            out
        });
    }
}

/// Each colour with each alpha: the nearest code value to their product.
#[test]
fn premultiply_rounds_every_product_to_the_nearest() {
    let rgba: Vec<u8> = (0..=255_u8)
        .flat_map(|alpha| (0..=255_u8).flat_map(move |color| [color, 255 - color, color, alpha]))
        .collect();
    for level in Level::available() {
        let mut out = vec![0; rgba.len()];
        premultiply(level, &rgba, &mut out);
        for (pixel, out) in rgba.chunks_exact(4).zip(out.chunks_exact(4)) {
            let times = |color: u8| (f64::from(color) * f64::from(pixel[3]) / 255.0).round() as u8;
            assert_eq!(
                out,
                [times(pixel[0]), times(pixel[1]), times(pixel[2]), pixel[3]],
                "{}",
                level.name()
            );
        }
    }
}

/// Straight grey of every value at every alpha, against the quotient itself.
#[test]
fn rgba_with_alpha_rounds_every_product_to_the_nearest() {
    let rgba: Vec<u8> =
        (0..=255_u8).flat_map(|alpha| (0..=255_u8).flat_map(move |grey| [grey, grey, grey, alpha])).collect();
    let to_y = RgbWeights::new([0.25, 0.5, 0.125], 16.0);
    for level in Level::available() {
        let (mut luma, mut alphas) = (vec![0; 65_536], vec![0; 65_536]);
        rgba_to_luma(level, &rgba, to_y, &mut luma, Some(&mut alphas));
        for ((pixel, luma), alpha) in rgba.chunks_exact(4).zip(luma).zip(alphas) {
            let exact = (f64::from(pixel[0]) * 0.875 + 16.0) * f64::from(pixel[3]) / 255.0;
            assert_eq!(luma, (exact + 0.5).floor() as u8, "{pixel:?}, {}", level.name());
            assert_eq!(alpha, pixel[3]);
        }
    }
}

fn turned<const BYTES: usize>(
    level: Level,
    turn: Turn,
    data: &[u8],
    size: (usize, usize),
    spare: usize,
) -> Guarded<u8> {
    let (width, height) = size;
    let (out_width, out_height) = if turn == Turn::Half { size } else { (height, width) };
    let stride_bytes = out_width * BYTES + spare;
    let mut out = Guarded::new(&vec![50; stride_bytes * out_height], 99);
    let from = Rows { data, stride_bytes: width * BYTES + spare };
    rotate::<BYTES>(level, turn, from, size, RowsMut { data: out.get(), stride_bytes });
    out
}

fn turns_agree<const BYTES: usize>() {
    let mut numbers = Numbers(17);
    let sides = [0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 63, 64, 65, 130];
    for (width, height) in sides.into_iter().flat_map(|width| sides.map(|height| (width, height))) {
        for spare in [0, 3] {
            let data = numbers.bytes((width * BYTES + spare) * height);
            for turn in [Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
                on_every_level(|level| turned::<BYTES>(level, turn, &data, (width, height), spare));
            }
        }
    }
}

#[test]
fn rotate_levels_agree_on_every_size_and_sample() {
    turns_agree::<1>();
    turns_agree::<2>();
    turns_agree::<4>();
}

#[test]
fn rotate_turns_every_size_back_after_four_quarters() {
    let mut numbers = Numbers(18);
    for level in Level::available() {
        for (width, height) in [(1, 1), (3, 2), (33, 65), (64, 32)] {
            let (size, tall) = ((width, height), (height, width));
            let data = numbers.bytes(width * height * 4);
            let turn = |turn, data: &[u8], size| turned::<4>(level, turn, data, size, 0).get().to_vec();
            let once = turn(Turn::Quarter, &data, size);
            let twice = turn(Turn::Quarter, &once, tall);
            assert_eq!(twice, turn(Turn::Half, &data, size));
            let thrice = turn(Turn::Quarter, &twice, size);
            assert_eq!(thrice, turn(Turn::ThreeQuarters, &data, size));
            assert_eq!(turn(Turn::Quarter, &thrice, tall), data);
        }
    }
}

#[test]
fn rotate_a_quarter_makes_the_left_column_the_top_row() {
    let out = turned::<1>(Level::SCALAR, Turn::Quarter, &[1, 2, 3, 4, 5, 6], (3, 2), 0).get().to_vec();
    assert_eq!(out, [4, 1, 5, 2, 6, 3]);
}

/// Planes that are a byte short, and a stride that makes the end wrap around.
#[test]
fn rectangles_that_do_not_fit_are_refused_on_every_level() {
    let refused = |run: &dyn Fn()| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("it fits");
    };
    let rows = |len: usize, stride_bytes: usize| Rows { data: &[7; 256][..len], stride_bytes };
    for level in Level::available() {
        for (len, stride) in [(255, 16), (256, 1 << (usize::BITS - 1))] {
            refused(&|| {
                let mut out = [0; 256];
                let onto = RowsMut { data: &mut out, stride_bytes: 16 };
                rotate::<1>(level, Turn::Quarter, rows(len, stride), (16, 16), onto);
            });
            refused(&|| {
                let mut out = [0; 256];
                let onto = RowsMut { data: &mut out[..len], stride_bytes: stride };
                rotate::<1>(level, Turn::Quarter, rows(256, 16), (16, 16), onto);
            });
            refused(&|| {
                let (mut u, mut v) = ([0; 256], [0; 256]);
                let planes = [&mut u, &mut v].map(|data| RowsMut { data, stride_bytes: 16 });
                deinterleave_bytes(level, rows(len, stride), 8, 16, planes);
            });
            refused(&|| {
                let mut uv = [0; 512];
                let onto = RowsMut { data: &mut uv, stride_bytes: 32 };
                interleave_bytes(level, [rows(256, 16), rows(len, stride)], 16, 16, onto);
            });
        }
    }
}
