//! The PES packets of a source with their times, from any place on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::input::Input;
use super::super::{MediaError, TrackKind};
use super::demux::{Demuxer, Tables, Unit};
use super::packet::{PacketStream, TsPacket};
use super::timeline::{Placed, Timeline};

/// How far the first tables are looked for before anything else is read, in bytes.
const TABLES_WITHIN: u64 = 16 << 20;

/// Where reading can go on as if it had come there from the beginning.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub at: u64,
    pub timeline: Timeline,
    /// What the tables had said.
    pub tables: Arc<Tables>,
}

/// Reads, demultiplexes and times.
pub(super) struct Units {
    stream: PacketStream,
    /// Where segments end, rising.
    joints: Vec<u64>,
    demuxer: Demuxer,
    /// The first tables, which apply from the beginning on.
    first_tables: Arc<Tables>,
    timeline: Timeline,
    read: VecDeque<Unit>,
    placed: VecDeque<Placed>,
    at: u64,
    has_ended: bool,
}

impl Units {
    /// With the payload of the track `wanted`, or of both.
    ///
    /// The first tables are looked for, so that what lies before them is read too: recordings are cut anywhere, and times must not
    /// depend on whether the tables were known when reading began.
    pub fn new(input: Input, joints: &[u64], wanted: Option<TrackKind>) -> Result<Self, MediaError> {
        let mut units = Self {
            stream: PacketStream::new(input)?,
            joints: joints.to_vec(),
            demuxer: Demuxer::new(wanted),
            first_tables: Arc::default(),
            timeline: Timeline::default(),
            read: VecDeque::new(),
            placed: VecDeque::new(),
            at: 0,
            has_ended: false,
        };
        while !units.demuxer.knows_tracks() && units.at < TABLES_WITHIN && units.read_packet()? {}
        units.first_tables = units.demuxer.tables().clone();
        units.go_to(units.beginning());
        Ok(units)
    }

    /// The next PES packet of either track; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Placed>, MediaError> {
        loop {
            if let Some(placed) = self.placed.pop_front() {
                return Ok(Some(placed));
            }
            if self.has_ended {
                return Ok(None);
            }
            if self.read_packet()? {
                self.place();
            } else {
                self.has_ended = true;
                let is_cut = self.stream.is_cut();
                self.demuxer.finish(is_cut, &mut self.read);
                self.place();
                self.timeline.finish(&mut self.placed);
            }
        }
    }

    /// Reads a transport packet; `false` at the end.
    fn read_packet(&mut self) -> Result<bool, MediaError> {
        let Some((at, bytes)) = self.stream.next()? else { return Ok(false) };
        let segment = |at| self.joints.partition_point(|&joint| joint <= at);
        if segment(self.at) != segment(at) {
            self.demuxer.forget_counters();
        }
        self.at = at;
        if self.stream.take_skipped_bytes() > 0 {
            self.demuxer.lose();
        }
        if let Some(packet) = TsPacket::parse(&bytes) {
            self.demuxer.push(&packet, at, &mut self.read);
        }
        Ok(true)
    }

    fn place(&mut self) {
        while let Some(unit) = self.read.pop_front() {
            self.timeline.push(unit, &mut self.placed);
        }
    }

    /// Where everything begins.
    pub fn beginning(&self) -> Place {
        Place { at: 0, timeline: Timeline::default(), tables: self.first_tables.clone() }
    }

    /// The place of the PES packet that came last.
    pub fn place_of(&self, last: &Unit) -> Place {
        Place { at: last.start, timeline: self.timeline.checkpoint(), tables: last.tables.clone() }
    }

    /// Goes to a place.
    pub fn go_to(&mut self, Place { at, timeline, tables }: Place) {
        self.stream.seek(at);
        self.demuxer.reset(tables);
        (self.timeline, self.at) = (timeline, at);
        self.read.clear();
        self.placed.clear();
        self.has_ended = false;
    }

    /// Where the packet lies that was read last.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Whether the source ends within a packet.
    pub fn is_cut(&mut self) -> bool {
        self.stream.is_cut()
    }

    /// What the tables have said.
    pub fn demuxer(&self) -> &Demuxer {
        &self.demuxer
    }

    /// What is read.
    pub fn input(&self) -> &Input {
        self.stream.input()
    }
}
