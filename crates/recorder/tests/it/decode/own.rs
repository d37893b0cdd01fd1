//! Media that a program opens itself.

use std::path::Path;
use std::sync::Arc;

use polyptych::image::FetchPolicy;
use polyptych::{ColorSpace, Filter, FrameBuffer, PixelFormat, Size, Timestamp, UserId};
use polyptych_recorder::decode::{OpenMedia, Picture, Sound, SoundSource, VideoSource};
use polyptych_recorder::description::{Medium, Recording, User};
use polyptych_recorder::encode::VideoFormat;
use polyptych_recorder::encode::raw::{RawSound, RawVideo};
use polyptych_recorder::history::{Extent, History, Source, Sources};
use polyptych_recorder::media::MediaError;
use polyptych_recorder::render::{Control, Options, Output, RenderError, Report, render};

use crate::live::stage::Memory;

/// Pictures ten times a second, and a constant; each panics where it is told to.
#[derive(Clone, Copy)]
struct Own {
    next: i64,
    picture_that_panics: i64,
    sound_that_panics: i64,
}

impl VideoSource for Own {
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError> {
        assert_ne!(self.next, self.picture_that_panics, "no such colour");
        let size = Size::from_wh(16, 16).expect("a picture");
        let luma = self.next as u8 * 10 + 20;
        let frame =
            FrameBuffer::from_packed(PixelFormat::I420, size, vec![luma; 384]).expect("a picture").into();
        let picture = Picture { at: Timestamp::from_millis(self.next * 100), frame };
        self.next += 1;
        Ok((self.next <= 10).then_some(picture))
    }

    fn seek(&mut self, _at: Timestamp) -> Result<(), MediaError> {
        self.next = 0;
        Ok(())
    }
}

impl SoundSource for Own {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        assert_ne!(self.next, self.sound_that_panics, "no such tone");
        let at = Timestamp::from_millis(self.next * 100);
        self.next += 1;
        let sound = Sound { at, sample_rate: 48_000, channels: 1, samples: vec![0.25; 4800] };
        Ok((self.next <= 10).then_some(sound))
    }
}

impl OpenMedia for Own {
    fn open_video(&self, _path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        Ok(Box::new(*self))
    }

    fn open_sound(&self, _path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        Ok(Box::new(*self))
    }
}

/// Renders a second of it.
fn rendered(own: Own) -> (Result<Report, RenderError>, Memory) {
    rendered_from(0, own)
}

fn rendered_from(tick: u64, own: Own) -> (Result<Report, RenderError>, Memory) {
    let mut recording = Recording::default();
    let medium = Medium { file: "own".into(), start: Timestamp::ZERO, end: None, is_sparse: false };
    recording.users.push(User { uid: UserId::new("anna"), present: None, media: vec![medium] });
    let second = Some(Extent { from: Timestamp::ZERO, to: Some(Timestamp::from_secs(1)) });
    let source = Source { path: "own".into(), video: second, sound: second, is_still: false };
    let sources = Sources { media: vec![vec![Some(source)]], images: Vec::new() };
    let history = History::new(&recording, sources).expect("a history");
    let canvas = history.canvas();
    let format = VideoFormat { size: canvas.size, fps: canvas.fps, color: ColorSpace::default() };
    let memory = Memory::default();
    let writer = memory.clone();
    let output = Output {
        video: Some((Box::new(RawVideo::new(format)), format)),
        sound: Some(Box::new(RawSound::default())),
        open_writer: Box::new(move |_| Ok(Box::new(writer))),
    };
    let options = Options {
        ticks: tick..u64::MAX,
        filter: Filter::default(),
        threads: 1,
        files: Arc::new(own),
        is_strict: false,
        images: FetchPolicy::default(),
    };
    (render(&history, output, &options, &Control::default(), |_| {}), memory)
}

const WHOLE: Own = Own { next: 0, picture_that_panics: -1, sound_that_panics: -1 };

#[test]
fn own_media_are_rendered() {
    let (report, memory) = rendered(WHOLE);
    assert_eq!(report.expect("rendered").users["anna"].failure_count, 0);
    let written = memory.take();
    let middle = |tick: usize| written.video[tick].data[320 * 360 + 180];
    assert_eq!((written.video.len(), middle(0), middle(14)), (15, 20, 110));
    assert!(written.left()[240..47_760].iter().all(|&sample| sample == 0.25));
}

#[test]
fn own_pictures_that_panic_cost_their_user_and_are_told() {
    let (report, memory) = rendered(Own { picture_that_panics: 3, ..WHOLE });
    let report = report.expect("rendered");
    let tally = &report.users["anna"];
    assert_eq!(tally.failure_count, 1);
    assert!(tally.failures[0].contains("panicked"), "{:?}", tally.failures);
    assert_eq!(memory.take().video.len(), 15);
}

#[test]
fn own_sound_that_panics_costs_itself_and_is_told() {
    let (report, memory) = rendered(Own { sound_that_panics: 3, ..WHOLE });
    let report = report.expect("rendered");
    let failures = &report.sound.expect("a report of the sound").voices[0].track.failures;
    assert_eq!(failures.count, 1);
    assert!(
        failures.first[0].contains("panicked: ") && failures.first[0].contains("no such tone"),
        "{failures:?}"
    );
    let written = memory.take();
    let left = written.left();
    assert!(left[240..14_160].iter().all(|&sample| sample == 0.25));
    assert!(left[14_400..].iter().all(|&sample| sample == 0.0) && left.len() == 48_000);
    assert_eq!(report.users["anna"].failure_count, 0);
}

#[test]
fn own_pictures_that_panic_at_the_beginning_of_a_part_cost_their_user() {
    let (report, memory) = rendered_from(7, Own { picture_that_panics: 3, ..WHOLE });
    let tally = &report.expect("rendered").users["anna"];
    assert!(tally.failure_count > 0 && tally.failures[0].contains("no such colour"), "{tally:?}");
    assert_eq!(memory.take().video.len(), 8);
}
