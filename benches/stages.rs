//! What comes before the first pixel: a request parsed, a layout resolved, a plan built.
//!
//! None of these runs for a frame of a steady meeting; they say what a change of layout or users costs.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use polyptych::layout::{Arrangement, Layout, LayoutSpec, Region, resolve};
use polyptych::plan::{Item, Plan, PlanSettings, SourceShape, place};
use polyptych::request::{Context, parse};
use polyptych::{CanvasShape, ColorSpace, ColumnOrder, PixelFormat, Rgb, Size, UserId};

const REQUESTS: [(&str, &[u8]); 3] = [
    ("best_fit", include_bytes!("../assets/layouts/best_fit.json")),
    ("custom_grid", include_bytes!("../assets/layouts/custom_grid.json")),
    ("start_body", include_bytes!("../assets/layouts/start_body.json")),
];

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for (name, body) in REQUESTS {
        group.bench_with_input(BenchmarkId::new("parse", name), body, |bencher, body| {
            bencher.iter(|| parse(black_box(body), &Context::default()).expect("an accepted request"));
        });
    }
}

fn users(count: usize) -> Vec<UserId> {
    (0..count).map(|index| UserId::new(&format!("user {index}"))).collect()
}

fn arrangements() -> [(&'static str, Arrangement); 3] {
    [
        ("floating", Arrangement::Floating),
        ("best_fit", Arrangement::BestFit),
        ("vertical", Arrangement::Vertical { large: Some(UserId::new("user 0")) }),
    ]
}

fn layout(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("layout");
    for (name, arrangement) in arrangements() {
        for count in [4, 17] {
            let users = users(count);
            group.bench_function(BenchmarkId::new(format!("resolve/{name}"), count), |bencher| {
                bencher.iter(|| resolve(black_box(&arrangement), &users, ColumnOrder::default()));
            });
        }
    }
    let spec = parse(REQUESTS[1].1, &Context::default()).expect("an accepted request").layout;
    let LayoutSpec { arrangement, .. } = spec;
    let users = users(17);
    group.bench_function("resolve/custom_grid/17", |bencher| {
        bencher.iter(|| resolve(black_box(&arrangement), &users, ColumnOrder::default()));
    });
}

fn items(layout: &Layout, canvas: CanvasShape) -> Vec<Item> {
    let source = SourceShape {
        size: Size::from_wh(640, 360).expect("a size"),
        format: PixelFormat::I420,
        color: canvas.color,
        has_alpha: false,
        chroma_shift: (0.0, 0.0),
    };
    let item = |region: &Region| {
        let rect = region.rect.snap(canvas.size);
        let placement = place(rect, region.render_mode, source.size, 1.0, canvas.size);
        Item { region: rect, placement, alpha: region.alpha, source }
    };
    layout.regions.iter().map(item).collect()
}

fn plan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    let canvas = CanvasShape {
        size: Size::from_wh(1920, 1080).expect("a size"),
        format: PixelFormat::I420,
        color: ColorSpace::BT709_LIMITED,
    };
    for (name, arrangement) in arrangements() {
        for count in [4, 17] {
            let layout = resolve(&arrangement, &users(count), ColumnOrder::default());
            group.bench_function(BenchmarkId::new(format!("build/{name}"), count), |bencher| {
                bencher.iter(|| {
                    let items = items(black_box(&layout), canvas);
                    Plan::build(canvas, Rgb::BLACK, &items, PlanSettings::default())
                });
            });
        }
    }
}

fn short() -> Criterion {
    let (warm_up, measurement) =
        (std::time::Duration::from_millis(200), std::time::Duration::from_millis(600));
    Criterion::default().warm_up_time(warm_up).measurement_time(measurement)
}

criterion_group! { name = benches; config = short(); targets = request, layout, plan }
criterion_main!(benches);
