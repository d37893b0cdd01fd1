//! Sound that the program decodes: samples through its stdout, their times through its stderr.

use std::io;
use std::sync::mpsc::{self, Receiver};

use polyptych::Timestamp;

use super::child::Child;
use super::clock::{Moment, Zero};
use super::given::Given;
use super::input::{self, InputOptions, malformed, words};
use super::lines::{SoundLine, SoundLines, Told};
use super::program::Ffmpeg;
use crate::decode::{Sound, SoundSource};
use crate::media::{Contents, MediaError, TrackKind};

/// Descriptions that may wait for their sound. The program decodes ahead by fewer.
const MAX_LINES: usize = 256;
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// Opens a file's first sound, in its own rate and channels. Encoders' priming and padding are gone; gaps show in the times.
/// Where our own reader reads the file too, `contents` is what it found: times count from its zero.
///
/// # Errors
/// Where the program cannot read the file, where there is no sound, or where its packets carry no times.
pub fn open_sound(
    ffmpeg: &Ffmpeg,
    given: impl Into<Given>,
    contents: Option<&Contents>,
    options: &InputOptions,
) -> Result<Box<dyn SoundSource>, MediaError> {
    let given = given.into();
    let zero = input::beginning(ffmpeg, &given, TrackKind::Sound, contents, options)?.zero;
    let mut arguments = input::arguments(&given, options);
    arguments.push("-i".into());
    arguments.push(given.name());
    arguments.extend(words(["-map", "0:a:0", "-filter:a", "aformat=sample_fmts=flt,ashowinfo"]));
    arguments.extend(words(["-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]));

    let (sender, lines) = mpsc::sync_channel(MAX_LINES);
    let mut reader = SoundLines::default();
    let mut child = Child::spawn(ffmpeg.program(), &arguments, options.patience, move |line| {
        match reader.take(line) {
            Told::Nothing => return line.contains("[info]") || line.contains("[warning]"),
            Told::Part => {}
            Told::Whole(sound) => drop(sender.send(Ok(sound))),
            Told::Wrong(problem) => drop(sender.send(Err(problem))),
        }
        true
    })
    .map_err(|source| MediaError::Io { path: ffmpeg.program().to_owned(), source })?;
    child.close_stdin();
    Ok(Box::new(Listened { given, zero, run: Some(Run { child, lines, bytes: Vec::new(), shape: None }) }))
}

struct Listened {
    /// There as long as the program reads it.
    given: Given,
    zero: Zero,
    run: Option<Run>,
}

struct Run {
    child: Child,
    lines: Receiver<Result<SoundLine, String>>,
    bytes: Vec<u8>,
    /// Rate and channels. The program keeps what it writes in the first shape, whatever the filter says later.
    shape: Option<(u32, u16)>,
}

impl SoundSource for Listened {
    fn next_sound(&mut self) -> Result<Option<Sound>, MediaError> {
        let Some(mut run) = self.run.take() else { return Ok(None) };
        let sound = run.next(self.zero).map_err(|problem| malformed(self.given.path(), &problem))?;
        if sound.is_some() {
            self.run = Some(run);
        }
        Ok(sound)
    }
}

impl Run {
    /// The next piece that does not lie before the zero as a whole: what does is priming that the program takes for sound.
    fn next(&mut self, zero: Zero) -> Result<Option<Sound>, String> {
        loop {
            let Some((mut begin, mut sound)) = self.decoded()? else { return Ok(None) };
            let early = -i128::from(zero.count(begin).as_nanos()) * i128::from(sound.sample_rate);
            let early = usize::try_from((early + NANOS_PER_SECOND / 2) / NANOS_PER_SECOND).unwrap_or(0);
            let samples = early.saturating_mul(usize::from(sound.channels)).min(sound.samples.len());
            if samples > 0 {
                sound.samples.drain(..samples);
                begin.ticks = begin.ticks.saturating_add(i64::try_from(early).unwrap_or(i64::MAX));
            }
            if samples == 0 || !sound.samples.is_empty() {
                return Ok(Some(Sound { at: zero.count(begin), ..sound }));
            }
        }
    }

    /// The next piece, and when it begins; its own time is not set.
    fn decoded(&mut self) -> Result<Option<(Moment, Sound)>, String> {
        let Ok(line) = self.child.wait_for(|| self.lines.recv()) else {
            return self.child.ended().map(|()| None);
        };
        let line = line?;
        let shape = *self.shape.get_or_insert((line.sample_rate, line.channels));
        if shape != (line.sample_rate, line.channels) {
            let (rate, channels) = shape;
            let found = format!("{} Hz and {} channels", line.sample_rate, line.channels);
            return Err(format!("its sound changes from {rate} Hz and {channels} channels to {found}"));
        }
        // At most 2^20 samples of 64 channels, as the line's reader has seen to.
        self.bytes.resize(line.samples as usize * usize::from(line.channels) * size_of::<f32>(), 0);
        match self.child.read(&mut self.bytes) {
            Ok(true) => {}
            Ok(false) => return self.cut_off(),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return self.cut_off(),
            Err(error) => return Err(error.to_string()),
        }
        let (samples, _) = self.bytes.as_chunks();
        let samples = samples.iter().map(|&sample| f32::from_le_bytes(sample)).collect();
        let (sample_rate, channels) = shape;
        Ok(Some((line.at, Sound { at: Timestamp::ZERO, sample_rate, channels, samples })))
    }

    /// Sound was announced and did not come.
    fn cut_off<T>(&mut self) -> Result<Option<T>, String> {
        self.child.ended()?;
        Err("ended in the middle of its sound".to_owned())
    }
}
