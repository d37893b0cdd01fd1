//! Tells what a file is by its first bytes. Names lie: uploads end in `.mp4` whatever they are.

use std::io::{self, Read};
use std::path::Path;

use super::input::open_file;
use super::{Container, MediaError};

/// How much of a file is looked at, in bytes: a transport stream may begin with part of a packet.
const HEAD_BYTES: u64 = 4096;

/// The length of a transport stream's packet, in bytes, and its first byte (ISO/IEC 13818-1, 2.4.3.2).
const TS_PACKET_BYTES: usize = 188;
const TS_SYNC: u8 = 0x47;
/// From one packet to the next: bare, with a time of arrival before each (Blu-ray), with parity behind each (DVB).
const TS_STRIDES: [usize; 3] = [TS_PACKET_BYTES, 192, 204];

/// Boxes with which ISO base media files and QuickTime movies begin.
const FIRST_BOXES: [&[u8; 4]; 14] = [
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"sidx", b"emsg",
    b"prft", b"uuid", b"meta",
];

/// Beginnings that are known and that only another program reads.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"OggS", "an Ogg file"),
    (b"FLV", "a Flash video"),
    (b"fLaC", "a FLAC file"),
    (b"ID3", "an MP3 file"),
    (b"#!AMR", "an AMR file"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"DKIF", "an IVF file"),
    (&[0x30, 0x26, 0xb2, 0x75], "an ASF file"),
];

/// What a file is, told by its content.
///
/// # Errors
/// [`MediaError::UnknownContainer`] where its beginning is like nothing that is known, [`MediaError::Io`] where it
/// cannot be read.
pub fn container(path: &Path) -> Result<Container, MediaError> {
    let head = read_head(path).map_err(|source| MediaError::Io { path: path.to_owned(), source })?;
    sniff(&head).ok_or_else(|| MediaError::UnknownContainer { path: path.to_owned(), found: describe(&head) })
}

/// The refusal of a file that only another program reads.
pub(super) fn foreign(path: &Path) -> MediaError {
    let name = read_head(path).ok().and_then(|head| foreign_name(&head)).unwrap_or("a file of another kind");
    MediaError::Unsupported {
        path: path.to_owned(),
        what: format!("{name}, which ffmpeg may be able to read"),
    }
}

fn read_head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open_file(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn sniff(head: &[u8]) -> Option<Container> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.get(4..8).is_some_and(|name| FIRST_BOXES.iter().any(|known| name == *known)) {
        Some(Container::Mp4)
    } else if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        Some(Container::Matroska)
    } else if text.starts_with(b"#EXTM3U") {
        Some(Container::Hls)
    } else if head.starts_with(b"YUV4MPEG2") {
        Some(Container::Y4m)
    } else if (head.starts_with(b"RIFF") || head.starts_with(b"RF64")) && head.get(8..12) == Some(b"WAVE") {
        Some(Container::Wav)
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Container::Png)
    } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(Container::Jpeg)
    } else if is_transport_stream(head) {
        Some(Container::MpegTs)
    } else {
        foreign_name(head).map(|_| Container::Other)
    }
}

/// Whether three packets in a row begin as they must, at the start or behind a packet's rest.
fn is_transport_stream(head: &[u8]) -> bool {
    let is_sync = |at: usize| head.get(at) == Some(&TS_SYNC);
    let few = head.len() < 3 * TS_PACKET_BYTES;
    TS_STRIDES
        .iter()
        .any(|stride| (0..*stride).any(|at| is_sync(at) && is_sync(at + stride) && is_sync(at + 2 * stride)))
        || (few && is_sync(0) && head.len().is_multiple_of(TS_PACKET_BYTES))
}

fn foreign_name(head: &[u8]) -> Option<&'static str> {
    let is_avi = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ");
    let known = FOREIGN.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|&(_, name)| name);
    known.or(is_avi.then_some("an AVI file"))
}

/// The first bytes in words, for people.
fn describe(head: &[u8]) -> String {
    if head.is_empty() {
        return "it is empty".to_owned();
    }
    let first: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("it begins with the bytes {}, which is nothing that is known", first.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_tell_containers() {
        let mut ts = vec![0u8; 3 * 188 + 5];
        for packet in 0..3 {
            ts[5 + packet * 188] = TS_SYNC;
        }
        for (head, expected) in [
            (&b"\0\0\0\x18ftypisom"[..], Some(Container::Mp4)),
            (b"\0\0\0\x08wide\0\0\0\0mdat", Some(Container::Mp4)),
            (b"\x1a\x45\xdf\xa3\x9f", Some(Container::Matroska)),
            (b"#EXTM3U\n#EXTINF:2,", Some(Container::Hls)),
            (b"\xef\xbb\xbf#EXTM3U\n", Some(Container::Hls)),
            (b"YUV4MPEG2 W2 H2\n", Some(Container::Y4m)),
            (b"RIFF\0\0\0\0WAVEfmt ", Some(Container::Wav)),
            (b"RIFF\0\0\0\0AVI LIST", Some(Container::Other)),
            (b"\x89PNG\r\n\x1a\n\0", Some(Container::Png)),
            (b"\xff\xd8\xff\xe0", Some(Container::Jpeg)),
            (&ts, Some(Container::MpegTs)),
            (b"OggS\0\x02", Some(Container::Other)),
            (b"", None),
            (b"hello, world", None),
        ] {
            assert_eq!(sniff(head), expected, "{head:02x?}");
        }
    }

    #[test]
    fn an_unknown_file_is_refused_with_its_first_bytes() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), b"hello").expect("written");
        let refused = container(file.path()).expect_err("no container").to_string();
        assert!(refused.contains("68 65 6c 6c 6f"), "{refused}");
    }
}
