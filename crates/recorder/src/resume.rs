//! Goes on with a rendering that was stopped or killed, without rendering or encoding again what is there.
//!
//! ```text
//!  talk.part.mp4   [ whole fragments | lost ]          left by who was killed; set aside as talk.earlier.part.mp4
//!  talk.part.mp4   [ copied to a keyframe  | rendered …
//! ```
//!
//! What is there is copied in front of what is rendered, so the file that is being written always holds all there is of the
//! recording, and may be stopped or killed again. Until the new file is whole, the one that it is made of stays.
//!
//! The segments of a playlist stay where they are; the last one is written again where it was ended before its time.

mod playlist;

use std::io;
use std::ops::Range;
use std::path::Path;

use polyptych::FrameRate;

use crate::concat::{ConcatError, Joined, Part, Place, copy};
use crate::encode::{EncodedPacket, PacketGrid, VideoFormat};
use crate::render::{Control, first_sample_of};
use crate::write::{
    self, HlsWriter, Left, LeftPlaylist, Tracks, WriteError, WriteOptions, Writer, WritingLock,
};

/// What there is of a rendering.
#[derive(Debug)]
pub enum Found {
    /// Nothing that could be gone on with.
    Nothing,
    /// All of it, in its place.
    Whole,
    /// Its beginning.
    Begun(Begun),
}

/// The beginning of a rendering.
#[derive(Debug)]
pub struct Begun {
    part: Box<Part>,
    ticks: Range<u64>,
    kind: Kind,
    /// Held until what is there is copied, so that no other process takes it as well.
    lock: Option<WritingLock>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    File,
    /// Of a playlist, with how many segments it has as far as it is gone on with.
    Playlist {
        segments: u32,
    },
}

/// Why a rendering cannot be gone on with. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// What is there is nothing of this rendering, or cannot be read.
    #[error("{0}; --force begins again")]
    Unusable(#[from] ConcatError),
    /// Another process is writing the file, or this cannot be seen.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Looks for what an earlier rendering of `ticks` to `output` has left, an MP4, WebM or Matroska file, a playlist or its folder as
/// `options` say: the file itself where it was stopped, the one beside it where it was killed; of several the one that goes farthest.
/// All of each is read.
///
/// # Errors
/// Where one of them is there and is not of this size and frame rate, or ends in no place to go on from, and where one is still
/// being written.
pub fn find(
    output: &Path,
    ticks: Range<u64>,
    format: VideoFormat,
    options: &WriteOptions,
) -> Result<Found, ResumeError> {
    match LeftPlaylist::of(output, options)? {
        Some(left) => playlist::find(&left, ticks, format),
        None => find_file(output, ticks, format),
    }
}

fn find_file(output: &Path, ticks: Range<u64>, format: VideoFormat) -> Result<Found, ResumeError> {
    let left = Left::of(output);
    let lock = left.lock()?;
    let in_place = look(output, format)?;
    if let Some(part) = &in_place {
        if part.ticks == count(&ticks) {
            return Ok(Found::Whole);
        }
        check_length(part, &ticks)?;
    }
    let mut most: Option<Part> = None;
    let beside = [look(left.set_aside(), format)?, look(left.part(), format)?];
    for mut part in beside.into_iter().flatten().chain(in_place) {
        part.ticks = last_cut(&part, &ticks, format.fps)?;
        if part.ticks > most.as_ref().map_or(0, |most| most.ticks) {
            most = Some(part);
        }
    }
    let begun = |part| Found::Begun(Begun { part: Box::new(part), ticks, kind: Kind::File, lock });
    Ok(most.map_or(Found::Nothing, begun))
}

fn count(ticks: &Range<u64>) -> u64 {
    ticks.end.saturating_sub(ticks.start)
}

/// Sees that what is there is not longer than it will be.
fn check_length(part: &Part, ticks: &Range<u64>) -> Result<(), ConcatError> {
    let wanted = count(ticks);
    if part.ticks > wanted {
        let problem = format!("it has {} frames, and the recording {wanted}", part.ticks);
        return Err(ConcatError::part(&part.path, problem));
    }
    Ok(())
}

/// A file, if it is there and has frames.
fn look(path: &Path, format: VideoFormat) -> Result<Option<Part>, ConcatError> {
    if !path.exists() || Part::is_empty(path) {
        return Ok(None);
    }
    let part = Part::look_begun(path)?;
    check_format(&part, format)?;
    Ok(Some(part))
}

fn check_format(part: &Part, format: VideoFormat) -> Result<(), ConcatError> {
    let found = part.video.format;
    if (found.size, found.fps) != (format.size, format.fps) {
        let told = |format: VideoFormat| format!("{} at {} frames a second", format.size, format.fps);
        let problem = format!("it is {}, and the recording {}", told(found), told(format));
        return Err(ConcatError::part(&part.path, problem));
    }
    Ok(())
}

/// After how many frames a rendering can go on: something is left to be rendered, and the sound is there up to where its own begins.
/// 0 where all would be rendered again.
fn last_cut(part: &Part, ticks: &Range<u64>, fps: FrameRate) -> Result<u64, ConcatError> {
    let is_heard = |cut: u64| {
        let sound = part.sound.as_ref();
        let needed = |grid| packets_between(fps, grid, ticks.start, ticks.start + cut);
        sound.is_none_or(|sound| needed(sound.grid) <= sound.packets)
    };
    let possible = part.cuts.iter().rev().copied().filter(|cut| *cut < count(ticks));
    match possible.clone().find(|cut| is_heard(*cut)) {
        Some(cut) => Ok(cut),
        None if possible.count() == 0 && !part.cuts.is_empty() => Ok(0),
        None => Err(ConcatError::part(&part.path, "its frames or its sound have gaps")),
    }
}

/// How many packets of sound the first one of a part that begins at tick `to` lies behind that of one that begins at `from`: all lie
/// on one grid.
fn packets_between(fps: FrameRate, grid: PacketGrid, from: u64, to: u64) -> i64 {
    let [from, to] = [from, to].map(|tick| grid.first_packet(first_sample_of(fps, tick)));
    to - from
}

/// Lets a rendering begin again: what an earlier one has set aside is removed.
///
/// # Errors
/// Where it cannot be removed.
pub fn forget(output: &Path) -> Result<(), WriteError> {
    Left::of(output).forget()
}

impl Begun {
    /// The ticks that are left to be rendered.
    #[must_use]
    pub fn left(&self) -> Range<u64> {
        self.ticks.start + self.part.ticks..self.ticks.end
    }

    /// Makes the writer that has what is there and takes the packets of what is left, counted from its beginning; video first, by
    /// whose first packet what is there is copied. [`WriteOptions::expected_duration`] is that of all, whatever is given. `control`
    /// stops the copying too: what is there stays, to be gone on with, and the writer's error is
    /// [`Interrupted`](std::io::ErrorKind::Interrupted).
    ///
    /// # Errors
    /// Where `tracks` are not encoded as what is there. It is left as it was then.
    pub fn go_on(
        self,
        output: &Path,
        tracks: &Tracks,
        options: &WriteOptions,
        control: Control,
    ) -> Result<Box<dyn Writer>, WriteError> {
        let Self { mut part, ticks, kind, mut lock } = self;
        let fps = part.video.format.fps;
        let is_seen_alike = tracks.video.as_ref().is_some_and(|video| video.is_coded_as(&part.video));
        let is_heard_alike = match kind {
            Kind::File => part.is_heard_as(tracks.sound.as_ref()),
            // Transport streams hold less than the encoder says; all of what is there is compared.
            Kind::Playlist { .. } => part.sound.is_some() == tracks.sound.is_some(),
        };
        if !is_seen_alike || !is_heard_alike {
            let source = write::invalid(DIFFERENT.to_owned());
            return Err(WriteError { path: part.path, source });
        }
        let options = WriteOptions {
            force: true,
            expected_duration: Some(fps.tick(ticks.end).since(fps.tick(ticks.start))),
            ..options.clone()
        };
        let grid = part.sound.as_ref().map(|sound| sound.grid);
        let first_packet = |grid| packets_between(fps, grid, ticks.start, ticks.start + part.ticks);
        let samples = grid.map_or(0, |grid| first_packet(grid) * grid.samples);
        let (inner, left): (Box<dyn Writer>, _) = match kind {
            Kind::File => {
                let left = Left::of(output);
                // Otherwise the file that is locked is overwritten.
                lock = lock.filter(|_| part.path == left.part());
                part.path = left.keep(&part.path)?;
                let sound = part.sound.as_ref().map(|sound| sound.config.clone());
                let whole = Tracks { video: Some(part.video.clone()), sound };
                (write::create(output, &whole, &options)?, Some(left))
            }
            Kind::Playlist { segments } => {
                let whole = playlist::whole_tracks(tracks, fps, ticks.start, part.ticks);
                (Box::new(HlsWriter::go_on(output, &whole, &options, segments, lock.take())?), None)
            }
        };
        Ok(Box::new(Continued {
            inner,
            ticks: i64::try_from(part.ticks).unwrap_or(i64::MAX),
            samples,
            samples_there: 0,
            to_copy: Some((part, lock)),
            left,
            control,
        }))
    }
}

const DIFFERENT: &str = "it was encoded with other settings; go on with those, or begin again with --force";

/// Puts packets behind what is there.
struct Continued {
    inner: Box<dyn Writer>,
    /// What is beside a file, and removed at the end.
    left: Option<Left>,
    control: Control,
    /// What is there, until it is copied.
    to_copy: Option<(Box<Part>, Option<WritingLock>)>,
    /// How much later packets are than they say: video in ticks, sound in samples.
    ticks: i64,
    samples: i64,
    /// Where the sound ends that is there already.
    samples_there: i64,
}

impl Continued {
    /// Copies what is there, with pictures decoded so many ticks before they are shown as the encoder has it: the few of a short
    /// file may not show how many those are.
    fn copy(&mut self, delay: i64) -> Result<(), WriteError> {
        let Some((part, _lock)) = self.to_copy.take() else { return Ok(()) };
        let mut joined = Joined::default();
        let place = Place { delay: part.delay.max(delay), ..Place::default() };
        copy(&part, place, &mut joined, &mut *self.inner, &self.control).map_err(|error| match error {
            ConcatError::Write(error) => error,
            error => WriteError { path: part.path.clone(), source: io::Error::other(error) },
        })?;
        let samples = part.sound.as_ref().map_or(0, |sound| sound.grid.samples);
        self.samples_there = i64::try_from(joined.sound_packets).unwrap_or(i64::MAX).saturating_mul(samples);
        Ok(())
    }
}

impl Writer for Continued {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.copy(-packet.dts)?;
        self.inner.video(later(packet, self.ticks))
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.copy(0)?;
        let packet = later(packet, self.samples);
        if packet.pts < self.samples_there { Ok(()) } else { self.inner.sound(packet) }
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        if self.left.is_none() && self.to_copy.is_some() {
            // A playlist stays as it is where nothing is added.
            return Ok(());
        }
        self.copy(0)?;
        self.inner.finish()?;
        self.left.map_or(Ok(()), |left| left.forget())
    }
}

fn later(packet: EncodedPacket, by: i64) -> EncodedPacket {
    EncodedPacket { pts: packet.pts.saturating_add(by), dts: packet.dts.saturating_add(by), ..packet }
}

#[cfg(test)]
mod tests;
