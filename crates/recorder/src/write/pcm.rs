//! Mixed sound as it is, into a WAV file beside its place.

use std::path::Path;

use super::medium::Place;
use super::wav::WavWriter;
use super::{Tracks, WriteError, WriteOptions, Writer, unsupported};
use crate::encode::{EncodedPacket, TrackConfig, raw};

/// Puts packets of samples into a WAV file.
pub(super) struct PcmWriter {
    wav: WavWriter,
    place: Place,
    samples: Vec<f32>,
}

impl PcmWriter {
    pub fn create(path: &Path, tracks: &Tracks, options: &WriteOptions) -> Result<Self, WriteError> {
        let place = Place::new(path, options.force);
        if tracks.video.is_some() || tracks.sound != Some(TrackConfig::PcmF32) {
            return Err(place.error(unsupported("WAV holds sound alone, that no codec has made smaller")));
        }
        drop(place.create()?);
        let wav = WavWriter::create(place.part(), options.samples)?;
        Ok(Self { wav, place, samples: Vec::new() })
    }
}

impl Writer for PcmWriter {
    fn video(&mut self, _packet: EncodedPacket) -> Result<(), WriteError> {
        Err(self.place.error(unsupported("there is no place for video")))
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        raw::samples(&packet.data, &mut self.samples);
        self.wav.write(&self.samples)
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        let Self { wav, place, .. } = *self;
        wav.finish()?;
        place.settle()
    }
}
