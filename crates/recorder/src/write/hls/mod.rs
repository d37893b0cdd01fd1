//! HLS (RFC 8216): a playlist, and beside it a segment for every few seconds.
//!
//! A segment is named in the playlist once it is whole, and the playlist is replaced in one step: whenever writing ends, what the
//! playlist names is there and plays; what is lost is the segment that was being written. Until the end the playlist is one that
//! only grows (`EVENT`), so it can be watched meanwhile.
//!
//! A writer that goes on is given all packets again and makes the same segments of them: those that are there are compared and
//! not written. So it comes to where it went on with its counters and its playlist as they were.

mod left;
mod names;
mod ts;

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

pub(crate) use self::left::LeftPlaylist;
use self::names::Names;
pub use self::names::ServiceNames;
use self::ts::TsMuxer;
use super::medium::{Place, WritingLock, occupied};
use super::mp4::track::{SampleTables, Track};
use super::mp4::{announce, count_from, fragment, movie, with_tables};
use super::piece::{Clocks, Cutter, Piece};
use super::{Tracks, WriteError, WriteOptions, Writer, invalid, unsupported};
use crate::encode::EncodedPacket;

/// What segments are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SegmentFormat {
    /// MPEG transport stream, as recorders' services write.
    #[default]
    Ts,
    /// Fragments of MP4, and one file that stands before all.
    Fmp4,
}

/// How long a segment is where nobody says.
pub const SEGMENT: Duration = Duration::from_secs(6);

const DIFFERENT: &str = "it was written with other settings; go on with those, or begin again with --force";

/// Writes segments and their playlist.
pub(crate) struct HlsWriter {
    names: Names,
    is_forced: bool,
    clocks: Clocks,
    cutter: Cutter,
    muxer: Muxer,
    extension: &'static str,
    playlist: Playlist,
    bytes: Vec<u8>,
    /// Of the first segment, which says that the playlist is being written.
    lock: Option<WritingLock>,
    /// How many segments are there already; all but the last are as they will be.
    there: u32,
}

enum Muxer {
    Ts(TsMuxer),
    Fmp4 { tracks: Vec<(Track, SampleTables)>, has_begun: bool },
}

/// The text of a playlist.
struct Playlist {
    version: u8,
    /// The file that stands before all segments.
    init: Option<String>,
    /// The longest segment's length in seconds, rounded.
    target_seconds: u64,
    segments: String,
    count: u32,
}

impl SegmentFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Ts => "ts",
            Self::Fmp4 => "m4s",
        }
    }
}

impl HlsWriter {
    /// Of a playlist, its segments beside it; or of a folder, which is made where there is none.
    pub fn create(output: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Self, WriteError> {
        let refused = |source| WriteError { path: output.to_owned(), source };
        let names = Names::of(output, options).map_err(refused)?;
        let names = names.ok_or_else(|| refused(unsupported("it is no playlist")))?;
        if names.is_of_folder() {
            let failed = |source| WriteError { path: names.folder().to_owned(), source };
            fs::create_dir_all(names.folder()).map_err(failed)?;
        }
        let path = names.playlist();
        if !options.force && path.exists() {
            return Err(occupied(&path));
        }
        let muxer = match options.segment_format {
            SegmentFormat::Ts => TsMuxer::new(tracks).map(Muxer::Ts),
            SegmentFormat::Fmp4 => announce(tracks).map(|announced| Muxer::Fmp4 {
                tracks: with_tables(announced, names.folder()),
                has_begun: false,
            }),
        };
        let muxer = muxer.map_err(|source| WriteError { path, source })?;
        let clocks = tracks.clocks();
        let playlist = Playlist {
            version: if matches!(muxer, Muxer::Ts(_)) { 3 } else { 7 },
            init: matches!(muxer, Muxer::Fmp4 { .. }).then(|| names.init()),
            target_seconds: options.segment.as_secs().max(1),
            segments: String::new(),
            count: 0,
        };
        Ok(Self {
            names,
            is_forced: options.force,
            clocks,
            cutter: Cutter::new(clocks, options.segment, None),
            muxer,
            extension: options.segment_format.extension(),
            playlist,
            bytes: Vec::new(),
            lock: None,
            there: 0,
        })
    }

    /// Goes on with a playlist of which so many segments are there; it is given the packets of those first. `lock` is that of
    /// [`LeftPlaylist::lock`].
    pub fn go_on(
        output: &Path,
        tracks: &Tracks,
        options: &WriteOptions,
        there: u32,
        lock: Option<WritingLock>,
    ) -> Result<Self, WriteError> {
        let options = WriteOptions { force: true, ..options.clone() };
        Ok(Self { there, lock, ..Self::create(output, tracks, &options)? })
    }

    fn write_pieces(&mut self) -> Result<(), WriteError> {
        while let Some(piece) = self.cutter.next_piece() {
            self.write_piece(&piece)?;
        }
        Ok(())
    }

    fn write_piece(&mut self, piece: &Piece) -> Result<(), WriteError> {
        let number = self.playlist.count.saturating_add(1);
        let name = self
            .names
            .segment(number, piece.start, self.extension)
            .map_err(|source| WriteError { path: self.names.playlist(), source })?;
        let path = self.names.folder().join(&name);
        if number == 1 && self.lock.is_none() && self.is_forced {
            // Before anything of another writer's is replaced.
            self.lock = WritingLock::of(&path)?;
        }
        let mut init = None;
        self.bytes.clear();
        match &mut self.muxer {
            Muxer::Ts(muxer) => muxer.segment(&self.clocks, piece, &mut self.bytes),
            Muxer::Fmp4 { tracks, has_begun } => {
                if !*has_begun {
                    *has_begun = true;
                    init = Some(begin(tracks, piece));
                }
                let tracks: Vec<Track> = tracks.iter().map(|(track, _)| track.clone()).collect();
                fragment::build(number, &tracks, &self.clocks, piece, &mut self.bytes).map(|_| ())
            }
        }
        .map_err(|source| WriteError { path: path.clone(), source })?;
        if let Some(init) = init {
            let path = self.names.folder().join(self.names.init());
            let init = init.map_err(|source| WriteError { path: path.clone(), source })?;
            if !self.is_there(&path, &init, self.there > 0)? {
                Place::new(&path, self.is_forced).write(&init)?;
            }
        }
        // The last one may have been ended before its time.
        if self.is_there(&path, &self.bytes, number < self.there)? {
            self.playlist.push(piece, &name);
            return Ok(());
        }
        let lock = Place::new(&path, self.is_forced).write(&self.bytes)?;
        if number == 1 {
            self.lock = Some(lock);
        }
        self.playlist.push(piece, &name);
        self.write_playlist(false)
    }

    /// Whether a file of the playlist that is gone on with is there as it would be written.
    fn is_there(&self, path: &Path, bytes: &[u8], must_be: bool) -> Result<bool, WriteError> {
        if self.playlist.count >= self.there {
            return Ok(false);
        }
        let is_there = fs::read(path).is_ok_and(|found| found == bytes);
        if must_be && !is_there {
            return Err(WriteError { path: path.to_owned(), source: invalid(DIFFERENT.to_owned()) });
        }
        Ok(is_there)
    }

    fn write_playlist(&self, is_ended: bool) -> Result<(), WriteError> {
        // The one that is there is this writer's, or `new` would have refused.
        let place = Place::new(&self.names.playlist(), true);
        place.write(self.playlist.text(is_ended).as_bytes()).map(|_| ())
    }
}

impl Writer for HlsWriter {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.cutter.push_video(packet);
        self.write_pieces()
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.cutter.push_sound(packet);
        self.write_pieces()
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        self.write_pieces()?;
        if let Some(piece) = self.cutter.rest() {
            self.write_piece(&piece)?;
        }
        self.write_playlist(true)
    }
}

impl Playlist {
    fn push(&mut self, piece: &Piece, name: &str) {
        // From rounded times, so that what rounding takes from one segment the next one has.
        let micros = |nanos: i128| (nanos + 500).div_euclid(1_000);
        let duration = u64::try_from(micros(piece.end) - micros(piece.start)).unwrap_or(0);
        let (seconds, rest) = (duration / 1_000_000, duration % 1_000_000);
        // RFC 8216, 4.3.3.1.
        self.target_seconds = self.target_seconds.max((duration + 500_000) / 1_000_000);
        self.segments.push_str(&format!("#EXTINF:{seconds}.{rest:06},\n{}\n", names::uri(name)));
        self.count = self.count.saturating_add(1);
    }

    fn text(&self, is_ended: bool) -> String {
        let Self { version, target_seconds, segments, .. } = self;
        let init = self.init.as_ref().map(|init| format!("#EXT-X-MAP:URI=\"{}\"\n", names::uri(init)));
        format!(
            "#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-TARGETDURATION:{target_seconds}\n\
             #EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n{}{segments}{}",
            init.unwrap_or_default(),
            if is_ended { "#EXT-X-ENDLIST\n" } else { "" }
        )
    }
}

/// The file that stands before all segments.
fn begin(tracks: &mut [(Track, SampleTables)], first: &Piece) -> io::Result<Vec<u8>> {
    count_from(tracks, first)?;
    let mut bytes = movie::file_type()?;
    movie::fragmented_movie(tracks)?.write_to(&mut bytes)?;
    Ok(bytes)
}
