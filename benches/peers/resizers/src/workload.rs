//! The workloads of `../../workloads.txt`.

use std::error::Error;

/// A rectangle in pixels.
#[derive(Clone, Copy)]
pub struct Rect {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Rect {
    /// The same in samples of a plane that is `1 << shift` times smaller each way.
    pub fn shifted(self, shift: usize) -> Self {
        Self {
            x: self.x >> shift,
            y: self.y >> shift,
            width: self.width >> shift,
            height: self.height >> shift,
        }
    }
}

/// A source and the rectangle of the canvas that its crop fills.
pub struct Picture {
    pub size: (usize, usize),
    pub crop: Rect,
    pub dst: Rect,
    pub alpha: f64,
}

/// Pictures and where they stand, bottom first.
pub struct Workload {
    pub name: String,
    pub size: (usize, usize),
    pub pictures: Vec<Picture>,
}

/// Reads the text of the file.
pub fn read(text: &str) -> Result<Vec<Workload>, Box<dyn Error>> {
    let mut workloads: Vec<Workload> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["W", name, width, height] => workloads.push(Workload {
                name: name.to_owned(),
                size: (width.parse()?, height.parse()?),
                pictures: Vec::new(),
            }),
            ["L", ref numbers @ .., alpha] => {
                let numbers: Vec<usize> =
                    numbers.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
                let rect = |at: usize| Rect {
                    x: numbers[at],
                    y: numbers[at + 1],
                    width: numbers[at + 2],
                    height: numbers[at + 3],
                };
                let workload = workloads.last_mut().ok_or("a W line comes first")?;
                if numbers.len() != 10 {
                    return Err(line.into());
                }
                workload.pictures.push(Picture {
                    size: (numbers[0], numbers[1]),
                    crop: rect(2),
                    dst: rect(6),
                    alpha: alpha.parse()?,
                });
            }
            _ => {}
        }
    }
    Ok(workloads)
}
