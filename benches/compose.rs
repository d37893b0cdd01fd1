//! Whole frames, from frames pushed to a canvas composed: `compose/<layout>/<users>/<canvas>/<format>/<threads>`.
//!
//! `compose` shows the same frame and fills the same canvas each tick, so that both stay in the cache; `compose_cold`
//! goes through 40 sets of frames and canvases, as they come from decoders and go to encoders.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use polyptych::{Compositor, PixelFormat, Size};
use support::measure::Tick;
use support::meeting::{Layout, Meeting, cameras, gallery};
use support::{COLD, size};

struct Case {
    layout: Layout,
    users: usize,
    canvas: Size,
    format: PixelFormat,
    threads: usize,
}

impl Case {
    fn id(&self) -> String {
        let Self { layout, users, canvas, format, threads } = self;
        format!("{layout}/{users}/{}x{}/{format}/{threads}", canvas.width(), canvas.height())
    }

    fn meeting(&self, set_count: usize) -> Meeting {
        let sizes = gallery(self.layout, self.users);
        let rings = cameras(&mut HashMap::new(), &sizes, self.format, set_count);
        let builder = Compositor::builder(self.canvas).format(self.format).threads(self.threads);
        Meeting::new(builder, self.layout.spec(self.users), &rings, set_count)
    }
}

/// Every layout and number of users in I420 on one thread; other formats and two threads for one of them.
fn cases(canvases: &[Size], users: &[usize]) -> Vec<Case> {
    let mut cases = Vec::new();
    let i420 = PixelFormat::I420;
    for &canvas in canvases {
        for layout in Layout::ALL {
            cases.extend(users.iter().map(|&users| Case { layout, users, canvas, format: i420, threads: 1 }));
        }
    }
    let one = |format, threads| Case {
        layout: Layout::BestFit,
        users: 9,
        canvas: size(1920, 1080),
        format,
        threads,
    };
    cases.extend([one(PixelFormat::Nv12, 1), one(PixelFormat::Rgba, 1), one(i420, 2)]);
    cases
}

fn run(criterion: &mut Criterion, group: &str, cases: &[Case], set_count: usize) {
    let mut group = criterion.benchmark_group(group);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for case in cases {
        group.throughput(Throughput::Elements(case.canvas.area()));
        // Made when the case runs: a filter may leave it out.
        let mut meeting = None;
        group.bench_function(case.id(), |bencher| {
            let meeting = meeting.get_or_insert_with(|| case.meeting(set_count));
            bencher.iter(|| meeting.tick());
        });
    }
    group.finish();
}

fn compose(criterion: &mut Criterion) {
    let cases = cases(&[size(1280, 720), size(1920, 1080)], &[1, 4, 9, 17]);
    run(criterion, "compose", &cases, 1);
}

fn compose_cold(criterion: &mut Criterion) {
    run(criterion, "compose_cold", &cases(&[size(1920, 1080)], &[4, 17]), COLD);
}

criterion_group!(benches, compose, compose_cold);
criterion_main!(benches);
