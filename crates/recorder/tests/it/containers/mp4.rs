//! MP4, fragmented MP4 and QuickTime movies that FFmpeg makes.

use polyptych::{Matrix, Range, Rotation, Size, Timestamp};
use polyptych_recorder::media::{self, Container, Reach, SoundCodec, TrackKind, VideoCodec};

use super::{Studio, assert_as_probed, assert_seeks, packets};

const INPUTS: &str =
    "-f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi -i sine=sample_rate=44100:duration=2";
const CODECS: &str = "-c:v libx264 -preset veryfast -g 10 -bf 2 -pix_fmt yuv420p -c:a aac";

/// In milliseconds from the file's zero.
fn span(from: i64, to: i64) -> Option<(Timestamp, Timestamp)> {
    Some((Timestamp::from_millis(from), Timestamp::from_millis(to)))
}

#[test]
fn mp4_of_every_layout_has_ffprobes_packets() {
    let Some(studio) = Studio::open() else { return };
    let source = studio.make(&format!("{INPUTS} {CODECS} source.mp4"));
    for (name, flags, starts_at) in [
        ("plain.mp4", "", 0),
        ("fast.mp4", "-movflags +faststart", 0),
        ("movie.mov", "", 0),
        ("fragments.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof", 80),
        ("absolute.mp4", "-movflags +frag_keyframe+empty_moov", 80),
        ("mixed.mp4", "-movflags +frag_keyframe", 80),
        ("edited.mp4", "-movflags +frag_keyframe+delay_moov+default_base_moof", 0),
        ("indexed.mp4", "-movflags +dash+global_sidx -frag_duration 300000", 80),
        ("negative.mp4", "-movflags +negative_cts_offsets", 0),
    ] {
        let path = studio.make(&format!("-i {} -c copy {flags} {name}", source.display()));
        let contents = media::probe(&path, Reach::Folder).expect("probed");
        assert_eq!(
            (contents.container, contents.remarks.len()),
            (Container::Mp4, 0),
            "{name}: {:?}",
            contents.remarks
        );
        let (video, sound) = (contents.video.expect("video"), contents.sound.expect("sound"));
        assert_eq!(video.codec, VideoCodec::H264);
        assert_eq!(video.config.first(), Some(&1), "a record of version 1");
        assert_eq!((video.size, video.rotation), (Size::from_wh(64, 48), Rotation::None));
        assert_eq!(video.span, span(starts_at, starts_at + 2000), "{name}");
        assert_eq!((sound.codec, sound.sample_rate, sound.channels), (SoundCodec::Aac, 44_100, 1));
        assert_as_probed(&path, TrackKind::Video, 0, 0);
        assert_as_probed(&path, TrackKind::Sound, 0, 0);
        assert_seeks(&path, TrackKind::Video);
        assert_seeks(&path, TrackKind::Sound);
    }
}

#[test]
fn mp4_sound_is_exact_to_the_sample() {
    let Some(studio) = Studio::open() else { return };
    for (codec, samples, name) in [
        ("aac", 44_100, "aac.mp4"),
        ("libopus -ar 48000", 48_000, "opus.mp4"),
        ("pcm_s24be", 44_100, "pcm.mov"),
    ] {
        let sine = "-f lavfi -i sine=sample_rate=44100:duration=1";
        let path = studio.make(&format!("{sine} -c:a {codec} {name}"));
        let sound = media::probe(&path, Reach::Folder).expect("probed").sound.expect("sound");
        let all = packets(&path, TrackKind::Sound);
        let decoded = |data: &[u8]| match sound.codec {
            SoundCodec::Aac => 1024,
            SoundCodec::Opus => 960,
            _ => data.len() as u32 / 3,
        };
        let heard: u32 = all
            .iter()
            .map(|packet| decoded(&packet.data).saturating_sub(packet.trim.0).saturating_sub(packet.trim.1))
            .sum();
        assert_eq!(heard, samples, "{codec}");
        let start = all.first().map(|packet| packet.at.as_nanos()).expect("a packet");
        let primed = all.first().map_or(0, |packet| i64::from(packet.trim.0));
        assert_eq!(
            start,
            -((primed * 1_000_000_000 + i64::from(samples) / 2) / i64::from(samples)),
            "{codec}"
        );
    }
}

#[test]
fn mp4_edit_lists_delay_and_cut() {
    let Some(studio) = Studio::open() else { return };
    let delayed = studio.make(
        "-f lavfi -i testsrc=size=64x48:rate=25:duration=1 -itsoffset 0.5 -f lavfi -i sine=duration=1 \
         -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac delayed.mp4",
    );
    let contents = media::probe(&delayed, Reach::Folder).expect("probed");
    assert_eq!(contents.video.expect("video").span, span(0, 1000));
    // FFmpeg does not cut the encoder's priming where it writes a delay, but puts it before the delay's end.
    let (start, end) = contents.sound.expect("sound").span.expect("known");
    assert_eq!((start, end.as_nanos()), (Timestamp::from_millis(476), 476_000_000 + 1_023_219_955));
    assert_as_probed(&delayed, TrackKind::Video, 0, 0);
    // FFmpeg rounds the delay to a sample.
    assert_as_probed(&delayed, TrackKind::Sound, 0, 1_000_000_000 / 44_100);

    // Cut without encoding anew, in the middle of a group of pictures: the first ones are decoded only.
    studio.make(&format!("{INPUTS} {CODECS} whole.mp4"));
    let path = studio.path("whole.mp4");
    let cut = studio.make(&format!("-ss 0.6 -i {} -c copy -t 1 cut.mp4", path.display()));
    let hidden =
        assert_as_probed(&cut, TrackKind::Video, 0, 0).iter().filter(|packet| !packet.is_shown).count();
    assert!(hidden > 0, "pictures before the cut are not shown");
    assert_as_probed(&cut, TrackKind::Sound, 0, 0);
}

#[test]
fn mp4_rotation_aspect_and_colour_are_told() {
    let Some(studio) = Studio::open() else { return };
    studio.make(
        "-f lavfi -i testsrc=size=64x48:rate=5:duration=1 -vf setsar=4/3 -c:v libx264 -preset ultrafast \
         -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range pc upright.mp4",
    );
    let path = studio.path("upright.mp4");
    // This program's `rotate` turns the other way.
    for (degrees, rotation) in [
        (0, Rotation::None),
        (90, Rotation::Clockwise270),
        (180, Rotation::Clockwise180),
        (270, Rotation::Clockwise90),
    ] {
        let copy = format!("-i {} -c copy -metadata:s:v rotate={degrees} turned.mp4", path.display());
        let video = media::probe(&studio.make(&copy), Reach::Folder).expect("probed").video.expect("video");
        assert_eq!(video.rotation, rotation, "{degrees}");
        assert_eq!(video.pixel_aspect, Some((4, 3)));
        assert_eq!((video.matrix, video.range), (Some(Matrix::Bt709), Some(Range::Full)));
    }
}

#[test]
fn mp4_gaps_and_variable_rates_come_through() {
    let Some(studio) = Studio::open() else { return };
    let select = "-vf select='not(between(n,10,19))*not(mod(n,3))+eq(n,25)',setpts=PTS+0.04*random(1)/TB/40";
    let path = studio.make(&format!(
        "-f lavfi -i testsrc=size=64x48:rate=25:duration=2 {select} -vsync vfr \
         -c:v libx264 -bf 2 -pix_fmt yuv420p gaps.mp4"
    ));
    let all = assert_as_probed(&path, TrackKind::Video, 0, 0);
    let mut times: Vec<i64> = all.iter().map(|packet| packet.at.as_nanos()).collect();
    times.sort_unstable();
    assert!(times.windows(2).any(|pair| pair[1] - pair[0] > 400_000_000), "the gap is there: {times:?}");
}

#[test]
fn mp4_other_codecs_are_named() {
    let Some(studio) = Studio::open() else { return };
    let source = "-f lavfi -i testsrc=size=64x48:rate=5:duration=1 -pix_fmt yuv420p";
    for (arguments, codec, config) in [
        ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8", VideoCodec::Vp9, false),
        ("-c:v libx265 -preset ultrafast -x265-params log-level=none -tag:v hvc1", VideoCodec::Hevc, true),
        ("-c:v libaom-av1 -cpu-used 8 -usage realtime", VideoCodec::Av1, true),
        ("-c:v mpeg4", VideoCodec::Other("mp4v".to_owned()), false),
    ] {
        let path = studio.make(&format!("{source} {arguments} coded.mp4"));
        let video = media::probe(&path, Reach::Folder).expect("probed").video.expect("video");
        assert_eq!((video.codec, !video.config.is_empty()), (codec, config));
        assert_as_probed(&path, TrackKind::Video, 0, 0);
    }
}
