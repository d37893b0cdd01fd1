//! Scaling in bytes: every level gives the bits of the plain code, and the plain code those of the arithmetic.

mod support;

use polyptych_kernels::*;
use support::Numbers;

/// Starts that ascend by up to `max_step`, and weights: few, none negative, summing to 1.
fn table(numbers: &mut Numbers, count: usize, taps: usize, max_step: u64) -> (Vec<u32>, Vec<f64>) {
    let starts = numbers.starts(count, max_step);
    let weights = (0..count).flat_map(|_| {
        // Zeros and whole weights too.
        let raw: Vec<f64> = (0..taps).map(|_| [0.0, 1.0, 2.5, 7.0][numbers.below(4) as usize]).collect();
        let sum: f64 = raw.iter().sum();
        let even = 1.0 / taps as f64;
        raw.into_iter().map(move |weight| if sum == 0.0 { even } else { weight / sum }).collect::<Vec<_>>()
    });
    (starts, weights.collect())
}

struct Case {
    taps: (usize, usize),
    steps: (u64, u64),
    size: (usize, usize),
    channels: usize,
    scales_columns: bool,
    alpha: i16,
}

/// Paints a part of the case on every level, between guards that must stay as they are.
fn agrees(numbers: &mut Numbers, case: &Case) {
    let &Case { taps, steps, size: (width, height), channels, scales_columns, alpha } = case;
    let (row_starts, row_weights) = table(numbers, height, taps.1, steps.1);
    let (column_starts, column_weights) = table(numbers, width, taps.0, steps.0);
    let source_width = if scales_columns { column_starts[width - 1] as usize + taps.0 } else { width };
    let source_height = row_starts[height - 1] as usize + taps.1;
    let stride = source_width * channels + numbers.below(5) as usize;
    // Nothing behind the last sample: reading there is caught by AddressSanitizer, and mostly without.
    let data = numbers.bytes(stride * (source_height - 1) + source_width * channels);
    let rows = NarrowRows::new(row_starts.clone(), taps.1, &row_weights).expect("a table");
    let first = (numbers.below(width as u64) as usize, numbers.below(height as u64) as usize);
    let part_width = 1 + numbers.below((width - first.0) as u64) as usize;
    let onto_stride = part_width * channels + 7;
    let canvas = numbers.bytes(onto_stride * (height - first.1));
    let run = |level: Level| {
        let columns = NarrowColumns::new(level, channels, column_starts.clone(), taps.0, &column_weights)
            .expect("a table");
        let mut canvas = canvas.clone();
        let mut between = vec![0; columns.row_bytes().max(source_width * channels + 128)];
        let onto = RowsMut { data: &mut canvas[3..], stride_bytes: onto_stride };
        let (table, outputs) = if scales_columns {
            (Some(&columns), first.0..first.0 + part_width)
        } else {
            (None, first.0 * channels..(first.0 + part_width) * channels)
        };
        let from = Rows { data: &data, stride_bytes: stride };
        scale(level, from, (&rows, first.1..height), (table, outputs), alpha, onto, &mut between);
        canvas
    };
    let expected = run(Level::SCALAR);
    for level in Level::available() {
        let found = run(level);
        let off = found.iter().zip(&expected).position(|(found, expected)| found != expected);
        assert_eq!(
            off,
            None,
            "{} {taps:?} {steps:?} {width}x{height} from {first:?}, {channels} channels",
            level.name()
        );
    }
    // What is not part of the rectangle is as it was.
    for (index, (found, before)) in expected.iter().zip(&canvas).enumerate() {
        let at = (index + onto_stride - 3) % onto_stride;
        if at >= part_width * channels || index < 3 {
            assert_eq!(found, before, "{index}");
        }
    }
}

#[test]
fn levels_agree_on_random_rectangles() {
    let mut numbers = Numbers(5);
    for round in 0..4000 {
        let width = 1 + numbers.below(if round % 8 == 0 { 300 } else { 70 }) as usize;
        let case = Case {
            taps: (1 + numbers.below(4) as usize, 1 + numbers.below(4) as usize),
            steps: (numbers.below(9), numbers.below(4)),
            size: (width, 1 + numbers.below(5) as usize),
            channels: [1, 2, 4][numbers.below(3) as usize],
            scales_columns: numbers.below(8) > 0,
            alpha: if numbers.below(2) == 0 { ONE } else { numbers.below(ONE as u64) as i16 },
        };
        agrees(&mut numbers, &case);
    }
}

/// Both passes in floating point, with the rounding between them left out.
#[test]
fn plain_code_is_within_a_code_value_of_the_arithmetic() {
    let mut numbers = Numbers(11);
    for taps in 1..=4 {
        let weights: Vec<f64> =
            [[1.0, 0.0, 0.0, 0.0], [0.25, 0.75, 0.0, 0.0], [0.5, 0.25, 0.25, 0.0], [0.25; 4]][taps - 1]
                [..taps]
                .to_vec();
        let rows = NarrowRows::new(vec![0], taps, &weights).expect("a table");
        let columns = NarrowColumns::new(Level::SCALAR, 1, vec![0], taps, &weights).expect("a table");
        let data = numbers.bytes(16);
        let exact: f64 = (0..16)
            .filter(|at| at % 4 < taps && at / 4 < taps)
            .map(|at| f64::from(data[at]) * weights[at % 4] * weights[at / 4])
            .sum();
        let (mut canvas, mut between) = ([0], vec![0; columns.row_bytes()]);
        let from = Rows { data: &data, stride_bytes: 4 };
        let onto = RowsMut { data: &mut canvas, stride_bytes: 1 };
        scale(Level::SCALAR, from, (&rows, 0..1), (Some(&columns), 0..1), ONE, onto, &mut between);
        assert!((f64::from(canvas[0]) - exact).abs() <= 1.0, "{taps}: {exact}, found {}", canvas[0]);
    }
}

#[test]
fn what_does_not_fit_bytes_is_refused() {
    let refused = |taps: usize, weights: &[f64]| {
        let columns = NarrowColumns::new(Level::detect(), 1, vec![0], taps, weights).map(drop);
        assert_eq!(NarrowRows::new(vec![0], taps, weights).map(drop), columns);
        columns
    };
    assert_eq!(refused(2, &[1.1, -0.1]), Err(TableError::NotNarrow));
    assert_eq!(refused(5, &[0.2; 5]), Err(TableError::NotNarrow));
    assert_eq!(refused(2, &[0.9, 0.9]), Err(TableError::NotNarrow));
    assert_eq!(refused(2, &[1.0]), Err(TableError::WeightCount));
    assert_eq!(refused(2, &[0.5, 0.5]), Ok(()));
    let of_three = NarrowColumns::new(Level::detect(), 3, vec![0], 1, &[1.0]).map(drop);
    assert_eq!(of_three, Err(TableError::Channels));
}

#[test]
fn rectangles_that_do_not_fit_are_refused_on_every_level() {
    let rows = NarrowRows::new(vec![0, 1], 2, &[0.5; 4]).expect("a table");
    let run = |level: Level, source: usize, stride_bytes: usize, canvas: usize, between: usize| {
        let columns = NarrowColumns::new(level, 1, vec![0, 1], 2, &[0.5; 4]).expect("a table");
        let (source, mut canvas, mut between) = (vec![0; source], vec![0; canvas], vec![0; between]);
        let from = Rows { data: &source, stride_bytes };
        let onto = RowsMut { data: &mut canvas, stride_bytes: 2 };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            scale(level, from, (&rows, 0..2), (Some(&columns), 0..2), ONE, onto, &mut between);
        }))
        .is_ok()
    };
    for level in Level::available() {
        assert!(run(level, 9, 3, 4, 200), "{}", level.name());
        assert!(!run(level, 8, 3, 4, 200));
        assert!(!run(level, 9, 1 << (usize::BITS - 1), 4, 200));
        assert!(!run(level, 9, 3, 3, 200));
        assert!(!run(level, 9, 3, 4, 3));
    }
}
