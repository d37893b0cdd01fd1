//! Parts of a recording on the command line: `--segment`, and `polyptych concat`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::SegmentKind;
use crate::output::Output;

pub const CONCAT_EXAMPLES: &str = "\
Examples:
  polyptych concat part-0.mp4 part-1.mp4 part-2.mp4 -o meeting.mp4
  polyptych concat part-{0..9}.mp4 -o meeting.m3u8
  polyptych concat part-{0..2}.webm -o meeting.webm

The parts are MP4, WebM or Matroska files of one recording, rendered with --segment 0/3 to --segment 2/3 and otherwise the same flags. Nothing is \
encoded again; every frame is there once, and sound goes on without a seam. Exits with 3 where parts do not belong together, 4 \
where one cannot be read.";

/// A part of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From 0; where there is none, the batch engine says which.
    pub index: Option<u32>,
    /// At least 1, and above the index.
    pub count: u32,
}

impl FromStr for Segment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no part; write 0/3, or /3 where a batch engine says which");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let index = if index.is_empty() { None } else { Some(number(index)?) };
        let count = number(count)?;
        if count == 0 {
            return Err("there is at least 1 part".to_owned());
        }
        if let Some(index) = index.filter(|index| *index >= count) {
            return Err(format!("there is no part {index} of {count}; they count from 0 to {}", count - 1));
        }
        Ok(Self { index, count })
    }
}

/// What `polyptych concat` is asked.
#[derive(Args, Debug)]
pub struct ConcatArgs {
    /// The parts, in their order
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,
    /// Where the whole recording goes: .mp4, .mkv or .m3u8, of VP9 and AV1 .webm or .mkv
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub place: Output,
    /// Replace the output file where it exists
    #[arg(long)]
    pub force: bool,
    /// What segments of an HLS playlist are
    #[arg(long, value_enum, default_value_t = SegmentKind::Ts)]
    pub hls_segments: SegmentKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_from_zero() {
        assert_eq!("0/3".parse(), Ok(Segment { index: Some(0), count: 3 }));
        assert_eq!("/7".parse(), Ok(Segment { index: None, count: 7 }));
        for wrong in ["", "3", "3/3", "0/0", "/", "/0", "-1/3", "1/3/5", "1/99999999999"] {
            assert!(wrong.parse::<Segment>().is_err(), "{wrong}");
        }
    }
}
