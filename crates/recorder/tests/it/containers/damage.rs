//! Files that were cut off or damaged: what is whole comes out, and nothing panics, hangs or takes memory without
//! bound.

use std::path::Path;

use polyptych_recorder::media::{self, Packet, Reach, TrackKind};

use super::{Studio, packets, packets_and_errors, read_all};

const INPUTS: &str =
    "-f lavfi -i testsrc=size=64x48:rate=25:duration=1 -f lavfi -i sine=sample_rate=48000:duration=1";
const H264: &str = "-c:v libx264 -preset veryfast -g 5 -bf 2 -pix_fmt yuv420p -c:a aac";

/// Files whose content can be read as far as it goes.
const STREAMS: [(&str, &str); 3] = [
    ("fast.mp4", "-movflags +faststart"),
    ("fragments.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof"),
    ("clusters.mkv", "-cluster_time_limit 200"),
];

/// Reads all that can be read of both tracks, past errors; every packet costs bytes of the file, so that their sum is
/// bounded.
fn drain(path: &Path) -> usize {
    let _ = media::probe(path, Reach::Folder);
    [TrackKind::Video, TrackKind::Sound]
        .into_iter()
        .map(|kind| {
            let Ok((packets, _)) = packets_and_errors(path, kind, 10_000) else { return 0 };
            packets.iter().map(|packet| packet.data.len()).sum::<usize>()
        })
        .sum()
}

#[test]
fn damage_cut_off_files_give_what_is_whole() {
    let Some(studio) = Studio::open() else { return };
    for (name, flags) in STREAMS {
        let whole = studio.make(&format!("{INPUTS} {H264} {flags} {name}"));
        let bytes = std::fs::read(&whole).expect("read");
        let all = [packets(&whole, TrackKind::Video), packets(&whole, TrackKind::Sound)];
        let cut = studio.path("cut");
        let mut most = 0;
        for len in (0..bytes.len()).step_by(bytes.len() / 97) {
            std::fs::write(&cut, &bytes[..len]).expect("written");
            let parts =
                [TrackKind::Video, TrackKind::Sound].map(|kind| read_all(&cut, kind).unwrap_or_default());
            let has_both = parts.iter().all(|part| !part.is_empty());
            for (part, all) in parts.iter().zip(&all) {
                assert!(part.len() <= all.len(), "{name} at {len}");
                // Where the end is missing, what the last packet's end leaves out is not known.
                // Where one track has nothing yet, the file's zero is the other's.
                let is_at = |ours: &Packet, whole: &Packet| ours.at == whole.at || !has_both;
                let same = |(ours, whole): (&Packet, &Packet)| ours.data == whole.data && is_at(ours, whole);
                assert!(part.iter().zip(all).all(same), "{name} at {len}: the first packets are the same");
                most = most.max(part.len());
                // Fragments may end where the file does.
                if name != "fragments.mp4" && part.len() < all.len() && !part.is_empty() {
                    let remarks =
                        media::probe(&cut, Reach::Folder).expect("what can be read can be probed").remarks;
                    assert!(
                        remarks.iter().any(|remark| remark.contains("cut off")),
                        "{name} at {len}: {remarks:?}"
                    );
                }
            }
        }
        assert!(most > 40, "{name}: {most} packets of the longest part");
    }
}

#[test]
fn damage_flipped_bytes_do_no_harm() {
    let Some(studio) = Studio::open() else { return };
    // A linear congruential generator (Knuth, The Art of Computer Programming, 3.3.4): the same damage every time.
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (name, flags) in STREAMS {
        let whole = studio.make(&format!("{INPUTS} {H264} {flags} {name}"));
        let bytes = std::fs::read(&whole).expect("read");
        let damaged = studio.path("damaged");
        for round in 0..150 {
            let mut copy = bytes.clone();
            for _ in 0..1 + round % 8 {
                // Half of the damage where the headers are.
                let range = if random(2) == 0 { copy.len().min(2500) } else { copy.len() };
                let at = random(range);
                copy[at] = match random(3) {
                    0 => 0xff,
                    1 => 0,
                    _ => copy[at] ^ (1 << random(8)),
                };
            }
            std::fs::write(&damaged, &copy).expect("written");
            assert!(drain(&damaged) <= 40 * bytes.len(), "{name}, round {round}");
        }
    }
}

#[test]
fn damage_to_a_blocks_size_costs_no_more_than_its_cluster() {
    let Some(studio) = Studio::open() else { return };
    let whole = studio.make(&format!("{INPUTS} {H264} -cluster_time_limit 200 clusters.mkv"));
    let all = packets(&whole, TrackKind::Video);
    let mut bytes = std::fs::read(&whole).expect("read");
    let clusters: Vec<usize> =
        (0..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0x1f, 0x43, 0xb6, 0x75])).collect();
    let [_, second, .., last] = clusters[..] else { panic!("{} clusters", clusters.len()) };
    // A simple block whose size is told in two bytes: now it reaches into the last cluster.
    let block = (second..last)
        .find(|&at| bytes[at] == 0xa3 && bytes[at + 1] & 0xc0 == 0x40 && bytes[at + 3] == 0x81)
        .expect("a simple block of the first track");
    let size = last - block;
    assert!(size < 1 << 14);
    bytes[block + 1] = 0x40 | (size >> 8) as u8;
    bytes[block + 2] = size as u8;
    std::fs::write(&whole, bytes).expect("written");
    let (left, errors) = packets_and_errors(&whole, TrackKind::Video, 1_000).expect("opened");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(left.iter().all(|packet| all.contains(packet)), "what is read is as it was");
    let missing = all.len() - left.len();
    assert!((1..=5).contains(&missing), "{missing} of {} packets are missing", all.len());
}
