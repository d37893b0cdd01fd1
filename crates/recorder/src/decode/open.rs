//! Decides who decodes a file.

use std::path::Path;

use super::{
    DecodedSound, DecodedVideo, SoundSource, VideoSource, sound_decoder, supports_sound, supports_video,
    video_decoder,
};
use crate::ffmpeg::{self, Ffmpeg, InputOptions};
use crate::media::{self, Container, Contents, MediaError, Packet, TrackKind, VideoCodec};

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

/// Opens files with whom a [`Backend`] asks for.
#[derive(Clone)]
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

    /// What a file holds; `ffmpeg` is asked where it is of a kind that is not read here.
    ///
    /// # Errors
    /// Where nobody can read it.
    pub fn probe(&self, path: &Path) -> Result<Contents, MediaError> {
        let found = media::probe(path);
        match (&found, &self.ffmpeg) {
            (Err(MediaError::UnknownContainer { .. } | MediaError::Unsupported { .. }), Some(program)) => {
                ffmpeg::probe(program, path).or(found)
            }
            _ => found,
        }
    }

    /// Who would decode the track, without decoding it: what cannot be had is found here, before a render begins.
    ///
    /// # Errors
    /// Where the file cannot be read, has no such track, or nobody here can decode it: the reason, and who could.
    pub fn choose(&self, path: &Path, track: TrackKind) -> Result<Choice, MediaError> {
        if self.backend == Backend::Ffmpeg {
            return self.program(path).map(|_| Choice::Ffmpeg);
        }
        let contents = media::probe(path);
        if contents.as_ref().is_ok_and(|contents| !has_track(contents, track)) {
            return Err(no_track(path, track));
        }
        if self.prefers_ffmpeg(&contents, track) {
            return Ok(Choice::Ffmpeg);
        }
        match (contents.and_then(|contents| check(path, track, &contents)), &self.ffmpeg) {
            (Ok(()), _) => Ok(Choice::Embedded),
            (Err(MediaError::Io { path, source }), _) => Err(MediaError::Io { path, source }),
            (Err(_), Some(_)) => Ok(Choice::Ffmpeg),
            (Err(MediaError::Unsupported { path, what }), None) if self.backend == Backend::Auto => {
                Err(MediaError::Unsupported { path, what: format!("{what}; {NO_PROGRAM}") })
            }
            (Err(error), None) => Err(error),
        }
    }

    /// The pictures of a file.
    ///
    /// # Errors
    /// As [`Self::choose`], and where decoding cannot begin.
    pub fn open_video(&self, path: &Path) -> Result<Box<dyn VideoSource>, MediaError> {
        match self.choose(path, TrackKind::Video)? {
            Choice::Ffmpeg => {
                ffmpeg::open_video(self.program(path)?, path, media::probe(path).ok().as_ref(), &self.options)
            }
            Choice::Embedded => {
                let track = media::probe(path)?.video.ok_or_else(|| no_track(path, TrackKind::Video))?;
                let decoder = video_decoder(&track).map_err(|error| unsupported(path, error.to_string()))?;
                Ok(Box::new(DecodedVideo::new(path, media::packets(path, TrackKind::Video)?, decoder)))
            }
        }
    }

    /// The sound of a file.
    ///
    /// # Errors
    /// As [`Self::open_video`].
    pub fn open_sound(&self, path: &Path) -> Result<Box<dyn SoundSource>, MediaError> {
        match self.choose(path, TrackKind::Sound)? {
            Choice::Ffmpeg => {
                ffmpeg::open_sound(self.program(path)?, path, media::probe(path).ok().as_ref(), &self.options)
            }
            Choice::Embedded => {
                let track = media::probe(path)?.sound.ok_or_else(|| no_track(path, TrackKind::Sound))?;
                let decoder = sound_decoder(&track).map_err(|error| unsupported(path, error.to_string()))?;
                Ok(Box::new(DecodedSound::new(path, media::packets(path, TrackKind::Sound)?, decoder)))
            }
        }
    }

    fn program(&self, path: &Path) -> Result<&Ffmpeg, MediaError> {
        self.ffmpeg.as_ref().ok_or_else(|| unsupported(path, NO_PROGRAM.to_owned()))
    }

    /// Whether `ffmpeg` decodes what the built-in decoders could decode as well.
    fn prefers_ffmpeg(&self, contents: &Result<Contents, MediaError>, track: TrackKind) -> bool {
        let (Ok(contents), Some(program), TrackKind::Video) = (contents, &self.ffmpeg, track) else {
            return false;
        };
        let is_plain = matches!(contents.container, Container::Mp4 | Container::Matroska);
        let is_faster = |codec: &VideoCodec| *codec != VideoCodec::H264 && program.decodes_video(codec);
        is_plain && contents.video.as_ref().is_some_and(|video| is_faster(&video.codec))
    }
}

const NO_PROGRAM: &str = "ffmpeg is not on this machine";

fn unsupported(path: &Path, what: String) -> MediaError {
    MediaError::Unsupported { path: path.to_owned(), what }
}

fn no_track(path: &Path, track: TrackKind) -> MediaError {
    let name = if track == TrackKind::Video { "video" } else { "sound" };
    unsupported(path, format!("it holds no {name}"))
}

fn has_track(contents: &Contents, track: TrackKind) -> bool {
    match track {
        TrackKind::Video => contents.video.is_some(),
        TrackKind::Sound => contents.sound.is_some(),
    }
}

/// Whether the built-in decoders can decode a track.
fn check(path: &Path, track: TrackKind, contents: &Contents) -> Result<(), MediaError> {
    let checked = match track {
        TrackKind::Video => {
            let video = contents.video.as_ref().ok_or_else(|| no_track(path, track))?;
            supports_video(video, &first_packets(path, track)?)
        }
        TrackKind::Sound => {
            let sound = contents.sound.as_ref().ok_or_else(|| no_track(path, track))?;
            supports_sound(sound, &first_packets(path, track)?)
        }
    };
    checked.map_err(|reason| unsupported(path, reason))
}

/// The packets by which a track is judged: a second or more of most videos, with a keyframe and its parameter sets.
const FIRST_PACKETS: usize = 60;
/// And no more of them than these take.
const FIRST_BYTES: usize = 16 << 20;

/// Where there is no keyframe among so many packets, there is none in minutes.
const MAX_SKIPPED: usize = 10_000;

/// Packets from the first keyframe on. What cannot be read among them is told when
/// it is its turn.
fn first_packets(path: &Path, track: TrackKind) -> Result<Vec<Packet>, MediaError> {
    let mut reader = media::packets(path, track)?;
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
