//! Whole renderings of small meetings, whose pictures are plain greys and whose sound is steady levels, so that each canvas says
//! which picture of whom stands where, and each sample who is heard.

mod broken;
mod coded;
mod cuts;
mod day;
mod events;
mod failing;
mod media;
mod meeting;
mod report;
mod sizes;
mod stalls;
mod stays;
mod stills;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use polyptych::image::FetchPolicy;
use polyptych::{ColorSpace, Filter, Timestamp};
use polyptych_recorder::decode::{Backend, Decoders, Files};
use polyptych_recorder::description::{Context, Folder, parse};
use polyptych_recorder::encode::raw::{RawSound, RawVideo};
use polyptych_recorder::encode::{EncodedPacket, VideoFormat};
use polyptych_recorder::ffmpeg::InputOptions;
use polyptych_recorder::history::{History, HistoryError};
use polyptych_recorder::media::Reach;
use polyptych_recorder::render::{
    Control, Options, Output, Prepared, Progress, RenderError, Report, prepare, render,
};
use polyptych_recorder::write::{WriteError, Writer};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The luma of a canvas where nothing is shown.
pub const NOTHING: u8 = 16;
/// The canvas of most meetings here.
pub const WIDTH: usize = 64;
pub const HEIGHT: usize = 16;

/// A folder with the files of a meeting.
pub struct Meeting {
    folder: TempDir,
}

impl Meeting {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Y4M of plain greys.
    pub fn video(&self, name: &str, (num, den): (u32, u32), lumas: impl IntoIterator<Item = u8>) -> &Self {
        self.write(name, &grey_pictures((16, 8), (num, den), lumas))
    }

    /// Sound of one level in one channel, 48,000 Hz, 16 bits.
    pub fn sound(&self, name: &str, samples: u32, level: i16) -> &Self {
        self.write(name, &steady_sound(samples, level))
    }

    /// A BMP of one grey, as images of layouts are.
    pub fn image(&self, name: &str, grey: u8) -> &Self {
        self.write(name, &grey_bmp(grey))
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> &Self {
        fs::write(self.path(name), bytes).expect("a file of the meeting");
        self
    }

    /// What is known before rendering; files are those of the folder.
    pub fn prepared(&self, description: &Value) -> Result<Prepared, HistoryError> {
        prepared_in(self.folder.path(), description.to_string().as_bytes(), &embedded())
    }

    pub fn history(&self, description: &Value) -> History {
        self.prepared(description).unwrap_or_else(|error| panic!("{error}: {description}")).history
    }

    /// All of it.
    pub fn render(&self, description: &Value) -> Rendered {
        whole(&self.history(description))
    }
}

/// Reads a description and looks into its files.
pub fn prepared_in(folder: &Path, text: &[u8], decoders: &Decoders) -> Result<Prepared, HistoryError> {
    let folder = Folder { path: folder.to_owned(), allows_outside: false };
    let context = Context { folder, ..Context::default() };
    let description = parse(text, &context).unwrap_or_else(|refusal| panic!("{refusal}"));
    prepare(&description.recording, decoders)
}

/// Decoders that need no other program.
pub fn embedded() -> Decoders {
    Decoders::new(Backend::Embedded, None, InputOptions::default())
}

pub fn options(history: &History) -> Options {
    Options {
        ticks: 0..history.tick_count(),
        filter: Filter::default(),
        threads: 1,
        files: Arc::new(Files::new(embedded(), Reach::Folder)),
        is_strict: false,
        images: FetchPolicy::default(),
    }
}

/// What came out.
pub struct Rendered {
    /// Packed I420.
    pub frames: Vec<Vec<u8>>,
    /// Interleaved stereo.
    pub samples: Vec<f32>,
    pub report: Report,
}

impl Rendered {
    /// The luma in the middle of each of so many columns, of every frame.
    pub fn columns<const N: usize>(&self) -> Vec<[u8; N]> {
        let luma =
            |frame: &Vec<u8>, column: usize| frame[HEIGHT / 2 * WIDTH + (2 * column + 1) * WIDTH / (2 * N)];
        self.frames.iter().map(|frame| std::array::from_fn(|column| luma(frame, column))).collect()
    }

    /// The luma in the middle of every frame.
    pub fn lumas(&self) -> Vec<u8> {
        self.columns::<1>().iter().map(|[luma]| *luma).collect()
    }

    /// The left channel in 16 bits.
    pub fn left(&self) -> Vec<i16> {
        self.samples.iter().step_by(2).map(|sample| (sample * 32768.0).round() as i16).collect()
    }
}

/// Renders all of a history.
pub fn whole(history: &History) -> Rendered {
    part(history, 0..history.tick_count())
}

/// Renders some ticks.
pub fn part(history: &History, ticks: std::ops::Range<u64>) -> Rendered {
    let kept = Kept::default();
    let options = Options { ticks, ..options(history) };
    let report = render(history, kept.output(history), &options, &Control::default(), |_| {});
    kept.rendered(report.expect("rendered"))
}

/// Packets as a writer got them, and what is to go wrong.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Inner>>);

#[derive(Default)]
pub struct Inner {
    pub video: Vec<EncodedPacket>,
    pub sound: Vec<EncodedPacket>,
    pub is_finished: bool,
    /// Fails at this packet of video, of sound, and at the end.
    pub fails_at: (Option<usize>, Option<usize>, bool),
}

impl Kept {
    pub fn failing(fails_at: (Option<usize>, Option<usize>, bool)) -> Self {
        Self(Arc::new(Mutex::new(Inner { fails_at, ..Inner::default() })))
    }

    pub fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Canvases and samples as they are, into here.
    pub fn output(&self, history: &History) -> Output {
        let canvas = history.canvas();
        let format = VideoFormat { size: canvas.size, fps: canvas.fps, color: ColorSpace::default() };
        let video = Box::new(RawVideo::new(format));
        let writer = self.clone();
        Output {
            video: Some((video, format)),
            sound: Some(Box::new(RawSound::default())),
            open_writer: Box::new(move |_| Ok(Box::new(writer))),
        }
    }

    pub fn rendered(&self, report: Report) -> Rendered {
        let mut inner = self.inner();
        let frames = inner.video.drain(..).map(|packet| packet.data).collect();
        let samples = inner.sound.iter().flat_map(|packet| packet.data.as_chunks::<4>().0);
        let samples = samples.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Rendered { frames, samples, report }
    }
}

fn refused() -> WriteError {
    WriteError { path: "nowhere".into(), source: std::io::Error::other("the test refuses it") }
}

impl Writer for Kept {
    fn video(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let mut inner = self.inner();
        if inner.fails_at.0 == Some(inner.video.len()) {
            return Err(refused());
        }
        inner.video.push(packet);
        Ok(())
    }

    fn sound(&mut self, packet: EncodedPacket) -> Result<(), WriteError> {
        let mut inner = self.inner();
        if inner.fails_at.1 == Some(inner.sound.len()) {
            return Err(refused());
        }
        inner.sound.push(packet);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        let mut inner = self.inner();
        inner.is_finished = true;
        if inner.fails_at.2 { Err(refused()) } else { Ok(()) }
    }
}

/// Renders into `kept` and lets `watch` stop it.
pub fn render_into(
    kept: &Kept,
    history: &History,
    mut watch: impl FnMut(&Progress<'_>, &Control),
) -> Result<Report, RenderError> {
    let control = Control::default();
    render(history, kept.output(history), &options(history), &control, |progress| watch(progress, &control))
}

/// A canvas in columns, one a user from `1` on.
pub fn columns(count: usize, fps: u32) -> Value {
    json!({"width": WIDTH, "height": HEIGHT, "fps": fps, "bitrate": 100, "mixedVideoLayout": 3,
        "layoutConfig": column_layout(count)})
}

pub fn column_layout(count: usize) -> Value {
    let width = 1.0 / count as f64;
    let region = |column: usize| {
        json!({"uid": (column + 1).to_string(), "x_axis": column as f64 * width, "y_axis": 0,
            "width": width, "height": 1})
    };
    (0..count).map(region).collect()
}

/// Y4M.
pub fn grey_pictures(
    (width, height): (usize, usize),
    (num, den): (u32, u32),
    lumas: impl IntoIterator<Item = u8>,
) -> Vec<u8> {
    let mut file = format!("YUV4MPEG2 W{width} H{height} F{num}:{den} Ip A1:1 C420jpeg\n").into_bytes();
    for luma in lumas {
        file.extend_from_slice(b"FRAME\n");
        file.resize(file.len() + width * height, luma);
        file.resize(file.len() + width.div_ceil(2) * height.div_ceil(2) * 2, 128);
    }
    file
}

/// WAV.
pub fn steady_sound(samples: u32, level: i16) -> Vec<u8> {
    let bytes = samples * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([48_000_u32, 96_000].map(u32::to_le_bytes).as_flattened());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    (0..samples).for_each(|_| file.extend(level.to_le_bytes()));
    file
}

/// BMP of 8×8 pixels of 24 bits.
pub fn grey_bmp(grey: u8) -> Vec<u8> {
    let pixels = vec![grey; 8 * 8 * 3];
    let mut file = b"BM".to_vec();
    let words =
        [54 + pixels.len() as u32, 0, 54, 40, 8, 8, 1 | 24 << 16, 0, pixels.len() as u32, 2835, 2835, 0, 0];
    file.extend(words.map(u32::to_le_bytes).as_flattened());
    file.extend(pixels);
    file
}

/// The luma of a grey of RGB on the canvas, BT.709 of limited range.
pub fn luma_of(grey: u8) -> u8 {
    (16.0 + f64::from(grey) * 219.0 / 255.0).round() as u8
}

/// PNG of one grey, 4×4, by stored deflate blocks.
pub fn grey_png(grey: u8) -> Vec<u8> {
    let rows: Vec<u8> = [0, grey, grey, grey, grey].repeat(4);
    let mut zlib = vec![0x78, 0x01, 0x01];
    zlib.extend((rows.len() as u16).to_le_bytes());
    zlib.extend((!(rows.len() as u16)).to_le_bytes());
    zlib.extend(&rows);
    let (a, b) = rows.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    zlib.extend((b << 16 | a).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", [&[0, 0, 0, 4, 0, 0, 0, 4, 8, 0, 0, 0, 0][..]].concat()),
        (b"IDAT", zlib),
        (b"IEND", Vec::new()),
    ] {
        let chunk = [&kind[..], &data].concat();
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(&chunk);
        file.extend(crc(&chunk).to_be_bytes());
    }
    file
}

/// The checksum of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

pub fn seconds(seconds: f64) -> Timestamp {
    Timestamp::from_nanos((seconds * 1e9).round() as i64)
}
