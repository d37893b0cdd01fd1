//! The pictures of a file: its packets through a decoder, and what to do where they cannot be read.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use polyptych::Timestamp;

use super::{Counters, DecodeError, Picture, VideoDecoder, VideoSource};
use crate::media::{MediaError, Packet, PacketReader};

/// Reads one track through a decoder.
///
/// Packets before the first keyframe are skipped and counted. Where a packet is broken, that is told once, and what
/// follows is skipped up to the next keyframe.
pub struct DecodedVideo {
    path: PathBuf,
    packets: Box<dyn PacketReader>,
    decoder: Box<dyn VideoDecoder>,
    ready: VecDeque<Picture>,
    entry: Entry,
    /// Where the last [`VideoSource::seek`] went, until a picture from behind it is there.
    sought: Option<Timestamp>,
    /// Of the last picture that was given out.
    last: Option<Timestamp>,
    is_ended: bool,
    counters: Counters,
}

/// Where decoding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// Nothing can be decoded before a keyframe.
    NeedsKey,
    /// It began with the keyframe of this time. What follows it and is presented before it may refer to pictures before
    /// the keyframe, which are not there.
    Began(Timestamp),
    /// It is under way.
    Done,
}

impl DecodedVideo {
    /// Reads `packets`, which come from `path`.
    #[must_use]
    pub fn new(path: &Path, packets: Box<dyn PacketReader>, decoder: Box<dyn VideoDecoder>) -> Self {
        Self {
            path: path.to_owned(),
            packets,
            decoder,
            ready: VecDeque::new(),
            entry: Entry::NeedsKey,
            sought: None,
            last: None,
            is_ended: false,
            counters: Counters::default(),
        }
    }

    /// What has been done with packets and pictures so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The next picture as the decoder gives it.
    fn next_decoded(&mut self) -> Result<Option<Picture>, MediaError> {
        loop {
            if let Some(picture) = self.ready.pop_front() {
                return Ok(Some(picture));
            }
            if self.is_ended {
                return Ok(None);
            }
            match self.packets.next_packet()? {
                Some(packet) => self.take(&packet)?,
                None => self.finish()?,
            }
        }
    }

    fn take(&mut self, packet: &Packet) -> Result<(), MediaError> {
        self.entry = match self.entry {
            Entry::NeedsKey if packet.is_key => Entry::Began(packet.at),
            Entry::Began(start) if packet.is_key || packet.at >= start => Entry::Done,
            Entry::NeedsKey | Entry::Began(_) => {
                self.counters.skipped += 1;
                return Ok(());
            }
            Entry::Done => Entry::Done,
        };
        let mut pictures = Vec::new();
        let result = self.decoder.decode(packet, &mut pictures);
        self.gather(pictures);
        result.map_err(|error| {
            self.entry = Entry::NeedsKey;
            self.counters.broken += 1;
            self.refuse(packet.at, &error)
        })
    }

    fn finish(&mut self) -> Result<(), MediaError> {
        self.is_ended = true;
        let mut pictures = Vec::new();
        let result = self.decoder.flush(&mut pictures);
        self.gather(pictures);
        result.map_err(|error| MediaError::Malformed { path: self.path.clone(), problem: error.to_string() })
    }

    /// Pictures that come behind a later one cannot be shown any more: a stream that is out of its own order.
    fn gather(&mut self, pictures: Vec<Picture>) {
        for picture in pictures {
            if self.last.is_some_and(|last| picture.at < last) {
                self.counters.late += 1;
                continue;
            }
            self.last = Some(picture.at);
            self.counters.decoded += 1;
            self.ready.push_back(picture);
        }
    }

    fn refuse(&self, at: Timestamp, error: &DecodeError) -> MediaError {
        MediaError::Malformed { path: self.path.clone(), problem: format!("at {at}: {error}") }
    }
}

impl VideoSource for DecodedVideo {
    fn next_picture(&mut self) -> Result<Option<Picture>, MediaError> {
        let Some(sought) = self.sought else { return self.next_decoded() };
        let mut newest = None;
        loop {
            // An error leaves what was found so far for the next call.
            let next = match self.next_decoded() {
                Ok(next) => next,
                Err(error) => {
                    self.ready.extend(newest);
                    return Err(error);
                }
            };
            match next {
                Some(picture) if picture.at <= sought => newest = Some(picture),
                Some(picture) if newest.is_none() => {
                    self.sought = None;
                    return Ok(Some(picture));
                }
                behind => {
                    self.sought = None;
                    if let Some(picture) = behind {
                        self.ready.push_front(picture);
                    }
                    return Ok(newest);
                }
            }
        }
    }

    fn seek(&mut self, at: Timestamp) -> Result<(), MediaError> {
        self.packets.seek(at)?;
        // What the decoder holds back belongs to where reading stood before.
        let _ = self.decoder.flush(&mut Vec::new());
        self.ready.clear();
        self.entry = Entry::NeedsKey;
        (self.sought, self.last, self.is_ended) = (Some(at), None, false);
        Ok(())
    }
}
