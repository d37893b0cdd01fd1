//! Transport streams beside what ffprobe says of them.

use std::fs;

use polyptych::Timestamp;
use polyptych_recorder::media::{self, Container, Reach, SoundCodec, TrackKind, VideoCodec};

use super::{assert_times, ffmpeg, ffprobe, seconds, zero_of};
use crate::containers::{packets, packets_and_errors};

const SOURCES: &str = "-f lavfi -i testsrc=s=160x120:r=25:d=4 -f lavfi -i sine=f=440:r=44100:d=4.2";
const CODECS: &str = "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac -b:a 64k";

#[test]
fn ts_packets_are_those_that_ffprobe_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    // The second begins shortly before stamps wrap.
    for (name, options) in [("plain.ts", ""), ("wrap.ts", "-output_ts_offset 95441.5")] {
        if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} {options} {name}")) {
            return;
        }
        let path = folder.path().join(name);
        let contents = media::probe(&path, Reach::Folder).expect("contents");
        assert_eq!(contents.container, Container::MpegTs);
        assert_eq!(contents.remarks, [""; 0]);
        let (video, sound) = (contents.video.expect("video"), contents.sound.expect("sound"));
        assert_eq!((&video.codec, video.config.len()), (&VideoCodec::H264, 0));
        assert_eq!((sound.codec, sound.sample_rate, sound.channels), (SoundCodec::Aac, 44_100, 1));
        assert_eq!(sound.config, [0x12, 0x08]);

        let (expected_video, expected_sound) = (ffprobe(&path, "v:0"), ffprobe(&path, "a:0"));
        let zero = zero_of(&[&expected_video, &expected_sound]);
        let (found_video, found_sound) = (packets(&path, TrackKind::Video), packets(&path, TrackKind::Sound));
        assert_times(&found_video, &expected_video, zero);
        assert_times(&found_sound, &expected_sound, zero);
        for (found, expected) in found_video.iter().zip(&expected_video) {
            assert_eq!((found.is_key, found.data.len()), (expected.is_key, expected.bytes));
        }
        for (found, expected) in found_sound.iter().zip(&expected_sound) {
            assert_eq!(found.data.len() + 7, expected.bytes);
        }
        let (start, end) = video.span.expect("a span");
        let last = found_video.iter().map(seconds).fold(0.0, f64::max);
        assert!((end.as_nanos() as f64 / 1e9 - last - 0.04).abs() < 1e-4, "{start} {end}, last {last}");
        let last = found_sound.last().expect("sound");
        assert_eq!(sound.span.expect("a span").1, last.at + last.duration.expect("a duration"));
    }
}

#[test]
fn ts_seeking_goes_to_the_keyframe_before() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} -output_ts_offset 95442 a.ts")) {
        return;
    }
    let path = folder.path().join("a.ts");
    for track in [TrackKind::Video, TrackKind::Sound] {
        let all = packets(&path, track);
        let mut reader = media::packets(&path, Reach::Folder, track).expect("a reader");
        for at in [2_500, 0, 1_030, 3_999, 60_000, -5].map(Timestamp::from_millis) {
            reader.seek(at).expect("sought");
            let first = reader.next_packet().expect("read").expect("a packet");
            let index = all.iter().position(|packet| *packet == first).expect("one of the packets");
            assert!(first.is_key && (index == 0 || first.at <= at), "{at}: {}", first.at);
            let later = all.iter().skip(index + 1).filter(|packet| packet.is_key && packet.at <= at).count();
            let most = if track == TrackKind::Sound { 40 } else { 0 };
            assert!(later <= most, "{at}: {later} keyframes lie between");
            let rest = std::iter::from_fn(|| reader.next_packet().expect("read")).count();
            assert_eq!(rest + index + 1, all.len());
        }
    }
}

#[test]
fn ts_that_begins_before_its_tables_is_read_from_its_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} a.ts")) {
        return;
    }
    let path = folder.path().join("a.ts");
    let tracks = [TrackKind::Video, TrackKind::Sound];
    let whole = tracks.map(|track| packets(&path, track));
    // Tables before the first second's end, in packets of the PIDs 0 (which programs) and 0x1000 (which tracks), are lost.
    let bytes = fs::read(&path).expect("read");
    let late: Vec<u8> = bytes
        .chunks(188)
        .enumerate()
        .filter(|&(index, packet)| {
            let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
            index * 4 > bytes.len() / 188 || ![0, 0x1000].contains(&pid)
        })
        .flat_map(|(_, packet)| packet.to_owned())
        .collect();
    assert!(late.len() < bytes.len());
    fs::write(&path, late).expect("written");
    assert_eq!(tracks.map(|track| packets(&path, track)), whole);
    for (track, whole) in tracks.into_iter().zip(whole) {
        let mut reader = media::packets(&path, Reach::Folder, track).expect("a reader");
        reader.seek(Timestamp::ZERO).expect("sought");
        assert_eq!(std::iter::from_fn(|| reader.next_packet().expect("read")).collect::<Vec<_>>(), whole);
    }
}

#[test]
fn ts_loss_costs_what_was_lost_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} a.ts")) {
        return;
    }
    let path = folder.path().join("a.ts");
    let whole = fs::read(&path).expect("read");
    let all = packets(&path, TrackKind::Video);
    let mut cut = whole.clone();
    let middle = whole.len() / 188 / 2 * 188;
    cut.drain(middle..middle + 20 * 188);
    fs::write(&path, &cut).expect("written");
    let (found, errors) = packets_and_errors(&path, TrackKind::Video, 10_000).expect("a reader");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(found.iter().all(|packet| all.contains(packet)), "damaged packets are left out");
    let gap = found.windows(2).position(|pair| seconds(&pair[1]) - seconds(&pair[0]) > 0.2).expect("a gap");
    assert!(found[gap + 1].is_key, "it goes on at a keyframe");
}

#[test]
fn ts_damage_never_panics_nor_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(
        folder.path(),
        "-f lavfi -i testsrc=s=32x32:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -c:a aac a.ts",
    ) {
        return;
    }
    let path = folder.path().join("a.ts");
    let whole = fs::read(&path).expect("read");
    let limit = 10_000;
    for cut in (0..whole.len()).step_by(whole.len() / 60) {
        fs::write(&path, &whole[..cut]).expect("written");
        for track in [TrackKind::Video, TrackKind::Sound] {
            let _ = packets_and_errors(&path, track, limit);
        }
    }
    let mut seed = 7_u32;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..20 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            bytes[at] ^= 1 << (seed >> 29);
        }
        fs::write(&path, &bytes).expect("written");
        let _ = media::probe(&path, Reach::Folder);
        for track in [TrackKind::Video, TrackKind::Sound] {
            if let Ok(mut reader) = media::packets(&path, Reach::Folder, track) {
                let _ = reader.seek(Timestamp::from_millis(500));
            }
            let _ = packets_and_errors(&path, track, limit);
        }
    }
}

#[test]
fn ts_opus_packets_are_those_that_ffprobe_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(folder.path(), "-f lavfi -i sine=r=48000:d=2 -ac 2 -c:a libopus a.ts") {
        return;
    }
    let path = folder.path().join("a.ts");
    let sound = media::probe(&path, Reach::Folder).expect("contents").sound.expect("sound");
    assert_eq!((sound.codec, sound.sample_rate, sound.channels), (SoundCodec::Opus, 48_000, 2));
    assert_eq!(sound.config.len(), 19);
    let expected = ffprobe(&path, "a:0");
    let found = packets(&path, TrackKind::Sound);
    assert_times(&found, &expected, zero_of(&[&expected]));
    assert!(found.iter().all(|packet| packet.duration == Some(std::time::Duration::from_millis(20))));
    assert!(media::packets(&path, Reach::Folder, TrackKind::Video).is_err());
}

#[test]
fn ts_with_times_of_arrival_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} -an -mpegts_m2ts_mode 1 a.m2ts")) {
        return;
    }
    let path = folder.path().join("a.m2ts");
    let expected = ffprobe(&path, "v:0");
    assert_times(&packets(&path, TrackKind::Video), &expected, zero_of(&[&expected]));
}

#[test]
fn ts_sound_that_is_coded_in_another_way_is_told_and_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = |channels, offset, name| {
        let source = format!("-f lavfi -i sine=f=440:r=48000:d=1 -ac {channels} -c:a aac");
        ffmpeg(folder.path(), &format!("{source} -output_ts_offset {offset} {name}.ts"))
    };
    if !sound(2, 0, "a") || !sound(1, 1, "b") || !sound(2, 2, "c") {
        return;
    }
    let parts = ["a", "b", "c"].map(|name| fs::read(folder.path().join(format!("{name}.ts"))).expect("read"));
    let path = folder.path().join("all.ts");
    fs::write(&path, parts.concat()).expect("written");
    let first = packets(&folder.path().join("a.ts"), TrackKind::Sound).len();
    let (found, errors) = packets_and_errors(&path, TrackKind::Sound, 1_000).expect("a reader");
    assert!(found.len().abs_diff(2 * first) <= 2, "{} {first}", found.len());
    let told: Vec<_> =
        errors.iter().map(ToString::to_string).filter(|error| error.contains("another way")).collect();
    assert!(told.len() == 1 && told[0].contains("48000 Hz and 1 channels"), "{errors:?}");

    // Where reading begins does not change what the track is.
    let mut reader = media::packets(&path, Reach::Folder, TrackKind::Sound).expect("a reader");
    reader.seek(Timestamp::from_millis(1_500)).expect("sought");
    let all: Vec<_> = std::iter::from_fn(|| reader.next_packet().transpose()).take(1_000).collect();
    let times: Vec<_> = all.iter().flatten().map(seconds).collect();
    assert!(times.len() > 40 && times.iter().all(|at| !(1.1..=1.9).contains(at)), "{times:?}");
}
