//! Canvases as they are, into a file or a pipe: Y4M, which says their size and rate, or nothing but their planes.
//!
//! Neither has times. Where a live recording has left canvases out, the one before them is written again for each.

use std::io::{self, Write};
use std::path::PathBuf;

use polyptych::Range;

use super::medium::Place;
use super::{WriteError, Writer, unsupported};
use crate::encode::{EncodedPacket, TrackConfig, VideoFormat};

/// What stands before every canvas of a Y4M file.
pub const FRAME_HEADER: &[u8] = b"FRAME\n";

/// Writes canvases one behind the other.
pub(super) struct CanvasWriter {
    out: Box<dyn Write + Send>,
    /// Before every canvas.
    frame_header: &'static [u8],
    /// Of the file; standard output has none.
    place: Option<Place>,
    /// The last canvas and its tick.
    last: Option<(i64, Vec<u8>)>,
}

impl CanvasWriter {
    /// With Y4M's headers.
    pub fn y4m(
        out: Box<dyn Write + Send>,
        place: Option<Place>,
        format: VideoFormat,
    ) -> Result<Self, WriteError> {
        let mut writer = Self { out, frame_header: FRAME_HEADER, place, last: None };
        let written = writer.out.write_all(header(format).as_bytes());
        written.map_err(|source| writer.error(source))?;
        Ok(writer)
    }

    /// Without any.
    pub fn raw(out: Box<dyn Write + Send>, place: Option<Place>) -> Self {
        Self { out, frame_header: b"", place, last: None }
    }

    fn error(&self, source: io::Error) -> WriteError {
        match &self.place {
            Some(place) => place.error(source),
            None => WriteError { path: PathBuf::from("-"), source },
        }
    }
}

impl Writer for CanvasWriter {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let mut write =
            |data: &[u8]| self.out.write_all(self.frame_header).and_then(|()| self.out.write_all(data));
        let again = self.last.iter().flat_map(|(tick, data)| (tick + 1..packet.pts).map(move |_| data));
        let written = again.map(Vec::as_slice).try_for_each(&mut write).and_then(|()| write(&packet.data));
        self.last = Some((packet.pts, packet.data));
        written.map_err(|source| self.error(source))
    }

    fn sound(&mut self, _packet: EncodedPacket) -> Result<(), WriteError> {
        Err(self.error(unsupported("there is no place for sound")))
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        self.out.flush().map_err(|source| self.error(source))?;
        let Self { out, place, .. } = *self;
        drop(out);
        place.map_or(Ok(()), |place| place.settle())
    }
}

/// The first line of a Y4M file, with its end.
///
/// Chroma lies in the middle of its four luma samples, which Y4M calls `420jpeg`, whatever the range is; the range has a tag that
/// FFmpeg and others know. Nothing says the matrix.
#[must_use]
pub fn header(format: VideoFormat) -> String {
    let range = match format.color.range {
        Range::Limited => "LIMITED",
        Range::Full => "FULL",
    };
    format!(
        "YUV4MPEG2 W{} H{} F{}:{} Ip A1:1 C420jpeg XCOLORRANGE={range}\n",
        format.size.width(),
        format.size.height(),
        format.fps.num(),
        format.fps.den(),
    )
}

/// Whether a track is what this writer takes.
pub(super) fn check(config: &TrackConfig) -> io::Result<()> {
    match config {
        TrackConfig::I420 => Ok(()),
        _ => Err(unsupported("uncompressed files hold canvases that no codec has made smaller")),
    }
}
