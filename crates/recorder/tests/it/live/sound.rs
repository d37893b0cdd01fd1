//! Sound that is pushed: in time, late, never.

use std::f32::consts::TAU;

use polyptych::Timestamp;
use polyptych_recorder::decode::{Sound, SoundSource};
use polyptych_recorder::live::{Samples, SoundPiece, WhenBehind};
use polyptych_recorder::media::MediaError;
use polyptych_recorder::sound::{Mix, Voice};

use super::stage::*;

fn millis(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Ticks of a second, in each of which 1,600 samples of one user are pushed; but not those that are left out.
fn talk(meeting: &mut Meeting, name: &str, ticks: std::ops::Range<u64>, leave_out: &[u64]) {
    for tick in ticks {
        if !leave_out.contains(&tick) {
            meeting.say(name, fps().tick(tick), 0.25, 1600);
        }
        meeting.ticks(1);
    }
}

#[test]
fn late_sound_is_counted_and_silence_stands_in_for_it() {
    let mut meeting = Meeting::raw();
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    meeting.handle.join(Timestamp::ZERO, &uid("silent"));
    talk(&mut meeting, "anna", 0..22, &[15]);
    // The clock stands at 700 ms; sound may be 200 ms late. That of 500 ms just comes in time.
    meeting.say("anna", millis(480), 0.25, 1600);
    talk(&mut meeting, "anna", 22..60, &[]);
    meeting.say("anna", millis(600), 0.9, 480);
    let report = meeting.recording.finish().expect("finished");
    let tally = report.statistics.sound[&uid("anna")];
    assert_eq!((tally.late, tally.taken), (960 + 480, 60 * 1600 - 960));
    assert!(tally.waiting.is_zero());
    let left = meeting.memory.take().left();
    let expected = |n: usize| if (24_640..25_600).contains(&n) { 0.0 } else { 0.25 };
    let wrong = (240..left.len()).find(|&n| left[n] != expected(n));
    assert_eq!(wrong.map(|n| (n, left[n])), None);
    assert_eq!(left.len(), 96_000);
}

#[test]
fn sound_is_heard_between_mutes_subscriptions_and_leaves() {
    let mut meeting = Meeting::raw();
    let (handle, anna) = (meeting.handle.clone(), uid("anna"));
    handle.join(millis(100), &anna);
    handle.set_sound_muted(millis(500), &anna, true);
    handle.set_sound_subscribed(millis(600), &anna, false);
    handle.set_sound_muted(millis(700), &anna, false);
    handle.set_sound_subscribed(millis(800), &anna, true);
    talk(&mut meeting, "anna", 0..150, &[]);
    // Told long before it is mixed, as everything that is told in time.
    handle.leave(millis(4500), &anna);
    talk(&mut meeting, "anna", 150..180, &[]);
    handle.join(millis(7000), &anna);
    talk(&mut meeting, "anna", 180..240, &[]);
    meeting.recording.finish().expect("finished");
    let left = meeting.memory.take().left();
    let turns: Vec<usize> =
        (1..left.len()).filter(|&n| (left[n - 1] == 0.0) != (left[n] == 0.0)).map(|n| n / 48).collect();
    assert_eq!(turns, [100, 500, 800, 4500, 7000]);
}

#[test]
fn what_is_told_too_late_fades_and_does_not_click() {
    let mut meeting = Meeting::raw();
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    talk(&mut meeting, "anna", 0..120, &[]);
    meeting.handle.set_sound_muted(millis(1000), &uid("anna"), true);
    talk(&mut meeting, "anna", 120..150, &[]);
    meeting.recording.finish().expect("finished");
    let left = meeting.memory.take().left();
    let end = left.iter().rposition(|&sample| sample != 0.0).expect("sound");
    // What is mixed lies 1.8 s behind the clock, and half a second more while it is waited for.
    assert!((60_000..110_000).contains(&end), "{end}");
    let steps = left[240..].windows(2).map(|two| (two[1] - two[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 0.002);
}

/// A sine at 44,100 Hz of two channels, in pieces of 20 ms.
fn pieces(count: usize) -> Vec<Sound> {
    let sample = |n: usize| (n as f32 * 440.0 / 44_100.0 * TAU).sin() * 0.5;
    let piece = |index: usize| Sound {
        at: millis(index as i64 * 20),
        sample_rate: 44_100,
        channels: 2,
        samples: (index * 882..(index + 1) * 882).flat_map(|n| [sample(n), -sample(n)]).collect(),
    };
    (0..count).map(piece).collect()
}

struct Pieces(std::vec::IntoIter<Sound>);

impl SoundSource for Pieces {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        Ok(self.0.next())
    }
}

#[test]
fn live_sound_is_that_of_a_file_bit_for_bit() {
    let mut meeting = Meeting::new(None, Memory::default(), WhenBehind::Wait);
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    let pieces = pieces(398);
    let mut waiting = pieces.iter().enumerate().peekable();
    for tick in 0..240 {
        // Two in turn, as a network may bring them; none later than 100 ms.
        while let Some((index, _)) = waiting.next_if(|(_, piece)| piece.at <= fps().tick(tick)) {
            let piece = &pieces[index ^ 1];
            let samples = Samples::F32(&piece.samples);
            let pushed = SoundPiece { at: piece.at, sample_rate: 44_100, channels: 2, samples };
            meeting.handle.push_sound(&uid("anna"), &pushed);
        }
        meeting.ticks(1);
    }
    let report = meeting.recording.finish().expect("finished");
    let tally = report.statistics.sound[&uid("anna")];
    assert_eq!((tally.taken, tally.late), (398 * 882, 0));
    let voice = Voice {
        name: "anna".to_owned(),
        zero: Timestamp::ZERO,
        heard: vec![(Timestamp::ZERO, millis(100_000))],
        open: Box::new(move || Ok(Box::new(Pieces(pieces.into_iter())))),
    };
    let mut mix = Mix::new(vec![voice], Timestamp::ZERO, millis(8000));
    let expected: Vec<f32> =
        mix.next_block(384_000).expect("sound").chunks(2).map(|frame| frame[0]).collect();
    let left = meeting.memory.take().left();
    assert_eq!(left.len(), expected.len());
    assert_eq!(left.iter().zip(&expected).position(|(a, b)| a.to_bits() != b.to_bits()), None);
}

#[test]
fn someone_who_pauses_comes_back_to_the_sample() {
    let mut meeting = Meeting::raw();
    meeting.handle.join(Timestamp::ZERO, &uid("anna"));
    let gap: Vec<u64> = (30..200).collect();
    talk(&mut meeting, "anna", 0..240, &gap);
    let report = meeting.recording.finish().expect("finished");
    let left = meeting.memory.take().left();
    let is_heard = |n: usize| n < 48_000 || (200 * 1600..240 * 1600).contains(&n);
    assert_eq!((0..left.len()).find(|&n| is_heard(n) != (left[n] != 0.0)), None);
    let sound = report.sound.expect("a report");
    assert_eq!(sound.voices.len(), 1);
    assert_eq!(sound.voices[0].track.source_samples, 70 * 1600);
}

#[test]
fn sound_that_nobody_can_take_is_counted() {
    let meeting = Meeting::raw();
    for piece in 0..300 {
        meeting.say("anna", millis(piece * 10), 0.5, 4800);
    }
    let tally = meeting.handle.statistics().sound[&uid("anna")];
    assert_eq!(tally.taken + tally.early + tally.overflowed, 300 * 4800);
    assert!(tally.early > 0 && tally.overflowed > 0, "{tally:?}");
    assert!(tally.waiting.as_secs() < 5);
}
