//! `polyptych render --segment`: which part of a recording this process renders.

use std::ops::Range;

use polyptych_recorder::parts;
use polyptych_recorder::write::OutputFormat;

use super::place::Place;
use crate::args::Segment;
use crate::failure::{Failure, Outcome};

/// Where batch engines say which task of several a process is, and the one that says what they count from, if not from 0:
/// Kubernetes, AWS Batch, Slurm.
const INDICES: [(&str, Option<&str>); 3] = [
    ("JOB_COMPLETION_INDEX", None),
    ("AWS_BATCH_JOB_ARRAY_INDEX", None),
    ("SLURM_ARRAY_TASK_ID", Some("SLURM_ARRAY_TASK_MIN")),
];

/// Sees that parts of an output can be joined.
///
/// # Errors
/// [`Failure::Usage`] names the outputs that can.
pub fn check(place: &Place) -> Outcome {
    match place.format {
        OutputFormat::Hls | OutputFormat::HlsFolder => {
            let path = place.path.display();
            let message = format!(
                "parts are .mp4, .webm or .mkv to be joined, or .y4m, .yuv or .wav, not {path}; name one with -o"
            );
            Err(Failure::Usage(message))
        }
        _ => Ok(()),
    }
}

/// The ticks of a part. `environment` gives the variables of the process.
///
/// # Errors
/// [`Failure::Usage`] where nobody says which part, there is no such, or nothing is left for it.
pub fn ticks(
    segment: Segment,
    all: u64,
    keyframe_interval: u32,
    environment: impl Fn(&str) -> Option<String>,
) -> Outcome<Range<u64>> {
    let count = segment.count;
    let index = segment.index.map_or_else(|| index(count, environment), Ok)?;
    let ticks = parts::part(all, keyframe_interval, index, count);
    if ticks.is_empty() {
        let most = all.div_ceil(u64::from(keyframe_interval.max(1)));
        let message = format!(
            "nothing is left for part {index} of {count}: the recording has {most} keyframe intervals, which is the most for \
             --segment"
        );
        return Err(Failure::Usage(message));
    }
    Ok(ticks)
}

/// Which part the batch engine wants of this process.
fn index(count: u32, environment: impl Fn(&str) -> Option<String>) -> Outcome<u32> {
    let number = |name: &str, text: &str| {
        let wrong =
            || Failure::Usage(format!("{name} is {text:?}, which is no number; write --segment I/{count}"));
        text.trim().parse::<u32>().map_err(|_| wrong())
    };
    let Some((name, text, first)) =
        INDICES.iter().find_map(|(name, first)| Some((*name, environment(name)?, *first)))
    else {
        let names = INDICES.map(|(name, _)| name).join(", ");
        return Err(Failure::Usage(format!("none of {names} is set; write --segment I/{count}")));
    };
    let first = match first.and_then(|name| Some((name, environment(name)?))) {
        Some((name, text)) => number(name, &text)?,
        None => 0,
    };
    let index = number(name, &text)?;
    index.checked_sub(first).filter(|index| *index < count).ok_or_else(|| {
        let last = u64::from(first) + u64::from(count) - 1;
        Failure::Usage(format!(
            "{name} is {index}; {count} parts count from {first} to {last}: see --segment"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_in(variables: &[(&str, &str)], count: u32) -> Result<u32, String> {
        let find =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        index(count, find).map_err(|failure| failure.to_string())
    }

    #[test]
    fn batch_engines_say_which_part() {
        assert_eq!(index_in(&[("JOB_COMPLETION_INDEX", "2")], 3), Ok(2));
        assert_eq!(index_in(&[("AWS_BATCH_JOB_ARRAY_INDEX", "0")], 3), Ok(0));
        assert_eq!(index_in(&[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_MIN", "1")], 3), Ok(2));
        assert_eq!(index_in(&[("SLURM_ARRAY_TASK_ID", "2")], 3), Ok(2));
    }

    #[test]
    fn what_they_say_is_not_believed_blindly() {
        for (variables, word) in [
            (&[][..], "none of"),
            (&[("JOB_COMPLETION_INDEX", "3")], "0 to 2"),
            (&[("JOB_COMPLETION_INDEX", "x")], "no number"),
            (&[("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_ARRAY_TASK_MIN", "1")], "1 to 3"),
        ] {
            let error = index_in(variables, 3).expect_err("refused");
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_part_without_frames_is_refused() {
        let segment = |index| Segment { index: Some(index), count: 4 };
        let none = |_: &str| None;
        let error = ticks(segment(0), 120, 60, none).expect_err("two intervals for four parts");
        assert!(error.to_string().contains("2 keyframe intervals"), "{error}");
        assert_eq!(ticks(segment(3), 120, 60, none).expect("the last"), 60..120);
    }
}
