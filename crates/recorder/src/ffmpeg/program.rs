//! The program: where it is, which version, and what it can do.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::child;
use crate::media::{SoundCodec, VideoCodec};

/// The oldest version whose options are spoken here: `-fps_mode` came with it.
const OLDEST: (u32, u32) = (5, 1);
/// How long the program may take to say what it can do.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than any version has said about itself, in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// Why a program cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FfmpegError {
    /// It cannot be run, or does not answer as FFmpeg does.
    #[error("{} is no usable ffmpeg: {problem}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// What it did.
        problem: String,
    },
    /// It is too old.
    #[error("{} has version {found}; 5.1 or later is needed", program.display())]
    TooOld {
        /// The program.
        program: PathBuf,
        /// Its version.
        found: String,
    },
}

/// An `ffmpeg` on this machine that can be used. Clones share what is known about it.
#[derive(Clone)]
pub struct Ffmpeg(Arc<Known>);

struct Known {
    program: PathBuf,
    ffprobe: Option<PathBuf>,
    version: String,
    decoders: BTreeSet<String>,
    encoders: BTreeSet<String>,
}

/// The first usable `ffmpeg` in the folders of `PATH`; looked for once in the life of the process.
#[must_use]
pub fn find() -> Option<Ffmpeg> {
    static FOUND: OnceLock<Option<Ffmpeg>> = OnceLock::new();
    FOUND.get_or_init(|| in_path("ffmpeg").find_map(|program| Ffmpeg::at(&program).ok())).clone()
}

/// The files of that name in the folders of `PATH`. A folder that depends on where we stand is no place for programs.
fn in_path(name: &str) -> impl Iterator<Item = PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&folders).filter(|folder| folder.is_absolute()).collect();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    folders.into_iter().map(move |folder| folder.join(&name)).filter(|program| program.is_file())
}

impl Ffmpeg {
    /// Asks `program` for its version and what it can do.
    ///
    /// # Errors
    /// [`FfmpegError`] where it does not answer as FFmpeg 5.1 and later do.
    pub fn at(program: &Path) -> Result<Self, FfmpegError> {
        let ask = |question: &str| {
            let arguments = ["-hide_banner", question].map(OsString::from);
            child::output(program, &arguments, MAX_OUTPUT, PATIENCE, |_| false)
                .map(|said| String::from_utf8_lossy(&said).into_owned())
                .map_err(|problem| FfmpegError::Unusable { program: program.to_owned(), problem })
        };
        let said = ask("-version")?;
        let Some(version) =
            said.strip_prefix("ffmpeg version ").and_then(|rest| rest.split_whitespace().next())
        else {
            let problem = "-version does not begin with `ffmpeg version`".to_owned();
            return Err(FfmpegError::Unusable { program: program.to_owned(), problem });
        };
        if major_minor(version).is_some_and(|version| version < OLDEST) {
            return Err(FfmpegError::TooOld { program: program.to_owned(), found: version.to_owned() });
        }
        let (decoders, encoders) = (listed(&ask("-decoders")?), listed(&ask("-encoders")?));
        let beside = program.with_file_name(format!("ffprobe{}", env::consts::EXE_SUFFIX));
        let ffprobe = Some(beside).filter(|beside| beside.is_file()).or_else(|| in_path("ffprobe").next());
        let version = version.to_owned();
        Ok(Self(Arc::new(Known { program: program.to_owned(), ffprobe, version, decoders, encoders })))
    }

    /// Where it is.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.0.program
    }

    /// The `ffprobe` beside it, else in `PATH`.
    #[must_use]
    pub fn ffprobe(&self) -> Option<&Path> {
        self.0.ffprobe.as_deref()
    }

    /// Its version, in its own words.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// Whether it has an encoder of that name, such as `libx264`.
    #[must_use]
    pub fn has_encoder(&self, name: &str) -> bool {
        self.0.encoders.contains(name)
    }

    /// Whether it has a decoder of that name, such as `hevc`.
    #[must_use]
    pub fn has_decoder(&self, name: &str) -> bool {
        self.0.decoders.contains(name)
    }

    /// Whether it decodes such pictures.
    #[must_use]
    pub fn decodes_video(&self, codec: &VideoCodec) -> bool {
        let names: &[&str] = match codec {
            VideoCodec::H264 => &["h264"],
            VideoCodec::Hevc => &["hevc"],
            VideoCodec::Vp8 => &["vp8", "libvpx"],
            VideoCodec::Vp9 => &["vp9", "libvpx-vp9"],
            // FFmpeg's own `av1` only hands the work to graphics hardware.
            VideoCodec::Av1 => &["libdav1d", "libaom-av1", "libgav1"],
            VideoCodec::I420 => &["rawvideo"],
            VideoCodec::Png => &["png"],
            VideoCodec::Jpeg => &["mjpeg"],
            VideoCodec::Other(name) => return self.has_decoder(name),
        };
        names.iter().any(|name| self.has_decoder(name))
    }

    /// Whether it decodes such sound.
    #[must_use]
    pub fn decodes_sound(&self, codec: &SoundCodec) -> bool {
        self.has_decoder(match codec {
            SoundCodec::Aac => "aac",
            SoundCodec::Opus => "opus",
            SoundCodec::PcmS16 => "pcm_s16le",
            SoundCodec::PcmS24 => "pcm_s24le",
            SoundCodec::PcmS32 => "pcm_s32le",
            SoundCodec::PcmF32 => "pcm_f32le",
            SoundCodec::Other(name) => name,
        })
    }
}

impl fmt::Debug for Ffmpeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ffmpeg({} {})", self.program().display(), self.version())
    }
}

/// `5.1.9-0+deb12u1` and `n7.1` as numbers; builds from the middle of the history, such as `N-120000-g1234`, have none.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let version = version.strip_prefix('n').unwrap_or(version);
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

/// The names in the table that `-encoders` and `-decoders` print: flags, a name, a description, below a line of dashes.
fn listed(table: &str) -> BTreeSet<String> {
    let rows = table.lines().skip_while(|line| !line.trim_start().starts_with("---")).skip(1);
    rows.filter_map(|row| row.split_whitespace().nth(1).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffmpeg::tests::programs;

    #[test]
    fn version_is_read_as_distributions_write_it() {
        assert_eq!(major_minor("5.1.9-0+deb12u1"), Some((5, 1)));
        assert_eq!(major_minor("n7.1"), Some((7, 1)));
        assert_eq!(major_minor("9.0.2-static"), Some((9, 0)));
        assert_eq!(major_minor("8"), Some((8, 0)));
        assert_eq!(major_minor("N-120000-g1234"), None);
    }

    #[test]
    fn table_gives_its_names() {
        let table = "Encoders:\n V..... = Video\n ------\n V....D libx264    H.264\n A..... aac   AAC\n";
        assert_eq!(listed(table), ["aac", "libx264"].map(str::to_owned).into());
    }

    #[cfg(unix)]
    #[test]
    fn program_that_is_no_ffmpeg_is_refused() {
        let error = Ffmpeg::at(Path::new("/bin/echo")).expect_err("echo");
        assert!(error.to_string().contains("does not begin"), "{error}");
        assert!(Ffmpeg::at(Path::new("/nowhere/ffmpeg")).is_err());
    }

    #[test]
    fn program_knows_what_it_has() {
        let Some(ffmpeg) = programs() else { return };
        assert!(ffmpeg.decodes_video(&VideoCodec::H264) && ffmpeg.decodes_sound(&SoundCodec::Aac));
        assert!(
            !ffmpeg.has_encoder("Encoders:") && !ffmpeg.decodes_video(&VideoCodec::Other("av2".to_owned()))
        );
    }
}
