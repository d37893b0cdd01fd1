//! The packets of one track.

use std::collections::VecDeque;

use polyptych::Timestamp;

use super::super::clock;
use super::super::input::Input;
use super::super::{MediaError, Packet, PacketReader, TrackKind};
use super::CLOCK_HZ;
use super::framing::Framing;
use super::hop;
use super::survey::Survey;
use super::timeline::distance;
use super::units::{Place, Units};

/// Reads a track.
///
/// Where transport packets are missing, what they belonged to is left out and an error says so once; video goes on at the next
/// picture at which decoding may begin, so that nothing is ever decoded upon pictures that are missing.
pub(super) struct TsReader {
    units: Units,
    track: TrackKind,
    framing: Framing,
    zero: i64,
    packets: VecDeque<Packet>,
    is_waiting_for_key: bool,
}

impl TsReader {
    /// From the first packet on.
    pub fn new(input: Input, joints: &[u64], survey: &Survey, track: TrackKind) -> Result<Self, MediaError> {
        let Some(mut framing) = Framing::of(&survey.program, track) else {
            return Err(super::super::no_track(input.path(), track));
        };
        if let Framing::Adts(adts) = &mut framing {
            // Also where reading begins elsewhere, the track is what it was said to be.
            adts.first = survey.first_header;
        }
        let units = Units::new(input, joints, Some(track))?;
        Ok(Self {
            units,
            track,
            framing,
            zero: survey.zero,
            packets: VecDeque::new(),
            is_waiting_for_key: false,
        })
    }

    fn go_to(&mut self, place: Place) {
        self.units.go_to(place);
        self.framing.reset();
        self.packets.clear();
        self.is_waiting_for_key = false;
    }

    /// Where decoding may begin, behind a place, for what is presented at `at`; sound is decoded upon the frame before.
    fn entry(&mut self, from: &Place, at: Timestamp) -> Result<Option<Place>, MediaError> {
        self.go_to(from.clone());
        let moment = |time: i64| clock::moment(i128::from(time) - i128::from(self.zero), CLOCK_HZ);
        let (mut best, mut before) = (None, None);
        while let Some((time, unit)) = self.units.next()? {
            if unit.track != self.track {
                continue;
            }
            let decoded = match (unit.pts, unit.dts) {
                (Some(pts), Some(dts)) => time.saturating_add(distance(pts, dts)),
                _ => time,
            };
            if moment(decoded) > at {
                break;
            }
            if self.framing.is_key(&unit) && moment(time) <= at {
                (before, best) = (best, Some(self.units.place_of(&unit)));
            }
        }
        Ok(if self.track == TrackKind::Sound { before } else { best })
    }
}

impl PacketReader for TsReader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        loop {
            if let Some(packet) = self.packets.pop_front() {
                return Ok(Some(packet));
            }
            if let Some((at, header)) = self.framing.take_change() {
                let channels =
                    header.channels().map_or_else(|| "other".to_owned(), |count| count.to_string());
                let rate = header.sample_rate();
                let what = format!(
                    "from {at} on its sound is coded in another way, {rate} Hz and {channels} channels, and left out"
                );
                return Err(self.units.input().unsupported(what));
            }
            let Some((at, unit)) = self.units.next()? else { return Ok(None) };
            if unit.track != self.track {
                continue;
            }
            let (start, is_after_loss) = (unit.start, unit.is_after_loss);
            if self.track == TrackKind::Video {
                self.is_waiting_for_key =
                    (self.is_waiting_for_key || is_after_loss) && !self.framing.is_key(&unit);
            }
            if !self.is_waiting_for_key {
                let packets = &mut self.packets;
                self.framing.push(at.saturating_sub(self.zero), unit, |packet| packets.push_back(packet));
            }
            if is_after_loss {
                let lost = format!("before byte {start} transport packets are missing or damaged");
                return Err(self.units.input().malformed(lost));
            }
        }
    }

    /// Reads on from the last place that can be gone to directly and behind which decoding may begin before `at`.
    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        let places = hop::places(&mut self.units, at, self.zero)?;
        let (mut left, mut step) = (places.len().saturating_sub(1).max(1), 1);
        let mut entry = None;
        while let (None, Some(place)) = (&entry, places.get(..left).and_then(<[Place]>::last)) {
            entry = self.entry(place, at)?;
            left = if left == 1 { 0 } else { left.saturating_sub(step).max(1) };
            step *= 2;
        }
        self.go_to(entry.unwrap_or_else(|| self.units.beginning()));
        Ok(())
    }
}
