//! Every level of the processor gives the bits of the plain code, and the plain code those of the arithmetic.

mod support;

use polyptych_kernels::*;
use support::Numbers;

fn on_every_level<T: PartialEq + std::fmt::Debug>(run: impl Fn(Level) -> T) {
    let expected = run(Level::SCALAR);
    for level in Level::available() {
        assert_eq!(run(level), expected, "{}", level.name());
    }
}

#[test]
fn vertical_levels_agree_at_every_width_and_tap_count() {
    let mut numbers = Numbers(1);
    for taps in (1..=12).chain([31, 32, 33, 80]) {
        for width in (1..=70).chain([127, 640]) {
            let stride_bytes = width + 3;
            let data = numbers.bytes(stride_bytes * taps);
            let table = RowTable::new(vec![0], taps, &numbers.weights(1, taps)).expect("a table");
            on_every_level(|level| {
                let mut out = vec![0; width];
                vertical(level, Rows { data: &data, stride_bytes }, &table, 0, &mut out);
                out
            });
        }
    }
}

/// Two strides of half the address space end where they began.
#[test]
fn vertical_refuses_a_stride_that_wraps_around_on_every_level() {
    let data = [0; 64];
    let table = RowTable::new(vec![0], 3, &[0.25, 0.5, 0.25]).expect("a table");
    for level in Level::available() {
        let rows = Rows { data: &data, stride_bytes: 1 << (usize::BITS - 1) };
        let refused = std::panic::catch_unwind(|| vertical(level, rows, &table, 0, &mut [0; 64]));
        assert!(refused.is_err(), "{}", level.name());
    }
}

#[test]
fn vertical_of_one_row_takes_any_stride() {
    let data = [7; 64];
    let table = RowTable::new(vec![0], 1, &[1.0]).expect("a table");
    on_every_level(|level| {
        let mut out = [0; 64];
        vertical(level, Rows { data: &data, stride_bytes: usize::MAX }, &table, 0, &mut out);
        out
    });
}

/// Starts at most `max_step` apart: 1 where a picture is enlarged, beyond 2 where it shrinks to less than half.
fn horizontal_agrees(channels: usize, max_step: u64) {
    let mut numbers = Numbers(channels as u64 + max_step);
    for taps in (1..=9).chain([32, 33, 50]) {
        for count in (1..=40).chain([100, 333]) {
            let mut start = 0;
            let starts: Vec<u32> = (0..count)
                .map(|_| {
                    start += numbers.below(max_step + 1) as u32;
                    start
                })
                .collect();
            let weights = numbers.weights(count, taps);
            let first = numbers.below(count as u64) as usize;
            let made = 1 + numbers.below((count - first) as u64) as usize;
            // Long enough for every level: what lies beyond the last tap must not matter.
            let row = numbers.wide((starts[count - 1] as usize + taps) * channels + 64);
            on_every_level(|level| {
                let table =
                    ColumnTable::new(level, channels, starts.clone(), taps, &weights).expect("it fits");
                let mut out = vec![0; made * channels];
                horizontal(level, &row[..table.row_len()], &table, first, &mut out);
                out
            });
        }
    }
}

#[test]
fn horizontal_levels_agree_with_one_channel() {
    [1, 2, 3, 7].into_iter().for_each(|max_step| horizontal_agrees(1, max_step));
}

#[test]
fn horizontal_levels_agree_with_two_channels() {
    [1, 2, 3, 7].into_iter().for_each(|max_step| horizontal_agrees(2, max_step));
}

#[test]
fn horizontal_levels_agree_with_four_channels() {
    [1, 2, 3, 7].into_iter().for_each(|max_step| horizontal_agrees(4, max_step));
}

#[test]
fn blend_levels_agree_at_every_length() {
    let mut numbers = Numbers(7);
    for length in (0..=70).chain([640]) {
        let (row, below) = (numbers.wide(length), numbers.bytes(length));
        let alpha = numbers.below(u64::from(ONE as u16) + 1) as i16;
        on_every_level(|level| {
            let [mut stored, mut blended, mut multiplied] = [(); 3].map(|()| below.clone());
            store(level, &row, &mut stored);
            blend(level, &row, alpha, &mut blended);
            blend_multiplied(level, &row, alpha, &mut multiplied);
            (stored, blended, multiplied)
        });
    }
}

#[test]
fn blends_of_pictures_with_alpha_agree_at_every_length() {
    let mut numbers = Numbers(8);
    for length in (0..=70).chain([640]) {
        let (row, below) = (numbers.wide(4 * length), numbers.bytes(4 * length));
        let alphas = numbers.wide(length);
        let alpha = numbers.below(u64::from(ONE as u16) + 1) as i16;
        on_every_level(|level| {
            let mut canvases = [below.clone(), below.clone(), below.clone()];
            let [planar, interleaved, rgba] = &mut canvases;
            blend_picture::<1>(level, &row[..length], &alphas, alpha, &mut planar[..length]);
            blend_picture::<2>(level, &row[..2 * length], &alphas, alpha, &mut interleaved[..2 * length]);
            blend_rgba(level, &row, alpha, rgba);
            canvases
        });
    }
}

#[test]
fn combine_levels_agree_at_every_length() {
    let mut numbers = Numbers(9);
    let weights = WideWeights::new([1.164, -0.213, -0.533], -16.0 * 1.164 + 128.0 * 0.746);
    for length in (0..=70).chain([640]) {
        let rows = [numbers.wide(length), numbers.wide(length), numbers.wide(length)];
        on_every_level(|level| {
            let (mut planar, mut strided) = (vec![0; length], vec![0; 4 * length]);
            let rows = [&rows[0][..], &rows[1], &rows[2]];
            combine::<1>(level, rows, weights, &mut planar);
            combine::<4>(level, rows, weights, &mut strided);
            (planar, strided)
        });
    }
}

#[test]
fn flat_pictures_stay_flat_through_both_passes() {
    let mut numbers = Numbers(11);
    for taps in [1, 2, 3, 4, 6, 12, 32, 33] {
        let rows = RowTable::new(vec![0], taps, &numbers.weights(1, taps)).expect("a table");
        let columns = ColumnTable::new(Level::SCALAR, 1, vec![0; 20], taps, &numbers.weights(20, taps))
            .expect("it fits");
        for value in [0, 1, 16, 100, 128, 235, 254, 255] {
            let data = vec![value; taps * 40];
            let mut wide = [0; 40];
            vertical(Level::SCALAR, Rows { data: &data, stride_bytes: 40 }, &rows, 0, &mut wide);
            let (mut scaled, mut out) = ([0; 20], [0; 20]);
            horizontal(Level::SCALAR, &wide, &columns, 0, &mut scaled);
            store(Level::SCALAR, &scaled, &mut out);
            assert_eq!(out, [value; 20], "{taps} taps");
        }
    }
}

#[test]
fn opaque_blends_are_stores_and_transparent_ones_change_nothing() {
    let mut numbers = Numbers(13);
    let (row, below) = (numbers.wide(100), numbers.bytes(100));
    let mut stored = below.clone();
    store(Level::SCALAR, &row, &mut stored);
    let blended = |alpha: i16| {
        let mut canvas = below.clone();
        blend(Level::SCALAR, &row, alpha, &mut canvas);
        canvas
    };
    assert_eq!(blended(ONE), stored);
    assert_eq!(blended(0), below);
    let own = |own: u8| {
        let mut canvas = below.clone();
        let alphas = vec![i16::from(own) << FRACTION_BITS; 100];
        let row: Vec<i16> = row.iter().map(|&sample| if own == 0 { 0 } else { sample }).collect();
        blend_picture::<1>(Level::SCALAR, &row, &alphas, ONE, &mut canvas);
        canvas
    };
    assert_eq!(own(255), stored);
    assert_eq!(own(0), below);
}

#[test]
fn rotate_turns_every_size_back_after_four_quarters() {
    let mut numbers = Numbers(17);
    for (width, height) in [(1, 1), (3, 2), (33, 65), (64, 31)] {
        let data = numbers.bytes(width * height * 4);
        let turn = |turn: Turn, data: &[u8], size: (usize, usize)| {
            let mut out = vec![0; data.len()];
            let out_width = if turn == Turn::Half { size.0 } else { size.1 };
            rotate::<4>(turn, Rows { data, stride_bytes: 4 * size.0 }, size, &mut out, 4 * out_width);
            out
        };
        let once = turn(Turn::Quarter, &data, (width, height));
        let twice = turn(Turn::Quarter, &once, (height, width));
        assert_eq!(twice, turn(Turn::Half, &data, (width, height)));
        let thrice = turn(Turn::Quarter, &twice, (width, height));
        assert_eq!(thrice, turn(Turn::ThreeQuarters, &data, (width, height)));
        assert_eq!(turn(Turn::Quarter, &thrice, (height, width)), data);
    }
}

#[test]
fn rotate_a_quarter_makes_the_left_column_the_top_row() {
    let mut out = [0; 6];
    let rows = Rows { data: &[1, 2, 3, 4, 5, 6], stride_bytes: 3 };
    rotate::<1>(Turn::Quarter, rows, (3, 2), &mut out, 2);
    assert_eq!(out, [4, 1, 5, 2, 6, 3]);
}
