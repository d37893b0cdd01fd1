//! What encoders have in common: raw samples go into a child, and a thread takes the packets that come out.
//!
//! The thread reads whatever comes, so that writing never waits for somebody to take packets. It holds no more than the encoder
//! makes of what was written, which the caller takes with every call.

use std::ffi::OsString;
use std::io;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use super::child::Child;
use super::fragments::{Fragment, Fragments, Piece, Track};
use super::program::Ffmpeg;
use crate::encode::EncodeError;

/// How long an encoder may think about a frame before it counts as stuck. The slowest take seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// A running encoder.
pub(super) struct Encoding {
    child: Child,
    pieces: Receiver<io::Result<Piece>>,
    name: String,
    track: Option<Track>,
    is_over: bool,
}

impl Encoding {
    /// Starts the program: samples as `input` says from stdin, encoded as `output` says.
    pub(super) fn start(
        ffmpeg: &Ffmpeg,
        encoder: &str,
        input: &[String],
        output: &[String],
    ) -> Result<Self, EncodeError> {
        let name = format!("{encoder} (ffmpeg {})", ffmpeg.version());
        let failed = |problem: String| EncodeError { encoder: name.clone(), problem };
        if !ffmpeg.has_encoder(encoder) {
            return Err(failed(format!("{} was built without it", ffmpeg.program().display())));
        }
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
        add(&[
            "-hide_banner",
            "-nostdin",
            "-nostats",
            "-loglevel",
            "repeat+level+error",
            "-filter_threads",
            "1",
        ]);
        add(&input.iter().map(String::as_str).collect::<Vec<_>>());
        add(&["-i", "pipe:0", "-c", encoder]);
        add(&output.iter().map(String::as_str).collect::<Vec<_>>());
        // The header waits for the first packet, since some encoders know their configuration no earlier.
        add(&[
            "-movflags",
            "frag_every_frame+empty_moov+default_base_moof+delay_moov",
            "-flush_packets",
            "1",
        ]);
        add(&["-f", "mp4", "pipe:1"]);

        let child = Child::spawn(ffmpeg.program(), &arguments, PATIENCE, |_| false);
        let mut child = child.map_err(|error| failed(error.to_string()))?;
        let stdout = child.take_stdout().ok_or_else(|| failed("it has no stdout".to_owned()))?;
        let (sender, pieces) = mpsc::channel();
        let read = move || {
            let mut fragments = Fragments::new(io::BufReader::with_capacity(1 << 16, stdout));
            while let Some(piece) = fragments.next().transpose() {
                let is_last = piece.is_err();
                if sender.send(piece).is_err() || is_last {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("ffmpeg-packets".to_owned()).spawn(read);
        thread.map_err(|error| failed(error.to_string()))?;
        Ok(Self { child, pieces, name, track: None, is_over: false })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What the program says of the track; known before its first packet is out.
    pub(super) const fn track(&self) -> Option<&Track> {
        self.track.as_ref()
    }

    /// Has `write` write samples, and gives the packets that are out.
    pub(super) fn feed(
        &mut self,
        write: impl FnOnce(&mut Child) -> io::Result<()>,
    ) -> Result<Vec<Fragment>, EncodeError> {
        if let Err(error) = write(&mut self.child) {
            return Err(self.broken(&error.to_string()));
        }
        let mut packets = Vec::new();
        loop {
            match self.pieces.try_recv() {
                Ok(piece) => packets.extend(self.take(piece)?),
                Err(TryRecvError::Empty) => return Ok(packets),
                Err(TryRecvError::Disconnected) => return Err(self.broken("it ended before its input")),
            }
        }
    }

    /// Tells the program that nothing follows, and gives the packets that it held back.
    pub(super) fn finish(&mut self) -> Result<Vec<Fragment>, EncodeError> {
        let mut packets = Vec::new();
        if std::mem::replace(&mut self.is_over, true) {
            return Ok(packets);
        }
        self.child.close_stdin();
        while let Ok(piece) = self.child.wait_for(|| self.pieces.recv()) {
            packets.extend(self.take(piece)?);
        }
        self.child.ended().map_err(|problem| self.failed(problem))?;
        Ok(packets)
    }

    fn take(&mut self, piece: io::Result<Piece>) -> Result<Option<Fragment>, EncodeError> {
        match piece {
            Ok(Piece::Packet(packet)) => Ok(Some(packet)),
            Ok(Piece::Track(track)) => {
                self.track = Some(track);
                Ok(None)
            }
            Err(error) => Err(self.broken(&format!("its packets cannot be read: {error}"))),
        }
    }

    /// What the program says of its end, else `problem`.
    fn broken(&mut self, problem: &str) -> EncodeError {
        self.is_over = true;
        let said = self.child.ended().err();
        self.failed(said.unwrap_or_else(|| problem.to_owned()))
    }

    pub(super) fn failed(&self, problem: String) -> EncodeError {
        EncodeError { encoder: self.name.clone(), problem }
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}
