//! The workloads of `workloads.txt`, as custom layouts and what their users send.

use std::collections::HashMap;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, Filter, LayoutSpec, PixelFormat, Rect, RenderMode, Size, UnitRect, UserId,
};

use super::meeting::{Meeting, Ring, cameras};
use super::size;

/// Pictures and where they stand, bottom first.
pub struct Workload {
    pub name: &'static str,
    pub canvas: Size,
    pub pictures: Vec<Picture>,
}

/// A source and the rectangle of the canvas that it fills.
pub struct Picture {
    pub source: Size,
    pub dst: Rect,
    pub alpha: f64,
}

/// How a workload is painted: everything that the file does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    pub filter: Filter,
    pub source: PixelFormat,
    pub canvas: PixelFormat,
    pub thread_count: usize,
    /// Sets of frames and canvases that are used in turn.
    pub set_count: usize,
}

/// Rings that meetings share.
pub type Rings = HashMap<(usize, Size), Ring>;

impl Workload {
    /// Reads the file.
    pub fn all() -> Vec<Self> {
        let mut workloads: Vec<Self> = Vec::new();
        for line in include_str!("../workloads.txt").lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            let number = |index: usize| words[index].parse::<u32>().expect("a number of pixels");
            match words.first() {
                Some(&"W") => workloads.push(Self {
                    name: words[1],
                    canvas: size(number(2), number(3)),
                    pictures: Vec::new(),
                }),
                Some(&"L") => {
                    let (x, y) = (number(7), number(8));
                    let workload = workloads.last_mut().expect("a W line comes first");
                    workload.pictures.push(Picture {
                        source: size(number(1), number(2)),
                        dst: Rect::new(x, y, x + number(9), y + number(10)),
                        alpha: words[11].parse().expect("an alpha"),
                    });
                }
                _ => {}
            }
        }
        workloads
    }

    /// A meeting that shows it. The rings must all be of the setup's source format and number of sets.
    pub fn meeting(&self, rings: &mut Rings, setup: Setup) -> Meeting {
        let cameras = self.cameras(rings, setup.source, setup.set_count);
        let builder = Compositor::builder(self.canvas)
            .format(setup.canvas)
            .filter(setup.filter)
            .threads(setup.thread_count);
        Meeting::new(builder, self.layout(), &cameras, setup.set_count)
    }

    /// What its users send, each `set_count` frames in turn; rings that are there already are shared.
    pub fn cameras(&self, rings: &mut Rings, format: PixelFormat, set_count: usize) -> Vec<Ring> {
        let sizes: Vec<Size> = self.pictures.iter().map(|picture| picture.source).collect();
        cameras(rings, &sizes, format, set_count)
    }

    /// Its pictures as a custom layout.
    pub fn layout(&self) -> LayoutSpec {
        let regions = self.pictures.iter().enumerate().map(|(index, picture)| self.region(index, picture));
        LayoutSpec { arrangement: Arrangement::Custom(regions.collect()), ..LayoutSpec::default() }
    }

    /// Crop mode makes the crops of the file; where fit mode would leave bars, the canvas is as black as they are.
    fn region(&self, index: usize, picture: &Picture) -> RegionSpec {
        let Rect { x0, y0, .. } = picture.dst;
        let (width, height) = (picture.dst.width(), picture.dst.height());
        let horizontal = (x0, width, self.canvas.width());
        RegionSpec {
            uid: Some(UserId::new(&format!("user {index}"))),
            rect: UnitRect::from_ratios(horizontal, (y0, height, self.canvas.height())),
            alpha: Alpha::new(picture.alpha).expect("the file's alphas are 0 to 1"),
            render_mode: RenderMode::Crop,
        }
    }
}
