//! Pictures that other programs found hard, where `POLYPTYCH_CORPUS` names the folder that `tests/corpus/fetch` filled.
//!
//! The good BMPs of bmpsuite come out exact, the bad ones within the limits or not at all. JPEGs are held against
//! libjpeg-turbo: all but one sample in a thousand within 2, none off by more than 8 (four inks: 12).

use std::fs;
use std::path::{Path, PathBuf};

use polyptych::image::{ImageError, ImageLimits, Picture, decode};

/// JPEGs that are judged otherwise, and why.
const JPEG_EXCEPTIONS: [(&str, &str); 2] = [
    // 4x4 pixels: libjpeg repeats colour that is two samples wide, the decoder interpolates it.
    ("app13.jpg", "is a picture"),
    // The coded data are damaged: after the damage libjpeg goes on at the next restart marker.
    ("hopper_bad_exif.jpg", "is a picture"),
];

/// Files that their makers cut off.
const CUT: [&str; 2] = ["truncated_jpeg.jpg", "ultrahdr.jpg"];

/// BMPs whose colours Pillow scales otherwise or does not read: the suite's own picture is the reference.
const SUITE_REFERENCES: [(&str, &str); 8] = [
    ("pal1.bmp", "pal1"),
    ("pal4rle.bmp", "pal4"),
    ("rgb16.bmp", "rgb16"),
    ("rgb16-565.bmp", "rgb16-565"),
    ("rgb16-565pal.bmp", "rgb16-565"),
    ("rgb24.bmp", "rgb24"),
    ("rgb32.bmp", "rgb24"),
    ("rgb32bf.bmp", "rgb24"),
];

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("POLYPTYCH_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: POLYPTYCH_CORPUS names no folder; tests/corpus/fetch fills one");
    }
    folder
}

/// The files of a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort();
    assert!(!files.is_empty(), "no {ending} in {}", folder.display());
    files
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

fn read(path: &Path) -> Result<Picture, ImageError> {
    decode(&fs::read(path).expect("a file"), &ImageLimits::default())
}

/// How far the samples of a picture are from those of a PNG: the farthest, and those within 2 in parts of a million.
fn distance(picture: &Picture, reference: &Path) -> (u8, u64) {
    let png = ::image::open(reference).expect("a PNG").to_rgb8();
    let (width, height) = (picture.size().width(), picture.size().height());
    assert_eq!((width, height), png.dimensions(), "{}", reference.display());
    let view = picture.view();
    let found = (0..height as usize).flat_map(|y| {
        let plane = view.plane(0);
        plane.row(y).as_chunks::<4>().0[..width as usize].to_vec()
    });
    let (mut farthest, mut near) = (0, 0);
    for (found, expected) in found.zip(png.pixels()) {
        for (a, b) in found.into_iter().zip(expected.0) {
            farthest = farthest.max(a.abs_diff(b));
            near += u64::from(a.abs_diff(b) <= 2);
        }
    }
    (farthest, near * 1_000_000 / (u64::from(width) * u64::from(height) * 3))
}

#[test]
fn corpus_of_good_bmps_is_exact() {
    let Some(folder) = corpus() else { return };
    let mut count = 0;
    for path in files(&folder.join("bmp/g"), "bmp") {
        let picture = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let reference = match SUITE_REFERENCES.iter().find(|(file, _)| *file == name(&path)) {
            Some((_, suite)) => folder.join(format!("bmp/html/{suite}.png")),
            None => path.with_extension("bmp.png"),
        };
        assert_eq!(distance(&picture, &reference), (0, 1_000_000), "{}", path.display());
        count += 1;
    }
    println!("{count} good BMPs are exact");
}

#[test]
fn corpus_of_odd_bmps_is_within_the_limits() {
    let Some(folder) = corpus() else { return };
    for place in ["bmp/b", "bmp/q"] {
        for path in files(&folder.join(place), "bmp") {
            let told = match read(&path) {
                Ok(picture) => {
                    assert!(picture.size().area() <= 127 * 64, "{}", path.display());
                    "a picture".to_owned()
                }
                Err(error) => error.to_string(),
            };
            println!("{}: {told}", path.display());
        }
    }
}

#[test]
fn corpus_of_jpegs_is_as_libjpeg_turbo_has_it() {
    let Some(folder) = corpus() else { return };
    let (mut count, mut wrong, mut lowest) = (0, Vec::new(), 1_000_000);
    for path in files(&folder, "jpg") {
        if CUT.contains(&name(&path)) {
            assert!(matches!(read(&path), Err(ImageError::Corrupt { .. })), "{}", path.display());
            continue;
        }
        let (plain, inks) = (path.with_extension("jpg.png"), path.with_extension("jpg.cmyk.png"));
        let (reference, most) = if inks.exists() { (inks, 12) } else { (plain, 8) };
        let picture = match read(&path) {
            Ok(picture) if reference.exists() => picture,
            found => {
                println!("{}: no reference, {:?}", path.display(), found.err());
                continue;
            }
        };
        let (farthest, near) = distance(&picture, &reference);
        if let Some((_, why)) = JPEG_EXCEPTIONS.iter().find(|(file, _)| *file == name(&path)) {
            println!("{}: {why}, {farthest} off", path.display());
            continue;
        }
        if farthest > most || near < 999_000 {
            wrong.push(format!("{}: {farthest} off, {near} of 1,000,000 within 2", path.display()));
        }
        (count, lowest) = (count + 1, lowest.min(near));
    }
    println!("{count} JPEGs, at least {lowest} of 1,000,000 samples within 2");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
