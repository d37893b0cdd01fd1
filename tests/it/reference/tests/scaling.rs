//! Weights and colours.

use polyptych::{ColorSpace, Matrix, Range, Rgb, Rotation};

use super::super::color;
use super::super::picture::turn;
use super::super::plane::Plane;
use super::super::ratio::Ratio;
use super::super::sample::{Axis, Filter, resample};

/// The axis that brings `start..end` (in quarters of a sample) to `count` samples.
fn axis(start: i128, end: i128, count: usize) -> Axis {
    let (start, end) = (Ratio::new(start, 4), Ratio::new(end, 4));
    let step = (end - start) / Ratio::from(u32::try_from(count).expect("small"));
    Axis { start, step, first: start.floor(), last: end.ceil() - 1, count }
}

/// The weight of each of `sides` source samples in output sample `k`.
fn weights(axis: &Axis, filter: Filter, k: usize, side: usize) -> Vec<f64> {
    let mut sums = vec![0.0; side];
    for (index, weight) in axis.weights(filter, k) {
        sums[index] += weight;
    }
    sums
}

fn assert_weights(axis: &Axis, filter: Filter, k: usize, expected: &[f64]) {
    let found = weights(axis, filter, k, expected.len());
    let is_near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12);
    assert!(is_near, "{filter:?}, output {k}: {found:?}, expected {expected:?}");
}

#[test]
fn ratios_round_toward_the_right_side() {
    assert_eq!((Ratio::new(-3, 2).floor(), Ratio::new(-3, 2).ceil()), (-2, -1));
    assert_eq!((Ratio::new(3, -2).floor(), Ratio::new(4, 2).ceil()), (-2, 2));
    assert_eq!(Ratio::new(1, 3) + Ratio::new(1, 6), Ratio::HALF);
    assert!(Ratio::new(1, 3) < Ratio::HALF && Ratio::new(-1, 2) < Ratio::ZERO);
}

// Section 5: weights by area of coverage where an axis shrinks.
#[test]
fn area_weights_are_coverage() {
    assert_weights(&axis(0, 8, 1), Filter::Area, 0, &[0.5, 0.5]);
    let three_to_two = axis(0, 12, 2);
    assert_weights(&three_to_two, Filter::Area, 0, &[2.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert_weights(&three_to_two, Filter::Area, 1, &[0.0, 1.0 / 3.0, 2.0 / 3.0]);
}

// Section 5: linear interpolation where an axis grows.
#[test]
fn area_weights_are_linear_where_an_axis_grows() {
    let one_to_two = axis(0, 4, 2);
    assert_weights(&one_to_two, Filter::Area, 0, &[1.0]);
    assert_weights(&one_to_two, Filter::Area, 1, &[1.0]);
    let two_to_four = axis(0, 8, 4);
    for (k, expected) in [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]].iter().enumerate() {
        assert_weights(&two_to_four, Filter::Area, k, expected);
        assert_weights(&two_to_four, Filter::Triangle, k, expected);
    }
}

// Section 5: the crop keeps exact fractions of a sample.
#[test]
fn crop_fractions_count() {
    assert_weights(&axis(2, 14, 1), Filter::Area, 0, &[0.5 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.5 / 3.0]);
    let shifted = axis(1, 13, 3);
    for filter in [Filter::Area, Filter::Triangle] {
        assert_weights(&shifted, filter, 0, &[0.75, 0.25, 0.0, 0.0]);
        assert_weights(&shifted, filter, 2, &[0.0, 0.0, 0.75, 0.25]);
    }
}

// Section 5: pixels outside the crop are never mixed in; its edge samples repeat.
#[test]
fn pixels_outside_the_crop_are_never_mixed_in() {
    for (filter, count) in Filter::ALL.into_iter().flat_map(|filter| [1, 2, 3, 7].map(|n| (filter, n))) {
        let axis = axis(8, 16, count);
        for k in 0..count {
            let weights = weights(&axis, filter, k, 6);
            let outside = [weights[0], weights[1], weights[4], weights[5]];
            assert_eq!(outside, [0.0; 4], "{filter:?} to {count}");
            assert!((weights[2] + weights[3] - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn triangle_widens_where_an_axis_shrinks() {
    // The centre is 1, the kernel reaches 2 samples each way: 1/4, 3/4, 3/4, 1/4 of 2, the first beyond the edge.
    assert_weights(&axis(0, 16, 2), Filter::Triangle, 0, &[0.5, 0.375, 0.125, 0.0]);
}

#[test]
fn catmull_rom_weights_are_those_of_its_polynomial() {
    // Output 4 of a doubled row lies a quarter before the centre of sample 2.
    let expected = [-0.023_437_5, 0.226_562_5, 0.867_187_5, -0.070_312_5, 0.0];
    let doubled = Axis { first: 0, last: 4, ..axis(0, 20, 10) };
    assert_weights(&doubled, Filter::CatmullRom, 4, &expected);
}

#[test]
fn lanczos3_weights_are_normalised_sincs() {
    // Centre between two samples: 6/π², -4/3π² and 6/25π² at distances 1/2, 3/2 and 5/2 on both sides.
    let [near, middle, far] = [450.0, -100.0, 18.0].map(|weight| weight / 736.0);
    let halfway = Axis { first: 0, last: 5, ..axis(10, 14, 1) };
    assert_weights(&halfway, Filter::Lanczos3, 0, &[far, middle, near, near, middle, far]);
}

// Section 5: the sample whose span holds the centre, the lower on ties.
#[test]
fn nearest_takes_the_lower_on_ties() {
    assert_weights(&axis(0, 8, 1), Filter::Nearest, 0, &[1.0, 0.0]);
    assert_weights(&axis(0, 16, 2), Filter::Nearest, 1, &[0.0, 0.0, 1.0, 0.0]);
    let three_to_two = axis(0, 12, 2);
    assert_weights(&three_to_two, Filter::Nearest, 0, &[1.0, 0.0, 0.0]);
    assert_weights(&three_to_two, Filter::Nearest, 1, &[0.0, 0.0, 1.0]);
    // A tie at the crop's first whole sample: the lower one lies outside.
    assert_weights(&axis(4, 8, 1), Filter::Nearest, 0, &[0.0, 1.0, 0.0]);
}

#[test]
fn every_filter_is_the_identity_at_scale_1() {
    for filter in Filter::ALL {
        let axis = axis(0, 20, 5);
        for k in 0..5 {
            let mut expected = [0.0; 5];
            expected[k] = 1.0;
            assert_weights(&axis, filter, k, &expected);
        }
    }
}

#[test]
fn resample_works_along_both_axes() {
    let plane = Plane { width: 2, height: 2, samples: vec![0.0, 100.0, 20.0, 40.0] };
    let mean = resample(&plane, &axis(0, 8, 1), &axis(0, 8, 1), Filter::Area);
    assert_eq!(mean.samples, [40.0]);
    let rows = resample(&plane, &axis(0, 8, 1), &axis(0, 8, 2), Filter::Area);
    assert_eq!(rows.samples, [50.0, 30.0]);
}

#[test]
fn mean_2x2_takes_what_is_there_at_odd_edges() {
    let plane = Plane::from_fn(3, 3, |x, y| (10 * y + x) as f64);
    assert_eq!(plane.mean_2x2().samples, [5.5, 7.0, 20.5, 22.0]);
}

#[test]
fn turning_is_clockwise() {
    let plane = Plane { width: 3, height: 2, samples: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
    let quarter = turn(&plane, Rotation::Clockwise90);
    assert_eq!((quarter.width, quarter.height), (2, 3));
    assert_eq!(quarter.samples, [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]);
    assert_eq!(turn(&quarter, Rotation::Clockwise90), turn(&plane, Rotation::Clockwise180));
    assert_eq!(turn(&quarter, Rotation::Clockwise270), plane);
}

// The code values of colour bars in the recommendations.
#[test]
fn primaries_have_the_code_values_of_the_recommendations() {
    let bt601 = ColorSpace { matrix: Matrix::Bt601, range: Range::Limited };
    let full = ColorSpace { matrix: Matrix::Bt601, range: Range::Full };
    let red = Rgb { r: 255, g: 0, b: 0 };
    let white = Rgb { r: 255, g: 255, b: 255 };
    assert_eq!(color::plain(ColorSpace::BT709_LIMITED, red), [63.0, 102.0, 240.0]);
    assert_eq!(color::plain(bt601, red), [81.0, 90.0, 240.0]);
    assert_eq!(color::plain(ColorSpace::BT709_LIMITED, white), [235.0, 128.0, 128.0]);
    assert_eq!(color::plain(full, white), [255.0, 128.0, 128.0]);
    assert_eq!(color::plain(bt601, Rgb::BLACK), [16.0, 128.0, 128.0]);
}

#[test]
fn rgb_survives_the_way_to_yuv_and_back() {
    for matrix in [Matrix::Bt601, Matrix::Bt709] {
        for range in [Range::Limited, Range::Full] {
            let space = ColorSpace { matrix, range };
            let rgb = [12.0, 200.0, 77.5];
            let back = color::to_rgb(space, color::to_yuv(space, rgb));
            assert!(back.iter().zip(rgb).all(|(back, value)| (back - value).abs() < 1e-9), "{space:?}");
        }
    }
}
