//! Goes on with a rendering that was stopped or killed, without rendering or encoding again what is there.
//!
//! ```text
//!  talk.part.mp4   [ whole fragments | lost ]          left by who was killed; set aside as talk.earlier.mp4
//!  talk.part.mp4   [ copied to a keyframe  | rendered …
//! ```
//!
//! What is there is copied in front of what is rendered, so the file that is being written always holds all there is of the
//! recording, and may be stopped or killed again. Until the copy is whole, the file that it is made of stays.

use std::ops::Range;
use std::path::Path;

use polyptych::FrameRate;

use crate::concat::{ConcatError, Joined, PACKET_SAMPLES, Part, PartSound, copy};
use crate::encode::{EncodedPacket, TrackConfig};
use crate::sound::first_sample_at;
use crate::write::{self, Left, OutputFormat, Tracks, WriteError, WriteOptions, Writer};

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
    part: Part,
    ticks: Range<u64>,
}

/// Looks for what an earlier rendering of `ticks` to the MP4 file `output` has left: the file itself where it was stopped, the one
/// beside it where it was killed. All of it is read.
///
/// # Errors
/// Where `output` is there and is nothing that could be gone on with.
pub fn find(output: &Path, ticks: Range<u64>, fps: FrameRate) -> Result<Found, ConcatError> {
    let look = |path: &Path| {
        let part = Part::look_begun(path)?;
        let theirs = part.video.format.fps;
        if theirs != fps {
            let rates = [theirs, fps].map(|fps| format!("{}/{}", fps.num(), fps.den()));
            let problem = format!("it has {} frames a second, and the recording {}", rates[0], rates[1]);
            return Err(ConcatError::part(path, problem));
        }
        Ok((last_cut(&part, &ticks, fps), part))
    };
    let in_place = if output.exists() { Some(look(output)?) } else { None };
    if in_place.as_ref().is_some_and(|(_, part)| part.ticks >= ticks.end - ticks.start) {
        return Ok(Found::Whole);
    }
    let is_in_place = in_place.is_some();
    // What has no frames yet cannot be read, and is no loss.
    let left = Left::of(output);
    let beside = [left.part(), left.set_aside()].map(|path| look(path).ok());
    let most = beside.into_iter().flatten().chain(in_place).max_by_key(|(cut, _)| *cut);
    match most.filter(|(cut, _)| *cut > 0) {
        Some((cut, part)) => Ok(Found::Begun(Begun { part: Part { ticks: cut, ..part }, ticks })),
        None if is_in_place => {
            Err(ConcatError::part(output, "nothing of it can be gone on with; --force begins again"))
        }
        None => Ok(Found::Nothing),
    }
}

/// After how many frames a rendering can go on: something is left to be rendered, and the sound is there up to where its own begins.
fn last_cut(part: &Part, ticks: &Range<u64>, fps: FrameRate) -> u64 {
    let is_heard = |cut: u64| {
        let sound = part.sound.as_ref();
        sound.is_none_or(|sound| packets_between(fps, ticks.start, ticks.start + cut) <= sound.packets)
    };
    let wanted = ticks.end - ticks.start;
    part.cuts.iter().rev().copied().find(|cut| *cut < wanted && is_heard(*cut)).unwrap_or(0)
}

/// How many packets of sound the first one of a part that begins at tick `to` lies behind that of one that begins at `from`: all lie
/// on one grid.
fn packets_between(fps: FrameRate, from: u64, to: u64) -> i64 {
    let [from, to] = [from, to].map(|tick| first_sample_at(fps.tick(tick)).div_euclid(PACKET_SAMPLES));
    to - from
}

impl Begun {
    /// The ticks that are left to be rendered.
    #[must_use]
    pub fn left(&self) -> Range<u64> {
        self.ticks.start + self.part.ticks..self.ticks.end
    }

    /// Makes the writer that has what is there and takes the packets of what is left, counted from its beginning.
    /// [`WriteOptions::expected_duration`] is that of all, whatever is given.
    ///
    /// # Errors
    /// Where `tracks` are not encoded as what is there, or it cannot be copied. It is left as it was then.
    pub fn go_on(
        self,
        output: &Path,
        tracks: &Tracks,
        options: &WriteOptions,
    ) -> Result<Box<dyn Writer>, WriteError> {
        let Self { mut part, ticks } = self;
        let fps = part.video.format.fps;
        let refused = |source| WriteError { path: part.path.clone(), source };
        let sound = |config: &TrackConfig| match config {
            TrackConfig::Aac { config, .. } => Some(config.clone()),
            _ => None,
        };
        let before = part.sound.as_ref().map(|sound| sound.config.clone());
        if tracks.video.as_ref() != Some(&part.video) || tracks.sound.as_ref().and_then(sound) != before {
            return Err(refused(write::invalid(DIFFERENT.to_owned())));
        }
        let left = Left::of(output);
        part.path = left.keep(&part.path)?;
        let options = WriteOptions {
            format: Some(OutputFormat::Mp4),
            force: true,
            expected_duration: Some(fps.tick(ticks.end).since(fps.tick(ticks.start))),
            ..options.clone()
        };
        let whole = Tracks {
            video: Some(part.video.clone()),
            sound: part.sound.as_ref().map(PartSound::track_config),
        };
        let mut writer = write::create(output, &whole, &options)?;
        let mut joined = Joined::default();
        copy(&part, 0, part.delay, &mut joined, &mut *writer).map_err(|error| match error {
            ConcatError::Write(error) => error,
            error => WriteError { path: part.path.clone(), source: std::io::Error::other(error) },
        })?;
        let first_packet = packets_between(fps, ticks.start, ticks.start + part.ticks);
        Ok(Box::new(Continued {
            inner: writer,
            left,
            ticks: i64::try_from(part.ticks).unwrap_or(i64::MAX),
            samples: first_packet * PACKET_SAMPLES,
            samples_there: i64::try_from(joined.sound_packets)
                .unwrap_or(i64::MAX)
                .saturating_mul(PACKET_SAMPLES),
        }))
    }
}

const DIFFERENT: &str = "it was encoded with other settings; go on with those, or begin again with --force";

/// Puts packets behind what is there.
struct Continued {
    inner: Box<dyn Writer>,
    left: Left,
    /// How much later packets are than they say: video in ticks, sound in samples.
    ticks: i64,
    samples: i64,
    /// Where the sound ends that is there already.
    samples_there: i64,
}

impl Writer for Continued {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        self.inner.video(later(packet, self.ticks))
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let packet = later(packet, self.samples);
        if packet.pts < self.samples_there { Ok(()) } else { self.inner.sound(packet) }
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        self.inner.finish()?;
        self.left.forget()
    }
}

fn later(packet: EncodedPacket, by: i64) -> EncodedPacket {
    EncodedPacket { pts: packet.pts.saturating_add(by), dts: packet.dts.saturating_add(by), ..packet }
}

#[cfg(test)]
mod tests;
