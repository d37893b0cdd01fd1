//! Every level of the processor gives the bits of the plain code, and the plain code those of the arithmetic.

mod support;

use polyptych_kernels::*;
use support::{Numbers, on_every_level};

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

/// What would depend on the level, or reach beyond a slice, is refused on each.
#[test]
fn what_no_level_can_do_is_refused_on_every_level() {
    let table = |level| ColumnTable::new(level, 2, vec![0, 1], 1, &[1.0, 1.0]).expect("a table");
    for level in Level::available() {
        let refused = |run: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err();
        let (columns, row) = (table(level), [0; 256]);
        assert!(!refused(&|| horizontal(level, &row, &columns, 0, &mut [0; 4])));
        assert!(refused(&|| horizontal(level, &row, &columns, 0, &mut [0; 3])), "half an output");
        assert!(
            refused(&|| horizontal(level, &row, &columns, usize::MAX, &mut [0; 2])),
            "an output far away"
        );
        assert!(refused(&|| blend(level, &row, -1, &mut [0; 64])), "an alpha below 0");
        assert!(refused(&|| blend(level, &row, ONE + 1, &mut [0; 64])), "an alpha beyond 1");
        let from = Rows { data: &[0; 64], stride_bytes: 16 };
        let overlapping = || copy(level, from, 16, 3, RowsMut { data: &mut [0; 64], stride_bytes: 8 });
        assert!(refused(&overlapping), "rows of a canvas that overlap");
    }
}
