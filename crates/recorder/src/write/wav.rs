//! WAV: uncompressed sound, as long as one likes.
//!
//! The header is brought up to date every few seconds, so that a file whose program was killed plays as far as it goes. A WAV
//! file's sizes have 32 bits. Space for what RF64 (EBU Tech 3306) needs is kept free from the start, and a file that grows
//! beyond 4 GiB (6 hours at 16 bits) becomes one; below it is a plain WAV file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::WriteError;
use crate::encode::SAMPLE_RATE;

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// 16 bits: the value times 32,768, rounded to the nearest (halves away from zero), within −32,768 to 32,767. No noise
    /// is added, so that the same sound gives the same file.
    S16,
    /// 32 bits floating point: exactly what was mixed.
    F32,
}

impl SampleFormat {
    /// Bytes of a sample.
    const fn bytes(self) -> u16 {
        match self {
            Self::S16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Bytes before the samples.
const HEADER: u64 = 80;

/// Bytes after which the header is brought up to date: 1 MiB, five seconds at 16 bits.
const REFRESH: u64 = 1 << 20;

/// Writes interleaved stereo at 48,000 Hz.
#[derive(Debug)]
pub struct WavWriter<W: Write + Seek = BufWriter<File>> {
    path: PathBuf,
    sink: W,
    format: SampleFormat,
    /// Bytes of samples written.
    written: u64,
    /// Bytes of samples that the header speaks of.
    stated: u64,
    bytes: Vec<u8>,
}

impl WavWriter {
    /// Begins a file; one that is there is overwritten.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, format: SampleFormat) -> Result<Self, WriteError> {
        let file = File::create(path).map_err(|source| WriteError { path: path.to_owned(), source })?;
        Self::new(BufWriter::new(file), path, format)
    }
}

impl<W: Write + Seek> WavWriter<W> {
    /// Begins a file at the beginning of a sink; the path is for errors.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(sink: W, path: &Path, format: SampleFormat) -> Result<Self, WriteError> {
        let mut writer =
            Self { path: path.to_owned(), sink, format, written: 0, stated: 0, bytes: Vec::new() };
        writer.named(Self::state)?;
        Ok(writer)
    }

    /// Writes interleaved samples.
    ///
    /// # Errors
    /// Where they cannot be written; what was written before plays.
    pub fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        self.bytes.clear();
        match self.format {
            SampleFormat::S16 => {
                self.bytes.extend(samples.iter().flat_map(|&sample| to_i16(sample).to_le_bytes()));
            }
            SampleFormat::F32 => self.bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        }
        self.named(|writer| {
            writer.sink.write_all(&writer.bytes)?;
            writer.written += writer.bytes.len() as u64;
            if writer.written - writer.stated >= REFRESH { writer.state() } else { Ok(()) }
        })
    }

    /// Writes what is left and the last sizes.
    ///
    /// # Errors
    /// As [`WavWriter::write`].
    pub fn finish(mut self) -> Result<(), WriteError> {
        self.named(Self::state)
    }

    /// Writes the header for all that was written, and goes back to the end.
    fn state(&mut self) -> io::Result<()> {
        // Samples first, so that the header never speaks of what is not there.
        self.sink.flush()?;
        self.sink.seek(SeekFrom::Start(0))?;
        self.sink.write_all(&header(self.format, self.written))?;
        self.sink.seek(SeekFrom::Start(HEADER + self.written))?;
        self.sink.flush()?;
        self.stated = self.written;
        Ok(())
    }

    fn named(&mut self, action: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), WriteError> {
        action(self).map_err(|source| WriteError { path: self.path.clone(), source })
    }
}

fn to_i16(sample: f32) -> i16 {
    // The cast keeps what is out of range at its end, and makes 0 of what is no number.
    (sample * 32_768.0).round() as i16
}

/// RIFF or RF64, the sizes of 64 bits or room for them, the format, and the beginning of the samples.
fn header(format: SampleFormat, samples_bytes: u64) -> Vec<u8> {
    const CHANNELS: u16 = 2;
    let frame_bytes = CHANNELS * format.bytes();
    let riff_bytes = HEADER - 8 + samples_bytes;
    let is_plain = riff_bytes <= u64::from(u32::MAX);
    let short = |size: u64| if is_plain { size as u32 } else { u32::MAX };
    let mut header = Vec::with_capacity(HEADER as usize);
    header.extend(if is_plain { b"RIFF" } else { b"RF64" });
    header.extend(short(riff_bytes).to_le_bytes());
    header.extend(b"WAVE");
    header.extend(if is_plain { b"JUNK" } else { b"ds64" });
    header.extend(28_u32.to_le_bytes());
    let wide = [riff_bytes, samples_bytes, samples_bytes / u64::from(frame_bytes)];
    header.extend(wide.iter().flat_map(|size| if is_plain { [0; 8] } else { size.to_le_bytes() }));
    // A table of further sizes with nothing in it.
    header.extend([0; 4]);
    header.extend(b"fmt ");
    header.extend(16_u32.to_le_bytes());
    // Integers are format 1, floating-point numbers 3 (RFC 2361).
    header.extend(match format {
        SampleFormat::S16 => 1_u16.to_le_bytes(),
        SampleFormat::F32 => 3_u16.to_le_bytes(),
    });
    header.extend(CHANNELS.to_le_bytes());
    header.extend(SAMPLE_RATE.to_le_bytes());
    header.extend((SAMPLE_RATE * u32::from(frame_bytes)).to_le_bytes());
    header.extend(frame_bytes.to_le_bytes());
    header.extend((8 * format.bytes()).to_le_bytes());
    header.extend(b"data");
    header.extend(short(samples_bytes).to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::io::Cursor;

    use super::*;
    use crate::programs::has_ffmpeg;

    fn in_memory(format: SampleFormat) -> WavWriter<Cursor<Vec<u8>>> {
        WavWriter::new(Cursor::new(Vec::new()), Path::new("a.wav"), format).unwrap()
    }

    #[test]
    fn samples_come_back_in_another_reader() {
        let samples: Vec<f32> = (0..2000).map(|n| (n as f32 / 1000.0 - 1.0) * 1.1).collect();
        let mut writer = in_memory(SampleFormat::F32);
        writer.write(&samples).unwrap();
        writer.named(WavWriter::state).unwrap();
        let mut reader = hound::WavReader::new(Cursor::new(writer.sink.into_inner())).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.spec().channels, reader.duration()), (48_000, 2, 1000));
        assert_eq!(reader.samples::<f32>().map(Result::unwrap).collect::<Vec<_>>(), samples);
    }

    #[test]
    fn sixteen_bits_are_rounded_and_kept_in_range() {
        let samples = [0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 0.4 / 32_768.0, 0.6 / 32_768.0, f32::NAN];
        let mut writer = in_memory(SampleFormat::S16);
        writer.write(&samples).unwrap();
        writer.named(WavWriter::state).unwrap();
        let mut reader = hound::WavReader::new(Cursor::new(writer.sink.into_inner())).unwrap();
        let back: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(back, [0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0, 1, 0]);
    }

    #[test]
    fn file_that_is_never_finished_plays_as_far_as_the_header_says() {
        let mut writer = in_memory(SampleFormat::S16);
        let second = vec![0.25; 96_000];
        for _ in 0..12 {
            writer.write(&second).unwrap();
        }
        let killed = writer.sink.get_ref().clone();
        let mut reader = hound::WavReader::new(Cursor::new(killed)).unwrap();
        assert!(
            reader.duration() >= 48_000 * 10 && reader.duration().is_multiple_of(48_000),
            "{}",
            reader.duration()
        );
        assert!(reader.samples::<i16>().all(|sample| sample.unwrap() == 8192));
    }

    #[test]
    fn sizes_beyond_32_bits_make_it_rf64() {
        let most = u64::from(u32::MAX) - (HEADER - 8);
        assert_eq!(&header(SampleFormat::S16, most)[..8], b"RIFF\xFF\xFF\xFF\xFF");
        let long = header(SampleFormat::S16, most + 4);
        assert_eq!(long.len() as u64, HEADER);
        assert_eq!(
            (&long[..8], &long[12..16], &long[76..]),
            (&b"RF64\xFF\xFF\xFF\xFF"[..], &b"ds64"[..], &[0xFF; 4][..])
        );
        let sizes: Vec<u64> =
            long[20..44].chunks(8).map(|b| u64::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(sizes, [most + 4 + 72, most + 4, (most + 4) / 4]);
    }

    #[test]
    fn disk_that_is_full_is_an_error_with_the_files_name() {
        let sink = Cursor::new([0_u8; 1000]);
        let mut writer = WavWriter::new(sink, Path::new("a.wav"), SampleFormat::S16).unwrap();
        let error = writer.write(&[0.0; 1000]).unwrap_err();
        assert!(error.to_string().starts_with("cannot write a.wav: "), "{error}");
    }

    #[test]
    fn file_beyond_4_gib_plays_in_another_program() {
        if !has_ffmpeg() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let mut writer = WavWriter::create(&path, SampleFormat::S16).unwrap();
        // Eight hours, of which the file system keeps the last sample only.
        writer.written = 8 * 3600 * 192_000;
        writer.sink.seek(SeekFrom::Start(HEADER + writer.written)).unwrap();
        writer.write(&[0.5, -0.5]).unwrap();
        writer.finish().unwrap();
        let probe = std::process::Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-show_entries",
                "stream=duration_ts,sample_rate,channels",
                "-of",
                "csv=p=0",
            ])
            .arg(&path)
            .output()
            .expect("ffprobe runs");
        assert_eq!(
            String::from_utf8_lossy(&probe.stdout).trim(),
            format!("48000,2,{}", 8 * 3600 * 48_000_u64 + 1)
        );
        assert!(probe.stderr.is_empty(), "{}", String::from_utf8_lossy(&probe.stderr));
    }
}
