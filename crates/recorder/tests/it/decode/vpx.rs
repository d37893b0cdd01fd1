//! VP8 and VP9: bit-exact with FFmpeg.

use polyptych::{Matrix, Range};
use polyptych_recorder::decode::supports_video;
use polyptych_recorder::media::{Packet, VideoCodec};

use super::material::{
    Material, assert_same, has_ffmpeg, ivf, pictures, reference, samples, source, video_track,
};

const INPUT: &str =
    "-f lavfi -i testsrc=size=161x91:rate=25:duration=1.2,noise=alls=20:allf=t -pix_fmt yuv420p";

fn is_vp8_key(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte & 1 == 0)
}

fn is_vp9_key(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte & 0b1100_1100 == 0b1000_0000 && byte & 0b1000 == 0)
}

/// Every sample of what FFmpeg encodes in each of these ways, where its encoder knows the way; what the samples of each mean.
fn assert_exact(
    codec: &VideoCodec,
    is_key: fn(&[u8]) -> bool,
    cases: &[(&str, &str)],
) -> Vec<(Option<Matrix>, Option<Range>)> {
    let material = Material::new();
    let mut colors = Vec::new();
    for (name, arguments) in cases {
        let Some(path) =
            material.make(&format!("{INPUT} {arguments}"), &format!("{}.ivf", name.replace(' ', "-")))
        else {
            continue;
        };
        let packets = ivf(&path, is_key);
        let track = video_track(codec.clone(), Vec::new());
        supports_video(&track, &packets[..1]).expect(name);
        let (found, errors) = pictures(&mut source(&track, &packets));
        assert_eq!(errors, [""; 0], "{name}");
        assert_eq!(found.len(), 30, "{name}");
        assert_same(name, &samples(&found), &reference(&path, "-f rawvideo"));
        let shape = found[0].frame.shape();
        colors.push((shape.matrix, shape.range));
    }
    colors
}

#[test]
fn vp8_is_bit_exact() {
    if !has_ffmpeg() {
        return;
    }
    let cases = [
        ("real time", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k"),
        (
            "hidden references",
            "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -arnr-maxframes 7 -arnr-strength 5 -b:v 300k",
        ),
        ("partitions, resilient", "-c:v libvpx -slices 4 -error-resilient 1 -b:v 100k"),
        ("simple filter", "-c:v libvpx -profile:v 3 -b:v 200k"),
    ];
    for colors in assert_exact(&VideoCodec::Vp8, is_vp8_key, &cases) {
        assert_eq!(colors, (Some(Matrix::Bt601), Some(Range::Limited)));
    }
}

#[test]
fn vp9_is_bit_exact() {
    if !has_ffmpeg() {
        return;
    }
    let cases = [
        ("real time", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k"),
        ("hidden references", "-c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -cpu-used 4 -b:v 200k"),
        (
            "adaptive quantiser",
            "-c:v libvpx-vp9 -aq-mode 3 -deadline realtime -cpu-used 7 -b:v 100k -row-mt 1",
        ),
        ("without loss", "-c:v libvpx-vp9 -lossless 1 -cpu-used 6"),
    ];
    assert_exact(&VideoCodec::Vp9, is_vp9_key, &cases);
}

#[test]
fn vp9_of_other_formats_is_told_beforehand() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    for format in ["yuv444p", "yuv420p10le"] {
        let input =
            format!("-f lavfi -i testsrc=size=64x64:rate=25:duration=0.1 -pix_fmt {format} -c:v libvpx-vp9");
        let Some(path) = material.make(&input, &format!("{format}.ivf")) else { continue };
        let packets = ivf(&path, |_| true);
        let told = supports_video(&video_track(VideoCodec::Vp9, Vec::new()), &packets).expect_err(format);
        assert!(told.contains("profile"), "{format}: {told}");
    }
}

#[test]
fn vp9_states_its_colours() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let arguments = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -colorspace bt709 -color_range pc";
    let path = material.make(&format!("{INPUT} {arguments}"), "colours.ivf").expect("libvpx does it");
    let track = video_track(VideoCodec::Vp9, Vec::new());
    let (found, _) = pictures(&mut source(&track, &ivf(&path, is_vp9_key)));
    let shape = found[0].frame.shape();
    assert_eq!((shape.matrix, shape.range), (Some(Matrix::Bt709), Some(Range::Full)));
}

/// Two streams one behind the other, as a camera that changes its size makes them.
#[test]
fn vp8_and_vp9_change_size_in_mid_stream() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    type IsKey = fn(&[u8]) -> bool;
    let codecs: [(_, _, IsKey); 2] =
        [(VideoCodec::Vp8, "libvpx", is_vp8_key), (VideoCodec::Vp9, "libvpx-vp9", is_vp9_key)];
    for (codec, encoder, is_key) in codecs {
        let (mut stream, mut expected): (Vec<Packet>, _) = (Vec::new(), Vec::new());
        for size in ["96x64", "65x97"] {
            let input = format!("-f lavfi -i testsrc=size={size}:rate=25:duration=0.4 -pix_fmt yuv420p");
            let arguments = format!("{input} -c:v {encoder} -deadline realtime -cpu-used 8");
            let path = material.make(&arguments, &format!("{encoder}-{size}.ivf")).expect("libvpx does it");
            stream.extend(ivf(&path, is_key));
            expected.extend(reference(&path, "-f rawvideo"));
        }
        for (index, packet) in stream.iter_mut().enumerate() {
            packet.at = polyptych::Timestamp::from_millis(index as i64 * 40);
        }
        let (found, errors) = pictures(&mut source(&video_track(codec, Vec::new()), &stream));
        assert_eq!(errors, [""; 0], "{encoder}");
        assert_same(encoder, &samples(&found), &expected);
    }
}

#[test]
fn vp8_behind_a_broken_packet_waits_for_a_keyframe() {
    if !has_ffmpeg() {
        return;
    }
    let material = Material::new();
    let arguments = "-c:v libvpx -deadline realtime -cpu-used 8 -g 10 -keyint_min 10 -b:v 200k";
    let path = material.make(&format!("{INPUT} {arguments}"), "keys.ivf").expect("libvpx does it");
    let mut packets = ivf(&path, is_vp8_key);
    let track = video_track(VideoCodec::Vp8, Vec::new());
    let (all, _) = pictures(&mut source(&track, &packets));
    packets[12].data.truncate(3);
    let mut video = source(&track, &packets);
    let (found, errors) = pictures(&mut video);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("0.480000000 s"), "{errors:?}");
    let counters = video.counters();
    assert_eq!((counters.decoded, counters.broken, counters.skipped), (22, 1, 7));
    assert_same("before", &samples(&found[..12]), &samples(&all[..12]));
    assert_same("behind", &samples(&found[12..]), &samples(&all[20..]));
}
