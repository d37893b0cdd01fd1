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

fn laying(criterion: &mut Criterion) {
    let (row, mut canvas) = (wide(SAMPLES), bytes(SAMPLES));
    let mut group = group(criterion, "lay");
    for level in Level::available() {
        group.bench_function(format!("store/{}", level.name()), |bencher| {
            bencher.iter(|| store(level, black_box(&row), &mut canvas));
        });
        group.bench_function(format!("blend/{}", level.name()), |bencher| {
            bencher.iter(|| blend(level, black_box(&row), ONE / 5 * 4, &mut canvas));
        });
    }
    let alphas = vec![200 << FRACTION_BITS; SAMPLES];
    for level in Level::available() {
        group.bench_function(format!("blend_picture/{}", level.name()), |bencher| {
            bencher.iter(|| blend_picture::<1>(level, black_box(&row), &alphas, ONE, &mut canvas));
        });
        group.bench_function(format!("blend_rgba/{}", level.name()), |bencher| {
            bencher.iter(|| blend_rgba(level, black_box(&row), ONE, &mut canvas));
        });
    }
}

fn converting(criterion: &mut Criterion) {
    let rows = [wide(SAMPLES), wide(SAMPLES), wide(SAMPLES)];
    let weights = WideWeights::new([1.164, -0.213, -0.533], 77.0);
    let mut out = vec![0; SAMPLES];
    let mut group = group(criterion, "convert");
    for level in Level::available() {
        group.bench_function(format!("combine/{}", level.name()), |bencher| {
            let rows = [&rows[0][..], &rows[1], &rows[2]];
            bencher.iter(|| combine::<1>(level, black_box(rows), weights, &mut out));
        });
    }
    let (rgba, mut luma, mut alphas) = (bytes(4 * SAMPLES), bytes(SAMPLES), bytes(SAMPLES));
    let weights = RgbWeights::new([0.183, 0.614, 0.062], 16.0);
    group.bench_function("rgba_to_luma/scalar", |bencher| {
        bencher.iter(|| rgba_to_luma(black_box(&rgba), weights, &mut luma, None));
    });
    group.bench_function("rgba_to_luma_with_alpha/scalar", |bencher| {
        bencher.iter(|| rgba_to_luma(black_box(&rgba), weights, &mut luma, Some(&mut alphas)));
    });
}

fn turning(criterion: &mut Criterion) {
    let (width, height) = (320, 180);
    let (data, mut out) = (bytes(width * height), bytes(width * height));
    let mut group = group(criterion, "rotate");
    group.throughput(Throughput::Elements((width * height) as u64));
    for (name, turn) in [("quarter", Turn::Quarter), ("half", Turn::Half)] {
        let out_width = if turn == Turn::Half { width } else { height };
        group.bench_function(format!("{name}/scalar"), |bencher| {
            let rows = Rows { data: &data, stride_bytes: width };
            bencher.iter(|| rotate::<1>(turn, black_box(rows), (width, height), &mut out, out_width));
        });
    }
}

criterion_group!(benches, both_passes, vertical_pass, horizontal_pass, copying, laying, converting, turning);
criterion_main!(benches);
