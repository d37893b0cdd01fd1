//! A recording of a day: whether memory stays level, and whether picture and sound are where they belong to its end.
//!
//! `cargo bench -p polyptych-recorder --bench day`; a number behind `--` is another number of hours. A frame a second is composed,
//! encoded by openh264 and written into a real MP4; all sound is mixed, and a packet of silence stands for each 1,024 samples of
//! it, since encoding a day of AAC would measure the encoder. Reads `/proc/self/status`.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use polyptych::image::FetchPolicy;
use polyptych::{ColorSpace, Filter, FrameView, Timestamp};
use polyptych_recorder::decode::{Backend, Decoders};
use polyptych_recorder::description::{Context, Folder, parse};
use polyptych_recorder::encode::aac::AacEncoder;
use polyptych_recorder::encode::openh264::OpenH264Encoder;
use polyptych_recorder::encode::{
    EncodeError, EncodedPacket, SoundEncoder, TrackConfig, VideoEncoder, VideoFormat, VideoSettings,
};
use polyptych_recorder::ffmpeg::InputOptions;
use polyptych_recorder::media::{self, Reach, TrackKind};
use polyptych_recorder::render::{Control, Options, Output, Prepared, prepare, render};
use polyptych_recorder::write::{self, Tracks, WriteOptions};
use serde_json::{Value, json};

const SIDE: usize = 32;
/// A short burst of sound comes so often, in seconds.
const BURST_EVERY: u64 = 601;
/// Samples of a burst.
const BURST: u32 = 4800;
/// The part of the recording after which memory is to be level: by then every buffer has been needed once.
const WARM_UP: f64 = 0.05;

/// The luma of the picture of a second.
fn luma(second: u64) -> u8 {
    30 + (second % 180) as u8
}

fn write_files(folder: &Path, seconds: u64) {
    let mut pictures = b"YUV4MPEG2 W4 H4 F1:1 Ip A1:1 C420jpeg\n".to_vec();
    for second in 0..seconds {
        pictures.extend_from_slice(b"FRAME\n");
        pictures.extend([[luma(second); 16].as_slice(), &[128; 8]].concat());
    }
    fs::write(folder.join("camera.y4m"), pictures).expect("written");
    let mut share = b"YUV4MPEG2 W4 H4 F1:60 Ip A1:1 C420jpeg\n".to_vec();
    for minute in 0..seconds.div_ceil(60) {
        share.extend_from_slice(b"FRAME\n");
        share.extend([[luma(minute); 16].as_slice(), &[128; 8]].concat());
    }
    fs::write(folder.join("share.y4m"), share).expect("written");
    let mut sound = b"RIFF".to_vec();
    sound.extend((36 + 2 * BURST).to_le_bytes());
    sound.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    sound.extend([48_000_u32, 96_000].map(u32::to_le_bytes).as_flattened());
    sound.extend_from_slice(b"\x02\0\x10\0data");
    sound.extend((2 * BURST).to_le_bytes());
    (0..BURST).for_each(|_| sound.extend(8000_i16.to_le_bytes()));
    fs::write(folder.join("burst.wav"), sound).expect("written");
}

/// A camera, a share whose user comes and goes, and one who says something now and then.
fn description(seconds: u64) -> Value {
    let bursts: Vec<u64> = (1..).map(|burst| burst * BURST_EVERY).take_while(|at| at + 1 < seconds).collect();
    let media: Vec<Value> = bursts.iter().map(|at| json!({"file": "burst.wav", "start": at})).collect();
    let present: Vec<Value> =
        (0..seconds / 1800).map(|half| json!([half * 1800 + 100, half * 1800 + 1500])).collect();
    let layout = |at: u64| {
        let layout = if (at / 900).is_multiple_of(2) { 1 } else { 2 };
        json!({"at": at, "updateLayout": {"mixedVideoLayout": layout, "maxResolutionUid": "camera"}})
    };
    let events: Vec<Value> = (0..seconds / 900).map(|quarter| layout(quarter * 900)).collect();
    json!({
        "transcodingConfig": {"width": SIDE, "height": SIDE, "fps": 1, "bitrate": 20, "mixedVideoLayout": 1},
        "users": [
            {"uid": "camera", "joined": 0, "media": [{"file": "camera.y4m"}]},
            {"uid": "share", "present": present, "media": [{"file": "share.y4m", "sparse": true}]},
            {"uid": "speaker", "joined": 0, "media": media},
        ],
        "events": events,
        "duration": seconds,
    })
}

/// What is found on the way, by both encoders.
#[derive(Default)]
struct Found {
    canvases: u64,
    wrong_pictures: u64,
    samples: u64,
    /// The first sample of each burst.
    bursts: Vec<u64>,
}

type Shared = Arc<Mutex<Found>>;

fn found(shared: &Shared) -> std::sync::MutexGuard<'_, Found> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at every canvas before it is encoded.
struct Eye {
    encoder: OpenH264Encoder,
    found: Shared,
}

impl VideoEncoder for Eye {
    fn encode(&mut self, canvas: FrameView<'_>, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let mut found = found(&self.found);
        // The camera has the upper left corner in every layout here.
        found.wrong_pictures += u64::from(canvas.plane(0).row(8)[2] != luma(found.canvases));
        found.canvases += 1;
        self.encoder.encode(canvas, packets)
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        self.encoder.finish(packets)
    }

    fn config(&self) -> Option<TrackConfig> {
        self.encoder.config()
    }

    fn name(&self) -> String {
        self.encoder.name()
    }
}

/// Listens to every sample and gives packets of silence.
struct Ear {
    encoder: AacEncoder,
    silence: Vec<u8>,
    packets: i64,
    was_loud: bool,
    found: Shared,
}

impl Ear {
    fn new(found: Shared) -> Self {
        let encoder = AacEncoder::new(64).expect("an encoder");
        let (mut throwaway, mut packets) = (AacEncoder::new(64).expect("an encoder"), Vec::new());
        throwaway.encode(&[0.0; 2 * 8192], &mut packets).expect("silence");
        throwaway.finish(&mut packets).expect("silence");
        let silence = packets.pop().map(|packet| packet.data).expect("a packet");
        Self { encoder, silence, packets: 0, was_loud: false, found }
    }

    fn emit(&mut self, until: u64, packets: &mut Vec<EncodedPacket>) {
        while (self.packets as u64) * 1024 < until {
            let pts = self.packets * 1024;
            self.packets += 1;
            let data = self.silence.clone();
            packets.push(EncodedPacket { pts, dts: pts, duration: 1024, is_key: true, data });
        }
    }
}

impl SoundEncoder for Ear {
    fn encode(&mut self, samples: &[f32], packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let samples_before = {
            let mut found = found(&self.found);
            for sample in samples.iter().step_by(2) {
                let is_loud = *sample != 0.0;
                if is_loud && !self.was_loud {
                    let at = found.samples;
                    found.bursts.push(at);
                }
                self.was_loud = is_loud;
                found.samples += 1;
            }
            found.samples
        };
        self.emit(samples_before, packets);
        Ok(())
    }

    fn finish(&mut self, packets: &mut Vec<EncodedPacket>) -> Result<(), EncodeError> {
        let until = found(&self.found).samples + u64::from(self.encoder.config().priming());
        self.emit(until, packets);
        Ok(())
    }

    fn config(&self) -> TrackConfig {
        self.encoder.config()
    }

    fn name(&self) -> String {
        "silence".to_owned()
    }
}

/// Resident memory of this process in KiB.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn prepared(folder: &Path, seconds: u64, decoders: &Decoders) -> Prepared {
    let folder = Folder { path: folder.to_owned(), allows_outside: false };
    let context = Context { folder, ..Context::default() };
    let text = description(seconds).to_string();
    let description = parse(text.as_bytes(), &context).unwrap_or_else(|refusal| panic!("{refusal}"));
    prepare(&description.recording, decoders).expect("a history")
}

fn main() {
    let hours: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(24);
    let seconds = hours * 3600;
    let folder = tempfile::tempdir().expect("a folder");
    write_files(folder.path(), seconds);
    let decoders = Decoders::new(Backend::Embedded, None, InputOptions::default());
    let Prepared { history, files, .. } = prepared(folder.path(), seconds, &decoders);
    let canvas = history.canvas();
    let format = VideoFormat { size: canvas.size, fps: canvas.fps, color: ColorSpace::default() };
    let settings = VideoSettings {
        bitrate_kbps: canvas.bitrate_kbps,
        quality: None,
        keyframe_interval: 60,
        preset: None,
        threads: 1,
    };
    let shared = Shared::default();
    let eye =
        Eye { encoder: OpenH264Encoder::new(format, &settings).expect("an encoder"), found: shared.clone() };
    let path = folder.path().join("day.mp4");
    let (to, write_options) = (
        path.clone(),
        WriteOptions { expected_duration: Some(Duration::from_secs(seconds)), ..WriteOptions::default() },
    );
    let output = Output {
        video: Some((Box::new(eye), format)),
        sound: Some(Box::new(Ear::new(shared.clone()))),
        open_writer: Box::new(move |tracks: &Tracks| write::create(&to, tracks, &write_options)),
    };
    let options = Options {
        ticks: 0..history.tick_count(),
        filter: Filter::default(),
        threads: 1,
        files: Arc::new(files),
        is_strict: true,
        images: FetchPolicy::default(),
    };
    let (begun, mut warm, mut most, mut told) = (Instant::now(), 0, 0, 0);
    let report = render(&history, output, &options, &Control::default(), |progress| {
        let now = resident_kib();
        if (progress.done as f64) < WARM_UP * progress.total as f64 {
            warm = now.max(warm);
        }
        most = now.max(most);
        if progress.done * 10 / progress.total > told {
            told = progress.done * 10 / progress.total;
            println!("{:>3} %: {now} KiB resident", told * 10);
        }
    })
    .expect("rendered");
    println!("{hours} h in {:.0} s; {} canvases", begun.elapsed().as_secs_f64(), report.ticks);
    println!(
        "memory: {warm} KiB at most while warming up, {} KiB more after that",
        most.saturating_sub(warm)
    );
    judge(&found(&shared), &path, seconds);
}

/// Compares what was found with what must be.
fn judge(found: &Found, path: &Path, seconds: u64) {
    println!(
        "pictures: {} canvases, {} of them with another second's picture",
        found.canvases, found.wrong_pictures
    );
    let off = |(burst, at): (u64, &u64)| at.abs_diff(burst * BURST_EVERY * 48_000);
    let worst = (1..).zip(&found.bursts).map(off).max();
    println!(
        "sound: {} samples, {} expected; {} bursts, {worst:?} samples off at most",
        found.samples,
        seconds * 48_000,
        found.bursts.len()
    );
    let contents = media::probe(path, Reach::Folder).expect("it plays");
    let end =
        |span: Option<(Timestamp, Timestamp)>| span.map(|(from, to)| (from.to_string(), to.to_string()));
    println!("the file: video {:?}", end(contents.video.and_then(|video| video.span)));
    println!("          sound {:?}", end(contents.sound.and_then(|sound| sound.span)));
    for track in [TrackKind::Video, TrackKind::Sound] {
        let mut packets = media::packets(path, Reach::Folder, track).expect("a reader");
        packets.seek(Timestamp::from_secs(seconds as i64 - 1)).expect("the end can be found");
        let mut last = None;
        while let Some(packet) = packets.next_packet().expect("a packet") {
            last = Some((packet.at.to_string(), packet.trim));
        }
        println!("          last packet of {track:?}: {last:?}");
    }
    println!("          {:.1} MB", fs::metadata(path).map_or(0.0, |meta| meta.len() as f64 / 1e6));
}
