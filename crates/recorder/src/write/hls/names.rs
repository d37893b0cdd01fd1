//! What the files of a playlist are called.

use std::io;
use std::path::{Path, PathBuf};

use super::super::medium::folder_of;
use super::super::{OutputFormat, WriteOptions, invalid, unsupported};

/// As cloud recorders call them: `<sid>_<cname>.m3u8` and `<sid>_<cname>_<utc>.ts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceNames {
    /// The recording's id: 32 hexadecimal digits.
    pub sid: String,
    /// The channel's name.
    pub cname: String,
    /// When the recording's zero was.
    pub started: jiff::Timestamp,
}

/// The names in one folder.
#[derive(Clone, Debug)]
pub(super) struct Names {
    folder: PathBuf,
    stem: String,
    /// Segments are called by their time; else by their number.
    started: Option<jiff::Timestamp>,
}

impl Names {
    /// Of what is written into `output`; `None` where that is no playlist.
    pub fn of(output: &Path, options: &WriteOptions) -> io::Result<Option<Self>> {
        match options.format.or_else(|| OutputFormat::of_name(output)) {
            Some(OutputFormat::Hls) => Self::of_playlist(output).map(Some),
            Some(OutputFormat::HlsFolder) => {
                let names = options.names.as_ref();
                Self::of_folder(output, names.ok_or_else(|| unsupported("a folder's files need names"))?)
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Of a playlist, its segments beside it: `talk.m3u8`, `talk_00001.ts`.
    fn of_playlist(path: &Path) -> io::Result<Self> {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.ok_or_else(|| invalid("a playlist's name must be text".to_owned()))?;
        Self::new(folder_of(path).to_owned(), stem.to_owned(), None)
    }

    /// Of a folder that holds one recording.
    fn of_folder(folder: &Path, names: &ServiceNames) -> io::Result<Self> {
        let stem = format!("{}_{}", names.sid, names.cname);
        Self::new(folder.to_owned(), stem, Some(names.started))
    }

    fn new(folder: PathBuf, stem: String, started: Option<jiff::Timestamp>) -> io::Result<Self> {
        // A playlist is lines; a name is one path of one folder.
        if stem.chars().any(|letter| letter.is_control() || matches!(letter, '/' | '\\')) {
            return Err(invalid(format!("a file cannot be called {stem:?}")));
        }
        Ok(Self { folder, stem, started })
    }

    /// Whether the folder is its own.
    pub fn is_of_folder(&self) -> bool {
        self.started.is_some()
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn playlist(&self) -> PathBuf {
        self.folder.join(format!("{}.m3u8", self.stem))
    }

    pub fn init(&self) -> String {
        format!("{}_init.mp4", self.stem)
    }

    /// Of the segment with a number, from 1 on, that begins at a time of the recording, in nanoseconds.
    pub fn segment(&self, number: u32, start: i128, extension: &str) -> io::Result<String> {
        let Some(started) = self.started else {
            return Ok(format!("{}_{number:05}.{extension}", self.stem));
        };
        let nanos = i64::try_from(start).map_err(io::Error::other)?;
        let at = started.checked_add(jiff::SignedDuration::from_nanos(nanos)).map_err(io::Error::other)?;
        let millis = at.subsec_nanosecond().rem_euclid(1_000_000_000) / 1_000_000;
        Ok(format!("{}_{}{millis:03}.{extension}", self.stem, at.strftime("%Y%m%d%H%M%S")))
    }
}

/// A file's name as a playlist states it: percent-encoded where a URI would end, or be taken for something else (RFC 3986, 2.1 and
/// 3.3). A colon is, since what stands before the first one would be a scheme.
pub(super) fn uri(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte);
    let encoded =
        |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_segments_are_called_by_their_time() {
        let names = ServiceNames {
            sid: "38f8e3cfdc474cd56fc1ceba380d7e1a".to_owned(),
            cname: "weekly".to_owned(),
            started: "2026-03-01T23:59:58.250Z".parse().expect("a time"),
        };
        let names = Names::of_folder(Path::new("out"), &names).expect("names");
        assert_eq!(names.playlist(), Path::new("out/38f8e3cfdc474cd56fc1ceba380d7e1a_weekly.m3u8"));
        assert_eq!(
            names.segment(1, 0, "ts").expect("a name"),
            "38f8e3cfdc474cd56fc1ceba380d7e1a_weekly_20260301235958250.ts"
        );
        assert_eq!(
            names.segment(2, 6_000_000_000, "ts").expect("a name"),
            "38f8e3cfdc474cd56fc1ceba380d7e1a_weekly_20260302000004250.ts"
        );
    }

    #[test]
    fn a_playlists_segments_are_numbered() {
        let names = Names::of_playlist(Path::new("a/talk.m3u8")).expect("names");
        assert_eq!(names.playlist(), Path::new("a/talk.m3u8"));
        assert_eq!(names.segment(12, 5, "m4s").expect("a name"), "talk_00012.m4s");
        assert_eq!(names.init(), "talk_init.mp4");
    }

    #[test]
    fn names_are_uris_in_a_playlist() {
        assert_eq!(uri("38f8_weekly-2.0_(a).ts"), "38f8_weekly-2.0_(a).ts");
        assert_eq!(uri("#a?b%20: \"c\"é.ts"), "%23a%3Fb%2520%3A%20%22c%22%C3%A9.ts");
    }

    #[test]
    fn names_that_leave_the_folder_or_the_line_are_refused() {
        for cname in ["../up", "a\nb", "a\\b"] {
            let names = ServiceNames {
                sid: String::new(),
                cname: cname.to_owned(),
                started: jiff::Timestamp::UNIX_EPOCH,
            };
            Names::of_folder(Path::new("out"), &names).expect_err(cname);
        }
    }
}
