//! Joins the parts of a recording, without encoding again.
//!
//! Every part begins with a keyframe, so its frames follow those of the part before. Parts' sound overlaps by the packets that
//! both need to play alone; they lie on one grid, and each is taken once, from the earlier part. So a decoder goes from one
//! part's sound to the other's as if one encoder had made them.
//!
//! Every part is read twice: once to see that all fit together, before anything is written, and once to be copied.

mod part;

use std::io;
use std::path::{Path, PathBuf};

use crate::encode::EncodedPacket;
use crate::media::{self, MediaError, PacketReader, Reach, TrackKind};
use crate::render::{Control, first_sample_of, is_not_after};
use crate::write::{self, Tracks, WriteError, WriteOptions, Writer};
pub(crate) use part::{Part, PartSound};

/// What was joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Frames written.
    pub ticks: u64,
    /// Packets of sound written.
    pub sound_packets: u64,
}

/// Why parts cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum ConcatError {
    /// There are none.
    #[error("no parts are named")]
    NoParts,
    /// One cannot be read.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// One is not what `render` makes of a part, or does not follow the one before it.
    #[error("{}: {problem}", path.display())]
    Part {
        /// Which.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
    /// The joined file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ConcatError {
    pub(crate) fn part(path: &Path, problem: impl Into<String>) -> Self {
        Self::Part { path: path.to_owned(), problem: problem.into() }
    }
}

/// Joins MP4, WebM or Matroska files that were rendered as parts of one recording, in the order given, into one file of any format that
/// holds their codecs. [`WriteOptions::expected_duration`] is that of all parts, whatever is given.
///
/// # Errors
/// [`ConcatError`] where a part cannot be read or does not fit the others; nothing is written then.
pub fn concat(parts: &[PathBuf], output: &Path, options: &WriteOptions) -> Result<Joined, ConcatError> {
    let parts = parts.iter().map(|path| Part::look(path)).collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = parts.split_first() else { return Err(ConcatError::NoParts) };
    for part in others {
        first.check_fits(part)?;
    }
    let fps = first.video.format.fps;
    let ticks = parts.iter().map(|part| part.ticks).sum();
    let sound = first.sound.as_ref().map(|sound| sound.config.clone());
    let tracks = Tracks { video: Some(first.video.clone()), sound };
    let expected_duration = Some(fps.tick(ticks).since(fps.tick(0)));
    let options = WriteOptions { expected_duration, ..options.clone() };
    // What does not follow is found before anything is written.
    let starts = sound_starts(&parts)?;

    let mut writer = write::create(output, &tracks, &options)?;
    let delay = parts.iter().map(|part| part.delay).max().unwrap_or(0);
    let mut joined = Joined::default();
    for (index, (part, sound_start)) in parts.iter().zip(starts).enumerate() {
        let place = Place { sound_start, delay, is_last: index + 1 == parts.len() };
        copy(part, place, &mut joined, &mut *writer, &Control::default())?;
    }
    writer.finish()?;
    Ok(joined)
}

/// Where each part's first packet of sound lies among all packets, in samples.
fn sound_starts(parts: &[Part]) -> Result<Vec<i64>, ConcatError> {
    let (mut ticks, mut end, mut starts) = (0, 0, Vec::with_capacity(parts.len()));
    let priming = |sound: &PartSound| i64::from(sound.config.priming());
    let whole_priming = parts.first().and_then(|part| part.sound.as_ref()).map_or(0, priming);
    for part in parts {
        let fps = part.video.format.fps;
        let mut start = 0;
        if let Some(sound) = &part.sound {
            let samples = sound.grid.samples;
            let exact = first_sample_of(fps, ticks) + whole_priming - priming(sound);
            // A tick's time may be rounded otherwise when it is counted from another beginning.
            start = (exact + samples / 2).div_euclid(samples) * samples;
            if start.abs_diff(exact) > 1 || start < 0 {
                let problem = "its sound does not begin where that of the parts before ends: another recording, another order, \
                               or a part is missing";
                return Err(ConcatError::part(&part.path, problem));
            }
            if start > end {
                let problem = format!("{} samples of sound are missing before it", start - end);
                return Err(ConcatError::part(&part.path, problem));
            }
            end = end.max(start + sound.packets * samples);
        }
        starts.push(start);
        ticks += part.ticks;
    }
    Ok(starts)
}

/// Where a part's packets go.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// Where its first packet of sound lies among all packets, in samples.
    pub(crate) sound_start: i64,
    /// Ticks that decoding is ahead of presentation at the beginning of the whole.
    pub(crate) delay: i64,
    /// Whether nothing follows it.
    pub(crate) is_last: bool,
}

/// Copies a part's packets behind those that were written: of its video the first [`Part::ticks`].
///
/// # Errors
/// Where one cannot be read or written, and where it is stopped.
pub(crate) fn copy(
    part: &Part,
    place: Place,
    joined: &mut Joined,
    writer: &mut dyn Writer,
    control: &Control,
) -> Result<(), ConcatError> {
    let fps = part.video.format.fps;
    let mut pictures = media::packets(&part.path, Reach::Folder, TrackKind::Video)?;
    let packets = |sound| Pieces::new(part, sound, place);
    let mut pieces = part.sound.as_ref().map(packets).transpose()?;
    let base = i64::try_from(joined.ticks).unwrap_or(i64::MAX);
    let end = joined.ticks.saturating_add(part.ticks);
    let mut next_picture = |joined: &Joined| -> Result<Option<EncodedPacket>, ConcatError> {
        if joined.ticks >= end {
            return Ok(None);
        }
        let Some(packet) = pictures.next_packet()? else { return Ok(None) };
        let dts = i64::try_from(joined.ticks).unwrap_or(i64::MAX) - place.delay;
        let pts = base + part.tick_of(packet.at)?;
        let data = part.sample(packet.data);
        Ok(Some(EncodedPacket { pts, dts, duration: 1, is_key: packet.is_key, data }))
    };
    let mut next_piece = |joined: &Joined| match &mut pieces {
        Some(pieces) => pieces.next(joined),
        None => Ok(None),
    };
    let (mut picture, mut piece) = (next_picture(joined)?, next_piece(joined)?);
    loop {
        if control.is_stopped() {
            let what = "stopped while it was copied; it stays to be gone on with";
            let source = io::Error::new(io::ErrorKind::Interrupted, what);
            return Err(WriteError { path: part.path.clone(), source }.into());
        }
        let is_videos_turn = match (&picture, &piece) {
            (None, None) => return Ok(()),
            (Some(picture), Some(piece)) => is_not_after(picture.dts, fps, piece.dts),
            (picture, _) => picture.is_some(),
        };
        if is_videos_turn {
            if let Some(packet) = picture.take() {
                writer.video(packet)?;
                joined.ticks += 1;
            }
            picture = next_picture(joined)?;
        } else {
            if let Some(packet) = piece.take() {
                writer.sound(packet)?;
                joined.sound_packets += 1;
            }
            piece = next_piece(joined)?;
        }
    }
}

/// A part's packets of sound.
struct Pieces<'p> {
    sound: &'p PartSound,
    packets: Box<dyn PacketReader>,
    /// Where the next one lies among those of all parts, in samples.
    at: i64,
    /// How many are left that follow each other.
    left: i64,
    is_last: bool,
}

impl<'p> Pieces<'p> {
    fn new(part: &Part, sound: &'p PartSound, place: Place) -> Result<Self, ConcatError> {
        let packets = media::packets(&part.path, Reach::Folder, TrackKind::Sound)?;
        Ok(Self { sound, packets, at: place.sound_start, left: sound.packets_in_all, is_last: place.is_last })
    }

    /// The next one that no earlier part has had, and that no later part has whole.
    fn next(&mut self, joined: &Joined) -> Result<Option<EncodedPacket>, ConcatError> {
        let samples = self.sound.grid.samples;
        let written = i64::try_from(joined.sound_packets).unwrap_or(i64::MAX).saturating_mul(samples);
        while self.left > 0 {
            let Some(packet) = self.packets.next_packet()? else { break };
            let pts = self.at;
            self.at += samples;
            self.left -= 1;
            let heard = self.sound.heard_of(&packet);
            if pts >= written && (heard == samples || self.is_last) {
                let duration = u32::try_from(heard).unwrap_or_default();
                return Ok(Some(EncodedPacket { pts, dts: pts, duration, is_key: true, data: packet.data }));
            }
        }
        Ok(None)
    }
}
