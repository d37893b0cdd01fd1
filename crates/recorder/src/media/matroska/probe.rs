//! What a file holds, and when.

use polyptych::Timestamp;

use super::blocks::{Block, Blocks, Step};
use super::header::{Header, Track};
use super::reader::{Stamps, clusters};
use crate::media::input::Input;
use crate::media::packet_length::samples_of;
use crate::media::{Container, Contents, MediaError, SoundTrack, TrackKind, VideoTrack, clock};

/// How many blocks of video are looked at for the earliest: pictures may be stored before those that are presented
/// before them.
const REORDERED_BLOCKS: u32 = 16;
/// How long a track is waited for once the other has begun, in nanoseconds: what is stored later begins later.
const LATE_NANOS: i64 = 2_000_000_000;

/// A track and what is known of its times, in the container's count.
struct Timed<'a> {
    track: &'a Track,
    stamps: Stamps,
    sound: Option<&'a SoundTrack>,
    seen: u32,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl<'a> Timed<'a> {
    fn all(header: &'a Header) -> Vec<Self> {
        let new = |track: &'a Track, sound| Self {
            track,
            stamps: Stamps { scale: header.scale, codec_delay: track.codec_delay },
            sound,
            seen: 0,
            start: None,
            end: None,
            last: None,
        };
        let video = header.video.iter().map(|(track, _)| new(track, None));
        video.chain(header.sound.iter().map(|(track, sound)| new(track, Some(sound)))).collect()
    }

    /// Takes in the first times; the codec's delay is not presented.
    fn begin(&mut self, block: &Block) {
        self.seen += 1;
        let at = self.stamps.at(block);
        let delay = std::time::Duration::from_nanos(self.track.codec_delay);
        let at = if self.sound.is_some() { at + delay } else { at };
        if self.sound.is_none() || self.seen == 1 {
            self.start = Some(self.start.map_or(at, |start| start.min(at)));
        }
    }

    fn has_begun(&self) -> bool {
        self.seen >= if self.sound.is_some() { 1 } else { REORDERED_BLOCKS }
    }

    /// Takes in when a block ends: by its duration, else that of what it holds, else that of the one before.
    fn finish(&mut self, input: &mut Input, block: &Block) -> Result<(), MediaError> {
        let at = self.stamps.at(block);
        let mut length = block.duration.map(|ticks| i128::from(ticks) * i128::from(self.stamps.scale));
        if let Some(sound) = self.sound {
            let (from, end) = block.data;
            let bytes = end.saturating_sub(from);
            let head = input.peek(from, bytes.min(2) as usize)?;
            let coded = samples_of(sound, head, bytes).map(i128::from);
            let coded = coded.map(|samples| samples * 1_000_000_000 / i128::from(sound.sample_rate.max(1)));
            length = coded.map(|nanos| nanos - i128::from(block.padding.max(0))).or(length);
        }
        let length = length.or(self.track.default_duration.map(i128::from)).unwrap_or_else(|| {
            self.last.map_or(0, |last| i128::from(at.as_nanos()) - i128::from(last.as_nanos()))
        });
        let end = at + clock::length(length, 1_000_000_000);
        self.end = Some(self.end.map_or(end, |known| known.max(end)));
        self.last = Some(at);
        Ok(())
    }

    fn span(&self, zero: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let (start, end) = (clock::since(self.start?, zero), clock::since(self.end?, zero));
        Some((start, end.max(start)))
    }
}

fn earliest(tracks: &[Timed<'_>]) -> Timestamp {
    tracks.iter().filter_map(|timed| timed.start).min().unwrap_or(Timestamp::ZERO)
}

/// Finds when the tracks begin.
fn begin<'a>(input: &mut Input, header: &'a Header) -> Result<Vec<Timed<'a>>, MediaError> {
    let mut tracks = Timed::all(header);
    let mut walk = Blocks::from(header.clusters);
    while let Some(block) = walk.next_block(input)? {
        let at = Stamps { scale: header.scale, codec_delay: 0 }.at(&block);
        let zero = earliest(&tracks);
        let is_late = at.as_nanos().saturating_sub(zero.as_nanos()) > LATE_NANOS;
        let some_began = tracks.iter().any(|timed| timed.seen > 0);
        if tracks.iter().all(Timed::has_begun) || some_began && is_late {
            break;
        }
        if let Some(timed) = tracks.iter_mut().find(|timed| timed.track.number == block.track)
            && !timed.has_begun()
        {
            timed.begin(&block);
        }
    }
    Ok(tracks)
}

/// The file's zero, in the container's count.
pub(super) fn zero(input: &mut Input, header: &Header) -> Result<Timestamp, MediaError> {
    Ok(earliest(&begin(input, header)?))
}

/// All that is known of a file by its headers, its first and its last clusters.
pub(super) fn contents(input: &mut Input, header: &Header) -> Result<Contents, MediaError> {
    let mut tracks = begin(input, header)?;
    let zero = earliest(&tracks);
    let mut remarks = header.remarks.clone();
    let found = clusters(input, header.clusters)?;
    let mut damage = None;
    let mut next = u64::MAX;
    for &(cluster, _) in found.iter().rev() {
        let open: Vec<u64> =
            tracks.iter().filter(|timed| timed.end.is_none()).map(|timed| timed.track.number).collect();
        if open.is_empty() {
            break;
        }
        let mut walk = Blocks::from(cluster).until(next);
        next = cluster;
        while let Some(step) = walk.step(input)? {
            match step {
                Step::Cluster(start) if start != cluster => break,
                Step::Block(block) if open.contains(&block.track) => {
                    if let Some(timed) = tracks.iter_mut().find(|timed| timed.track.number == block.track) {
                        // A track that begins late has its first time here.
                        if timed.seen == 0 {
                            timed.begin(&block);
                        }
                        timed.finish(input, &block)?;
                    }
                }
                _ => {}
            }
        }
        damage = damage.or(walk.damage);
    }
    if let Some(byte) = damage {
        remarks.push(format!("the file was cut off or is damaged at byte {byte}; what is whole is used"));
    }
    let span =
        |kind| tracks.iter().find(|timed| timed.track.kind == Some(kind)).and_then(|timed| timed.span(zero));
    Ok(Contents {
        container: Container::Matroska,
        video: header
            .video
            .as_ref()
            .map(|(_, track)| VideoTrack { span: span(TrackKind::Video), ..track.clone() }),
        sound: header
            .sound
            .as_ref()
            .map(|(_, track)| SoundTrack { span: span(TrackKind::Sound), ..track.clone() }),
        began: None,
        remarks,
    })
}
