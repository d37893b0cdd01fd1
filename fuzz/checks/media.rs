//! Any bytes as a participant's file: never a panic, and every reader comes to an end.

use std::cell::RefCell;
use std::path::Path;

use polyptych::Timestamp;
use polyptych_recorder::media::{PacketReader, Reach, TrackKind, packets, probe, survey};
use tempfile::TempDir;

/// A file of so many bytes cannot hold more packets than bytes, and one error for each.
const SLACK: usize = 1000;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
}

pub fn check(bytes: &[u8]) {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        read_file(&path, bytes.len());
    });
}

fn read_file(path: &Path, length: usize) {
    let contents = match probe(path, Reach::Folder) {
        Ok(contents) => contents,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    assert_eq!(
        probe(path, Reach::Folder).ok().as_ref(),
        Some(&contents),
        "the same file has the same contents"
    );
    for track in [TrackKind::Video, TrackKind::Sound] {
        let Ok(mut reader) = packets(path, Reach::Folder, track) else { continue };
        let all = read_all(&mut *reader, length);
        if let Ok(survey) = survey(path, Reach::Folder, track) {
            assert!(survey.packet_count <= all.packets as u64, "more packets than there are");
        }
        for at in [all.last.as_nanos() / 2, 0] {
            if reader.seek(Timestamp::from_nanos(at)).is_ok() {
                let rest = read_all(&mut *reader, length);
                let (part, whole) = (rest.packets, all.packets);
                assert!(!all.is_sound || part <= whole, "{part} packets from {at} ns on, {whole} in all");
            }
        }
    }
}

/// What was read.
struct Read {
    packets: usize,
    last: Timestamp,
    /// Whether there was no error.
    is_sound: bool,
}

/// Reads to the end, which must come.
fn read_all(reader: &mut dyn PacketReader, length: usize) -> Read {
    let mut read = Read { packets: 0, last: Timestamp::ZERO, is_sound: true };
    for calls in 0.. {
        assert!(calls < length + SLACK, "the reader does not end");
        match reader.next_packet() {
            Ok(Some(packet)) => {
                read.packets += 1;
                read.last = read.last.max(packet.at);
                assert!(packet.data.len() <= length + SLACK, "a packet is larger than its file");
            }
            Ok(None) => break,
            Err(error) => {
                read.is_sound = false;
                let _ = error.to_string();
            }
        }
    }
    read
}
