//! Which tick a packet belongs to, where canvases were left out.
//!
//! Encoders count the canvases that they are given. Where a live recording has dropped some, the packets of those behind must not
//! move forward: each goes back to the tick of its canvas, and what is shown before a gap lasts through it.

use std::collections::VecDeque;

use crate::encode::EncodedPacket;

/// The ticks of the canvases that an encoder was given, as far back as a packet may still name.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    /// The place of the first of them among all canvases.
    base: i64,
    ticks: VecDeque<i64>,
}

impl Ticks {
    /// Takes note of the next canvas's tick.
    pub(super) fn push(&mut self, tick: i64) {
        self.ticks.push_back(tick);
    }

    /// Changes a packet's times from places to ticks. Decoding times before the first canvas stay as far before it as they were.
    pub(super) fn place(&mut self, packet: &mut EncodedPacket) {
        let (pts, dts) = (packet.pts, packet.dts);
        if let (Some(here), Some(next)) = (self.known(pts), self.known(pts.saturating_add(1))) {
            packet.duration = u32::try_from(next - here).unwrap_or(u32::MAX);
        }
        packet.pts = self.tick(pts);
        packet.dts = self.tick(dts);
        // Decoding times rise, and no presentation time is below its decoding time.
        while self.base < dts && self.ticks.len() > 1 {
            self.ticks.pop_front();
            self.base += 1;
        }
    }

    fn known(&self, place: i64) -> Option<i64> {
        self.ticks.get(usize::try_from(place.checked_sub(self.base)?).ok()?).copied()
    }

    fn tick(&self, place: i64) -> i64 {
        let (first, last) = (self.ticks.front().copied(), self.ticks.back().copied());
        let end = self.base.saturating_add(self.ticks.len() as i64 - 1);
        let before = first.map_or(place, |first| first.saturating_add(place.saturating_sub(self.base)));
        let behind = last.map_or(place, |last| last.saturating_add(place.saturating_sub(end)));
        self.known(place).unwrap_or(if place < self.base { before } else { behind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(ticks: &mut Ticks, pts: i64, dts: i64) -> (i64, i64, u32) {
        let mut packet = EncodedPacket { pts, dts, duration: 1, is_key: false, data: Vec::new() };
        ticks.place(&mut packet);
        (packet.pts, packet.dts, packet.duration)
    }

    #[test]
    fn packets_without_gaps_stay_as_they_are() {
        let mut ticks = Ticks::default();
        for tick in 0..1000 {
            ticks.push(tick);
            assert_eq!(placed(&mut ticks, tick, tick), (tick, tick, 1));
            assert_eq!(ticks.ticks.len(), 1);
        }
    }

    #[test]
    fn packets_behind_a_gap_keep_their_ticks() {
        let mut ticks = Ticks::default();
        ticks.push(0);
        assert_eq!(placed(&mut ticks, 0, 0), (0, 0, 1));
        ticks.push(5);
        assert_eq!(placed(&mut ticks, 1, 1), (5, 5, 1));
    }

    #[test]
    fn packets_that_are_decoded_in_another_order_keep_their_ticks() {
        let mut ticks = Ticks::default();
        [0, 1, 4, 9, 10].into_iter().for_each(|tick| ticks.push(tick));
        // In the order I P B B P of two reordered pictures.
        assert_eq!(placed(&mut ticks, 0, -2), (0, -2, 1));
        assert_eq!(placed(&mut ticks, 3, -1), (9, -1, 1));
        assert_eq!(placed(&mut ticks, 1, 0), (1, 0, 3));
        assert_eq!(placed(&mut ticks, 2, 1), (4, 1, 5));
        assert_eq!(placed(&mut ticks, 4, 2), (10, 4, 1));
        assert_eq!((ticks.base, ticks.ticks.len()), (2, 3));
    }
}
