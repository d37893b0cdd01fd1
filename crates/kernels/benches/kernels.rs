//! Row functions, a row of 1920 samples at a time, on every level of the processor; throughput in samples made.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use polyptych_kernels::*;

const SAMPLES: usize = 1920;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 31 % 251) as u8).collect()
}

fn wide(count: usize) -> Vec<i16> {
    (0..count).map(|index| (index * 97 % 16_000) as i16).collect()
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    group.sample_size(20).throughput(Throughput::Elements(SAMPLES as u64));
    group
}

fn vertical_pass(criterion: &mut Criterion) {
    let mut group = group(criterion, "vertical");
    for taps in [1, 2, 3, 6] {
        let data = bytes(SAMPLES * taps);
        let table = RowTable::new(vec![0], taps, &vec![1.0 / taps as f64; taps]).expect("a table");
        let mut out = vec![0; SAMPLES];
        for level in Level::available() {
            group.bench_function(format!("{taps}_taps/{}", level.name()), |bencher| {
                let rows = Rows { data: &data, stride_bytes: SAMPLES };
                bencher.iter(|| vertical(level, black_box(rows), &table, 0, &mut out));
            });
        }
    }
}

/// Shrunk to two thirds, evenly weighted: each output's first sample.
fn two_thirds(count: usize) -> Vec<u32> {
    (0..count as u32).map(|index| index * 3 / 2).collect()
}

fn horizontal_pass(criterion: &mut Criterion) {
    for channels in [1, 2, 4] {
        let mut group = group(criterion, &format!("horizontal_{channels}"));
        let count = SAMPLES / channels;
        for taps in [2, 3, 6] {
            let weights = vec![1.0 / taps as f64; count * taps];
            let mut out = vec![0; SAMPLES];
            for level in Level::available() {
                let table =
                    ColumnTable::new(level, channels, two_thirds(count), taps, &weights).expect("a table");
                let row = wide(table.row_len());
                group.bench_function(format!("{taps}_taps/{}", level.name()), |bencher| {
                    bencher.iter(|| horizontal(level, black_box(&row), &table, 0, &mut out));
                });
            }
        }
    }
}

/// One row by both passes in bytes.
fn both_passes(criterion: &mut Criterion) {
    for channels in [1, 2, 4] {
        let mut group = group(criterion, &format!("scale_{channels}"));
        let count = SAMPLES / channels;
        for (taps, alpha) in [(2, ONE), (3, ONE), (4, ONE), (3, ONE / 5 * 4)] {
            let rows = NarrowRows::new(vec![0], taps, &vec![1.0 / taps as f64; taps]).expect("a table");
            let weights = vec![1.0 / taps as f64; count * taps];
            let mut canvas = bytes(SAMPLES);
            for level in Level::available() {
                let columns =
                    NarrowColumns::new(level, channels, two_thirds(count), taps, &weights).expect("a table");
                let stride_bytes = columns.row_bytes();
                let (data, mut between) = (bytes(stride_bytes * taps), bytes(stride_bytes));
                let name = if alpha == ONE { "opaque" } else { "blended" };
                group.bench_function(format!("{taps}_taps_{name}/{}", level.name()), |bencher| {
                    bencher.iter(|| {
                        let from = Rows { data: black_box(&data), stride_bytes };
                        let onto = RowsMut { data: &mut canvas, stride_bytes: SAMPLES };
                        let (rows, columns) = ((&rows, 0..1), (Some(&columns), 0..count));
                        scale(level, from, rows, columns, alpha, onto, &mut between);
                    });
                });
            }
        }
    }
}

fn copying(criterion: &mut Criterion) {
    let (data, mut canvas) = (bytes(SAMPLES), bytes(SAMPLES));
    let mut group = group(criterion, "copy");
    for level in Level::available() {
        group.bench_function(level.name(), |bencher| {
            bencher.iter(|| {
                let from = Rows { data: black_box(&data), stride_bytes: SAMPLES };
                copy(level, from, SAMPLES, 1, RowsMut { data: &mut canvas, stride_bytes: SAMPLES });
            });
        });
    }
}

/// Measures one function on every level.
fn on_every_level(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut run: impl FnMut(Level)) {
    for level in Level::available() {
        group.bench_function(format!("{name}/{}", level.name()), |bencher| bencher.iter(|| run(level)));
    }
}

fn laying(criterion: &mut Criterion) {
    let (row, mut canvas) = (wide(SAMPLES), bytes(SAMPLES));
    let (alpha, alphas) = (ONE / 5 * 4, vec![200 << FRACTION_BITS; SAMPLES]);
    let mut group = group(criterion, "lay");
    on_every_level(&mut group, "store", |level| store(level, black_box(&row), &mut canvas));
    on_every_level(&mut group, "blend", |level| blend(level, black_box(&row), alpha, &mut canvas));
    on_every_level(&mut group, "blend_fill", |level| {
        blend_fill(level, black_box([16, 128, 240, 255]), alpha, &mut canvas);
    });
    on_every_level(&mut group, "blend_multiplied", |level| {
        blend_multiplied(level, black_box(&row), alpha, &mut canvas);
    });
    on_every_level(&mut group, "blend_picture_1", |level| {
        blend_picture::<1>(level, black_box(&row), &alphas, alpha, &mut canvas);
    });
    on_every_level(&mut group, "blend_picture_2", |level| {
        blend_picture::<2>(level, black_box(&row), &alphas, alpha, &mut canvas);
    });
    on_every_level(&mut group, "blend_rgba", |level| {
        blend_rgba(level, black_box(&row), alpha, &mut canvas);
    });
}

fn converting(criterion: &mut Criterion) {
    let rows = [wide(SAMPLES), wide(SAMPLES), wide(SAMPLES)];
    let rows = [&rows[0][..], &rows[1], &rows[2]];
    let weights = WideWeights::new([1.164, -0.213, -0.533], 77.0);
    let mut out = vec![0; 4 * SAMPLES];
    let mut group = group(criterion, "convert");
    on_every_level(&mut group, "combine", |level| {
        combine(level, black_box(rows), weights, &mut out[..SAMPLES]);
    });
    on_every_level(&mut group, "combine_rgba", |level| {
        combine_rgba(level, black_box(rows), [weights; 3], 255 << FRACTION_BITS, &mut out);
    });
}

fn making_ready(criterion: &mut Criterion) {
    let rgba = bytes(4 * SAMPLES);
    let [mut luma, mut alphas, mut u, mut v] = [(); 4].map(|()| bytes(SAMPLES));
    let [to_y, to_u, to_v] = [[0.183, 0.614, 0.062], [-0.101, -0.338, 0.439], [0.439, -0.399, -0.040]]
        .map(|weights| RgbWeights::new(weights, 16.0));
    let mut group = group(criterion, "rgba");
    on_every_level(&mut group, "luma", |level| {
        rgba_to_luma(level, black_box(&rgba), to_y, &mut luma, None);
    });
    on_every_level(&mut group, "luma_with_alpha", |level| {
        rgba_to_luma(level, black_box(&rgba), to_y, &mut luma, Some(&mut alphas));
    });
    let half = SAMPLES / 2;
    on_every_level(&mut group, "chroma", |level| {
        let rows = black_box([&rgba[..], &rgba]);
        rgba_to_chroma(level, rows, [to_u, to_v], [&mut u[..half], &mut v[..half]], None);
    });
    on_every_level(&mut group, "chroma_with_alpha", |level| {
        let (rows, uv) = (black_box([&rgba[..], &rgba]), [&mut u[..half], &mut v[..half]]);
        rgba_to_chroma(level, rows, [to_u, to_v], uv, Some(&mut alphas[..half]));
    });
    let mut out = bytes(4 * SAMPLES);
    on_every_level(&mut group, "premultiply", |level| premultiply(level, black_box(&rgba), &mut out));
}

/// A row of U and one of V, together 1920 samples.
fn chroma(criterion: &mut Criterion) {
    let half = SAMPLES / 2;
    let (mut u, mut v, mut uv) = (bytes(half), bytes(half), bytes(SAMPLES));
    let mut group = group(criterion, "chroma");
    on_every_level(&mut group, "interleave_bytes", |level| {
        let planes = black_box([&u, &v]).map(|data| Rows { data, stride_bytes: half });
        let uv = RowsMut { data: &mut uv, stride_bytes: SAMPLES };
        interleave_bytes(level, planes, half, 1, uv);
    });
    on_every_level(&mut group, "deinterleave_bytes", |level| {
        let planes = [&mut u, &mut v].map(|data| RowsMut { data, stride_bytes: half });
        let uv = Rows { data: black_box(&uv), stride_bytes: SAMPLES };
        deinterleave_bytes(level, uv, half, 1, planes);
    });
    let (mut u, mut v, mut uv) = (wide(half), wide(half), wide(SAMPLES));
    on_every_level(&mut group, "interleave", |level| {
        interleave(level, black_box(&u), black_box(&v), &mut uv);
    });
    on_every_level(&mut group, "deinterleave", |level| {
        deinterleave(level, black_box(&uv), &mut u, &mut v);
    });
}

/// A plane of 320×180 samples.
fn turning(criterion: &mut Criterion) {
    turning_samples::<1>(criterion);
    turning_samples::<2>(criterion);
    turning_samples::<4>(criterion);
}

fn turning_samples<const BYTES: usize>(criterion: &mut Criterion) {
    let (width, height) = (320, 180);
    let (data, mut out) = (bytes(BYTES * width * height), bytes(BYTES * width * height));
    let mut group = group(criterion, &format!("rotate_{BYTES}"));
    group.throughput(Throughput::Elements((width * height) as u64));
    for (name, turn) in [("quarter", Turn::Quarter), ("half", Turn::Half)] {
        let out_width = if turn == Turn::Half { width } else { height };
        on_every_level(&mut group, name, |level| {
            let rows = Rows { data: black_box(&data), stride_bytes: BYTES * width };
            let onto = RowsMut { data: &mut out, stride_bytes: BYTES * out_width };
            rotate::<BYTES>(level, turn, rows, (width, height), onto);
        });
    }
}

criterion_group!(
    benches,
    both_passes,
    vertical_pass,
    horizontal_pass,
    copying,
    laying,
    converting,
    making_ready,
    chroma,
    turning
);
criterion_main!(benches);
