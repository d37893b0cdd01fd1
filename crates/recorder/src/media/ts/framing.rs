//! PES packets become a decoder's packets.

use polyptych::Timestamp;

use super::super::clock;
use super::super::{Packet, SoundCodec, TrackKind, VideoCodec};
use super::CLOCK_HZ;
use super::adts::{self, FRAME_SAMPLES};
use super::demux::{Program, Unit};
use super::{nal, opus};

/// How the packets of a track lie in its PES packets.
#[derive(Clone, Debug)]
pub(super) enum Framing {
    /// A picture each.
    Pictures(VideoCodec),
    /// Frames of AAC with headers. The first header says what the track is.
    Adts { framer: adts::Framer, first: Option<adts::Header>, changed_count: u64 },
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
                SoundCodec::Aac => {
                    Self::Adts { framer: adts::Framer::default(), first: None, changed_count: 0 }
                }
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
                each(Packet { is_key, ..packet(clock::moment(at.into(), CLOCK_HZ), unit.payload) });
            }
            Self::Adts { framer, first, changed_count } => {
                if unit.is_after_loss {
                    framer.reset();
                }
                framer.push(unit.pts.map(|_| at), &unit.payload, |frame| {
                    let header = *first.get_or_insert(frame.header);
                    if !header.is_like(frame.header) {
                        *changed_count += 1;
                        return;
                    }
                    let rate = i128::from(header.sample_rate());
                    let at = i128::from(frame.base) * rate + i128::from(frame.offset) * CLOCK_HZ;
                    let duration = clock::length(FRAME_SAMPLES.into(), rate);
                    each(Packet {
                        duration: Some(duration),
                        ..packet(clock::moment(at, CLOCK_HZ * rate), frame.data)
                    });
                });
            }
            Self::Opus => {
                let mut offset = 0;
                for unit in opus::units(&unit.payload) {
                    let at = clock::moment(i128::from(at) * 8 + offset * 15, CLOCK_HZ * 8);
                    offset += i128::from(unit.samples);
                    let duration = Some(clock::length(unit.samples.into(), 48_000));
                    each(Packet { duration, trim: unit.trim, ..packet(at, unit.data) });
                }
            }
            Self::Whole => each(packet(clock::moment(at.into(), CLOCK_HZ), unit.payload)),
        }
    }

    /// Forgets what has begun, for a PES packet that does not follow the last one.
    pub fn reset(&mut self) {
        if let Self::Adts { framer, .. } = self {
            framer.reset();
        }
    }
}

fn packet(at: Timestamp, data: Vec<u8>) -> Packet {
    Packet { at, duration: None, is_key: true, is_shown: true, trim: (0, 0), change: None, data }
}
