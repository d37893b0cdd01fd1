//! Segments that follow each other on one clock read as one file.

use std::path::{Path, PathBuf};

use polyptych::Timestamp;

use super::super::input::{Input, Source};
use super::super::{Contents, MediaError, PacketReader, Reach, TrackKind, mp4, ts};
use super::TOLD;
use super::folder::Folder;
use super::joined::{Joined, Piece, ends};
use super::playlist::Segment;

/// A run of segments. There may be as many as a playlist has lines, so it is not cloned.
#[derive(Debug)]
pub(super) struct Run {
    /// The playlist that errors name.
    playlist: PathBuf,
    /// When its first segment begins by the durations of all before it, and when its last one ends.
    pub start: Timestamp,
    pub end: Timestamp,
    /// The map, where there is one, and the segments.
    pieces: Vec<Piece>,
    has_map: bool,
    /// How long each segment is, with what is missing behind it, in nanoseconds.
    durations: Vec<u64>,
}

/// What the segments are.
#[derive(Clone, Copy)]
enum Form {
    Ts,
    Mp4,
}

impl Run {
    /// A run without segments.
    pub fn new(playlist: &Path, start: u64, map: Option<Piece>) -> Self {
        let has_map = map.is_some();
        Self {
            playlist: playlist.to_owned(),
            start: moment(start),
            end: moment(start),
            pieces: map.into_iter().collect(),
            has_map,
            durations: Vec::new(),
        }
    }

    /// Adds a segment.
    pub fn push(&mut self, piece: Piece, nanos: u64) {
        self.pieces.push(piece);
        self.durations.push(nanos);
    }

    /// What stands before its segments.
    pub fn map(&self) -> Option<&Piece> {
        self.pieces.first().filter(|_| self.has_map)
    }

    /// Its segments, and how long each is with what is missing behind it.
    pub fn segments(&self) -> impl Iterator<Item = (&Piece, u64)> {
        self.pieces.iter().skip(usize::from(self.has_map)).zip(self.durations.iter().copied())
    }

    /// Whether it has a track, and pictures or sound of it at a moment of the playlist or before.
    pub fn begins_by(&self, at: Timestamp, track: TrackKind) -> bool {
        let Ok(contents) = self.contents() else { return false };
        let span = match track {
            TrackKind::Video => contents.video.map(|track| track.span),
            TrackKind::Sound => contents.sound.map(|track| track.span),
        };
        span.is_some_and(|span| span.is_none_or(|(from, _)| super::reader::shift(from, self) <= at))
    }

    /// Sees that it is media, bare sound too, and no playlist in a segment's place, whose names another program would follow.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn media(&self) -> Result<(), MediaError> {
        let refusal = match self.form() {
            Ok(_) => return Ok(()),
            Err(refusal @ MediaError::Unsupported { .. }) => refusal,
            Err(error) => return Err(error),
        };
        let mut input = self.input()?;
        let mut at = 0;
        // Behind tags (ID3v2.4, 3.1), which other programs skip before they judge.
        while let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = input.peek(at, 10)? {
            let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
            at += size + if flags & 0x10 == 0 { 10 } else { 20 };
        }
        match input.peek(at, 2)? {
            [0xff, 0xe0..=0xff] => Ok(()),
            _ => Err(refusal),
        }
    }

    /// What it holds, from its own zero on.
    pub fn contents(&self) -> Result<Contents, MediaError> {
        match self.form()? {
            Form::Ts => ts::contents(&mut || self.input(), &ends(&self.pieces)),
            Form::Mp4 => mp4::probe(self.input()?),
        }
    }

    /// A reader of one of its tracks.
    pub fn packets(&self, track: TrackKind) -> Result<Box<dyn PacketReader>, MediaError> {
        match self.form()? {
            Form::Ts => ts::reader(&mut || self.input(), &ends(&self.pieces), track),
            Form::Mp4 => mp4::packets(self.input()?, track),
        }
    }

    /// What the stamps say of its zero, in the container's own count.
    pub fn origin(&self) -> Result<Timestamp, MediaError> {
        match self.form()? {
            Form::Ts => ts::origin(self.input()?, &ends(&self.pieces)),
            Form::Mp4 => mp4::origin(self.input()?),
        }
    }

    /// Lets it begin and end later.
    pub fn delay(&mut self, nanos: i64) {
        let later = |at: Timestamp| Timestamp::from_nanos(at.as_nanos().saturating_add(nanos));
        (self.start, self.end) = (later(self.start), later(self.end));
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(Joined::new(self.pieces.clone()))
    }

    fn input(&self) -> Result<Input, MediaError> {
        Input::new(&self.playlist, self.source())
    }

    fn form(&self) -> Result<Form, MediaError> {
        let mut input = self.input()?;
        let head = input.peek(0, 12)?;
        match head {
            [0x47, ..] | [_, _, _, _, 0x47, ..] => Ok(Form::Ts),
            [_, _, _, _, b'f' | b's', b't', b'y', b'p', ..] => Ok(Form::Mp4),
            [_, _, _, _, b'm', b'o', b'o', b'v' | b'f', ..] => Ok(Form::Mp4),
            [b'I', b'D', b'3', ..] | [0xff, 0xf0..=0xff, ..] => Err(input.unsupported(
                "its segments are bare AAC or MP3; transport stream and fragmented MP4 are read",
            )),
            _ => Err(input.unsupported("its segments are neither transport stream nor fragmented MP4")),
        }
    }
}

/// Groups the segments that are there into runs: one goes on until clocks begin anew or another map applies. Times go on by the
/// stated durations; within a run they are what the stamps say, over segments that are missing too.
pub(super) fn runs(
    playlist: &Path,
    reach: Reach,
    segments: &[Segment],
    remarks: &mut Vec<String>,
) -> Result<Vec<Run>, MediaError> {
    let folder = Folder::of(playlist, reach)?;
    let (mut runs, mut at, mut missing) = (Vec::<Run>::new(), 0_u64, 0_usize);
    let mut map = None;
    let mut is_new = true;
    for segment in segments {
        let start = at;
        at = at.saturating_add(segment.nanos);
        if segment.is_discontinuous || segment.map != map {
            (is_new, map) = (true, segment.map.clone());
        }
        let piece =
            if segment.is_gap { None } else { folder.piece(&segment.uri, segment.range, segment.line)? };
        let Some(piece) = piece else {
            missing += 1;
            if let Some(last) = runs.last_mut().and_then(|run| run.durations.last_mut()) {
                *last = last.saturating_add(segment.nanos);
            }
            if missing <= TOLD {
                let at = Timestamp::from_nanos(start.min(i64::MAX as u64) as i64);
                remarks
                    .push(format!("line {}: {:?} is missing, a gap from {at} on", segment.line, segment.uri));
            }
            continue;
        };
        let piece = if segment.map.is_some() { whole_boxes(piece)? } else { piece };
        let end = moment(at);
        if std::mem::take(&mut is_new) || runs.is_empty() {
            let mut found = None;
            if let Some((uri, range)) = &segment.map {
                let Some(map) = folder.piece(uri, *range, segment.line)? else {
                    let problem = format!(
                        "line {}: the map {uri:?}, which its segments need, is missing",
                        segment.line
                    );
                    return Err(MediaError::Malformed { path: playlist.to_owned(), problem });
                };
                found = Some(map);
            }
            runs.push(Run::new(playlist, start, found));
        }
        if let Some(run) = runs.last_mut() {
            run.push(piece, segment.nanos);
            run.end = end;
        }
    }
    if missing > TOLD {
        remarks.push(format!("{missing} segments are missing in all"));
    }
    if runs.is_empty() {
        let problem = "none of its segments is there".to_owned();
        return Err(MediaError::Malformed { path: playlist.to_owned(), problem });
    }
    Ok(runs)
}

/// A piece of boxes without what was cut off at its end: what follows it would be taken for the missing rest. A `moof` goes with its
/// `mdat`.
fn whole_boxes(piece: Piece) -> Result<Piece, MediaError> {
    let mut input = Input::new(&piece.path, Box::new(Joined::new(vec![piece.clone()])))?;
    let (mut at, mut whole) = (0_u64, 0_u64);
    loop {
        let head = input.peek(at, 16)?;
        let Some((&size, rest)) = head.split_first_chunk::<4>() else { break };
        let Some((&name, rest)) = rest.split_first_chunk::<4>() else { break };
        let size = match u32::from_be_bytes(size) {
            // It goes on to the end.
            0 => return Ok(piece),
            1 => rest.first_chunk().map_or(u64::MAX, |size| u64::from_be_bytes(*size)),
            size => u64::from(size),
        };
        let end = at.saturating_add(size.max(8));
        if end > piece.len {
            break;
        }
        at = end;
        if name != *b"moof" {
            whole = at;
        }
    }
    Ok(Piece { len: whole, ..piece })
}

fn moment(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
