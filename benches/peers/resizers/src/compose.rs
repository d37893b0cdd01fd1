//! A frame from planes: copied where sizes are equal, scaled where they are not, blended where a picture is not opaque.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::resize::{Part, Resize};
use crate::workload::{Picture, Rect, Workload};

/// The buffers of one frame: three planes each.
pub struct Set {
    sources: Vec<[Vec<u8>; 3]>,
    canvas: [Vec<u8>; 3],
    /// Where a picture is scaled before it is blended.
    scaled: Vec<u8>,
}

impl Set {
    /// Every user and every set has memory of its own; set 0 shows what each user sends at first. The canvas is black
    /// from the start, and nobody paints that again.
    pub fn load(workload: &Workload, directory: &Path, number: usize) -> Result<Self, Box<dyn Error>> {
        let (width, height) = workload.size;
        let mut sources = Vec::new();
        for (user, picture) in workload.pictures.iter().enumerate() {
            sources.push(load_source(picture, directory, user + number)?);
        }
        let canvas = [0, 1, 1]
            .map(|shift| vec![if shift == 0 { 16 } else { 128 }; (width >> shift) * (height >> shift)]);
        Ok(Self { sources, canvas, scaled: vec![0; width * height] })
    }

    /// The planes of the canvas, one after the other.
    pub fn canvas(&self) -> Vec<u8> {
        self.canvas.concat()
    }
}

fn load_source(picture: &Picture, directory: &Path, number: usize) -> Result<[Vec<u8>; 3], Box<dyn Error>> {
    let (width, height) = picture.size;
    let mut file = File::open(directory.join(format!("{width}x{height}.i420")))?;
    let bytes = (width * height * 3 / 2) as u64;
    let frame_count = file.metadata()?.len() / bytes;
    file.seek(SeekFrom::Start(number as u64 % frame_count.max(1) * bytes))?;
    let mut planes = [0, 1, 1].map(|shift| vec![0; (width >> shift) * (height >> shift)]);
    for plane in &mut planes {
        file.read_exact(plane)?;
    }
    Ok(planes)
}

/// Composes one frame.
pub fn compose(workload: &Workload, set: &mut Set, resizer: &mut impl Resize) -> Result<(), Box<dyn Error>> {
    let Set { sources, canvas, scaled } = set;
    for (picture, source) in workload.pictures.iter().zip(sources) {
        for (plane, (source, canvas)) in source.iter().zip(canvas.iter_mut()).enumerate() {
            let shift = usize::from(plane > 0);
            let from = Part {
                bytes: &source[..],
                width: picture.size.0 >> shift,
                height: picture.size.1 >> shift,
                rect: picture.crop.shifted(shift),
            };
            let to = Part {
                bytes: &mut canvas[..],
                width: workload.size.0 >> shift,
                height: workload.size.1 >> shift,
                rect: picture.dst.shifted(shift),
            };
            paint(&from, to, picture.alpha, scaled, resizer)?;
        }
    }
    Ok(())
}

fn paint(
    from: &Part<&[u8]>,
    to: Part<&mut [u8]>,
    alpha: f64,
    scaled: &mut [u8],
    resizer: &mut impl Resize,
) -> Result<(), Box<dyn Error>> {
    let Rect { width, height, .. } = to.rect;
    let is_same_size = (from.rect.width, from.rect.height) == (width, height);
    if alpha >= 1.0 && is_same_size {
        rows(from, to, |from, to| to.copy_from_slice(from));
    } else if alpha >= 1.0 {
        resizer.resize(from, to)?;
    } else {
        let scaled = &mut scaled[..width * height];
        let rect = Rect { x: 0, y: 0, width, height };
        resizer.resize(from, Part { bytes: &mut *scaled, width, height, rect })?;
        let over = (alpha * 256.0).round() as u16;
        rows(&Part { bytes: &*scaled, width, height, rect }, to, |from, to| blend(from, to, over));
    }
    Ok(())
}

/// Calls `of_row` with each row of both parts, which are of one size.
fn rows(from: &Part<&[u8]>, to: Part<&mut [u8]>, of_row: impl Fn(&[u8], &mut [u8])) {
    let Rect { width, height, .. } = to.rect;
    let (first, stride) = (to.offset(), to.width);
    for y in 0..height {
        let source = from.offset() + y * from.width;
        let target = first + y * stride;
        of_row(&from.bytes[source..source + width], &mut to.bytes[target..target + width]);
    }
}

/// `over` of 256 parts of what comes, the rest of what is there.
fn blend(from: &[u8], to: &mut [u8], over: u16) {
    for (from, to) in from.iter().zip(to) {
        *to = ((u16::from(*from) * over + u16::from(*to) * (256 - over) + 128) >> 8) as u8;
    }
}
