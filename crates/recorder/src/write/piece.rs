//! Where a recording is cut: into the fragments of an MP4 file, or the segments of a playlist.
//!
//! Encoders run beside each other, so packets of video and of sound come in any order. A piece is handed out once both are there
//! up to its cut; so the pieces do not depend on who was faster. Where one stays away for [`MAX_SKEW`], it is waited for no longer,
//! and memory is bounded by that.

use std::collections::VecDeque;
use std::time::Duration;

use polyptych::FrameRate;

use crate::encode::{EncodedPacket, SAMPLE_RATE};

/// How far one track may run ahead of the other before pieces are cut without it.
pub(super) const MAX_SKEW: Duration = Duration::from_secs(10);

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// Packets between two cuts.
#[derive(Debug, PartialEq)]
pub(super) struct Piece {
    /// In decoding order.
    pub video: Vec<EncodedPacket>,
    /// In decoding order.
    pub sound: Vec<EncodedPacket>,
    /// When the picture behind the last one is decoded, in ticks; counted from its duration at the end.
    pub video_end: i64,
    /// When it is presented first, in nanoseconds of the recording.
    pub start: i128,
    /// Where the next one begins, likewise.
    pub end: i128,
}

impl Piece {
    /// One of nothing.
    pub const EMPTY: Self = Self { video: Vec::new(), sound: Vec::new(), video_end: 0, start: 0, end: 0 };
}

/// The clocks that packets count by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    /// Ticks of video a second, where there is video.
    pub fps: Option<FrameRate>,
    /// Samples before the recording's first, where there is sound.
    pub priming: Option<u32>,
}

impl Clocks {
    /// When a tick is, in nanoseconds of the recording.
    pub fn video_nanos(&self, tick: i64) -> i128 {
        let (num, den) = self.fps.map_or((1, 0), |fps| (fps.num(), fps.den()));
        (i128::from(tick) * i128::from(den) * NANOS_PER_SECOND).div_euclid(i128::from(num))
    }

    /// When a sample is, in nanoseconds of the recording; priming lies before zero.
    pub fn sound_nanos(&self, sample: i64) -> i128 {
        let heard = i128::from(sample) - i128::from(self.priming.unwrap_or_default());
        (heard * NANOS_PER_SECOND).div_euclid(i128::from(SAMPLE_RATE))
    }
}

/// Collects packets and cuts them.
#[derive(Debug)]
pub(super) struct Cutter {
    clocks: Clocks,
    target: i128,
    unkeyed_after: Option<i128>,
    video: VecDeque<EncodedPacket>,
    sound: VecDeque<EncodedPacket>,
}

impl Cutter {
    /// Cuts at the first keyframe at which a piece has `target` or more; before any picture where it has `unkeyed_after` and no
    /// keyframe came; sound alone after any packet.
    pub fn new(clocks: Clocks, target: Duration, unkeyed_after: Option<Duration>) -> Self {
        let nanos = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
        Self {
            clocks,
            target: nanos(target),
            unkeyed_after: unkeyed_after.map(nanos),
            video: VecDeque::new(),
            sound: VecDeque::new(),
        }
    }

    pub fn push_video(&mut self, packet: EncodedPacket) {
        self.video.push_back(packet);
    }

    pub fn push_sound(&mut self, packet: EncodedPacket) {
        self.sound.push_back(packet);
    }

    /// The next piece that is whole.
    pub fn next_piece(&mut self) -> Option<Piece> {
        let sound_end = self.sound.back().map(|last| self.sound_end(last));
        if self.clocks.fps.is_none() {
            let start = self.clocks.sound_nanos(self.sound.front()?.pts);
            let end = sound_end?;
            return (end - start.max(0) >= self.target).then(|| self.take(0, self.sound.len(), end));
        }
        let max_skew = i128::try_from(MAX_SKEW.as_nanos()).unwrap_or(i128::MAX);
        if let Some((index, cut)) = self.find_cut() {
            let ahead = self.video.back().map_or(cut, |last| self.clocks.video_nanos(last.dts)) - cut;
            let is_sound_there = sound_end.is_some_and(|end| end >= cut);
            if self.clocks.priming.is_none() || is_sound_there || ahead >= max_skew {
                let sound = self.count_sound_before(cut);
                return Some(self.take(index, sound, cut));
            }
            return None;
        }
        // Sound goes on where no video comes.
        let start = self.clocks.sound_nanos(self.sound.front()?.pts);
        if sound_end? - start < self.target + max_skew {
            return None;
        }
        let sound = self.count_sound_before(start + self.target).max(1);
        let end = self.sound.get(sound).map_or(sound_end?, |next| self.clocks.sound_nanos(next.pts));
        Some(self.take(0, sound, end))
    }

    /// Everything that is left; nothing where there is nothing.
    pub fn rest(&mut self) -> Option<Piece> {
        if self.video.is_empty() && self.sound.is_empty() {
            return None;
        }
        let shown = self.video.iter().map(|packet| packet.pts.saturating_add(packet.duration.into()));
        let video_end = shown.max().map(|tick| self.clocks.video_nanos(tick));
        let sound_end = self.sound.back().map(|last| self.sound_end(last));
        let end = video_end.or(sound_end)?;
        Some(self.take(self.video.len(), self.sound.len(), end))
    }

    /// At which packet to cut, and when that is.
    fn find_cut(&self) -> Option<(usize, i128)> {
        let start = self.clocks.video_nanos(self.video.front()?.dts);
        self.video.iter().enumerate().skip(1).find_map(|(index, packet)| {
            let elapsed = self.clocks.video_nanos(packet.dts) - start;
            if packet.is_key && elapsed >= self.target {
                return Some((index, self.clocks.video_nanos(packet.pts)));
            }
            self.unkeyed_after
                .is_some_and(|limit| elapsed >= limit)
                .then(|| (index, self.clocks.video_nanos(packet.dts)))
        })
    }

    fn count_sound_before(&self, cut: i128) -> usize {
        self.sound.partition_point(|packet| self.clocks.sound_nanos(packet.pts) < cut)
    }

    fn sound_end(&self, packet: &EncodedPacket) -> i128 {
        self.clocks.sound_nanos(packet.pts.saturating_add(packet.duration.into()))
    }

    fn take(&mut self, video: usize, sound: usize, end: i128) -> Piece {
        let video: Vec<_> = self.video.drain(..video.min(self.video.len())).collect();
        let sound: Vec<_> = self.sound.drain(..sound.min(self.sound.len())).collect();
        let behind_last = video.last().map_or(0, |last| last.dts.saturating_add(last.duration.into()));
        let video_end = match self.video.front() {
            Some(next) if !video.is_empty() => next.dts,
            _ => behind_last,
        };
        let video_start = video.iter().map(|packet| self.clocks.video_nanos(packet.pts)).min();
        let sound_start = sound.first().map(|packet| self.clocks.sound_nanos(packet.pts).max(0));
        let start = video_start.or(sound_start).unwrap_or(end);
        Piece { video, sound, video_end, start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(pts: i64, duration: u32, is_key: bool) -> EncodedPacket {
        EncodedPacket { pts, dts: pts, duration, is_key, data: Vec::new() }
    }

    fn clocks() -> Clocks {
        Clocks { fps: FrameRate::new(30, 1), priming: Some(1024) }
    }

    /// Two seconds of each, sound first or last.
    fn pieces_of(sound_first: bool) -> Vec<Piece> {
        let mut cutter = Cutter::new(clocks(), Duration::from_secs(1), None);
        let mut pieces = Vec::new();
        for pass in 0..2 {
            if (pass == 0) == sound_first {
                for index in 0..95 {
                    cutter.push_sound(packet(index * 1024, 1024, true));
                    pieces.extend(cutter.next_piece());
                }
            } else {
                for index in 0..60 {
                    cutter.push_video(packet(index, 1, index % 15 == 0));
                    pieces.extend(cutter.next_piece());
                }
            }
        }
        pieces.extend(cutter.rest());
        pieces
    }

    #[test]
    fn cuts_do_not_depend_on_which_encoder_was_faster() {
        let pieces = pieces_of(true);
        assert_eq!(pieces, pieces_of(false));
        let firsts: Vec<i64> = pieces.iter().map(|piece| piece.video[0].pts).collect();
        assert_eq!(firsts, [0, 30]);
        assert_eq!((pieces[0].start, pieces[0].end, pieces[0].video_end), (0, 1_000_000_000, 30));
        assert_eq!((pieces[1].start, pieces[1].end, pieces[1].video_end), (1_000_000_000, 2_000_000_000, 60));
        // 1 s and the priming are 49,024 samples: packet 47 begins before the cut, packet 48 behind it.
        assert_eq!(pieces[1].sound[0].pts, 48 * 1024);
    }

    #[test]
    fn a_track_that_stays_away_is_not_waited_for_longer_than_stated() {
        let mut cutter = Cutter::new(clocks(), Duration::from_secs(2), None);
        let mut first_piece_at = None;
        for index in 0..600 {
            cutter.push_video(packet(index, 1, index % 30 == 0));
            if cutter.next_piece().is_some() && first_piece_at.is_none() {
                first_piece_at = Some(index);
            }
        }
        assert_eq!(first_piece_at, Some((2 + 10) * 30));

        let mut cutter = Cutter::new(clocks(), Duration::from_secs(2), None);
        let mut most = 0;
        for index in 0..5_000 {
            cutter.push_sound(packet(index * 1024, 1024, true));
            while cutter.next_piece().is_some() {}
            most = most.max(cutter.sound.len());
        }
        assert!(most < 600, "{most} packets are 12.8 s");
    }

    #[test]
    fn a_stream_without_keyframes_is_cut_all_the_same_where_that_is_allowed() {
        let clocks = Clocks { fps: FrameRate::new(30, 1), priming: None };
        let mut cutter = Cutter::new(clocks, Duration::from_secs(2), Some(Duration::from_secs(4)));
        let mut lens = Vec::new();
        for index in 0..400 {
            cutter.push_video(packet(index, 1, index == 0));
            lens.extend(cutter.next_piece().map(|piece| piece.video.len()));
        }
        assert_eq!(lens, [120, 120, 120]);
    }
}
