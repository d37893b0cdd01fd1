//! Files that are made to cost more than they are long.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polyptych::Timestamp;

use super::super::input::Input;
use super::super::{SoundCodec, TrackKind};

/// Counts the bytes that are read.
struct Counting(Cursor<Vec<u8>>, Arc<AtomicU64>);

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// A file in memory, and how much of it was read.
fn counted(bytes: &[u8]) -> (Input, Arc<AtomicU64>) {
    let read = Arc::new(AtomicU64::new(0));
    let source = Counting(Cursor::new(bytes.to_vec()), read.clone());
    (Input::new(Path::new("x.mkv"), Box::new(source)).expect("opened"), read)
}

fn head(id: &[u8], len: usize) -> Vec<u8> {
    [id, &[0x01], &(len as u64).to_be_bytes()[1..]].concat()
}

fn element(id: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [head(id, body.len()), body].concat()
}

fn track(number: u8, kind: u8, codec: &str, more: &[u8]) -> Vec<u8> {
    let number = element(&[0xd7], &[&[number]]);
    element(&[0xae], &[&number, &element(&[0x83], &[&[kind]]), &element(&[0x86], &[codec.as_bytes()]), more])
}

/// A segment without an end that begins with these tracks.
fn begun(tracks: &[&[u8]]) -> Vec<u8> {
    let segment = [&[0x18, 0x53, 0x80, 0x67][..], &[0x01], &[0xff; 7]].concat();
    [segment, element(&[0x16, 0x54, 0xae, 0x6b], tracks)].concat()
}

const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];
/// A key block of a track, at the time of its cluster.
fn block(track: u8, lacing_and_frames: &[u8]) -> Vec<u8> {
    let (flags, frames) = lacing_and_frames.split_first().expect("flags");
    element(&[0xa3], &[&[0x80 | track, 0, 0, 0x80 | flags], frames])
}

#[test]
fn clusters_that_share_what_follows_them_are_read_once() {
    let (clusters, tail) = (200, [0xec, 0x80].repeat(200_000));
    let block = block(1, &[0, 7]);
    let void = head(&[0xec], 0).len();
    let whole = head(&CLUSTER, 0).len() + block.len() + void;
    let mut file = begun(&[&track(1, 1, "V_VP8", &[]), &track(2, 2, "A_OPUS", &[])]);
    for index in 0..clusters {
        // Each ends within what reaches from it over all that follow.
        file.extend(head(&CLUSTER, block.len() + void));
        file.extend(&block);
        file.extend(head(&[0xec], (clusters - 1 - index) * whole));
    }
    file.extend(tail);
    let (input, read) = counted(&file);
    assert!(super::probe(input).expect("contents").video.is_some());
    let most = 20 * file.len() as u64;
    assert!(
        read.load(Ordering::Relaxed) < most,
        "{} bytes are read of {}",
        read.load(Ordering::Relaxed),
        file.len()
    );
    let (input, read) = counted(&file);
    let mut reader = super::packets(input, TrackKind::Sound).expect("a reader");
    reader.seek(Timestamp::ZERO).expect("sought");
    assert!(
        read.load(Ordering::Relaxed) < most,
        "{} bytes are read of {}",
        read.load(Ordering::Relaxed),
        file.len()
    );
}

#[test]
fn clusters_never_lead_back() {
    let block = block(1, &[0, 7]);
    let mut file = begun(&[&track(1, 1, "V_VP8", &[])]);
    let from = file.len() as u64;
    let inner = element(&CLUSTER, &[]).repeat(3);
    // Ends before its block, within what is skipped to that.
    file.extend(head(&CLUSTER, head(&[0xec], 0).len()));
    file.extend(element(&[0xec], &[&inner]));
    file.extend(&block);
    let found = super::reader::clusters(&mut counted(&file).0, from).expect("clusters");
    assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0), "{found:?}");
}

#[test]
fn damage_is_told_and_nothing_is_decoded_upon_what_is_missing() {
    let dependent = |frame: u8| element(&[0xa3], &[&[0x81, 0, 0, 0, frame]]);
    let cluster = |blocks: &[&[u8]]| element(&CLUSTER, blocks);
    let garbage = [0; 9];
    let clusters = [
        cluster(&[&block(1, &[0, 1]), &dependent(2), &garbage, &dependent(3)]),
        cluster(&[&dependent(4), &block(1, &[0, 5]), &dependent(6)]),
        // The second one's frames are longer than it is.
        cluster(&[&block(1, &[0, 7]), &element(&[0xa3], &[&[0x81, 0, 0, 2, 1, 255]]), &dependent(8)]),
        cluster(&[&block(1, &[0, 9])]),
    ];
    let read = |tracks: &[u8], kind| {
        let file = [begun(&[tracks]), clusters.concat()].concat();
        let mut reader = super::packets(counted(&file).0, kind).expect("a reader");
        let mut found = Vec::new();
        loop {
            match reader.next_packet() {
                Ok(Some(packet)) => found.push(packet.data[0]),
                Ok(None) => return found,
                Err(error) => {
                    let told = error.to_string();
                    assert!(told.contains("is damaged") || told.contains("longer than the block"), "{told}");
                    found.push(0);
                }
            }
        }
    };
    assert_eq!(read(&track(1, 1, "V_VP8", &[]), TrackKind::Video), [1, 2, 0, 5, 6, 7, 0, 9]);
    assert_eq!(read(&track(1, 2, "A_OPUS", &[]), TrackKind::Sound), [1, 2, 0, 4, 5, 6, 7, 0, 8, 9]);
}

#[test]
fn frames_do_not_grow_by_what_is_put_in_front() {
    let stripped = |len: usize| {
        let settings = element(&[0x42, 0x55], &[&vec![7; len]]);
        let compression = element(&[0x50, 0x34], &[&element(&[0x42, 0x54], &[&[3]]), &settings]);
        element(&[0x6d, 0x80], &[&element(&[0x62, 0x40], &[&compression])])
    };
    let file = |len: usize| {
        // Laced by a fixed size: 256 frames of no byte, then 2 of one.
        let blocks = [block(1, &[4, 255]), block(1, &[4, 1, 8, 9])].concat();
        let tracks = begun(&[&track(1, 2, "A_PCM/INT/LIT", &stripped(len))]);
        [tracks, element(&CLUSTER, &[&blocks])].concat()
    };
    let (input, _) = counted(&file(3));
    let mut reader = super::packets(input, TrackKind::Sound).expect("a reader");
    let packets = std::iter::from_fn(|| reader.next_packet().expect("read")).map(|packet| packet.data);
    assert_eq!(packets.collect::<Vec<_>>(), [[7, 7, 7, 8], [7, 7, 7, 9]]);
    let contents = super::probe(counted(&file(257)).0).expect("contents");
    let codec = contents.sound.expect("sound").codec;
    assert!(matches!(&codec, SoundCodec::Other(name) if name.contains("compressed")), "{codec:?}");
}

#[test]
fn tracks_beyond_the_first_are_told_once() {
    let track = track(1, 1, "V_VP8", &[]);
    let file = [begun(&[&track.repeat(100)]), element(&CLUSTER, &[&block(1, &[0, 7])])].concat();
    assert_eq!(
        super::probe(counted(&file).0).expect("contents").remarks,
        ["a second video track is not used"]
    );
}
