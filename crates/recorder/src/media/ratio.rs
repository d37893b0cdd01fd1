//! Ratios in lowest terms.

/// A ratio in lowest terms, where both of them are above 0 and fit.
pub(super) fn reduced(num: u64, den: u64) -> Option<(i32, i32)> {
    let (mut a, mut b) = (num, den);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let ratio = (i32::try_from(num.checked_div(a)?).ok()?, i32::try_from(den.checked_div(a)?).ok()?);
    (ratio.0 > 0 && ratio.1 > 0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_reduced_and_have_no_zero() {
        assert_eq!(reduced(640, 480), Some((4, 3)));
        assert_eq!(reduced(u64::MAX, u64::MAX), Some((1, 1)));
        for (num, den) in [(0, 0), (0, 1), (1, 0), (1 << 31, 1)] {
            assert_eq!(reduced(num, den), None, "{num}:{den}");
        }
    }
}
