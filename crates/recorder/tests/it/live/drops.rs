//! Encoders that are too slow.

use std::thread;

use polyptych::Timestamp;
use polyptych_recorder::encode::EncodedPacket;
use polyptych_recorder::encode::raw::RawVideo;
use polyptych_recorder::live::{LiveOptions, LiveRecording, WhenBehind};
use polyptych_recorder::media::{self, Reach, TrackKind};
use polyptych_recorder::render::Output;
use polyptych_recorder::write::{self, Tracks, WriteError, WriteOptions, Writer};

use super::ends::coded_meeting;
use super::stage::*;

#[test]
fn dropped_canvases_are_counted_and_what_follows_keeps_its_time() {
    let (mut meeting, hold) = Meeting::held(WhenBehind::Drop);
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    meeting.show("anna", 40);
    meeting.ticks(1);
    hold.wait_for_canvas();
    // One is being encoded and two wait; nobody takes what comes now.
    meeting.ticks(8);
    let statistics = meeting.handle.statistics();
    assert_eq!((statistics.ticks, statistics.composed), (9, 9));
    assert_eq!((statistics.dropped, statistics.waiting, statistics.encoded), (6, 2, 0));

    for _ in 0..2 {
        hold.let_through();
        hold.wait_for_canvas();
    }
    // A flash and a beep at tick 9.
    let at = fps().tick(9);
    meeting.show("anna", 200);
    meeting.say("anna", at, 0.25, 4800);
    meeting.ticks(1);
    hold.let_through();
    hold.wait_for_canvas();
    drop(hold);
    meeting.ticks(3);
    let report = meeting.recording.finish().expect("finished");
    let written = meeting.memory.take();
    assert_eq!(report.statistics.ticks, 13);
    assert_eq!(report.statistics.dropped + report.statistics.encoded, 13);
    assert_eq!(report.statistics.encoded, written.video.len() as u64);
    assert_eq!(written.ticks()[..4], [0, 1, 2, 9]);
    assert_eq!((written.luma(2), written.luma(9)), (40, 200));
    assert_eq!(written.ticks().last(), Some(&12));
    let left = written.left();
    assert_eq!(left.iter().position(|&sample| sample != 0.0), Some(9 * 1600));
    assert_eq!(left.len(), 13 * 1600);
    assert!(written.is_finished);
}

#[test]
fn the_last_canvas_is_never_dropped() {
    let (mut meeting, hold) = Meeting::held(WhenBehind::Drop);
    meeting.ticks(1);
    hold.wait_for_canvas();
    meeting.ticks(5);
    assert_eq!(meeting.handle.statistics().dropped, 3);
    drop(hold);
    let report = meeting.recording.finish().expect("finished");
    assert_eq!(meeting.memory.take().ticks(), [0, 1, 2, 5]);
    assert_eq!((report.statistics.dropped, report.statistics.encoded), (2, 4));
}

#[test]
fn canvases_long_overdue_are_dropped_uncomposed() {
    let mut meeting =
        Meeting::new(Some(Box::new(RawVideo::new(format()))), Memory::default(), WhenBehind::Drop);
    meeting.clock.set(Timestamp::from_secs(60));
    let next = meeting.recording.tick().expect("composed");
    assert_eq!(next, fps().tick(60 * FPS + 1));
    let statistics = meeting.handle.statistics();
    assert_eq!((statistics.ticks, statistics.composed), (60 * FPS + 1, FPS + 2));
    let report = meeting.recording.finish().expect("finished");
    assert_eq!(report.statistics.dropped + report.statistics.encoded, 60 * FPS + 1);
    let ticks = meeting.memory.take().ticks();
    assert_eq!((ticks.first(), ticks.last()), (Some(&0), Some(&(60 * FPS as i64))));
}

#[test]
fn caller_waits_for_the_encoder_where_that_is_asked_for() {
    let (mut meeting, hold) = Meeting::held(WhenBehind::Wait);
    let (handle, memory) = (meeting.handle.clone(), meeting.memory.clone());
    let worker = thread::spawn(move || {
        meeting.ticks(20);
        meeting.recording.finish().expect("finished")
    });
    for taken in 1..=20 {
        hold.wait_for_canvas();
        // Those that were taken, two that wait, and one in the hands of the caller.
        let statistics = handle.statistics();
        assert!(statistics.ticks <= taken + 2 && statistics.composed <= taken + 3, "{statistics:?}");
        hold.let_through();
    }
    let report = worker.join().expect("no panic");
    assert_eq!((report.statistics.dropped, report.statistics.encoded), (0, 20));
    assert_eq!(memory.take().ticks(), (0..20).collect::<Vec<_>>());
}

#[test]
fn files_without_times_repeat_the_canvas_before_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("meeting.yuv");
    let file = path.clone();
    let (encoder, hold) = held_encoder();
    let output = Output {
        video: Some((Box::new(encoder), format())),
        sound: None,
        open_writer: Box::new(move |tracks| write::create(&file, tracks, &WriteOptions::default())),
    };
    let clock = HandClock::default();
    let options = options(WhenBehind::Drop);
    let mut recording =
        LiveRecording::start(compositor(), output, Box::new(clock.clone()), &options).expect("it starts");
    let handle = recording.handle();
    handle.join(Timestamp::ZERO, &uid("anna"));
    for tick in 0..9 {
        clock.set(fps().tick(tick));
        handle.push_frame(&uid("anna"), fps().tick(tick), picture(100 + tick as u8));
        recording.tick().expect("composed");
        if tick == 0 {
            hold.wait_for_canvas();
        }
    }
    drop(hold);
    recording.finish().expect("finished");
    let written = std::fs::read(path).expect("written");
    let lumas: Vec<u8> = written.chunks(32 * 18 * 3 / 2).map(|canvas| canvas[0]).collect();
    assert_eq!(lumas, [100, 101, 102, 102, 102, 102, 102, 102, 108]);
}

#[test]
fn the_first_canvas_is_never_dropped_however_many_may_wait() {
    // More slots than there is memory are taken as the most that can be.
    for canvases_ahead in [0, usize::MAX] {
        let options = LiveOptions { canvases_ahead, ..options(WhenBehind::Drop) };
        let (memory, clock) = (Memory::default(), HandClock::default());
        let writer = memory.clone();
        let output = Output {
            video: Some((Box::new(RawVideo::new(format())), format())),
            sound: None,
            open_writer: Box::new(move |_| Ok(Box::new(writer))),
        };
        let started = LiveRecording::start(compositor(), output, Box::new(clock.clone()), &options);
        let mut recording = started.expect("it starts");
        clock.set(fps().tick(5 * FPS));
        recording.tick().expect("composed");
        recording.finish().expect("finished");
        let ticks = memory.take().ticks();
        assert_eq!((ticks.first(), ticks.last()), (Some(&0), Some(&(5 * FPS as i64))));
    }
}

/// Remembers what it hands on.
struct Tee {
    memory: Memory,
    writer: Box<dyn Writer>,
}

impl Writer for Tee {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.memory.video(packet.clone())?;
        self.writer.video(packet)
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.writer.sound(packet)
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        self.writer.finish()
    }
}

#[test]
fn files_with_times_show_every_canvas_at_its_tick() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["meeting.mp4", "meeting.m3u8"] {
        let path = folder.path().join(name);
        let (memory, file) = (Memory::default(), path.clone());
        let copy = memory.clone();
        let open_writer = move |tracks: &Tracks| -> Result<Box<dyn Writer>, WriteError> {
            let writer = write::create(&file, tracks, &WriteOptions::default())?;
            Ok(Box::new(Tee { memory: copy, writer }))
        };
        let (mut recording, clock) = coded_meeting(Box::new(open_writer), WhenBehind::Drop);
        // Both times what is more than a second overdue is skipped; others have no room, or find some.
        for tick in [45, 120] {
            clock.set(fps().tick(tick));
            recording.tick().expect("composed");
        }
        recording.finish().expect("finished");
        let expected = memory.take().ticks();
        assert_eq!((expected.first(), expected.last()), (Some(&0), Some(&120)));
        assert!(!expected.iter().any(|tick| (1..15).contains(tick) || (46..90).contains(tick)));

        let mut reader = media::packets(&path, Reach::Folder, TrackKind::Video).expect("readable");
        let mut times = Vec::new();
        while let Some(packet) = reader.next_packet().expect("whole") {
            times.push(packet.at.as_nanos());
        }
        let ticks: Vec<i64> =
            times.iter().map(|at| ((at - times[0]) * 30 + 500_000_000) / 1_000_000_000).collect();
        assert_eq!(ticks, expected, "{name}");
    }
}
