//! Playlists: a line a fact (RFC 8216, 4).
//!
//! Read here and not by the crate `m3u8-rs`: it keeps durations in 24 bits, makes a segment of a title's second half where the
//! title has a comma, forgets the map and the key after one segment, and does not say on which line a playlist is wrong.

use std::collections::HashMap;

const NANOS: u64 = 1_000_000_000;
/// The longest segment that is believed, in seconds: a year.
const MAX_SECONDS: u64 = 31_536_000;

/// A piece of a resource: where it begins, where that is stated, and how long it is, in bytes.
pub(super) type ByteRange = (u64, u64);

/// A segment of media, as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its line, counted from 1.
    pub line: usize,
    pub uri: String,
    pub nanos: u64,
    pub range: Option<ByteRange>,
    /// What must be read before it.
    pub map: Option<(String, Option<ByteRange>)>,
    /// Whether clocks or codecs begin anew with it.
    pub is_discontinuous: bool,
    /// Whether it is known to be missing.
    pub is_gap: bool,
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Playlist {
    /// Of segments. `has_end`: nothing will be added. `has_dates`: `EXT-X-PROGRAM-DATE-TIME` occurs.
    Media { segments: Vec<Segment>, has_end: bool, has_dates: bool },
    /// Of other playlists: the first of `count`, and whether some have sound of their own.
    Master { first: String, count: usize, has_other_sound: bool },
}

impl Playlist {
    /// Reads a playlist.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut segments, mut variants) = (Vec::new(), Vec::new());
        let (mut has_end, mut has_dates, mut has_other_sound, mut is_variant) = (false, false, false, false);
        let mut map = None;
        let mut next = Segment::default();
        let mut duration = None;
        // Where the last range of each resource ended: the next one may leave out where it begins.
        let mut ends = HashMap::<String, u64>::new();
        let mut open_range = None;
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim());
            let wrong = |what: &str| format!("line {number}: {what}, found {line:?}");
            let (tag, value) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXTINF" => {
                    duration = Some(nanos(value).ok_or_else(|| wrong("expected a duration in seconds"))?);
                }
                "#EXT-X-BYTERANGE" => {
                    open_range = Some(range(value).ok_or_else(|| wrong("expected a byte range"))?);
                }
                "#EXT-X-DISCONTINUITY" => next.is_discontinuous = true,
                "#EXT-X-GAP" => next.is_gap = true,
                "#EXT-X-ENDLIST" => has_end = true,
                "#EXT-X-PROGRAM-DATE-TIME" => has_dates = true,
                "#EXT-X-STREAM-INF" => is_variant = true,
                "#EXT-X-MEDIA" => {
                    has_other_sound |=
                        attribute(value, "TYPE") == Some("AUDIO") && attribute(value, "URI").is_some();
                }
                "#EXT-X-KEY" => match attribute(value, "METHOD") {
                    Some("NONE") => {}
                    Some(method) => {
                        return Err(format!(
                            "line {number}: segments are encrypted ({method}); decrypt them first"
                        ));
                    }
                    None => return Err(wrong("expected a METHOD")),
                },
                "#EXT-X-MAP" => {
                    let uri = attribute(value, "URI").ok_or_else(|| wrong("expected a URI"))?;
                    let bytes = match attribute(value, "BYTERANGE") {
                        Some(value) => Some(range(value).ok_or_else(|| wrong("expected a byte range"))?),
                        None => None,
                    };
                    map = Some((uri.to_owned(), bytes.map(|(len, offset)| (offset.unwrap_or(0), len))));
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                _ if std::mem::take(&mut is_variant) => variants.push(line.to_owned()),
                _ => {
                    let Some(nanos) = duration.take() else {
                        return Err(wrong("expected an #EXTINF before a segment"));
                    };
                    let range = match open_range.take() {
                        None => None,
                        Some((len, offset)) => {
                            let offset = offset.or(ends.get(line).copied());
                            let offset = offset
                                .ok_or_else(|| wrong("no byte range before says where this one begins"))?;
                            ends.insert(line.to_owned(), offset.saturating_add(len));
                            Some((offset, len))
                        }
                    };
                    let segment = std::mem::take(&mut next);
                    let uri = line.to_owned();
                    segments.push(Segment { line: number, uri, nanos, range, map: map.clone(), ..segment });
                }
            }
        }
        let count = variants.len();
        match variants.into_iter().next() {
            Some(first) => Ok(Self::Master { first, count, has_other_sound }),
            None if segments.is_empty() => Err("it lists no segment".to_owned()),
            None => Ok(Self::Media { segments, has_end, has_dates }),
        }
    }
}

/// A duration with its title: seconds with decimals, kept to the nanosecond.
fn nanos(value: &str) -> Option<u64> {
    let seconds = value.split(',').next()?.trim();
    let (whole, decimals) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole: u64 = whole.parse().ok().filter(|&whole| whole <= MAX_SECONDS)?;
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = decimals.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = padded.fold(0, |nanos, digit| nanos * 10 + u64::from(digit - b'0'));
    Some(whole * NANOS + nanos)
}

/// `length[@offset]`.
fn range(value: &str) -> Option<(u64, Option<u64>)> {
    match value.trim().split_once('@') {
        Some((len, offset)) => Some((len.parse().ok()?, Some(offset.parse().ok()?))),
        None => Some((value.trim().parse().ok()?, None)),
    }
}

/// The value of an attribute, without its quotes. Quoted values may hold commas.
fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = list;
    loop {
        let (found, behind) = rest.split_once('=')?;
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => {
                let (value, behind) = quoted.split_once('"')?;
                (value, behind.strip_prefix(',').unwrap_or(behind))
            }
            None => behind.split_once(',').unwrap_or((behind, "")),
        };
        if found.trim() == name {
            return Some(value);
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_have_all_that_was_said_before_them() {
        let text = "\u{feff}#EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-MAP:URI=\"i,1.mp4\",BYTERANGE=\"10@5\"\r\n\
            #EXTINF:10.0100001,a title, with a comma\r\n#EXT-X-BYTERANGE:7@20\r\na.m4s\r\n\
            #EXTINF:2,\n#EXT-X-BYTERANGE:3\na.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n#EXTINF:1.5\nb.m4s\n#EXT-X-ENDLIST\n";
        let Ok(Playlist::Media { segments, has_end: true, has_dates: false }) = Playlist::parse(text) else {
            panic!("a media playlist");
        };
        let map = Some(("i,1.mp4".to_owned(), Some((5, 10))));
        let segment = |line, uri: &str, nanos, range| Segment {
            line,
            uri: uri.to_owned(),
            nanos,
            range,
            map: map.clone(),
            ..Segment::default()
        };
        assert_eq!(
            segments,
            [
                segment(6, "a.m4s", 10_010_000_100, Some((20, 7))),
                segment(9, "a.m4s", 2_000_000_000, Some((27, 3))),
                Segment { is_discontinuous: true, is_gap: true, ..segment(13, "b.m4s", 1_500_000_000, None) },
            ]
        );
    }

    #[test]
    fn the_first_variant_is_found() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"a.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/1.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n2.m3u8\n";
        let expected = Playlist::Master { first: "v/1.m3u8".to_owned(), count: 2, has_other_sound: true };
        assert_eq!(Playlist::parse(text), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, expected) in [
            ("#EXTM3U\na.ts", "line 2"),
            ("#EXTM3U\n#EXTINF:x,\na.ts", "line 2"),
            ("#EXTM3U\n#EXTINF:-1,\na.ts", "line 2"),
            ("#EXTM3U\n#EXTINF:99999999999999999999,\na.ts", "line 2"),
            ("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:3\na.ts", "line 4"),
            ("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"", "AES-128"),
            ("#EXTM3U\n#EXT-X-MAP:BYTERANGE=\"1\"", "URI"),
            ("#EXTM3U\n", "no segment"),
        ] {
            let refused = Playlist::parse(text).expect_err("refused");
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
