//! How many instructions a row of 1920 samples takes, counted by valgrind: the same number on a busy machine as on a quiet one.
//!
//! `benches/instructions` runs it. Valgrind has no AVX-512, so the plain code and AVX2 are counted. What is counted says
//! nothing of how long an instruction takes or of waiting for memory; it tells whether a change made a row do more or less.

use std::hint::black_box;

use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use polyptych_kernels::*;

const SAMPLES: usize = 1920;
const ALPHA: i16 = ONE / 5 * 4;

/// A level by its name.
fn level(name: &str) -> Level {
    Level::available()
        .find(|level| level.name() == name)
        .expect("the processor, or valgrind, lacks this level")
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 31 % 251) as u8).collect()
}

fn wide(count: usize) -> Vec<i16> {
    (0..count).map(|index| (index * 97 % 16_000) as i16).collect()
}

/// Where each output of a row that shrinks to two thirds begins.
fn two_thirds() -> Vec<u32> {
    (0..SAMPLES as u32).map(|index| index * 3 / 2).collect()
}

/// Equal weights of that many outputs.
fn mean(outputs: usize, taps: usize) -> Vec<f64> {
    vec![1.0 / taps as f64; outputs * taps]
}

/// One row by both passes in bytes.
struct Scale {
    level: Level,
    rows: NarrowRows,
    columns: NarrowColumns,
    alpha: i16,
    data: Vec<u8>,
    between: Vec<u8>,
    canvas: Vec<u8>,
}

fn scale_case(name: &str, taps: usize, alpha: i16) -> Scale {
    let level = level(name);
    let rows = NarrowRows::new(vec![0], taps, &mean(1, taps)).expect("a table");
    let columns = NarrowColumns::new(level, 1, two_thirds(), taps, &mean(SAMPLES, taps)).expect("a table");
    let row_bytes = columns.row_bytes();
    let (data, between) = (bytes(row_bytes * taps), bytes(row_bytes));
    Scale { level, rows, columns, alpha, data, between, canvas: bytes(SAMPLES) }
}

#[library_benchmark(setup = scale_case)]
#[benches::opaque(
    ("scalar", 2, ONE), ("scalar", 3, ONE), ("scalar", 4, ONE),
    ("avx2", 2, ONE), ("avx2", 3, ONE), ("avx2", 4, ONE),
)]
#[benches::blended(
    ("scalar", 2, ALPHA), ("scalar", 3, ALPHA), ("scalar", 4, ALPHA),
    ("avx2", 2, ALPHA), ("avx2", 3, ALPHA), ("avx2", 4, ALPHA),
)]
fn scale_narrow(mut case: Scale) -> Scale {
    let Scale { level, rows, columns, alpha, data, between, canvas } = &mut case;
    let from = Rows { stride_bytes: between.len(), data: black_box(data) };
    let onto = RowsMut { data: canvas, stride_bytes: SAMPLES };
    scale(*level, from, (rows, 0..1), (Some(columns), 0..SAMPLES), *alpha, onto, between);
    case
}

/// One row of the first pass in wide samples.
struct Vertical {
    level: Level,
    table: RowTable,
    data: Vec<u8>,
    out: Vec<i16>,
}

fn vertical_case(name: &str, taps: usize) -> Vertical {
    let table = RowTable::new(vec![0], taps, &mean(1, taps)).expect("a table");
    Vertical { level: level(name), table, data: bytes(SAMPLES * taps), out: vec![0; SAMPLES] }
}

#[library_benchmark(setup = vertical_case)]
#[benches::taps(("scalar", 2), ("scalar", 6), ("avx2", 2), ("avx2", 6))]
fn vertical_wide(mut case: Vertical) -> Vertical {
    let from = Rows { data: black_box(&case.data), stride_bytes: SAMPLES };
    vertical(case.level, from, &case.table, 0, &mut case.out);
    case
}

/// One row of the second pass in wide samples.
struct Horizontal {
    level: Level,
    table: ColumnTable,
    row: Vec<i16>,
    out: Vec<i16>,
}

fn horizontal_case(name: &str, taps: usize) -> Horizontal {
    let level = level(name);
    let table = ColumnTable::new(level, 1, two_thirds(), taps, &mean(SAMPLES, taps)).expect("a table");
    Horizontal { level, row: wide(table.row_len()), table, out: vec![0; SAMPLES] }
}

#[library_benchmark(setup = horizontal_case)]
#[benches::taps(("scalar", 2), ("scalar", 6), ("avx2", 2), ("avx2", 6))]
fn horizontal_wide(mut case: Horizontal) -> Horizontal {
    horizontal(case.level, black_box(&case.row), &case.table, 0, &mut case.out);
    case
}

/// A row onto a canvas, wide or in bytes.
struct Lay {
    level: Level,
    row: Vec<i16>,
    data: Vec<u8>,
    canvas: Vec<u8>,
}

fn lay_case(name: &str) -> Lay {
    Lay { level: level(name), row: wide(SAMPLES), data: bytes(SAMPLES), canvas: bytes(SAMPLES) }
}

#[library_benchmark(setup = lay_case)]
#[benches::level("scalar", "avx2")]
fn copy_bytes(mut case: Lay) -> Lay {
    let from = Rows { data: black_box(&case.data), stride_bytes: SAMPLES };
    copy(case.level, from, SAMPLES, 1, RowsMut { data: &mut case.canvas, stride_bytes: SAMPLES });
    case
}

#[library_benchmark(setup = lay_case)]
#[benches::level("scalar", "avx2")]
fn store_wide(mut case: Lay) -> Lay {
    store(case.level, black_box(&case.row), &mut case.canvas);
    case
}

#[library_benchmark(setup = lay_case)]
#[benches::level("scalar", "avx2")]
fn blend_wide(mut case: Lay) -> Lay {
    blend(case.level, black_box(&case.row), ALPHA, &mut case.canvas);
    case
}

/// One row by both passes of a sharp filter.
struct Sharp {
    level: Level,
    rows: SignedRows,
    columns: ColumnTable,
    data: Vec<u8>,
    between: Vec<i16>,
    canvas: Vec<u8>,
}

fn sharp_case(name: &str, taps: usize) -> Sharp {
    let level = level(name);
    let rows = SignedRows::new(vec![0], taps, &mean(1, taps)).expect("a table");
    let columns = ColumnTable::new(level, 1, two_thirds(), taps, &mean(SAMPLES, taps)).expect("a table");
    let row_len = columns.row_len();
    let between = vec![0; 2 * (row_len + 128)];
    Sharp { level, rows, columns, data: bytes(row_len * taps), between, canvas: bytes(SAMPLES) }
}

#[library_benchmark(setup = sharp_case)]
#[benches::scalar(args = [("scalar", 4), ("scalar", 6), ("scalar", 8)])]
#[benches::avx2(args = [("avx2", 4), ("avx2", 6), ("avx2", 8)])]
fn scale_sharp(mut case: Sharp) -> Sharp {
    let from = Rows { data: black_box(&case.data), stride_bytes: case.columns.row_len() };
    let onto = RowsMut { data: &mut case.canvas, stride_bytes: SAMPLES };
    let (rows, columns) = ((&case.rows, 0..1), (Some(&case.columns), 0..SAMPLES));
    scale_signed(case.level, from, rows, columns, ONE, onto, &mut case.between);
    case
}

/// What a conversion reads and where it writes.
struct Convert {
    level: Level,
    rgba: Vec<u8>,
    chroma: [Vec<u8>; 2],
    out: Vec<u8>,
    alphas: Vec<u8>,
}

fn convert_case(name: &str) -> Convert {
    let half = SAMPLES / 2;
    Convert {
        level: level(name),
        rgba: bytes(2 * 4 * SAMPLES),
        chroma: [bytes(half), bytes(half)],
        out: bytes(SAMPLES),
        alphas: bytes(SAMPLES),
    }
}

/// Luma of BT.709 in limited range.
fn luma() -> RgbWeights {
    RgbWeights::new([0.183, 0.614, 0.062], 16.0)
}

/// Its chroma.
fn chroma() -> [RgbWeights; 2] {
    [[-0.101, -0.339, 0.439], [0.439, -0.399, -0.040]].map(|weights| RgbWeights::new(weights, 128.0))
}

#[library_benchmark(setup = convert_case)]
#[bench::scalar("scalar")]
#[bench::avx2("avx2")]
fn interleave_chroma(mut case: Convert) -> Convert {
    let planes = case.chroma.each_ref().map(|plane| Rows { data: plane, stride_bytes: SAMPLES / 2 });
    let uv = RowsMut { data: &mut case.out, stride_bytes: SAMPLES };
    interleave_bytes(case.level, black_box(planes), SAMPLES / 2, 1, uv);
    case
}

#[library_benchmark(setup = convert_case)]
#[bench::scalar("scalar")]
#[bench::avx2("avx2")]
fn rgba_luma(mut case: Convert) -> Convert {
    rgba_to_luma(case.level, black_box(&case.rgba[..4 * SAMPLES]), luma(), &mut case.out, None);
    case
}

#[library_benchmark(setup = convert_case)]
#[bench::scalar("scalar")]
#[bench::avx2("avx2")]
fn rgba_luma_with_alpha(mut case: Convert) -> Convert {
    rgba_to_luma(
        case.level,
        black_box(&case.rgba[..4 * SAMPLES]),
        luma(),
        &mut case.out,
        Some(&mut case.alphas),
    );
    case
}

#[library_benchmark(setup = convert_case)]
#[bench::scalar("scalar")]
#[bench::avx2("avx2")]
fn rgba_chroma(mut case: Convert) -> Convert {
    let (above, below) = black_box(&case.rgba).split_at(4 * SAMPLES);
    let [u, v] = &mut case.chroma;
    rgba_to_chroma(case.level, [above, below], chroma(), [u, v], None);
    case
}

library_benchmark_group!(name = narrow, benchmarks = [scale_narrow, scale_sharp, copy_bytes]);
library_benchmark_group!(
    name = wide_rows,
    benchmarks = [vertical_wide, horizontal_wide, store_wide, blend_wide]
);
library_benchmark_group!(
    name = conversions,
    benchmarks = [interleave_chroma, rgba_luma, rgba_luma_with_alpha, rgba_chroma]
);

// A simulated cache is no cache of any processor: instructions alone.
main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = [narrow, wide_rows, conversions]
);
