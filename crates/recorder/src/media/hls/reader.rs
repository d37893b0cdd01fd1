//! The packets of one track, run by run.

use std::path::PathBuf;

use polyptych::Timestamp;

use super::super::{MediaError, Packet, PacketReader, SoundTrack, TrackKind, VideoTrack};
use super::run::Run;

/// Reads one run after the other.
pub(super) struct HlsReader {
    playlist: PathBuf,
    runs: Vec<Run>,
    track: TrackKind,
    /// The run that is read, or comes next.
    index: usize,
    current: Option<Box<dyn PacketReader>>,
    /// What packets are, as it was told last.
    video: Option<VideoTrack>,
    sound: Option<SoundTrack>,
    /// To be told with the next packet.
    change: Option<Box<VideoTrack>>,
}

impl HlsReader {
    /// From the first packet on.
    ///
    /// # Errors
    /// Where no run has such a track.
    pub fn new(playlist: PathBuf, runs: Vec<Run>, track: TrackKind) -> Result<Self, MediaError> {
        let (mut video, mut sound, mut failure) = (None, None, None);
        for run in &runs {
            match run.contents() {
                Ok(contents) => (video, sound) = (contents.video, contents.sound),
                Err(error) => failure = failure.or(Some(error)),
            }
            if matches!(track, TrackKind::Video) && video.is_some()
                || matches!(track, TrackKind::Sound) && sound.is_some()
            {
                return Ok(Self {
                    playlist,
                    runs,
                    track,
                    index: 0,
                    current: None,
                    video,
                    sound,
                    change: None,
                });
            }
        }
        Err(failure.unwrap_or_else(|| super::super::no_track(&playlist, track)))
    }

    /// Opens the run that is next; `None` where it has no such track.
    fn open(&mut self) -> Result<Option<Box<dyn PacketReader>>, MediaError> {
        let Some(run) = self.runs.get(self.index) else { return Ok(None) };
        if self.runs.len() > 1 {
            let contents = run.contents()?;
            match self.track {
                TrackKind::Video => {
                    let Some(track) = contents.video else { return Ok(None) };
                    let is_like = self.video.as_ref().is_some_and(|known| is_like(known, &track));
                    self.change = (!is_like).then(|| Box::new(track.clone()));
                    self.video = Some(track);
                }
                TrackKind::Sound => {
                    let Some(track) = contents.sound else { return Ok(None) };
                    let known = self
                        .sound
                        .as_ref()
                        .map(|known| (&known.codec, &known.config, known.sample_rate, known.channels));
                    if known != Some((&track.codec, &track.config, track.sample_rate, track.channels)) {
                        let what = format!("from {} on its sound is coded in another way", run.start);
                        return Err(MediaError::Unsupported { path: self.playlist.clone(), what });
                    }
                }
            }
        }
        run.packets(self.track).map(Some)
    }
}

impl PacketReader for HlsReader {
    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        loop {
            let Some(run) = self.runs.get(self.index) else { return Ok(None) };
            let Some(reader) = &mut self.current else {
                match self.open() {
                    Ok(Some(reader)) => self.current = Some(reader),
                    Ok(None) => self.index += 1,
                    Err(error) => {
                        self.index += 1;
                        return Err(error);
                    }
                }
                continue;
            };
            if let Some(mut packet) = reader.next_packet()? {
                packet.at = shift(packet.at, run);
                packet.change = packet.change.or(self.change.take());
                return Ok(Some(packet));
            }
            self.current = None;
            self.index += 1;
        }
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        let after = self.runs.partition_point(|run| run.start <= at);
        // What is presented then may be of a run before: later ones may begin with a gap, or lack the track.
        let is_early = |index: &usize| self.runs.get(*index).is_some_and(|run| run.begins_by(at, self.track));
        self.index = (0..after).rev().find(is_early).unwrap_or(0);
        self.current = None;
        let start = self.runs.get(self.index).map_or(Timestamp::ZERO, |run| run.start);
        if let Some(mut reader) = self.open()? {
            reader.seek(Timestamp::from_nanos(at.as_nanos().saturating_sub(start.as_nanos())))?;
            self.current = Some(reader);
        }
        Ok(())
    }
}

/// Whether a decoder for one goes on with the other.
fn is_like(known: &VideoTrack, other: &VideoTrack) -> bool {
    let look =
        |track: &VideoTrack| (track.size, track.rotation, track.pixel_aspect, track.matrix, track.range);
    known.codec == other.codec && known.config == other.config && look(known) == look(other)
}

/// A moment of a run as one of the playlist; saturates.
pub(super) fn shift(at: Timestamp, run: &Run) -> Timestamp {
    Timestamp::from_nanos(at.as_nanos().saturating_add(run.start.as_nanos()))
}
