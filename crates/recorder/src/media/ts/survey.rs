//! What a transport stream holds, by its beginning and, for its length, its end.

use polyptych::Timestamp;

use super::super::clock;
use super::super::input::Input;
use super::super::{Container, Contents, MediaError, Packet, SoundCodec, SoundTrack, TrackKind, VideoTrack};
use super::CLOCK_HZ;
use super::adts::Header;
use super::demux::Program;
use super::framing::Framing;
use super::opus;
use super::timeline::{Timeline, distance};
use super::units::{Place, Units};

/// How far the tables are looked for, and how far the first packets of a track that they name, in bytes.
const TABLES_WITHIN: u64 = 16 << 20;
const TRACKS_WITHIN: u64 = 64 << 20;
/// How long the beginning is in which the earliest stamp is looked for, in ticks: 1 s, longer than pictures are reordered.
const BEGINNING: i64 = 90_000;
/// How much of the end is read for the last stamps, in bytes: seconds of most videos.
const END_BYTES: u64 = 4 << 20;

/// The beginning of a stream.
pub(super) struct Survey {
    pub program: Program,
    /// The earliest presentation time, in ticks of the timeline.
    pub zero: i64,
    /// The first stamp, whose time on the timeline is 0.
    first_stamp: i64,
    video_start: Option<Timestamp>,
    sound_start: Option<Timestamp>,
    sound: Option<SoundTrack>,
    /// Of sound that has them.
    pub first_header: Option<Header>,
    remarks: Vec<String>,
}

impl Survey {
    /// Reads the beginning.
    pub fn of(input: Input, joints: &[u64]) -> Result<Self, MediaError> {
        let mut units = Units::new(input, joints, None)?;
        let (mut zero, mut latest, mut first_stamp) = (i64::MAX, i64::MIN, None);
        let (mut video_start, mut sound_start) = (None::<i64>, None::<i64>);
        let mut framing = None;
        let mut first_sound = None;
        while let Some((at, unit)) = units.next()? {
            first_stamp = first_stamp.or(unit.pts);
            if unit.pts.is_some() {
                (zero, latest) = (zero.min(at), latest.max(at));
            }
            match unit.track {
                TrackKind::Video => video_start = Some(video_start.map_or(at, |start| start.min(at))),
                TrackKind::Sound if first_sound.is_none() => {
                    framing = framing.or_else(|| Framing::of(units.demuxer().program(), TrackKind::Sound));
                    if let Some(framing) = &mut framing {
                        framing.push(at, unit, |packet| first_sound = first_sound.take().or(Some(packet)));
                    }
                    sound_start = first_sound.as_ref().map(|_| at);
                }
                TrackKind::Sound => {}
            }
            let program = units.demuxer().program();
            let is_known = (program.video.is_none() || video_start.is_some())
                && (program.sound.is_none() || first_sound.is_some());
            let is_enough = is_known && latest.saturating_sub(zero) >= BEGINNING;
            if is_enough || units.position() > TRACKS_WITHIN || (is_known && units.position() > TABLES_WITHIN)
            {
                break;
            }
        }
        let program = units.demuxer().program().clone();
        if program.video.is_none() && program.sound.is_none() {
            return Err(units.input().malformed("no table in it names video or sound"));
        }
        let scrambled = units.demuxer().scrambled_count();
        let Some(first_stamp) = first_stamp else {
            let found =
                if scrambled > 0 { "its packets are scrambled" } else { "no packet in it has a time" };
            return Err(units.input().unsupported(found));
        };
        let mut remarks = Vec::new();
        if program.program_count > 1 {
            remarks.push(format!("{} programs; the first is taken", program.program_count));
        }
        if program.left_out > 0 {
            remarks.push(format!("{} more tracks are left out", program.left_out));
        }
        if scrambled > 0 {
            remarks.push("scrambled packets are left out".to_owned());
        }
        let first_header = match &framing {
            Some(Framing::Adts(adts)) => adts.first,
            _ => None,
        };
        let sound = sound_track(&program, first_header, &mut remarks);
        let moment = |at: i64| clock::moment(i128::from(at) - i128::from(zero), CLOCK_HZ);
        let (video_start, sound_start) = (video_start.map(moment), sound_start.map(moment));
        Ok(Self { program, zero, first_stamp, video_start, sound_start, sound, first_header, remarks })
    }

    /// The stamp of the zero, as a time.
    pub fn origin(&self) -> Timestamp {
        clock::moment(i128::from(self.first_stamp) + i128::from(self.zero), CLOCK_HZ)
    }

    /// What the stream holds; reads its end.
    pub fn into_contents(self, input: Input, joints: &[u64]) -> Result<Contents, MediaError> {
        let mut remarks = self.remarks.clone();
        let (video_end, sound_end) = self.ends(input, joints, &mut remarks)?;
        let video = self
            .program
            .video
            .map(|(_, codec)| VideoTrack { span: self.video_start.zip(video_end), ..VideoTrack::new(codec) });
        let sound = self.sound.map(|sound| SoundTrack { span: self.sound_start.zip(sound_end), ..sound });
        Ok(Contents { container: Container::MpegTs, video, sound, began: None, remarks })
    }

    /// When video and sound end, from the last stamps. Clocks that begin anew and more than 26.5 hours cannot be seen there.
    fn ends(
        &self,
        input: Input,
        joints: &[u64],
        remarks: &mut Vec<String>,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), MediaError> {
        let len = input.len();
        let mut units = Units::new(input, joints, None)?;
        if len > 2 * END_BYTES {
            // The tables come first, so that the end can be read with them.
            while units.demuxer().program() != &self.program && units.next()?.is_some() {}
            let tables = units.demuxer().tables().clone();
            units.go_to(Place { at: len - END_BYTES, timeline: Timeline::default(), tables });
        }
        let mut sound_framing = Framing::of(&self.program, TrackKind::Sound);
        let (mut video, mut sound) = (Vec::<i64>::new(), None::<Timestamp>);
        while let Some((_, unit)) = units.next()? {
            let Some(stamp) = unit.pts else { continue };
            let ahead = distance(self.first_stamp, stamp);
            // Far behind the first stamp is ahead of it by more than half a turn.
            let at = if ahead < -10 * BEGINNING { ahead + (1 << 33) } else { ahead } - self.zero;
            match (unit.track, &mut sound_framing) {
                (TrackKind::Video, _) => video.push(at),
                (TrackKind::Sound, Some(framing)) => framing.push(at, unit, |packet: Packet| {
                    let end = packet.at + packet.duration.unwrap_or_default();
                    sound = Some(sound.map_or(end, |latest| latest.max(end)));
                }),
                _ => {}
            }
        }
        if units.is_cut() {
            remarks.push("the file ends within a packet: it was cut off".to_owned());
        }
        video.sort_unstable();
        let video = match video.as_slice() {
            [.., before, last] => Some(last + (last - before).min(BEGINNING)),
            [last] => Some(*last),
            [] => None,
        };
        Ok((video.map(|end| clock::moment(end.into(), CLOCK_HZ)), sound))
    }
}

/// The sound's track, as its first frames say.
fn sound_track(
    program: &Program,
    first_header: Option<Header>,
    remarks: &mut Vec<String>,
) -> Option<SoundTrack> {
    let (_, codec) = program.sound.as_ref()?;
    let track = |codec: SoundCodec, config, sample_rate, channels| SoundTrack {
        codec,
        config,
        sample_rate,
        channels,
        span: None,
    };
    Some(match (codec, first_header) {
        (SoundCodec::Aac, Some(header)) => match header.channels() {
            Some(channels) => track(SoundCodec::Aac, header.config(), header.sample_rate(), channels),
            None => {
                let name = "AAC that states its channels in its frames".to_owned();
                track(SoundCodec::Other(name), Vec::new(), header.sample_rate(), 0)
            }
        },
        (SoundCodec::Aac, _) => {
            remarks.push("sound is announced and none is there".to_owned());
            return None;
        }
        (SoundCodec::Opus, _) => match program.opus_channels {
            channels @ (1 | 2) => track(SoundCodec::Opus, opus::head(channels), 48_000, channels.into()),
            code => track(
                SoundCodec::Other(format!("Opus with the channels of code {code}")),
                Vec::new(),
                48_000,
                0,
            ),
        },
        (codec, _) => track(codec.clone(), Vec::new(), 0, 0),
    })
}
