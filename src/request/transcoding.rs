//! What a start request says of the canvas itself.

use super::error::{ProblemKind, WarningKind};
use super::fields::{Object, Reported};
use super::findings::Findings;
use super::wire::Value;
use crate::geometry::{MAX_SIDE, Size};
use crate::time::FrameRate;

/// Size, frame rate and bitrate of a recording. Start requests set them, layout requests cannot change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transcoding {
    /// Default: 360x640. Both sides are within `2..=8192`.
    pub size: Size,
    /// Frames a second, one of 1, 7, 10, 15, 24, 30 and 60. Default: 15.
    pub fps: FrameRate,
    /// In kbit/s, `1..=1_000_000`. Default: 500.
    pub bitrate_kbps: u32,
}

impl Default for Transcoding {
    fn default() -> Self {
        Self {
            size: Size::from_wh(DEFAULT_WIDTH, DEFAULT_HEIGHT).expect("sides above 0"),
            fps: FrameRate::new(DEFAULT_FPS, 1).expect("a rate above 0"),
            bitrate_kbps: DEFAULT_KBPS,
        }
    }
}

/// Source: the vendor's documentation of `transcodingConfig`.
const FRAME_RATES: [u32; 7] = [1, 7, 10, 15, 24, 30, 60];
const DEFAULT_WIDTH: u32 = 360;
const DEFAULT_HEIGHT: u32 = 640;
const DEFAULT_FPS: u32 = 15;
const DEFAULT_KBPS: u32 = 500;
const MIN_SIDE: u32 = 2;
const MAX_KBPS: u32 = 1_000_000;

/// Reads width, height, fps and bitrate.
pub(super) fn read(object: Object<'_>, findings: &mut Findings<'_>) -> Result<Transcoding, Reported> {
    let mut side = |key| object.integer(findings, key, (MIN_SIDE, MAX_SIDE), "an integer from 2 to 8192");
    let (width, height) = (side("width"), side("height"));
    let kbps = object.integer(findings, "bitrate", (1, MAX_KBPS), "an integer from 1 to 1000000 (kbit/s)");
    let fps = frame_rate(object, findings);
    let size = Size::from_wh(width?.unwrap_or(DEFAULT_WIDTH), height?.unwrap_or(DEFAULT_HEIGHT));
    Ok(Transcoding { size: size.ok_or(Reported)?, fps: fps?, bitrate_kbps: kbps?.unwrap_or(DEFAULT_KBPS) })
}

fn frame_rate(object: Object<'_>, findings: &mut Findings<'_>) -> Result<FrameRate, Reported> {
    let mut fps = DEFAULT_FPS;
    if let Some(member) = object.get("fps") {
        let Value::Number(number) = member.value.value else {
            let expected = "one of 1, 7, 10, 15, 24, 30, 60";
            return Err(object.wrong(findings, member, ProblemKind::WrongType, expected));
        };
        match FRAME_RATES.into_iter().find(|rate| f64::from(*rate) == number) {
            Some(rate) => fps = rate,
            None => object.warn(findings, member, WarningKind::FrameRate),
        }
    }
    FrameRate::new(fps, 1).ok_or(Reported)
}
