//! `polyptych frame`.

mod flags;
mod images;
mod pictures;
mod y4m;

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, Rgb, RgbImage};

use crate::run::{Run, run_in};

pub const RED: [u8; 3] = [230, 30, 40];
pub const GREEN: [u8; 3] = [40, 200, 60];
pub const BLUE: [u8; 3] = [30, 60, 220];
pub const BEST_FIT: &str = r#"{"mixedVideoLayout": 1}"#;

/// A folder with pictures, and the command run in it.
pub struct Studio(tempfile::TempDir);

impl Studio {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("written");
    }

    /// A picture of one colour, its format told by its name.
    pub fn paint(&self, name: &str, (width, height): (u32, u32), color: [u8; 3]) {
        RgbImage::from_pixel(width, height, Rgb(color)).save(self.path(name)).expect("written");
    }

    /// A picture whose left half is red and whose right half is blue.
    pub fn paint_halves(&self, name: &str, (width, height): (u32, u32)) {
        halves(width, height).save(self.path(name)).expect("written");
    }

    /// `polyptych frame -` with these flags, separated by blanks.
    pub fn frame(&self, flags: &str, request: &str) -> Run {
        let flags: Vec<_> = ["frame", "-"].into_iter().chain(flags.split_whitespace()).collect();
        run_in(self.0.path(), &flags, request.as_bytes())
    }

    /// The composed frame on an RGBA canvas.
    #[track_caller]
    pub fn composed(&self, flags: &str, request: &str) -> RgbImage {
        self.frame(&format!("{flags} --pixel-format rgba --force -o out.png"), request).exits_with(0);
        open(&self.path("out.png")).into_rgb8()
    }
}

pub fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

pub fn open(path: &Path) -> DynamicImage {
    image::open(path).expect("a picture")
}

#[track_caller]
pub fn assert_near(found: &Rgb<u8>, expected: [u8; 3], tolerance: u8) {
    let is_near = found.0.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= tolerance);
    assert!(is_near, "found {:?}, expected {expected:?} within {tolerance}", found.0);
}
