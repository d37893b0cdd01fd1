//! Cost against pixels painted: more users on one canvas, the same users on larger canvases.

use std::collections::HashMap;
use std::fmt;

use polyptych::layout::{Arrangement, RegionSpec};
use polyptych::{
    Alpha, Compositor, LayoutSpec, PixelFormat, Rect, RenderMode, Size, Unchanged, UnitRect, UserId,
};

use crate::Effort;
use crate::line::Line;
use crate::support::measure::medians;
use crate::support::meeting::{Meeting, cameras};
use crate::support::size;

const MAX_USERS: u32 = 17;
const FULL_HD: (u32, u32) = (1920, 1080);
const CAMERA: (u32, u32) = (640, 360);
/// From far smaller than the cameras to far larger, 16:9; no tile is of a camera's size, and none is merely copied.
const CANVAS_HEIGHTS: [u32; 7] = [360, 540, 720, 900, 1080, 1440, 2160];

/// Scenes that differ in one thing.
pub struct Curve {
    pub name: &'static str,
    /// What a point stands for.
    unit: &'static str,
    scenes: Vec<Scene>,
}

/// One point of a curve: pictures side by side or upon each other, of which none hides another.
struct Scene {
    /// What the point is called in its unit.
    name: u32,
    canvas: Size,
    /// What everybody sends.
    camera: Size,
    tiles: Vec<Rect>,
    alpha: f64,
}

/// A curve with its costs.
pub struct Measured {
    pub name: &'static str,
    unit: &'static str,
    names: Vec<u32>,
    /// Millions of pixels painted, and milliseconds of CPU time a frame.
    pub points: Vec<(f64, f64)>,
    pub line: Line,
}

impl Curve {
    pub fn all() -> [Self; 4] {
        let (full_hd, small) = (size(FULL_HD.0, FULL_HD.1), size(CAMERA.0, CAMERA.1));
        let users = |alpha: f64, place: fn(u32) -> Rect| {
            let tiles = |count| (0..count).map(place).collect();
            let scene =
                |count| Scene { name: count, canvas: full_hd, camera: small, tiles: tiles(count), alpha };
            (1..=MAX_USERS).map(scene).collect()
        };
        let canvases = |camera: fn(u32) -> Size| {
            let scene = |height| {
                let canvas = size(height * 16 / 9, height);
                let tiles = (0..MAX_USERS).map(|index| tile(index, canvas)).collect();
                Scene { name: height, canvas, camera: camera(height), tiles, alpha: 1.0 }
            };
            CANVAS_HEIGHTS.map(scene).into()
        };
        let in_proportion = |height| size((height * 16 / 27) & !1, (height / 3) & !1);
        let same = |_| size(CAMERA.0, CAMERA.1);
        [
            Self { name: "users side by side", unit: "users", scenes: users(1.0, beside) },
            Self { name: "users overlapping, alpha 0.8", unit: "users", scenes: users(0.8, upon) },
            Self { name: "17 users, canvas and cameras grow", unit: "rows", scenes: canvases(in_proportion) },
            Self { name: "17 users, the canvas grows", unit: "rows", scenes: canvases(same) },
        ]
    }

    /// Measures all points in turn.
    pub fn measure(&self, effort: Effort) -> Measured {
        let Self { name, unit, scenes } = self;
        let mut rings = HashMap::new();
        let mut meeting = |scene: &Scene| {
            let sizes = vec![scene.camera; scene.tiles.len()];
            let rings = cameras(&mut rings, &sizes, PixelFormat::I420, effort.set_count);
            // Where users leave most of the canvas bare, that would not be painted anew.
            let builder = Compositor::builder(scene.canvas).unchanged(Unchanged::Repainted);
            Meeting::new(builder, scene.layout(), &rings, effort.set_count)
        };
        let mut meetings: Vec<_> = scenes.iter().map(&mut meeting).collect();
        let costs = medians(&mut meetings, effort.rounds, effort.time);
        let points: Vec<_> =
            scenes.iter().map(Scene::megapixels).zip(costs.iter().map(|cost| cost.cpu_ms)).collect();
        let line = Line::through(&points);
        Measured { name, unit, names: scenes.iter().map(|scene| scene.name).collect(), points, line }
    }
}

/// A place of five columns and rows: seventeen users shrink to three fifths on a canvas of 1920×1080.
fn tile(index: u32, canvas: Size) -> Rect {
    let (width, height) = (canvas.width() / 5, canvas.height() / 5);
    let (x, y) = (index % 5 * width, index / 5 * height);
    Rect::new(x, y, x + width, y + height)
}

fn beside(index: u32) -> Rect {
    tile(index, size(FULL_HD.0, FULL_HD.1))
}

/// Each picture lies half upon the one before it.
fn upon(index: u32) -> Rect {
    let Rect { x0, y0, x1, y1 } = beside(index);
    Rect::new(x0 / 2, y0 / 2, x0 / 2 + x1 - x0, y0 / 2 + y1 - y0)
}

impl Scene {
    fn megapixels(&self) -> f64 {
        self.tiles.iter().map(|tile| tile.area()).sum::<u64>() as f64 / 1e6
    }

    fn layout(&self) -> LayoutSpec {
        let region = |(index, tile): (usize, &Rect)| RegionSpec {
            uid: Some(UserId::new(&format!("user {index}"))),
            rect: UnitRect::from_ratios(
                (tile.x0, tile.width(), self.canvas.width()),
                (tile.y0, tile.height(), self.canvas.height()),
            ),
            alpha: Alpha::new(self.alpha).expect("between 0 and 1"),
            render_mode: RenderMode::Crop,
        };
        let regions = self.tiles.iter().enumerate().map(region).collect();
        LayoutSpec { arrangement: Arrangement::Custom(regions), ..LayoutSpec::default() }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { at_zero, slope, r_squared } = self.line;
        writeln!(f, "{}: {at_zero:.3} ms + {slope:.3} ms a million pixels, R² {r_squared:.4}\n", self.name)?;
        writeln!(f, "| {} | million pixels painted | ms | line, ms |\n|---:|---:|---:|---:|", self.unit)?;
        for (name, &(x, y)) in self.names.iter().zip(&self.points) {
            writeln!(f, "| {name} | {x:.3} | {y:.3} | {:.3} |", self.line.at(x))?;
        }
        Ok(())
    }
}
