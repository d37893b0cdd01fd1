//! Files put together byte by byte, for what FFmpeg does not write.

use std::time::Duration;

use polyptych::{Rotation, Timestamp};
use polyptych_recorder::media::{self, MediaError, Packet, Reach, SoundCodec, TrackKind, VideoCodec};
use tempfile::NamedTempFile;

use super::{packets, packets_and_errors};

/// A box of that name.
fn boxed(name: &str, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = (body.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(name.bytes());
    bytes.extend(body);
    bytes
}

/// A box of that name that begins with a version and flags.
fn full(name: &str, version_and_flags: u32, numbers: &[u32]) -> Vec<u8> {
    boxed(name, &[&version_and_flags.to_be_bytes(), &words(numbers)])
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

const UPRIGHT: [u32; 9] = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30];

/// `moov` of one video track of 1000 ticks a second whose samples `stbl` lists.
fn moov(matrix: [u32; 9], edits: &[u8], stbl: &[&[u8]], extends: &[u8]) -> Vec<u8> {
    let mvhd =
        full("mvhd", 0, &[&[0, 0, 600, 0, 1 << 16, 0x0100_0000, 0, 0][..], &UPRIGHT, &[0; 6], &[2]].concat());
    let size = [64 << 16, 48 << 16];
    let tkhd = full("tkhd", 7, &[&[0, 0, 1, 0, 0, 0, 0, 0, 0][..], &matrix, &size].concat());
    let mdhd = full("mdhd", 0, &[0, 0, 1000, 0, 0x55c4_0000]);
    let hdlr = full("hdlr", 0, &[0, u32::from_be_bytes(*b"vide"), 0, 0, 0, 0]);
    let entry = |name: &str| {
        let head = [&[0, 0, 0, 0, 0, 1][..], &[0; 18], &[0, 64, 0, 48], &[0; 48]].concat();
        boxed(name, &[&head, &[0, 24]])
    };
    let stsd = boxed("stsd", &[&words(&[0, 2]), &entry("vp08"), &entry("vp09")]);
    let stbl = boxed("stbl", &[&[&stsd[..]], stbl].concat());
    let minf = boxed("minf", &[&stbl]);
    let mdia = boxed("mdia", &[&mdhd, &hdlr, &minf]);
    let trak = boxed("trak", &[&tkhd, edits, &mdia]);
    boxed("moov", &[&mvhd, &trak, extends])
}

fn written(parts: &[&[u8]]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), parts.concat()).expect("written");
    file
}

fn millis(packets: &[Packet]) -> Vec<i64> {
    packets.iter().map(|packet| packet.at.as_nanos() / 1_000_000).collect()
}

fn told(errors: &[MediaError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// Six samples of 1 to 6 bytes in three chunks in front of `moov`, in a box whose size has 64 bits.
fn front() -> (Vec<u8>, Vec<u32>) {
    let mut mdat = [&words(&[1])[..], b"mdat", &words(&[0, 16 + 21])].concat();
    for size in 1..=6_u8 {
        mdat.extend(vec![size; usize::from(size)]);
    }
    (mdat, vec![16, 16 + 3, 16 + 10])
}

#[test]
fn built_tables_with_negative_offsets_two_descriptions_and_sync_samples() {
    let (mdat, chunks) = front();
    let stbl = [
        full("stts", 0, &[2, 4, 40, 2, 80]),
        full("ctts", 1 << 24, &[3, 1, 0, 4, (-20_i32).cast_unsigned(), 1, 40]),
        full("stsc", 0, &[2, 1, 2, 1, 3, 2, 2]),
        full("stsz", 0, &[0, 6, 1, 2, 3, 4, 5, 6]),
        full("stco", 0, &[&[3][..], &chunks].concat()),
        full("stss", 0, &[2, 1, 5]),
    ];
    let stbl: Vec<&[u8]> = stbl.iter().map(Vec::as_slice).collect();
    let turned = [0, 1 << 16, 0, u32::MAX << 16, 0, 0, 0, 0, 1 << 30];
    let file = written(&[&mdat, &moov(turned, &[], &stbl, &[])]);
    let contents = media::probe(file.path(), Reach::Folder).expect("probed");
    let video = contents.video.expect("video");
    assert_eq!((video.codec, video.rotation), (VideoCodec::Vp8, Rotation::Clockwise90));
    assert_eq!(video.span, Some((Timestamp::ZERO, Timestamp::from_millis(360))));
    let all = packets(file.path(), TrackKind::Video);
    assert_eq!(millis(&all), [0, 20, 60, 100, 140, 280]);
    assert_eq!(
        all.iter().map(|packet| packet.data.clone()).collect::<Vec<_>>(),
        (1..=6_u8).map(|size| vec![size; size.into()]).collect::<Vec<_>>()
    );
    assert_eq!(
        all.iter().map(|packet| packet.is_key).collect::<Vec<_>>(),
        [true, false, false, false, true, false]
    );
    assert_eq!(all[5].duration, Some(Duration::from_millis(80)));
    let changes: Vec<Option<VideoCodec>> =
        all.iter().map(|packet| packet.change.as_ref().map(|change| change.codec.clone())).collect();
    assert_eq!(changes, [None, None, None, None, Some(VideoCodec::Vp9), None]);
    let mut reader = media::packets(file.path(), Reach::Folder, TrackKind::Video).expect("opened");
    reader.seek(Timestamp::from_millis(150)).expect("sought");
    assert_eq!(reader.next_packet().expect("read").expect("one").data, [5; 5]);
}

#[test]
fn built_edit_lists_of_several_pieces_are_refused_with_the_reason() {
    let (mdat, chunks) = front();
    let stbl = [
        full("stts", 0, &[1, 6, 40]),
        full("stsc", 0, &[1, 1, 2, 1]),
        full("stsz", 0, &[0, 6, 1, 2, 3, 4, 5, 6]),
        full("stco", 0, &[&[3][..], &chunks].concat()),
    ];
    let stbl: Vec<&[u8]> = stbl.iter().map(Vec::as_slice).collect();
    // In ticks of the movie and of the media: 60 of 600 a second are 100 of 1000.
    let list = |entries: &[u32]| boxed("edts", &[&full("elst", 0, entries)]);
    let cut = list(&[2, 60, u32::MAX, 1 << 16, 60, 50, 1 << 16]);
    let all = packets(written(&[&mdat, &moov(UPRIGHT, &cut, &stbl, &[])]).path(), TrackKind::Video);
    // The file's zero is the first picture that is presented, 30 ms into the piece.
    assert_eq!(millis(&all), [-80, -40, 0, 40, 80, 120]);
    assert_eq!(
        all.iter().map(|packet| packet.is_shown).collect::<Vec<_>>(),
        [false, false, true, true, false, false]
    );
    let split = list(&[2, 30, 0, 1 << 16, 60, 150, 1 << 16]);
    let refused = media::probe(written(&[&mdat, &moov(UPRIGHT, &split, &stbl, &[])]).path(), Reach::Folder)
        .expect_err("refused");
    assert!(refused.to_string().contains("edit list of 2 pieces"), "{refused}");
}

#[test]
fn built_fragments_find_their_data_in_every_way() {
    let empty: Vec<Vec<u8>> = ["stts", "stsc", "stco"].iter().map(|name| full(name, 0, &[0])).collect();
    let stsz = full("stsz", 0, &[0, 0]);
    let stbl: Vec<&[u8]> = empty.iter().chain([&stsz]).map(Vec::as_slice).collect();
    let trex = full("trex", 0, &[1, 1, 40, 2, 0x1_0000]);
    let mut bytes = moov(UPRIGHT, &[], &stbl, &boxed("mvex", &[&trex]));
    let data = |byte: u8, size: usize| boxed("mdat", &[&vec![byte; size]]);

    // From the start of its moof, times beyond 32 bits, sizes and flags of their own; the track before takes its data
    // first.
    let base_time = 5_000_000_000_u64;
    let tfdt = boxed("tfdt", &[&words(&[1 << 24]), &base_time.to_be_bytes()]);
    let run = |offset: u32| full("trun", 0x305, &[2, offset, 0x0200_0000, 30, 3, 50, 4]);
    let other = boxed("traf", &[&full("tfhd", 0x02_0000, &[9]), &full("trun", 0x201, &[1, 0, 5])]);
    let moof = |offset: u32| {
        let traf = boxed("traf", &[&full("tfhd", 0x02_0000, &[1]), &tfdt, &run(offset)]);
        boxed("moof", &[&full("mfhd", 0, &[1]), &other, &traf])
    };
    let offset = moof(0).len() as u32 + 8 + 5;
    bytes.extend(moof(offset));
    bytes.extend(data(1, 5 + 7));

    // By an absolute place, without a time of its own, sizes by default.
    let place = |at: u64| {
        let tfhd = boxed("tfhd", &[&words(&[1, 1]), &at.to_be_bytes()]);
        boxed("moof", &[&boxed("traf", &[&tfhd, &full("trun", 4, &[2, 0])])])
    };
    let at = bytes.len() + place(0).len() + 8;
    bytes.extend(place(at as u64));
    bytes.extend(data(2, 4));

    // One that claims a thousand million samples in a few bytes, and one that is cut off.
    bytes.extend(boxed(
        "moof",
        &[&boxed("traf", &[&full("tfhd", 0, &[1]), &full("trun", 0, &[1_000_000_000])])],
    ));
    bytes.extend(place((bytes.len() + place(0).len() + 8) as u64));
    bytes.extend(&data(3, 4)[..11]);

    let file = written(&[&bytes]);
    let mut reader = media::packets(file.path(), Reach::Folder, TrackKind::Video).expect("opened");
    let mut all = Vec::new();
    let error = loop {
        match reader.next_packet() {
            Ok(packet) => all.push(packet.expect("an error comes before the end")),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("too many samples"), "{error}");
    all.push(reader.next_packet().expect("goes on").expect("one is whole"));
    assert_eq!(reader.next_packet().expect("read"), None);
    assert_eq!(millis(&all), [0, 30, 80, 120, 160]);
    let contents: Vec<&[u8]> = all.iter().map(|packet| packet.data.as_slice()).collect();
    assert_eq!(contents, [&[1, 1, 1][..], &[1, 1, 1, 1], &[2, 2], &[2, 2], &[3, 3]]);
    assert_eq!(all.iter().map(|packet| packet.is_key).collect::<Vec<_>>(), [true, false, true, false, true]);
    let contents = media::probe(file.path(), Reach::Folder).expect("probed");
    assert!(contents.remarks.iter().any(|remark| remark.contains("cut off")), "{:?}", contents.remarks);
    assert_eq!(contents.video.expect("video").span, Some((Timestamp::ZERO, Timestamp::from_millis(200))));
}

#[test]
fn built_samples_that_lie_one_upon_the_other_are_no_more_than_the_file_has_bytes() {
    let (mdat, _) = front();
    let stbl = [
        full("stts", 0, &[1, 21_000, 40]),
        full("stsc", 0, &[1, 1, 21, 1]),
        full("stsz", 0, &[1, 21_000]),
        full("stco", 0, &[&[1000][..], &[16; 1000]].concat()),
    ];
    let stbl: Vec<&[u8]> = stbl.iter().map(Vec::as_slice).collect();
    let file = written(&[&mdat, &moov(UPRIGHT, &[], &stbl, &[])]);
    let len = file.as_file().metadata().expect("a length").len() as usize;
    let all = packets(file.path(), TrackKind::Video);
    assert!((len - 21..=len).contains(&all.len()), "{} of {len} bytes", all.len());

    let empty: Vec<Vec<u8>> = ["stts", "stsc", "stco"].iter().map(|name| full(name, 0, &[0])).collect();
    let stsz = full("stsz", 0, &[0, 0]);
    let stbl: Vec<&[u8]> = empty.iter().chain([&stsz]).map(Vec::as_slice).collect();
    let trex = full("trex", 0, &[1, 1, 40, 1, 0]);
    let moov = moov(UPRIGHT, &[], &stbl, &boxed("mvex", &[&trex]));
    let data = boxed("mdat", &[&[7; 2000]]);
    let tfhd = boxed("tfhd", &[&words(&[1, 1]), &(moov.len() as u64 + 8).to_be_bytes()]);
    let moof = boxed("moof", &[&boxed("traf", &[&tfhd, &full("trun", 0, &[2000])])]);
    let file = written(&[&moov, &data, &moof.repeat(100)]);
    let len = file.as_file().metadata().expect("a length").len() as usize;
    let (found, errors) = packets_and_errors(file.path(), TrackKind::Video, 4 * len).expect("opened");
    let (count, errors) = (found.len(), told(&errors));
    assert!((2000..=2 * len).contains(&count), "{count} of {len} bytes");
    assert!(errors.iter().all(|error| error.contains("more bytes than the file")) && !errors.is_empty());
    let (_, end) = media::probe(file.path(), Reach::Folder)
        .expect("probed")
        .video
        .and_then(|video| video.span)
        .expect("a span");
    assert_eq!(end.as_nanos(), count as i64 * 40_000_000);
}

#[test]
fn built_claims_cost_an_error_and_no_memory() {
    let (mdat, _) = front();
    let stbl = [
        full("stts", 0, &[u32::MAX]),
        full("stsc", 0, &[0]),
        full("stsz", 0, &[0, u32::MAX]),
        full("stco", 0, &[u32::MAX]),
    ];
    let stbl: Vec<&[u8]> = stbl.iter().map(Vec::as_slice).collect();
    let file = written(&[&mdat, &moov(UPRIGHT, &[], &stbl, &[])]);
    assert!(media::probe(file.path(), Reach::Folder).expect_err("refused").to_string().contains("stts"));
    let huge = [&words(&[1])[..], b"moov", &words(&[0x7fff_ffff, 0])].concat();
    let refused = media::probe(written(&[&huge]).path(), Reach::Folder).expect_err("refused").to_string();
    assert!(refused.contains("cut off within its moov"), "{refused}");
    let refused = media::probe(written(&[&mdat]).path(), Reach::Folder).expect_err("refused").to_string();
    assert!(refused.contains("no moov"), "{refused}");
}

/// An element: its name and its content.
fn element(id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
    bytes.extend((body.len() as u64 | 1 << 56).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// The same without its size, as live recorders leave it.
fn open_element(id: u32, parts: &[&[u8]]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &[0xff], &parts.concat()].concat()
}

/// A file of one VP8 and one Opus track and the clusters given, as a browser's recorder writes it.
fn webm(clusters: &[&[u8]]) -> NamedTempFile {
    let stripping =
        element(0x6240, &[&element(0x5034, &[&element(0x4254, &[&[3]]), &element(0x4255, &[b"!!"])])]);
    let video = element(
        0xe0,
        &[
            &element(0xb0, &[&[64]]),
            &element(0xba, &[&[48]]),
            &element(0x54b0, &[&[128]]),
            &element(0x54ba, &[&[48]]),
            &element(0x7670, &[&element(0x7675, &[&(-90_f32).to_be_bytes()])]),
        ],
    );
    let first = element(
        0xae,
        &[
            &element(0xd7, &[&[1]]),
            &element(0x83, &[&[1]]),
            &element(0x86, &[b"V_VP8"]),
            &video,
            &element(0x6d80, &[&stripping]),
        ],
    );
    let audio = element(0xe1, &[&element(0x9f, &[&[2]]), &element(0xb5, &[&48_000_f64.to_be_bytes()])]);
    let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    let second = element(
        0xae,
        &[
            &element(0xd7, &[&[2]]),
            &element(0x83, &[&[2]]),
            &element(0x86, &[b"A_OPUS"]),
            &audio,
            &element(0x63a2, &[head]),
            &element(0x56aa, &[&6_500_000_u32.to_be_bytes()]),
        ],
    );
    let tracks = element(0x1654_ae6b, &[&first, &second]);
    let ebml = element(0x1a45_dfa3, &[&element(0x4282, &[b"webm"])]);
    let segment = open_element(0x1853_8067, &[&[&tracks[..]], clusters].concat());
    written(&[&ebml, &segment])
}

fn simple(track: u8, time: i16, flags: u8, data: &[u8]) -> Vec<u8> {
    let [high, low] = time.to_be_bytes();
    element(0xa3, &[&[0x80 | track, high, low, flags], data])
}

#[test]
fn built_webm_with_open_clusters_groups_lacing_and_padding() {
    let group = |time: u8, data: &[u8], rest: &[u8]| {
        element(0xa0, &[&element(0xa1, &[&[0x81, 0, time, 0], data]), rest])
    };
    let clusters = [
        // Three packets of 20 ms in one block.
        open_element(
            0x1f43_b675,
            &[
                &element(0xe7, &[&[10]]),
                &simple(2, 0, 0x86, &[2, 0x81, 0xc0, 0xfc, 0xfc, 7, 0xfc, 8]),
                &group(5, b"key", &[]),
                &group(45, b"no", &element(0xfb, &[&[0xd8]])),
            ],
        ),
        open_element(
            0x1f43_b675,
            &[
                &element(0xe7, &[&[0, 200]]),
                &simple(1, -30, 0x80, b"next"),
                // The last packet, of which 15 ms are padding.
                &element(
                    0xa0,
                    &[
                        &element(0xa1, &[&[0x82, 0, 0, 0], &[0xfc, 9]]),
                        &element(0x75a2, &[&15_000_000_u32.to_be_bytes()]),
                    ],
                ),
            ],
        ),
    ];
    let clusters: Vec<&[u8]> = clusters.iter().map(Vec::as_slice).collect();
    let file = webm(&clusters);
    let contents = media::probe(file.path(), Reach::Folder).expect("probed");
    assert_eq!(contents.remarks, Vec::<String>::new());
    let (track, sound) = (contents.video.expect("video"), contents.sound.expect("sound"));
    assert_eq!(
        (track.codec, track.rotation, track.pixel_aspect),
        (VideoCodec::Vp8, Rotation::Clockwise270, Some((2, 1)))
    );
    assert_eq!((sound.codec, sound.channels), (SoundCodec::Opus, 2));
    // Zero is the first sound that is heard, at 10 ms.
    assert_eq!(track.span.expect("known").0, Timestamp::from_millis(5));
    assert_eq!(sound.span, Some((Timestamp::ZERO, Timestamp::from_nanos(188_500_000))));
    let video = packets(file.path(), TrackKind::Video);
    assert_eq!(millis(&video), [5, 45, 160]);
    assert_eq!(video.iter().map(|packet| packet.is_key).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(video[0].data, b"!!key");
    let sound = packets(file.path(), TrackKind::Sound);
    assert_eq!(
        sound.iter().map(|packet| packet.at.as_nanos()).collect::<Vec<_>>(),
        [-6_500_000, 13_500_000, 33_500_000, 183_500_000]
    );
    assert_eq!(
        sound.iter().map(|packet| packet.trim).collect::<Vec<_>>(),
        [(312, 0), (0, 0), (0, 0), (0, 720)]
    );
    assert_eq!(sound.iter().map(|packet| packet.data.len()).collect::<Vec<_>>(), [1, 2, 2, 2]);
    let mut reader = media::packets(file.path(), Reach::Folder, TrackKind::Video).expect("opened");
    reader.seek(Timestamp::from_millis(159)).expect("sought");
    assert_eq!(reader.next_packet().expect("read").expect("one").data, b"!!key");
    reader.seek(Timestamp::from_millis(160)).expect("sought");
    assert_eq!(reader.next_packet().expect("read").expect("one").data, b"!!next");
}

#[test]
fn built_webm_goes_on_behind_damage() {
    let cluster =
        |time: u8| element(0x1f43_b675, &[&element(0xe7, &[&[time]]), &simple(1, 0, 0x80, &[time])]);
    let (first, second) = (cluster(0), cluster(100));
    // A block that claims more than the file has, and bytes that are no element.
    let torn = [&[0xa3, 0x08, 0xff, 0xff, 0xff, 0xff][..], &[0; 300]].concat();
    let file = webm(&[&first, &torn, &second]);
    let (found, errors) = packets_and_errors(file.path(), TrackKind::Video, 10).expect("opened");
    assert_eq!(millis(&found), [0, 100]);
    assert!(matches!(&told(&errors)[..], [error] if error.contains("is damaged and left out")), "{errors:?}");
    let remarks = media::probe(file.path(), Reach::Folder).expect("probed").remarks;
    assert!(remarks.iter().any(|remark| remark.contains("damaged")), "{remarks:?}");
    // Nothing of this track is there, and still it is told that something may be missing.
    let (found, errors) = packets_and_errors(file.path(), TrackKind::Sound, 10).expect("opened");
    assert!(found.is_empty() && errors.len() == 1, "{errors:?}");
}
