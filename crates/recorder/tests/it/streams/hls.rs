//! Playlists beside what ffprobe says of them, and with segments that are missing.

use std::fs;
use std::path::{Path, PathBuf};

use polyptych::Timestamp;
use polyptych_recorder::decode::{Backend, Decoders};
use polyptych_recorder::ffmpeg::{InputOptions, find};
use polyptych_recorder::media::{
    self, Container, MediaError, Packet, Reach, SoundCodec, TrackKind, VideoCodec,
};

use super::{assert_times, ffmpeg, ffprobe, seconds, zero_of};
use crate::containers::{packets, packets_and_errors};

const SOURCES: &str = "-f lavfi -i testsrc=s=64x48:r=25:d=4 -f lavfi -i sine=f=440:r=48000:d=4";
const CODECS: &str = "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac -b:a 64k -f hls -hls_time 1 -hls_playlist_type vod";

/// The data and times of packets that both have.
fn assert_kept(found: &[Packet], all: &[Packet]) {
    for packet in found {
        assert!(all.contains(packet), "a packet at {} is changed", packet.at);
    }
}

/// All segments in one file, behind what they need: ffprobe reads playlists with its own idea of the first packet.
fn joined(folder: &Path, ending: &str) -> PathBuf {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    names.sort();
    let init = names.iter().filter(|path| path.extension().is_some_and(|found| found == "mp4"));
    let segments = names.iter().filter(|path| path.extension().is_some_and(|found| found == ending));
    let bytes: Vec<u8> = init.chain(segments).flat_map(|path| fs::read(path).expect("read")).collect();
    let path = folder.join("joined");
    fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn hls_packets_are_those_that_ffprobe_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    for options in [
        "",
        "-hls_flags single_file",
        "-hls_segment_type fmp4",
        "-hls_segment_type fmp4 -hls_flags single_file",
    ] {
        let sub = folder.path().join(format!("_{options}"));
        fs::create_dir(&sub).expect("made");
        if !ffmpeg(&sub, &format!("{SOURCES} {CODECS} {options} sid_weekly.m3u8")) {
            return;
        }
        let path = sub.join("sid_weekly.m3u8");
        let contents = media::probe(&path, Reach::Folder).expect("contents");
        assert_eq!(
            (contents.container, contents.remarks.len()),
            (Container::Hls, 0),
            "{:?}",
            contents.remarks
        );
        let (video, sound) = (contents.video.expect("video"), contents.sound.expect("sound"));
        assert_eq!(
            (video.codec, sound.codec, sound.sample_rate),
            (VideoCodec::H264, SoundCodec::Aac, 48_000)
        );
        let (_, end) = video.span.expect("a span");
        assert!((end.as_nanos() - 4_000_000_000).abs() < 100_000_000, "{options}: {end}");
        let joined = joined(&sub, if options.contains("fmp4") { "m4s" } else { "ts" });
        let (expected_video, expected_sound) = (ffprobe(&joined, "v:0"), ffprobe(&joined, "a:0"));
        let (found_video, found_sound) = (packets(&path, TrackKind::Video), packets(&path, TrackKind::Sound));
        assert_eq!(found_video.len(), 100);
        let zero = zero_of(&[&expected_video, &expected_sound]);
        assert_times(&found_video, &expected_video, zero);
        assert_times(&found_sound, &expected_sound, zero);
        let keys = found_video.iter().filter(|packet| packet.is_key).count();
        assert_eq!(keys, 4, "{options}");

        let mut reader = media::packets(&path, Reach::Folder, TrackKind::Video).expect("a reader");
        reader.seek(Timestamp::from_millis(2_500)).expect("sought");
        let first = reader.next_packet().expect("read").expect("a packet");
        assert!(first.is_key && (seconds(&first) - 2.0).abs() < 0.1, "{options}: {}", first.at);
    }
}

#[test]
fn hls_missing_segments_are_gaps() {
    let folder = tempfile::tempdir().expect("a folder");
    for (form, name) in [("", "a2.ts"), ("-hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4", "a2.m4s")]
    {
        if !ffmpeg(folder.path(), &format!("{SOURCES} {CODECS} {form} a.m3u8")) {
            return;
        }
        let path = folder.path().join("a.m3u8");
        let all = packets(&path, TrackKind::Video);
        let kept = fs::read(folder.path().join(name)).expect("read");
        let playlist = fs::read_to_string(&path).expect("read");
        let marked = playlist.replace(name, &format!("#EXT-X-GAP\n{name}"));
        let half = kept.len() / 2 / 188 * 188 + 100;
        for (content, text) in
            [(None, &playlist), (Some(&kept[..]), &marked), (Some(&kept[..half]), &playlist)]
        {
            match content {
                Some(content) => fs::write(folder.path().join(name), content).expect("written"),
                None => fs::remove_file(folder.path().join(name)).expect("removed"),
            }
            fs::write(&path, text).expect("written");
            let (found, _) = packets_and_errors(&path, TrackKind::Video, 1_000).expect("a reader");
            assert_kept(&found, &all);
            assert!((75..100).contains(&found.len()), "{form}: {}", found.len());
            assert_eq!(found.last().expect("packets").at, all.last().expect("packets").at);
        }
        fs::write(folder.path().join(name), &kept).expect("written");
    }
}

#[test]
fn hls_times_go_on_by_durations_where_clocks_begin_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    for sub in ["one", "two"] {
        fs::create_dir(folder.path().join(sub)).expect("made");
        let offset = if sub == "two" { "-output_ts_offset 500" } else { "" };
        if !ffmpeg(&folder.path().join(sub), &format!("{SOURCES} {CODECS} {offset} a.m3u8")) {
            return;
        }
    }
    let segments =
        |sub: &str| -> String { (0..4).map(|index| format!("#EXTINF:1.0,\n{sub}/a{index}.ts\n")).collect() };
    let path = folder.path().join("both.m3u8");
    let text =
        format!("#EXTM3U\n{}#EXT-X-DISCONTINUITY\n{}#EXT-X-ENDLIST\n", segments("one"), segments("two"));
    fs::write(&path, text).expect("written");
    for track in [TrackKind::Video, TrackKind::Sound] {
        let one = packets(&folder.path().join("one/a.m3u8"), track);
        let both = packets(&path, track);
        assert_eq!(both.len(), 2 * one.len());
        for (index, packet) in one.iter().enumerate() {
            assert_eq!(both[index], *packet);
            let again = &both[one.len() + index];
            let shift = again.at.as_nanos() - packet.at.as_nanos() - 4_000_000_000;
            assert!(shift.abs() < 25_000, "{index}: {shift}");
        }
        let mut reader = media::packets(&path, Reach::Folder, track).expect("a reader");
        reader.seek(Timestamp::from_millis(6_500)).expect("sought");
        let first = reader.next_packet().expect("read").expect("a packet");
        assert!(
            first.at <= Timestamp::from_millis(6_500) && first.at > Timestamp::from_millis(5_900),
            "{}",
            first.at
        );
    }
    let contents = media::probe(&path, Reach::Folder).expect("contents");
    let (_, end) = contents.video.and_then(|video| video.span).expect("a span");
    assert!((end.as_nanos() - 8_000_000_000).abs() < 100_000_000, "{end}");
}

#[test]
fn hls_of_sound_alone_and_segments_written_each_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = "-f lavfi -i sine=r=44100:d=3 -c:a aac -f hls -hls_time 1 -hls_playlist_type vod s.m3u8";
    if !ffmpeg(folder.path(), sound) {
        return;
    }
    let path = folder.path().join("s.m3u8");
    let contents = media::probe(&path, Reach::Folder).expect("contents");
    assert!(contents.video.is_none() && contents.began.is_none());
    let dated = fs::read_to_string(&path).expect("read").replacen(
        "#EXTINF",
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T09:30:00Z\n#EXTINF",
        1,
    );
    fs::write(&path, dated).expect("written");
    assert_eq!(
        media::probe(&path, Reach::Folder).expect("contents").began,
        media::Started::parse("2026-03-01T09:30:00Z")
    );
    let expected = ffprobe(&joined(folder.path(), "ts"), "a:0");
    assert_times(&packets(&path, TrackKind::Sound), &expected, zero_of(&[&expected]));
    assert!(media::packets(&path, Reach::Folder, TrackKind::Video).is_err());

    // Counters that begin anew with a segment are no loss.
    let segment = folder.path().join("s1.ts");
    let mut bytes = fs::read(&segment).expect("read");
    for packet in bytes.chunks_exact_mut(188) {
        packet[3] = packet[3] & 0xf0 | (packet[3] + 7) & 15;
    }
    fs::write(&segment, bytes).expect("written");
    assert_times(&packets(&path, TrackKind::Sound), &expected, zero_of(&[&expected]));
}

#[test]
fn hls_that_leads_out_or_is_encrypted_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.m3u8");
    let refused = |text: &str| -> String {
        fs::write(&path, text).expect("written");
        media::probe(Path::new(&path), Reach::Folder).expect_err("refused").to_string()
    };
    assert!(refused("#EXTM3U\n#EXTINF:1,\n../a.ts\n").contains("line 3"));
    assert!(refused("#EXTM3U\n#EXTINF:1,\nhttps://example.com/a.ts\n").contains("address"));
    assert!(refused("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\na.ts\n").contains("AES-128"));
    assert!(refused("#EXTM3U\n#EXTINF:1,\na.ts\n").contains("none of its segments"));
    assert!(refused("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n").contains("one itself"));
}

#[test]
fn hls_sound_with_a_playlist_of_its_own_stays_beside_its_video() {
    let folder = tempfile::tempdir().expect("a folder");
    // Sound is 0.4 s late, and its playlist and the video's begin at different stamps.
    let late = "-f lavfi -i testsrc=s=64x48:r=25:d=3 -itsoffset 0.4 -f lavfi -i sine=f=440:r=48000:d=3";
    let codecs = "-c:v libx264 -preset ultrafast -bf 0 -g 25 -pix_fmt yuv420p -c:a aac -b:a 64k";
    let hls = "-f hls -hls_time 1 -hls_playlist_type vod";
    for form in ["", "-hls_segment_type fmp4"] {
        let sub = folder.path().join(format!("_{form}"));
        fs::create_dir(&sub).expect("made");
        let init = |name| {
            if form.is_empty() { String::new() } else { format!("-hls_fmp4_init_filename {name}.mp4") }
        };
        let apart = format!(
            "{late} -map 0:v {codecs} {hls} {form} {} v0.m3u8 -map 1:a {codecs} {hls} {form} {} s0.m3u8",
            init("iv"),
            init("is"),
        );
        if !ffmpeg(&sub, &format!("{late} {codecs} both.mp4")) || !ffmpeg(&sub, &apart) {
            return;
        }
        let path = sub.join("master.m3u8");
        let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"other\",URI=\"none.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"s\",DEFAULT=YES,URI=\"s0.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"g\"\nv0.m3u8\n";
        fs::write(&path, text).expect("written");
        let contents = media::probe(&path, Reach::Folder).expect("contents");
        assert_eq!(contents.remarks, [""; 0], "{form}");
        let begins = |path: &Path, track| packets(path, track)[0].at.as_nanos();
        let apart = |path: &Path| begins(path, TrackKind::Sound) - begins(path, TrackKind::Video);
        let (found, expected) = (apart(&path), apart(&sub.join("both.mp4")));
        assert!((found - expected).abs() < 30_000_000, "{form}: {found} instead of {expected}");
        let ((video, _), (sound, end)) = (
            contents.video.and_then(|video| video.span).expect("video"),
            contents.sound.and_then(|sound| sound.span).expect("sound"),
        );
        assert_eq!(video.min(sound), Timestamp::ZERO, "{form}");
        assert!((end.as_nanos() - 3_400_000_000).abs() < 50_000_000, "{form}: {end}");

        let mut reader = media::packets(&path, Reach::Folder, TrackKind::Sound).expect("a reader");
        reader.seek(Timestamp::from_millis(2_000)).expect("sought");
        let first = seconds(&reader.next_packet().expect("read").expect("a packet"));
        assert!((1.0..=2.0).contains(&first), "{form}: {first}");
    }
}

#[test]
fn hls_may_lead_out_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sub = folder.path().join("in");
    fs::create_dir(&sub).expect("made");
    let sound = "-f lavfi -i sine=d=1 -c:a aac -f hls -hls_playlist_type vod s.m3u8";
    if !ffmpeg(folder.path(), sound) {
        return;
    }
    let write = |name: &str, text: &str| {
        fs::write(sub.join(name), text).expect("written");
        sub.join(name)
    };
    let out = write("out.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../s0.ts\n#EXT-X-ENDLIST\n");
    assert!(matches!(media::probe(&out, Reach::Folder), Err(MediaError::Outside { .. })));
    assert!(media::probe(&out, Reach::Machine).expect("allowed").sound.is_some());
    assert!(media::packets(&out, Reach::Machine, TrackKind::Sound).is_ok());

    // What is not taken is not looked at, and a program that might take it is not given it.
    fs::copy(folder.path().join("s0.ts"), sub.join("s0.ts")).expect("copied");
    write("fine.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n");
    let master =
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfine.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nout.m3u8\n";
    let second = write("b.m3u8", master);
    let gap = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXT-X-GAP\n#EXTINF:1,\n../s0.ts\n#EXT-X-ENDLIST\n";
    let gap = write("gap.m3u8", gap);
    for backend in [Backend::Auto, Backend::Ffmpeg] {
        let decoders = Decoders::new(backend, find(), InputOptions::default());
        assert!(matches!(decoders.look(&out, Reach::Folder), Err(MediaError::Outside { .. })));
        for (path, reach) in [(&out, Reach::Machine), (&second, Reach::Folder), (&gap, Reach::Folder)] {
            let mut sound = decoders.look(path, reach).expect("allowed").open_sound().expect("opened");
            let mut last = None;
            while let Some(piece) = sound.next_sound().expect("sound") {
                last = Some(piece.at);
            }
            assert!(last.is_some_and(|last| last < Timestamp::from_millis(1_100)), "{path:?}: {last:?}");
        }
    }
}

#[test]
fn hls_of_bare_sound_is_read_by_ffmpeg_and_no_playlist_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let adts = "-f lavfi -i sine=d=1 -c:a aac s.aac";
    if !ffmpeg(folder.path(), adts) {
        return;
    }
    let sub = folder.path().join("in");
    fs::create_dir(&sub).expect("made");
    let path = sub.join("a.m3u8");
    fs::write(&path, "#EXTM3U\n#EXTINF:1,\na.aac\n#EXT-X-ENDLIST\n").expect("written");
    let decoders = Decoders::new(Backend::Auto, find(), InputOptions::default());
    let inner = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../s.aac\n#EXT-X-ENDLIST\n";
    let tagged = [&b"ID3\x04\0\0\0\0\0\0"[..], inner].concat();
    for (bytes, is_read) in [
        (fs::read(folder.path().join("s.aac")).expect("read"), true),
        (inner.to_vec(), false),
        (tagged, false),
    ] {
        fs::write(sub.join("a.aac"), bytes).expect("written");
        assert_eq!(decoders.look(&path, Reach::Folder).is_ok(), is_read);
    }
}

#[test]
fn hls_sound_that_cannot_be_read_or_lacks_its_first_segment_costs_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let hls = "-f hls -hls_time 1 -hls_playlist_type vod";
    let made = format!(
        "{SOURCES} -map 0 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p {hls} v.m3u8 -map 1 -c:a aac {hls} s.m3u8"
    );
    if !ffmpeg(folder.path(), &made) {
        return;
    }
    let path = folder.path().join("master.m3u8");
    let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"s\",URI=\"s.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"g\"\nv.m3u8\n";
    fs::write(&path, text).expect("written");
    // A first segment that is missing moves nothing.
    let all = packets(&path, TrackKind::Sound);
    fs::remove_file(folder.path().join("s0.ts")).expect("removed");
    let rest = packets(&path, TrackKind::Sound);
    let apart = all.last().expect("sound").at.as_nanos() - rest.last().expect("sound").at.as_nanos();
    assert!(rest.len() < all.len() && apart.abs() < 40_000_000, "{apart}");
    // Nor does another program place it elsewhere.
    let decoders = Decoders::new(Backend::Ffmpeg, find(), InputOptions::default());
    let mut sound = decoders.look(&path, Reach::Folder).expect("read").open_sound().expect("opened");
    let first = sound.next_sound().expect("sound").expect("sound").at;
    assert!((first.as_nanos() - rest[0].at.as_nanos()).abs() < 40_000_000, "{first}");
    drop(sound);
    for index in 1..5 {
        let segment = folder.path().join(format!("s{index}.ts"));
        if segment.exists() {
            fs::write(segment, b"\xff\xf1bare sound, or nearly").expect("written");
        }
    }
    let contents = media::probe(&path, Reach::Folder).expect("contents");
    assert!(contents.video.is_some() && contents.sound.is_none());
    assert!(contents.remarks.iter().any(|remark| remark.contains("its sound is left out")));
}

#[test]
fn hls_seek_goes_back_over_a_discontinuity_to_what_stands_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let codec = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac";
    let one = format!("-f lavfi -i testsrc=s=64x48:r=25:d=1 -f lavfi -i sine=d=1 {codec} one.ts");
    // Its video begins half a second after its sound.
    let two =
        format!("-itsoffset 0.5 -f lavfi -i testsrc=s=64x48:r=25:d=1 -f lavfi -i sine=d=1.5 {codec} two.ts");
    if !ffmpeg(folder.path(), &one) || !ffmpeg(folder.path(), &two) {
        return;
    }
    let path = folder.path().join("a.m3u8");
    let text = "#EXTM3U\n#EXTINF:1,\none.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:1.5,\ntwo.ts\n#EXT-X-ENDLIST\n";
    fs::write(&path, text).expect("written");
    let mut reader = media::packets(&path, Reach::Folder, TrackKind::Video).expect("a reader");
    for (millis, is_first) in [(1_200, true), (1_800, false)] {
        reader.seek(Timestamp::from_millis(millis)).expect("sought");
        let at = reader.next_packet().expect("read").expect("a packet").at;
        assert_eq!(at < Timestamp::from_millis(1_000), is_first, "{at}");
    }
}

#[test]
fn hls_stretches_that_cannot_be_read_are_told_a_few_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/meeting/anna.mp4");
    fs::copy(clip, folder.path().join("anna.mp4")).expect("copied");
    fs::write(folder.path().join("bad.ts"), "no segment of any kind").expect("written");
    let bad = "#EXTINF:1,\nbad.ts\n#EXT-X-DISCONTINUITY\n".repeat(10);
    let path = folder.path().join("a.m3u8");
    fs::write(&path, format!("#EXTM3U\n{bad}#EXTINF:12,\nanna.mp4\n#EXT-X-ENDLIST\n")).expect("written");
    let contents = media::probe(&path, Reach::Folder).expect("contents");
    assert!(contents.video.is_some());
    let told = contents.remarks.iter().filter(|remark| remark.contains("nothing can be read"));
    assert_eq!(told.count(), 3, "{:?}", contents.remarks);
    assert!(contents.remarks.contains(&"10 such stretches in all".to_owned()), "{:?}", contents.remarks);
}
