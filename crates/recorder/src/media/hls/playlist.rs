//! Playlists: a line a fact (RFC 8216, 4).
//!
//! Read here and not by the crate `m3u8-rs`: it keeps durations in 24 bits, makes a segment of a title's second half where the
//! title has a comma, forgets the map and the key after one segment, and does not say on which line a playlist is wrong.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::Started;

const NANOS: u64 = 1_000_000_000;
/// The longest segment that is believed, in seconds: a year.
const MAX_SECONDS: u64 = 31_536_000;
/// The longest line that is read, in bytes: names of files are shorter.
const MAX_LINE_BYTES: usize = 8 << 10;

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
    pub map: Option<(Arc<str>, Option<ByteRange>)>,
    /// Whether clocks or codecs begin anew with it.
    pub is_discontinuous: bool,
    /// Whether it is known to be missing.
    pub is_gap: bool,
    /// When its first sample was taken by the clock on the wall, as it is stated.
    pub date: Option<Started>,
}

impl Segment {
    /// When it began: services put that at the end of its name, to the millisecond, and round what they state.
    pub fn began(&self) -> Option<Started> {
        let path = self.uri.split(['?', '#']).next().unwrap_or(&self.uri);
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let last = stem.rsplit(['_', '-']).next().unwrap_or(stem);
        Started::parse_stamp(last).or(self.date)
    }
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Playlist {
    /// Of segments. `has_end`: nothing will be added.
    Media { segments: Vec<Segment>, has_end: bool },
    /// Of other playlists.
    Master { variants: Vec<Variant>, renditions: Vec<Rendition> },
}

/// A playlist that holds all, or all but what its groups of renditions hold (RFC 8216, 4.3.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub line: usize,
    pub uri: String,
    /// The group of its sound, where it names one.
    pub sound: Option<String>,
}

/// Sound, or something else, of which there may be several to choose from (RFC 8216, 4.3.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendition {
    pub line: usize,
    pub is_sound: bool,
    pub group: String,
    /// Its playlist; where it has none, it is in those of the variants.
    pub uri: Option<String>,
    pub is_default: bool,
}

impl Rendition {
    fn of(line: usize, attributes: &str) -> Self {
        Self {
            line,
            is_sound: attribute(attributes, "TYPE") == Some("AUDIO"),
            group: attribute(attributes, "GROUP-ID").unwrap_or_default().to_owned(),
            uri: attribute(attributes, "URI").map(str::to_owned),
            is_default: attribute(attributes, "DEFAULT") == Some("YES"),
        }
    }
}

impl Playlist {
    /// Reads a playlist.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut segments, mut variants, mut renditions) = (Vec::new(), Vec::new(), Vec::new());
        let mut has_end = false;
        // What stands before a variant's line.
        let mut variant = None;
        let mut map = None;
        let mut next = Segment::default();
        let mut duration = None;
        // Where the last range of each resource ended: the next one may leave out where it begins.
        let mut ends = HashMap::<String, u64>::new();
        let mut open_range = None;
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim());
            if line.len() > MAX_LINE_BYTES {
                return Err(format!(
                    "line {number}: {} bytes; lines of at most {MAX_LINE_BYTES} are read",
                    line.len()
                ));
            }
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
                "#EXT-X-PROGRAM-DATE-TIME" => next.date = Started::parse(value),
                "#EXT-X-STREAM-INF" => variant = Some(attribute(value, "AUDIO").map(str::to_owned)),
                "#EXT-X-MEDIA" => renditions.push(Rendition::of(number, value)),
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
                    map = Some((Arc::from(uri), bytes.map(|(len, offset)| (offset.unwrap_or(0), len))));
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                _ => {
                    if let Some(sound) = variant.take() {
                        variants.push(Variant { line: number, uri: line.to_owned(), sound });
                        continue;
                    }
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
        match (variants.is_empty(), segments.is_empty()) {
            (false, _) => Ok(Self::Master { variants, renditions }),
            (true, true) => Err("it lists no segment".to_owned()),
            (true, false) => Ok(Self::Media { segments, has_end }),
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
            #EXTINF:2,\n#EXT-X-BYTERANGE:3\na.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T09:30:00Z\n#EXT-X-GAP\n#EXTINF:1.5\nb.m4s\n#EXT-X-ENDLIST\n";
        let Ok(Playlist::Media { segments, has_end: true }) = Playlist::parse(text) else {
            panic!("a media playlist");
        };
        let map = Some((Arc::from("i,1.mp4"), Some((5, 10))));
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
                Segment {
                    is_discontinuous: true,
                    is_gap: true,
                    date: Started::parse("2026-03-01T09:30:00Z"),
                    ..segment(14, "b.m4s", 1_500_000_000, None)
                },
            ]
        );
    }

    #[test]
    fn variants_and_renditions_are_found() {
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x,URI=y\",DEFAULT=YES,URI=\"a.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\n\
            v/1.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n\n2.m3u8\n";
        let variant = |line, uri: &str, sound: Option<&str>| Variant {
            line,
            uri: uri.to_owned(),
            sound: sound.map(str::to_owned),
        };
        let sound = Rendition {
            line: 2,
            is_sound: true,
            group: "a".to_owned(),
            uri: Some("a.m3u8".to_owned()),
            is_default: true,
        };
        let subtitles =
            Rendition { line: 3, is_sound: false, group: "s".to_owned(), uri: None, is_default: false };
        let expected = Playlist::Master {
            variants: vec![variant(5, "v/1.m3u8", Some("a")), variant(8, "2.m3u8", None)],
            renditions: vec![sound, subtitles],
        };
        assert_eq!(Playlist::parse(text), Ok(expected));
    }

    #[test]
    fn maps_are_kept_once_and_long_lines_refused() {
        let map = "m".repeat(8_000);
        let text = format!("#EXTM3U\n#EXT-X-MAP:URI=\"{map}\"\n#EXTINF:1,\na\n#EXTINF:1,\nb\n");
        let Ok(Playlist::Media { segments, .. }) = Playlist::parse(&text) else { panic!("a media playlist") };
        let maps: Vec<_> = segments.iter().filter_map(|segment| segment.map.as_ref()).collect();
        assert!(maps.len() == 2 && Arc::ptr_eq(&maps[0].0, &maps[1].0));
        let refused = Playlist::parse(&text.replace(&map, &map.repeat(2))).expect_err("refused");
        assert!(refused.starts_with("line 2: "), "{refused}");
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
