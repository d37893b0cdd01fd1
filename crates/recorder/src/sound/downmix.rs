//! Any number of channels become one or two.
//!
//! Coefficients are those of ITU-R BS.775-3, annex 4: centre and surround at −3 dB (0.7071). As there, nothing is scaled down
//! after it: what becomes too loud is the limiter's to deal with. The low-frequency channel is left out, as is customary.
//! Channels are in the order of the WAVE format: left, right, centre, low frequency, surrounds.

use std::f32::consts::FRAC_1_SQRT_2 as MINUS_3_DB;

/// Loudest sample that is believed, 12 dB above full scale: a broken decoder must not silence everybody else.
const LOUDEST: f32 = 4.0;

/// How much of every channel goes to the left and to the right.
fn coefficients(channels: usize, channel: usize) -> (f32, f32) {
    const LEFT: (f32, f32) = (1.0, 0.0);
    const RIGHT: (f32, f32) = (0.0, 1.0);
    const CENTRE: (f32, f32) = (MINUS_3_DB, MINUS_3_DB);
    const LEFT_SURROUND: (f32, f32) = (MINUS_3_DB, 0.0);
    const RIGHT_SURROUND: (f32, f32) = (0.0, MINUS_3_DB);
    const NOWHERE: (f32, f32) = (0.0, 0.0);
    let order: &[(f32, f32)] = match channels {
        3 => &[LEFT, RIGHT, CENTRE],
        4 => &[LEFT, RIGHT, LEFT_SURROUND, RIGHT_SURROUND],
        5 => &[LEFT, RIGHT, CENTRE, LEFT_SURROUND, RIGHT_SURROUND],
        6 => &[LEFT, RIGHT, CENTRE, NOWHERE, LEFT_SURROUND, RIGHT_SURROUND],
        7 => &[LEFT, RIGHT, CENTRE, NOWHERE, CENTRE, LEFT_SURROUND, RIGHT_SURROUND],
        8 => &[LEFT, RIGHT, CENTRE, NOWHERE, LEFT_SURROUND, RIGHT_SURROUND, LEFT_SURROUND, RIGHT_SURROUND],
        _ => &[LEFT, RIGHT],
    };
    order.get(channel).copied().unwrap_or(NOWHERE)
}

/// Sound of one or two channels, each by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Planes {
    /// The left channel, or the only one.
    pub(super) left: Vec<f32>,
    /// The right channel; empty where there is one only.
    pub(super) right: Vec<f32>,
    /// Samples that are beyond full scale, over all channels.
    pub(super) clipped: u64,
}

/// Makes planes of interleaved samples; a rest that is no whole frame is left out. What is not a number is silence.
pub(super) fn downmix(samples: &[f32], channels: usize) -> Planes {
    let mut clipped = 0;
    let mut sane = |sample: f32| {
        clipped += u64::from(sample.abs() > 1.0);
        if sample.is_nan() { 0.0 } else { sample.clamp(-LOUDEST, LOUDEST) }
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    match channels {
        0 => {}
        1 => left = samples.iter().map(|&sample| sane(sample)).collect(),
        2 => (left, right) = samples.chunks_exact(2).map(|frame| (sane(frame[0]), sane(frame[1]))).unzip(),
        _ => {
            let gains: Vec<_> = (0..channels).map(|channel| coefficients(channels, channel)).collect();
            let mixed = samples.chunks_exact(channels).map(|frame| {
                frame.iter().zip(&gains).fold((0.0, 0.0), |(left, right), (&sample, &(to_left, to_right))| {
                    let sample = sane(sample);
                    (left + sample * to_left, right + sample * to_right)
                })
            });
            (left, right) = mixed.unzip();
        }
    }
    Planes { left, right, clipped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_channels_are_kept() {
        assert_eq!(downmix(&[0.1, 0.2, 0.3], 1).left, [0.1, 0.2, 0.3]);
        let stereo = downmix(&[0.1, 0.2, 0.3, 0.4, 0.5], 2);
        assert_eq!((stereo.left, stereo.right), (vec![0.1, 0.3], vec![0.2, 0.4]));
    }

    #[test]
    fn five_point_one_follows_the_recommendation() {
        let unit = |channel: usize| {
            let mut frame = [0.0; 6];
            frame[channel] = 1.0;
            let planes = downmix(&frame, 6);
            (planes.left[0], planes.right[0])
        };
        assert_eq!(unit(0), (1.0, 0.0));
        assert_eq!(unit(1), (0.0, 1.0));
        assert_eq!(unit(2), (MINUS_3_DB, MINUS_3_DB));
        assert_eq!(unit(3), (0.0, 0.0));
        assert_eq!(unit(4), (MINUS_3_DB, 0.0));
        assert_eq!(unit(5), (0.0, MINUS_3_DB));
    }

    #[test]
    fn what_is_no_sound_becomes_silence_or_is_cut() {
        let planes = downmix(&[f32::NAN, f32::INFINITY, -1e30, 0.5], 1);
        assert_eq!((planes.left, planes.clipped), (vec![0.0, 4.0, -4.0, 0.5], 2));
        assert_eq!(downmix(&[1.0], 0), Planes::default());
    }

    #[test]
    fn more_channels_than_have_names_give_the_first_two() {
        let planes = downmix(&[1.0; 12], 12);
        assert_eq!((planes.left[0], planes.right[0]), (1.0, 1.0));
    }
}
