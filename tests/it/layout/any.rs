//! Random layouts upon random canvases: any number of users, any decimals, from one pixel to the largest canvas.
//!
//! Some thousands, unless `POLYPTYCH_LONG` is set; then ten million.

use polyptych::layout::{Arrangement, RegionSpec, resolve};
use polyptych::{Alpha, ColumnOrder, MAX_SIDE, Rect, RenderMode, Size, UnitRect};
use proptest::prelude::*;
use proptest::sample::select;

use super::properties::{area, lies_well, overlap};
use super::{rects, size, user, users, vertical};

const LONG_CASES: u32 = 10_000_000;
const SHORT_CASES: u32 = 4_000;
/// The largest number that a request may write after the point: nine digits.
const DIGITS: u32 = 9;

fn cases() -> u32 {
    if std::env::var_os("POLYPTYCH_LONG").is_some_and(|value| value == "1") {
        return LONG_CASES;
    }
    eprintln!("the short form, {SHORT_CASES} layouts: set POLYPTYCH_LONG=1 for {LONG_CASES}");
    SHORT_CASES
}

/// What is placed, and how it must lie.
#[derive(Clone, Debug)]
enum Placed {
    /// A preset of so many users; who is large, if anyone.
    Preset { kind: u8, user_count: usize, large: Option<usize>, is_inner_first: bool },
    /// Columns and rows, cut at these decimals.
    Grid { columns: Vec<Decimal>, rows: Vec<Decimal> },
    /// Regions of any place and extent that a request may ask for.
    Regions(Vec<[Decimal; 4]>),
}

/// A number within 0 and 1 as a request writes it: digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Decimal(u32);

impl Decimal {
    const ONE: u32 = 10_u32.pow(DIGITS);

    /// Read from its text, as a request is.
    fn read(self) -> f64 {
        let (whole, rest) = (self.0 / Self::ONE, self.0 % Self::ONE);
        let text = format!("{whole}.{rest:09}");
        text.parse().expect("a number")
    }
}

/// Of few digits as often as of many.
fn decimal() -> impl Strategy<Value = Decimal> {
    (0..=DIGITS, 0..=Decimal::ONE).prop_map(|(digits, number)| {
        let step = 10_u32.pow(DIGITS - digits);
        Decimal(number / step * step)
    })
}

fn placed() -> impl Strategy<Value = Placed> {
    let preset = (0..3_u8, 0..=40_usize, prop::option::of(0..=40_usize), any::<bool>());
    let preset = preset.prop_map(|(kind, user_count, large, is_inner_first)| Placed::Preset {
        kind,
        user_count,
        large,
        is_inner_first,
    });
    // At most 17 regions: as many rows as the columns leave.
    let cuts = |most| prop::collection::vec(decimal(), 0..most);
    let grid = (1..=17_usize).prop_flat_map(move |count| (cuts(count), cuts(17 / count)));
    let grid = grid.prop_map(|(columns, rows)| Placed::Grid { columns, rows });
    let region = [decimal(), decimal(), decimal(), decimal()];
    let regions = prop::collection::vec(region, 1..=17).prop_map(Placed::Regions);
    prop_oneof![preset, grid, regions]
}

fn canvas() -> impl Strategy<Value = Size> {
    let side = || prop_oneof![1..=66_u32, 1..=MAX_SIDE, select(vec![1, 2, MAX_SIDE - 1, MAX_SIDE])];
    (side(), side()).prop_map(|(width, height)| size(width, height))
}

/// Start and extent between cuts, from 0 to 1.
fn spans(cuts: &[Decimal]) -> Vec<(f64, f64)> {
    let mut cuts = [cuts, &[Decimal(0), Decimal(Decimal::ONE)]].concat();
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| (pair[0].read(), Decimal(pair[1].0 - pair[0].0).read())).collect()
}

fn custom(rects: Vec<UnitRect>) -> Vec<UnitRect> {
    let region = |rect| RegionSpec { uid: None, rect, alpha: Alpha::OPAQUE, render_mode: RenderMode::Crop };
    let count = rects.len();
    let arrangement = Arrangement::Custom(rects.into_iter().map(region).collect());
    let layout = resolve(&arrangement, &users(count), ColumnOrder::default());
    layout.regions.iter().map(|region| region.rect).collect()
}

fn snapped(rects: &[UnitRect], canvas: Size) -> Vec<Rect> {
    rects.iter().map(|rect| rect.snap(canvas)).collect()
}

/// The extent that section 1 of the contract lets start there: up to a millionth beyond the canvas.
fn allowed(start: f64, extent: f64) -> f64 {
    if start + extent > 1.0 + 1e-6 { 1.0 - start } else { extent }
}

fn check(placed: &Placed, canvas: Size) -> Result<(), TestCaseError> {
    match placed {
        &Placed::Preset { kind, user_count, large, is_inner_first } => {
            let arrangement = match kind {
                0 => Arrangement::Floating,
                1 => Arrangement::BestFit,
                _ => vertical(large.map(user)),
            };
            let order = if is_inner_first { ColumnOrder::InnerFirst } else { ColumnOrder::OuterFirst };
            let layout = resolve(&arrangement, &users(user_count), order);
            let pixels = rects(&layout, canvas);
            prop_assert!(pixels.iter().all(|&rect| lies_well(rect, canvas)), "{pixels:?}");
            // Floating's small regions lie upon the large one, and apart from each other.
            let grid = if kind == 0 { pixels.get(1..).unwrap_or_default() } else { &pixels };
            prop_assert_eq!(overlap(grid), None);
            let is_whole = kind == 1 && matches!(user_count, 1 | 2 | 4 | 9 | 16);
            prop_assert!(!is_whole || area(grid) == canvas.area(), "{grid:?}");
        }
        Placed::Grid { columns, rows } => {
            let (columns, rows) = (spans(columns), spans(rows));
            let cells = rows.iter().flat_map(|&(y, height)| {
                columns.iter().map(move |&(x, width)| UnitRect::from_fractions(x, y, width, height))
            });
            let grid = snapped(&custom(cells.collect()), canvas);
            prop_assert!(grid.len() <= 17 && grid.iter().all(|&rect| lies_well(rect, canvas)), "{grid:?}");
            prop_assert_eq!(overlap(&grid), None);
            prop_assert_eq!(area(&grid), canvas.area());
        }
        Placed::Regions(regions) => {
            let rects = regions.iter().map(|region| {
                let [x, y, width, height] = region.map(Decimal::read);
                UnitRect::from_fractions(x, y, allowed(x, width), allowed(y, height))
            });
            let pixels = snapped(&custom(rects.collect()), canvas);
            prop_assert!(pixels.iter().all(|&rect| lies_well(rect, canvas)), "{pixels:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_layout_stays_on_its_canvas_and_grids_have_no_gap_and_no_overlap(
        placed in placed(),
        canvas in canvas(),
    ) {
        check(&placed, canvas)?;
    }
}
