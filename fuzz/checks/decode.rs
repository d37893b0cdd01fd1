//! Any bytes as a participant's file, decoded by what is built in: never a panic past the wall around the decoders, and pictures
//! and sound that hold together.

use std::cell::RefCell;
use std::path::Path;

use polyptych_recorder::decode::{Backend, Decoders};
use polyptych_recorder::ffmpeg::InputOptions;
use polyptych_recorder::media::Reach;
use tempfile::TempDir;

/// Pictures and pieces of sound that are looked at, and errors that are taken.
const CALLS: usize = 40;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
}

pub fn check(bytes: &[u8]) {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        decode(&path);
    });
}

fn decode(path: &Path) {
    let decoders = Decoders::new(Backend::Embedded, None, InputOptions::default());
    let Ok(file) = decoders.look(path, Reach::Folder) else { return };
    if let Ok(mut video) = file.open_video() {
        for _ in 0..CALLS {
            match video.next_picture() {
                Ok(Some(picture)) => {
                    let view = picture.frame.view().expect("planes");
                    let last_row = view.plane(0).row(view.size().height() as usize - 1);
                    assert!(last_row.len() >= view.size().width() as usize, "its last row is whole");
                }
                Ok(None) => break,
                Err(error) => _ = error.to_string(),
            }
        }
    }
    if let Ok(mut sound) = file.open_sound() {
        for _ in 0..CALLS {
            match sound.next_sound() {
                Ok(Some(piece)) => {
                    assert!(piece.channels > 0 && piece.sample_rate > 0);
                    assert_eq!(piece.samples.len() % usize::from(piece.channels), 0, "whole samples");
                }
                Ok(None) => break,
                Err(error) => _ = error.to_string(),
            }
        }
    }
}
