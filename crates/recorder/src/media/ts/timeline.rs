//! Stamps of 33 bits become times that go on: past the wrap after 26.5 hours, over gaps, and over clocks that begin anew.

use std::collections::VecDeque;

use super::demux::Unit;

/// Stamps are modulo this.
const MODULUS: i64 = 1 << 33;
/// A stamp further away than this from the one before is a gap or another clock, in ticks of 1/90,000 s: 10 s.
const MAX_STEP: i64 = 10 * 90_000;
/// What lies between the last stamp of one clock and the first one of the next, in ticks: one picture of 30 a second.
const NEW_CLOCK_STEP: i64 = 3_000;

/// A PES packet and when it is presented, in ticks of 1/90,000 s.
pub(super) type Placed = (i64, Unit);

/// Gives every PES packet its time. All readers of a file see all of its stamps, and so give the same times.
///
/// A single stamp far away from its neighbours is damage, and does not move the clock; two are a gap where they lie ahead, and
/// a new clock where they lie behind or the stream says so. What still comes by the former clock keeps its place, and a clock that
/// comes back within the bound goes on as if there had been no other.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    current: Option<Anchor>,
    former: Option<Anchor>,
    latest: i64,
    held: Option<Unit>,
}

/// A stamp and its time.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    stamp: i64,
    at: i64,
}

impl Anchor {
    /// The time of a stamp close by; follows it.
    fn step(&mut self, stamp: i64) -> Option<i64> {
        let step = distance(self.stamp, stamp);
        (step.abs() <= MAX_STEP).then(|| {
            let at = self.at.saturating_add(step);
            if step > 0 {
                *self = Self { stamp, at };
            }
            at
        })
    }
}

impl Timeline {
    /// Takes the next PES packet and adds those whose time is known now, in the same order.
    pub fn push(&mut self, unit: Unit, placed: &mut VecDeque<Placed>) {
        let stamp = unit.pts;
        if let Some(held) = self.held.take() {
            let is_confirmed = match (held.pts, stamp) {
                (Some(held), Some(stamp)) => distance(held, stamp).abs() <= MAX_STEP,
                _ => false,
            };
            self.release(held, is_confirmed, placed);
        }
        let at = match stamp {
            None => Some(self.latest),
            Some(stamp) => self.at(stamp),
        };
        match at {
            Some(at) => self.place(at, unit, placed),
            None => self.held = Some(unit),
        }
    }

    /// Adds what is held back at the end.
    pub fn finish(&mut self, placed: &mut VecDeque<Placed>) {
        if let Some(held) = self.held.take() {
            self.release(held, true, placed);
        }
    }

    /// The same, to go on at a packet that was placed already.
    pub fn checkpoint(&self) -> Self {
        Self { held: None, ..self.clone() }
    }

    fn at(&mut self, stamp: i64) -> Option<i64> {
        let current = self.current.get_or_insert(Anchor { stamp, at: 0 });
        if let Some(at) = current.step(stamp) {
            return Some(at);
        }
        let former = self.former.as_mut()?;
        let at = former.step(stamp)?;
        std::mem::swap(current, former);
        Some(at)
    }

    fn release(&mut self, held: Unit, is_confirmed: bool, placed: &mut VecDeque<Placed>) {
        let at = match (held.pts, self.current) {
            (Some(stamp), Some(current)) if is_confirmed => {
                let step = distance(current.stamp, stamp);
                let is_gap = step > 0 && !held.is_discontinuous;
                let at = if is_gap {
                    current.at.saturating_add(step)
                } else {
                    self.latest.saturating_add(NEW_CLOCK_STEP)
                };
                self.former = Some(current);
                self.current = Some(Anchor { stamp, at });
                at
            }
            _ => self.latest,
        };
        self.place(at, held, placed);
    }

    fn place(&mut self, at: i64, unit: Unit, placed: &mut VecDeque<Placed>) {
        self.latest = self.latest.max(at);
        placed.push_back((at, unit));
    }
}

/// From one stamp to another, the short way round.
pub(super) fn distance(from: i64, to: i64) -> i64 {
    let ahead = to.wrapping_sub(from).rem_euclid(MODULUS);
    if ahead >= MODULUS / 2 { ahead - MODULUS } else { ahead }
}

#[cfg(test)]
mod tests {
    use super::super::super::TrackKind;
    use super::*;

    fn times(stamps: &[(i64, bool)]) -> Vec<i64> {
        let (mut timeline, mut placed) = (Timeline::default(), VecDeque::new());
        for &(stamp, is_discontinuous) in stamps {
            let pts = Some(stamp.rem_euclid(MODULUS));
            timeline.push(Unit { pts, is_discontinuous, ..Unit::empty(TrackKind::Video) }, &mut placed);
        }
        timeline.finish(&mut placed);
        placed.into_iter().map(|(at, _)| at).collect()
    }

    #[test]
    fn times_go_on_past_the_wrap() {
        assert_eq!(
            times(&[(MODULUS - 3_000, false), (MODULUS + 3_000, false), (MODULUS, false)]),
            [0, 6_000, 3_000]
        );
        let hours: Vec<_> = (0..40 * 720).map(|index| (index * 450_000, false)).collect();
        assert_eq!(times(&hours).last(), Some(&(39 * 324_000_000 + 719 * 450_000)));
    }

    #[test]
    fn one_damaged_stamp_does_not_move_the_clock() {
        let stamps = [(0, false), (3_000, false), (1 << 32, false), (9_000, false), (12_000, false)];
        assert_eq!(times(&stamps), [0, 3_000, 3_000, 9_000, 12_000]);
    }

    #[test]
    fn a_gap_stays_and_a_new_clock_goes_on() {
        let gap = [(0, false), (3_000, false), (5_400_000, false), (5_403_000, false)];
        assert_eq!(times(&gap), [0, 3_000, 5_400_000, 5_403_000]);
        let flagged = [(0, false), (3_000, false), (5_400_000, true), (5_403_000, false)];
        assert_eq!(times(&flagged), [0, 3_000, 6_000, 9_000]);
        // The other track's last packets by the former clock come between.
        let back = [
            (5_400_000, false),
            (5_403_000, false),
            (0, false),
            (3_000, false),
            (5_404_000, false),
            (6_000, false),
        ];
        assert_eq!(times(&back), [0, 3_000, 6_000, 9_000, 4_000, 12_000]);
        // A clock that comes back twice, beside others.
        let first = 9_000_000;
        let twice =
            [0, 3_000, -first, 3_000 - first, 9_000, 800_000, 2_000_000 - first, 2_003_000 - first, 806_000];
        let expected = [0, 3_000, 6_000, 9_000, 9_000, 800_000, 803_000, 806_000, 806_000];
        assert_eq!(times(&twice.map(|stamp| (first + stamp, false))), expected);
    }
}
