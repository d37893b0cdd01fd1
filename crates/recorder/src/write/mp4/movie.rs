//! The `moov` box: of a file in fragments, and of a plain one.

use std::io;
use std::num::NonZeroU32;

use shiguredo_mp4::boxes::{
    Brand, DinfBox, EdtsBox, ElstBox, ElstEntry, FtypBox, HdlrBox, MdhdBox, MvexBox, MvhdBox, SmhdBox,
    TkhdBox, TrexBox, VmhdBox,
};
use shiguredo_mp4::{Encode, FixedPointNumber, LanguageCode, Mp4FileTime, SampleFlags};

use super::node::Node;
use super::track::{SampleTables, Track};

/// Recordings say when they were made in their description; a file's bytes depend on its content alone.
const NO_TIME: Mp4FileTime = Mp4FileTime::from_secs(0);

/// The `ftyp` box, of 32 bytes. `iso6` is for fragments that count from their own beginning.
pub(in crate::write) fn file_type() -> io::Result<Vec<u8>> {
    let brands = [Brand::ISOM, Brand::ISO6, Brand::AVC1, Brand::new(*b"mp41")];
    encode(&FtypBox { major_brand: Brand::ISOM, minor_version: 512, compatible_brands: brands.to_vec() })
}

/// The index of a file whose samples come in fragments.
pub(in crate::write) fn fragmented_movie(tracks: &mut [(Track, SampleTables)]) -> io::Result<Node<'_>> {
    let trex_boxes = tracks.iter().map(|(track, _)| TrexBox {
        track_id: track.id.get(),
        default_sample_description_index: 1,
        default_sample_duration: 0,
        default_sample_size: 0,
        default_sample_flags: SampleFlags::empty(),
    });
    let extends = MvexBox { mehd_box: None, trex_boxes: trex_boxes.collect(), unknown_boxes: Vec::new() };
    let extends = encode(&extends)?;
    let mut movie = movie(tracks, false)?;
    if let Node::Parent(_, children) = &mut movie {
        children.push(Node::Leaf(extends));
    }
    Ok(movie)
}

/// The index of a plain file.
pub(in crate::write) fn plain_movie(tracks: &mut [(Track, SampleTables)]) -> io::Result<Node<'_>> {
    movie(tracks, true)
}

fn movie(tracks: &mut [(Track, SampleTables)], is_plain: bool) -> io::Result<Node<'_>> {
    let timescale = movie_timescale(tracks.iter().map(|(track, _)| track.timescale));
    let next_track_id = tracks.iter().map(|(track, _)| track.id.get() + 1).max().unwrap_or(1);
    let mut duration = 0;
    let mut children = Vec::with_capacity(1 + tracks.len());
    for (track, tables) in tracks {
        let shown = shown_duration(track, tables, timescale);
        duration = duration.max(shown);
        children.push(trak(track, tables, shown, is_plain)?);
    }
    let header = MvhdBox {
        creation_time: NO_TIME,
        modification_time: NO_TIME,
        timescale,
        duration,
        rate: MvhdBox::DEFAULT_RATE,
        volume: MvhdBox::DEFAULT_VOLUME,
        matrix: MvhdBox::DEFAULT_MATRIX,
        next_track_id,
    };
    children.insert(0, Node::Leaf(encode(&header)?));
    Ok(Node::Parent(*b"moov", children))
}

fn trak<'a>(track: &Track, tables: &'a mut SampleTables, shown: u64, is_plain: bool) -> io::Result<Node<'a>> {
    let side = |side: u32| FixedPointNumber::new(i16::try_from(side).unwrap_or(i16::MAX), 0);
    let size = track.size.map(|size| (size.width().next_multiple_of(2), size.height().next_multiple_of(2)));
    let header = TkhdBox {
        flag_track_enabled: true,
        flag_track_in_movie: true,
        flag_track_in_preview: false,
        flag_track_size_is_aspect_ratio: false,
        creation_time: NO_TIME,
        modification_time: NO_TIME,
        track_id: track.id.get(),
        duration: shown,
        layer: TkhdBox::DEFAULT_LAYER,
        alternate_group: TkhdBox::DEFAULT_ALTERNATE_GROUP,
        volume: match size {
            Some(_) => TkhdBox::DEFAULT_VIDEO_VOLUME,
            None => TkhdBox::DEFAULT_AUDIO_VOLUME,
        },
        matrix: TkhdBox::DEFAULT_MATRIX,
        width: side(size.map_or(0, |size| size.0)),
        height: side(size.map_or(0, |size| size.1)),
    };
    // What lies before the recording's zero is decoded, not presented: B-frames' delay, an encoder's priming. Fragments are still
    // to come, so their edit lasts 0, which stands for all that follows (ISO/IEC 14496-12, 8.6.6.1).
    let edit = ElstEntry {
        edit_duration: shown,
        media_time: i64::try_from(media_start(track)).unwrap_or(i64::MAX),
        media_rate: FixedPointNumber::new(1, 0),
    };
    let edits = EdtsBox { elst_box: Some(ElstBox { entries: vec![edit] }), unknown_boxes: Vec::new() };
    let media_header = MdhdBox {
        creation_time: NO_TIME,
        modification_time: NO_TIME,
        timescale: track.timescale,
        duration: tables.duration,
        language: LanguageCode::UNDEFINED,
    };
    let (handler_type, name, format_header) = match size {
        Some(_) => (HdlrBox::HANDLER_TYPE_VIDE, &b"VideoHandler\0"[..], encode(&VmhdBox::default())?),
        None => (
            HdlrBox::HANDLER_TYPE_SOUN,
            &b"SoundHandler\0"[..],
            encode(&SmhdBox { balance: SmhdBox::DEFAULT_BALANCE })?,
        ),
    };
    let handler = HdlrBox { handler_type, name: name.to_vec() };
    let media = vec![
        Node::Leaf(encode(&media_header)?),
        Node::Leaf(encode(&handler)?),
        Node::Parent(
            *b"minf",
            vec![
                Node::Leaf(format_header),
                Node::Leaf(encode(&DinfBox::LOCAL_FILE)?),
                stbl(track, tables, is_plain)?,
            ],
        ),
    ];
    Ok(Node::Parent(
        *b"trak",
        vec![Node::Leaf(encode(&header)?), Node::Leaf(encode(&edits)?), Node::Parent(*b"mdia", media)],
    ))
}

/// ISO/IEC 14496-12, 8.5 to 8.7.
fn stbl<'a>(track: &Track, tables: &'a mut SampleTables, is_plain: bool) -> io::Result<Node<'a>> {
    let count = |count: u32| count.to_be_bytes().to_vec();
    let mut children = vec![Node::Leaf(stsd(&track.sample_entry)?)];
    let has_offsets = !tables.offsets.is_zero();
    let deltas = tables.deltas.finish()?;
    children.push(Node::Table(*b"stts", count(deltas.count()), deltas));
    if is_plain && has_offsets {
        let offsets = tables.offsets.finish()?;
        children.push(Node::Table(*b"ctts", count(offsets.count()), offsets));
    }
    // Without this box every sample is a key.
    if let Some(keys) = &mut tables.keys
        && is_plain
        && keys.count() < tables.sizes.count()
    {
        children.push(Node::Table(*b"stss", count(keys.count()), keys));
    }
    children.push(Node::Table(*b"stsc", count(tables.chunk_runs.count()), &mut tables.chunk_runs));
    // The first field would be the one size of all samples.
    let sizes = [[0; 4], tables.sizes.count().to_be_bytes()].concat();
    children.push(Node::Table(*b"stsz", sizes, &mut tables.sizes));
    let offsets = &mut tables.chunk_offsets;
    children.push(Node::Table(*b"co64", count(offsets.count()), offsets));
    Ok(Node::Parent(*b"stbl", children))
}

fn stsd(sample_entry: &[u8]) -> io::Result<Vec<u8>> {
    let len = u32::try_from(sample_entry.len() + 16).map_err(io::Error::other)?;
    Ok([&super::node::box_header(len, *b"stsd")[..], &[0, 0, 0, 0, 0, 0, 0, 1], sample_entry].concat())
}

/// Units of the track from its first decoding time to the recording's zero.
fn media_start(track: &Track) -> u64 {
    let ticks = track.zero.saturating_sub(track.origin);
    u64::try_from(ticks).unwrap_or_default().saturating_mul(u64::from(track.units_per_tick))
}

/// What is presented of a track, in units of the movie.
fn shown_duration(track: &Track, tables: &SampleTables, timescale: NonZeroU32) -> u64 {
    let shown = tables.duration.saturating_sub(media_start(track));
    let units = u128::from(shown) * u128::from(timescale.get()) / u128::from(track.timescale.get());
    u64::try_from(units).unwrap_or(u64::MAX)
}

/// One in which every track's durations are whole numbers; the first track's where that would be too fine for 32 bits.
fn movie_timescale(mut timescales: impl Iterator<Item = NonZeroU32>) -> NonZeroU32 {
    let Some(first) = timescales.next() else { return NonZeroU32::MIN };
    timescales.fold(first, |all, one| {
        let common =
            u64::from(all.get()) / greatest_common_divisor(all.get(), one.get()) * u64::from(one.get());
        u32::try_from(common).ok().and_then(NonZeroU32::new).unwrap_or(all)
    })
}

fn greatest_common_divisor(a: u32, b: u32) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    u64::from(a)
}

fn encode(item: &impl Encode) -> io::Result<Vec<u8>> {
    item.encode_to_vec().map_err(io::Error::other)
}
