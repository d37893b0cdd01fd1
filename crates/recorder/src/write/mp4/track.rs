//! What a track is in an MP4 file, and where its samples lie.

use std::io;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::Path;

use polyptych::{ColorSpace, FrameRate, Matrix, Range, Size};
use shiguredo_mp4::boxes::{
    AudioSampleEntryFields, Avc1Box, AvccBox, EsdsBox, Mp4aBox, UnknownBox, VisualSampleEntryFields,
};
use shiguredo_mp4::descriptors::{
    DecoderConfigDescriptor, DecoderSpecificInfo, EsDescriptor, SlConfigDescriptor,
};
use shiguredo_mp4::{BoxSize, BoxType, Encode, FixedPointNumber, Uint};

use super::column::{Column, Runs};
use crate::encode::{SAMPLE_RATE, TrackConfig};
use crate::write::{EncodedVideo, unsupported};

/// A track as it is announced.
#[derive(Clone, Debug)]
pub(in crate::write) struct Track {
    /// 1, 2 and so on.
    pub id: NonZeroU32,
    /// Units a second.
    pub timescale: NonZeroU32,
    /// Units that one tick of the packets' clock lasts.
    pub units_per_tick: u32,
    /// Where, on the packets' clock, the recording's zero lies: what is decoded before is not presented.
    pub zero: i64,
    /// The first decoding time on the packets' clock, from which the file counts.
    pub origin: i64,
    /// The pictures' size; sound has none.
    pub size: Option<Size>,
    /// The box that says how samples are coded.
    pub sample_entry: Vec<u8>,
}

impl Track {
    /// A track of video. A tick is a whole number of units, so that 30000/1001 frames a second stay exact.
    pub fn video(id: NonZeroU32, video: &EncodedVideo) -> io::Result<Self> {
        let (timescale, units_per_tick) = video_timescale(video.format.fps);
        Ok(Self {
            id,
            timescale,
            units_per_tick,
            zero: 0,
            origin: 0,
            size: Some(video.format.size),
            sample_entry: avc1(video)?,
        })
    }

    /// A track of sound; what the encoder put before the first sample is left out by an edit list.
    pub fn sound(id: NonZeroU32, config: &TrackConfig) -> io::Result<Self> {
        let TrackConfig::Aac { config, priming } = config else {
            return Err(unsupported("MP4 holds AAC sound"));
        };
        Ok(Self {
            id,
            timescale: NonZeroU32::new(SAMPLE_RATE).unwrap_or(NonZeroU32::MIN),
            units_per_tick: 1,
            zero: i64::from(*priming),
            origin: 0,
            size: None,
            sample_entry: mp4a(config)?,
        })
    }
}

/// The least power of two times the rate's numerator that has 10,000 units a second or more: what other writers choose, too.
fn video_timescale(fps: FrameRate) -> (NonZeroU32, u32) {
    let (mut timescale, mut units) = (fps.num(), fps.den());
    while timescale < 10_000
        && let Some(doubled) = units.checked_mul(2)
    {
        timescale *= 2;
        units = doubled;
    }
    (NonZeroU32::new(timescale).unwrap_or(NonZeroU32::MIN), units)
}

/// H.264 (ISO/IEC 14496-15, 5.4.2), with its colours and the shape of its pixels.
fn avc1(video: &EncodedVideo) -> io::Result<Vec<u8>> {
    let TrackConfig::H264 { sps, pps } = &video.config else {
        return Err(unsupported("MP4 holds H.264 video; the endings .webm and .mkv take VP9 and AV1"));
    };
    let &[_, profile, compatibility, level, ..] = sps.as_slice() else {
        return Err(unsupported("the sequence parameter set is shorter than four bytes"));
    };
    // 8-bit 4:2:0, as every canvas; the three old profiles leave it unsaid.
    let is_old_profile = matches!(profile, 66 | 77 | 88);
    let visual_size = |side: u32| {
        u16::try_from(side.next_multiple_of(2)).map_err(|_| unsupported("a side of 65,536 pixels or more"))
    };
    let entry = Avc1Box {
        visual: VisualSampleEntryFields {
            data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            width: visual_size(video.format.size.width())?,
            height: visual_size(video.format.size.height())?,
            horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
            vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
            frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
            compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
            depth: VisualSampleEntryFields::DEFAULT_DEPTH,
        },
        avcc_box: AvccBox {
            avc_profile_indication: profile,
            profile_compatibility: compatibility,
            avc_level_indication: level,
            length_size_minus_one: Uint::new(3),
            sps_list: vec![sps.clone()],
            pps_list: vec![pps.clone()],
            chroma_format: (!is_old_profile).then_some(Uint::new(1)),
            bit_depth_luma_minus8: (!is_old_profile).then_some(Uint::new(0)),
            bit_depth_chroma_minus8: (!is_old_profile).then_some(Uint::new(0)),
            sps_ext_list: Vec::new(),
        },
        unknown_boxes: vec![
            plain_box(*b"colr", nclx(video.format.color)),
            // Square pixels: 1 to 1 (ISO/IEC 14496-12, 12.1.4).
            plain_box(*b"pasp", vec![0, 0, 0, 1, 0, 0, 0, 1]),
        ],
    };
    entry.encode_to_vec().map_err(io::Error::other)
}

/// ISO/IEC 14496-12, 12.1.5; the numbers are those of ITU-T H.273.
fn nclx(color: ColorSpace) -> Vec<u8> {
    let code = match color.matrix {
        Matrix::Bt709 => 1,
        Matrix::Bt601 => 6,
    };
    let range = if color.range == Range::Full { 0x80 } else { 0 };
    [b"nclx".as_slice(), &[0, code, 0, code, 0, code, range]].concat()
}

/// AAC (ISO/IEC 14496-14, 5.6).
fn mp4a(config: &[u8]) -> io::Result<Vec<u8>> {
    let entry = Mp4aBox {
        audio: AudioSampleEntryFields {
            data_reference_index: NonZeroU16::MIN,
            channelcount: 2,
            samplesize: AudioSampleEntryFields::DEFAULT_SAMPLESIZE,
            samplerate: FixedPointNumber::new(SAMPLE_RATE as u16, 0),
        },
        esds_box: EsdsBox {
            es: EsDescriptor {
                es_id: EsDescriptor::MIN_ES_ID,
                stream_priority: EsDescriptor::LOWEST_STREAM_PRIORITY,
                depends_on_es_id: None,
                url_string: None,
                ocr_es_id: None,
                dec_config_descr: DecoderConfigDescriptor {
                    object_type_indication:
                        DecoderConfigDescriptor::OBJECT_TYPE_INDICATION_AUDIO_ISO_IEC_14496_3,
                    stream_type: DecoderConfigDescriptor::STREAM_TYPE_AUDIO,
                    up_stream: DecoderConfigDescriptor::UP_STREAM_FALSE,
                    buffer_size_db: Uint::new(0),
                    max_bitrate: 0,
                    avg_bitrate: 0,
                    dec_specific_info: Some(DecoderSpecificInfo { payload: config.to_vec() }),
                },
                sl_config_descr: SlConfigDescriptor,
            },
        },
        unknown_boxes: Vec::new(),
    };
    entry.encode_to_vec().map_err(io::Error::other)
}

fn plain_box(kind: [u8; 4], payload: Vec<u8>) -> UnknownBox {
    let box_type = BoxType::Normal(kind);
    UnknownBox { box_type, box_size: BoxSize::with_payload_size(box_type, payload.len() as u64), payload }
}

/// A sample as the file's tables have it, in units of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) struct Sample {
    pub size: u32,
    /// To the next one's decoding time.
    pub delta: u32,
    /// From its decoding to its presentation.
    pub offset: u32,
    pub is_key: bool,
}

/// Where a track's samples lie: the tables of `stbl`, and what else is summed up of them.
pub(in crate::write) struct SampleTables {
    pub sizes: Column,
    pub deltas: Runs,
    pub offsets: Runs,
    /// The keyframes' numbers; sound has none, all of its samples are keys.
    pub keys: Option<Column>,
    pub chunk_offsets: Column,
    pub chunk_runs: Column,
    last_chunk_len: u32,
    /// All deltas.
    pub duration: u64,
    /// When the last sample ends that is presented, from the first decoding time on.
    pub presented_until: u64,
}

impl SampleTables {
    pub fn new(folder: &Path, track: &Track) -> Self {
        Self {
            sizes: Column::new(folder),
            deltas: Runs::new(folder),
            offsets: Runs::new(folder),
            keys: track.size.map(|_| Column::new(folder)),
            chunk_offsets: Column::new(folder),
            chunk_runs: Column::new(folder),
            last_chunk_len: 0,
            duration: 0,
            presented_until: 0,
        }
    }

    /// Adds samples that lie one behind the other from byte `at` of the file on.
    pub fn push_chunk(&mut self, at: u64, samples: &[Sample]) -> io::Result<()> {
        let len = u32::try_from(samples.len()).map_err(io::Error::other)?;
        let mut sizes = Vec::with_capacity(samples.len() * 4);
        for (index, sample) in (self.sizes.count()..).zip(samples) {
            sizes.extend_from_slice(&sample.size.to_be_bytes());
            self.deltas.push(sample.delta)?;
            self.offsets.push(sample.offset)?;
            let end = self.duration + u64::from(sample.delta);
            self.presented_until = self.presented_until.max(end + u64::from(sample.offset));
            self.duration = end;
            if let Some(keys) = self.keys.as_mut().filter(|_| sample.is_key) {
                keys.append(&index.saturating_add(1).to_be_bytes(), 1)?;
            }
        }
        self.sizes.append(&sizes, len)?;
        self.chunk_offsets.append(&at.to_be_bytes(), 1)?;
        if len != self.last_chunk_len {
            self.last_chunk_len = len;
            // The chunk's number, the samples of it and of those that follow, and their description.
            let run = [self.chunk_offsets.count(), len, 1].map(u32::to_be_bytes);
            self.chunk_runs.append(run.as_flattened(), 1)?;
        }
        Ok(())
    }
}
