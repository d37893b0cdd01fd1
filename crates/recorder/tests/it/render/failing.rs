//! What becomes of a rendering that is stopped, or of which a part fails: it ends at once, with that error, and never hangs.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use polyptych::FrameView;
use polyptych_recorder::encode::raw::RawSound;
use polyptych_recorder::encode::{EncodeError, EncodedPacket, SoundEncoder, TrackConfig, VideoEncoder};
use polyptych_recorder::history::History;
use polyptych_recorder::render::{Control, Options, Output, RenderError, Report, render};
use serde_json::json;

use super::{Kept, Meeting, columns, options, render_into};

/// A minute at 10 frames a second, whose files end after 2 s.
fn minute() -> (Meeting, History) {
    let meeting = Meeting::new();
    meeting.video("1.y4m", (10, 1), 30..50).sound("1.wav", 96_000, 4000);
    let description = json!({"transcodingConfig": columns(1, 10), "duration": 60,
        "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.y4m"}, {"file": "1.wav"}]}]});
    let history = meeting.history(&description);
    (meeting, history)
}

/// Does it in a thread, and fails where it does not end.
fn in_time<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(what()));
    result.recv_timeout(Duration::from_secs(60)).expect("the rendering hangs")
}

/// Renders, and says how many ticks were composed.
fn ticks_of(
    kept: &Kept,
    output: impl FnOnce(&Kept, &History) -> Output + Send + 'static,
) -> (Result<Report, RenderError>, u64) {
    let kept = kept.clone();
    in_time(move || {
        let (_meeting, history) = minute();
        let mut ticks = 0;
        let output = output(&kept, &history);
        let result = render(&history, output, &options(&history), &Control::default(), |progress| {
            ticks = progress.done;
        });
        (result, ticks)
    })
}

#[test]
fn a_failing_writer_ends_the_rendering_with_its_error() {
    for fails_at in [
        (Some(0), None, false),
        (Some(7), None, false),
        (None, Some(0), false),
        (None, Some(30), false),
        (None, None, true),
    ] {
        let kept = Kept::failing(fails_at);
        let (result, ticks) = ticks_of(&kept, Kept::output);
        let error = result.expect_err("the writer failed");
        assert!(
            matches!(error, RenderError::Write(_)) && error.to_string().contains("the test refuses it"),
            "{error}"
        );
        // Queues are bounded: nobody goes on for long after that.
        assert!(fails_at.2 || ticks < 250, "{fails_at:?}: {ticks} ticks");
    }
}

#[test]
fn a_writer_that_cannot_be_opened_ends_the_rendering() {
    let kept = Kept::default();
    let (result, ticks) = ticks_of(&kept, |kept, history| {
        let open_writer = Box::new(|_: &_| Err(super::refused()));
        Output { open_writer, ..kept.output(history) }
    });
    assert!(matches!(result, Err(RenderError::Write(_))));
    assert!(ticks < 250, "{ticks} ticks");
}

/// Encodes so many times, then fails; `None` fails at the end alone.
struct Broken<E> {
    inner: E,
    left: Option<usize>,
}

impl<E> Broken<E> {
    fn step(&mut self) -> Result<(), EncodeError> {
        let error = || EncodeError { encoder: "broken".to_owned(), problem: "the test breaks it".to_owned() };
        match &mut self.left {
            Some(0) => return Err(error()),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    fn end(&self) -> Result<(), EncodeError> {
        let problem = "the test breaks its end".to_owned();
        if self.left.is_none() { Err(EncodeError { encoder: "broken".to_owned(), problem }) } else { Ok(()) }
    }
}

impl VideoEncoder for Broken<Box<dyn VideoEncoder>> {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.step()?;
        self.inner.encode(canvas, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.end()?;
        self.inner.finish(packets)
    }

    fn config(&self) -> Option<TrackConfig> {
        self.inner.config()
    }

    fn name(&self) -> String {
        self.inner.name()
    }
}

impl SoundEncoder for Broken<RawSound> {
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.step()?;
        self.inner.encode(samples, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.end()?;
        self.inner.finish(packets)
    }

    fn config(&self) -> TrackConfig {
        self.inner.config()
    }

    fn name(&self) -> String {
        self.inner.name()
    }
}

#[test]
fn a_failing_encoder_of_video_ends_the_rendering_and_leaves_the_file_unfinished() {
    for left in [Some(0), Some(1), Some(40), None] {
        let kept = Kept::default();
        let (result, ticks) = ticks_of(&kept, move |kept, history| {
            let output = kept.output(history);
            let video = output.video.map(|(inner, format)| (Box::new(Broken { inner, left }) as _, format));
            Output { video, ..output }
        });
        let error = result.expect_err("the encoder failed");
        assert!(matches!(error, RenderError::Encode(_)), "{error}");
        assert!(left.is_none_or(|left| ticks < left as u64 + 10), "{left:?}: {ticks} ticks");
        assert!(!kept.inner().is_finished, "{left:?}: a file that is not whole counts as whole");
    }
}

#[test]
fn a_failing_encoder_of_sound_ends_the_rendering_and_leaves_the_file_unfinished() {
    for left in [Some(0), Some(1), Some(40), None] {
        let kept = Kept::default();
        let (result, ticks) = ticks_of(&kept, move |kept, history| Output {
            sound: Some(Box::new(Broken { inner: RawSound::default(), left })),
            ..kept.output(history)
        });
        let error = result.expect_err("the encoder failed");
        assert!(matches!(error, RenderError::Encode(_)), "{error}");
        assert!(left.is_none() || ticks < 250, "{left:?}: {ticks} ticks");
        assert!(!kept.inner().is_finished, "{left:?}: a file that is not whole counts as whole");
    }
}

/// Takes everything and gives nothing.
struct Mute<E>(E);

impl VideoEncoder for Mute<Box<dyn VideoEncoder>> {
    fn encode(&mut self, canvas: FrameView<'_>, _: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.0.encode(canvas, &mut Vec::new())
    }

    fn finish(&mut self, _: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.0.finish(&mut Vec::new())
    }

    fn config(&self) -> Option<TrackConfig> {
        self.0.config()
    }

    fn name(&self) -> String {
        "mute".to_owned()
    }
}

impl SoundEncoder for Mute<RawSound> {
    fn encode(&mut self, samples: &[f32], _: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.0.encode(samples, &mut Vec::new())
    }

    fn finish(&mut self, _: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.0.finish(&mut Vec::new())
    }

    fn config(&self) -> TrackConfig {
        self.0.config()
    }

    fn name(&self) -> String {
        "mute".to_owned()
    }
}

#[test]
fn encoders_that_give_no_packet_fail() {
    let (result, _) = ticks_of(&Kept::default(), |kept, history| {
        let output = kept.output(history);
        let video = output.video.map(|(inner, format)| (Box::new(Mute(inner)) as _, format));
        Output { video, ..output }
    });
    let error = result.expect_err("no packet of video").to_string();
    assert!(error.contains("mute") && error.contains("canvases"), "{error}");
    for has_video in [true, false] {
        let kept = Kept::default();
        let (result, _) = ticks_of(&kept, move |kept, history| {
            let output = kept.output(history);
            let video = output.video.filter(|_| has_video);
            Output { video, sound: Some(Box::new(Mute(RawSound::default()))), ..output }
        });
        let error = result.expect_err("no packet of sound").to_string();
        assert!(error.contains("mute") && error.contains("samples"), "{error}");
        assert!(!kept.inner().is_finished);
    }
}

#[test]
fn sound_that_cannot_be_read_is_told_and_strictly_ends_the_rendering() {
    let meeting = Meeting::new();
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting");
    let mut bytes = std::fs::read(assets.join("anna.mp4")).expect("the clip");
    let from = bytes.len() / 2;
    bytes[from..].fill(0x55);
    meeting.write("1.mp4", &bytes);
    let description = json!({"transcodingConfig": columns(1, 7),
        "users": [{"uid": "1", "joined": 0, "media": [{"file": "1.mp4"}]}]});
    let history = meeting.history(&description);
    let rendered = |is_strict: bool| {
        let kept = Kept::default();
        let output = Output { video: None, ..kept.output(&history) };
        let options = Options { is_strict, ..options(&history) };
        render(&history, output, &options, &Control::default(), |_| {}).map(|report| (report, kept))
    };
    let (report, kept) = rendered(false).expect("rendered");
    let sound = report.sound.expect("a report of the sound");
    assert!(sound.voices[0].track.failures.count > 0, "{sound:?}");
    assert!(kept.inner().is_finished && report.is_complete);
    let error = rendered(true).map(|_| ()).expect_err("strict");
    assert!(matches!(&error, RenderError::Sound { uid, .. } if uid == "1"), "{error}");
    assert!(error.to_string().contains("1.mp4"), "{error}");
}

#[test]
fn a_stopped_rendering_has_the_frames_that_it_says_and_their_sound() {
    for at in [1, 2, 17, 299, 600] {
        let kept = Kept::default();
        let into = kept.clone();
        let report = in_time(move || {
            let (_meeting, history) = minute();
            render_into(&into, &history, |progress, control| {
                if progress.done == at {
                    control.stop();
                }
            })
        });
        let rendered = kept.rendered(report.expect("stopped, not failed"));
        let report = &rendered.report;
        assert_eq!((report.ticks, report.is_complete), (at, at == 600));
        assert_eq!(rendered.frames.len() as u64, at);
        // A packet of samples is 1,024, so the last one may reach beyond.
        let samples = at as usize * 4800;
        let count = rendered.samples.len() / 2;
        assert!((samples..samples + 1024).contains(&count), "{count} samples for {at} ticks");
        assert!(kept.inner().is_finished);
        assert!((report.seconds - at as f64 / 10.0).abs() < 1e-9);
    }
}

#[test]
fn a_rendering_that_is_stopped_before_it_begins_is_empty() {
    let kept = Kept::default();
    let into = kept.clone();
    let report = in_time(move || {
        let (_meeting, history) = minute();
        let control = Control::default();
        control.stop();
        render(&history, into.output(&history), &options(&history), &control, |_| {})
    });
    let report = report.expect("stopped, not failed");
    assert_eq!((report.ticks, report.is_complete), (0, false));
    assert!(kept.inner().video.is_empty());
}

#[test]
fn a_stopped_rendering_of_sound_alone_has_the_samples_that_it_says() {
    let kept = Kept::default();
    let into = kept.clone();
    let report = in_time(move || {
        let (_meeting, history) = minute();
        let control = Control::default();
        let output = Output { video: None, ..into.output(&history) };
        let stop = control.clone();
        let open_writer = output.open_writer;
        // Stopped as soon as the writer is opened: some packets are on their way.
        let open_writer = Box::new(move |tracks: &_| {
            stop.stop();
            open_writer(tracks)
        });
        render(&history, Output { open_writer, ..output }, &options(&history), &control, |_| {})
    });
    let report = report.expect("stopped, not failed");
    assert!(!report.is_complete);
    let rendered = kept.rendered(report);
    let sound = rendered.report.sound.as_ref().expect("a report of the sound");
    assert_eq!(sound.samples, rendered.samples.len() as u64 / 2);
    assert_eq!(rendered.report.ticks, sound.samples.div_ceil(4800));
}
