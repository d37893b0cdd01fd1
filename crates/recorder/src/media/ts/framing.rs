//! PES packets become a decoder's packets.

use polyptych::Timestamp;

use super::super::clock;
use super::super::{Packet, SoundCodec, TrackKind, VideoCodec};
use super::CLOCK_HZ;
use super::adts::{self, FRAME_SAMPLES};
use super::demux::{Program, Unit};
use super::{nal, opus};

/// Frames of AAC with headers. The first header says what the track is; frames that are coded in another way are left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Adts {
    framer: adts::Framer,
    pub first: Option<adts::Header>,
    latest: Option<adts::Header>,
    /// What is to be told, and from when on it holds.
    change: Option<(Timestamp, adts::Header)>,
}

impl Adts {
    fn push(&mut self, at: i64, unit: &Unit, mut each: impl FnMut(Packet)) {
        if unit.is_after_loss {
            self.framer.reset();
        }
        let Self { framer, first, latest, change } = self;
        framer.push(unit.pts.map(|_| at), &unit.payload, |frame| {
            let rate = i128::from(frame.header.sample_rate());
            let at = i128::from(frame.base) * rate + i128::from(frame.offset) * CLOCK_HZ;
            let at = clock::moment(at, CLOCK_HZ * rate);
            let header = *first.get_or_insert(frame.header);
            let before = latest.replace(frame.header).unwrap_or(header);
            if header.is_like(frame.header) {
                let duration = clock::length(FRAME_SAMPLES.into(), rate);
                each(Packet { duration: Some(duration), ..Packet::new(at, frame.data) });
            } else if !before.is_like(frame.header) {
                change.get_or_insert((at, frame.header));
            }
        });
    }
}

/// How the packets of a track lie in its PES packets.
#[derive(Clone, Debug)]
pub(super) enum Framing {
    /// A picture each.
    Pictures(VideoCodec),
    /// Frames of AAC with headers.
    Adts(Adts),
    /// Access units of Opus with headers.
    Opus,
    /// A codec whose packets are not told apart.
    Whole,
}

impl Framing {
    /// The framing of a track; `None` where there is no such track.
    pub fn of(program: &Program, track: TrackKind) -> Option<Self> {
        match track {
            TrackKind::Video => program.video.as_ref().map(|(_, codec)| Self::Pictures(codec.clone())),
            TrackKind::Sound => program.sound.as_ref().map(|(_, codec)| match codec {
                SoundCodec::Aac => Self::Adts(Adts::default()),
                SoundCodec::Opus => Self::Opus,
                _ => Self::Whole,
            }),
        }
    }

    /// Whether decoding may begin with a PES packet.
    pub fn is_key(&self, unit: &Unit) -> bool {
        match self {
            Self::Pictures(codec) => unit.is_random_access || nal::is_key(codec, &unit.payload),
            _ => true,
        }
    }

    /// Gives `each` packet of a PES packet that is presented at `at`, in ticks from the file's zero.
    pub fn push(&mut self, at: i64, unit: Unit, mut each: impl FnMut(Packet)) {
        match self {
            Self::Pictures(_) => {
                let is_key = self.is_key(&unit);
                each(Packet { is_key, ..Packet::new(clock::moment(at.into(), CLOCK_HZ), unit.payload) });
            }
            Self::Adts(adts) => adts.push(at, &unit, each),
            Self::Opus => {
                let mut offset = 0;
                for unit in opus::units(&unit.payload) {
                    let at = clock::moment(i128::from(at) * 8 + offset * 15, CLOCK_HZ * 8);
                    offset += i128::from(unit.samples);
                    let duration = Some(clock::length(unit.samples.into(), 48_000));
                    each(Packet { duration, trim: unit.trim, ..Packet::new(at, unit.data) });
                }
            }
            Self::Whole => each(Packet::new(clock::moment(at.into(), CLOCK_HZ), unit.payload)),
        }
    }

    /// Forgets what has begun, for a PES packet that does not follow the last one.
    pub fn reset(&mut self) {
        if let Self::Adts(Adts { framer, latest, change, .. }) = self {
            framer.reset();
            (*latest, *change) = (None, None);
        }
    }

    /// From when on the track is coded in a way that it did not begin with, and which; once for each such stretch.
    pub fn take_change(&mut self) -> Option<(Timestamp, adts::Header)> {
        match self {
            Self::Adts(Adts { change, .. }) => change.take(),
            _ => None,
        }
    }
}
