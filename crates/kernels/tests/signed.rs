//! Scaling by filters with negative weights: every level gives the bits of the plain code, and that is near the arithmetic.

mod support;

use polyptych_kernels::*;
use support::Numbers;

/// Starts that ascend by up to `max_step`, and the weights of a sharp filter at a random phase.
fn table(numbers: &mut Numbers, count: usize, taps: usize, max_step: u64) -> (Vec<u32>, Vec<f64>) {
    let starts = numbers.starts(count, max_step);
    let weights = (0..count).flat_map(|_| {
        let phase = numbers.below(5) as f64 / 4.0 + (taps as f64 - 2.0) / 2.0;
        let width = (taps as f64 / 4.0).max(1.0);
        let raw: Vec<f64> = (0..taps).map(|tap| sharp((tap as f64 - phase) / width)).collect();
        let sum: f64 = raw.iter().sum();
        raw.into_iter().map(move |weight| weight / sum).collect::<Vec<_>>()
    });
    (starts, weights.collect())
}

/// Catmull and Rom's cubic.
fn sharp(x: f64) -> f64 {
    match x.abs() {
        x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        x if x < 2.0 => ((2.5 - 0.5 * x) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

#[test]
fn levels_agree_on_random_rectangles_and_are_near_the_arithmetic() {
    let mut numbers = Numbers(17);
    for round in 0..2500 {
        let taps = (2 + numbers.below(7) as usize, 2 + numbers.below(7) as usize);
        let channels = [1, 2, 4][numbers.below(3) as usize];
        let (width, height) = (1 + numbers.below(if round % 8 == 0 { 300 } else { 90 }) as usize, 3);
        let scales_columns = numbers.below(8) > 0;
        let alpha = if numbers.below(2) == 0 { ONE } else { numbers.below(ONE as u64) as i16 };
        let max_step = numbers.below(6);
        let (row_starts, row_weights) = table(&mut numbers, height, taps.1, 3);
        let (column_starts, column_weights) = table(&mut numbers, width, taps.0, max_step);
        let source_width = if scales_columns { column_starts[width - 1] as usize + taps.0 } else { width };
        let stride = source_width * channels + numbers.below(5) as usize;
        // Nothing behind the last sample.
        let last_row = row_starts[height - 1] as usize + taps.1 - 1;
        // Extremes as well as all between them.
        let extremes = numbers.below(2) == 0;
        let mut data = numbers.bytes(stride * last_row + source_width * channels);
        data.iter_mut().filter(|_| extremes).for_each(|byte| *byte = if *byte < 128 { 0 } else { 255 });
        let rows = SignedRows::new(row_starts.clone(), taps.1, &row_weights).expect("a table");
        let first = numbers.below(width as u64) as usize;
        let part = 1 + numbers.below((width - first) as u64) as usize;
        let onto_stride = part * channels + 7;
        let canvas = numbers.bytes(onto_stride * height);
        let run = |level: Level| {
            let starts = column_starts.clone();
            let columns =
                ColumnTable::new(level, channels, starts, taps.0, &column_weights).expect("a table");
            let mut canvas = canvas.clone();
            let mut between = vec![0; 2 * (columns.row_len().max(source_width * channels) + 128)];
            let onto = RowsMut { data: &mut canvas[3..], stride_bytes: onto_stride };
            let (table, outputs) = if scales_columns {
                (Some(&columns), first..first + part)
            } else {
                (None, first * channels..(first + part) * channels)
            };
            let from = Rows { data: &data, stride_bytes: stride };
            scale_signed(level, from, (&rows, 0..height), (table, outputs), alpha, onto, &mut between);
            canvas
        };
        let expected = run(Level::SCALAR);
        for level in Level::available() {
            let off = run(level).iter().zip(&expected).position(|(found, expected)| found != expected);
            assert_eq!(off, None, "{} {taps:?} {width} from {first}, {channels} channels", level.name());
        }
        for (index, (&found, &before)) in expected.iter().zip(&canvas).enumerate() {
            let x = (index + onto_stride - 3) % onto_stride;
            if index < 3 || x >= part * channels {
                assert_eq!(found, before, "what is not part of the rectangle, {index}");
                continue;
            }
            let row = (index - 3) / onto_stride;
            let (output, channel) = (first + x / channels, x % channels);
            let column = |row: usize| -> f64 {
                let at = |tap: usize| (column_starts[output] as usize + tap) * channels + channel;
                if !scales_columns {
                    return data[row * stride + output * channels + channel].into();
                }
                (0..taps.0)
                    .map(|tap| {
                        f64::from(data[row * stride + at(tap)]) * column_weights[output * taps.0 + tap]
                    })
                    .sum()
            };
            let start = row_starts[row] as usize;
            let exact: f64 =
                (0..taps.1).map(|tap| column(start + tap) * row_weights[row * taps.1 + tap]).sum();
            let alpha = f64::from(alpha) / f64::from(ONE);
            let exact = (exact * alpha + f64::from(before) * (1.0 - alpha)).clamp(0.0, 255.0);
            assert!((f64::from(found) - exact).abs() <= 4.0, "{found} for {exact}, {taps:?}");
        }
    }
}

#[test]
fn what_might_pass_16_bits_is_refused() {
    let made = |weights: &[f64]| SignedRows::new(vec![0], weights.len(), weights).map(drop);
    assert_eq!(made(&[1.5, -0.5]), Err(TableError::NotSigned));
    assert_eq!(made(&[0.125; 9]), Err(TableError::NotSigned));
    assert_eq!(made(&[0.9, 0.9]), Err(TableError::NotSigned));
    assert_eq!(made(&[1.0]), Ok(()));
    assert_eq!(made(&[-0.07, 0.57, 0.57, -0.07]), Ok(()));
}
