//! What `moov` says: the tracks, and where each of their samples is (ISO/IEC 14496-12, 8.2 to 8.4).

use std::sync::Arc;

use polyptych::Rotation;

use super::boxes::{Box4, ElstBox, Fields, MdhdBox, MvhdBox, TkhdBox, TrexBox, title};
use super::description::{self, Description};
use super::edits::Edits;
use super::table::SampleTable;
use crate::media::ratio::reduced;
use crate::media::{TrackKind, VideoTrack};

/// A movie's first track of each kind.
#[derive(Default)]
pub(super) struct Movie {
    pub video: Option<Track>,
    pub sound: Option<Track>,
    /// Whether fragments may follow.
    pub is_fragmented: bool,
    /// What is odd, for people.
    pub remarks: Vec<String>,
}

/// One track of a movie.
pub(super) struct Track {
    pub id: u32,
    pub edits: Edits,
    pub descriptions: Arc<[Description]>,
    pub table: SampleTable,
    pub defaults: Defaults,
}

/// What holds for the samples of fragments that say nothing else (`trex`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defaults {
    pub description: u32,
    pub duration: u32,
    pub size: u32,
    pub flags: u32,
}

/// Why a track cannot be used.
pub(super) enum TrackError {
    /// Its boxes are not what they must be.
    Malformed(String),
    /// It asks for what is not done here.
    Unsupported(String),
}

impl Movie {
    /// Reads a `moov` of a file of `len` bytes.
    pub fn parse(moov: Box4<'_>, len: u64) -> Result<Self, TrackError> {
        let header: MvhdBox = needed(moov, b"mvhd")?.decode().map_err(TrackError::Malformed)?;
        let mut movie = Self { is_fragmented: moov.child(b"mvex").is_some(), ..Self::default() };
        for trak in moov.children().filter(|child| child.name == *b"trak") {
            let handler =
                trak.descend(&[b"mdia", b"hdlr"]).and_then(|hdlr| Fields::of(hdlr.body.get(8..)?).take(4));
            let kind = match handler {
                Some(b"vide") => TrackKind::Video,
                Some(b"soun") => TrackKind::Sound,
                _ => continue,
            };
            let (place, name) = match kind {
                TrackKind::Video => (&mut movie.video, "video"),
                TrackKind::Sound => (&mut movie.sound, "sound"),
            };
            if place.is_some() {
                let remark = format!("a second {name} track is not used");
                if !movie.remarks.contains(&remark) {
                    movie.remarks.push(remark);
                }
                continue;
            }
            let mut track = Track::parse(trak, moov, kind, &header, &mut movie.remarks)?;
            let listed = track.table.keep_whole(len);
            if track.table.count() < listed {
                let whole = track.table.count();
                movie.remarks.push(format!(
                    "the file was cut off: {whole} of {listed} packets of its {name} are there"
                ));
            }
            *place = Some(track);
        }
        Ok(movie)
    }
}

fn needed<'a>(parent: Box4<'a>, name: &[u8; 4]) -> Result<Box4<'a>, TrackError> {
    let missing = || TrackError::Malformed(format!("{} has no {}", parent.title(), title(*name)));
    parent.child(name).ok_or_else(missing)
}

impl Track {
    fn parse(
        trak: Box4<'_>,
        moov: Box4<'_>,
        kind: TrackKind,
        movie: &MvhdBox,
        remarks: &mut Vec<String>,
    ) -> Result<Self, TrackError> {
        let header: TkhdBox = needed(trak, b"tkhd")?.decode().map_err(TrackError::Malformed)?;
        let mdia = needed(trak, b"mdia")?;
        let media: MdhdBox = needed(mdia, b"mdhd")?.decode().map_err(TrackError::Malformed)?;
        let stbl = needed(needed(mdia, b"minf")?, b"stbl")?;
        let mut descriptions =
            description::parse_all(needed(stbl, b"stsd")?, kind).map_err(TrackError::Malformed)?;
        let mut table = SampleTable::parse(stbl).map_err(TrackError::Malformed)?;
        let (movie_scale, media_scale) = (movie.timescale.get(), media.timescale.get());
        let edits = match trak.descend(&[b"edts", b"elst"]) {
            Some(list) => {
                let list: ElstBox = list.decode().map_err(TrackError::Malformed)?;
                Edits::parse(&list, movie_scale, media_scale).map_err(TrackError::Unsupported)?
            }
            None => Edits::none(movie_scale, media_scale),
        };
        let rotation =
            turn(&header.matrix).zip(turn(&movie.matrix)).map(|(track, movie)| (track + movie) % 4);
        if kind == TrackKind::Video && rotation.is_none() {
            remarks.push("its matrix is no turn by quarters and is not used".to_owned());
        }
        for description in &mut descriptions {
            match description {
                Description::Video(video) => {
                    video.rotation = rotation_of(rotation.unwrap_or(0));
                    video.pixel_aspect = video.pixel_aspect.or_else(|| aspect_of(&header, video));
                }
                Description::Sound(sound) => {
                    if let Some(pcm) = sound.pcm {
                        table.correct_size(u32::from(pcm.bytes) * u32::from(sound.track.channels));
                    }
                }
            }
        }
        Ok(Self {
            id: header.track_id,
            edits,
            descriptions: descriptions.into(),
            table,
            defaults: Defaults::parse(moov, header.track_id),
        })
    }
}

impl Defaults {
    fn parse(moov: Box4<'_>, track_id: u32) -> Self {
        let extends = moov.child(b"mvex").into_iter().flat_map(Box4::children);
        let mut all =
            extends.filter(|child| child.name == *b"trex").filter_map(|trex| trex.decode::<TrexBox>().ok());
        all.find(|trex| trex.track_id == track_id)
            .map(|trex| Self {
                description: trex.default_sample_description_index,
                duration: trex.default_sample_duration,
                size: trex.default_sample_size,
                flags: trex.default_sample_flags.get(),
            })
            .unwrap_or_default()
    }
}

/// By how many quarters a matrix turns clockwise, whatever it scales; `None` where it does something else.
fn turn(matrix: &[i32; 9]) -> Option<u8> {
    let [a, b, _, c, d, ..] = *matrix;
    match (a.signum(), b.signum(), c.signum(), d.signum()) {
        (1, 0, 0, 1) => Some(0),
        (0, 1, -1, 0) => Some(1),
        (-1, 0, 0, -1) => Some(2),
        (0, -1, 1, 0) => Some(3),
        _ => None,
    }
}

fn rotation_of(quarters: u8) -> Rotation {
    match quarters % 4 {
        0 => Rotation::None,
        1 => Rotation::Clockwise90,
        2 => Rotation::Clockwise180,
        _ => Rotation::Clockwise270,
    }
}

/// The aspect of pixels from the size at which the track is to be shown, where that is not the size of its pictures.
fn aspect_of(header: &TkhdBox, video: &VideoTrack) -> Option<(i32, i32)> {
    let fixed = |integer: i16, fraction: u16| u64::from(integer.cast_unsigned()) << 16 | u64::from(fraction);
    let width = fixed(header.width.integer, header.width.fraction);
    let height = fixed(header.height.integer, header.height.fraction);
    let size = video.size?;
    let aspect = reduced(width * u64::from(size.height()), height * u64::from(size.width()))?;
    // Some recorders of turned video state the size as it is seen.
    let is_turned = width >> 16 == u64::from(size.height()) && height >> 16 == u64::from(size.width());
    (aspect != (1, 1) && !is_turned).then_some(aspect)
}
