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
        let table = RowTable::new(vec![0], taps, &vec![1.0 / taps as f64; taps]);
        let mut out = vec![0; SAMPLES];
        for level in Level::available() {
            group.bench_function(format!("{taps}_taps/{}", level.name()), |bencher| {
                let rows = Rows { data: &data, stride_bytes: SAMPLES };
                bencher.iter(|| vertical(level, black_box(rows), &table, 0, &mut out));
            });
        }
    }
}

fn horizontal_pass<const CHANNELS: usize>(criterion: &mut Criterion) {
    let mut group = group(criterion, &format!("horizontal_{CHANNELS}"));
    let count = SAMPLES / CHANNELS;
    for taps in [2, 3, 6] {
        // Shrunk to two thirds.
        let starts: Vec<u32> = (0..count as u32).map(|index| index * 3 / 2).collect();
        let weights = vec![1.0 / taps as f64; count * taps];
        let table = ColumnTable::new(&starts, taps, &weights).expect("a table");
        let row = wide(table.reach(0, count).len() * CHANNELS);
        let mut out = vec![0; SAMPLES];
        for level in Level::available() {
            group.bench_function(format!("{taps}_taps/{}", level.name()), |bencher| {
                bencher.iter(|| horizontal::<CHANNELS>(level, black_box(&row), &table, 0, &mut out));
            });
        }
    }
}

fn horizontal_passes(criterion: &mut Criterion) {
    horizontal_pass::<1>(criterion);
    horizontal_pass::<2>(criterion);
    horizontal_pass::<4>(criterion);
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
    group.bench_function("blend_picture/scalar", |bencher| {
        bencher.iter(|| blend_picture(black_box(&row), &alphas, 1, ONE, &mut canvas));
    });
    group.bench_function("blend_rgba/scalar", |bencher| {
        bencher.iter(|| blend_rgba(black_box(&row), ONE, &mut canvas));
    });
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

criterion_group!(benches, vertical_pass, horizontal_passes, laying, converting, turning);
criterion_main!(benches);
