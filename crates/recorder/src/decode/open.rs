//! Decides who decodes a file.

use std::path::Path;

use super::file::MediaFile;
use super::{supports_sound, supports_video};
use crate::ffmpeg::{self, Ffmpeg, Given, InputOptions};
use crate::media::{self, Container, Contents, MediaError, Packet, Reach, TrackKind, VideoCodec};

/// Who decodes, as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Whoever does it best. The built-in decoders decode sound, raw video, stills and H.264 where they can: a picture of H.264
    /// costs them no more than it costs the program `ffmpeg` and the pipe between the two. `ffmpeg`, where it is on the machine,
    /// decodes VP8 and VP9 in MP4 and Matroska, because it is faster, and all that the built-in decoders cannot. Other
    /// containers' timelines are pieced together here, and another program may do that in another way: their video is
    /// decoded by `ffmpeg` only where nothing else can.
    #[default]
    Auto,
    /// The built-in decoders only.
    Embedded,
    /// The program `ffmpeg` only.
    Ffmpeg,
}

/// Who decodes a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// A built-in decoder.
    Embedded,
    /// The program `ffmpeg`.
    Ffmpeg,
}

/// Looks into files and opens them with whom a [`Backend`] asks for.
#[derive(Clone, Debug)]
pub struct Decoders {
    backend: Backend,
    ffmpeg: Option<Ffmpeg>,
    options: InputOptions,
}

impl Decoders {
    /// Decoders as `backend` asks for, with `ffmpeg` where it is on the machine (see [`ffmpeg::find`]), run with
    /// `options`.
    #[must_use]
    pub fn new(backend: Backend, ffmpeg: Option<Ffmpeg>, options: InputOptions) -> Self {
        let ffmpeg = ffmpeg.filter(|_| backend != Backend::Embedded);
        Self { backend, ffmpeg, options }
    }

    /// Looks into a file: what it holds, and who decodes its tracks, so that what cannot be had is found before a render begins.
    /// `ffmpeg` is asked what it holds where it is of a kind that is not read here. `reach` is how far a playlist may lead.
    ///
    /// # Errors
    /// Where nobody can read it. A track that nobody can decode is an error of [`MediaFile::choice`].
    pub fn look(&self, path: &Path, reach: Reach) -> Result<MediaFile, MediaError> {
        let (contents, reader) = match (media::probe(path, reach), &self.ffmpeg) {
            (Ok(contents), _) => (contents, Choice::Embedded),
            (
                Err(error @ (MediaError::UnknownContainer { .. } | MediaError::Unsupported { .. })),
                Some(program),
            ) => (probe(program, path, reach).ok_or(error)?, Choice::Ffmpeg),
            (Err(error), _) => return Err(error),
        };
        let judge = |track| self.judge(path, reach, &contents, reader, track);
        let (video, sound) = (judge(TrackKind::Video)?, judge(TrackKind::Sound)?);
        Ok(MediaFile { path: path.to_owned(), reach, decoders: self.clone(), reader, video, sound, contents })
    }

    /// Who decodes a track; the reason where nobody can.
    fn judge(
        &self,
        path: &Path,
        reach: Reach,
        contents: &Contents,
        reader: Choice,
        track: TrackKind,
    ) -> Result<Judgement, MediaError> {
        if !has_track(contents, track) {
            let name = if track == TrackKind::Video { "video" } else { "sound" };
            return Ok(Err(format!("it holds no {name}")));
        }
        if self.backend == Backend::Ffmpeg && self.ffmpeg.is_none() {
            return Ok(Err(NO_PROGRAM.to_owned()));
        }
        let is_settled = self.backend == Backend::Ffmpeg || reader == Choice::Ffmpeg;
        if is_settled || self.prefers_ffmpeg(contents, track) {
            return Ok(Ok(Choice::Ffmpeg));
        }
        let reason = match first_packets(path, reach, track) {
            Ok(packets) => match supports(contents, track, &packets) {
                Ok(()) => return Ok(Ok(Choice::Embedded)),
                Err(reason) => reason,
            },
            Err(MediaError::Malformed { problem, .. }) => problem,
            Err(MediaError::Unsupported { what, .. }) => what,
            Err(error) => return Err(error),
        };
        Ok(match (&self.ffmpeg, self.backend) {
            (Some(_), _) => Ok(Choice::Ffmpeg),
            (None, Backend::Auto) => Err(format!("{reason}; {NO_PROGRAM}")),
            (None, _) => Err(reason),
        })
    }

    /// Whether `ffmpeg` decodes what the built-in decoders could decode as well.
    fn prefers_ffmpeg(&self, contents: &Contents, track: TrackKind) -> bool {
        let (Some(program), TrackKind::Video) = (&self.ffmpeg, track) else { return false };
        let is_plain = matches!(contents.container, Container::Mp4 | Container::Matroska);
        let is_faster = |codec: &VideoCodec| *codec != VideoCodec::H264 && program.decodes_video(codec);
        is_plain && contents.video.as_ref().is_some_and(|video| is_faster(&video.codec))
    }

    /// The program and how it is run.
    pub(super) fn program(&self) -> Option<(&Ffmpeg, &InputOptions)> {
        self.ffmpeg.as_ref().map(|program| (program, &self.options))
    }
}

/// What the program finds in a file, where it can read it; of a playlist, in what is taken of it here.
fn probe(program: &Ffmpeg, path: &Path, reach: Reach) -> Option<Contents> {
    let rewritten = media::rewritten(path, reach, TrackKind::Video).ok()?;
    let is_apart = rewritten.as_ref().is_some_and(|playlist| playlist.is_apart);
    let mut contents = ffmpeg::probe(program, Given::new(path, rewritten)).ok()?;
    if is_apart {
        contents.sound = None;
        contents
            .remarks
            .push("its sound is left out: nothing says when it begins beside its video".to_owned());
    }
    Some(contents)
}

/// Who decodes a track; the reason where nobody can.
pub(super) type Judgement = Result<Choice, String>;

pub(super) const NO_PROGRAM: &str = "ffmpeg is not on this machine";

fn has_track(contents: &Contents, track: TrackKind) -> bool {
    match track {
        TrackKind::Video => contents.video.is_some(),
        TrackKind::Sound => contents.sound.is_some(),
    }
}

/// Whether the built-in decoders can decode a track.
fn supports(contents: &Contents, track: TrackKind, packets: &[Packet]) -> Result<(), String> {
    match (track, &contents.video, &contents.sound) {
        (TrackKind::Video, Some(video), _) => supports_video(video, packets),
        (TrackKind::Sound, _, Some(sound)) => supports_sound(sound, packets),
        _ => Ok(()),
    }
}

/// The packets by which a track is judged: a second or more of most videos, with a keyframe and its parameter sets.
const FIRST_PACKETS: usize = 60;
/// And no more of them than these take.
const FIRST_BYTES: usize = 16 << 20;

/// Where there is no keyframe among so many packets, there is none in minutes.
const MAX_SKIPPED: usize = 10_000;

/// Packets from the first keyframe on. What cannot be read among them is told when it is its turn.
fn first_packets(path: &Path, reach: Reach, track: TrackKind) -> Result<Vec<Packet>, MediaError> {
    let mut reader = media::packets(path, reach, track)?;
    let (mut packets, mut bytes, mut skipped) = (Vec::new(), 0, 0);
    while packets.len() < FIRST_PACKETS && bytes < FIRST_BYTES {
        let Ok(Some(packet)) = reader.next_packet() else { break };
        if packets.is_empty() && !packet.is_key && skipped < MAX_SKIPPED {
            skipped += 1;
            continue;
        }
        bytes += packet.data.len();
        packets.push(packet);
    }
    Ok(packets)
}
