//! A piece as `moof` and `mdat`: what files in fragments and segments are made of.

use std::io;

use shiguredo_mp4::boxes::{MfhdBox, MoofBox, TfdtBox, TfhdBox, TrafBox, TrunBox, TrunSample};
use shiguredo_mp4::{Encode, SampleFlags};

use super::node::{HEADER_BYTES, box_header};
use super::track::{Sample, Track};
use crate::encode::EncodedPacket;
use crate::write::piece::{Clocks, Piece};

/// How much of one track lies in a row before the other's follows, in nanoseconds.
const INTERLEAVING: i128 = 1_000_000_000;

/// The flags of a picture that needs others, and of one that needs none (ISO/IEC 14496-12, 8.8.3.1).
const DEPENDENT: SampleFlags = SampleFlags::from_fields(0, 1, 0, 0, 0, true, 0);
const INDEPENDENT: SampleFlags = SampleFlags::from_fields(0, 2, 0, 0, 0, false, 0);

/// Samples of one track that lie in a row.
pub(in crate::write) struct Chunk {
    /// Which of the tracks.
    pub track: usize,
    /// Of the first byte, from the fragment's first byte on.
    pub at: u64,
    /// When the first is decoded, in units of the track.
    pub decoded_at: u64,
    pub samples: Vec<Sample>,
}

/// Fragments hold whole multiples of this many bytes, so that a header never lies across two pages of the system's memory, and
/// writing it is one step.
const ALIGNMENT: u64 = 8;

/// Makes a fragment of a piece into `bytes`, and says where the samples lie in it.
pub(in crate::write) fn build(
    sequence: u32,
    tracks: &[Track],
    clocks: &Clocks,
    piece: &Piece,
    bytes: &mut Vec<u8>,
) -> io::Result<Vec<Chunk>> {
    let (mut chunks, order) = interleave(tracks, clocks, piece)?;
    let payload: u64 = order.iter().map(|packet| packet.data.len() as u64).sum();
    // Offsets do not change its length.
    let head = moof(sequence, tracks, &chunks)?.len() as u64 + HEADER_BYTES;
    let whole = (head + payload).next_multiple_of(ALIGNMENT);
    if i32::try_from(whole).is_err() {
        return Err(io::Error::other("a fragment of 2 GiB or more"));
    }
    let mut at = head;
    for chunk in &mut chunks {
        chunk.at = at;
        at += chunk.samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
    }
    bytes.clear();
    bytes.extend_from_slice(&moof(sequence, tracks, &chunks)?);
    let data_len = u32::try_from(whole - head + HEADER_BYTES).map_err(io::Error::other)?;
    bytes.extend_from_slice(&box_header(data_len, *b"mdat"));
    for packet in order {
        bytes.extend_from_slice(&packet.data);
    }
    bytes.resize(usize::try_from(whole).map_err(io::Error::other)?, 0);
    Ok(chunks)
}

/// Puts the tracks' packets in turns of [`INTERLEAVING`].
fn interleave<'a>(
    tracks: &[Track],
    clocks: &Clocks,
    piece: &'a Piece,
) -> io::Result<(Vec<Chunk>, Vec<&'a EncodedPacket>)> {
    let (mut chunks, mut order) = (Vec::new(), Vec::new());
    let (mut video, mut sound) = (piece.video.as_slice(), piece.sound.as_slice());
    let mut until = piece.start + INTERLEAVING;
    while !video.is_empty() || !sound.is_empty() {
        for (index, track) in tracks.iter().enumerate() {
            let is_video = track.size.is_some();
            let rest = if is_video { &mut video } else { &mut sound };
            let count = rest.partition_point(|packet| match is_video {
                true => clocks.video_nanos(packet.dts) < until,
                false => clocks.sound_nanos(packet.pts) < until,
            });
            let (packets, behind) = rest.split_at(count);
            if let Some(first) = packets.first() {
                let end = behind.first().map_or_else(
                    || if is_video { piece.video_end } else { end_of(packets) },
                    |next| next.dts,
                );
                let decoded_at = units(track, first.dts, track.origin)?;
                chunks.push(Chunk {
                    track: index,
                    at: 0,
                    decoded_at,
                    samples: samples(track, packets, end)?,
                });
                order.extend(packets);
            }
            *rest = behind;
        }
        let next_video = video.first().map(|next| clocks.video_nanos(next.dts));
        let next_sound = sound.first().map(|next| clocks.sound_nanos(next.pts));
        until = next_video.into_iter().chain(next_sound).min().unwrap_or(until).max(until) + INTERLEAVING;
    }
    Ok((chunks, order))
}

fn end_of(packets: &[EncodedPacket]) -> i64 {
    packets.last().map_or(0, |last| last.dts.saturating_add(last.duration.into()))
}

fn samples(track: &Track, packets: &[EncodedPacket], end: i64) -> io::Result<Vec<Sample>> {
    let narrow = |units: u64| {
        u32::try_from(units).map_err(|_| io::Error::other("packets that are 2³² units apart or more"))
    };
    let next = packets.iter().skip(1).map(|packet| packet.dts).chain([end]);
    packets
        .iter()
        .zip(next)
        .map(|(packet, next)| {
            let size = u32::try_from(packet.data.len())
                .map_err(|_| io::Error::other("a packet of 4 GiB or more"))?;
            let delta = narrow(units(track, next, packet.dts)?)?;
            let offset = narrow(units(track, packet.pts, packet.dts)?)?;
            Ok(Sample { size, delta, offset, is_key: packet.is_key })
        })
        .collect()
}

/// Units of the track between two times of the packets' clock.
fn units(track: &Track, tick: i64, since: i64) -> io::Result<u64> {
    let units = (i128::from(tick) - i128::from(since)) * i128::from(track.units_per_tick);
    u64::try_from(units).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a packet at {tick} behind one at {since}; times may not fall"),
        )
    })
}

fn moof(sequence: u32, tracks: &[Track], chunks: &[Chunk]) -> io::Result<Vec<u8>> {
    let mut traf_boxes = Vec::with_capacity(tracks.len());
    for (index, track) in tracks.iter().enumerate() {
        let mut own = chunks.iter().filter(|chunk| chunk.track == index).peekable();
        let Some(first) = own.peek() else { continue };
        let decoded_at = first.decoded_at;
        let default = first.samples.first().copied();
        let delta = default.map_or(0, |sample| sample.delta);
        let flags = if track.size.is_some() { DEPENDENT } else { INDEPENDENT };
        traf_boxes.push(TrafBox {
            tfhd_box: TfhdBox {
                track_id: track.id.get(),
                base_data_offset: None,
                sample_description_index: None,
                default_sample_duration: Some(delta),
                default_sample_size: None,
                default_sample_flags: Some(flags),
                duration_is_empty: false,
                default_base_is_moof: true,
            },
            tfdt_box: Some(TfdtBox { version: 1, base_media_decode_time: decoded_at }),
            trun_boxes: own.map(|chunk| trun(chunk, delta, flags)).collect::<io::Result<_>>()?,
            unknown_boxes: Vec::new(),
        });
    }
    let mfhd_box = MfhdBox { sequence_number: sequence };
    MoofBox { mfhd_box, traf_boxes, unknown_boxes: Vec::new() }.encode_to_vec().map_err(io::Error::other)
}

/// A chunk; what all of its samples share with the fragment's default is not said again.
fn trun(chunk: &Chunk, default_delta: u32, default_flags: SampleFlags) -> io::Result<TrunBox> {
    let samples = &chunk.samples;
    let has_deltas = samples.iter().any(|sample| sample.delta != default_delta);
    let has_offsets = samples.iter().any(|sample| sample.offset != 0);
    let flags = |sample: &Sample| if sample.is_key { INDEPENDENT } else { DEPENDENT };
    let has_flags = samples.iter().skip(1).any(|sample| flags(sample) != default_flags);
    let first_flags = samples.first().map(flags);
    Ok(TrunBox {
        data_offset: Some(i32::try_from(chunk.at).map_err(io::Error::other)?),
        first_sample_flags: first_flags.filter(|&first| !has_flags && first != default_flags),
        samples: samples
            .iter()
            .map(|sample| TrunSample {
                duration: has_deltas.then_some(sample.delta),
                size: Some(sample.size),
                flags: has_flags.then(|| flags(sample)),
                composition_time_offset: has_offsets.then_some(i64::from(sample.offset)),
            })
            .collect(),
    })
}
