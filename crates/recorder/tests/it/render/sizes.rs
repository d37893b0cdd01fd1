//! Video whose pictures change their size or are turned, in mid-stream too: none is lost and each is shown in time.

use serde_json::{Value, json};

use super::coded::{BACKENDS, grey, make, numbers, one, rendered};
use super::{Meeting, grey_pictures};
use crate::programs::has_ffmpeg;

/// Ten pictures a second that count, half of them in each of two files.
fn parts(meeting: &Meeting) {
    meeting.video("1.y4m", (10, 1), (0..20).map(grey)).video("2.y4m", (10, 1), (20..40).map(grey));
}

/// Sees that 40 pictures are shown, one a canvas.
fn assert_counts(meeting: &Meeting, file: &str, backends: &[polyptych_recorder::decode::Backend]) {
    for backend in backends {
        let rendered = rendered(meeting, &one(file, 10), *backend);
        let name = format!("{file} by {backend:?}");
        assert_eq!(numbers(&rendered, &name), (0..40).map(Some).collect::<Vec<_>>(), "{name}");
        let tally = &rendered.report.users["1"];
        assert_eq!((tally.decoded, tally.shown, tally.missing), (40, 40, 0), "{name}: {tally:?}");
        assert_eq!((tally.failure_count, tally.gap_count), (0, 0), "{name}: {tally:?}");
    }
}

/// An IVF file's header, and its frames.
fn ivf(meeting: &Meeting, name: &str) -> (Vec<u8>, Vec<Vec<u8>>) {
    let file = std::fs::read(meeting.path(name)).expect("ffmpeg wrote it");
    let (header, mut rest) = file.split_at(32);
    let mut frames = Vec::new();
    while let Some((head, behind)) = rest.split_first_chunk::<12>() {
        let size = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (frame, behind) = behind.split_at(size);
        frames.push(frame.to_vec());
        rest = behind;
    }
    (header.to_vec(), frames)
}

/// Writes frames as IVF, and copies that into WebM.
fn webm(meeting: &Meeting, header: &[u8], frames: &[Vec<u8>]) {
    let mut file = header.to_vec();
    for (index, frame) in frames.iter().enumerate() {
        file.extend((frame.len() as u32).to_le_bytes());
        file.extend((index as u64).to_le_bytes());
        file.extend(frame);
    }
    meeting.write("joined.ivf", &file);
    make(meeting, "-i joined.ivf -c copy joined.webm");
}

#[test]
fn pictures_of_another_size_follow_each_other_without_a_loss() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    parts(&meeting);
    for (first, second) in [("96x64", "48x80"), ("33x17", "128x64")] {
        for (part, size) in [(1, first), (2, second)] {
            make(
                &meeting,
                &format!(
                    "-i {part}.y4m -vf scale={size} -c:v libvpx -b:v 2M -deadline realtime 8-{part}.ivf"
                ),
            );
            make(
                &meeting,
                &format!(
                    "-i {part}.y4m -vf scale={size} -c:v libvpx-vp9 -b:v 2M -deadline realtime -cpu-used 8 9-{part}.ivf"
                ),
            );
            let even = if size == "33x17" { "34x18" } else { size };
            make(&meeting, &format!("-i {part}.y4m -vf scale={even} -c:v libx264 -qp 10 -bf 2 4-{part}.ts"));
        }
        meeting.write("list.txt", b"file 4-1.ts\nfile 4-2.ts\n");
        make(&meeting, "-f concat -i list.txt -c copy joined.ts");
        assert_counts(&meeting, "joined.ts", &BACKENDS);
        for codec in [8, 9] {
            let (header, mut frames) = ivf(&meeting, &format!("{codec}-1.ivf"));
            frames.extend(ivf(&meeting, &format!("{codec}-2.ivf")).1);
            webm(&meeting, &header, &frames);
            assert_counts(&meeting, "joined.webm", &BACKENDS);
        }
    }
}

/// A frame of VP9 that refers to others, with a size of its own in place of theirs (VP9 bitstream specification, 6.2 and 7.2.5).
fn resized(frame: &[u8], (width, height): (u16, u16)) -> Vec<u8> {
    let bits: Vec<bool> =
        frame.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    assert_eq!(frame[0], 0b1000_0111, "profile 0, shown, refers to others, and depends on nothing else");
    // Behind what is refreshed, and three references.
    let size_at = 8 + 8 + 12;
    assert!(bits[size_at] && !bits[size_at + 1], "the size of the first reference, and shown as it is");
    let mut at = size_at + 3;
    let mut take = |count: usize| {
        at += count;
        bits[at - count]
    };
    // The filter, the context, and the loop filter with its deltas.
    if !take(1) {
        take(2);
    }
    take(2 + 6 + 3);
    if take(1) && take(1) {
        for _ in 0..6 {
            if take(1) {
                take(7);
            }
        }
    }
    take(8);
    for _ in 0..3 {
        if take(1) {
            take(5);
        }
    }
    assert!(!take(1), "no segments");
    if take(1) {
        take(1);
    }
    take(16);
    let size = [width - 1, height - 1].map(|side| (0..16).rev().map(move |bit| side >> bit & 1 == 1));
    let mut header = bits[..size_at].to_vec();
    header.extend(
        [false; 3].into_iter().chain(size.into_iter().flatten()).chain(bits[size_at + 1..at].iter().copied()),
    );
    let bytes = header
        .chunks(8)
        .map(|bits| bits.iter().enumerate().fold(0, |byte, (n, bit)| byte | u8::from(*bit) << (7 - n)));
    bytes.chain(frame[at.div_ceil(8)..].iter().copied()).collect()
}

/// What browsers send whose network or processor becomes weaker, and stronger again.
#[test]
fn vp9_changes_its_size_without_a_keyframe() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    meeting.video("all.y4m", (10, 1), (0..40).map(grey));
    for [large, small] in [[(96, 64), (48, 32)], [(96, 64), (80, 48)], [(128, 72), (96, 54)]] {
        let [(header, mut frames), (_, other)] = [large, small].map(|(width, height)| {
            make(&meeting, &format!("-i all.y4m -vf scale={width}:{height} -c:v libvpx-vp9 -b:v 2M -deadline realtime -cpu-used 8 \
                -error-resilient default -lag-in-frames 0 -auto-alt-ref 0 -aq-mode 0 -g 1000 one.ivf"));
            ivf(&meeting, "one.ivf")
        });
        frames[15..30].clone_from_slice(&other[15..30]);
        frames[15] = resized(&frames[15], small);
        frames[30] = resized(&frames[30], large);
        webm(&meeting, &header, &frames);
        assert_counts(&meeting, "joined.webm", &BACKENDS);
    }
}

/// Four greys, one a quarter, from the upper left on in reading order.
const QUARTERS: [u8; 4] = [40, 90, 140, 190];

fn quarters(seconds: usize) -> Vec<u8> {
    let plain = grey_pictures((32, 32), (10, 1), vec![0; 10 * seconds]);
    let mut file = plain.clone();
    let frame = b"FRAME\n".len() + 32 * 32 * 3 / 2;
    let first = plain.len() - 10 * seconds * frame + b"FRAME\n".len();
    for (picture, at) in (0..10 * seconds).flat_map(|picture| (0..32 * 32).map(move |at| (picture, at))) {
        let quarter = at / 512 * 2 + at % 32 / 16;
        file[first + picture * frame + at] = QUARTERS[quarter];
    }
    file
}

/// The quarters of each canvas of 32x32, by their middles.
fn seen(frames: &[Vec<u8>]) -> Vec<[usize; 4]> {
    let nearest = |luma: u8| (0..4).find(|n| QUARTERS[*n].abs_diff(luma) < 10).expect("one of four greys");
    frames
        .iter()
        .map(|frame| [8 * 32 + 8, 8 * 32 + 24, 24 * 32 + 8, 24 * 32 + 24].map(|at| nearest(frame[at])))
        .collect()
}

fn square(media: &Value) -> Value {
    let region = json!([{"uid": "1", "x_axis": 0, "y_axis": 0, "width": 1, "height": 1}]);
    json!({"transcodingConfig": {"width": 32, "height": 32, "fps": 10, "mixedVideoLayout": 3, "layoutConfig": region},
        "users": [{"uid": "1", "joined": 0, "media": media}]})
}

/// What is written with these degrees, by the quarters' places.
const TURNED: [(u32, [usize; 4]); 4] =
    [(0, [0, 1, 2, 3]), (90, [1, 3, 0, 2]), (180, [3, 2, 1, 0]), (270, [2, 0, 3, 1])];

#[test]
fn pictures_are_turned_as_their_file_says() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    meeting.write("a.y4m", &quarters(1));
    make(&meeting, "-i a.y4m -c:v libx264 -qp 10 upright.mp4");
    for (degrees, expected) in TURNED {
        // This program's `rotate` turns the other way.
        make(&meeting, &format!("-i upright.mp4 -c copy -metadata:s:v rotate={degrees} turned.mp4"));
        for backend in BACKENDS {
            let rendered = rendered(&meeting, &square(&json!([{"file": "turned.mp4"}])), backend);
            assert_eq!(seen(&rendered.frames), vec![expected; 10], "{degrees} by {backend:?}");
        }
    }
}

#[test]
fn pictures_are_turned_anew_where_a_phone_was() {
    if !has_ffmpeg() {
        return;
    }
    let meeting = Meeting::new();
    meeting.write("a.y4m", &quarters(1));
    make(&meeting, "-i a.y4m -c:v libx264 -qp 10 upright.mp4");
    let (mut playlist, mut media) =
        ("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n".to_owned(), Vec::new());
    for (degrees, _) in TURNED {
        let name = format!("{degrees}.mp4");
        make(
            &meeting,
            &format!(
                "-i upright.mp4 -c copy -metadata:s:v rotate={degrees} -movflags frag_keyframe+empty_moov+default_base_moof {name}"
            ),
        );
        let file = std::fs::read(meeting.path(&name)).expect("ffmpeg wrote it");
        let moof = file.windows(4).position(|four| four == b"moof").expect("a fragment") - 4;
        playlist += &format!(
            "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"{name}\",BYTERANGE=\"{moof}@0\"\n\
            #EXTINF:1,\n#EXT-X-BYTERANGE:{}@{moof}\n{name}\n",
            file.len() - moof
        );
        media.push(json!({"file": name, "start": media.len()}));
    }
    meeting.write("a.m3u8", format!("{playlist}#EXT-X-ENDLIST\n").as_bytes());
    let expected: Vec<_> = TURNED.iter().flat_map(|(_, quarters)| [*quarters; 10]).collect();
    // In one playlist, which ffmpeg turns all as its beginning; and in files one behind the other.
    let playlist = rendered(&meeting, &square(&json!([{"file": "a.m3u8"}])), BACKENDS[0]);
    assert_eq!(seen(&playlist.frames), expected);
    for backend in BACKENDS {
        let files = rendered(&meeting, &square(&json!(media)), backend);
        assert_eq!(seen(&files.frames), expected, "{backend:?}");
    }
}
