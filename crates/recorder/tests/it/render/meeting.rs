//! The sample meeting: what is on screen at moments of its history, and who is heard.

use std::path::{Path, PathBuf};
use std::thread;

use polyptych::request::{Context, parse};
use polyptych::{Compositor, Frame, ImageUrl, LayoutSpec, Timestamp, UserId};
use polyptych_recorder::decode::{Files, VideoSource};
use polyptych_recorder::history::History;
use polyptych_recorder::media::Reach;
use polyptych_recorder::render::{Control, Output, render};
use serde_json::Value;

use super::{Kept, embedded, options, part, prepared_in, seconds};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting")
}

/// The meeting in small, seven frames a second, changed by `change`.
fn meeting(change: impl FnOnce(&mut Value)) -> History {
    let text = std::fs::read(folder().join("recording.json")).expect("the description");
    let mut description: Value = serde_json::from_slice(&text).expect("JSON");
    let canvas = &mut description["transcodingConfig"];
    for (key, value) in [("width", 128), ("height", 72), ("fps", 7)] {
        canvas[key] = value.into();
    }
    change(&mut description);
    prepared_in(&folder(), description.to_string().as_bytes(), &embedded()).expect("a history").history
}

/// What the people who take part see of each other.
enum Seen {
    /// A picture of a file, at a time of the file.
    At(f64),
    /// The image of the layout, since their video has stopped long ago.
    Image,
}
use Seen::{At, Image};

const BEST_FIT: &str = r##"{"mixedVideoLayout": 1, "backgroundColor": "#101820"}"##;
const VERTICAL: &str = r##"{"mixedVideoLayout": 2, "maxResolutionUid": "slides", "backgroundColor": "#101820",
    "backgroundImage": "https://example.com/stage.jpg", "defaultUserBackgroundImage": "https://example.com/stage.jpg"}"##;
const FLOATING: &str = r##"{"mixedVideoLayout": 0, "backgroundColor": "#101820"}"##;

/// A tick (seven a second), the layout that stands, and who is there in the order in which they came.
type Moment = (u64, &'static str, &'static [(&'static str, Seen)]);

/// The newest picture before the mute at 10 s: anna sends 25 a second.
const BEFORE_MUTE: f64 = 9.96;

const MOMENTS: [Moment; 12] = [
    (0, BEST_FIT, &[("anna", At(0.0))]),
    // 2.429 s, and 2.571 s: ben comes in between.
    (17, BEST_FIT, &[("anna", At(17.0 / 7.0))]),
    (18, BEST_FIT, &[("anna", At(18.0 / 7.0)), ("ben", At(18.0 / 7.0 - 2.5))]),
    (42, BEST_FIT, &[("anna", At(6.0)), ("ben", At(3.5)), ("elif", At(1.0))]),
    (56, VERTICAL, &[("anna", At(8.0)), ("ben", At(5.5)), ("elif", At(3.0)), ("slides", At(0.0))]),
    (77, VERTICAL, &[("anna", At(BEFORE_MUTE)), ("ben", At(8.5)), ("elif", At(6.0)), ("slides", At(0.0))]),
    // 13.429 s is 3.469 s after anna's last picture, 13.571 s is more than 3.5 s.
    (
        94,
        VERTICAL,
        &[
            ("anna", At(BEFORE_MUTE)),
            ("ben", At(94.0 / 7.0 - 2.5)),
            ("elif", At(94.0 / 7.0 - 5.0)),
            ("slides", At(0.0)),
        ],
    ),
    (
        95,
        VERTICAL,
        &[
            ("anna", Image),
            ("ben", At(95.0 / 7.0 - 2.5)),
            ("elif", At(95.0 / 7.0 - 5.0)),
            ("slides", At(0.0)),
        ],
    ),
    // Ben has left at 16 s.
    (112, VERTICAL, &[("anna", Image), ("elif", At(11.0)), ("slides", At(0.0))]),
    // 18.571 s: anna is back.
    (130, VERTICAL, &[("anna", At(130.0 / 7.0)), ("elif", At(130.0 / 7.0 - 5.0)), ("slides", At(0.0))]),
    (140, FLOATING, &[("anna", At(20.0)), ("elif", At(15.0))]),
    (167, FLOATING, &[("anna", At(167.0 / 7.0)), ("elif", At(167.0 / 7.0 - 5.0))]),
];

/// The newest pictures of a file at or before these times, which rise.
fn pictures(mut source: Box<dyn VideoSource>, times: &[Timestamp]) -> Vec<Frame> {
    let (mut found, mut newest) = (Vec::new(), None);
    while let Some(picture) = source.next_picture().expect("a picture") {
        while found.len() < times.len() && picture.at > times[found.len()] {
            found.push(newest.clone().expect("a picture before the first time"));
        }
        if found.len() == times.len() {
            return found;
        }
        newest = Some(picture.frame);
    }
    found.resize_with(times.len(), || newest.clone().expect("a picture"));
    found
}

/// The pictures of one who is seen at some moments.
fn pictures_of(uid: &str, file: &str) -> Vec<Frame> {
    let times: Vec<Timestamp> = MOMENTS
        .iter()
        .flat_map(|(.., there)| there.iter())
        .filter_map(|(who, seen)| match seen {
            // Half a millisecond is within a tick, as the recorder has it.
            At(at) if *who == uid => Some(seconds(at + 0.000_5)),
            _ => None,
        })
        .collect();
    let source = Files::new(embedded(), Reach::Folder).open_video(&folder().join(file)).expect("a source");
    pictures(source, &times)
}

fn layout(text: &str) -> LayoutSpec {
    parse(text.as_bytes(), &Context::default()).expect("a layout").layout
}

/// A moment by itself: nobody was there before.
fn expected(text: &str, there: Vec<(&str, Option<Frame>)>) -> Vec<u8> {
    let size = meeting_size();
    let compositor = Compositor::builder(size).threads(1).build().expect("a compositor");
    let url = ImageUrl::parse("https://example.com/stage.jpg").expect("an address");
    let bytes = std::fs::read(folder().join("stage.jpg")).expect("the image");
    compositor.image_ready(Timestamp::ZERO, &url, &bytes);
    compositor.update_layout(Timestamp::ZERO, layout(text));
    for (uid, frame) in there {
        let uid = UserId::new(uid);
        compositor.join(Timestamp::ZERO, &uid);
        if let Some(frame) = frame {
            compositor.push_frame(&uid, Timestamp::ZERO, frame);
        }
    }
    let canvas = compositor.compose(Timestamp::ZERO).expect("a canvas");
    let view = canvas.view();
    let planes = (0..3).map(|plane| view.plane(plane));
    planes.flat_map(|plane| (0..plane.shape().rows).flat_map(move |y| plane.row(y).to_vec())).collect()
}

fn meeting_size() -> polyptych::Size {
    polyptych::Size::from_wh(128, 72).expect("a size")
}

#[test]
fn the_sample_meeting_shows_at_each_moment_what_its_history_says() {
    let rendered = thread::spawn(|| {
        let history = meeting(|_| {});
        part(&history, 0..history.tick_count())
    });
    let files = [("anna", "anna.mp4"), ("ben", "ben.webm"), ("elif", "elif.mp4"), ("slides", "slides.png")];
    let mut sources = files.map(|(uid, file)| (uid, pictures_of(uid, file).into_iter()));
    let rendered = rendered.join().expect("rendered");
    assert_eq!(rendered.frames.len(), 168);
    for (tick, text, there) in &MOMENTS {
        let there = there.iter().map(|(uid, seen)| {
            let (_, pictures) = sources.iter_mut().find(|(name, _)| name == uid).expect("a user");
            (*uid, if matches!(seen, Image) { None } else { pictures.next() })
        });
        let expected = expected(text, there.collect());
        assert!(rendered.frames[*tick as usize] == expected, "tick {tick}");
    }
}

/// The meeting's sound alone, and how many samples the limiter has lowered.
fn sound(history: &History) -> (Vec<f32>, usize) {
    let kept = Kept::default();
    let output = Output { video: None, ..kept.output(history) };
    let report = render(history, output, &options(history), &Control::default(), |_| {}).expect("rendered");
    let rendered = kept.rendered(report);
    let limited = rendered.report.sound.expect("a report").limiter.limited_samples;
    (rendered.samples, limited as usize)
}

#[test]
fn the_sample_meeting_is_the_sum_of_who_is_heard() {
    let alone = |uid: &'static str| {
        thread::spawn(move || {
            sound(&meeting(|description| {
                let users = description["users"].as_array_mut().expect("users");
                users.retain(|user| user["uid"] == uid);
            }))
        })
    };
    let [(anna, _), (ben, ben_limited), (elif, _)] =
        ["anna", "ben", "elif"].map(alone).map(|alone| alone.join().expect("rendered"));
    let (all, limited) = sound(&meeting(|_| {}));
    assert_eq!(all.len(), 2 * 24 * 48_000);
    // Where nobody is too loud, alone or together, the mix is the plain sum.
    let lowered = limited + ben_limited;
    assert!(lowered < all.len() / 20, "{lowered} limited");
    let sums = (0..all.len()).map(|n| anna[n] + ben[n] + elif[n]);
    let other = all.iter().zip(sums).filter(|(sample, sum)| (*sample - sum).abs() > 1e-6).count();
    assert!(other <= 2 * lowered, "{other} samples are no sums, {lowered} are limited");
    let heard = |samples: &[f32]| {
        let first = samples.iter().position(|sample| *sample != 0.0).expect("somebody") / 2;
        let last = samples.iter().rposition(|sample| *sample != 0.0).expect("somebody") / 2;
        (first as f64 / 48_000.0, last as f64 / 48_000.0)
    };
    // Anna is heard though her camera is off; ben from 2.5 s until nobody listens any more at 13 s; elif from 5 s on.
    let (from, to) = heard(&anna);
    assert!(from < 0.5 && to > 20.0, "{from}..{to}");
    assert!(anna[2 * 48_000 * 11..2 * 48_000 * 13].iter().any(|sample| sample.abs() > 0.01));
    let (from, to) = heard(&ben);
    assert!((2.5..2.6).contains(&from) && (12.99..13.0).contains(&to), "{from}..{to}");
    let (from, to) = heard(&elif);
    assert!((5.0..5.5).contains(&from) && to < 24.0, "{from}..{to}");
}
