//! `polyptych render --storyboard`: a sheet of frames, one at every change of layout.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use polyptych::{ColorSpace, FrameRate, Timestamp};
use polyptych_recorder::history::{History, What};
use polyptych_recorder::render::{Options, frame_at};

use super::{failure_of, first_tick, place};
use crate::args::RenderArgs;
use crate::draw::{LINE_HEIGHT, label};
use crate::failure::{self, Failure, Outcome};
use crate::picture::{self, PictureFormat};

/// The width of a frame on the sheet, at most, in pixels.
const CELL_WIDTH: u32 = 480;
/// Frames on a sheet, at most; further changes are told of and left out.
const MAX_FRAMES: usize = 60;
/// Frames side by side, at most.
const MAX_COLUMNS: u32 = 4;
/// Room around frames and their times, in pixels.
const GAP: u32 = 8;
/// The sheet's own colour.
const SHEET: Rgb<u8> = Rgb([0x1f, 0x29, 0x37]);

/// Composes the frames and writes them as one picture.
pub fn write(args: &RenderArgs, history: &History, options: &Options) -> Outcome {
    let output = place::output(args)?;
    let format = PictureFormat::of(output)?;
    if format == PictureFormat::Y4m {
        return Err(Failure::Usage(
            "a storyboard is a picture; name a .png, .jpg or .bmp with -o".to_owned(),
        ));
    }
    output.check(place::overwrite(args))?;
    let mut moments = changes(history);
    if moments.len() > MAX_FRAMES {
        let untold = moments.len() - MAX_FRAMES;
        failure::tell(&format!(
            "note: {untold} changes of layout after the first {MAX_FRAMES} are left out\n"
        ));
        moments.truncate(MAX_FRAMES);
    }
    let size = history.canvas().size;
    let width = size.width().min(CELL_WIDTH);
    let height = (u64::from(size.height()) * u64::from(width)).div_ceil(u64::from(size.width())) as u32;
    let columns = (moments.len() as f64).sqrt().ceil().clamp(1.0, f64::from(MAX_COLUMNS)) as u32;
    let rows = (moments.len() as u32).div_ceil(columns);
    let (step_x, step_y) = (width + GAP, height + LINE_HEIGHT + 2 * GAP);
    let mut sheet = RgbImage::from_pixel(columns * step_x + GAP, rows * step_y + GAP, SHEET);
    for (index, at) in (0..).zip(moments) {
        let frame = frame_at(history, at, options).map_err(failure_of)?.into_buffer();
        let frame = picture::to_rgb_image(&frame, ColorSpace::default());
        let frame = imageops::resize(&frame, width, height, FilterType::Triangle);
        let (left, top) = (GAP + index % columns * step_x, GAP + index / columns * step_y);
        label(&mut sheet, left, top, &clock(at));
        imageops::replace(&mut sheet, &frame, i64::from(left), i64::from(top + LINE_HEIGHT + GAP / 2));
    }
    output.write(&picture::encode_rgb(&sheet, format)?, place::overwrite(args))
}

/// The first tick of every layout, each once.
fn changes(history: &History) -> Vec<Timestamp> {
    let (fps, count): (FrameRate, u64) = (history.canvas().fps, history.tick_count());
    let layouts = history.happenings().iter().filter(|happening| matches!(happening.what, What::Layout(_)));
    let mut ticks: Vec<u64> = layouts.map(|happening| first_tick(fps, happening.at, count)).collect();
    ticks.retain(|tick| *tick < count);
    ticks.dedup();
    ticks.into_iter().map(|tick| fps.tick(tick)).collect()
}

/// `0:41:07.033`.
fn clock(at: Timestamp) -> String {
    let millis = at.as_nanos() / 1_000_000;
    let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
    format!("{hours}:{minutes:02}:{:02}.{:03}", millis / 1000 % 60, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_show_milliseconds() {
        assert_eq!(clock(Timestamp::from_nanos(2_467_033_333_333)), "0:41:07.033");
        assert_eq!(clock(Timestamp::from_secs(86_399)), "23:59:59.000");
    }
}
