//! Decoding alone and encoding alone, by the programs and through the pipes that a rendering has, for `benches/peers/recording.py`.
//!
//! `cargo bench -p polyptych-recorder --bench alone -- decode auto FILE…` decodes every file in a thread of its own and drops the
//! pictures; `-- encode CANVASES WIDTHxHEIGHT FPS` encodes raw I420 by x264, as `render --encoder x264 --preset veryfast` does, and
//! drops the packets; `-- read CANVASES WIDTHxHEIGHT FPS` reads the canvases and does nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::thread;

use polyptych::{ColorSpace, FrameBuffer, FrameRate, PixelFormat, Size};
use polyptych_recorder::decode::{Backend, Decoders, Files};
use polyptych_recorder::encode::{Encoders, VideoFormat, VideoSettings};
use polyptych_recorder::ffmpeg::{self, InputOptions};
use polyptych_recorder::media::Reach;
use polyptych_recorder::write::OutputFormat;

fn decode(paths: &[&str], backend: Backend) {
    let files = Files::new(Decoders::new(backend, ffmpeg::find(), InputOptions::default()), Reach::Machine);
    let count = |path: &str| {
        let mut source = files.open_video(Path::new(path)).expect("a source");
        let mut count = 0;
        while source.next_picture().expect("a picture").is_some() {
            count += 1;
        }
        count
    };
    thread::scope(|scope| {
        let running: Vec<_> = paths.iter().map(|path| scope.spawn(|| count(path))).collect();
        let counts: Vec<u32> = running.into_iter().map(|thread| thread.join().expect("decoded")).collect();
        println!("{counts:?}");
    });
}

/// Reads canvases, and hands them to the encoder if there is to be one.
fn encode(path: &str, size: Size, fps: FrameRate, encodes: bool) {
    let format = VideoFormat { size, fps, color: ColorSpace::default() };
    let settings = VideoSettings {
        bitrate_kbps: 4000,
        quality: None,
        keyframe_interval: 2 * fps.num(),
        preset: Some("veryfast".to_owned()),
        threads: thread::available_parallelism().map_or(1, usize::from),
    };
    let program = ffmpeg::find();
    let encoders = Encoders { output: OutputFormat::Mp4, video_name: "x264", ffmpeg: program.as_ref() };
    let mut encoder = encodes.then(|| encoders.video(format, &settings).expect("an encoder"));
    let mut file = File::open(path).expect("the canvases");
    let mut samples = vec![0; PixelFormat::I420.packed_bytes(size)];
    let (mut packets, mut bytes) = (Vec::new(), 0);
    while file.read_exact(&mut samples).is_ok() {
        let canvas = FrameBuffer::from_packed(PixelFormat::I420, size, samples).expect("a canvas");
        if let Some(encoder) = &mut encoder {
            encoder.encode(canvas.view(), &mut packets).expect("encoded");
        }
        bytes += packets.drain(..).map(|packet| packet.data.len()).sum::<usize>();
        samples = canvas.into_bytes();
    }
    if let Some(encoder) = &mut encoder {
        encoder.finish(&mut packets).expect("finished");
    }
    println!("{}", bytes + packets.iter().map(|packet| packet.data.len()).sum::<usize>());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["decode", "embedded", ref paths @ ..] => decode(paths, Backend::Embedded),
        ["decode", "ffmpeg", ref paths @ ..] => decode(paths, Backend::Ffmpeg),
        ["decode", "auto", ref paths @ ..] => decode(paths, Backend::Auto),
        [what @ ("encode" | "read"), path, size, fps] => {
            let (width, height) = size.split_once('x').expect("WIDTHxHEIGHT");
            let number = |text: &str| text.parse().expect("a number");
            let size = Size::from_wh(number(width), number(height)).expect("a size");
            encode(path, size, FrameRate::new(number(fps), 1).expect("a rate"), what == "encode");
        }
        // As `cargo test --benches` runs it.
        _ => println!("decode auto|embedded|ffmpeg FILE…, or encode|read CANVASES WIDTHxHEIGHT FPS"),
    }
}
