//! What the program is given to read, and what it may make of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempPath;

use super::input::words;
use crate::media::Rewritten;

/// What recordings are, by the names of the program's demuxers. None of these opens another file: a manifest (`dash`, `hls`, `concat`,
/// `imf`, `sdp`, …) could name any file of the machine, and who sends it is not to choose which ones are read.
const FORMATS: &str = "mov,matroska,mpegts,mpeg,mpegvideo,m4v,avi,flv,asf,ogg,wav,w64,aiff,au,caf,mp3,aac,flac,ac3,\
    eac3,amr,amrnb,amrwb,ivf,h263,h264,hevc,vvc,obu,av1,mjpeg,dv,mxf,nut,yuv4mpegpipe,png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,gif";
/// A playlist that we wrote, and what segments are.
const OF_PLAYLISTS: &str = "hls,mov,mpegts,aac,mp3,ac3,eac3";

/// A file that the program is given.
#[derive(Clone, Debug)]
pub struct Given {
    path: PathBuf,
    /// What it reads in the place of a playlist.
    rewritten: Option<Arc<TempPath>>,
}

impl Given {
    /// The file at a path, or what stands for the playlist that lies there.
    pub(crate) fn new(path: &Path, rewritten: Option<Rewritten>) -> Self {
        Self { path: path.to_owned(), rewritten: rewritten.map(|playlist| playlist.file) }
    }

    /// The file that errors name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it may be: itself alone, and no place but a file.
    pub(super) fn limits(&self) -> Vec<OsString> {
        let is_playlist = self.rewritten.is_some();
        let formats = if is_playlist { OF_PLAYLISTS } else { FORMATS };
        let mut limits: Vec<_> =
            words(["-protocol_whitelist", "file", "-format_whitelist", formats]).collect();
        if is_playlist {
            limits.extend(words(["-f", "hls", "-allowed_extensions", "ALL"]));
        }
        limits
    }

    /// Its name such that no part of it is taken for an option or a protocol.
    pub(super) fn name(&self) -> OsString {
        let mut name = OsString::from("file:");
        name.push(self.rewritten.as_ref().map_or(&*self.path, |file| file.as_ref()));
        name
    }
}

impl From<&Path> for Given {
    fn from(path: &Path) -> Self {
        Self::new(path, None)
    }
}

impl From<&PathBuf> for Given {
    fn from(path: &PathBuf) -> Self {
        Self::new(path, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_never_an_option_or_a_protocol() {
        assert_eq!(Given::from(Path::new("-y")).name(), "file:-y");
        assert_eq!(Given::from(Path::new("http://host/x")).name(), "file:http://host/x");
    }
}
