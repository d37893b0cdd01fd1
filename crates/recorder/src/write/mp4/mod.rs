//! MP4 that plays whenever its writing ends.
//!
//! While it grows, the file is in fragments (ISO/IEC 14496-12, 8.8); at the end it becomes a plain one whose index stands in front,
//! and no sample is copied for that:
//!
//! ```text
//!  growing   ftyp  moov (no samples)  free ............................  moof mdat  moof mdat  free (half written)
//!  ending    ftyp  moov (no samples)  free [ moov (all samples), mdat ]  moof mdat  moof mdat
//!  plain     ftyp  free ...............    moov (all samples)    mdat [  moof mdat  moof mdat  ]
//! ```
//!
//! - A fragment is written as a `free` box, which readers pass over. When all of it is there, eight bytes make it `moof` and `mdat`.
//! - The final index is written into the room that the first `free` box keeps, and behind it the header of an `mdat` box that
//!   reaches to the end of the file, fragments' headers and all. Then eight bytes make the first `moov` a `free` box that ends
//!   where the final one begins.
//! - Both are one write of eight bytes that start at a multiple of eight. A process that is killed before or behind it leaves a
//!   file of whole fragments, or the plain file; never something between.
//!
//! How much room an index needs follows from the recording's length, which is known when a recording is rendered; where the index
//! does not fit after all, it goes to the end of the file, likewise inside a `free` box until it counts.
//!
//! # Memory
//! One or two fragments. The index grows on disk: a nameless file beside the output, 1.1 MB an hour of 30 frames a second with
//! sound, 2 MB with B-frames.

pub(in crate::write) mod column;
pub(in crate::write) mod fragment;
pub(in crate::write) mod movie;
pub(in crate::write) mod node;
pub(in crate::write) mod track;

use std::fs::File;
use std::io::{self, BufWriter, SeekFrom, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use self::node::{HEADER_BYTES, Node, box_header, long_box_header};
use self::track::{SampleTables, Track};
use super::medium::{Medium, Place};
use super::piece::{Clocks, Cutter, Piece};
use super::{Tracks, WriteError, WriteOptions, Writer, invalid};
use crate::encode::{EncodedPacket, SAMPLE_RATE};

/// A fragment ends at the first keyframe behind this much of the recording.
pub const FRAGMENT: Duration = Duration::from_secs(2);

/// The room that is kept for an index where nobody says how long the recording will be.
const ROOM_WITHOUT_DURATION: u64 = 256 * 1024;
/// Of the `mdat` header with a length of 64 bits.
const LONG_HEADER_BYTES: u64 = 16;

/// The file itself, beside its place until it is whole.
pub(super) struct Mp4Writer {
    mp4: Mp4<File>,
    place: Place,
}

impl Mp4Writer {
    pub fn create(path: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Self, WriteError> {
        let place = Place::new(path, options.force);
        let file = place.create()?;
        let mp4 = Mp4::new(file, place.folder(), tracks, options.expected_duration)
            .map_err(|source| place.error(source))?;
        Ok(Self { mp4, place })
    }
}

impl Writer for Mp4Writer {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.mp4.video(packet).map_err(|source| self.place.error(source))
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.mp4.sound(packet).map_err(|source| self.place.error(source))
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        let Self { mp4, place } = *self;
        let file = mp4.finish().map_err(|source| place.error(source))?;
        drop(file);
        place.settle()
    }
}

/// Puts packets into a medium as MP4.
pub(super) struct Mp4<M> {
    medium: M,
    clocks: Clocks,
    cutter: Cutter,
    tracks: Vec<(Track, SampleTables)>,
    expected: Option<Duration>,
    layout: Option<Layout>,
    sequence: u32,
    fragment: Vec<u8>,
    is_broken: bool,
}

/// Where things lie in the file.
#[derive(Clone, Copy)]
struct Layout {
    /// Of the first `moov` box.
    movie_at: u64,
    movie_len: u64,
    /// The payload of the `free` box behind it.
    room: u64,
    /// Behind the last whole fragment.
    end: u64,
}

impl Layout {
    fn room_at(self) -> u64 {
        self.movie_at + self.movie_len + HEADER_BYTES
    }
}

impl<M: Medium> Mp4<M> {
    /// `folder` is where the index grows; `expected` how long the recording will be, as far as that is known.
    pub fn new(medium: M, folder: &Path, tracks: &Tracks, expected: Option<Duration>) -> io::Result<Self> {
        let announced = announce(tracks)?;
        let clocks = tracks.clocks();
        Ok(Self {
            medium,
            clocks,
            cutter: Cutter::new(clocks, FRAGMENT, Some(2 * FRAGMENT)),
            tracks: with_tables(announced, folder),
            expected,
            layout: None,
            sequence: 0,
            fragment: Vec::new(),
            is_broken: false,
        })
    }

    pub fn video(&mut self, packet: EncodedPacket) -> io::Result<()> {
        self.cutter.push_video(packet);
        self.write_pieces()
    }

    pub fn sound(&mut self, packet: EncodedPacket) -> io::Result<()> {
        self.cutter.push_sound(packet);
        self.write_pieces()
    }

    /// Writes what is left and makes the file plain. Gives the medium back.
    pub fn finish(mut self) -> io::Result<M> {
        self.write_pieces()?;
        if let Some(piece) = self.cutter.rest() {
            self.write_piece(&piece)?;
        }
        let layout = match self.layout {
            Some(layout) => layout,
            None => self.begin(&Piece::EMPTY)?,
        };
        self.make_plain(layout)?;
        Ok(self.medium)
    }

    fn write_pieces(&mut self) -> io::Result<()> {
        while let Some(piece) = self.cutter.next_piece() {
            self.write_piece(&piece)?;
        }
        Ok(())
    }

    fn write_piece(&mut self, piece: &Piece) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier fragment could not be written"));
        }
        self.is_broken = true;
        let layout = match self.layout {
            Some(layout) => layout,
            None => self.begin(piece)?,
        };
        self.layout = Some(self.append(layout, piece)?);
        self.is_broken = false;
        Ok(())
    }

    /// Writes all that stands before the first fragment.
    fn begin(&mut self, first: &Piece) -> io::Result<Layout> {
        count_from(&mut self.tracks, first)?;
        let has_offsets = first.video.iter().any(|packet| packet.pts != packet.dts);
        let room = self
            .expected
            .map_or(ROOM_WITHOUT_DURATION, |expected| index_len(&self.clocks, expected, has_offsets));
        let room_len = u32::try_from(HEADER_BYTES + room).map_err(io::Error::other)?;

        let mut head = movie::file_type()?;
        let movie_at = head.len() as u64;
        let mut movie = movie::fragmented_movie(&mut self.tracks)?;
        // The room's box ends where an eight begins.
        let movie_len = movie.len_bytes();
        movie.write_to(&mut head)?;
        let padding = (head.len() as u64).next_multiple_of(8) - head.len() as u64;
        head.extend_from_slice(&box_header(room_len + padding as u32, *b"free"));
        let layout =
            Layout { movie_at, movie_len, room: room + padding, end: head.len() as u64 + room + padding };
        self.medium.seek(SeekFrom::Start(0))?;
        self.medium.write_all(&head)?;
        // Written, not left out: there will be a place for the index when the disk is full.
        io::copy(&mut io::Read::take(io::repeat(0), layout.room), &mut self.medium)?;
        self.layout = Some(layout);
        Ok(layout)
    }

    /// Adds a fragment, which counts once it is whole.
    fn append(&mut self, layout: Layout, piece: &Piece) -> io::Result<Layout> {
        self.sequence = self.sequence.wrapping_add(1);
        let tracks: Vec<Track> = self.tracks.iter().map(|(track, _)| track.clone()).collect();
        let chunks = fragment::build(self.sequence, &tracks, &self.clocks, piece, &mut self.fragment)?;
        let len = self.fragment.len();
        let head = swap_header(
            &mut self.fragment,
            box_header(u32::try_from(len).map_err(io::Error::other)?, *b"free"),
        );
        let written = write_at(&mut self.medium, layout.end, &self.fragment)
            .and_then(|()| write_at(&mut self.medium, layout.end, &head));
        if let Err(error) = written {
            // Readers would pass over the half, but the disk is perhaps full.
            let _ = self.medium.truncate(layout.end);
            return Err(error);
        }
        for chunk in &chunks {
            if let Some((_, tables)) = self.tracks.get_mut(chunk.track) {
                tables.push_chunk(layout.end + chunk.at, &chunk.samples)?;
            }
        }
        Ok(Layout { end: layout.end + len as u64, ..layout })
    }

    fn make_plain(&mut self, layout: Layout) -> io::Result<()> {
        let mut movie = movie::plain_movie(&mut self.tracks)?;
        let movie_len = movie.len_bytes();
        let fits = movie_len + LONG_HEADER_BYTES <= layout.room;
        let data_at = layout.room_at() + if fits { movie_len } else { 0 };
        let data_header = long_box_header(layout.end - data_at, *b"mdat");
        if fits {
            write_node(&mut self.medium, layout.room_at(), &mut movie)?;
            write_at(&mut self.medium, data_at, &data_header)?;
        } else {
            // The header of the box around the index becomes the last bytes of the data.
            let cover = u32::try_from(HEADER_BYTES + movie_len).map_err(io::Error::other)?;
            write_at(&mut self.medium, layout.end, &box_header(cover, *b"free"))?;
            write_node(&mut self.medium, layout.end + HEADER_BYTES, &mut movie)?;
            let data_header = long_box_header(layout.end + HEADER_BYTES - data_at, *b"mdat");
            write_at(&mut self.medium, data_at, &data_header)?;
        }
        // All of it must be there before it counts, also where the machine stops.
        self.medium.sync()?;
        let cover = u32::try_from(layout.movie_len + HEADER_BYTES).map_err(io::Error::other)?;
        write_at(&mut self.medium, layout.movie_at, &box_header(cover, *b"free"))
    }
}

fn write_at(medium: &mut impl Medium, at: u64, bytes: &[u8]) -> io::Result<()> {
    medium.seek(SeekFrom::Start(at))?;
    medium.write_all(bytes)
}

fn write_node(medium: &mut impl Medium, at: u64, node: &mut Node<'_>) -> io::Result<()> {
    medium.seek(SeekFrom::Start(at))?;
    let mut buffered = BufWriter::with_capacity(64 * 1024, medium);
    node.write_to(&mut buffered)?;
    buffered.flush()
}

/// Puts another header before a fragment and gives the one that was there.
fn swap_header(fragment: &mut [u8], header: [u8; 8]) -> [u8; 8] {
    let mut before = header;
    if let Some(place) = fragment.first_chunk_mut::<8>() {
        std::mem::swap(place, &mut before);
    }
    before
}

/// The tracks that a file announces: video first.
pub(in crate::write) fn announce(tracks: &Tracks) -> io::Result<Vec<Track>> {
    let mut ids = (1..=2).filter_map(NonZeroU32::new);
    let mut next_id = || ids.next().unwrap_or(NonZeroU32::MIN);
    let video = tracks.video.as_ref().map(|video| Track::video(next_id(), video)).transpose()?;
    let sound = tracks.sound.as_ref().map(|sound| Track::sound(next_id(), sound)).transpose()?;
    Ok(video.into_iter().chain(sound).collect())
}

/// Tracks without samples yet.
pub(in crate::write) fn with_tables(tracks: Vec<Track>, folder: &Path) -> Vec<(Track, SampleTables)> {
    let with_table = |track| {
        let tables = SampleTables::new(folder, &track);
        (track, tables)
    };
    tracks.into_iter().map(with_table).collect()
}

/// Lets the tracks count from their first packets, which may lie before the recording's zero, but not behind it.
pub(in crate::write) fn count_from(tracks: &mut [(Track, SampleTables)], first: &Piece) -> io::Result<()> {
    for (track, _) in tracks {
        let packets = if track.size.is_some() { &first.video } else { &first.sound };
        track.origin = packets.first().map_or(0, |packet| packet.dts);
        if track.origin > track.zero {
            return Err(invalid(format!("the first packet is at {}, behind the beginning", track.origin)));
        }
    }
    Ok(())
}

/// How long the index of a recording becomes, on the safe side.
fn index_len(clocks: &Clocks, expected: Duration, has_offsets: bool) -> u64 {
    // Boxes that do not grow, and all that a few samples more than expected take.
    const FIXED: u64 = 8 * 1024;
    // A chunk a second, whose offset takes 8 bytes and whose count of samples 12, for a track.
    const CHUNK: u64 = 20;
    let seconds = expected.as_secs().saturating_add(1);
    let of_video = clocks.fps.map_or(0, |fps| {
        let frames = seconds.saturating_mul(u64::from(fps.num())) / u64::from(fps.den()) + 1;
        // A size and a keyframe's number, or nearly so; and an offset that others do not share.
        frames
            .saturating_mul(if has_offsets { 4 + 8 } else { 4 })
            .saturating_add(seconds.saturating_mul(CHUNK + 4))
    });
    let of_sound = clocks.priming.map_or(0, |_| {
        let packets = seconds.saturating_mul(u64::from(SAMPLE_RATE)) / 1024 + 1;
        packets.saturating_mul(4).saturating_add(seconds.saturating_mul(CHUNK))
    });
    let len = FIXED.saturating_add(of_video).saturating_add(of_sound);
    // A `free` box of 32 bits holds no more, and no recording of a length that was not made up needs more.
    len.saturating_add(len / 20).next_multiple_of(8).min(MAX_ROOM)
}

/// The index of a week at 30 frames a second.
const MAX_ROOM: u64 = 512 * 1024 * 1024;

#[cfg(test)]
mod tests;
