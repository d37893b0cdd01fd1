//! HLS (RFC 8216): a playlist, and beside it a segment for every few seconds.
//!
//! A segment is named in the playlist once it is whole, and the playlist is replaced in one step: whenever writing ends, what the
//! playlist names is there and plays; what is lost is the segment that was being written. Until the end the playlist is one that
//! only grows (`EVENT`), so it can be watched meanwhile.

pub(super) mod names;
mod ts;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use self::names::Names;
pub use self::names::ServiceNames;
use self::ts::TsMuxer;
use super::medium::{Place, occupied};
use super::mp4::track::{SampleTables, Track};
use super::mp4::{announce, count_from, fragment, movie, with_tables};
use super::piece::{Clocks, Cutter, Piece};
use super::{Tracks, WriteError, WriteOptions, Writer};
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

/// Writes segments and their playlist.
pub(super) struct HlsWriter {
    names: Names,
    is_forced: bool,
    clocks: Clocks,
    cutter: Cutter,
    muxer: Muxer,
    playlist: Playlist,
    bytes: Vec<u8>,
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

impl HlsWriter {
    /// Of a playlist; segments are written beside it.
    pub fn of_playlist(path: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Self, WriteError> {
        let named = |source| WriteError { path: path.to_owned(), source };
        Self::new(Names::of_playlist(path).map_err(named)?, tracks, options)
    }

    /// Of a folder, which is made where there is none.
    pub fn of_folder(
        folder: &Path,
        names: &ServiceNames,
        tracks: &Tracks,
        options: &WriteOptions,
    ) -> Result<Self, WriteError> {
        let named = |source| WriteError { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(named)?;
        Self::new(Names::of_folder(folder, names).map_err(named)?, tracks, options)
    }

    fn new(names: Names, tracks: &Tracks, options: &WriteOptions) -> Result<Self, WriteError> {
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
        let cutter = Cutter::new(clocks, options.segment, None);
        Ok(Self { names, is_forced: options.force, clocks, cutter, muxer, playlist, bytes: Vec::new() })
    }

    fn write_pieces(&mut self) -> Result<(), WriteError> {
        while let Some(piece) = self.cutter.next_piece() {
            self.write_piece(&piece)?;
        }
        Ok(())
    }

    fn write_piece(&mut self, piece: &Piece) -> Result<(), WriteError> {
        let number = self.playlist.count.saturating_add(1);
        let extension = if matches!(self.muxer, Muxer::Ts(_)) { "ts" } else { "m4s" };
        let name = self
            .names
            .segment(number, piece.start, extension)
            .map_err(|source| WriteError { path: self.names.playlist(), source })?;
        let path = self.names.folder().join(&name);
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
            self.write_file(&path, &init)?;
        }
        self.write_file(&path, &self.bytes)?;
        self.playlist.push(piece, &name);
        self.write_playlist(false)
    }

    /// Writes a whole file, or none.
    fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
        let mut options = OpenOptions::new();
        options.write(true);
        if self.is_forced {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        let mut file = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => occupied(path),
            _ => WriteError { path: path.to_owned(), source },
        })?;
        file.write_all(bytes).map_err(|source| {
            // A half of it is of no use, and the disk is perhaps full.
            let _ = fs::remove_file(path);
            WriteError { path: path.to_owned(), source }
        })
    }

    fn write_playlist(&self, is_ended: bool) -> Result<(), WriteError> {
        // The one that is there is this writer's, or `new` would have refused.
        let place = Place::new(&self.names.playlist(), true);
        let text = self.playlist.text(is_ended);
        place.create()?.write_all(text.as_bytes()).map_err(|source| place.error(source))?;
        place.settle()
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
