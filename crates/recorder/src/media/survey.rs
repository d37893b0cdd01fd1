//! What a track holds from end to end, found by reading all of its packets.

use std::path::Path;
use std::time::Duration;

use polyptych::Timestamp;

use super::{MediaError, Packet, Reach, TrackKind, packets, probe};

/// A pause between two pictures, or between two pieces of sound, that counts as a gap.
const GAP: Duration = Duration::from_secs(1);
/// Gaps that are listed; the others are counted.
const LISTED_GAPS: usize = 100;
/// Failures in a row until reading ends.
const MAX_FAILURES_IN_A_ROW: u32 = 100;

/// What a track holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Packets that are presented: pictures, or pieces of sound.
    pub packet_count: u64,
    /// Of those, packets at which decoding may begin.
    pub key_count: u64,
    /// Bytes of all packets.
    pub byte_count: u64,
    /// When the first is presented, from the file's zero.
    pub from: Option<Timestamp>,
    /// When the last one ends.
    pub to: Option<Timestamp>,
    /// The usual time from one to the next: the median.
    pub usual_step: Option<Duration>,
    /// Whether one step in ten or more differs from the usual one by over a fifth: a variable rate.
    pub is_variable: bool,
    /// Pauses of over a second, the first 100: from where to where.
    pub gaps: Vec<(Timestamp, Timestamp)>,
    /// All of them.
    pub gap_count: u64,
    /// How often size, rotation or parameters change on the way.
    pub change_count: u64,
    /// Packets that could not be read.
    pub failure_count: u64,
}

/// Reads all packets of a track; a playlist leads no further than `reach`.
///
/// # Performance
/// Reads the whole file, and keeps some 32 bytes a packet.
///
/// # Errors
/// Where the track cannot be opened. What cannot be read on the way is counted.
pub fn survey(path: &Path, reach: Reach, track: TrackKind) -> Result<Survey, MediaError> {
    // Of sound, what is trimmed is not heard: of its packets the times after that count.
    let rate = match track {
        TrackKind::Sound => probe(path, reach)?.sound.map_or(0, |sound| sound.sample_rate),
        TrackKind::Video => 0,
    };
    let mut reader = packets(path, reach, track)?;
    let mut survey = Survey::default();
    let mut stamps: Vec<(Timestamp, Option<Duration>)> = Vec::new();
    let mut failures_in_a_row = 0;
    loop {
        match reader.next_packet() {
            Ok(None) => break,
            Ok(Some(packet)) => {
                failures_in_a_row = 0;
                survey.count(&packet);
                if packet.is_shown {
                    let [front, back] =
                        [packet.trim.0, packet.trim.1].map(|samples| length_of(samples, rate));
                    let heard = packet.duration.map(|length| length.saturating_sub(front + back));
                    stamps.push((packet.at + front, heard));
                }
            }
            Err(_) => {
                survey.failure_count += 1;
                failures_in_a_row += 1;
                if failures_in_a_row == MAX_FAILURES_IN_A_ROW {
                    break;
                }
            }
        }
    }
    stamps.sort_unstable();
    survey.judge(&stamps);
    Ok(survey)
}

/// How long so many samples are; zero where the rate is not known.
fn length_of(samples: u32, rate: u32) -> Duration {
    Duration::from_nanos((u64::from(samples) * 1_000_000_000).checked_div(u64::from(rate)).unwrap_or(0))
}

impl Survey {
    fn count(&mut self, packet: &Packet) {
        self.packet_count += u64::from(packet.is_shown);
        self.key_count += u64::from(packet.is_shown && packet.is_key);
        self.byte_count = self.byte_count.saturating_add(packet.data.len() as u64);
        self.change_count += u64::from(packet.change.is_some());
    }

    /// Finds the usual step and the gaps; `stamps` rise.
    fn judge(&mut self, stamps: &[(Timestamp, Option<Duration>)]) {
        let steps = || stamps.windows(2).map(|pair| pair[1].0.since(pair[0].0));
        let mut sorted: Vec<Duration> = steps().collect();
        sorted.sort_unstable();
        let usual = sorted.get(sorted.len() / 2).copied();
        self.usual_step = usual;
        self.from = stamps.first().map(|(at, _)| *at);
        self.to = stamps.last().map(|(at, duration)| *at + duration.or(usual).unwrap_or_default());
        if let Some(usual) = usual {
            let odd = sorted.iter().filter(|step| step.abs_diff(usual) * 5 > usual).count();
            self.is_variable = odd * 10 >= sorted.len();
        }
        for pair in stamps.windows(2) {
            let (from, to) = (pair[0].0 + pair[0].1.or(usual).unwrap_or_default().min(GAP), pair[1].0);
            if to.since(from) > GAP {
                self.gap_count += 1;
                if self.gaps.len() < LISTED_GAPS {
                    self.gaps.push((from, to));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(millis: impl IntoIterator<Item = i64>) -> Vec<(Timestamp, Option<Duration>)> {
        millis.into_iter().map(|at| (Timestamp::from_millis(at), Some(Duration::from_millis(40)))).collect()
    }

    #[test]
    fn a_gap_is_a_pause_of_over_a_second() {
        let mut survey = Survey::default();
        survey.judge(&stamps([0, 40, 80, 1120, 1160, 2201]));
        assert_eq!(survey.gaps, [(Timestamp::from_millis(1200), Timestamp::from_millis(2201))]);
        assert_eq!((survey.gap_count, survey.usual_step), (1, Some(Duration::from_millis(40))));
        assert_eq!(survey.to, Some(Timestamp::from_millis(2241)));
    }

    #[test]
    fn a_rate_varies_where_one_step_in_ten_is_odd() {
        let judged = |millis: Vec<i64>| {
            let mut survey = Survey::default();
            survey.judge(&stamps(millis));
            survey.is_variable
        };
        assert!(!judged((0..100).map(|k| 40 * k).collect()));
        assert!(judged((0..100).map(|k| 40 * k + (k % 3) * 20).collect()));
        assert!(!judged(vec![]));
    }
}
