//! A piece as a segment of an MPEG transport stream (ISO/IEC 13818-1; RFC 8216, 3.2).

use std::io;

use mpeg2ts::es::{StreamId, StreamType};
use mpeg2ts::pes::PesHeader;
use mpeg2ts::time::{ClockReference, Timestamp};
use mpeg2ts::ts::payload::{Bytes, Pat, Pes, Pmt};
use mpeg2ts::ts::{
    AdaptationField, ContinuityCounter, EsInfo, Pid, ProgramAssociation, TransportScramblingControl,
    TsHeader, TsPacket, TsPacketWriter, TsPayload, VersionNumber, WriteTsPacket,
};

use crate::encode::{EncodedPacket, TrackConfig};
use crate::write::piece::{Clocks, Piece};
use crate::write::{Tracks, unsupported};

const PMT_PID: u16 = 0x1000;
const VIDEO_PID: u16 = 0x100;
const SOUND_PID: u16 = 0x101;

/// The stamp of the recording's zero, in units of 1/90,000 s: what lies before it must not be negative.
const ZERO: i128 = 900_000;
/// How far the clock is behind the stamps: the time that a decoder has to collect a picture.
const DELAY: i128 = 45_000;
/// Stamps have 33 bits and begin again after 26.5 hours (ISO/IEC 13818-1, 2.4.3.7).
const STAMPS: i128 = 1 << 33;

/// What fits into a packet, without and with the field that holds the clock.
const PAYLOAD_BYTES: usize = 184;
const CLOCK_FIELD_BYTES: usize = 8;

/// The unit that opens every picture (ITU-T H.264, 7.3.2.4), and the code before each unit.
const DELIMITER: [u8; 6] = [0, 0, 0, 1, 9, 0xf0];
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Makes segments; counts packets through all of them.
pub(super) struct TsMuxer {
    /// With start codes: what stands before a keyframe.
    parameter_sets: Option<Vec<u8>>,
    /// ADTS header without its length.
    adts: Option<[u8; 7]>,
    pat: ContinuityCounter,
    pmt: ContinuityCounter,
    video: ContinuityCounter,
    sound: ContinuityCounter,
    unit: Vec<u8>,
}

impl TsMuxer {
    pub fn new(tracks: &Tracks) -> io::Result<Self> {
        let parameter_sets = tracks.video.as_ref().map(|video| match &video.config {
            TrackConfig::H264 { sps, pps } => Ok([&START_CODE, &sps[..], &START_CODE, &pps[..]].concat()),
            _ => Err(unsupported("transport streams hold H.264 video")),
        });
        let adts = tracks.sound.as_ref().map(|sound| match sound {
            TrackConfig::Aac { config, .. } => adts_header(config),
            _ => Err(unsupported("transport streams hold AAC sound")),
        });
        Ok(Self {
            parameter_sets: parameter_sets.transpose()?,
            adts: adts.transpose()?,
            pat: ContinuityCounter::new(),
            pmt: ContinuityCounter::new(),
            video: ContinuityCounter::new(),
            sound: ContinuityCounter::new(),
            unit: Vec::new(),
        })
    }

    /// Adds a piece as a segment: tables, and both tracks in the order of their decoding.
    pub fn segment(&mut self, clocks: &Clocks, piece: &Piece, out: &mut Vec<u8>) -> io::Result<()> {
        self.tables(out)?;
        let mut sound = piece.sound.iter().peekable();
        for picture in &piece.video {
            let decoded_at = clocks.video_nanos(picture.dts);
            while let Some(packet) = sound.next_if(|packet| clocks.sound_nanos(packet.pts) <= decoded_at) {
                self.sound_packet(clocks, packet, out)?;
            }
            self.picture(clocks, picture, out)?;
        }
        sound.try_for_each(|packet| self.sound_packet(clocks, packet, out))
    }

    fn tables(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let pat = Pat {
            transport_stream_id: 1,
            version_number: VersionNumber::new(),
            table: vec![ProgramAssociation { program_num: 1, program_map_pid: pid(PMT_PID)? }],
        };
        put(out, &mut self.pat, 0, None, TsPayload::Pat(pat))?;
        let stream = |stream_type, number| -> io::Result<EsInfo> {
            Ok(EsInfo { stream_type, elementary_pid: pid(number)?, descriptors: Vec::new() })
        };
        let mut streams = Vec::new();
        if self.parameter_sets.is_some() {
            streams.push(stream(StreamType::H264, VIDEO_PID)?);
        }
        if self.adts.is_some() {
            streams.push(stream(StreamType::AdtsAac, SOUND_PID)?);
        }
        let clock = if self.parameter_sets.is_some() { VIDEO_PID } else { SOUND_PID };
        let pmt = Pmt {
            program_num: 1,
            pcr_pid: Some(pid(clock)?),
            version_number: VersionNumber::new(),
            program_info: Vec::new(),
            es_info: streams,
        };
        put(out, &mut self.pmt, PMT_PID, None, TsPayload::Pmt(pmt))
    }

    fn picture(&mut self, clocks: &Clocks, packet: &EncodedPacket, out: &mut Vec<u8>) -> io::Result<()> {
        self.unit.clear();
        self.unit.extend_from_slice(&DELIMITER);
        if let Some(sets) = self.parameter_sets.as_ref().filter(|_| packet.is_key) {
            self.unit.extend_from_slice(sets);
        }
        let mut rest = packet.data.as_slice();
        while let Some((len, behind)) = rest.split_first_chunk::<4>() {
            let len = u32::from_be_bytes(*len) as usize;
            let (unit, behind) = behind
                .split_at_checked(len)
                .ok_or_else(|| io::Error::other("a NAL unit that is longer than its packet"))?;
            self.unit.extend_from_slice(&START_CODE);
            self.unit.extend_from_slice(unit);
            rest = behind;
        }
        let ticks = |tick: i64| ticks(clocks.video_nanos(tick));
        let (pts, dts) = (ticks(packet.pts), ticks(packet.dts));
        let header = pes_header(StreamId::VIDEO_MIN, pts, (pts != dts).then_some(dts))?;
        let field = clock(dts, packet.is_key)?;
        put_unit(out, &mut self.video, VIDEO_PID, Some(field), header, &self.unit)
    }

    fn sound_packet(&mut self, clocks: &Clocks, packet: &EncodedPacket, out: &mut Vec<u8>) -> io::Result<()> {
        let Some(mut adts) = self.adts else {
            return Err(unsupported("a packet of a track that is not there"));
        };
        let len = packet.data.len() + adts.len();
        if len >= 1 << 13 {
            return Err(io::Error::other(format!("a packet of {len} bytes; ADTS holds 8,191")));
        }
        adts[3] |= (len >> 11) as u8;
        adts[4] = (len >> 3) as u8;
        adts[5] |= (len << 5) as u8;
        self.unit.clear();
        self.unit.extend_from_slice(&adts);
        self.unit.extend_from_slice(&packet.data);
        let pts = ticks(clocks.sound_nanos(packet.pts));
        let header = pes_header(StreamId::AUDIO_MIN, pts, None)?;
        let field = if self.parameter_sets.is_none() { Some(clock(pts, true)?) } else { None };
        put_unit(out, &mut self.sound, SOUND_PID, field, header, &self.unit)
    }
}

/// ISO/IEC 14496-3, 1.A.2.2, of an `AudioSpecificConfig` (1.6.2.1) of two bytes or more.
fn adts_header(config: &[u8]) -> io::Result<[u8; 7]> {
    let &[first, second, ..] = config else {
        return Err(unsupported("an AudioSpecificConfig shorter than two bytes"));
    };
    let object_type = first >> 3;
    let rate_index = (first & 7) << 1 | second >> 7;
    let channels = second >> 3 & 0xf;
    if !(1..=4).contains(&object_type) || rate_index > 12 || channels > 7 {
        return Err(unsupported("ADTS holds AAC of object types 1 to 4 and of rates that have a number"));
    }
    Ok([
        0xff,
        0xf1,
        (object_type - 1) << 6 | rate_index << 2 | channels >> 2,
        (channels & 3) << 6,
        0,
        0x1f,
        0xfc,
    ])
}

/// Nanoseconds of the recording in units of 1/90,000 s, before they wrap.
fn ticks(nanos: i128) -> i128 {
    // Rounded: a stamp of 1/30 s is 3,000, though nanoseconds end before it.
    (nanos * 90_000 + 500_000_000).div_euclid(1_000_000_000) + ZERO
}

fn stamp(ticks: i128) -> io::Result<Timestamp> {
    let wrapped = u64::try_from(ticks.rem_euclid(STAMPS)).map_err(io::Error::other)?;
    Timestamp::new(wrapped).map_err(io::Error::other)
}

fn pes_header(stream_id: u8, pts: i128, dts: Option<i128>) -> io::Result<PesHeader> {
    Ok(PesHeader {
        stream_id: StreamId::new(stream_id),
        priority: false,
        data_alignment_indicator: true,
        copyright: false,
        original_or_copy: false,
        pts: Some(stamp(pts)?),
        dts: dts.map(stamp).transpose()?,
        escr: None,
    })
}

fn clock(dts: i128, is_key: bool) -> io::Result<AdaptationField> {
    Ok(AdaptationField {
        discontinuity_indicator: false,
        random_access_indicator: is_key,
        es_priority_indicator: false,
        pcr: Some(ClockReference::from(stamp(dts - DELAY)?)),
        opcr: None,
        splice_countdown: None,
        transport_private_data: Vec::new(),
        extension: None,
    })
}

/// Puts a picture or a piece of sound into as many packets as it needs.
fn put_unit(
    out: &mut Vec<u8>,
    counter: &mut ContinuityCounter,
    number: u16,
    field: Option<AdaptationField>,
    header: PesHeader,
    unit: &[u8],
) -> io::Result<()> {
    // Three bytes of flags and lengths, and five a stamp, belong to the length (ISO/IEC 13818-1, 2.4.3.7); before them stand six.
    let optional = 3 + 5 * (1 + usize::from(header.dts.is_some()));
    // Zero is allowed for video only, where the length has no room.
    let pes_packet_len = u16::try_from(optional + unit.len()).unwrap_or(0);
    let field_bytes = if field.is_some() { CLOCK_FIELD_BYTES } else { 0 };
    let (first, mut rest) = unit.split_at(unit.len().min(PAYLOAD_BYTES - field_bytes - 6 - optional));
    let data = Bytes::new(first).map_err(io::Error::other)?;
    put(out, counter, number, field, TsPayload::PesStart(Pes { header, pes_packet_len, data }))?;
    while !rest.is_empty() {
        let (next, behind) = rest.split_at(rest.len().min(PAYLOAD_BYTES));
        let data = Bytes::new(next).map_err(io::Error::other)?;
        put(out, counter, number, None, TsPayload::PesContinuation(data))?;
        rest = behind;
    }
    Ok(())
}

fn put(
    out: &mut Vec<u8>,
    counter: &mut ContinuityCounter,
    number: u16,
    adaptation_field: Option<AdaptationField>,
    payload: TsPayload,
) -> io::Result<()> {
    let header = TsHeader {
        transport_error_indicator: false,
        transport_priority: false,
        pid: pid(number)?,
        transport_scrambling_control: TransportScramblingControl::NotScrambled,
        continuity_counter: *counter,
    };
    counter.increment();
    TsPacketWriter::new(out)
        .write_ts_packet(&TsPacket { header, adaptation_field, payload: Some(payload) })
        .map_err(io::Error::other)
}

fn pid(number: u16) -> io::Result<Pid> {
    Pid::new(number).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use polyptych::FrameRate;

    use super::*;

    #[test]
    fn stamps_are_exact_and_wrap_after_26_hours() {
        let clocks = Clocks { fps: FrameRate::new(30_000, 1_001), priming: None };
        for tick in [0, 1, 2, 999_999, 30_000 * 3_600 * 30] {
            let exact = i128::from(tick) * 3_003;
            assert_eq!(ticks(clocks.video_nanos(tick)) - ZERO, exact, "tick {tick}");
        }
        assert_eq!(stamp(STAMPS + 5).expect("a stamp").as_u64(), 5);
        assert_eq!(stamp(-1).expect("a stamp").as_u64(), (1 << 33) - 1);
    }

    #[test]
    fn adts_says_what_the_config_says() {
        // AAC-LC, 48,000 Hz, two channels.
        assert_eq!(adts_header(&[0x11, 0x90]).expect("a header"), [0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc]);
        adts_header(&[0x11]).expect_err("too short");
        // HE-AAC's object type is 5.
        adts_header(&[0x2b, 0x92]).expect_err("no ADTS");
    }
}
