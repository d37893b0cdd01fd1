//! Where a track's media stand in the movie: its edit list (ISO/IEC 14496-12, 8.6.6), and its clocks.

use polyptych::Timestamp;

use super::boxes::ElstBox;
use crate::media::clock;

/// A delay, and one stretch of the media that is presented behind it. That is what muxers and phones write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edits {
    /// Ticks a second of the movie's clock, at least 1.
    movie_scale: u32,
    /// Ticks a second of the track's clock, at least 1.
    media_scale: u32,
    /// How long nothing is presented first, in ticks of the movie.
    delay: u64,
    /// Where in the media the presentation begins, in ticks of the track.
    start: i64,
    /// How much of the media is presented, in ticks of the movie; all that follows where it is not said.
    length: Option<u64>,
}

impl Edits {
    /// All of the media from time 0 on.
    pub fn none(movie_scale: u32, media_scale: u32) -> Self {
        Self {
            movie_scale: movie_scale.max(1),
            media_scale: media_scale.max(1),
            delay: 0,
            start: 0,
            length: None,
        }
    }

    /// Reads an edit list.
    ///
    /// # Errors
    /// Where it is more than a delay and one stretch at normal speed.
    pub fn parse(list: &ElstBox, movie_scale: u32, media_scale: u32) -> Result<Self, String> {
        let mut edits = Self::none(movie_scale, media_scale);
        let mut has_media = false;
        let mut has_gap = false;
        for entry in &list.entries {
            if entry.media_time < 0 {
                if has_media {
                    has_gap |= entry.edit_duration > 0;
                } else {
                    edits.delay = edits.delay.saturating_add(entry.edit_duration);
                }
                continue;
            }
            if (entry.media_rate.integer, entry.media_rate.fraction) != (1, 0) {
                return Err(format!(
                    "an edit list with a speed of {}; only 1 is read",
                    entry.media_rate.integer
                ));
            }
            if !has_media {
                has_media = true;
                edits.start = entry.media_time;
                edits.length = (entry.edit_duration > 0).then_some(entry.edit_duration);
            } else if !has_gap && edits.is_end(entry.media_time) {
                edits.length = edits.length.map(|length| length.saturating_add(entry.edit_duration));
            } else {
                let count = list.entries.len();
                return Err(format!(
                    "an edit list of {count} pieces that do not follow each other; one piece behind a delay is read"
                ));
            }
        }
        Ok(edits)
    }

    /// Ticks a second of the track's clock.
    pub fn media_scale(&self) -> u32 {
        self.media_scale
    }

    /// Where in the media the presentation begins, in ticks of the track.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// Where in the media the presentation ends, in ticks of the track, rounded up.
    pub fn end(&self) -> Option<i64> {
        let (movie, media) = (i128::from(self.movie_scale), i128::from(self.media_scale));
        let length = i128::from(self.length?) * media;
        let end = i128::from(self.start).saturating_add((length + movie - 1) / movie);
        Some(i64::try_from(end).unwrap_or(i64::MAX))
    }

    /// Whether the stretch ends at that time of the media, to a tick of either clock.
    fn is_end(&self, media_time: i64) -> bool {
        let tolerance = i64::from(self.media_scale / self.movie_scale) + 1;
        self.end().is_some_and(|end| end.abs_diff(media_time) <= tolerance.unsigned_abs())
    }

    /// Whether what has that composition time is presented.
    pub fn is_shown(&self, cts: i64) -> bool {
        cts >= self.start && self.end().is_none_or(|end| cts < end)
    }

    /// When what has that composition time is presented, in the movie's count.
    pub fn presentation(&self, cts: i64) -> Timestamp {
        let (movie, media) = (i128::from(self.movie_scale), i128::from(self.media_scale));
        let ticks = (i128::from(cts) - i128::from(self.start)) * movie + i128::from(self.delay) * media;
        clock::moment(ticks, movie * media)
    }

    /// The last composition time that is presented at `at`, in the movie's count, or before.
    pub fn cts_at(&self, at: Timestamp) -> i64 {
        let (movie, media) = (i128::from(self.movie_scale), i128::from(self.media_scale));
        let nanos = i128::from(at.as_nanos()) * movie - i128::from(self.delay).saturating_mul(1_000_000_000);
        let ticks = nanos.saturating_mul(media).div_euclid(movie * 1_000_000_000);
        let floor = i64::try_from(ticks.saturating_add(i128::from(self.start))).unwrap_or(i64::MAX);
        // Presentation times are rounded: the next tick may still be at `at`.
        let next = floor.saturating_add(1);
        if self.presentation(next) <= at { next } else { floor }
    }

    /// How many ticks of what lasts from `cts` for `duration` lie before the presentation begins and behind its end.
    pub fn outside(&self, cts: i64, duration: i64) -> (i64, i64) {
        let duration = duration.max(0);
        let front = self.start.saturating_sub(cts).clamp(0, duration);
        let end = self.end().unwrap_or(i64::MAX);
        let back = cts.saturating_add(duration).saturating_sub(end).clamp(0, duration - front);
        (front, back)
    }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::Fields;
    use super::*;

    /// An `elst` of version 1 as bytes: (duration, media time, rate).
    fn list(entries: &[(u64, i64, i16)]) -> ElstBox {
        let mut body = vec![1, 0, 0, 0];
        body.extend((entries.len() as u32).to_be_bytes());
        for (duration, media_time, rate) in entries {
            body.extend(duration.to_be_bytes());
            body.extend(media_time.to_be_bytes());
            body.extend(rate.to_be_bytes());
            body.extend([0, 0]);
        }
        let mut bytes = (body.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(b"elst");
        bytes.extend(body);
        assert!(Fields::of(&bytes).u32().is_some());
        let parsed = super::super::boxes::Children::of(&bytes).next().expect("a box");
        parsed.decode().expect("a list")
    }

    #[test]
    fn a_delay_and_a_cut_move_and_hide() {
        let edits = Edits::parse(&list(&[(500, -1, 1), (2000, 1024, 1)]), 1000, 48_000).expect("read");
        assert_eq!(edits.presentation(1024), Timestamp::from_millis(500));
        assert_eq!(edits.presentation(0), Timestamp::from_nanos(500_000_000 - 21_333_333));
        assert_eq!(edits.end(), Some(1024 + 96_000));
        assert!(
            !edits.is_shown(1023)
                && edits.is_shown(1024)
                && edits.is_shown(97_023)
                && !edits.is_shown(97_024)
        );
        assert_eq!(edits.outside(0, 1536), (1024, 0));
        assert_eq!(edits.outside(96_000, 2048), (0, 1024));
        assert_eq!(edits.outside(0, 200_000), (1024, 200_000 - 97_024));
        for cts in [-5, 0, 1, 1023, 1024, 99_999] {
            assert_eq!(edits.cts_at(edits.presentation(cts)), cts);
        }
    }

    #[test]
    fn pieces_that_follow_each_other_are_one_and_others_are_refused() {
        let joined = Edits::parse(&list(&[(1000, 0, 1), (500, 48_000, 1)]), 1000, 48_000).expect("read");
        assert_eq!(joined.end(), Some(72_000));
        for (entries, reason) in [
            (&[(1000, 0, 1), (500, 90_000, 1)][..], "pieces"),
            (&[(1000, 0, 1), (10, -1, 1), (500, 48_000, 1)], "pieces"),
            (&[(1000, 0, 2)], "speed"),
            (&[(1000, 0, 0)], "speed"),
        ] {
            let error = Edits::parse(&list(entries), 1000, 48_000).expect_err("refused");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn extreme_numbers_saturate() {
        let edits = Edits::parse(&list(&[(u64::MAX, -1, 1), (u64::MAX, i64::MAX, 1)]), u32::MAX, u32::MAX)
            .expect("read");
        for cts in [i64::MIN, 0, i64::MAX] {
            let _ = (edits.presentation(cts), edits.is_shown(cts), edits.outside(cts, i64::MAX));
        }
        for at in [Timestamp::MIN, Timestamp::MAX] {
            let _ = edits.cts_at(at);
        }
    }
}
