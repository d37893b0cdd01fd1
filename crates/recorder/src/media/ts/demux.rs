//! Transport packets in, PES packets of the first video and the first sound out.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::{SoundCodec, TrackKind, VideoCodec};
use super::packet::TsPacket;
use super::pes::Assembly;
use super::tables::{self, PAT_PID, Sections, StreamEntry};

/// A PES packet of one of the tracks.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub track: TrackKind,
    /// Where its first transport packet lies.
    pub start: u64,
    /// When it is presented and decoded, in ticks of 1/90,000 s modulo 2³³.
    pub pts: Option<i64>,
    pub dts: Option<i64>,
    pub is_random_access: bool,
    /// Whether the clock begins anew with it.
    pub is_discontinuous: bool,
    /// Whether something is missing before it.
    pub is_after_loss: bool,
    /// The tables by which it was read.
    pub tables: Arc<Tables>,
    /// The access units; empty for a track that is not wanted.
    pub payload: Vec<u8>,
}

impl Unit {
    /// One without content.
    #[cfg(test)]
    pub fn empty(track: TrackKind) -> Self {
        Self {
            track,
            start: 0,
            pts: None,
            dts: None,
            is_random_access: false,
            is_discontinuous: false,
            is_after_loss: false,
            tables: Arc::default(),
            payload: Vec::new(),
        }
    }
}

/// An elementary stream that is handed out.
#[derive(Clone, Debug)]
struct Stream {
    track: TrackKind,
    pid: u16,
    is_wanted: bool,
    counter: Option<u8>,
    is_after_loss: bool,
    /// What has begun, and the tables at its beginning.
    assembly: Option<(Assembly, Arc<Tables>)>,
}

/// What the tables have said at some place.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pmt_pid: Option<u16>,
    program: Program,
}

/// What the tables say of the tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Program {
    pub video: Option<(u16, VideoCodec)>,
    pub sound: Option<(u16, SoundCodec)>,
    /// Of Opus, as its descriptor states them.
    pub opus_channels: u8,
    /// Programs in all; the first one is taken.
    pub program_count: usize,
    /// Tracks that are not taken.
    pub left_out: usize,
}

/// Takes packets in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Demuxer {
    wanted: [bool; 2],
    pat: Sections,
    pmt: Sections,
    tables: Arc<Tables>,
    streams: Vec<Stream>,
    scrambled_count: u64,
}

impl Demuxer {
    /// One that gives the payload of the track `wanted`, or of both.
    pub fn new(wanted: Option<TrackKind>) -> Self {
        Self {
            wanted: [TrackKind::Video, TrackKind::Sound]
                .map(|track| wanted.is_none_or(|wanted| wanted == track)),
            pat: Sections::default(),
            pmt: Sections::default(),
            tables: Arc::default(),
            streams: Vec::new(),
            scrambled_count: 0,
        }
    }

    /// What the tables have said so far.
    pub fn program(&self) -> &Program {
        &self.tables.program
    }

    /// The same, for [`Demuxer::reset`].
    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// Whether the tables have named a track.
    pub fn knows_tracks(&self) -> bool {
        !self.streams.is_empty()
    }

    /// Packets that were left out because they are scrambled.
    pub fn scrambled_count(&self) -> u64 {
        self.scrambled_count
    }

    /// Forgets what has begun, for a packet that does not follow the last one and lies where the tables had said this.
    pub fn reset(&mut self, tables: Arc<Tables>) {
        (self.pat, self.pmt) = (Sections::default(), Sections::default());
        self.streams = self.streams_of(&tables.program).collect();
        self.tables = tables;
    }

    /// Takes the next packet of each stream whatever its counter says: segments are often written each by itself.
    pub fn forget_counters(&mut self) {
        for stream in &mut self.streams {
            stream.counter = None;
        }
    }

    /// Marks that bytes are missing or too many.
    pub fn lose(&mut self) {
        for stream in &mut self.streams {
            stream.is_after_loss |= stream.assembly.take().is_some();
        }
    }

    /// Takes the packet that lies at `at`.
    pub fn push(&mut self, packet: &TsPacket<'_>, at: u64, units: &mut VecDeque<Unit>) {
        if packet.is_broken {
            return;
        }
        if packet.pid == PAT_PID {
            let mut programs = None;
            self.pat.push(packet.payload, packet.starts_unit, |section| {
                programs = tables::programs(section).or(programs.take());
            });
            if let Some(programs) = programs.filter(|programs| !programs.is_empty()) {
                let (pmt_pid, program_count) = (programs.first().copied(), programs.len());
                if self.tables.pmt_pid != pmt_pid {
                    self.pmt = Sections::default();
                }
                if (self.tables.pmt_pid, self.tables.program.program_count) != (pmt_pid, program_count) {
                    let program = Program { program_count, ..self.tables.program.clone() };
                    self.tables = Arc::new(Tables { pmt_pid, program });
                }
            }
        } else if Some(packet.pid) == self.tables.pmt_pid {
            let mut streams = None;
            self.pmt.push(packet.payload, packet.starts_unit, |section| {
                streams = tables::streams(section).or(streams.take());
            });
            if let Some(streams) = streams {
                self.take_program(&streams, units);
            }
        } else if let Some(stream) = self.streams.iter_mut().find(|stream| stream.pid == packet.pid) {
            if packet.is_scrambled {
                self.scrambled_count += 1;
                return;
            }
            stream.push(packet, at, &self.tables, units);
        }
    }

    /// Adds what has begun and has no stated end. `is_cut` says that the file was cut off, so that it is not whole.
    pub fn finish(&mut self, is_cut: bool, units: &mut VecDeque<Unit>) {
        for stream in &mut self.streams {
            if !is_cut {
                stream.close(units);
            }
            stream.assembly = None;
        }
    }

    fn take_program(&mut self, entries: &[StreamEntry], units: &mut VecDeque<Unit>) {
        let mut program = Program { program_count: self.program().program_count, ..Program::default() };
        for entry in entries {
            match codec_of(entry) {
                Some(Codec::Video(codec)) if program.video.is_none() => {
                    program.video = Some((entry.pid, codec));
                }
                Some(Codec::Sound(codec)) if program.sound.is_none() => {
                    program.sound = Some((entry.pid, codec));
                    program.opus_channels = opus_channels(entry);
                }
                Some(_) => program.left_out += 1,
                None => {}
            }
        }
        if program == *self.program() || (program.video.is_none() && program.sound.is_none()) {
            return;
        }
        let mut former = std::mem::take(&mut self.streams);
        self.streams = self
            .streams_of(&program)
            .map(|stream| {
                let kept =
                    former.iter().position(|kept| kept.pid == stream.pid && kept.track == stream.track);
                kept.map_or(stream, |index| former.swap_remove(index))
            })
            .collect();
        former.iter_mut().for_each(|stream| stream.close(units));
        self.tables = Arc::new(Tables { program, ..*self.tables });
    }

    /// The streams of a program, none of which has begun.
    fn streams_of(&self, program: &Program) -> impl Iterator<Item = Stream> + use<> {
        let video = program.video.as_ref().map(|&(pid, _)| (TrackKind::Video, pid, self.wanted[0]));
        let sound = program.sound.as_ref().map(|&(pid, _)| (TrackKind::Sound, pid, self.wanted[1]));
        video.into_iter().chain(sound).map(|(track, pid, is_wanted)| Stream {
            track,
            pid,
            is_wanted,
            counter: None,
            is_after_loss: false,
            assembly: None,
        })
    }
}

impl Stream {
    fn push(&mut self, packet: &TsPacket<'_>, at: u64, tables: &Arc<Tables>, units: &mut VecDeque<Unit>) {
        if packet.payload.is_empty() {
            return;
        }
        let expected = self.counter.map(|counter| (counter + 1) & 15);
        if self.counter == Some(packet.counter) && !packet.is_discontinuous && !packet.starts_unit {
            // A packet may be sent twice (2.4.3.3).
            return;
        }
        if expected.is_some_and(|expected| expected != packet.counter) && !packet.is_discontinuous {
            self.assembly = None;
            self.is_after_loss = true;
        }
        self.counter = Some(packet.counter);
        if packet.starts_unit {
            self.close(units);
            let (is_key, is_new) = (packet.is_random_access, packet.is_discontinuous);
            self.assembly = Some((Assembly::new(at, is_key, is_new, self.is_wanted), tables.clone()));
        }
        let Some((assembly, _)) = &mut self.assembly else { return };
        assembly.push(packet.payload);
        if assembly.is_complete() {
            self.close(units);
        }
    }

    fn close(&mut self, units: &mut VecDeque<Unit>) {
        let Some((assembly, tables)) = self.assembly.take() else { return };
        if assembly.is_damaged() {
            self.is_after_loss = true;
            return;
        }
        let (start, is_random_access) = (assembly.start, assembly.is_random_access);
        let is_discontinuous = assembly.is_discontinuous;
        let Some(pes) = assembly.into_pes() else {
            self.is_after_loss = true;
            return;
        };
        // 33 bits fit.
        let [pts, dts] = [pes.pts, pes.dts].map(|stamp| stamp.map(|stamp| stamp as i64));
        units.push_back(Unit {
            track: self.track,
            start,
            pts,
            dts,
            is_random_access,
            is_discontinuous,
            is_after_loss: std::mem::take(&mut self.is_after_loss),
            tables,
            payload: pes.payload,
        });
    }
}

enum Codec {
    Video(VideoCodec),
    Sound(SoundCodec),
}

/// What a stream is, by its type and, where that says nothing, by its registration (ISO/IEC 13818-1, table 2-34 and 2.6.8;
/// types from 0x80 on are other bodies'). `None` for what is neither video nor sound.
fn codec_of(entry: &StreamEntry) -> Option<Codec> {
    let video = |name: &str| Codec::Video(VideoCodec::Other(name.to_owned()));
    let sound = |name: &str| Codec::Sound(SoundCodec::Other(name.to_owned()));
    Some(match entry.stream_type {
        0x01 | 0x02 => video("MPEG-2 video"),
        0x10 => video("MPEG-4 part 2"),
        0x1b => Codec::Video(VideoCodec::H264),
        0x24 => Codec::Video(VideoCodec::Hevc),
        0x33 => video("VVC"),
        0xdb => video("encrypted H.264 (SAMPLE-AES)"),
        0x03 | 0x04 => sound("MPEG audio"),
        0x0f => Codec::Sound(SoundCodec::Aac),
        0x11 => sound("AAC in LATM"),
        0x81 => sound("AC-3"),
        0x87 => sound("E-AC-3"),
        0xcf => sound("encrypted AAC (SAMPLE-AES)"),
        0x06 => match entry.descriptors(0x05).find_map(|content| content.first_chunk::<4>())? {
            b"Opus" => Codec::Sound(SoundCodec::Opus),
            b"HEVC" => Codec::Video(VideoCodec::Hevc),
            b"AV01" => Codec::Video(VideoCodec::Other("AV1 in a transport stream".to_owned())),
            b"AC-3" => sound("AC-3"),
            b"EAC3" => sound("E-AC-3"),
            _ => return None,
        },
        _ => return None,
    })
}

/// The channels that the extension descriptor of Opus states ("Opus in MPEG-TS", 4.3); 2 where it states none.
fn opus_channels(entry: &StreamEntry) -> u8 {
    let code = entry.descriptors(0x7f).find_map(|content| match content {
        &[0x80, code, ..] => Some(code),
        _ => None,
    });
    code.unwrap_or(2)
}
