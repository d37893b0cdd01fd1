//! What goes where on a canvas: a layout in pixels, as `polyptych layout` tells it.

use polyptych::layout::{Layout, Occupant, Region};
use polyptych::{Rect, RenderMode, Size, UserId};
use serde::Serialize;

/// A layout upon a canvas of known size.
#[derive(Debug, Serialize)]
pub struct Placement {
    /// The canvas, in pixels.
    pub canvas: Extent,
    /// Bottom first.
    pub regions: Vec<Placed>,
    /// Users without a region, in join order.
    pub unplaced: Vec<String>,
}

/// A width and a height in pixels.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Extent {
    pub width: u32,
    pub height: u32,
}

/// A region in snapped pixels, and who is seen there.
#[derive(Debug, Serialize)]
pub struct Placed {
    /// `None` for a region that nobody was named for or left for.
    pub uid: Option<String>,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    /// Its index from the bottom.
    pub z: usize,
    /// How opaque, `0.0..=1.0`.
    pub alpha: f64,
    /// `crop` or `fit`.
    pub render_mode: &'static str,
    /// Where it was asked for, in fractions of the canvas.
    pub fraction: Fraction,
    #[serde(flatten)]
    pub hidden: Option<Hidden>,
}

/// A rectangle in fractions of the canvas.
#[derive(Debug, Serialize)]
pub struct Fraction {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Why a region shows nobody. Those that show somebody have nothing of this.
#[derive(Debug, PartialEq, Serialize)]
pub struct Hidden {
    /// Always false.
    pub shown: bool,
    pub reason: &'static str,
    /// `large` for the large area of a vertical layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
}

impl Placement {
    /// Rounds a layout to the pixels of a canvas.
    pub fn new(layout: &Layout, canvas: Size) -> Self {
        let place = |(z, region)| Placed::new(z, region, canvas);
        Self {
            canvas: Extent { width: canvas.width(), height: canvas.height() },
            regions: layout.regions.iter().enumerate().map(place).collect(),
            unplaced: layout.unplaced.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Placed {
    fn new(z: usize, region: &Region, canvas: Size) -> Self {
        let pixels = region.rect.snap(canvas);
        let (uid, hidden) = occupant(&region.occupant);
        Self {
            uid: uid.map(ToString::to_string),
            x: pixels.x0,
            y: pixels.y0,
            width: pixels.width(),
            height: pixels.height(),
            z,
            alpha: region.alpha.get(),
            render_mode: match region.render_mode {
                RenderMode::Crop => "crop",
                RenderMode::Fit => "fit",
            },
            fraction: Fraction {
                x: region.rect.x(),
                y: region.rect.y(),
                width: region.rect.width(),
                height: region.rect.height(),
            },
            hidden,
        }
    }

    /// The pixels it takes.
    pub fn rect(&self) -> Rect {
        Rect::new(self.x, self.y, self.x + self.width, self.y + self.height)
    }

    /// Its user, fit for a terminal, or the role that nobody fills.
    pub fn name(&self) -> String {
        match (&self.uid, self.hidden.as_ref().and_then(|hidden| hidden.role)) {
            (Some(uid), _) => printable(uid),
            (None, Some(role)) => format!("({role})"),
            (None, None) => "(free)".to_owned(),
        }
    }
}

fn occupant(occupant: &Occupant) -> (Option<&UserId>, Option<Hidden>) {
    let hidden = |reason, role| Some(Hidden { shown: false, reason, role });
    match occupant {
        Occupant::User(uid) => (Some(uid), None),
        Occupant::Absent(uid) => (Some(uid), hidden("the user is not in the channel", None)),
        Occupant::Nobody => (None, hidden("no user is left for this free region", None)),
        Occupant::NobodyLarge => (None, hidden("the large user is not among those shown", Some("large"))),
    }
}

/// Text of a request or a command line without characters that steer a terminal or turn the line around.
pub fn printable(text: &str) -> String {
    let steers = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns
    };
    text.chars().map(|c| if steers(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}
