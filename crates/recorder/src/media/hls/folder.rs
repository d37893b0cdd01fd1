//! Which files a playlist may name, and what the names in it mean.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{MediaError, Reach};
use super::joined::Piece;
use super::playlist::ByteRange;

/// The folder of a playlist.
pub(super) struct Folder {
    playlist: PathBuf,
    path: PathBuf,
    /// Without links and dots, where the playlist may not lead out of it.
    real: Option<PathBuf>,
}

impl Folder {
    pub fn of(playlist: &Path, reach: Reach) -> Result<Self, MediaError> {
        let path = match playlist.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let real = match reach {
            Reach::Machine => None,
            Reach::Folder => Some(
                fs::canonicalize(&path).map_err(|source| MediaError::Io { path: path.clone(), source })?,
            ),
        };
        Ok(Self { playlist: playlist.to_owned(), path, real })
    }

    /// The file that a playlist means; `None` where it is missing.
    pub fn file(&self, uri: &str, line: usize) -> Result<Option<PathBuf>, MediaError> {
        let refuse = |why: &str, remedy: &str| {
            let what = format!("line {line}: {uri:?} {why}; {remedy}");
            MediaError::Outside { path: self.playlist.clone(), what }
        };
        let leads_out = |why| {
            refuse(why, "only files in the playlist's folder are read, unless files outside are allowed")
        };
        if is_address(uri) {
            return Err(refuse("is an address", "only files are read"));
        }
        let names = names(uri);
        if self.real.is_some() {
            for name in &names {
                if name.starts_with(['/', '\\']) || Path::new(&**name).is_absolute() {
                    return Err(leads_out("is an absolute path"));
                }
                if name.split(['/', '\\']).any(|part| part == "..") {
                    return Err(leads_out("leads out by \"..\""));
                }
            }
        }
        for name in names {
            let path = self.path.join(&*name);
            match fs::canonicalize(&path) {
                Ok(real) if self.real.as_ref().is_some_and(|folder| !real.starts_with(folder)) => {
                    return Err(leads_out("is a link that leads out"));
                }
                Ok(real) if real.is_file() => return Ok(Some(real)),
                Ok(_) => {}
                Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(MediaError::Io { path, source });
                }
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// A piece of such a file, as much of it as is there; `None` where nothing is.
    pub fn piece(
        &self,
        uri: &str,
        range: Option<ByteRange>,
        line: usize,
    ) -> Result<Option<Piece>, MediaError> {
        let Some(path) = self.file(uri, line)? else { return Ok(None) };
        let there =
            fs::metadata(&path).map_err(|source| MediaError::Io { path: path.clone(), source })?.len();
        let (offset, len) = range.unwrap_or((0, there));
        let len = len.min(there.saturating_sub(offset));
        Ok((len > 0).then_some(Piece { path, offset, len }))
    }
}

fn is_address(uri: &str) -> bool {
    let lower = uri.to_ascii_lowercase();
    let schemes = ["file:", "http:", "https:", "ftp:", "data:"];
    uri.contains("://") || schemes.iter().any(|scheme| lower.starts_with(scheme))
}

/// The names that a URI may mean, the likeliest first: its path with `%20` and the like decoded (RFC 3986), as it is, and all of it. Not
/// everybody who writes a playlist encodes what would end a path.
fn names(uri: &str) -> Vec<Cow<'_, str>> {
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    let mut names = vec![Cow::Borrowed(path), Cow::Borrowed(uri)];
    if let Some(decoded) = decoded(path).filter(|decoded| decoded != path) {
        names.insert(0, Cow::Owned(decoded));
    }
    names.dedup();
    names
}

/// A path with its percent-encoded bytes as they are (RFC 3986, 2.1); `None` where they are no text.
fn decoded(path: &str) -> Option<String> {
    let digit = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = (digit(behind.first()), digit(behind.get(1)));
        let (byte, len) = match (byte, digits) {
            (b'%', (Some(high), Some(low))) => ((high << 4 | low) as u8, 3),
            (byte, _) => (byte, 1),
        };
        bytes.push(byte);
        rest = rest.get(len..).unwrap_or_default();
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with files, and one beside it.
    fn folders() -> (tempfile::TempDir, PathBuf) {
        let outside = tempfile::tempdir().expect("a folder");
        let inside = outside.path().join("in");
        fs::create_dir_all(inside.join("sub")).expect("made");
        fs::write(outside.path().join("secret.ts"), "x").expect("written");
        for name in ["a.ts", "sub/b.ts", "c?d:e#f.ts", "100% ü.ts", "x%20y.ts"] {
            fs::write(inside.join(name), name).expect("written");
        }
        (outside, inside)
    }

    #[test]
    fn a_playlist_leads_nowhere_else() {
        let (_outside, inside) = folders();
        let folder = Folder::of(&inside.join("list.m3u8"), Reach::Folder).expect("a folder");
        for name in ["a.ts", "./sub/b.ts", "a.ts?token=1", "c?d:e#f.ts"] {
            assert!(folder.file(name, 1).expect("allowed").is_some(), "{name}");
        }
        assert_eq!(folder.file("none.ts", 1).expect("allowed"), None);
        assert_eq!(folder.file("sub", 1).expect("allowed"), None);
        for name in [
            "../secret.ts",
            "%2e%2E/secret.ts",
            "..%2Fsecret.ts",
            "sub/../a.ts",
            "/etc/passwd",
            "%2Fetc/passwd",
            "file:///etc/passwd",
            "FILE:a.ts",
            "https://x/y.ts",
        ] {
            let refused = folder.file(name, 7).expect_err("refused");
            assert!(matches!(refused, MediaError::Outside { .. }), "{refused:?}");
            assert!(refused.to_string().contains("line 7"), "{refused}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret.ts", inside.join("link.ts")).expect("linked");
            assert!(folder.file("link.ts", 1).is_err());
        }
    }

    #[test]
    fn a_playlist_leads_to_files_anywhere_where_that_is_allowed() {
        let (outside, inside) = folders();
        let folder = Folder::of(&inside.join("list.m3u8"), Reach::Machine).expect("a folder");
        let secret = fs::canonicalize(outside.path().join("secret.ts")).expect("there");
        for name in ["../secret.ts", "sub/../../secret.ts", &secret.display().to_string()] {
            assert_eq!(folder.file(name, 1).expect("allowed").as_ref(), Some(&secret), "{name}");
        }
        for name in ["https://x/y.ts", "file:///etc/passwd"] {
            assert!(folder.file(name, 1).expect_err("refused").to_string().contains("address"), "{name}");
        }
    }

    #[test]
    fn names_are_decoded_and_taken_as_they_are_where_that_is_no_file() {
        let (_outside, inside) = folders();
        let folder = Folder::of(&inside.join("list.m3u8"), Reach::Folder).expect("a folder");
        for (uri, name) in [
            ("100%25%20%C3%BC.ts", "100% ü.ts"),
            ("100% ü.ts", "100% ü.ts"),
            ("c%3Fd%3ae%23f.ts?token=%41", "c?d:e#f.ts"),
            ("x%20y.ts", "x%20y.ts"),
            ("x%2520y.ts", "x%20y.ts"),
            ("sub%2Fb.ts", "sub/b.ts"),
        ] {
            let found = folder.file(uri, 1).expect("allowed").expect(uri);
            assert_eq!(fs::read_to_string(found).expect("read"), name, "{uri}");
        }
        for uri in ["a.ts%00", "%FF.ts", "%", "%2", "%zz.ts", ""] {
            assert_eq!(folder.file(uri, 1).expect("allowed"), None, "{uri}");
        }
    }
}
