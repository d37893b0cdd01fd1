//! H.264: bit-exact with FFmpeg, in the order of presentation, and what cannot be done told beforehand.

use polyptych::{Matrix, Range, Timestamp};
use polyptych_recorder::decode::{VideoSource, supports_video, video_decoder};
use polyptych_recorder::media::VideoCodec;

use super::material::{
    Material, assert_same, h264, has_ffmpeg, pictures, reference, samples, source, video_track,
};

const INPUT: &str =
    "-f lavfi -i testsrc=size=162x90:rate=25:duration=1.6,noise=alls=20:allf=t -pix_fmt yuv420p -c:v libx264";

/// Decodes what each of the encoder's settings gives, and compares it with FFmpeg's pictures.
fn assert_bit_exact(cases: &[(&str, &str)]) {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for (name, arguments) in cases {
        let Some(path) =
            material.make(&format!("{INPUT} {arguments}"), &format!("{}.mp4", name.replace(' ', "-")))
        else {
            continue;
        };
        let (track, packets) = h264(&path);
        supports_video(&track, &packets[..1]).expect(name);
        let mut video = source(&track, &packets);
        let (found, errors) = pictures(&mut video);
        assert_eq!(errors, [""; 0], "{name}");
        assert_eq!(found.len(), 40, "{name}");
        let mut times: Vec<Timestamp> = packets.iter().map(|packet| packet.at).collect();
        times.sort();
        assert_eq!(found.iter().map(|picture| picture.at).collect::<Vec<_>>(), times, "{name}");
        assert_eq!(video.counters().decoded, 40, "{name}");
        assert_same(name, &samples(&found), &reference(&path, "-f rawvideo"));
    }
}

#[test]
fn h264_of_every_profile_is_bit_exact_and_in_order() {
    assert_bit_exact(&[
        ("baseline", "-profile:v baseline"),
        ("main without CABAC", "-profile:v main -x264-params cabac=0:bframes=3:keyint=12"),
        (
            "pyramid, weights",
            "-profile:v high -x264-params bframes=5:b-pyramid=normal:ref=4:weightp=2:weightb=1:keyint=25",
        ),
        ("slices", "-profile:v high -x264-params slices=4:bframes=2"),
        ("slow", "-preset slower -profile:v high"),
        ("coarse", "-preset slow -crf 45"),
    ]);
}

#[test]
fn h264_of_rare_tools_is_bit_exact_and_in_order() {
    assert_bit_exact(&[
        ("almost without loss, raw blocks", "-preset ultrafast -qp 1 -profile:v main -x264-params cabac=1"),
        (
            "open groups",
            "-x264-params open-gop=1:bframes=3:b-pyramid=normal:keyint=10:min-keyint=10:scenecut=0",
        ),
        ("scaling lists", "-profile:v high -x264-params cqm=jvt"),
        ("intra refresh", "-x264-params intra-refresh=1:keyint=10"),
        ("temporal direct", "-x264-params direct=temporal:bframes=4"),
    ]);
}

#[test]
fn h264_that_cannot_be_decoded_is_told_beforehand() {
    if !has_ffmpeg() {
        return;
    }
    let input = "-f lavfi -i testsrc=size=64x64:rate=25:duration=0.2 -c:v libx264";
    let cases = [
        ("interlaced", "-pix_fmt yuv420p -x264-params tff=1", "interlaced"),
        ("10 bits", "-pix_fmt yuv420p10le", "10 bits"),
        ("4:2:2", "-pix_fmt yuv422p", "4:2:2"),
        ("4:4:4", "-pix_fmt yuv444p", "profile 244"),
        ("lossless", "-pix_fmt yuv420p -qp 0", "profile 244"),
    ];
    let material = Material::new();
    for (name, arguments, reason) in cases {
        let Some(path) =
            material.make(&format!("{input} {arguments}"), &format!("{}.mp4", name.replace(' ', "-")))
        else {
            continue;
        };
        let (track, packets) = h264(&path);
        let told = supports_video(&track, &packets).expect_err(name);
        assert!(told.contains(reason), "{name}: {told}");
        assert!(video_decoder(&track).is_err(), "{name}: nor is there a decoder");
    }
}

#[test]
fn h264_that_becomes_interlaced_is_an_error_and_the_rest_is_skipped() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let input = "-f lavfi -i testsrc=size=64x64:rate=25:duration=0.4 -pix_fmt yuv420p -c:v libx264";
    let make =
        |arguments: &str, name| material.make(&format!("{input} {arguments}"), name).expect("x264 does both");
    let (track, mut packets) = h264(&make("", "progressive.mp4"));
    let (other, interlaced) = h264(&make("-x264-params tff=1", "interlaced.mp4"));
    let progressive = packets.len();
    let change = Some(Box::new(other));
    packets.extend(interlaced.into_iter().map(|mut packet| {
        packet.at = packet.at + std::time::Duration::from_millis(400);
        packet
    }));
    packets[progressive].change = change;
    let mut video = source(&track, &packets);
    let (found, errors) = pictures(&mut video);
    assert_eq!(found.len(), progressive);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].contains("interlaced"), "{errors:?}");
    assert_eq!(video.counters().skipped as usize, packets.len() - progressive - 1);
}

/// A byte stream as MPEG-TS carries it: parameter sets before each keyframe, and another size from the second half on.
#[test]
fn h264_changes_size_in_mid_stream() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let mut stream = Vec::new();
    let mut expected = Vec::new();
    for (index, size) in ["96x64", "64x96"].into_iter().enumerate() {
        let input = format!(
            "-f lavfi -i testsrc=size={size}:rate=25:duration=0.4 -pix_fmt yuv420p -c:v libx264 -bf 2"
        );
        let path = material.make(&input, &format!("{size}.mp4")).expect("x264 does it");
        let (track, packets) = h264(&path);
        stream.extend(packets.into_iter().enumerate().map(|(place, mut packet)| {
            packet.at = packet.at + std::time::Duration::from_millis(400 * index as u64);
            packet.data = annex_b(&packet.data, if place == 0 { sets_of(&track.config) } else { Vec::new() });
            packet
        }));
        expected.extend(reference(&path, "-f rawvideo"));
    }
    let track = video_track(VideoCodec::H264, Vec::new());
    supports_video(&track, &stream).expect("sets are in the packets");
    assert!(supports_video(&track, &stream[1..5]).is_err(), "without sets nothing can be said");
    let (found, errors) = pictures(&mut source(&track, &stream));
    assert_eq!(errors, [""; 0]);
    assert_eq!(found.len(), 20);
    assert_same("changes size", &samples(&found), &expected);
}

/// Parameter sets of a configuration record, one of each kind.
fn sets_of(config: &[u8]) -> Vec<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes([config[6], config[7]]));
    let (sequence, rest) = config[8..].split_at(length);
    let length = usize::from(u16::from_be_bytes([rest[1], rest[2]]));
    vec![sequence.to_vec(), rest[3..3 + length].to_vec()]
}

fn annex_b(packet: &[u8], mut units: Vec<Vec<u8>>) -> Vec<u8> {
    let mut rest = packet;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (unit, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
        units.push(unit.to_vec());
        rest = behind;
    }
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], unit.as_slice()].concat()).collect()
}

#[test]
fn h264_states_its_colours_and_pixels() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let input =
        "-f lavfi -i testsrc=size=64x64:rate=25:duration=0.2,setsar=4/3 -pix_fmt yuv420p -c:v libx264";
    let path = material
        .make(&format!("{input} -colorspace smpte170m -color_range pc"), "colours.mp4")
        .expect("x264");
    let (mut track, packets) = h264(&path);
    track.matrix = Some(Matrix::Bt709);
    let (found, _) = pictures(&mut source(&track, &packets));
    let shape = found[0].frame.shape();
    assert_eq!(
        (shape.matrix, shape.range),
        (Some(Matrix::Bt601), Some(Range::Full)),
        "the stream's word comes first"
    );
    assert!((shape.pixel_aspect.ratio() - 4.0 / 3.0).abs() < 1e-9);
}

#[test]
fn h264_seeks_to_the_picture_that_is_shown() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let arguments = "-x264-params open-gop=1:bframes=3:b-pyramid=normal:keyint=10:min-keyint=10:scenecut=0";
    let path = material.make(&format!("{INPUT} {arguments}"), "seek.mp4").expect("x264 does it");
    let (track, packets) = h264(&path);
    let (all, _) = pictures(&mut source(&track, &packets));
    let mut video = source(&track, &packets);
    for index in [33, 5, 21, 0, 39, 10] {
        // Between two pictures, and exactly at one.
        for nanos in [0, 13_000_000] {
            let at = Timestamp::from_nanos(all[index].at.as_nanos() + nanos);
            video.seek(at).expect("a list seeks");
            let (found, errors) = pictures(&mut video);
            assert_eq!(errors, [""; 0], "{at}");
            assert_eq!(found[0].at, all[index].at, "{at}");
            assert_eq!(found.len(), all.len() - index, "{at}");
            assert_same("behind a seek", &samples(&found), &samples(&all[index..]));
        }
    }
}

#[test]
fn h264_begins_late_and_loses_packets() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let arguments = "-x264-params keyint=10:min-keyint=10:scenecut=0:bframes=2:ref=1";
    let path = material.make(&format!("{INPUT} {arguments}"), "late.mp4").expect("x264 does it");
    let (track, packets) = h264(&path);
    let (all, _) = pictures(&mut source(&track, &packets));

    let mut late = source(&track, &packets[3..]);
    let (found, errors) = pictures(&mut late);
    assert_eq!(errors, [""; 0]);
    assert_eq!(late.counters().skipped, 7);
    assert_same("late", &samples(&found), &samples(&all[10..]));

    // The keyframe at 10 is followed by pictures that refer to it: without the second one, frame numbers jump.
    let mut lossy = packets.clone();
    lossy.remove(11);
    let mut lost = source(&track, &lossy);
    let (found, errors) = pictures(&mut lost);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("missing"), "{errors:?}");
    assert_eq!(found.len() as u64 + lost.counters().skipped + 1, 39);
    let is_known = |found: &polyptych_recorder::decode::Picture| {
        let index = all.iter().position(|picture| picture.at == found.at).expect("it has its time");
        samples(std::slice::from_ref(found)) == samples(&all[index..=index])
    };
    assert!(found.iter().all(is_known), "nothing wrong is shown");
}
