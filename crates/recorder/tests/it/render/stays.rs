//! People who come and go: what that costs, and that it costs no picture.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polyptych::Timestamp;
use polyptych_recorder::decode::{Files, OpenMedia, Picture, SoundSource, VideoSource};
use polyptych_recorder::media::{MediaError, Reach};
use polyptych_recorder::render::{Control, Options, render};
use serde_json::{Value, json};

use super::{Kept, Meeting, NOTHING, Rendered, columns, embedded, options};

/// Files, and how many are open and how much of them was decoded.
#[derive(Clone)]
struct Counted {
    files: Arc<Files>,
    open: Arc<AtomicUsize>,
    most_open: Arc<AtomicUsize>,
    decoded: Arc<AtomicUsize>,
}

impl Counted {
    fn new() -> Self {
        let [open, most_open, decoded] = [(); 3].map(|()| Arc::default());
        Self { files: Arc::new(Files::new(embedded(), Reach::Folder)), open, most_open, decoded }
    }

    fn render(&self, meeting: &Meeting, description: &Value) -> Rendered {
        let history = meeting.history(description);
        let kept = Kept::default();
        let options = Options { files: Arc::new(self.clone()), ..options(&history) };
        let report = render(&history, kept.output(&history), &options, &Control::default(), |_| {});
        kept.rendered(report.expect("rendered"))
    }
}

impl OpenMedia for Counted {
    fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        let source = self.files.open_video(path)?;
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_open.fetch_max(open, Ordering::SeqCst);
        Ok(Box::new(CountedVideo { source, counted: self.clone() }))
    }

    fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        self.files.open_sound(path)
    }
}

struct CountedVideo {
    source: Box<dyn VideoSource>,
    counted: Counted,
}

impl VideoSource for CountedVideo {
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError> {
        self.counted.decoded.fetch_add(1, Ordering::SeqCst);
        self.source.next_picture()
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        self.source.seek(at)
    }
}

impl Drop for CountedVideo {
    fn drop(&mut self) {
        self.counted.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Half of each millisecond, from `first` to `end`.
fn stays(first: u32, end: u32) -> Value {
    let second = |tenths: u32| f64::from(tenths) / 10_000.0;
    (first..end).map(|milli| json!([second(10 * milli), second(10 * milli + 5)])).collect()
}

#[test]
fn hundreds_of_stays_have_few_decoders_at_once() {
    let meeting = Meeting::new();
    // So many pictures a stay that its decoder waits until they are taken.
    let luma = |first: u32, index: u32| (first + index / 100) as u8;
    let pictures = |first: u32| (0..3200).map(move |index| luma(first, index));
    meeting.video("1.y4m", (8000, 1), pictures(20)).video("2.y4m", (8000, 1), pictures(150));
    let media = |file: &str| json!([{"file": file, "start": 0}]);
    let description = json!({"transcodingConfig": columns(2, 10), "duration": 0.4, "users": [
        {"uid": "1", "present": stays(0, 400), "media": media("1.y4m")},
        {"uid": "2", "present": stays(150, 250), "media": media("2.y4m")},
    ]});
    let counted = Counted::new();
    let rendered = counted.render(&meeting, &description);
    let shown = |first: u32| move |tick: u32| luma(first, 800 * tick);
    let other = |tick: u32| if tick == 2 { shown(150)(tick) } else { NOTHING };
    assert_eq!(rendered.columns::<2>(), [0, 1, 2, 3].map(|tick| [shown(20)(tick), other(tick)]));
    // Those that begin at once, those that are ahead, and threads that end.
    let most = counted.most_open.load(Ordering::SeqCst);
    assert!(most <= 100, "{most} decoders at once");
}

#[test]
fn who_comes_back_late_is_not_waited_for() {
    let meeting = Meeting::new();
    meeting.video("1.y4m", (10, 1), (0..600_u32).map(|index| 20 + (index % 200) as u8));
    let description = json!({"transcodingConfig": columns(1, 10), "duration": 60, "users": [
        {"uid": "1", "present": [[0, 1], [57, 60]], "media": [{"file": "1.y4m", "start": 0}]},
    ]});
    let counted = Counted::new();
    let lumas = counted.render(&meeting, &description).lumas();
    let expected = |tick: usize| if (10..570).contains(&tick) { NOTHING } else { 20 + (tick % 200) as u8 };
    assert_eq!(lumas, (0..600).map(expected).collect::<Vec<_>>());
    let decoded = counted.decoded.load(Ordering::SeqCst);
    assert!((40..60).contains(&decoded), "{decoded} of 600 pictures decoded to show 40");
}
