//! Decoded sound without what is not presented.

use std::time::Duration;

use super::Sound;
use crate::media::Packet;

/// The sound of a packet, less the samples that its container leaves out at the front and at the back. A packet's time
/// is that of its first sample, presented or not.
pub(super) fn trimmed(
    packet: &Packet,
    sample_rate: u32,
    channels: u16,
    mut samples: Vec<f32>,
) -> Option<Sound> {
    let width = usize::from(channels.max(1));
    let count = samples.len() / width;
    let (front, back) = packet.trim;
    let front = usize::try_from(front).unwrap_or(usize::MAX).min(count);
    let back = usize::try_from(back).unwrap_or(usize::MAX).min(count - front);
    if !packet.is_shown || front + back == count {
        return None;
    }
    samples.truncate((count - back) * width);
    samples.drain(..front * width);
    Some(Sound { at: packet.at + duration_of(front as u64, sample_rate), sample_rate, channels, samples })
}

/// How long so many samples last, to the nearest nanosecond.
pub(super) fn duration_of(samples: u64, sample_rate: u32) -> Duration {
    let rate = u128::from(sample_rate.max(1));
    let nanos = (u128::from(samples) * 1_000_000_000 + rate / 2) / rate;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use polyptych::Timestamp;

    use super::*;

    fn packet(trim: (u32, u32), is_shown: bool) -> Packet {
        let at = Timestamp::from_millis(-1);
        Packet { at, duration: None, is_key: true, is_shown, trim, change: None, data: Vec::new() }
    }

    #[test]
    fn front_and_back_are_left_out_and_the_time_moves_with_the_front() {
        let samples: Vec<f32> = (0..12_u8).map(f32::from).collect();
        let sound = trimmed(&packet((2, 1), true), 2000, 2, samples).expect("three are left");
        assert_eq!(sound.at, Timestamp::ZERO, "two samples at 2 kHz last a millisecond");
        assert_eq!(sound.samples, [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    }

    #[test]
    fn nothing_is_left_where_all_is_trimmed_or_not_shown() {
        for (trim, is_shown) in
            [((6, 0), true), ((0, 6), true), ((4, 4), true), ((u32::MAX, u32::MAX), true), ((0, 0), false)]
        {
            assert_eq!(trimmed(&packet(trim, is_shown), 48_000, 1, vec![0.0; 6]), None, "{trim:?}");
        }
    }
}
