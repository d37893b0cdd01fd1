//! A playlist for another program: of what is read here and of nothing else.
//!
//! Who sends a playlist is not to choose which files are read, and another program may understand it in another way. So it is
//! never given one as it was sent, but one in a temporary file that says in the plainest words what was found.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use tempfile::TempPath;

use super::super::MediaError;
use super::joined::Piece;
use super::run::Run;

/// The longest name of a file that is written, in bytes: longer lines are cut off by who reads them.
const MAX_NAME_BYTES: usize = 3_500;

/// Writes a playlist of `runs` to a temporary file, which goes with what is returned.
///
/// # Errors
/// Where none of them is of a form that others may be given, where a file's name cannot stand in a playlist, and where the file
/// cannot be written.
pub(super) fn write(playlist: &Path, runs: &[Run]) -> Result<TempPath, MediaError> {
    let unsupported = |what: String| MediaError::Unsupported { path: playlist.to_owned(), what };
    let mut known = Vec::new();
    let mut refusal = "none of its segments is there".to_owned();
    for run in runs {
        match run.media() {
            Ok(()) => known.push(run),
            Err(MediaError::Unsupported { what, .. }) => refusal = what,
            Err(error) => return Err(error),
        }
    }
    if known.is_empty() {
        return Err(unsupported(refusal));
    }
    let text = text(&known).map_err(unsupported)?;
    let written = tempfile::Builder::new().prefix("polyptych-").suffix(".m3u8").tempfile();
    let written = written.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
    let io = |source| MediaError::Io { path: playlist.to_owned(), source };
    Ok(written.map_err(io)?.into_temp_path())
}

fn text(runs: &[&Run]) -> Result<String, String> {
    let longest = runs.iter().flat_map(|run| run.segments()).map(|(_, nanos)| nanos).max().unwrap_or(0);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:{}\n",
        longest.div_ceil(1_000_000_000).max(1)
    );
    for (index, run) in runs.iter().enumerate() {
        if index > 0 {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if let Some(map) = run.map() {
            let name = name(map)?.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = writeln!(text, "#EXT-X-MAP:URI=\"{name}\",BYTERANGE=\"{}@{}\"", map.len, map.offset);
        }
        for (piece, nanos) in run.segments().filter(|(piece, _)| piece.len > 0) {
            let (whole, decimals) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            let (len, offset, name) = (piece.len, piece.offset, name(piece)?);
            let _ = writeln!(text, "#EXTINF:{whole}.{decimals:09},\n#EXT-X-BYTERANGE:{len}@{offset}\n{name}");
        }
    }
    text.push_str("#EXT-X-ENDLIST\n");
    Ok(text)
}

/// The name of a piece's file such that it is one file on one line for everybody.
fn name(piece: &Piece) -> Result<String, String> {
    let shown = piece.path.display();
    let refuse = |why| Err(format!("{shown:?} {why}, so ffmpeg cannot be told of it"));
    let Some(name) = piece.path.to_str() else { return refuse("is no text") };
    if name.chars().any(char::is_control) || name.trim_end() != name {
        return refuse("has a line break or the like in its name");
    }
    if name.len() > MAX_NAME_BYTES {
        return refuse("has too long a name");
    }
    Ok(format!("file:{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(path: &str) -> Piece {
        Piece { path: path.into(), offset: 3, len: 5 }
    }

    #[test]
    fn names_that_are_more_than_a_name_are_refused() {
        assert_eq!(name(&piece("/a b/#c?d%20.ts")).as_deref(), Ok("file:/a b/#c?d%20.ts"));
        for path in ["/a\n/etc/passwd", "/a\r/etc/passwd", "/a.ts ", &format!("/{}", "a".repeat(4_000))] {
            assert!(name(&piece(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn playlists_say_what_is_read() {
        let mut one = Run::new(Path::new("a.m3u8"), 0, Some(piece("/m\"\\.mp4")));
        one.push(piece("/a.m4s"), 1_500_000_000);
        one.push(Piece { len: 0, ..piece("/empty.m4s") }, 1);
        let mut two = Run::new(Path::new("a.m3u8"), 2_000_000_000, None);
        two.push(piece("/b.ts"), 1);
        let expected = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n\
            #EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"file:/m\\\"\\\\.mp4\",BYTERANGE=\"5@3\"\n\
            #EXTINF:1.500000000,\n#EXT-X-BYTERANGE:5@3\nfile:/a.m4s\n#EXT-X-DISCONTINUITY\n\
            #EXTINF:0.000000001,\n#EXT-X-BYTERANGE:5@3\nfile:/b.ts\n#EXT-X-ENDLIST\n";
        assert_eq!(text(&[&one, &two]).as_deref(), Ok(expected));
    }

    #[test]
    fn playlists_are_written_of_media_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let run = |name: &str, content: Option<&[u8]>| {
            let path = folder.path().join(name);
            content.iter().for_each(|content| std::fs::write(&path, content).expect("a segment"));
            let mut run = Run::new(Path::new("a.m3u8"), 0, None);
            run.push(Piece { path, offset: 0, len: 40 }, 1_000_000_000);
            run
        };
        let sound = run("sound.aac", Some(&[0xff; 40]));
        let playlist = run("inner.aac", Some(b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-END"));
        let runs = [playlist, sound];
        let written = write(Path::new("a.m3u8"), &runs).expect("written");
        let text = std::fs::read_to_string(&written).expect("text");
        assert!(text.contains("sound.aac") && !text.contains("inner.aac"), "{text}");
        let refused = |runs: &[Run]| write(Path::new("a.m3u8"), runs).expect_err("refused");
        assert!(matches!(refused(&[]), MediaError::Unsupported { .. }));
        assert!(matches!(refused(&runs[..1]), MediaError::Unsupported { .. }));
        assert!(matches!(refused(&[run("sound.aac", None), run("gone.ts", None)]), MediaError::Io { .. }));
    }
}
