//! What the filters `showinfo` and `ashowinfo` print about the frames that pass: a line before each frame leaves the program.
//!
//! Raw samples on a pipe say nothing about themselves; these lines do: time, size, shape and colour of every single picture, so
//! that a size that changes in the middle needs no scaler. Frames are numbered, so a line that was lost is found.

use polyptych::{Matrix, PixelFormat, Range, Rotation, Size};

use super::clock::{Moment, TimeBase};

/// More than any codec puts into a frame of sound.
const MAX_FRAME_SAMPLES: u32 = 1 << 20;
/// More channels than any recorder writes.
const MAX_CHANNELS: u16 = 64;

/// What is known about a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PictureLine {
    pub(super) at: Moment,
    pub(super) size: Size,
    pub(super) pixel_aspect: Option<(i32, i32)>,
    pub(super) is_interlaced: bool,
    /// Where the picture states one.
    pub(super) rotation: Option<Rotation>,
    pub(super) matrix: Option<Matrix>,
    pub(super) range: Option<Range>,
}

impl PictureLine {
    /// Of its samples.
    pub(super) fn bytes(&self) -> usize {
        PixelFormat::I420.packed_bytes(self.size)
    }
}

/// What is known about a frame of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SoundLine {
    pub(super) at: Moment,
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    /// Of each channel.
    pub(super) samples: u32,
}

/// What becomes of a line.
#[derive(Debug, PartialEq)]
pub(super) enum Told<T> {
    /// It is for somebody else.
    Nothing,
    /// It is understood, and more belongs to it.
    Part,
    /// A frame is described.
    Whole(T),
    /// It cannot be; the frames that follow cannot be told apart any more.
    Wrong(String),
}

/// Reads the lines of `showinfo`.
#[derive(Default)]
pub(super) struct PictureLines {
    heading: Heading,
    base: Option<TimeBase>,
    next: u64,
    open: Option<PictureLine>,
}

impl PictureLines {
    /// Takes the next line of stderr. A picture is whole with the line of its colours, which comes last.
    pub(super) fn take(&mut self, line: &str) -> Told<PictureLine> {
        let Some(text) = told_by("Parsed_showinfo_", line) else {
            self.heading.take(line);
            return Told::Nothing;
        };
        if let Some(base) = text.strip_prefix("config in time_base: ") {
            self.base = TimeBase::parse(base.split([',', ' ']).next().unwrap_or_default());
            self.next = 0;
        } else if text.starts_with("n:") {
            return match self.open_picture(text) {
                Ok(()) => Told::Part,
                Err(problem) => Told::Wrong(format!("{problem}: `{text}`")),
            };
        } else if let (Some(picture), Some(degrees)) = (&mut self.open, text.split_once("rotation of ")) {
            picture.rotation = rotation(degrees.1).or(picture.rotation);
        } else if text.starts_with("color_range:")
            && let Some(mut picture) = self.open.take()
        {
            picture.range = picture.range.or(match value(text, "color_range") {
                Some("pc") => Some(Range::Full),
                Some("tv") => Some(Range::Limited),
                _ => None,
            });
            picture.matrix = value(text, "color_space").and_then(matrix);
            return Told::Whole(picture);
        }
        Told::Part
    }

    fn open_picture(&mut self, text: &str) -> Result<(), &'static str> {
        if self.open.is_some() {
            return Err("the line of colours is missing before");
        }
        if number(text, "n") != Some(self.next) {
            return Err("a line is missing before");
        }
        self.next += 1;
        let base = self.base.ok_or("no time base was told before")?;
        let ticks = number(text, "pts").ok_or("a picture without a time")?;
        let size = value(text, "s").and_then(|size| size.split_once('x'));
        let size = size.and_then(|(width, height)| Size::from_wh(width.parse().ok()?, height.parse().ok()?));
        let range = match value(text, "fmt") {
            Some("yuv420p") => None,
            Some("yuvj420p") => Some(Range::Full),
            _ => return Err("neither yuv420p nor yuvj420p"),
        };
        self.open = Some(PictureLine {
            at: Moment { ticks, base },
            size: size.ok_or("sides are to be within 1 and 8192")?,
            pixel_aspect: value(text, "sar").and_then(aspect),
            is_interlaced: matches!(value(text, "i"), Some("T" | "B")),
            rotation: self.heading.rotation.take(),
            matrix: None,
            range,
        });
        Ok(())
    }
}

/// What the program prints about its input before the first frame. FFmpeg 5 tells the track's rotation there alone.
#[derive(Default)]
struct Heading {
    place: Place,
    rotation: Option<Rotation>,
}

#[derive(Default, PartialEq)]
enum Place {
    #[default]
    BeforeVideo,
    Video,
    BehindVideo,
}

impl Heading {
    fn take(&mut self, line: &str) {
        let text = line.trim_start_matches("[info]").trim_start();
        if text.starts_with("Stream ") {
            let is_video = text.contains(": Video: ") && !text.contains("(attached pic)");
            self.place = match self.place {
                Place::BeforeVideo if text.starts_with("Stream #0:") && is_video => Place::Video,
                Place::BeforeVideo => Place::BeforeVideo,
                _ => Place::BehindVideo,
            };
        } else if self.place == Place::Video
            && let Some((_, degrees)) = text.split_once("rotation of ")
        {
            self.rotation = rotation(degrees).or(self.rotation);
        }
    }
}

/// Reads the lines of `ashowinfo`. Its times are samples.
#[derive(Default)]
pub(super) struct SoundLines {
    next: u64,
}

impl SoundLines {
    /// Takes the next line of stderr.
    pub(super) fn take(&mut self, line: &str) -> Told<SoundLine> {
        let Some(text) = told_by("Parsed_ashowinfo_", line) else { return Told::Nothing };
        if !text.starts_with("n:") {
            return Told::Part;
        }
        match self.sound(text) {
            Ok(sound) => Told::Whole(sound),
            Err(problem) => Told::Wrong(format!("{problem}: `{text}`")),
        }
    }

    fn sound(&mut self, text: &str) -> Result<SoundLine, &'static str> {
        // A change of the sound's shape makes a new filter, which counts from 0.
        let index = number::<u64>(text, "n").ok_or("no number")?;
        if index != self.next && index != 0 {
            return Err("a line is missing before");
        }
        self.next = index + 1;
        if value(text, "fmt") != Some("flt") {
            return Err("samples are not packed floats");
        }
        let sample_rate = number(text, "rate").filter(|&rate| rate != 0).ok_or("no sample rate")?;
        let base = TimeBase::new(1, sample_rate).ok_or("no sample rate")?;
        let channels = number(text, "channels").filter(|channels| (1..=MAX_CHANNELS).contains(channels));
        let samples = number(text, "nb_samples").filter(|&samples| samples <= MAX_FRAME_SAMPLES);
        Ok(SoundLine {
            at: Moment { ticks: number(text, "pts").ok_or("sound without a time")?, base },
            sample_rate,
            channels: channels.ok_or("channels are to be within 1 and 64")?,
            samples: samples.ok_or("more samples than a frame can have")?,
        })
    }
}

/// The text of a line that the filter of that name printed: `[Parsed_showinfo_1 @ 0x55d0] [info] text`.
fn told_by<'a>(filter: &str, line: &'a str) -> Option<&'a str> {
    let line = line.strip_prefix('[')?.strip_prefix(filter)?;
    let (_, text) = line.split_once("] ")?;
    Some(text.strip_prefix("[info] ").unwrap_or(text).trim())
}

/// The value behind `key:`, with or without blanks between.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let (word, behind) = rest.split_once(':')?;
        let is_key = word.rsplit(char::is_whitespace).next() == Some(key);
        let behind = behind.trim_start();
        let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let (found, next) = behind.split_at(end);
        if is_key {
            return Some(found);
        }
        rest = next;
    }
}

fn number<T: std::str::FromStr>(text: &str, key: &str) -> Option<T> {
    value(text, key)?.parse().ok()
}

/// A ratio such as `4/3`; `0/1` means that it is unknown.
pub(super) fn aspect(text: &str) -> Option<(i32, i32)> {
    let (num, den) = text.split_once('/')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some((num, den))
}

fn rotation(text: &str) -> Option<Rotation> {
    clockwise(text.split_whitespace().next()?.parse().ok()?)
}

/// FFmpeg counts counter-clockwise, in degrees from -180 to 180; what is no quarter turn is none of ours.
pub(super) fn clockwise(degrees: f64) -> Option<Rotation> {
    Rotation::from_degrees((-degrees).round().rem_euclid(360.0) as u32)
}

/// By the names of ITU-T H.273 as FFmpeg writes them. BT.2020's weights are nearest to BT.709's. Pictures that were RGB have
/// been converted with BT.601's, which is what FFmpeg's scaler takes where nothing is asked for.
pub(super) fn matrix(name: &str) -> Option<Matrix> {
    match name {
        "bt709" | "bt2020nc" | "bt2020c" | "smpte240m" => Some(Matrix::Bt709),
        "bt470bg" | "smpte170m" | "fcc" | "gbr" => Some(Matrix::Bt601),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(text: &str) -> String {
        format!("[Parsed_showinfo_1 @ 0x56] [info] {text}")
    }

    const PICTURE: &str =
        "n:   0 pts:  -1024 pts_time:-0.08   pos:      484 fmt:yuv420p sar:4/3 s:181x321 i:P iskey:1 type:I ";
    const COLORS: &str = "color_range:tv color_space:bt470bg color_primaries:unknown color_trc:unknown";

    fn whole(lines: &[&str]) -> Option<Told<PictureLine>> {
        let mut pictures = PictureLines::default();
        lines.iter().map(|line| pictures.take(&info(line))).last()
    }

    #[test]
    fn picture_is_read_from_its_lines() {
        let turned = "  side data - displaymatrix: rotation of -90.00 degrees";
        let told = whole(&["config in time_base: 1/12800, frame_rate: 25/1", PICTURE, turned, COLORS]);
        let picture = PictureLine {
            at: Moment { ticks: -1024, base: TimeBase::new(1, 12_800).expect("a base") },
            size: Size::from_wh(181, 321).expect("a size"),
            pixel_aspect: Some((4, 3)),
            is_interlaced: false,
            rotation: Some(Rotation::Clockwise90),
            matrix: Some(Matrix::Bt601),
            range: Some(Range::Limited),
        };
        assert_eq!(told, Some(Told::Whole(picture)));
        assert_eq!(picture.bytes(), 181 * 321 + 2 * 91 * 161);
    }

    #[test]
    fn rotation_of_the_track_is_read_from_the_heading() {
        let mut pictures = PictureLines::default();
        let heading = [
            "[info]   Stream #0:0: Video: png, rgb24, 16x16 (attached pic)",
            "[info]       displaymatrix: rotation of 180.00 degrees",
            "[info]   Stream #0:1[0x1](und): Video: h264 (High), yuv420p, 98x76",
            "[info]       displaymatrix: rotation of 90.00 degrees",
            "[info] Stream mapping:",
            "[info]   Stream #0:1 -> #0:0 (h264 (native) -> rawvideo (native))",
            "[info]       displaymatrix: rotation of 180.00 degrees",
        ];
        assert!(heading.iter().all(|line| pictures.take(line) == Told::Nothing));
        pictures.take(&info("config in time_base: 1/25"));
        pictures.take(&info(PICTURE));
        let Told::Whole(picture) = pictures.take(&info(COLORS)) else { panic!("no picture") };
        assert_eq!(picture.rotation, Some(Rotation::Clockwise270));
    }

    #[test]
    fn picture_lines_that_do_not_fit_are_wrong() {
        let base = "config in time_base: 1/25";
        let bad = |line: &str| matches!(whole(&[base, line]), Some(Told::Wrong(_)));
        assert!(!bad(PICTURE));
        assert!(bad(&PICTURE.replace("n:   0", "n:   1")));
        assert!(bad(&PICTURE.replace("-1024", "NOPTS")));
        assert!(bad(&PICTURE.replace("181x321", "18100x321")));
        assert!(bad(&PICTURE.replace("181x321", "0x321")));
        assert!(bad(&PICTURE.replace("yuv420p", "yuv444p")));
        assert!(matches!(whole(&[PICTURE]), Some(Told::Wrong(_))));
        assert!(matches!(whole(&[base, PICTURE, PICTURE]), Some(Told::Wrong(_))));
        assert_eq!(whole(&[base, COLORS]), Some(Told::Part));
    }

    #[test]
    fn sound_is_read_from_its_line() {
        let line = "[Parsed_ashowinfo_1 @ 0x7f] [info] n:0 pts:-24 pts_time:0 pos:679 fmt:flt channels:2 chlayout:stereo \
                    rate:48000 nb_samples:648 checksum:D26472C3 plane_checksums: [ D26472C3 ]";
        let at = Moment { ticks: -24, base: TimeBase::new(1, 48_000).expect("a base") };
        let sound = SoundLine { at, sample_rate: 48_000, channels: 2, samples: 648 };
        assert_eq!(SoundLines::default().take(line), Told::Whole(sound));
        let bad = |from: &str, to: &str| {
            matches!(SoundLines::default().take(&line.replace(from, to)), Told::Wrong(_))
        };
        assert!(bad("rate:48000", "rate:0") && bad("channels:2", "channels:0") && bad("648", "99999999"));
        assert!(bad("n:0", "n:5") && bad("fmt:flt", "fmt:s16"));
    }

    #[test]
    fn lines_of_others_are_left_alone() {
        let mut pictures = PictureLines::default();
        for line in [
            "[h264 @ 0x55] [error] no frame",
            "",
            "n: 0 pts: 0",
            "[Parsed_showinfo_",
            "    title : n:0 pts:0",
        ] {
            assert_eq!(pictures.take(line), Told::Nothing, "{line}");
        }
    }

    #[test]
    fn rotation_is_turned_round() {
        let turned =
            ["-90.00 degrees", "90.00 degrees", "-180.00", "180.00", "-0.00", "nan", "45"].map(rotation);
        let (left, right) = (Some(Rotation::Clockwise270), Some(Rotation::Clockwise90));
        let half = Some(Rotation::Clockwise180);
        assert_eq!(turned, [right, left, half, half, Some(Rotation::None), Some(Rotation::None), None]);
    }
}
