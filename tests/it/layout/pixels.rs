//! The pixels of a 1280x720 canvas, worked out by hand from section 2.

use polyptych::layout::{Arrangement, resolve};
use polyptych::{ColumnOrder, Rect};

use super::{place, rects, size, user, users, vertical};

/// Left and right edges, or top and bottom ones.
type Edges = (u32, u32);

const WHOLE: Rect = Rect::new(0, 0, 1280, 720);

/// `columns` from left to right within each of `rows`.
fn grid(columns: &[Edges], rows: &[Edges]) -> Vec<Rect> {
    let cells = rows.iter().flat_map(|&(y0, y1)| columns.iter().map(move |&(x0, x1)| (x0, y0, x1, y1)));
    cells.map(|(x0, y0, x1, y1)| Rect::new(x0, y0, x1, y1)).collect()
}

fn found(arrangement: &Arrangement, count: usize) -> Vec<Rect> {
    rects(&place(arrangement, count), size(1280, 720))
}

#[test]
fn floating_720p_pixels() {
    // x: 15.36, 331.52, 647.68, 963.84, each 300.8 wide; y: 542.16, 364.32, 186.48, 8.64, each 169.2 high.
    let columns = [(16, 316), (332, 632), (648, 948), (964, 1264)];
    let rows = [(542, 712), (364, 534), (186, 356), (8, 178)];
    let mut all = vec![WHOLE];
    all.extend(grid(&columns, &rows));
    for count in 0..=18 {
        assert_eq!(found(&Arrangement::Floating, count), all[..count.min(17)], "{count} users");
    }
}

#[test]
fn best_fit_720p_pixels() {
    let halves = ([(0, 640), (640, 1280)], [(0, 360), (360, 720)]);
    // 426.67 and 853.33.
    let thirds = ([(0, 426), (426, 854), (854, 1280)], [(0, 240), (240, 480), (480, 720)]);
    let quarters =
        ([(0, 320), (320, 640), (640, 960), (960, 1280)], [(0, 180), (180, 360), (360, 540), (540, 720)]);
    for count in 0..=16 {
        let all = match count {
            0 | 1 => vec![WHOLE],
            2 => grid(&halves.0, &[(0, 720)]),
            3 | 4 => grid(&halves.0, &halves.1),
            5..=9 => grid(&thirds.0, &thirds.1),
            _ => grid(&quarters.0, &quarters.1),
        };
        assert_eq!(found(&Arrangement::BestFit, count), all[..count], "{count} users");
    }
}

#[test]
fn best_fit_17_users_720p_centres_the_last() {
    let columns = [(128, 384), (384, 640), (640, 896), (896, 1152)];
    let rows = [(0, 144), (144, 288), (288, 432), (432, 576)];
    let mut all = grid(&columns, &rows);
    all.push(Rect::new(512, 576, 768, 720));
    assert_eq!(found(&Arrangement::BestFit, 17), all);
    assert_eq!(found(&Arrangement::BestFit, 18), all);
}

#[test]
fn vertical_720p_pixels() {
    let quarters = [(0, 180), (180, 360), (360, 540), (540, 720)];
    let sixths = [(0, 120), (120, 240), (240, 360), (360, 480), (480, 600), (600, 720)];
    let eighths =
        [(0, 90), (90, 180), (180, 270), (270, 360), (360, 450), (450, 540), (540, 630), (630, 720)];
    let (outer, inner) = (grid(&[(1152, 1280)], &eighths), grid(&[(1024, 1152)], &eighths));
    for count in 1..=18_usize {
        for order in [ColumnOrder::OuterFirst, ColumnOrder::InnerFirst] {
            // The large region's right edge: 1024, 1097.14, 1137.78, 1024.
            let (edge, smalls) = match count {
                1..=5 => (1024, grid(&[(1024, 1280)], &quarters)),
                6..=7 => (1098, grid(&[(1098, 1280)], &sixths)),
                8..=9 => (1138, grid(&[(1138, 1280)], &eighths)),
                _ if order == ColumnOrder::OuterFirst => (1024, [&outer[..], &inner[..]].concat()),
                _ => (1024, [&inner[..], &outer[..]].concat()),
            };
            let mut all = vec![Rect::new(0, 0, edge, 720)];
            all.extend(&smalls[..count.min(17) - 1]);
            let layout = resolve(&vertical(Some(user(0))), &users(count), order);
            assert_eq!(rects(&layout, size(1280, 720)), all, "{count} users, {order:?}");
        }
    }
}

#[test]
fn portrait_canvas_keeps_the_grid() {
    // 360x640: 9 users stand three by three as on a landscape canvas; 213.33 and 426.67.
    let layout = place(&Arrangement::BestFit, 9);
    let columns = [(0, 120), (120, 240), (240, 360)];
    let rows = [(0, 214), (214, 426), (426, 640)];
    assert_eq!(rects(&layout, size(360, 640)), grid(&columns, &rows));
}
