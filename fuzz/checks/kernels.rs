//! Any kernel with any numbers: every level gives the bits of the plain code, at every length, offset and alignment, and changes
//! nothing around them.

use std::fmt::Debug;

use arbitrary::{Result, Unstructured};
use polyptych_kernels::*;

pub fn check(bytes: &[u8]) {
    // Input that ends early is no finding.
    let _ = run(&mut Draw(Unstructured::new(bytes)));
}

fn run(draw: &mut Draw<'_>) -> Result<()> {
    match draw.below(12)? {
        0 => passes(draw),
        1 => blends(draw),
        2 => pictures(draw),
        3 => fills(draw),
        4 => chroma(draw),
        5 => combined(draw),
        6 => copied(draw),
        7 => straight(draw),
        8 => turned(draw),
        9 | 10 => narrow(draw),
        _ => signed(draw),
    }
}

fn on_every_level<T: PartialEq + Debug>(run: impl Fn(Level) -> T) {
    let expected = run(Level::SCALAR);
    for level in Level::available() {
        assert_eq!(run(level), expected, "{}", level.name());
    }
}

/// The middle of a longer slice. What lies around it must stay as it is.
#[derive(Clone, Debug, PartialEq)]
struct Guarded<T> {
    all: Vec<T>,
    before: usize,
    len: usize,
}

impl<T: Copy> Guarded<T> {
    fn get(&mut self) -> &mut [T] {
        &mut self.all[self.before..][..self.len]
    }
}

/// What numbers are drawn from.
struct Draw<'a>(Unstructured<'a>);

impl Draw<'_> {
    fn below(&mut self, bound: usize) -> Result<usize> {
        self.0.int_in_range(0..=bound.max(1) - 1)
    }

    /// Mostly short: what is odd about a length shows at its end.
    fn len(&mut self) -> Result<usize> {
        let most = if self.0.ratio(1, 8)? { 700 } else { 140 };
        self.below(most)
    }

    fn channels(&mut self) -> Result<usize> {
        self.0.choose(&[1, 2, 4]).copied()
    }

    fn alpha(&mut self) -> Result<i16> {
        Ok(match self.below(3)? {
            0 => ONE,
            1 => 0,
            _ => self.0.int_in_range(0..=ONE)?,
        })
    }

    /// Noise, or extremes alone.
    fn bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        let (mut state, extremes) = (self.0.arbitrary::<u32>()? | 1, self.0.ratio(1, 3)?);
        Ok((0..count)
            .map(|_| {
                state = state.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                let byte = (state >> 24) as u8;
                match (extremes, byte < 128) {
                    (false, _) => byte,
                    (true, low) => {
                        if low {
                            0
                        } else {
                            255
                        }
                    }
                }
            })
            .collect())
    }

    /// Wide samples, overshoot included.
    fn wide(&mut self, count: usize) -> Result<Vec<i16>> {
        let bytes = self.bytes(2 * count)?;
        let samples = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]) % 24_000);
        Ok(samples.map(|sample| sample as i16 - 4_000).collect())
    }

    fn guarded<T: Copy>(&mut self, samples: &[T], guard: T) -> Result<Guarded<T>> {
        let before = self.below(70)?;
        let all = [&vec![guard; before], samples, &[guard; 71]].concat();
        Ok(Guarded { all, before, len: samples.len() })
    }

    /// Bytes to be written over.
    fn canvas(&mut self, count: usize) -> Result<Guarded<u8>> {
        let bytes = self.bytes(count)?;
        self.guarded(&bytes, 99)
    }

    /// Where outputs begin to read: each up to `max_step` after the one before.
    fn starts(&mut self, count: usize, max_step: usize) -> Result<Vec<u32>> {
        let mut start = 0;
        (0..count)
            .map(|_| {
                let here = start;
                start += self.below(max_step + 1)? as u32;
                Ok(here)
            })
            .collect()
    }

    /// Weights that sum to 1; some are below 0 where `signed`.
    fn weights(&mut self, outputs: usize, taps: usize, signed: bool) -> Result<Vec<f64>> {
        let mut weights = Vec::new();
        for _ in 0..outputs {
            let lowest = if signed { -2 } else { 0 };
            let raw: Result<Vec<f64>> =
                (0..taps).map(|_| Ok(f64::from(self.0.int_in_range(lowest..=8)?))).collect();
            let raw = raw?;
            let sum: f64 = raw.iter().sum();
            let even = 1.0 / taps as f64;
            weights.extend(raw.iter().map(|weight| if sum < 1.0 { even } else { weight / sum }));
        }
        Ok(weights)
    }
}

/// The wide passes.
fn passes(draw: &mut Draw<'_>) -> Result<()> {
    let (taps, width) = (1 + draw.below(40)?, draw.len()?);
    let stride_bytes = width + draw.below(5)?;
    let data = draw.bytes((stride_bytes * (taps - 1) + width).max(1))?;
    let rows = RowTable::new(vec![0], taps, &draw.weights(1, taps, true)?).expect("a table");
    let out = draw.guarded(&vec![0; width], 77)?;
    on_every_level(|level| {
        let mut out = out.clone();
        vertical(level, Rows { data: &data, stride_bytes }, &rows, 0, out.get());
        out
    });

    let (channels, count, max_step) = (draw.channels()?, 1 + draw.len()?, draw.below(8)?);
    let (starts, weights) = (draw.starts(count, max_step)?, draw.weights(count, taps, true)?);
    let first = draw.below(count)?;
    let made = 1 + draw.below(count - first)?;
    // Long enough for every level: what lies beyond the last tap must not matter.
    let row = draw.wide((starts[count - 1] as usize + taps) * channels + 64)?;
    let out = draw.guarded(&vec![0; made * channels], 77)?;
    on_every_level(|level| {
        let table = ColumnTable::new(level, channels, starts.clone(), taps, &weights).expect("it fits");
        let mut out = out.clone();
        horizontal(level, &row[..table.row_len()], &table, first, out.get());
        out
    });
    Ok(())
}

fn blends(draw: &mut Draw<'_>) -> Result<()> {
    let len = draw.len()?;
    let (row, below, alpha) = (draw.wide(len)?, draw.canvas(len)?, draw.alpha()?);
    on_every_level(|level| {
        let [mut stored, mut blended, mut multiplied] = [(); 3].map(|()| below.clone());
        store(level, &row, stored.get());
        blend(level, &row, alpha, blended.get());
        blend_multiplied(level, &row, alpha, multiplied.get());
        (stored, blended, multiplied)
    });
    Ok(())
}

/// With alphas of their own.
fn pictures(draw: &mut Draw<'_>) -> Result<()> {
    let len = draw.len()?;
    let (row, own, alpha) = (draw.wide(4 * len)?, draw.wide(len)?, draw.alpha()?);
    let (planar, interleaved, rgba) = (draw.canvas(len)?, draw.canvas(2 * len)?, draw.canvas(4 * len)?);
    on_every_level(|level| {
        let [mut planar, mut interleaved, mut rgba] = [&planar, &interleaved, &rgba].map(Clone::clone);
        blend_picture::<1>(level, &row[..len], &own, alpha, planar.get());
        blend_picture::<2>(level, &row[..2 * len], &own, alpha, interleaved.get());
        blend_rgba(level, &row, alpha, rgba.get());
        (planar, interleaved, rgba)
    });
    Ok(())
}

fn fills(draw: &mut Draw<'_>) -> Result<()> {
    let (len, color, alpha) = (draw.len()?, draw.0.arbitrary::<[u8; 4]>()?, draw.alpha()?);
    let (one, two, four) = (draw.canvas(len)?, draw.canvas(2 * len)?, draw.canvas(4 * len)?);
    on_every_level(|level| {
        let [mut one, mut two, mut four] = [&one, &two, &four].map(Clone::clone);
        blend_fill(level, [color[0]], alpha, one.get());
        blend_fill(level, [color[0], color[1]], alpha, two.get());
        blend_fill(level, color, alpha, four.get());
        (one, two, four)
    });
    Ok(())
}

fn chroma(draw: &mut Draw<'_>) -> Result<()> {
    let (width, height) = (draw.len()?, 1 + draw.below(4)?);
    let stride = width + draw.below(5)?;
    let (u, v, uv) =
        (draw.bytes(stride * height)?, draw.bytes(stride * height)?, draw.bytes(2 * stride * height)?);
    let (to_uv, to_u, to_v) =
        (draw.canvas(2 * stride * height)?, draw.canvas(stride * height)?, draw.canvas(stride * height)?);
    let wide = [draw.wide(width)?, draw.wide(width)?];
    on_every_level(|level| {
        let (mut to_uv, mut to_u, mut to_v) = (to_uv.clone(), to_u.clone(), to_v.clone());
        let rows = |data, stride_bytes| Rows { data, stride_bytes };
        let onto = RowsMut { data: to_uv.get(), stride_bytes: 2 * stride };
        interleave_bytes(level, [rows(&u, stride), rows(&v, stride)], width, height, onto);
        let apart = [&mut to_u, &mut to_v].map(|plane| RowsMut { data: plane.get(), stride_bytes: stride });
        deinterleave_bytes(level, rows(&uv, 2 * stride), width, height, apart);
        let (mut together, mut first, mut second) = (vec![0; 2 * width], vec![0; width], vec![0; width]);
        interleave(level, &wide[0], &wide[1], &mut together);
        deinterleave(level, &together, &mut first, &mut second);
        assert_eq!([&first, &second], [&wide[0], &wide[1]], "there and back");
        (to_uv, to_u, to_v, together)
    });
    Ok(())
}

/// Matrices on wide samples.
fn combined(draw: &mut Draw<'_>) -> Result<()> {
    let len = draw.len()?;
    let rows = [draw.wide(len)?, draw.wide(len)?, draw.wide(len)?];
    let mut weights = || -> Result<WideWeights> {
        let mut weight = || Ok(f64::from(draw.0.int_in_range(-200..=200)?) / 100.0);
        Ok(WideWeights::new([weight()?, weight()?, weight()?], weight()? * 100.0))
    };
    let weights = [weights()?, weights()?, weights()?];
    let alpha = draw.alpha()?;
    let (one, four) = (draw.guarded(&vec![0; len], 77)?, draw.guarded(&vec![0; 4 * len], 77)?);
    on_every_level(|level| {
        let rows = [&rows[0][..], &rows[1], &rows[2]];
        let (mut one, mut four) = (one.clone(), four.clone());
        combine(level, rows, weights[0], one.get());
        combine_rgba(level, rows, weights, alpha, four.get());
        (one, four)
    });
    Ok(())
}

fn copied(draw: &mut Draw<'_>) -> Result<()> {
    let (width, height) = (draw.len()?, draw.below(5)?);
    let (from_stride, onto_stride) = (width + draw.below(5)?, width + draw.below(5)?);
    let (data, canvas) = (draw.bytes(from_stride * height)?, draw.canvas(onto_stride * height)?);
    on_every_level(|level| {
        let mut canvas = canvas.clone();
        let onto = RowsMut { data: canvas.get(), stride_bytes: onto_stride };
        copy(level, Rows { data: &data, stride_bytes: from_stride }, width, height, onto);
        canvas
    });
    Ok(())
}

/// Straight RGBA.
fn straight(draw: &mut Draw<'_>) -> Result<()> {
    let len = draw.len()?;
    let rows = [draw.bytes(4 * len)?, draw.bytes(4 * len)?];
    let mut weights = || -> Result<RgbWeights> {
        let mut weight = || Ok(f64::from(draw.0.int_in_range(-120..=120)?) / 100.0);
        Ok(RgbWeights::new([weight()?, weight()?, weight()?], weight()?.abs() * 250.0))
    };
    let weights = [weights()?, weights()?, weights()?];
    let half = len.div_ceil(2);
    let (row, block, rgba) = (draw.canvas(len)?, draw.canvas(half)?, draw.canvas(4 * len)?);
    on_every_level(|level| {
        let [mut luma, mut luma_of_alpha, mut alphas] = [(); 3].map(|()| row.clone());
        rgba_to_luma(level, &rows[0], weights[0], luma.get(), None);
        rgba_to_luma(level, &rows[0], weights[0], luma_of_alpha.get(), Some(alphas.get()));
        let [mut u, mut v, mut u_of_alpha, mut v_of_alpha, mut means] = [(); 5].map(|()| block.clone());
        let both = [&rows[0][..], &rows[1]];
        let chroma = [weights[1], weights[2]];
        rgba_to_chroma(level, both, chroma, [u.get(), v.get()], None);
        rgba_to_chroma(level, both, chroma, [u_of_alpha.get(), v_of_alpha.get()], Some(means.get()));
        let mut multiplied = rgba.clone();
        premultiply(level, &rows[0], multiplied.get());
        ([luma, luma_of_alpha, alphas], [u, v, u_of_alpha, v_of_alpha, means], multiplied)
    });
    Ok(())
}

fn turned(draw: &mut Draw<'_>) -> Result<()> {
    match draw.channels()? {
        1 => turned_by::<1>(draw),
        2 => turned_by::<2>(draw),
        _ => turned_by::<4>(draw),
    }
}

fn turned_by<const BYTES: usize>(draw: &mut Draw<'_>) -> Result<()> {
    let (width, height, spare) = (draw.len()?, draw.below(80)?, draw.below(5)?);
    let turn = *draw.0.choose(&[Turn::Quarter, Turn::Half, Turn::ThreeQuarters])?;
    let (out_width, out_height) = if turn == Turn::Half { (width, height) } else { (height, width) };
    let (from_stride, onto_stride) = (width * BYTES + spare, out_width * BYTES + spare);
    let (data, canvas) = (draw.bytes(from_stride * height)?, draw.canvas(onto_stride * out_height)?);
    on_every_level(|level| {
        let mut canvas = canvas.clone();
        let from = Rows { data: &data, stride_bytes: from_stride };
        let onto = RowsMut { data: canvas.get(), stride_bytes: onto_stride };
        rotate::<BYTES>(level, turn, from, (width, height), onto);
        canvas
    });
    Ok(())
}

/// A rectangle that is scaled in one call.
struct Rectangle {
    channels: usize,
    taps: (usize, usize),
    columns: Option<(Vec<u32>, Vec<f64>)>,
    rows: (Vec<u32>, Vec<f64>),
    data: Vec<u8>,
    stride: usize,
    source_width: usize,
    /// Which columns and rows are made.
    part: (usize, usize, usize),
    height: usize,
    alpha: i16,
    onto_stride: usize,
    canvas: Guarded<u8>,
}

impl Rectangle {
    fn draw(draw: &mut Draw<'_>, max_taps: usize, signed: bool) -> Result<Self> {
        let channels = draw.channels()?;
        let taps = (1 + draw.below(max_taps)?, 1 + draw.below(max_taps)?);
        let (width, height) = (1 + draw.len()?, 1 + draw.below(5)?);
        let (row_step, column_step) = (draw.below(4)?, draw.below(9)?);
        let rows = (draw.starts(height, row_step)?, draw.weights(height, taps.1, signed)?);
        let columns = if draw.below(8)? > 0 {
            Some((draw.starts(width, column_step)?, draw.weights(width, taps.0, signed)?))
        } else {
            None
        };
        let source_width = columns.as_ref().map_or(width, |(starts, _)| starts[width - 1] as usize + taps.0);
        let stride = source_width * channels + draw.below(5)?;
        // Nothing behind the last sample.
        let last_row = rows.0[height - 1] as usize + taps.1 - 1;
        let data = draw.bytes(stride * last_row + source_width * channels)?;
        let (first, first_row) = (draw.below(width)?, draw.below(height)?);
        let part_width = 1 + draw.below(width - first)?;
        let onto_stride = part_width * channels + draw.below(9)?;
        let canvas = draw.canvas(onto_stride * (height - first_row))?;
        let alpha = draw.alpha()?;
        let part = (first, part_width, first_row);
        Ok(Self {
            channels,
            taps,
            columns,
            rows,
            data,
            stride,
            source_width,
            part,
            height,
            alpha,
            onto_stride,
            canvas,
        })
    }

    /// Which outputs are made: samples of a table's channels, or bytes as they are.
    fn outputs(&self) -> std::ops::Range<usize> {
        let (first, width, _) = self.part;
        let unit = if self.columns.is_some() { 1 } else { self.channels };
        first * unit..(first + width) * unit
    }
}

fn narrow(draw: &mut Draw<'_>) -> Result<()> {
    let case = Rectangle::draw(draw, 4, false)?;
    let Ok(rows) = NarrowRows::new(case.rows.0.clone(), case.taps.1, &case.rows.1) else { return Ok(()) };
    on_every_level(|level| {
        let columns = case.columns.as_ref().map(|(starts, weights)| {
            NarrowColumns::new(level, case.channels, starts.clone(), case.taps.0, weights)
        });
        let columns = columns.transpose().ok()?;
        let mut canvas = case.canvas.clone();
        let needed = columns.as_ref().map_or(0, NarrowColumns::row_bytes);
        let mut between = vec![0; needed.max(case.source_width * case.channels + 128)];
        let from = Rows { data: &case.data, stride_bytes: case.stride };
        let onto = RowsMut { data: canvas.get(), stride_bytes: case.onto_stride };
        let rows = (&rows, case.part.2..case.height);
        scale(level, from, rows, (columns.as_ref(), case.outputs()), case.alpha, onto, &mut between);
        Some(canvas)
    });
    Ok(())
}

fn signed(draw: &mut Draw<'_>) -> Result<()> {
    let case = Rectangle::draw(draw, MAX_SIGNED_TAPS, true)?;
    let Ok(rows) = SignedRows::new(case.rows.0.clone(), case.taps.1, &case.rows.1) else { return Ok(()) };
    on_every_level(|level| {
        let columns = case.columns.as_ref().map(|(starts, weights)| {
            ColumnTable::new(level, case.channels, starts.clone(), case.taps.0, weights).expect("a table")
        });
        let mut canvas = case.canvas.clone();
        let needed = columns.as_ref().map_or(0, ColumnTable::row_len);
        let mut between = vec![0; 2 * (needed.max(case.source_width * case.channels) + 128)];
        let from = Rows { data: &case.data, stride_bytes: case.stride };
        let onto = RowsMut { data: canvas.get(), stride_bytes: case.onto_stride };
        let rows = (&rows, case.part.2..case.height);
        scale_signed(level, from, rows, (columns.as_ref(), case.outputs()), case.alpha, onto, &mut between);
        Some(canvas)
    });
    Ok(())
}
