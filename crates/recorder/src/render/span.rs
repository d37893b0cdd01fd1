//! Which sound an encoder is given so that the parts of a recording can be joined.
//!
//! ```text
//!  samples of the recording       |  part: first .. end  |
//!  given to the encoder    [ lead |                      | tail ]
//!  packets kept               [  p, p+1, …                 ]
//! ```
//!
//! Packets lie on one grid for the whole recording, whatever part is rendered: AAC's packet p begins at sample 1024 p − 1024, that of
//! Opus at 960 p − 312. A part keeps every packet that its samples need, also what a decoder needs before the first whole one; the
//! encoder's priming, which the container states, becomes as much longer. Who joins parts leaves out the packets that two of them have.

use polyptych::{FrameRate, Timestamp};

use crate::encode::{EncodedPacket, SAMPLE_RATE, TrackConfig};

/// The sound of a part, and what its encoder gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SoundSpan {
    /// The part's first sample, counted from the recording's beginning.
    pub(super) first: i64,
    /// The first sample that the encoder is given.
    pub(super) fed_from: i64,
    /// Samples behind the part that it is given, where the recording has them.
    tail: i64,
    /// The end of the recording.
    whole_end: i64,
    /// Samples, as the encoder counts, of which the packets are left out.
    left_out: i64,
}

impl SoundSpan {
    /// The span of the samples from `first` on, of a recording that ends at sample `whole_end`, and how the track is coded.
    pub(super) fn new(config: TrackConfig, first: i64, whole_end: i64) -> (Self, TrackConfig) {
        let plain = Self { first, fed_from: first, tail: 0, whole_end, left_out: 0 };
        let Some(grid) = config.packet_grid() else { return (plain, config) };
        let first_packet = grid.first_packet(first) * grid.samples;
        let fed_from = (first_packet - grid.lead * grid.samples).max(0);
        let tail = grid.tail * grid.samples;
        let span = Self { fed_from, tail, left_out: first_packet - fed_from, ..plain };
        let more = u32::try_from(first - first_packet).unwrap_or_default();
        (span, config.with_more_priming(more))
    }

    /// Where the sound ends that the encoder is given, for a part that ends at sample `end`.
    pub(super) fn fed_until(&self, end: i64) -> i64 {
        end.saturating_add(self.tail).min(self.whole_end.max(end))
    }

    /// Leaves out the packets that are only there to let the encoder settle, and counts the others from the first one.
    pub(super) fn keep(&self, packets: &mut Vec<EncodedPacket>) {
        packets.retain_mut(|packet| {
            packet.pts -= self.left_out;
            packet.dts -= self.left_out;
            packet.pts >= 0
        });
    }
}

/// The first sample that is not before a tick, by the tick's exact time and not by the nanosecond next to it.
pub(crate) fn first_sample_of(fps: FrameRate, tick: u64) -> i64 {
    let num = i128::from(fps.num());
    let scaled = i128::from(tick) * i128::from(fps.den()) * i128::from(SAMPLE_RATE);
    i64::try_from((scaled + num - 1).div_euclid(num)).unwrap_or(i64::MAX)
}

/// A time at which this sample is the first one that is not before it.
pub(super) fn time_of_sample(sample: i64) -> Timestamp {
    let nanos = (i128::from(sample) * 1_000_000_000).div_euclid(i128::from(SAMPLE_RATE));
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::first_sample_at;

    fn aac(priming: u32) -> TrackConfig {
        TrackConfig::Aac { config: vec![0x11, 0x90], priming }
    }

    #[test]
    fn the_whole_is_encoded_as_it_is() {
        let (span, config) = SoundSpan::new(aac(1024), 0, 96_000);
        assert_eq!((span.fed_from, span.left_out, span.fed_until(96_000)), (0, 0, 96_000));
        assert_eq!(config, aac(1024));
    }

    #[test]
    fn a_part_keeps_the_recordings_grid_of_packets() {
        // Sample 48,000 lies 896 samples behind the beginning of frame 46.
        let (span, config) = SoundSpan::new(aac(1024), 48_000, 960_000);
        assert_eq!(config, aac(1024 + 896));
        assert_eq!((span.fed_from, span.left_out), (42 * 1024, 4 * 1024));
        assert_eq!(span.fed_until(96_000), 96_000 + 4 * 1024);
        assert_eq!(span.fed_until(958_000), 960_000);
        let (span, _) = SoundSpan::new(aac(1024), 1600, 960_000);
        assert_eq!((span.fed_from, span.left_out), (0, 1024));
    }

    #[test]
    fn a_part_in_opus_begins_80_ms_early_for_the_decoder() {
        let opus = |priming| TrackConfig::Opus { priming };
        let (span, config) = SoundSpan::new(opus(312), 96_100, 960_000);
        assert_eq!(config, opus(312 + 100 + 3840));
        assert_eq!((span.fed_from, span.left_out), (46 * 960, 50 * 960));
        assert_eq!(span.fed_until(192_000), 192_000 + 4 * 960);
        let (span, config) = SoundSpan::new(opus(312), 3800, 960_000);
        assert_eq!((span.fed_from, span.left_out, config), (0, 0, opus(312 + 3800)));
    }

    #[test]
    fn samples_as_they_are_need_no_others() {
        let (span, config) = SoundSpan::new(TrackConfig::PcmF32, 48_001, 96_000);
        assert_eq!((span.fed_from, span.fed_until(60_000)), (48_001, 60_000));
        assert_eq!(config, TrackConfig::PcmF32);
    }

    #[test]
    fn ticks_that_are_no_whole_nanoseconds_begin_at_their_exact_sample() {
        let fps = FrameRate::new(30, 1).expect("a rate");
        assert!((0..100).all(|tick| first_sample_of(fps, tick) == 1600 * tick as i64));
        let fps = FrameRate::new(30_000, 1001).expect("a rate");
        assert_eq!([0, 1, 5, 30].map(|tick| first_sample_of(fps, tick)), [0, 1602, 8008, 48_048]);
        assert_eq!(first_sample_of(FrameRate::new(60, 1).expect("a rate"), u64::MAX), i64::MAX);
    }

    #[test]
    fn a_samples_time_leads_to_it_and_to_none_before() {
        for sample in [0, 1, 2, 1024, 42 * 1024, 47_999, 4_147_200_001] {
            assert_eq!(first_sample_at(time_of_sample(sample)), sample);
        }
    }
}
