//! How live recordings end: at will, by a failure, by being dropped.

use std::path::Path;

use polyptych::{FrameRate, FrameView, Size, Timestamp};
use polyptych_recorder::encode::aac::AacEncoder;
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::raw::{RawSound, RawVideo};
use polyptych_recorder::encode::{
    EncodeError, EncodedPacket, SoundEncoder, TrackConfig, VideoEncoder, VideoFormat, VideoSettings,
};
use polyptych_recorder::live::{LiveError, LiveRecording, WhenBehind};
use polyptych_recorder::media::{self, Reach, TrackKind};
use polyptych_recorder::render::{OpenWriter, Output, RenderError};
use polyptych_recorder::write::{self, Tracks, WriteOptions};

use super::stage::*;

/// Ticks until it fails. Other threads find out at their own pace, so there is no number of ticks after which it must.
fn failure(meeting: &mut Meeting) -> LiveError {
    (0..1_000_000).find_map(|_| meeting.tick().err()).expect("a failure")
}

#[test]
fn writer_that_fails_ends_ticking_with_its_error() {
    let memory = Memory { fails_after: Some(5), ..Memory::default() };
    for when_behind in [WhenBehind::Drop, WhenBehind::Wait] {
        let encoder = Box::new(RawVideo::new(format()));
        let mut meeting = Meeting::new(Some(encoder), memory.clone(), when_behind);
        let error = failure(&mut meeting);
        assert!(matches!(&error, LiveError::Stage(RenderError::Write(_))), "{error:?}");
        assert!(error.to_string().contains("no space left"), "{error}");
        assert!(matches!(meeting.tick(), Err(LiveError::Ended)));
        assert!(matches!(meeting.recording.finish(), Err(LiveError::Ended)));
    }
}

/// Fails or panics at its fourth canvas or block.
struct Broken {
    raw: RawVideo,
    count: u32,
    panics: bool,
}

impl Broken {
    fn count(&mut self) -> Result<(), EncodeError> {
        self.count += 1;
        assert!(self.count < 4 || !self.panics, "out of paint");
        let error = EncodeError { encoder: "broken".to_owned(), problem: "out of paint".to_owned() };
        if self.count < 4 { Ok(()) } else { Err(error) }
    }
}

impl VideoEncoder for Broken {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.count()?;
        self.raw.encode(canvas, packets)
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> Option<TrackConfig> {
        self.raw.config()
    }

    fn name(&self) -> String {
        "broken".to_owned()
    }
}

impl SoundEncoder for Broken {
    fn encode(&mut self, _samples: &[f32], _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.count()
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> TrackConfig {
        TrackConfig::PcmF32
    }

    fn name(&self) -> String {
        "broken".to_owned()
    }
}

fn broken(panics: bool) -> Broken {
    Broken { raw: RawVideo::new(format()), count: 0, panics }
}

#[test]
fn encoder_that_fails_or_panics_ends_ticking_with_its_error() {
    let mut meeting = Meeting::new(Some(Box::new(broken(false))), Memory::default(), WhenBehind::Wait);
    let error = failure(&mut meeting);
    assert!(matches!(error, LiveError::Stage(RenderError::Encode(_))), "{error:?}");
    assert_eq!(meeting.memory.take().ticks(), [0, 1, 2]);
    assert!(!meeting.memory.take().is_finished, "what was written plays, and says that it is not whole");

    let mut meeting = Meeting::new(Some(Box::new(broken(true))), Memory::default(), WhenBehind::Wait);
    let error = failure(&mut meeting);
    assert!(matches!(error, LiveError::Stage(RenderError::Panicked { stage: "encode", .. })), "{error:?}");
    assert!(error.to_string().contains("out of paint"));
}

#[test]
fn sound_encoder_that_fails_ends_ticking_too() {
    let raw = || -> (Box<dyn VideoEncoder>, VideoFormat) { (Box::new(RawVideo::new(format())), format()) };
    // Where there is no video, no canvas is handed over that could find out.
    for video in [Some(raw()), None] {
        let memory = Memory::default();
        let output = Output {
            video,
            sound: Some(Box::new(broken(false))),
            open_writer: Box::new(move |_| Ok(Box::new(memory))),
        };
        let clock = HandClock::default();
        let options = options(WhenBehind::Wait);
        let mut recording =
            LiveRecording::start(compositor(), output, Box::new(clock.clone()), &options).expect("it starts");
        let error = (0..1_000_000).find_map(|tick| {
            clock.set(fps().tick(tick));
            recording.tick().err()
        });
        let error = error.expect("a failure");
        assert!(matches!(error, LiveError::Stage(RenderError::Encode(_))), "{error:?}");
    }
}

/// Keeps its packets, or what they are, to itself.
struct Silent {
    raw: RawVideo,
    has_packets: bool,
}

impl VideoEncoder for Silent {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        if self.has_packets { self.raw.encode(canvas, packets) } else { Ok(()) }
    }

    fn finish(&mut self, _packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn config(&self) -> Option<TrackConfig> {
        None
    }

    fn name(&self) -> String {
        "silent".to_owned()
    }
}

#[test]
fn encoder_that_gives_nothing_to_write_has_failed() {
    for (has_packets, problem) in [(false, "gave no packet"), (true, "how they are coded")] {
        let encoder = Box::new(Silent { raw: RawVideo::new(format()), has_packets });
        let mut meeting = Meeting::new(Some(encoder), Memory::default(), WhenBehind::Wait);
        meeting.ticks(1);
        let error = meeting.recording.finish().expect_err("nothing was written");
        assert!(matches!(error, LiveError::Stage(RenderError::Encode(_))), "{error:?}");
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn composing_that_fails_ends_the_recording() {
    let mut meeting = Meeting::raw();
    meeting.ticks(3);
    // What the handle forbids.
    meeting.handle.compositor().compose(Timestamp::from_secs(60)).expect("composed");
    let error = meeting.tick().expect_err("time runs back");
    assert!(matches!(error, LiveError::Stage(RenderError::Compose(_))), "{error:?}");
    assert!(matches!(meeting.tick(), Err(LiveError::Ended)));
    let written = meeting.memory.take();
    assert_eq!(written.ticks(), [0, 1, 2]);
    assert!(!written.is_finished, "it is not whole");
}

/// A meeting into an MP4 file, of which no canvas is dropped.
fn meeting_in_mp4(path: &Path) -> (LiveRecording, HandClock) {
    let file = path.to_owned();
    let open_writer = move |tracks: &Tracks| write::create(&file, tracks, &WriteOptions::default());
    coded_meeting(Box::new(open_writer), WhenBehind::Wait)
}

/// A meeting in H.264 and AAC.
pub fn coded_meeting(open_writer: OpenWriter, when_behind: WhenBehind) -> (LiveRecording, HandClock) {
    let settings =
        VideoSettings { bitrate_kbps: 200, quality: None, keyframe_interval: 15, preset: None, threads: 1 };
    let encoder = OpenH264Encoder::new(format(), &settings).expect("an encoder");
    let output = Output {
        video: Some((Box::new(encoder), format())),
        sound: Some(Box::new(AacEncoder::new(96).expect("an encoder"))),
        open_writer,
    };
    let clock = HandClock::default();
    let options = options(when_behind);
    let started = LiveRecording::start(compositor(), output, Box::new(clock.clone()), &options);
    (started.expect("it starts"), clock)
}

/// When the pictures of a file are shown, in milliseconds, and how long its sound is.
fn pictures_and_sound(path: &Path) -> (Vec<i64>, i64) {
    let mut reader = media::packets(path, Reach::Folder, TrackKind::Video).expect("readable");
    let mut times = Vec::new();
    while let Some(packet) = reader.next_packet().expect("whole") {
        times.push(packet.at.as_nanos() / 1_000_000);
    }
    let contents = media::probe(path, Reach::Folder).expect("readable");
    let (from, to) = contents.sound.expect("sound").span.expect("a span");
    (times, to.since(from).as_millis() as i64)
}

#[test]
fn recording_that_is_dropped_leaves_a_file_that_plays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("meeting.mp4");
    let (mut recording, clock) = meeting_in_mp4(&path);
    for tick in 0..120 {
        clock.set(fps().tick(tick));
        recording.tick().expect("composed");
    }
    drop(recording);
    let (times, sound) = pictures_and_sound(&path);
    assert_eq!(times.len(), 120);
    assert!((4000..=4030).contains(&sound), "{sound}");
}

#[test]
fn sound_alone_that_is_dropped_is_whole() {
    let mut meeting = Meeting::new(None, Memory::default(), WhenBehind::Wait);
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    for tick in 0..120 {
        meeting.say("anna", fps().tick(tick), 0.25, 1600);
        meeting.ticks(1);
    }
    drop(meeting.recording);
    let written = meeting.memory.take();
    let left = written.left();
    assert_eq!((left.len(), left.last()), (120 * 1600, Some(&0.25)));
    assert!(written.is_finished);
}

#[test]
fn finished_file_has_every_picture_and_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("meeting.mp4");
    let (mut recording, clock) = meeting_in_mp4(&path);
    clock.set(Timestamp::from_millis(2999));
    assert_eq!(recording.tick().expect("composed"), Timestamp::from_secs(3));
    let report = recording.finish().expect("finished");
    assert_eq!((report.seconds, report.encoders.len()), (3.0, 2));
    let (times, sound) = pictures_and_sound(&path);
    assert_eq!(times, (0..90).map(|tick| tick * 1000 / 30).collect::<Vec<_>>());
    assert!((3000..=3030).contains(&sound), "{sound}");
}

#[test]
fn recording_without_a_tick_writes_nothing() {
    let meeting = Meeting::raw();
    let report = meeting.recording.finish().expect("finished");
    assert_eq!((report.seconds, report.statistics.ticks), (0.0, 0));
    assert!(meeting.memory.take().video.is_empty());
}

#[test]
fn canvas_that_the_encoder_does_not_expect_is_refused() {
    let refused = |format: VideoFormat| {
        let output = Output {
            video: Some((Box::new(RawVideo::new(format)), format)),
            sound: Some(Box::new(RawSound::default())),
            open_writer: Box::new(|_| Ok(Box::new(Memory::default()))),
        };
        let clock = Box::new(HandClock::default());
        let started = LiveRecording::start(compositor(), output, clock, &options(WhenBehind::Drop));
        started.err().expect("refused").to_string()
    };
    let small = Size::from_wh(16, 16).expect("a size");
    assert!(refused(VideoFormat { size: small, ..format() }).contains("16"));
    let slow = FrameRate::new(25, 1).expect("a rate");
    assert!(refused(VideoFormat { fps: slow, ..format() }).contains("25/1"));
}
